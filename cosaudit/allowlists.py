"""The exact domain lists: which origins each Mini Program contacts through which API, and what its lists lack."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cos.hosts import classify
from cosaudit.cos.regions import same_region
from cosaudit.flows import origin
from cosaudit.model import ALWAYS, CATEGORIES, Form
from cosaudit.wechat.entries import HOPELESS, canonical, dead_by_syntax, origin_of, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cosaudit.flows import Flows, Group
    from cosaudit.model import Client, Inventory, Request, When
    from cosaudit.wechat.merge import Box

#: What no list can hold, so that there is nothing to enter.
_NO_ENTRY = HOPELESS - {"single-label", "escaped-host"}


class Need(NamedTuple):
    """Who needs an entry, and when."""

    flow: str | None
    operation: str | None
    when: str
    endpoint: str | None


class Entry(NamedTuple):
    """One entry to enter: its category, its text, the buckets behind it and who needs it."""

    category: str
    url: str
    buckets: tuple[str, ...]
    needed_by: tuple[Need, ...]


#: (flow, operation, endpoint)
_Who = tuple[str | None, str | None, str | None]


class ClientLists(NamedTuple):
    """All entries of one Mini Program, and what is to be done with each box of the console."""

    client: Client
    entries: tuple[Entry, ...]
    #: (category, entry, client) of what other clients of the same AppID need: they have the same boxes.
    shared: tuple[tuple[str, str, str | None], ...] = ()

    def urls(self, category: str) -> tuple[str, ...]:
        """The entries of a category, sorted."""
        return tuple([entry.url for entry in self.entries if entry.category == category])


def entry_for(request: Request) -> str | None:
    """The entry to type for a request's origin; None when no list can hold it, or nothing is sent."""
    sent_to = origin(request)
    return None if sent_to is None else _entry_for(sent_to)


@lru_cache(maxsize=65536)
def _entry_for(sent_to: str) -> str | None:
    parsed = origin_of(sent_to)
    return None if parsed.problem in _NO_ENTRY else canonical(parsed)


def derive(flows: Flows, inventory: Inventory) -> tuple[ClientLists, ...]:
    """The entries of every Mini Program of an inventory, in the order of the clients."""
    by_client: dict[int, dict[tuple[str, str], tuple[dict[str, None], dict[_Who, tuple[When, ...]]]]] = {
        client.index: {} for client in inventory.clients if client.platform == "wechat-miniprogram"
    }
    whens: dict[int, tuple[Group, tuple[When, ...]]] = {}  # groups are shared by flows: by identity
    for block in flows.blocks:
        found = by_client.get(block.client.index)
        if found is None:
            continue
        sent: list[tuple[Request, tuple[When, ...]]] = []
        if block.endpoint is not None:
            sent.append((block.request(None), (ALWAYS,)))
        for group in block.groups:
            known = whens.get(id(group))
            if known is None:
                known = whens[id(group)] = (group, tuple([shape.when for shape in group.shapes]))
            sent.append((block.request(group.shapes[0]), known[1]))
        for request, some in sent:
            entry = entry_for(request)
            api = request.api
            if entry is None or api is None:
                continue
            buckets, needs = found.setdefault((api.value, entry), ({}, {}))
            if request.bucket is not None:
                buckets[request.bucket.name] = None
            who = (request.flow, request.operation, block.endpoint.url if block.endpoint is not None else None)
            needs[who] = (*needs[who], *some) if who in needs else some
    result = []
    for client in inventory.clients:
        needed = by_client.get(client.index)
        if needed is None:
            continue
        rows = [
            Entry(category, url, tuple(sorted(buckets)), _needs(needs))
            for (category, url), (buckets, needs) in needed.items()
        ]
        rows.sort(key=lambda row: (CATEGORIES.index(row.category), row.url))
        result.append(ClientLists(client, tuple(rows)))
    return _share(result)


def _share(lists: list[ClientLists]) -> tuple[ClientLists, ...]:
    """With what the other clients of the same AppID need: a released version beside the next one."""
    by_appid: dict[str, list[int]] = {}
    for index, one in enumerate(lists):
        if one.client.appid is not None:
            by_appid.setdefault(one.client.appid.lower(), []).append(index)
    for same in by_appid.values():
        if len(same) < 2:
            continue
        needed: dict[tuple[str, str], str | None] = {}
        for index in same:
            for entry in lists[index].entries:
                needed.setdefault((entry.category, entry.url), lists[index].client.name)
        for index in same:
            own = {(entry.category, entry.url) for entry in lists[index].entries}
            others = tuple([(*key, name) for key, name in needed.items() if key not in own])
            lists[index] = lists[index]._replace(shared=others)
    return tuple(lists)


def _needs(found: Mapping[_Who, tuple[When, ...]]) -> tuple[Need, ...]:
    return tuple(
        [
            Need(flow, operation, when, endpoint)
            for (flow, operation, endpoint), whens in found.items()
            for when in _weakest(whens)
        ]
    )


@lru_cache(maxsize=4096)
def _weakest(whens: tuple[When, ...]) -> tuple[str, ...]:
    """Without the conditions that another one implies: what is sent always, is sent on resume too."""
    different = tuple(dict.fromkeys(whens))
    return tuple(
        [str(when) for when in different if not any(other != when and _implies(when, other) for other in different)]
    )


def _implies(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Does each condition of `other` stand in `one` too?"""
    return all(theirs in (None, False) or ours == theirs for ours, theirs in zip(one, other, strict=True))


def dead_entries(texts: Iterable[str], inventory: Inventory) -> dict[str, str]:
    """Entries of a list that are proved dead, with the reason.

    Dead is what can never match by its own spelling, and the host of a described bucket in another region: a bucket's
    name exists once, so no released version can be using that host (fact `cos.bucket.unique`).
    """
    texts = list(texts)
    dead = dead_by_syntax(texts)
    for text in texts:
        if text in dead:
            continue
        form, bucket, region = classify(parse_entry(text).host, inventory.regions)
        if bucket is None or region is None or form not in (Form.BUCKET, Form.LEGACY, Form.BACKUP):
            continue
        actual = inventory.homes.get(bucket)
        if actual is not None and not same_region(region, actual)[0]:
            dead[text] = f"{bucket} is in {actual}, and a bucket name exists once"
    return dead


def boxes(lists: ClientLists, inventory: Inventory) -> tuple[Box, ...]:
    """What to do with each box of the console, in the console's order."""
    from cosaudit.wechat.merge import plan  # `check` needs no boxes

    allowlist = lists.client.allowlist
    loose = [entry.text for entry in allowlist.unlabelled] if allowlist is not None else []
    result = []
    for category in CATEGORIES:
        have: list[str] | None = None
        listed = allowlist.lists.get(category) if allowlist is not None else None
        if listed is not None:  # a list without a heading may be any box's: pasting it over another would lose that one
            have = [entry.text for entry in listed]
        dead = dead_entries(have, inventory) if have is not None else {}
        shared = [url for other, url, _ in lists.shared if other == category]
        needed = (*lists.urls(category), *shared)
        box = plan(category, needed, have, dead)
        if have is not None and allowlist is not None and allowlist.doubtful:
            # something that may be an entry of this box was not read: pasting over the box could lose it
            box = plan(category, needed, None, {})._replace(add=box.add, whole=box.line)
        if have is None and loose:
            box = box._replace(whole=plan(category, needed, loose, dead_entries(loose, inventory)).line)
        result.append(box)
    return tuple(result)


__all__ = ["ClientLists", "Entry", "Need", "boxes", "dead_entries", "derive", "entry_for"]

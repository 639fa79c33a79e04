"""The exact domain lists: which origins each Mini Program contacts through which API, and what its lists lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cos.hosts import classify
from cosaudit.cos.regions import same_region
from cosaudit.flows import origin
from cosaudit.model import CATEGORIES, Form
from cosaudit.wechat.entries import DomainList, canonical, dead_by_syntax, origin_of, parse_entry
from cosaudit.wechat.merge import Box, plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cosaudit.model import Client, Inventory, Request

#: What no list can hold, so that there is nothing to enter.
_NO_ENTRY = frozenset(
    ("empty", "several", "garbage", "bad-character", "bad-label", "bad-port", "wildcard", "localhost", "ip")
) | {"lan-ip", "forbidden-host"}


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


class ClientLists(NamedTuple):
    """All entries of one Mini Program, and what is to be done with each box of the console."""

    client: Client
    entries: tuple[Entry, ...]

    def urls(self, category: str) -> tuple[str, ...]:
        """The entries of a category, sorted."""
        return tuple([entry.url for entry in self.entries if entry.category == category])


def entry_for(request: Request) -> str | None:
    """The entry to type for a request's origin; None when no list can hold it, or nothing is sent."""
    sent_to = origin(request)
    if sent_to is None:
        return None
    parsed = origin_of(sent_to)
    if parsed.problem in _NO_ENTRY:
        return None
    return canonical(parsed)


def derive(requests: Iterable[Request], inventory: Inventory) -> tuple[ClientLists, ...]:
    """The entries of every Mini Program of an inventory, in the order of the clients."""
    by_client: dict[int, dict[tuple[str, str], tuple[dict[str, None], dict[Need, Request]]]] = {
        client.index: {} for client in inventory.clients if client.platform == "wechat-miniprogram"
    }
    entries: dict[tuple[str | None, str | None], str | None] = {}
    for request in requests:
        found = by_client.get(request.client.index)
        api = request.api
        if found is None or api is None:
            continue
        key = (request.prefix, request.endpoint.url if request.endpoint is not None else None)
        if key not in entries:
            entries[key] = entry_for(request)
        entry = entries[key]
        if entry is None:
            continue
        buckets, needs = found.setdefault((api.value, entry), ({}, {}))
        if request.bucket is not None:
            buckets[request.bucket.name] = None
        endpoint = request.endpoint.url if request.endpoint is not None else None
        needs[Need(request.flow, request.operation, str(request.when), endpoint)] = request
    result = []
    for client in inventory.clients:
        needed = by_client.get(client.index)
        if needed is None:
            continue
        rows = [
            Entry(category, url, tuple(sorted(buckets)), _weakest(needs))
            for (category, url), (buckets, needs) in needed.items()
        ]
        rows.sort(key=lambda row: (CATEGORIES.index(row.category), row.url))
        result.append(ClientLists(client, tuple(rows)))
    return tuple(result)


def _weakest(needs: Mapping[Need, Request]) -> tuple[Need, ...]:
    """Without the needs that another one implies: who sends a request always, sends it on resume too."""
    kept = []
    for need, request in needs.items():
        when = request.when
        implied = any(
            other is not need
            and other[:2] == need[:2]
            and _implies(when, needs[other].when)
            and not (_implies(needs[other].when, when) and other > need)
            for other in needs
        )
        if not implied:
            kept.append(need)
    return tuple(kept)


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
    regions = {bucket.name: bucket.region for bucket in inventory.buckets}
    for text in texts:
        if text in dead:
            continue
        form, bucket, region = classify(parse_entry(text).host, inventory.regions)
        if bucket is None or region is None or form not in (Form.BUCKET, Form.LEGACY, Form.BACKUP):
            continue
        actual = regions.get(bucket)
        if actual is not None and not same_region(region, actual)[0]:
            dead[text] = f"{bucket} is in {actual}, and a bucket name exists once"
    return dead


def boxes(lists: ClientLists, inventory: Inventory) -> tuple[Box, ...]:
    """What to do with each box of the console, in the console's order."""
    allowlist = lists.client.allowlist
    result = []
    for category in CATEGORIES:
        have: list[str] | None = None
        if allowlist is not None:
            listed = allowlist.lists.get(category)
            if listed is not None:
                have = [entry.text for entry in listed]
            elif allowlist.unlabelled:
                have = [entry.text for entry in allowlist.unlabelled]
        dead = dead_entries(have, inventory) if have is not None else {}
        result.append(plan(category, lists.urls(category), have, dead))
    return tuple(result)


__all__ = ["Box", "ClientLists", "DomainList", "Entry", "Need", "boxes", "dead_entries", "derive", "entry_for"]

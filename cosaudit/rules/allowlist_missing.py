"""A client calls an origin that its WeChat domain list does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.allowlists import dead_entries, entry_for
from cosaudit.model import Severity
from cosaudit.rules.base import Rule, called, calls, list_of, lists
from cosaudit.wechat.entries import parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding, Place, Request, Verdict
    from cosaudit.rules.base import SharedList
    from cosaudit.run import Run

RULE = Rule(
    id="allowlist-missing",
    title="request to an origin outside the WeChat domain list",
    severity=Severity.HIGH,
    gate="platform",
    why="WeChat compares scheme, host and port as a whole with the list of the API's category. A request to any other "
    "origin fails on the phone, though it passes in the developer tools with the domain check switched off.",
    mend="enter the origin in the box of that category in the WeChat console; `cosaudit allowlist` prints the box",
    facts=("wechat.domain.exact", "wechat.domain.no-parent", "wechat.domain.port"),
)

#: The codes of the platform gate that say: this list does not name this origin.
NOT_LISTED = (
    "not-listed",
    "port-differs",
    "http-listed",
    "other-scheme-listed",
    "broken-listed",
    "wildcard-listed",
    "parent-listed",
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per list and entry that lacks."""
    for one, entry, items in missing(run, backup=False):
        yield finding(RULE, run, one, entry, items)


def missing(run: Run, *, backup: bool) -> Iterator[tuple[SharedList, str, list[tuple[Request, Verdict]]]]:
    """What lacks in the lists: entries that only the backup host needs, or all others."""
    groups: dict[tuple[tuple[Place, str], str], list[tuple[Request, Verdict]]] = {}
    for request, verdict in run.having("platform", *NOT_LISTED):
        entry, key = entry_for(request), list_of(request)
        if entry is not None and key is not None:
            groups.setdefault((key, entry), []).append((request, verdict))
    known = lists(run) if groups else {}
    for (key, entry), items in groups.items():
        only_backup = all(request.when.retry == "host" for request, _ in items)
        if only_backup is backup:
            items.sort(key=lambda item: item[0].client.index)
            yield known[key], entry, items


def finding(rule: Rule, run: Run, one: SharedList, entry: str, items: list[tuple[Request, Verdict]]) -> Finding:
    """The finding that an entry lacks."""
    requests = [request for request, _ in items]
    first, verdict = items[0]
    category = one.category
    changes = [(category, "+", entry)]
    note = ""
    if first.bucket is not None:
        for text, reason in dead_entries([item.text for item in one.entries], run.inventory).items():
            if parse_entry(text).host.startswith(f"{first.bucket.name}."):
                changes.insert(0, (category, "-", text))
                note = reason
    near = f": {verdict.reason}" if verdict.code != "not-listed" else ""
    assert first.client.allowlist is not None  # a list that is not described blocks nothing
    boxes = first.client.allowlist.lists
    elsewhere = [other for other, entries in boxes.items() if any(item.text == entry for item in entries)]
    if elsewhere:
        near += f"; it stands in the {' and '.join(sorted(elsewhere))} list, which wx.{category} does not use"
    return rule.finding(
        f"{calls(requests)} {entry} through wx.{category}{one.among(requests)}, and the {category} list does not "
        f"name it{near}",
        at=one.place,
        fix=f"add {entry} to {category}合法域名 in the WeChat console",
        identity=one.identity(entry),
        client=first.client,
        requests=requests,
        changes=tuple(changes),
        phone=((f"{category}:fail url not in domain list", called(requests)),),
        note=note,
    )

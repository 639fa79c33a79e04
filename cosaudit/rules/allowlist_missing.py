"""A client calls an origin that its WeChat domain list does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.allowlists import dead_entries, entry_for
from cosaudit.model import Severity
from cosaudit.rules.base import Rule, called
from cosaudit.wechat.entries import parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Client, Finding, Request, Verdict
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
    """One finding per client, category and entry that lacks."""
    for client, category, entry, items in missing(run, backup=False):
        yield finding(RULE, run, client, category, entry, items)


def missing(run: Run, *, backup: bool) -> Iterator[tuple[Client, str, str, list[tuple[Request, Verdict]]]]:
    """What lacks in the lists: entries that only the backup host needs, or all others."""
    groups: dict[tuple[int, str, str], list[tuple[Request, Verdict]]] = {}
    for request, verdict in run.having("platform", *NOT_LISTED):
        entry = entry_for(request)
        api = request.api
        if entry is not None and api is not None:
            groups.setdefault((request.client.index, api.value, entry), []).append((request, verdict))
    for (client, category, entry), items in groups.items():
        only_backup = all(request.when.retry == "host" for request, _ in items)
        if only_backup is backup:
            yield run.inventory.clients[client], category, entry, items


def finding(
    rule: Rule, run: Run, client: Client, category: str, entry: str, items: list[tuple[Request, Verdict]]
) -> Finding:
    """The finding that an entry lacks."""
    requests = [request for request, _ in items]
    verdict = items[0][1]
    allowlist = client.allowlist
    assert allowlist is not None  # a list that is not described blocks nothing
    place = allowlist.places[category]
    bucket = requests[0].bucket
    changes = [(category, "+", entry)]
    note = ""
    listed = [item.text for item in allowlist.lists[category]]
    if bucket is not None:
        for text, reason in dead_entries(listed, run.inventory).items():
            if parse_entry(text).host.startswith(f"{bucket.name}."):
                changes.insert(0, (category, "-", text))
                note = reason
    near = f": {verdict.reason}" if verdict.code != "not-listed" else ""
    elsewhere = [other for other, entries in allowlist.lists.items() if any(item.text == entry for item in entries)]
    if elsewhere:
        near += f"; it stands in the {' and '.join(sorted(elsewhere))} list, which wx.{category} does not use"
    return rule.finding(
        f"{called(requests)} calls {entry} through wx.{category}, and the {category} list does not name it{near}",
        at=place,
        fix=f"add {entry} to {category}合法域名 in the WeChat console",
        identity=(client.name, category, entry),
        client=client,
        requests=requests,
        changes=tuple(changes),
        phone=((f"{category}:fail url not in domain list", called(requests)),),
        note=note,
    )

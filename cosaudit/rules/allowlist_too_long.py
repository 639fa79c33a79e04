"""A list has more entries than WeChat takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, lists, needs
from cosaudit.wechat import entries as limits
from cosaudit.wechat.entries import canonical, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Client, Finding
    from cosaudit.rules.base import SharedList
    from cosaudit.run import Run

RULE = Rule(
    id="allowlist-too-long",
    title="more entries than a WeChat domain list takes",
    severity=Severity.HIGH,
    gate="platform",
    why="The console refuses a list that is too long, so that the last entries are never in force.",
    mend="remove what nothing uses, or bring buckets under fewer custom domains",
    facts=("wechat.domain.limit",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per list that is too long, or becomes so with what it lacks; for lists that are not described, by
    what their programs need."""
    limit = limits.LIMIT
    needed = needs(run)
    for one in lists(run).values():
        missing = _missing(one, needed, limit)
        there = len(one.entries)
        over = there + missing - limit
        if over > 0:
            yield RULE.finding(
                f"the {one.named} has {there} entries"
                + (f" and lacks {missing} more" if missing else "")
                + f", and WeChat takes {limit}",
                at=one.entries[limit].place if there > limit else one.place,
                fix=f"remove {over} {'entry' if over == 1 else 'entries'}, or bring buckets under fewer custom domains",
                identity=one.identity(),
                client=one.clients[0],
                note=f"entry number {limit + 1}" if there > limit else "",
            )
    yield from _not_described(run, needed, limit)


def _missing(one: SharedList, needed: dict[int, set[tuple[str, str]]], limit: int) -> int:
    """How many entries have to be added to a list; 0 where it has room for all that its programs need anyway."""
    wanted = {id(needed[client.index]): needed[client.index] for client in one.clients}  # one set for each AppID
    if len(one.entries) + sum(map(len, wanted.values())) <= limit:
        return 0
    present = {item.text for item in one.entries}
    for parsed in [parse_entry(item.text) for item in one.entries]:
        if parsed.problem is None:
            present.add(canonical(parsed))
    lacking = {entry for entries in wanted.values() for category, entry in entries if category == one.category}
    return len(lacking - present)


def _not_described(run: Run, needed: dict[int, set[tuple[str, str]]], limit: int) -> Iterator[Finding]:
    """Programs that need more than a list takes, whatever stands in it. What is only assumed is no fault."""
    programs: dict[int, list[Client]] = {}  # those of one AppID have one set, and the same boxes
    for client in run.inventory.clients:
        entries = needed.get(client.index)
        if entries is not None and len(entries) > limit and not client.assumed:
            programs.setdefault(id(entries), []).append(client)
    for clients in programs.values():
        described = {category for client in clients if client.allowlist for category in client.allowlist.lists}
        counts: dict[str, int] = {}
        for category, _ in needed[clients[0].index]:
            counts[category] = counts.get(category, 0) + 1
        for category in sorted(counts.keys() - described):
            if counts[category] > limit:
                yield RULE.finding(
                    f"{counts[category]} entries are needed in the {category} list, and WeChat takes {limit}",
                    at=clients[0].at.place(),
                    fix="bring buckets under fewer custom domains",
                    identity=(clients[0].name, category),
                    client=clients[0],
                )

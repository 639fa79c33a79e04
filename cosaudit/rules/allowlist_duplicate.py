"""The same origin stands twice in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, lists
from cosaudit.wechat.entries import canonical, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding, Listed
    from cosaudit.run import Run

RULE = Rule(
    id="allowlist-duplicate",
    title="the same origin twice in one list",
    severity=Severity.INFO,
    gate="platform",
    why="A second entry lets nothing more through, and takes one of the places that a list has.",
    mend="remove the second one",
    facts=("wechat.domain.limit",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per entry that repeats an earlier one."""
    for one in lists(run).values():
        if len(one.entries) < 2:
            continue
        seen: dict[str, Listed] = {}
        for entry in one.entries:
            parsed = parse_entry(entry.text)
            if parsed.problem is not None:
                continue
            origin = canonical(parsed)
            first = seen.setdefault(origin, entry)
            if first is not entry:
                yield RULE.finding(
                    f"{origin} stands in the {one.named} already (line {first.place.line})",
                    at=entry.place,
                    fix=f"remove the second {origin}",
                    identity=one.identity(origin),
                    client=one.clients[0],
                    changes=((one.category, "-", f"{entry.text}   (the second one)"),),
                )

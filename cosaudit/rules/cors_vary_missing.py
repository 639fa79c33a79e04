"""Several origins and no Vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, place, used
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-vary-missing",
    title="several origins and no `Vary: Origin`",
    severity=Severity.LOW,
    gate="response",
    why="Without `Vary: Origin` a cache gives the answer for one page to another one, and the browser refuses it.",
    mend="switch `ResponseVary` on (console: 返回 Vary: Origin)",
    facts=("cos.cors.vary",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules."""
    for one in used(run):
        if one.cors.vary or not one.cors.rules or len(one.senders) < 2:
            continue
        if all(rule.origins == ("*",) for rule in one.cors.rules):
            continue  # the answer is the same for everybody
        yield beyond(
            RULE,
            one,
            f"{len(one.senders)} origins send to {one.name}, and its answers do not say that they differ by origin",
            at=place(one.cors, "vary"),
            identity=("vary",),
            # uploads are not cached: it matters once pages of two origins read the same file
            severity=None if one.reads else Severity.INFO,
        )

"""A wildcard that grants actions that no list knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import beyond
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="session-future-actions",
    title="a wildcard that grants actions that no list knows",
    severity=Severity.LOW,
    gate="session",
    why="What COS adds later is granted from the first day.",
    mend="name the actions",
    facts=("cam.actions.wildcard",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

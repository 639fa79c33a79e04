"""An upload that the key's own policy denies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import refused
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="session-denied",
    title="an upload that the key's own policy denies",
    severity=Severity.HIGH,
    gate="session",
    why="A deny wins over every allow.",
    mend="narrow or remove the deny",
    facts=("cam.evaluation.deny-wins",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session, with all that it stops."""
    yield from refused(RULE, run, "session", "denied")

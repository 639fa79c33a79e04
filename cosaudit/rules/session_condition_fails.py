"""A condition of the key's policy that the uploads do not meet."""

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
    id="session-condition-fails",
    title="a condition of the key's policy that the uploads do not meet",
    severity=Severity.HIGH,
    gate="session",
    why="A condition on a header that a request does not carry is not met, and an allow with it grants nothing.",
    mend="take the condition off the actions whose requests do not carry the header, or send it",
    facts=("cam.condition.absent-key",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session, with all that it stops."""
    yield from refused(RULE, run, "session", "condition-fails")

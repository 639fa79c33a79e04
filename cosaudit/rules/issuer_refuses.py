"""Something that whoever issues the key may not do himself."""

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
    id="issuer-refuses",
    title="something that whoever issues the key may not do himself",
    severity=Severity.HIGH,
    gate="issuer",
    why="A key never exceeds whoever asked for it, whatever its policy says.",
    mend="grant it to the issuer, or issue the key as somebody who may",
    facts=("cam.session.intersection",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session, with all that it stops."""
    yield from refused(RULE, run, "issuer", "action-missing", "resource-missing", "denied", "condition-fails")

"""An action that the uploads need and the key lacks."""

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
    id="session-missing-action",
    title="an action that the uploads need and the key lacks",
    severity=Severity.HIGH,
    gate="session",
    why="COS answers 403 to every request whose action the key's policy does not grant.",
    mend="add the actions to the policy",
    facts=("cam.session.intersection",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session, with all that it stops."""
    yield from refused(RULE, run, "session", "action-missing")

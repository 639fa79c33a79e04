"""A form that a server signs reaches the files of other users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import beyond
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="form-other-users",
    title="a signed form for files of other users",
    severity=Severity.CRITICAL,
    gate="signature",
    why="Whoever holds the form chooses the key within its policy, and what the policy does not fix is his to "
    "choose.",
    mend="fix the key in the form policy, or let it begin with the folder of the user who is logged in",
    facts=("cos.signature.form-policy", "cos.signature.form-conditions"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    yield from beyond(RULE, run, "session-cross-user-write", policy=True)

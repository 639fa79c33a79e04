"""A key that deletes or overwrites where its uploads only read or add."""

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
    id="session-own-delete",
    title="a key that deletes or overwrites where its uploads only read or add",
    severity=Severity.MEDIUM,
    gate="session",
    why="A stolen or misused key destroys the user's own files.",
    mend="take the action out of the policy",
    facts=("cam.session.intersection",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

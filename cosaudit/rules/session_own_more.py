"""A key that does more with the user's own files than the uploads need."""

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
    id="session-own-more",
    title="a key that does more with the user's own files than the uploads need",
    severity=Severity.LOW,
    gate="session",
    why="Less is safer: what is not granted cannot be misused.",
    mend="take the action out of the policy",
    facts=("cam.session.intersection",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

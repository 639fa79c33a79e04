"""A key that destroys what all users share."""

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
    id="session-shared-write",
    title="a key that destroys what all users share",
    severity=Severity.HIGH,
    gate="session",
    why="Nothing in the key of such a file is a user's own, so each user may destroy what all see.",
    mend="take the action out of the policy",
    facts=("cam.session.intersection",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

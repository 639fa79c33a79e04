"""A key that changes the settings of the bucket."""

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
    id="session-bucket-settings",
    title="a key that changes the settings of the bucket",
    severity=Severity.CRITICAL,
    gate="session",
    why="Lifecycle rules delete files, replication and origin rules send them elsewhere, CORS opens them to pages.",
    mend="take the action out of the policy",
    facts=("actions.wildcard.put-bucket",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

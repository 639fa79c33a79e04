"""A key that reads the settings of the bucket."""

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
    id="session-bucket-settings-read",
    title="a key that reads the settings of the bucket",
    severity=Severity.LOW,
    gate="session",
    why="The bucket's settings tell where it is weak.",
    mend="take the action out of the policy",
    facts=("actions.wildcard.get-bucket",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

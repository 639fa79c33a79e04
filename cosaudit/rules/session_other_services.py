"""A key for other services than COS."""

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
    id="session-other-services",
    title="a key for other services than COS",
    severity=Severity.HIGH,
    gate="session",
    why="The key reaches other products of the account than object storage.",
    mend="name the actions of COS only",
    facts=("cam.actions.wildcard",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

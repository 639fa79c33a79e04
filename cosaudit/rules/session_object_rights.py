"""A key that changes who may read a file."""

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
    id="session-object-rights",
    title="a key that changes who may read a file",
    severity=Severity.HIGH,
    gate="session",
    why="The holder makes files public, or shares them with another account.",
    mend="take the action out of the policy",
    facts=("cam.acl-header",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

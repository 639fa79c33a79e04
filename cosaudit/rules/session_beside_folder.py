"""A key that reaches names that begin like the user's folder."""

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
    id="session-beside-folder",
    title="a key that reaches names that begin like the user's folder",
    severity=Severity.LOW,
    gate="session",
    why="The declared names of users keep others out; files beside the folder are still nobody's upload.",
    mend="put a slash behind the user's part of the resource",
    facts=("cam.resource.path",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

"""A key that lists the files of others."""

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
    id="session-lists-bucket",
    title="a key that lists the files of others",
    severity=Severity.MEDIUM,
    gate="session",
    why="A list of names is the first step to everything else, and names alone tell much.",
    mend="take the listing out of the policy, or name the folder that is listed",
    facts=("cam.session.intersection", "cam.resource.list-prefix"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

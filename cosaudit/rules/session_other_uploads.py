"""A key that sees or ends the unfinished uploads of others."""

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
    id="session-other-uploads",
    title="a key that sees or ends the unfinished uploads of others",
    severity=Severity.LOW,
    gate="session",
    why="The list of unfinished uploads names files and upload ids, and who knows an id can end that upload.",
    mend="grant the actions of uploads in parts on the keys of the uploads alone",
    facts=("cam.session.intersection", "cam.resource.list-prefix"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

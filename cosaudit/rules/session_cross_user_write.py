"""A key that overwrites or deletes files of other users."""

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
    id="session-cross-user-write",
    title="a key that changes or deletes files of other users",
    severity=Severity.CRITICAL,
    gate="session",
    why="Whoever takes the key out of the program writes over, changes or deletes what other users have stored.",
    mend="narrow the resource to what the uploads need: the user's own folder, closed by a slash",
    facts=("cam.session.intersection", "cam.overwrite"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

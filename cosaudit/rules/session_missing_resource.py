"""A key that does not reach the files of its uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import refused
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="session-missing-resource",
    title="a key that does not reach the files of its uploads",
    severity=Severity.HIGH,
    gate="session",
    why="COS answers 403 to every request on a resource that the key's policy does not grant.",
    mend="name the bucket and keys of the uploads in the resource",
    facts=("cam.session.intersection",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session, with all that it stops."""
    yield from refused(RULE, run, "session", "resource-missing")

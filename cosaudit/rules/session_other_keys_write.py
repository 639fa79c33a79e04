"""A key that writes outside the folders of its uploads."""

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
    id="session-other-keys-write",
    title="a key that writes outside the folders of its uploads",
    severity=Severity.HIGH,
    gate="session",
    why="Files that have nothing to do with the uploads can be overwritten, changed or deleted.",
    mend="narrow the resource to what the uploads need",
    facts=("cam.session.intersection", "cam.overwrite"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

"""A key that STS does not make."""

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
    id="session-sts-refuses",
    title="a key that STS does not make",
    severity=Severity.HIGH,
    gate="session",
    why="Where STS refuses the call there is no key, and no upload at all.",
    mend="mend what STS refuses",
    facts=("sts.duration.maximum",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session, with all that it stops."""
    yield from refused(RULE, run, "session", "sts-refuses")

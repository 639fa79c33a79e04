"""A policy without the one version that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import odd
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-version",
    title="a policy without the one version that there is",
    severity=Severity.MEDIUM,
    gate="session",
    why="The only version is the text 2.0; what the service makes of another one is not documented.",
    mend='write "version": "2.0"',
    facts=("cam.version",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place."""
    yield from odd(RULE, run, "version-missing", "version-wrong", "version-number")

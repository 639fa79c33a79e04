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
    severity=Severity.HIGH,
    gate="session",
    why="The only version that CAM and STS take is the text 2.0: with another one, or none, no key is made.",
    mend='write "version": "2.0"',
    facts=("cam.version", "sts.policy.format"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place."""
    yield from odd(RULE, run, "version-missing", "version-wrong", "version-number")

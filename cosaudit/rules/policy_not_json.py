"""A policy in a file that is no JSON."""

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
    id="policy-not-json",
    title="a policy in a file that is no JSON",
    severity=Severity.HIGH,
    gate="session",
    why="CAM and STS take JSON alone, without comments, single quotes or a comma at the end: no key is made "
    "(StrategyFormatError). It is read here as it was meant.",
    mend="write it as JSON; a file for people, with comments, can be YAML and end in `.yaml`",
    facts=("cam.document.json", "sts.policy.format"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per policy: the first thing that is no JSON."""
    yield from odd(RULE, run, "not-json")

"""An element that the policy language does not have."""

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
    id="policy-unknown-element",
    title="an element that the policy language does not have",
    severity=Severity.MEDIUM,
    gate="session",
    why="What is not an element of the language limits and grants nothing.",
    mend="remove it, or use the element that is meant",
    facts=("cam.elements",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place."""
    yield from odd(RULE, run, "element-unknown", "principal-form")

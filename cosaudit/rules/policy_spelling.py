"""A spelling that no page of the vendor's confirms."""

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
    id="policy-spelling",
    title="a spelling that no page of the vendor's confirms",
    severity=Severity.LOW,
    gate="session",
    why="What the service makes of it is not documented; names with a space match nothing.",
    mend="write it as the documentation does",
    facts=("cam.elements",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place."""
    yield from odd(
        RULE,
        run,
        "element-case",
        "effect-case",
        "action-spaces",
        "resource-spaces",
        "action-no-service",
        "action-malformed",
        "action-opaque",
        "grants-nothing",
    )

"""A region that this SDK version refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="sdk-region-refused",
    title="a region that this SDK version refuses",
    severity=Severity.HIGH,
    gate="address",
    why="The SDK checks the region before it sends anything, and gives up.",
    mend="use a newer version of the SDK",
    facts=("sdk.cos-wx-sdk-v5.legacy-regions", "sdk.cos-js-sdk-v5.region-text"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(RULE, run, "region-refused", at=(("sdk",),))

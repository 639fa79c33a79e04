"""An operation that this SDK version does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="operation-missing",
    title="an operation that this SDK version does not have",
    severity=Severity.HIGH,
    gate="address",
    why="Calling a function that is not there throws before any request is sent.",
    mend="use an operation that this version has, or a newer version",
    facts=("sdk.cos-wx-sdk-v5.operations", "sdk.cos-js-sdk-v5.operations"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(RULE, run, "operation-missing", at=(("sdk",),))

"""An option that this SDK version refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="sdk-option-refused",
    title="an option that this SDK version refuses",
    severity=Severity.HIGH,
    gate="address",
    why="The constructor throws, so no request is sent at all and every upload fails.",
    mend="remove the option",
    facts=("sdk.cos-wx-sdk-v5.force-path-style",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(RULE, run, "option-refused", at=(("options", "ForcePathStyle"), ("addressing",), ("options",),))

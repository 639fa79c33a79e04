"""An action that the acceleration domain refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="acceleration-action-refused",
    title="an action that the acceleration domain refuses",
    severity=Severity.HIGH,
    gate="address",
    why="The acceleration domain serves uploads and downloads; deleting and bucket settings are refused with "
    "ActionAccelerateNotSupported.",
    mend="use a client without UseAccelerate for this action",
    facts=("cos.accelerate.refused-actions",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(
        RULE,
        run,
        "accelerate-refuses-action",
        at=(
            ("options", "UseAccelerate"),
            ("url",),
            ("options", "Domain"),
        ),
    )

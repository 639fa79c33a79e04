"""The acceleration domain is used but does not serve the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="acceleration-off",
    title="the acceleration domain is used but does not serve the bucket",
    severity=Severity.HIGH,
    gate="address",
    why="The domain *.cos.accelerate.myqcloud.com answers only for buckets whose global acceleration is switched on.",
    mend="switch on global acceleration for the bucket (it takes some 15 minutes to start), or leave UseAccelerate off",
    facts=("cos.accelerate.switch",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(
        RULE,
        run,
        "acceleration-off",
        at=(
            ("options", "UseAccelerate"),
            ("url",),
            ("options", "Domain"),
        ),
    )

"""An SDK signs the backup domain for the main host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="backup-signature-differs",
    title="a last retry whose signature does not fit",
    severity=Severity.LOW,
    gate="signature",
    why="Back on the main host, after the backup domain failed too, this version still signs the host of the "
    "backup domain. That attempt cannot succeed; those before it can.",
    mend="count on one retry less, or use another version of the SDK",
    facts=("sdk.cos-wx-sdk-v5.backup-signature",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per client and version."""
    yield from blocked(RULE, run, "backup-signature-differs", at=(("options", "AutoSwitchHost"), ("sdk",)))

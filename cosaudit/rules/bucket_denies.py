"""A bucket policy denies what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates import bucket
from cosaudit.model import Severity
from cosaudit.rules._bucket import refused
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-denies",
    title="a bucket policy denies what is sent",
    severity=Severity.HIGH,
    gate="bucket",
    why="A deny wins over every allow, the key's own policy included.",
    mend="take the action, the keys or these people out of the statement",
    facts=("cam.evaluation.deny-wins", "bucket.evaluation.union"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket and place to mend."""
    yield from refused(RULE, run, bucket.DENIED, "403 AccessDenied `Access Denied.`")

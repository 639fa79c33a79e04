"""A host on which this bucket does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="host-wrong",
    title="a host on which this bucket does not answer",
    severity=Severity.HIGH,
    gate="address",
    why="The request reaches another bucket, another service or nothing at all, most often because of the region.",
    mend="send to the bucket's own domain, https://<bucket>.cos.<region>.myqcloud.com",
    facts=(
        "cos.host.bucket",
        "cos.bucket.unique",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(
        RULE,
        run,
        "other-region",
        "other-bucket",
        "other-service",
        "read-only-host",
        "missing-cos",
        "no-bucket-in-path",
        at=(
            ("url",),
            ("options", "Domain"),
            ("addressing",),
        ),
    )

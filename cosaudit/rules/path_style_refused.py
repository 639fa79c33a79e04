"""Path style on a bucket that refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="path-style-refused",
    title="path style on a bucket that refuses it",
    severity=Severity.HIGH,
    gate="address",
    why="Buckets created after 2024-01-01 refuse requests to the regional domain with the bucket in the path: "
    "403 PathStyleDomainForbidden. Listing one regional domain for all buckets works only for older ones.",
    mend="send to the bucket's own domain, sign the path without the bucket, and enter one domain a bucket",
    facts=(
        "cos.path-style.cutoff",
        "cos.path-style.error",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(
        RULE,
        run,
        "path-style-refused",
        at=(
            ("addressing",),
            ("url",),
            ("options", "ForcePathStyle"),
        ),
    )

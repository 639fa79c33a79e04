"""A bucket does not let these people in."""

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
    id="bucket-not-granted",
    title="a bucket does not let these people in",
    severity=Severity.HIGH,
    gate="bucket",
    why="Without a signature, or with a key of another account, only the bucket's ACL or policy can allow it.",
    mend="sign the request, or allow it in the bucket policy",
    facts=("bucket.evaluation.union", "bucket.evaluation.other-account", "bucket.acl.object"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket and place to mend."""
    yield from refused(RULE, run, bucket.NOT_GRANTED, "403 AccessDenied `Access Denied.`")

"""Anybody can list a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import by_source, public
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-public-list",
    title="anybody can list a bucket",
    severity=Severity.MEDIUM,
    gate="bucket",
    why="With the list every file is found, also those whose names nobody could guess.",
    mend="close it: a Deny for `qcs::cam::anyone:anyone` on `name/cos:GetBucket` and "
    "`name/cos:GetBucketObjectVersions`, or an ACL `private` with a policy that allows `name/cos:GetObject` only",
    facts=("bucket.acl.list", "bucket.evaluation.union"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per ACL and per statement of a policy."""
    for bucket, some in by_source(run, "list"):
        if some[0].who == "anyone":
            plain = sorted(some, key=lambda one: one.action != "name/cos:GetBucket")
            yield public(RULE, bucket, plain, "list the files")

"""Referer rules that limit nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import anonymous, of_bucket, opened
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-referer-idle",
    title="referer rules that limit nobody",
    severity=Severity.INFO,
    gate="bucket",
    why="Referer rules are not looked at when a request is signed, and without a signature this bucket lets nobody in.",
    mend="leave them if the bucket is to be opened later; they protect nothing now",
    facts=("bucket.referer.signed",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket whose ACL and policy are described and open nothing."""
    open_ = {bucket.index for bucket, _ in opened(run)}
    for bucket in run.inventory.buckets:
        rules = bucket.referer
        if rules is None or not rules.enabled or bucket.acl is None or bucket.policy is None or bucket.index in open_:
            continue
        if not anonymous(run, bucket):
            yield of_bucket(
                RULE,
                bucket,
                message=f"the referer rules of `{bucket.name}` are for requests without a signature, which it refuses",
                at=rules.place,
                identity=(bucket.name,),
                fix=RULE.mend,
            )

"""A statement of a bucket policy that reaches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import of_bucket, sharing
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Statement
    from cosaudit.model import Bucket, Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-statement-dead",
    title="a statement of a bucket policy that reaches nothing",
    severity=Severity.MEDIUM,
    gate="bucket",
    why="A bucket policy reaches its own bucket only, and an action has its service: `name/cos:GetBucket`.",
    mend="name this bucket, `qcs::cos:<region>:uid/<appid>:<bucket>-<appid>/*`, and actions as `name/cos:GetObject`",
    facts=("bucket.policy.scope", "cam.actions.prefix", "cam.resource.form"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per statement without a resource of its bucket, and per deny without an action that there is."""
    for buckets in sharing(run):
        bucket = buckets[0]
        for row in bucket.policy.statements:
            found = _dead(buckets, row)
            if found:
                effect = "opens" if row.allow else "closes"
                yield of_bucket(
                    RULE,
                    bucket,
                    message=f"statement {row.index + 1} of the policy of `{bucket.name}` {effect} nothing: {found}",
                    at=row.place,
                    identity=(bucket.name, str(row.index)),
                    fix=RULE.mend,
                )


def _dead(buckets: list[Bucket], row: Statement) -> str:
    """Why a statement reaches nothing; empty where it may."""
    from cosaudit.excess.public import actions_of, reaches

    if not any(reaches(one, row) for one in buckets):
        return "none of its resources is in this bucket"
    return "there is none of its actions" if not row.allow and not actions_of(row) else ""

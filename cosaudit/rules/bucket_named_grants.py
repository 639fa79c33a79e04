"""A bucket lets other accounts in by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import of_bucket
from cosaudit.rules.base import Rule, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-named-grants",
    title="a bucket lets other accounts in by name",
    severity=Severity.INFO,
    gate="bucket",
    why="Grants by name are a choice, and no request of the described flows shows them: look at them now and then.",
    mend="take away those that nobody needs any more",
    facts=("bucket.evaluation.union", "bucket.policy.principal"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket, with those whom its ACL and its policy name."""
    for bucket in run.inventory.buckets:
        names: dict[str, None] = {}
        place = None
        for grant in bucket.acl.grants if bucket.acl is not None else ():
            if grant.who not in ("anyone", "authenticated"):
                names[grant.to] = None
                place = place or grant.place
        for row in bucket.policy.statements if bucket.policy is not None else ():
            some = [one for one in row.principals or () if row.allow and _is_named(one)]
            names.update(dict.fromkeys(some))
            place = place or ((row.principal_place or row.place) if some else None)
        if place is not None:
            yield of_bucket(
                RULE,
                bucket,
                message=f"`{bucket.name}` lets in by name: {words(names)}",
                at=place,
                identity=(bucket.name,),
                fix=RULE.mend,
            )


def _is_named(principal: str) -> bool:
    from cosaudit.cam.principal import OPEN, UNREADABLE, kind_of

    return kind_of(principal)[0] not in (*OPEN, UNREADABLE)

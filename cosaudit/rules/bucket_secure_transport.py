"""A statement that lets in plain http only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import of_bucket, statements
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-secure-transport",
    title="a statement that lets in plain http only",
    severity=Severity.MEDIUM,
    gate="bucket",
    why="The condition is turned around: it denies requests over https, or allows those over http.",
    mend='a Deny with `bool_equal: {cos:secure-transport: "false"}`',
    facts=("bucket.policy.secure-transport",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per condition."""
    for bucket, row in statements(run):
        for one in row.conditions:
            wanted = "false" if row.allow else "true"
            same = {value.lower() for value in one.values} == {wanted}
            if one.key == "cos:secure-transport" and one.operator == "bool_equal" and same:
                what = "allows over plain http only" if row.allow else "denies over https"
                yield of_bucket(
                    RULE,
                    bucket,
                    message=f"statement {row.index + 1} of the policy of `{bucket.name}` {what}",
                    at=one.place,
                    identity=(bucket.name, str(row.index)),
                    fix=RULE.mend,
                )

"""A Deny for anyone where nothing is open to anyone."""

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
    id="bucket-deny-anyone",
    title="a Deny for anyone where nothing is open to anyone",
    severity=Severity.LOW,
    gate="bucket",
    why="By the documents it stops requests without a signature only, and those are refused already: "
    "keys are not stopped by it.",
    mend="name the accounts that it is meant for, `qcs::cam::uin/<owner>:uin/<user>`",
    facts=("bucket.policy.deny-anyone",),
    confidence="tentative",
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per statement that closes nothing which is open to everybody."""
    for bucket, row in statements(run):
        if row.allow or bucket.acl is None or not row.principals:
            continue
        from cosaudit.cam.principal import OPEN, kind_of

        if not all(kind_of(one)[0] in OPEN[1:] for one in row.principals):
            continue  # one for anonymous people says itself whom it stops
        from cosaudit.excess.public import closes

        if not closes(bucket, row):
            yield of_bucket(
                RULE,
                bucket,
                message=f"statement {row.index + 1} of the policy of `{bucket.name}` denies to `{row.principals[0]}` "
                "what nobody can do without a signature anyway; whether it stops keys is not sure",
                at=row.principal_place or row.place,
                identity=(bucket.name, str(row.index)),
                fix=RULE.mend,
            )

"""A statement of a bucket policy without a proper principal."""

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
    id="bucket-policy-principal",
    title="a statement of a bucket policy without a proper principal",
    severity=Severity.MEDIUM,
    gate="bucket",
    why="A bucket policy says whom each statement is for; what COS makes of another form is not documented.",
    mend="`qcs::cam::uin/<owner>:uin/<user>`, `qcs::cam::anyone:anyone` or `qcs::cam::anonymous:anonymous`",
    facts=("bucket.policy.principal", "bucket.policy.no-principal", "bucket.policy.principal-form"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per statement."""
    for bucket, row in statements(run):
        from cosaudit.cam.principal import UNREADABLE, kind_of

        wrong = next((one for one in row.principals or () if kind_of(one)[0] is UNREADABLE), None)
        if row.principals and wrong is None:
            continue
        found = f"names `{wrong[:80]}`, which is no principal" if wrong is not None else "names no principal"
        yield of_bucket(
            RULE,
            bucket,
            message=f"statement {row.index + 1} of the policy of `{bucket.name}` {found}",
            at=row.principal_place or row.place,
            identity=(bucket.name, str(row.index)),
            fix=RULE.mend,
        )

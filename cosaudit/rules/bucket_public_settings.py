"""Anybody can change a bucket's rights or settings."""

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
    id="bucket-public-settings",
    title="anybody can change a bucket's rights or settings",
    severity=Severity.CRITICAL,
    gate="bucket",
    why="Who may set the ACL or the policy may give himself everything else; a lifecycle rule deletes every file.",
    mend="take it away from everybody",
    facts=("bucket.acl.permissions", "bucket.evaluation.union"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per ACL and per statement of a policy."""
    for bucket, some in by_source(run, "rights", "configure"):
        if some[0].statement is None and not some[0].sure:
            continue  # the letter of a table only: `public-read-write` is told as what it surely is
        what = "change who may do what" if some[0].capability == "rights" else "change settings"
        yield public(RULE, bucket, some, what)

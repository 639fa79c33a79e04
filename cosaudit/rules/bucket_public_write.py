"""Anybody can write into a bucket."""

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
    id="bucket-public-write",
    title="anybody can write into a bucket",
    severity=Severity.CRITICAL,
    gate="bucket",
    why="What temporary keys leave out does not help: a request without any key overwrites or deletes files.",
    mend="take it away from everybody; uploads are signed with a temporary key",
    facts=("bucket.acl.permissions", "bucket.acl.public-write", "bucket.evaluation.union"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per ACL and per statement of a policy."""
    for bucket, some in by_source(run, "overwrite", "delete"):
        can = {one.capability for one in some}
        what = " and ".join([word for word in ("overwrite", "delete") if word in can]) + " files"
        shown = sorted(some, key=lambda one: one.capability != "overwrite")  # the witness that destroys less
        yield public(RULE, bucket, shown, what)

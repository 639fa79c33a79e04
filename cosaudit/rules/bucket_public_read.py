"""Anybody can read the files of a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import anonymous, by_source, public, wider
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-public-read",
    title="anybody can read the files of a bucket",
    severity=Severity.LOW,
    gate="bucket",
    why="Every file is there for everybody who knows or guesses its name; traffic is paid by the owner.",
    mend="leave it so if all of it is meant to be public; else `private`, and signed downloads",
    facts=("bucket.acl.permissions", "bucket.acl.object", "bucket.evaluation.union"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per ACL and per statement; info where downloads without a signature are described."""
    closed = {bucket.index for bucket, _ in wider(run)}
    for bucket, some in by_source(run, "read"):
        if some[0].who == "anyone" and bucket.index not in closed:
            yield public(RULE, bucket, some, "read files", Severity.INFO if anonymous(run, bucket) else None)

"""Every Tencent Cloud account can read a bucket."""

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
    id="bucket-authenticated-read",
    title="every Tencent Cloud account can read a bucket",
    severity=Severity.MEDIUM,
    gate="bucket",
    why="An account costs nothing: `authenticated` means everybody who registers, not the users of the own account.",
    mend="`private`, and grants to the accounts that need it",
    facts=("bucket.acl.authenticated",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per ACL."""
    for bucket, some in by_source(run, "read", "list"):
        if some[0].who == "authenticated":
            yield public(RULE, bucket, some, "read and list files")

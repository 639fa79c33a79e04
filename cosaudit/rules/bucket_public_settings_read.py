"""Anybody can read a bucket's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import by_source, public
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.excess.public import Opening
    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-public-settings-read",
    title="anybody can read a bucket's settings",
    severity=Severity.LOW,
    gate="bucket",
    why="The policy and the ACL say who may do what: the first thing that an attacker wants to know.",
    mend="take it away from everybody",
    facts=("bucket.acl.permissions", "bucket.evaluation.union"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per ACL and per statement; where the settings can be changed too, that is told."""
    worse = {(bucket.index, _index(one)) for bucket, some in by_source(run, "rights", "configure") for one in some}
    for bucket, some in by_source(run, "settings", sure=True):
        if (bucket.index, _index(some[0])) not in worse:
            yield public(RULE, bucket, some, "read settings")


def _index(one: Opening) -> int:
    return one.statement.index if one.statement is not None else -1

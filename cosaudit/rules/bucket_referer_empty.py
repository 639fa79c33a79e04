"""Referer rules that refuse requests without a referer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import by_source, of_bucket
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-referer-empty",
    title="referer rules that refuse requests without a referer",
    severity=Severity.INFO,
    gate="bucket",
    why="A link that is opened in the address bar, an app's own downloader and some players send no referer.",
    mend="`empty: allow` (EmptyReferConfiguration Allow) where such requests are wanted",
    facts=("bucket.referer.empty",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket of which files are open to everybody."""
    for bucket in dict.fromkeys([bucket.index for bucket, _ in by_source(run, "read")]):
        found = run.inventory.buckets[bucket]
        rules = found.referer
        if rules is not None and rules.enabled and not rules.empty:
            yield of_bucket(
                RULE,
                found,
                message=f"the referer rules of `{found.name}` refuse whatever sends no referer",
                at=rules.place,
                identity=(found.name,),
                fix=RULE.mend,
            )

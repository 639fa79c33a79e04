"""A referer rule matches other people's domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import of_bucket
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-referer-prefix",
    title="a referer rule matches other people's domains",
    severity=Severity.LOW,
    gate="bucket",
    why="Entries are beginnings: `www.example.com` lets in `www.example.com.cn` too, which anybody may register.",
    mend="end the entry with a slash, `www.example.com/`; a referer can be made up, so sign what must stay closed",
    facts=("bucket.referer.prefix",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per entry of a list of those let in."""
    for bucket in run.inventory.buckets:
        rules = bucket.referer
        if rules is None or not rules.enabled or not rules.allow:
            continue
        from cosaudit.cos.referer import stranger

        for entry in rules.entries:
            other = stranger(entry.text)
            if other is not None:
                yield of_bucket(
                    RULE,
                    bucket,
                    message=f"the referer rule `{entry.text}` of `{bucket.name}` lets in pages of `{other}`",
                    at=entry.place,
                    identity=(bucket.name, entry.text),
                    fix=RULE.mend,
                    witness={"api": None, "method": "GET", "url": None, "referer": f"https://{other}/"},
                )

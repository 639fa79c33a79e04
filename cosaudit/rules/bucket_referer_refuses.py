"""The referer rules refuse what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates import bucket
from cosaudit.model import Severity
from cosaudit.rules._bucket import refused
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-referer-refuses",
    title="the referer rules refuse what is sent",
    severity=Severity.HIGH,
    gate="bucket",
    why="A Mini Program's referer is `servicewechat.com`, and cannot be changed; a page's is its own address.",
    mend="add `servicewechat.com/<appid>/` for the Mini Program, the site's domain for pages",
    facts=("bucket.referer.mini-program", "bucket.referer.prefix", "bucket.referer.empty"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket and place to mend."""
    yield from refused(RULE, run, bucket.REFERER, "403 `You are denied by bucket referer rule`")

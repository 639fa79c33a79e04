"""A page sends to a bucket without CORS rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import stopped, told
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-no-rules",
    title="a page sends to a bucket without CORS rules",
    severity=Severity.HIGH,
    gate="preflight",
    why="A browser asks the bucket before it sends a file, and without CORS rules COS answers 403.",
    mend="give the bucket CORS rules for the pages that send to it",
    facts=("cos.cors.refusal",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules."""
    for one in stopped(run, "preflight"):
        if one.code == "no-rules":
            yield told(RULE, one, "the bucket has no CORS rules, so every preflight is refused")

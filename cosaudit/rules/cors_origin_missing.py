"""A page whose origin no CORS rule allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import plural, stopped, told
from cosaudit.rules.base import Rule, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-origin-missing",
    title="no CORS rule allows the page",
    severity=Severity.HIGH,
    gate="preflight",
    why="A browser asks the bucket before it sends a file, and names the page. Scheme, host and port must be "
    "those of a rule.",
    mend="add the origin of the page to the rule",
    facts=(
        "cos.cors.refusal",
        "cos.cors.origin-exact",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules."""
    for one in stopped(run, "preflight"):
        if one.code == "origin-not-allowed":
            where = f"no CORS rule of the bucket allows the {plural('origin', one.origins)} {words(one.origins)}"
            yield told(RULE, one, where, field="origins", add=one.origins)

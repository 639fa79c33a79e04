"""CORS rules where only Mini Programs send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, place, shared
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-unneeded",
    title="CORS rules that no client needs",
    severity=Severity.INFO,
    gate="preflight",
    why="CORS is an affair of browsers: a Mini Program is never asked for it, so these rules are only there "
    "for others.",
    mend="remove the rules, or describe the page that needs them",
    facts=("cos.cors.not-enforced",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules."""
    for one in shared(run):
        if one.cors.rules and one.mini and not one.requests:
            yield beyond(
                RULE,
                one,
                f"only Mini Programs use {one.name}, and they need no CORS rules",
                at=place(one.cors),
                identity=("mini",),
            )

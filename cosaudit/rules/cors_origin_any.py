"""CORS rules for every page there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import EVIL, origins_of, used, wide
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-origin-any",
    title="a CORS rule for every page there is",
    severity=Severity.LOW,
    gate="preflight",
    why="With `*` any page on the web may send requests with a leaked key or signed URL from a visitor's "
    "browser. COS still asks for a signature.",
    mend="name the origins of your pages",
    facts=(
        "cos.cors.origin-wildcard",
        "cos.cors.not-enforced",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per `*`."""
    for one in used(run):
        for at in origins_of(one):
            if at.allowed == "*":
                yield wide(RULE, run, one, at, EVIL, "any page may")

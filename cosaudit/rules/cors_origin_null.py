"""The origin null is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import origins_of, used, wide
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-origin-null",
    title="a CORS rule allows the origin `null`",
    severity=Severity.LOW,
    gate="preflight",
    why="Every sandboxed frame and every file that someone opens has the origin `null`, on any site.",
    mend="take `null` off the list, and name the origins of your pages",
    facts=(
        "web.fetch.opaque-origin",
        "cos.cors.origin-null",
    ),
    confidence="tentative",  # whether COS lets it in is not documented
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per rule."""
    for one in used(run):
        for at in origins_of(one):
            if at.allowed == "null" and "null" not in one.origins:
                yield wide(RULE, run, one, at, "null", "a sandboxed frame on any site may")

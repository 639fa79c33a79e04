"""A wildcard that covers domains of strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import origins_of, short, stranger, used, wide
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-origin-too-wide",
    title="an origin pattern that covers domains of strangers",
    severity=Severity.LOW,
    gate="preflight",
    why="One `*` of AllowedOrigin stands for any characters, dots too: `https://*example.com` covers a domain "
    "that anybody can register.",
    mend="name the origins of your pages",
    facts=(
        "cos.cors.origin-wildcard",
        "web.shared-suffixes",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per pattern."""
    for one in used(run):
        for at in origins_of(one):
            found = stranger(at.allowed)
            if found is not None:
                yield wide(RULE, run, one, at, found, f"`{short(at.allowed)}` lets pages of {found}")

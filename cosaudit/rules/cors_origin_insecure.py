"""Pages without encryption are allowed beside secure ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, origins_of, over_http, rule_place, short, stranger, used, witness
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-origin-insecure",
    title="a CORS rule allows an http origin, and the pages are https",
    severity=Severity.LOW,
    gate="preflight",
    why="Who sits in the network changes a page that comes over http, and then that page is one of your origins.",
    mend="write https:// in front of the origin, or take it off the list",
    facts=(
        "cos.cors.origin-exact",
        "cos.cors.origin-wildcard",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per origin; a pattern that lets strangers in is told as that."""
    for one in used(run):
        if not one.complete or any(origin.startswith("http:") for origin in one.origins):
            continue
        for at in origins_of(one):
            insecure = over_http(at.allowed)
            if insecure is not None and stranger(at.allowed) is None:
                yield beyond(
                    RULE,
                    one,
                    f"`{short(at.allowed)}` lets pages over http send {', '.join(at.rule.methods)} to {one.name}, "
                    "and all described pages are https",
                    at=rule_place(at.rule, "origins", at.index),
                    identity=(str(at.number), at.allowed),
                    witness=witness(one, at.rule, insecure),
                )

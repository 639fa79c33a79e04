"""Pages without encryption are allowed beside secure ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, over_http, rule_place, shared, short, witness
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
    mend="take the http origin off the list",
    facts=(
        "cos.cors.origin-exact",
        "cos.cors.origin-wildcard",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per origin."""
    for one in shared(run):
        if not one.complete or any(origin.startswith("http:") for origin in one.origins):
            continue
        for rule in one.cors.rules:
            for index, allowed in enumerate(rule.origins):
                insecure = over_http(allowed)
                if insecure is not None:
                    yield beyond(
                        RULE,
                        one,
                        f"`{short(allowed)}` lets a page at {insecure} send {', '.join(rule.methods)} to {one.name}, "
                        "and all described pages are https",
                        at=rule_place(rule, "origins", index),
                        identity=(allowed,),
                        witness=witness(one, rule, insecure),
                    )

"""An origin of no page that is described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, dead, over_http, rule_place, shared, short, witness
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-origin-undeclared",
    title="a CORS rule allows an origin that no described page has",
    severity=Severity.LOW,
    gate="preflight",
    why="An origin that nobody uses any more may belong to someone else tomorrow.",
    mend="take the origin off the list, or describe the page (`clients[].origins`)",
    facts=("cos.cors.origin-exact",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per origin."""
    from cosaudit.cos.cors import origin_matches

    for one in shared(run):
        if not one.complete:
            continue
        for rule in one.cors.rules:
            for index, allowed in enumerate(rule.origins):
                if "*" in allowed or allowed == "null" or over_http(allowed) is not None or dead(allowed) is not None:
                    continue
                if not any(origin_matches(allowed, origin) for origin in one.origins):
                    yield beyond(
                        RULE,
                        one,
                        f"pages of {short(allowed)} may send to {one.name}, and no such page is described",
                        at=rule_place(rule, "origins", index),
                        identity=(allowed,),
                        witness=witness(one, rule, allowed),
                    )

"""An origin of no page that is described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import (
    beyond,
    dead,
    of_mini_program,
    origins_of,
    over_http,
    rule_place,
    sample,
    short,
    stranger,
    used,
    witness,
)
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
    """One finding per origin, and per pattern that covers no described page."""
    for one in used(run):
        from cosaudit.cos.cors import origin_matches  # only where there are rules
        from cosaudit.web.fetch import serialize_origin

        secure = not any(origin.startswith("http:") for origin in one.origins)
        for at in origins_of(one) if one.complete else ():
            allowed = at.allowed
            if allowed in ("*", "null") or allowed.count("*") > 1 or dead(allowed) is not None:
                continue
            if of_mini_program(allowed):
                continue
            if stranger(allowed) is not None or (secure and over_http(allowed) is not None):
                continue
            if "*" in allowed:
                described = any(origin_matches(allowed, origin) for origin in one.origins)
            else:
                described = serialize_origin(allowed) in one.origins
            if not described:
                yield beyond(
                    RULE,
                    one,
                    f"pages of {short(allowed)} may send to {one.name}, and no such page is described",
                    at=rule_place(at.rule, "origins", at.index),
                    identity=(str(at.number), allowed),
                    witness=witness(one, at.rule, sample(allowed)),
                )

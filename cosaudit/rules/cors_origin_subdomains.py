"""A wildcard for all subdomains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, origins_of, rule_place, sample, short, stranger, used, witness
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-origin-subdomains",
    title="an origin pattern for all subdomains",
    severity=Severity.INFO,
    gate="preflight",
    why="A subdomain that points to a service you gave up can be taken by others, and then it is one of your origins.",
    mend="name the origins of your pages",
    facts=("cos.cors.origin-wildcard",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per pattern."""
    for one in used(run):
        from cosaudit.cos.cors import origin_matches  # only where there are rules

        for at in origins_of(one):
            allowed = at.allowed
            host = allowed.partition("://")[2] or allowed
            if "*" not in host.partition(":")[0] or allowed == "*" or allowed.count("*") > 1 or allowed in one.origins:
                continue
            if stranger(allowed) is not None:
                continue
            if one.complete and not any(origin_matches(allowed, origin) for origin in one.origins):
                continue  # told as an origin of no described page
            yield beyond(
                RULE,
                one,
                f"`{short(allowed)}` covers more origins than are described for {one.name}",
                at=rule_place(at.rule, "origins", at.index),
                identity=(str(at.number), allowed),
                fix=f"{RULE.mend}: {', '.join(one.origins)}" if one.origins else None,
                witness=witness(one, at.rule, sample(allowed)),
            )

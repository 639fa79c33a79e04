"""A wildcard for all subdomains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import attacker, beyond, rule_place, shared, short, witness
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
    for one in shared(run):
        for rule in one.cors.rules:
            for index, allowed in enumerate(rule.origins):
                if allowed != "*" and "*" in allowed and attacker(allowed) is None:
                    yield beyond(
                        RULE,
                        one,
                        f"`{short(allowed)}` covers more origins than are described for {one.name}",
                        at=rule_place(rule, "origins", index),
                        identity=(allowed,),
                        fix=f"{RULE.mend}: {', '.join(one.origins)}" if one.origins else None,
                        witness=witness(one, rule, allowed.replace("*", "x")),
                    )

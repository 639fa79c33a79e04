"""CORS rules for every page there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import EVIL, beyond, rule_place, shared, witness
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
    """One finding per rule with `*`."""
    for one in shared(run):
        for rule in one.cors.rules:
            if "*" in rule.origins and (one.requests or not one.mini):
                yield beyond(
                    RULE,
                    one,
                    f"any page may send {', '.join(rule.methods)} to {one.name}, {EVIL} too",
                    at=rule_place(rule, "origins", rule.origins.index("*")),
                    identity=("*",),
                    fix=f"{RULE.mend}: {', '.join(one.origins)}" if one.origins else None,
                    witness=witness(one, rule, EVIL),
                )

"""A wildcard that covers domains of strangers."""

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
    id="cors-origin-too-wide",
    title="an origin pattern that covers domains of strangers",
    severity=Severity.MEDIUM,
    gate="preflight",
    why="One `*` of AllowedOrigin stands for any characters, dots too: `https://*example.com` covers a domain "
    "that anybody can register.",
    mend="name the origins, or put the `*` before a dot and your own domain: https://*.example.com",
    facts=(
        "cos.cors.origin-wildcard",
        "web.shared-suffixes",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per pattern."""
    for one in shared(run):
        for rule in one.cors.rules:
            for index, allowed in enumerate(rule.origins):
                stranger = attacker(allowed)
                if stranger is not None:
                    yield beyond(
                        RULE,
                        one,
                        f"`{short(allowed)}` lets pages of {stranger} send {', '.join(rule.methods)} to {one.name}",
                        at=rule_place(rule, "origins", index),
                        identity=(allowed,),
                        witness=witness(one, rule, stranger),
                    )

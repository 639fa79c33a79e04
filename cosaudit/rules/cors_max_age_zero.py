"""Every request is asked for first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, rule_place, rules_of, used
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-max-age-zero",
    title="a preflight before every single request",
    severity=Severity.INFO,
    gate="preflight",
    why="With MaxAgeSeconds 0 the browser keeps no answer and asks before each part of a file. The vendor "
    "advises it for debugging only.",
    mend="set MaxAgeSeconds, 600 for one",
    facts=(
        "cos.cors.max-age-made",
        "web.fetch.max-age-default",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per rule."""
    for one in used(run):
        for number, rule in rules_of(one):
            if rule.max_age == 0:
                yield beyond(
                    RULE,
                    one,
                    f"browsers ask {one.name} before every request",
                    at=rule_place(rule, "max_age"),
                    identity=(str(number),),
                )

"""A rule that an earlier one hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, hides, rule_place, rules_of, used
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-rule-hidden",
    title="a CORS rule that is never asked",
    severity=Severity.LOW,
    gate="preflight",
    why="The first rule that fits a preflight answers it: a rule below a wider one does nothing.",
    mend="remove it, or put it above the wider one",
    facts=("cos.cors.first-match",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per rule."""
    for one in used(run):
        for number, rule in rules_of(one):
            wider = next((index for index in range(number) if hides(one.cors.rules[index], rule)), None)
            if wider is not None:
                yield beyond(
                    RULE,
                    one,
                    f"CORS rule {number + 1} of {one.name} is never asked: rule {wider + 1} answers all that it would",
                    at=rule_place(rule),
                    identity=(str(number),),
                )

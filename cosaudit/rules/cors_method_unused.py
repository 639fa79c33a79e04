"""Methods that no page sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, rule_place, rules_of, sample, used, witness
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-method-unused",
    title="a CORS rule allows a method that no described page sends",
    severity=Severity.INFO,
    gate="preflight",
    why="A method that nobody sends is only there for others: DELETE with a leaked key, for one.",
    mend="take the methods off the rule",
    facts=("cos.cors.methods",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per rule."""
    for one in used(run):
        for number, rule in rules_of(one) if one.complete else ():
            unused = [method for method in rule.methods if method not in one.methods]
            if unused:
                yield beyond(
                    RULE,
                    one,
                    f"no described page sends {', '.join(unused)} to {one.name}",
                    at=rule_place(rule, "methods", rule.methods.index(unused[0])),
                    identity=(str(number), ",".join(unused)),
                    witness=witness(one, rule, sample(rule.origins[0]), unused[0]),
                )

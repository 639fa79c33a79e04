"""A method that no CORS rule allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import plural, rule_name, stopped, told
from cosaudit.rules.base import Rule, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-method-missing",
    title="no CORS rule allows the method",
    severity=Severity.HIGH,
    gate="preflight",
    why="A browser asks the bucket before it sends a file, and names the method. A rule answers only where it has it.",
    mend="add the method to the rule",
    facts=(
        "cos.cors.refusal",
        "cos.cors.first-match",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules and the rule that comes nearest."""
    for one in stopped(run, "preflight"):
        if one.code == "method-not-allowed":
            where = f"{rule_name(one.number)} does not allow the {plural('method', one.methods)} {words(one.methods)}"
            yield told(RULE, one, where, field="methods", add=one.methods)

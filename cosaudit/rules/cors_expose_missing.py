"""A response header that the SDK needs and the page cannot see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.response import NOT_EXPOSED, spelt
from cosaudit.model import Severity
from cosaudit.rules._cors import rule_name, stopped, told
from cosaudit.rules.base import Rule, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-expose-missing",
    title="the CORS rule does not expose a header that the SDK reads",
    severity=Severity.HIGH,
    gate="response",
    why="A page reads only the headers that the rule exposes. An upload in parts cannot end without the ETag "
    "of each part: the parts stay, unseen and billed.",
    mend="add the header to the rule's ExposeHeader",
    facts=(
        "web.fetch.expose",
        "cos.cors.expose-no-wildcard",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules and rule."""
    for one in stopped(run, "response"):
        if one.code == NOT_EXPOSED:
            names = [spelt(name) for name in one.missing]
            where = f"the SDK reads {words(names)} of the answer, and {rule_name(one.number)} does not expose it"
            error = f'get {names[0]} error, please add "{names[0]}" to CORS ExposeHeader setting'
            yield told(RULE, one, where, field="expose", add=names, phone=error)

"""An answer that the page cannot read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.response import UNREADABLE
from cosaudit.model import Severity
from cosaudit.rules._cors import stopped, told
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

#: What people see.
PHONE = "the upload fails although the file was stored"

RULE = Rule(
    id="cors-answer-unreadable",
    title="the page cannot read the answer of COS",
    severity=Severity.HIGH,
    gate="response",
    why="COS serves a request that no CORS rule allows all the same, but the browser hides the answer from "
    "the page: the file is stored, and the page says that it failed.",
    mend="allow origin and method of the request in a rule",
    facts=(
        "cos.cors.not-enforced",
        "web.fetch.origin-check",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules and reason."""
    # a request that its preflight stops is never answered: that is told already
    asked = {
        (id(request.bucket), request.flow, request.shape, one.origin)
        for group in stopped(run, "preflight")
        for request, one in group.items
    }
    for group in stopped(run, "response"):
        items = [
            (request, one)
            for request, one in group.items
            if (id(request.bucket), request.flow, request.shape, one.origin) not in asked
        ]
        if group.code == UNREADABLE and items:
            group = group._replace(items=items)
            yield told(RULE, group, items[0][1].verdict.reason, field="origins", phone=PHONE)

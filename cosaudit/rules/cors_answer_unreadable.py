"""An answer that the page cannot read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Outcome, Severity
from cosaudit.rules._cors import blocked
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

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
    stopped = {
        (request.flow, request.shape)
        for (gate, _), items in run.trouble.items()
        if gate == "preflight"
        for request, verdict in items
        if verdict.outcome is Outcome.BLOCKED
    }
    yield from blocked(RULE, run, "response", "answer-unreadable", field="origins", beside=stopped)

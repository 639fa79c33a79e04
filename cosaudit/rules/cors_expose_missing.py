"""A response header that the SDK needs and the page cannot see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import blocked
from cosaudit.rules.base import Rule

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
    """One finding per bucket's rules and reason."""
    yield from blocked(RULE, run, "response", "header-not-exposed", field="expose")

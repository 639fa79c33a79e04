"""An answer of COS that the browser does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import blocked
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

#: What the browser's half says, after the Fetch standard.
CODES = (
    "no-allow-origin",
    "origin-differs",
    "wildcard-with-credentials",
    "credentials-not-allowed",
    "list-malformed",
    "authorization-not-listed",
)

RULE = Rule(
    id="cors-browser-refuses",
    title="the browser does not take the answer to its preflight",
    severity=Severity.HIGH,
    gate="preflight",
    why="COS lets the preflight pass, and the browser still finds something missing in the answer.",
    mend="name origin, method and headers in the rule as they are sent",
    facts=(
        "web.fetch.preflight",
        "web.fetch.origin-check",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules and reason."""
    yield from blocked(RULE, run, "preflight", *CODES, field="origins")

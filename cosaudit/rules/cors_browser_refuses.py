"""An answer of COS that the browser does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import stopped, told
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

#: What the browser's half says, after the Fetch standard, and what of the rule a person mends.
CODES = {
    "no-allow-origin": "origins",
    "origin-differs": "origins",
    "wildcard-with-credentials": "origins",
    "credentials-not-allowed": "origins",
    "list-malformed": "headers",
    "authorization-not-listed": "headers",
}

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
    """One finding per bucket's rules, rule and reason."""
    for one in stopped(run, "preflight"):
        if one.code in CODES:
            yield told(RULE, one, one.items[0][1].verdict.reason, field=CODES[one.code])

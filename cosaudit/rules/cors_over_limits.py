"""More rules than COS takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit import data
from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, place, used
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-over-limits",
    title="more CORS rules than COS takes",
    severity=Severity.MEDIUM,
    gate="preflight",
    why="COS refuses settings with more rules, or a larger document, than it takes.",
    mend="put origins that need the same into one rule",
    facts=(
        "limits.cors.rules-max",
        "limits.cors.size-max",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules."""
    for one in used(run):
        from cosaudit.cos.cors import size  # only where there are rules

        limits = data.facts_of("limits")
        rules, most = len(one.cors.rules), limits["limits.cors.rules-max"].value
        length, longest = size(one.cors), limits["limits.cors.size-max"].value
        if rules <= most and length <= longest:
            continue
        yield beyond(
            RULE,
            one,
            f"{rules} CORS rules, and COS takes {most}" if rules > most else f"{length} bytes, and COS takes {longest}",
            at=place(one.cors),
            identity=("limits",),
        )

"""A value of a CORS rule that fits nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, dead, rule_place, shared, short
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

EXPOSE = "is no header's name: each header is named, and `*` exposes nothing"

RULE = Rule(
    id="cors-value-dead",
    title="a value of a CORS rule that fits nothing",
    severity=Severity.LOW,
    gate="preflight",
    why="COS compares an origin as browsers send it: with its scheme, without a slash at the end, the default "
    "port or a path. ExposeHeader takes no `*`.",
    mend="write it as the browser sends it",
    facts=(
        "cos.cors.origin-exact",
        "cos.cors.expose-no-wildcard",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per value."""
    for one in shared(run):
        for rule in one.cors.rules:
            wrong = [("origins", index, text, dead(text)) for index, text in enumerate(rule.origins)]
            wrong += [("expose", index, text, EXPOSE) for index, text in enumerate(rule.expose) if "*" in text]
            for field, index, text, why in wrong:
                if why is not None:
                    yield beyond(
                        RULE,
                        one,
                        f"`{short(text)}` {why}",
                        at=rule_place(rule, field, index),
                        identity=(field, text),
                    )

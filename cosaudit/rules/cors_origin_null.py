"""The origin null is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, rule_place, shared, witness
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-origin-null",
    title="a CORS rule allows the origin `null`",
    severity=Severity.MEDIUM,
    gate="preflight",
    why="Every sandboxed frame and every file that someone opens has the origin `null`, on any site.",
    mend="take `null` off the list, and serve the page from an origin of its own",
    facts=(
        "web.fetch.opaque-origin",
        "cos.cors.origin-null",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per rule."""
    for one in shared(run):
        for rule in one.cors.rules:
            if "null" in rule.origins and "null" not in one.origins:
                yield beyond(
                    RULE,
                    one,
                    f"a sandboxed frame on any site may send {', '.join(rule.methods)} to {one.name}",
                    at=rule_place(rule, "origins", rule.origins.index("null")),
                    identity=("null",),
                    witness=witness(one, rule, "null"),
                )

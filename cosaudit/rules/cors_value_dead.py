"""A value of a CORS rule that fits nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import beyond, dead, rule_place, rules_of, short, used
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cos.cors import CorsRule
    from cosaudit.model import Finding
    from cosaudit.run import Run

#: What is wrong with a value.
EXPOSE = "names no header: COS documents no `*` in ExposeHeader"
HEADER = "is no header's name: each value is one name"
STARS = "has more than one `*`, and COS documents one at most"

#: A name of a header (RFC 9110, token); a `*` may stand in it.
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

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
        "cos.cors.origin-stars",
        "cos.cors.expose-no-wildcard",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per value."""
    for one in used(run):
        for number, rule in rules_of(one):
            for field, index, text, why in _wrong(rule):
                yield beyond(
                    RULE,
                    one,
                    f"`{short(text)}` {why}",
                    at=rule_place(rule, field, index),
                    identity=(str(number), field, text),
                    confidence="tentative" if why is STARS else None,
                )


def _wrong(rule: CorsRule) -> Iterator[tuple[str, int, str, str]]:
    """(field, index, value, what is wrong with it); a value that stands twice, once."""
    for field, values in (("origins", rule.origins), ("headers", rule.headers), ("expose", rule.expose)):
        for text, index in {text: index for index, text in reversed(list(enumerate(values)))}.items():
            why = None
            if field == "origins":
                why = dead(text) or (STARS if text.count("*") > 1 else None)
            elif field == "expose" and "*" in text:
                why = EXPOSE
            elif NAME.match(text.strip()) is None:
                why = HEADER
            if why is not None:
                yield field, index, text, why

"""CORS rules where only Mini Programs send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import SEVERITIES, Severity
from cosaudit.rules._cors import (
    EVIL,
    beyond,
    gain,
    of_mini_program,
    origins_of,
    place,
    rule_place,
    rules_of,
    shared,
    stranger,
)
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-unneeded",
    title="CORS rules that no client needs",
    severity=Severity.INFO,
    gate="preflight",
    why="CORS is an affair of browsers: a Mini Program is never asked for it, so these rules are only there "
    "for others.",
    mend="remove the rules, or describe the page that needs them",
    facts=(
        "wechat.cors.none",
        "cos.cors.not-enforced",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding for rules that only Mini Programs could need, graded by what strangers gain by them; one for each
    rule for the address that Mini Programs come from."""
    for one in shared(run):
        if one.mini and not one.web and one.cors.rules:
            open_ = ((at.rule, EVIL if at.allowed == "*" else stranger(at.allowed)) for at in origins_of(one))
            gains = [gain(run, one, rule, origin) for rule, origin in open_ if origin is not None]
            worst = min(gains, key=lambda found: SEVERITIES.index(found.severity), default=None)
            yield beyond(
                RULE,
                one,
                f"only Mini Programs use {one.name}, and they need no CORS rules{worst.more if worst else ''}",
                at=place(one.cors),
                identity=("mini",),
                witness=worst.witness if worst else None,
                severity=worst.severity if worst else None,
            )
            continue
        for number, rule in rules_of(one):
            if all(of_mini_program(allowed) for allowed in rule.origins):
                yield beyond(
                    RULE,
                    one,
                    f"CORS rule {number + 1} of {one.name} is for Mini Programs alone, and they need none; only "
                    "wx.loadFontFace asks for it",
                    at=rule_place(rule),
                    identity=(str(number), "mini"),
                    fix="remove the rule unless a Mini Program loads fonts from this bucket",
                )

"""A request header that the CORS rule does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._cors import plural, rule_name, stopped, told
from cosaudit.rules.base import Rule, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="cors-header-missing",
    title="the CORS rule does not allow a header that is sent",
    severity=Severity.HIGH,
    gate="preflight",
    why="A browser asks the bucket before it sends a file, and names the headers. One that the rule lacks, "
    "and COS refuses the whole request. The SDK adds x-cos-sdk-retry to retries, so a rule without it "
    "fails when the network is bad.",
    mend="add the header to the rule, or allow every header with `*`, as the vendor recommends",
    facts=(
        "cos.cors.refusal",
        "cos.cors.header-each",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket's rules and the rule that comes nearest."""
    for one in stopped(run, "preflight"):
        if one.code == "header-not-allowed":
            lacks = list(dict.fromkeys([name for _, at in one.items if at.answer for name in at.answer.missing]))
            where = f"{rule_name(one.number)} does not allow the request {plural('header', lacks)} {words(lacks, 8)}"
            yield told(RULE, one, where, field="headers", add=one.missing)

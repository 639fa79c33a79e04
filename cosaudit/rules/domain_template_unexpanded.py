"""A domain template that this SDK version does not expand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="domain-template-unexpanded",
    title="a domain template that this SDK version does not expand",
    severity=Severity.HIGH,
    gate="address",
    why="Old versions take the option Domain as it stands, so the request goes to a host with braces in its name.",
    mend="write the host out, or use a newer version of the SDK",
    facts=("sdk.cos-wx-sdk-v5.domain-templates",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(RULE, run, "template-not-expanded", at=(("options", "Domain"), ("url",)))

"""A `principal` in a session policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-principal",
    title="a `principal` in a session policy",
    severity=Severity.INFO,
    gate="session",
    why="The documentation of STS forbids it; the official samples send it, and the service takes it.",
    mend="leave it out",
    facts=("sts.policy.principal",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per policy."""
    for subject in policies(run):
        if subject.gate == "bucket":
            continue
        row = next((one for one in subject.policy.statements if one.principals is not None), None)
        if row is not None and subject.session.source in ("policy", "alone"):
            yield of_session(
                RULE,
                subject.session,
                message=f"{subject.name} names a principal",
                at=row.principal_place or row.place,
                identity=(subject.session.name, subject.gate),
                fix=RULE.mend,
                gate=subject.gate,
            )

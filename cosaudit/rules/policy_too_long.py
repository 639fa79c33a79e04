"""A policy near or above the length that CAM takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import LONGEST, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-too-long",
    title="a policy near or above the length that CAM takes",
    severity=Severity.MEDIUM,
    gate="session",
    why="CAM takes 6,144 characters without spaces; what STS takes is not published (PolicyTooLong).",
    mend="group actions with the same resources into one statement",
    facts=("cam.limits.policy-length", "sts.policy.length"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per policy."""
    for subject in policies(run):
        if subject.gate == "bucket":
            continue  # other limits hold for it
        rows = subject.policy.statements
        rough = sum([len(one.text) + 3 for row in rows for part in (row.actions, row.resources) for one in part])
        rough += sum([len(value) + 3 for row in rows for one in row.conditions for value in (one.key, *one.values)])
        rough += 60 * len(rows)
        if rough < LONGEST // 2:
            continue
        import json

        length = len(json.dumps(subject.policy.document, separators=(",", ":"), ensure_ascii=False).replace(" ", ""))
        if length > LONGEST:
            yield of_session(
                RULE,
                subject.session,
                message=f"{subject.name} has {length} characters without spaces; CAM takes {LONGEST}",
                at=subject.policy.place,
                identity=(subject.session.name, subject.gate),
                fix=RULE.mend,
                gate=subject.gate,
            )

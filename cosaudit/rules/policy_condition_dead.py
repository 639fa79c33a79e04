"""A condition that some of its actions can never meet."""

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
    id="policy-condition-dead",
    title="a condition that some of its actions can never meet",
    severity=Severity.MEDIUM,
    gate="session",
    why="A request that never carries the header never meets a plain condition on it, so these are not granted.",
    mend="give these actions a statement of their own, without the condition",
    facts=("cam.condition.absent-key",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per condition of an allow, with the actions that it takes away; and per deny that never applies."""
    stopped = {request.transfer.session for request, _ in run.having("session", "condition-fails") if request.transfer}
    for subject in policies(run):
        if subject.gate == "session" and subject.session.index in stopped:
            continue  # told where it stops an upload
        for row in subject.policy.statements:
            for one in row.conditions:
                from cosaudit.cos import conditions

                if one.if_exist or one.operator in (None, "null_equal") or conditions.key(one.key) is None:
                    continue
                named = [act for act in row.actions if act.pattern is not None and "*" not in act.pattern]
                never = [act.text for act in named if conditions.presence(one.key, f"name/{act.pattern}") == "never"]
                if not never or (not row.allow and len(never) < len(row.actions)):
                    continue
                what = "never granted" if row.allow else "never denied"
                yield of_session(
                    RULE,
                    subject.session,
                    message=f"{subject.name}: {', '.join(never)} never carries `{one.key}`: {what} by statement "
                    f"{row.index + 1}",
                    at=one.place,
                    identity=(subject.session.name, subject.gate, str(row.index), one.key),
                    fix=RULE.mend,
                    gate=subject.gate,
                )

"""A condition key that no service knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Condition, Statement
    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-unknown-key",
    title="a condition key that no service knows",
    severity=Severity.HIGH,
    gate="session",
    why="A key that is never sent is never met: an allow grants nothing, a deny stops nothing.",
    mend="write the key as the documentation spells it",
    facts=("cam.condition.unknown-key",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per condition; keys of other services are not known here."""
    for subject in policies(run):
        for row in subject.policy.statements:
            for one in row.conditions:
                from cosaudit.cos import conditions

                if not conditions.sent_by_nobody(one.key):
                    continue
                near = conditions.nearest(one.key)
                yield of_session(
                    RULE,
                    subject.session,
                    message=f"{subject.name}: no service sends `{one.key}`, so {_effect(one, row)}"
                    + (f"; did you mean `{near}`?" if near else ""),
                    at=one.place,
                    identity=(subject.session.name, subject.gate, one.key),
                    fix=RULE.mend,
                    gate=subject.gate,
                )


def _effect(condition: Condition, row: Statement) -> str:
    """What a condition does to its statement when the key is never there."""
    from cosaudit.cam.condition import one as outcome
    from cosaudit.cam.policy import Context, Known, Truth

    truth = outcome(condition, Context({}, Known.ABSENT))
    statement = f"statement {row.index + 1}"
    if truth is Truth.FALSE:
        return f"{statement} never {'allows' if row.allow else 'denies'}"
    if truth is Truth.MAYBE:
        return f"what `{condition.written}` does to {statement} is not known"
    if row.allow:
        return f"the condition limits nothing in {statement}"
    return f"{statement} denies " + ("always" if len(row.conditions) == 1 else "as if this condition were not there")

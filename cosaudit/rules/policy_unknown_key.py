"""A condition key that no service knows."""

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
    id="policy-unknown-key",
    title="a condition key that no service knows",
    severity=Severity.HIGH,
    gate="session",
    why="A key that is never sent is never met: an allow grants nothing, a deny stops nothing.",
    mend="write the key as the documentation spells it",
    facts=("cam.condition.unknown-key",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per condition."""
    for subject in policies(run):
        for row in subject.policy.statements:
            for one in row.conditions:
                from cosaudit.cos import conditions

                if conditions.key(one.key) is not None:
                    continue
                near = conditions.nearest(one.key)
                effect = "never denies" if not row.allow else "never allows"
                if one.if_exist:
                    effect = "always denies" if not row.allow else "limits nothing"
                yield of_session(
                    RULE,
                    subject.session,
                    message=f"{subject.name}: no service sends `{one.key}`, so statement {row.index + 1} {effect}"
                    + (f"; did you mean `{near}`?" if near else ""),
                    at=one.place,
                    identity=(subject.session.name, subject.gate, one.key),
                    fix=RULE.mend,
                    gate=subject.gate,
                )

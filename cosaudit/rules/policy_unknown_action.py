"""An action that the catalogue does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-unknown-action",
    title="an action that the catalogue does not know",
    severity=Severity.MEDIUM,
    gate="session",
    why="Names are compared letter by letter: a misspelt one grants nothing.",
    mend="write the action as the documentation spells it",
    facts=("actions.case",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per action of a policy."""
    for subject in policies(run):
        from cosaudit.cos import actions

        for row in subject.policy.statements:
            for one in row.actions:
                pattern = one.pattern
                if pattern is None or pattern.partition(":")[0] not in ("cos", "ci"):
                    continue
                if pattern in actions.known() or any(glob(pattern, name) for name in actions.known()):
                    continue
                near = actions.nearest(pattern)
                yield of_session(
                    RULE,
                    subject.session,
                    message=f"{subject.name}: there is no action `{one.text}`"
                    + (f"; did you mean `{near}`?" if near else ""),
                    at=one.place,
                    identity=(subject.session.name, subject.gate, one.text),
                    fix=RULE.mend,
                    gate=subject.gate,
                )

"""An action that no resource of its statement is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Action, Statement
    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-action-dead",
    title="an action that no resource of its statement is for",
    severity=Severity.MEDIUM,
    gate="session",
    why="Each service has resources of its own: an action of ci with a resource of cos grants nothing.",
    mend="give the action a statement of its own, with a resource of its service",
    facts=("actions.ci.resource",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per statement; where none of its actions fits, the resource is told."""
    for subject in policies(run):
        for row in subject.policy.statements:
            dead = _dead(row)
            if dead:
                named = ", ".join([f"`{one.text}`" for one in dead[:3]]) + (" and more" if len(dead) > 3 else "")
                services = ", ".join(sorted({f"`{one.service}`" for part in row.resources for one in part.areas}))
                verb = "grants" if row.allow else "denies"
                yield of_session(
                    RULE,
                    subject.session,
                    message=f"{subject.name}: {named} {verb} nothing in statement {row.index + 1}, whose resources "
                    f"are of {services}",
                    at=dead[0].place,
                    identity=(subject.session.name, subject.gate, str(row.index)),
                    fix=RULE.mend,
                    gate=subject.gate,
                )


def _dead(row: Statement) -> list[Action]:
    """The actions of a statement whose service none of its resources is of, where there are others too."""
    of_resources = {one.service for part in row.resources for one in part.areas}
    if not of_resources or "*" in of_resources:
        return []
    dead = []
    known = [one for one in row.actions if one.pattern is not None]
    for one in known:
        service = str(one.pattern).partition(":")[0]
        if not any(glob(service, other) for other in of_resources):
            dead.append(one)
    return dead if len(dead) < len(known) else []

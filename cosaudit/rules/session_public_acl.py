"""A key whose holder may publish what he uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import UPLOADS, glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Policy, Statement, Value
    from cosaudit.model import Finding
    from cosaudit.run import Run

KEY = "cos:x-cos-acl"

RULE = Rule(
    id="session-public-acl",
    title="a key whose holder may publish what he uploads",
    severity=Severity.INFO,
    gate="session",
    why="The header `x-cos-acl: public-read` rides on an upload; only a condition stops it.",
    mend="if files must stay private, add a condition that allows no ACL but `private`",
    facts=("cam.acl-header",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session whose conditions on the ACL let a public one pass, or that is read alone."""
    described = {transfer.session for transfer in run.inventory.transfers}
    for subject in policies(run):
        if subject.gate != "session":
            continue
        for row in subject.policy.statements:
            on_acl = [one for one in row.conditions if one.key == KEY]
            if not row.allow or (not on_acl and subject.session.index in described):
                continue  # an upload without a condition on the ACL is what the smallest policy grants too
            uploads = [
                (name, one)
                for name in UPLOADS
                for one in row.actions
                if one.pattern is not None and glob(one.pattern, name) and _passes(subject.policy, row, name)
            ]
            if not uploads:
                continue
            upload, element = uploads[0]
            yield of_session(
                RULE,
                subject.session,
                message=f"{subject.name}: statement {row.index + 1} lets uploads carry `x-cos-acl: public-read`",
                at=on_acl[0].place if on_acl else element.place,
                identity=(subject.session.name,),
                fix=RULE.mend,
                witness={
                    "api": None,
                    "method": "PUT" if upload == "cos:PutObject" else "POST",
                    "url": None,
                    "action": f"name/{upload}",
                    "resource": row.resources[0].text,
                    "header": "x-cos-acl: public-read",
                },
            )
            break


def _passes(policy: Policy, row: Statement, action: str) -> bool:
    """Does a statement allow an upload with a public ACL somewhere where no deny surely stops it?

    What else a request carries is the holder's choice.
    """
    from cosaudit.cam.condition import holds
    from cosaudit.cam.language import allowed
    from cosaudit.cam.pattern import BUDGET, Work, search, uncovered
    from cosaudit.cam.policy import Context, Known, Truth
    from cosaudit.cos import conditions

    keys = {one.key for statement in policy.statements for one in statement.conditions}
    values: dict[str, Value] = {
        key: Known.ABSENT for key in keys if conditions.presence(key, f"name/{action}") == "never"
    }
    public = Context({**values, KEY: ("public-read",)}, Known.UNKNOWN)
    if holds([one for one in row.conditions if one.key == KEY], public) is not Truth.TRUE:
        return False
    plus, minus = allowed(
        policy._replace(statements=(row, *[one for one in policy.statements if not one.allow])),
        action,
        lambda statement: holds(statement.conditions, public),
    )
    work = Work(BUDGET)
    left, _ = uncovered(plus, minus, work)
    return search([left], minus, work) is not None  # too hard to tell: said, being info

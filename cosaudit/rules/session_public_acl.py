"""A key whose holder may publish what he uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import UPLOADS, glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Policy
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
            uploads = [
                one
                for one in row.actions
                if one.pattern is not None and any(glob(one.pattern, name) for name in UPLOADS)
            ]
            on_acl = [one for one in row.conditions if one.key == KEY]
            public = any(glob(value, "public-read") for one in on_acl for value in one.values)
            if not row.allow or not uploads or (on_acl and not public):
                continue
            if not on_acl and (subject.session.index in described or _denied(subject.policy)):
                continue  # an upload without a condition on the ACL is what the smallest policy grants too
            yield of_session(
                RULE,
                subject.session,
                message=f"{subject.name}: statement {row.index + 1} lets uploads carry `x-cos-acl: public-read`",
                at=(on_acl or uploads)[0].place,
                identity=(subject.session.name,),
                fix=RULE.mend,
                witness={
                    "api": None,
                    "method": "PUT",
                    "url": None,
                    "action": "name/cos:PutObject",
                    "resource": row.resources[0].text if row.resources else None,
                    "header": "x-cos-acl: public-read",
                },
            )
            break


def _denied(policy: Policy) -> bool:
    return any(not row.allow and any(one.key == KEY for one in row.conditions) for row in policy.statements)

"""A wildcard that quietly grants the right to grant rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Area, Policy
    from cosaudit.model import Finding
    from cosaudit.run import Run


RULE = Rule(
    id="policy-escalation",
    title="a wildcard that lets its holder give himself any right",
    severity=Severity.MEDIUM,
    gate="session",
    why="Who may write the policy or the ACL of a bucket can grant himself all that he lacks.",
    mend="name the actions one by one, without PutBucketPolicy and PutBucketACL",
    facts=("actions.wildcard.put-bucket",),
    confidence="firm",
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per wildcard in the policy of a person or server; of a key's own it is told as what the key can do.

    Who writes `cos:*` says that it is everything; `cos:PutBucket*` looks like settings.
    """
    for subject in policies(run):
        if subject.gate != "issuer" and (subject.gate != "session" or subject.session.source != "alone"):
            continue
        for row in subject.policy.statements:
            for one in row.actions if row.allow else ():
                pattern = one.pattern
                if pattern is None or "*" not in pattern or pattern.partition(":")[2] == "*":
                    continue
                reached = [name for name in _rights() if glob(pattern, name) and _open(subject.policy, name, row.index)]
                if reached:
                    named = " and ".join([f"`{name}`" for name in reached])
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: `{one.text}` includes {named}: its holder can give himself any right",
                        at=one.place,
                        identity=(subject.session.name, subject.gate, str(row.index), one.text),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )


def _rights() -> tuple[str, ...]:
    from cosaudit import data

    fact = data.facts_of("actions")["actions.wildcard.put-bucket"]
    return tuple([name.removeprefix("name/") for name in fact.value])


def _open(policy: Policy, action: str, index: int) -> bool:
    """Does a statement grant the action on a bucket, after the denies?"""
    from cosaudit.cam.condition import holds
    from cosaudit.cam.language import allowed
    from cosaudit.cam.pattern import BUDGET, Work, area, search
    from cosaudit.cam.policy import NOTHING_KNOWN

    rows = tuple([one for one in policy.statements if not one.allow or one.index == index])
    areas = [one for row in rows if row.allow for part in row.resources for one in part.areas if _bucket(one)]
    plus = [area(one, "any") for one in areas]
    _, minus = allowed(policy._replace(statements=rows), action, lambda row: holds(row.conditions, NOTHING_KNOWN))
    return bool(plus) and search([plus], minus, Work(BUDGET)) is not None  # too hard to tell: said


def _bucket(one: Area) -> bool:
    """Does an area hold a bucket itself, which is what the settings are granted on?"""
    _, slash, key = one.path.partition("/")
    return one.service in ("cos", "*") and (key in ("", "*") if slash else one.path.endswith("*"))

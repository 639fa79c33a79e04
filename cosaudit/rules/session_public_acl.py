"""A key whose holder may publish what he uploads."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.model import Severity
from cosaudit.rules._keys import UPLOADS, glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cosaudit.cam.policy import Action, Policy, Statement, Value
    from cosaudit.model import Finding
    from cosaudit.run import Run

KEY = "cos:x-cos-acl"

RULE = Rule(
    id="session-public-acl",
    title="a key whose holder may publish what he uploads",
    severity=Severity.INFO,
    gate="session",
    why="The headers `x-cos-acl` and `x-cos-grant-*` ride on each upload, also on the one that begins parts; "
    "only conditions stop them.",
    mend="if files must stay private, put a condition that allows no ACL but `private` on every action that stores a "
    "file, and deny the x-cos-grant headers (public code does it with keys such as cos:x-cos-grant-read)",
    facts=("cam.acl-header", "cam.acl-public"),
)


#: Headers that name whom a file is opened to; pages have no condition key for them, public code does.
_GRANTS = "cos:x-cos-grant-"


class _Gap(NamedTuple):
    """An upload that may publish its file: the statement that lets it, and the header that does it."""

    action: str
    row: Statement
    element: Action
    header: str


def check(run: Run) -> Iterator[Finding]:
    """One finding per session whose conditions on the ACL leave a gap, or that is read alone."""
    described = {transfer.session for transfer in run.inventory.transfers}
    for subject in policies(run):
        if subject.gate != "session":
            continue
        on_acl = [one for row in subject.policy.statements for one in row.conditions if _about(one.key)]
        if not on_acl and subject.session.index in described:
            continue  # an upload without a condition on the ACL is what the smallest policy grants too
        gaps = list(_gaps(subject.policy))
        if not gaps:
            continue
        first = gaps[0]
        if first.row.conditions:
            at = next((one.place for one in first.row.conditions if _about(one.key)), first.element.place)
        else:
            at = first.element.place
        told = f"statement {first.row.index + 1} lets uploads carry `{first.header}`"
        if on_acl:
            by_header: dict[str, dict[str, None]] = {}
            for gap in gaps:
                by_header.setdefault(gap.header, {})[gap.action.partition(":")[2]] = None
            parts = [f"{', '.join(names)} may still carry `{header}`" for header, names in by_header.items()]
            told = f"some uploads bear a condition on the ACL, but {'; '.join(parts)}"
        yield of_session(
            RULE,
            subject.session,
            message=f"{subject.name}: {told}",
            at=at,
            identity=(subject.session.name,),
            fix=RULE.mend,
            witness={
                "api": None,
                "method": "PUT" if first.action == "cos:PutObject" else "POST",
                "url": None,
                "action": f"name/{first.action}",
                "resource": first.row.resources[0].text,
                "header": first.header,
            },
        )


def _about(key: str) -> bool:
    return key == KEY or key.startswith(_GRANTS)


@cache
def _uploads() -> tuple[str, ...]:
    """The actions that store a file and may carry its ACL, those of a single request first."""
    from cosaudit.cos import actions, conditions

    known = conditions.key(KEY)
    assert known is not None and known.actions is not None
    named = {f"cos:{one}" for one in known.actions}
    return tuple(sorted(named & set(actions.by_capability()["overwrite"]), key=lambda one: (one not in UPLOADS, one)))


@cache
def _ways() -> tuple[tuple[str, tuple[Mapping[str, Value], ...]], ...]:
    """A header that opens a file to others, and what is known of the keys when it is sent, the plainest first."""
    from cosaudit import data
    from cosaudit.cam.policy import Known

    facts = data.facts_of("cam")
    headers = [one for one in facts["cam.acl-header"].value if one != "x-cos-acl"]
    absent: dict[str, Value] = {f"cos:{one}": Known.ABSENT for one in headers}
    found: list[tuple[str, tuple[Mapping[str, Value], ...]]] = [
        (f"x-cos-acl: {value}", ({**absent, KEY: (value,)},)) for value in facts["cam.acl-public"].value
    ]
    for one in headers:
        grant: dict[str, Value] = {**absent, f"cos:{one}": ('id="100000000001"',)}
        found.append((one, ({**grant, KEY: Known.ABSENT}, {**grant, KEY: ("private",)})))
    return tuple(found)


def _gaps(policy: Policy) -> Iterator[_Gap]:
    """For each upload that the policy grants, the first way to publish its file that nothing stops."""
    for action in _uploads():
        rows = [
            (row, one)
            for row in policy.statements
            if row.allow and row.resources
            for one in row.actions
            if one.pattern is not None and glob(one.pattern, action)
        ]
        found = next(
            (
                _Gap(action, row, one, header)
                for header, contexts in _ways()
                for row, one in rows
                if any(_passes(policy, row, action, known) for known in contexts)
            ),
            None,
        )
        if found is not None:
            yield found


def _passes(policy: Policy, row: Statement, action: str, known: Mapping[str, Value]) -> bool:
    """Does a statement allow an upload with these headers somewhere where no deny surely stops it?

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
    public = Context({**values, **known}, Known.UNKNOWN)
    if holds([one for one in row.conditions if _about(one.key)], public) is not Truth.TRUE:
        return False
    plus, minus = allowed(
        policy._replace(statements=(row, *[one for one in policy.statements if not one.allow])),
        action,
        lambda statement: holds(statement.conditions, public),
    )
    work = Work(BUDGET)
    left, _ = uncovered(plus, minus, work)
    return search([left], minus, work) is not None  # too hard to tell: said, being info

"""A statement that adds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import Subject, glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Action, Area, Statement
    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-adds-nothing",
    title="a statement that adds nothing",
    severity=Severity.LOW,
    gate="session",
    why="What is granted twice is narrowed once, and stays open.",
    mend="remove it",
    facts=("cam.evaluation.deny-wins",),
)


#: Statements that are compared with each other; more are only compared as text.
MAX_COMPARED = 30


def check(run: Run) -> Iterator[Finding]:
    """One finding per statement that another one holds; of two that hold each other, the second one."""
    for subject in policies(run):
        rows = [one for one in subject.policy.statements if one.actions and _areas(one)]
        seen: dict[object, Statement] = {}
        for row in rows:
            same = (_content(row), row.principals if subject.gate == "bucket" else None)
            holder = seen.setdefault(same, row)
            if holder is row and len(rows) <= MAX_COMPARED:
                holder = next((one for one in rows if _makes_idle(one, row) and _for_same(one, row, subject.gate)), row)
            if holder is not row:
                yield of_session(
                    RULE,
                    subject.session,
                    message=f"{subject.name}: statement {row.index + 1} adds nothing to statement {holder.index + 1}",
                    at=row.place,
                    identity=(subject.session.name, subject.gate, str(row.index)),
                    fix=RULE.mend,
                    gate=subject.gate,
                )
        for row in _idle_denies(subject, rows):
            yield of_session(
                RULE,
                subject.session,
                message=f"{subject.name}: statement {row.index + 1} denies what no statement allows",
                at=row.place,
                identity=(subject.session.name, subject.gate, "deny", str(row.index)),
                fix=f"{RULE.mend}, or name what it is to take away from another statement",
                gate=subject.gate,
            )


def _idle_denies(subject: Subject, rows: list[Statement]) -> Iterator[Statement]:
    """Denies of a session policy that take nothing away from its allows: what it does not allow is denied anyway."""
    if subject.gate != "session" or any(one.opaque for row in rows for one in row.actions):
        return
    allows = [row for row in rows if row.allow]
    for row in rows:
        named = [one for one in _areas(row) if "/" in one.path or "*" in one.path]  # others are told as dead
        if not (row.allow or row.conditions) and named and allows and not any(_meet(row, one) for one in allows):
            yield row


def _meet(one: Statement, other: Statement) -> bool:
    """Is there a request that both statements name, whatever their conditions say?"""
    from cosaudit.cam.pattern import BUDGET, Work, possible, search

    if not any(_alike(first, second) for first in one.actions for second in other.actions):
        return False
    # who asks, and for whom, is not known: a placeholder is any text
    unions = [[possible(area, "any", "") for area in _areas(row)] for row in (one, other)]
    return search(unions, [], Work(BUDGET)) is not None  # too hard to tell: nothing is said


def _alike(one: Action, other: Action) -> bool:
    """May two patterns of actions match the same action?"""
    first, second = one.pattern, other.pattern
    if first is None or second is None:
        return False
    if "*" in first and "*" in second:
        heads = first.partition("*")[0], second.partition("*")[0]
        return heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])
    return glob(first, second) or glob(second, first)


def _content(row: Statement) -> object:
    return (
        row.allow,
        frozenset([one.pattern or one.text for one in row.actions]),
        frozenset(_areas(row)),
        frozenset([(one.written, one.key, one.values) for one in row.conditions]),
    )


def _areas(row: Statement) -> list[Area]:
    """What a statement reaches; nothing where its resources match nothing, which is told as that."""
    return [area for resource in row.resources for area in resource.areas]


def _for_same(outer: Statement, inner: Statement, gate: str) -> bool:
    """Is a statement for the same people? Only those of a bucket policy are for some."""
    return gate != "bucket" or outer.principals == inner.principals


def _makes_idle(outer: Statement, inner: Statement) -> bool:
    """May a statement go because of another one? One that holds it, and that does not go because of it."""
    return outer is not inner and _holds(outer, inner) and (outer.index < inner.index or not _holds(inner, outer))


def _holds(outer: Statement, inner: Statement) -> bool:
    """Does one statement surely cover another one? Patterns that match each other as text do."""
    if outer.allow is not inner.allow or outer.conditions:
        return False
    wide = _areas(outer)
    heads = [one.path.partition("*")[0] for one in wide]
    if not any(_areas(inner)[0].path.startswith(head) for head in heads):
        return False  # most statements have nothing in common: told by the beginning of a path
    return all(
        one.pattern is not None
        and any(other.pattern is not None and glob(other.pattern, one.pattern) for other in outer.actions)
        for one in inner.actions
    ) and all(any(_covers(other, area) for other in wide) for area in _areas(inner))


def _covers(outer: Area, inner: Area) -> bool:
    account = outer.account == inner.account or (outer.account == "*")
    return account and all(
        glob(one, other)
        for one, other in ((outer.service, inner.service), (outer.region, inner.region), (outer.path, inner.path))
    )

"""A statement that adds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import Subject, blocked_by, glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.pattern import Language, Work
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
#: Steps that the comparisons of one policy may cost together; see `pattern.BUDGET`.
WORK = 200_000


def check(run: Run) -> Iterator[Finding]:
    """One finding per statement that others hold, or of whose allow denies leave nothing; of two alike, the second."""
    denied = {(gate, one.index) for gate in ("session", "issuer") for one, *_ in blocked_by(run, gate, "denied")}
    for subject in policies(run):
        rows = [one for one in subject.policy.statements if one.actions and _areas(one)]
        for row, others in _idle_of(subject, rows):
            if others[0].allow is row.allow:
                said = f"adds nothing to {_numbered(others)}"
            elif (subject.gate, subject.session.index) in denied:
                continue  # an upload needs it, so it is the deny that is to go
            else:
                denies = [one for one in others if not one.allow]
                said = f"allows nothing: {_numbered(denies)} {'deny' if len(denies) > 1 else 'denies'} all of it"
            yield of_session(
                RULE,
                subject.session,
                message=f"{subject.name}: statement {row.index + 1} {said}",
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


def _numbered(rows: list[Statement]) -> str:
    """Statements for a sentence: `statement 1`, `statements 1 and 3`."""
    numbers = [str(row.index + 1) for row in rows]
    if len(numbers) == 1:
        return f"statement {numbers[0]}"
    return f"statements {', '.join(numbers[:-1])} and {numbers[-1]}"


def _idle_of(subject: Subject, rows: list[Statement]) -> Iterator[tuple[Statement, list[Statement]]]:
    """The statements of a policy that may go; those of a bucket policy are compared among those for the same people."""
    if subject.gate != "bucket":
        yield from _idle(rows)
        return
    groups: dict[object, list[Statement]] = {}
    for row in rows:
        groups.setdefault(row.principals, []).append(row)
    for group in groups.values():
        yield from _idle(group)


def _idle(rows: list[Statement]) -> list[tuple[Statement, list[Statement]]]:
    """The statements that may go, each with those because of which it may: first those that allow or deny the same."""
    seen: dict[object, Statement] = {}
    idle: dict[int, tuple[Statement, list[Statement]]] = {}
    for row in rows:
        holder = seen.setdefault(_content(row), row)
        if holder is not row:
            idle[row.index] = row, [holder]
    if 1 < len(rows) <= MAX_COMPARED:
        covers = _Covers()
        for row in reversed(rows):  # of two that hold each other, the second one goes
            if row.index not in idle:
                # what goes itself cannot hold another one up
                others = [one for one in rows if one is not row and one.index not in idle]
                because = covers.why(row, others)
                if because:
                    idle[row.index] = row, because
    return [idle[index] for index in sorted(idle)]


class _Covers:
    """Which statements hold another one, for a stated amount of work."""

    def __init__(self) -> None:
        from cosaudit.cam.pattern import Work

        self.work = Work(WORK)
        self._known: dict[int, list[Language]] = {}

    def why(self, row: Statement, others: list[Statement]) -> list[Statement]:
        """The statements because of which one may go; none where it may not."""
        near = [one for one in others if not one.conditions and _beside(one, row) and _speaks_of(one, row)]
        same = [one for one in near if one.allow is row.allow]
        denies = [one for one in near if row.allow and not one.allow]
        for some in (*[[one] for one in same], same, denies, [*same, *denies]):
            if self._hold(some, row):
                for one in reversed(some):  # those without which they would not
                    fewer = [other for other in some if other is not one]
                    some = fewer if self._hold(fewer, row) else some
                return some
        return []

    def _areas(self, row: Statement) -> list[Language]:
        from cosaudit.cam.pattern import area

        if row.index not in self._known:
            # an account that is not named is one of its own
            self._known[row.index] = [area(one, "symbol") for one in _areas(row)]
        return self._known[row.index]

    def _hold(self, outer: list[Statement], inner: Statement) -> bool:
        """Do some statements together surely cover another one? For each of its actions, all its resources."""
        from cosaudit.cam.pattern import search, uncovered

        asked: dict[tuple[int, ...], list[Language]] = {}
        for action in inner.actions:
            rows = [row for row in outer if action.pattern is not None and _grants_all(row, action.pattern)]
            if not rows:
                return False
            asked[tuple([row.index for row in rows])] = [one for row in rows for one in self._areas(row)]
        for wide in asked.values():
            left, surely = uncovered(self._areas(inner), wide, self.work)
            if surely or (left and search([left], wide, self.work) is not None):  # too hard to tell: nothing is said
                return False
        return True


def _grants_all(row: Statement, pattern: str) -> bool:
    """Does a statement surely speak of all actions of a pattern? One that matches the other as text does."""
    return any(one.pattern is not None and glob(one.pattern, pattern) for one in row.actions)


def _beside(one: Statement, other: Statement) -> bool:
    """May two statements speak of the same resource? Told by the beginnings of their paths."""
    heads = [area.path.partition("*")[0] for area in _areas(other)]
    return any(
        head.startswith(first) or first.startswith(head)
        for first in [area.path.partition("*")[0] for area in _areas(one)]
        for head in heads
    )


def _speaks_of(one: Statement, other: Statement) -> bool:
    """May two statements speak of the same action?"""
    return any(_alike(first, second) for first in one.actions for second in other.actions)


def _idle_denies(subject: Subject, rows: list[Statement]) -> Iterator[Statement]:
    """Denies of a session policy that take nothing away from its allows: what it does not allow is denied anyway."""
    if subject.gate != "session" or any(one.opaque for row in rows for one in row.actions):
        return
    from cosaudit.cam.pattern import BUDGET, Work

    work = Work(BUDGET)
    allows = [row for row in rows if row.allow]
    for row in rows:
        named = [one for one in _areas(row) if "/" in one.path or "*" in one.path]  # others are told as dead
        if not (row.allow or row.conditions) and named and allows and not any(_meet(row, one, work) for one in allows):
            yield row


def _meet(one: Statement, other: Statement, work: Work) -> bool:
    """Is there a request that both statements name, whatever their conditions say?"""
    from cosaudit.cam.pattern import possible, search

    if not _speaks_of(one, other):
        return False
    # who asks, and for whom, is not known: a placeholder is any text
    unions = [[possible(area, "any", "") for area in _areas(row)] for row in (one, other)]
    return search(unions, [], work) is not None  # too hard to tell: nothing is said


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

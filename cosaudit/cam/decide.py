"""What a policy says of one request: allow, deny, implicit deny or unknown, which statement decided, and why.

Sound in three values: `unknown` wherever what is not known (a header, a placeholder's text, what an operator does)
could turn the answer. Sources: facts `cam.actions.*`, `cam.resource.*`, `cam.evaluation.*`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from cosaudit.cam.condition import glob, has_variable, holds, match, one, symbolic
from cosaudit.cam.parse import concrete
from cosaudit.cam.policy import (
    NOTHING_KNOWN,
    Area,
    Condition,
    Context,
    Decision,
    Known,
    Policy,
    Span,
    Statement,
    Truth,
    atom_name,
    shown,
)

_TRUE, _FALSE, _MAYBE = Truth.TRUE, Truth.FALSE, Truth.MAYBE

_ACTION = re.compile(r"[A-Za-z0-9_-]+:[A-Za-z0-9_-]+")


# --- patterns


_Matcher = Callable[[str], Truth]


@lru_cache(maxsize=8192)
def _matcher(pattern: str) -> _Matcher:
    """`match` for one pattern, quick for the frequent forms."""
    if symbolic(pattern):
        return lambda text: match(pattern, text)
    stars = pattern.count("*")
    if not stars:

        def literal(text: str) -> Truth:
            return _TRUE if text == pattern else _FALSE if text.isascii() else match(pattern, text)

        return literal
    if stars == 1 and pattern.endswith("*"):
        start = pattern[:-1]

        def prefix(text: str) -> Truth:
            return _TRUE if text.startswith(start) else _FALSE if text.isascii() else match(pattern, text)

        return prefix
    return lambda text: match(pattern, text)


#: The patterns of a resource that have to be looked at: (segment, test).
_Tests = tuple[tuple[int, _Matcher], ...]


def _tests(area: Area) -> _Tests:
    # an own account is that of the resource asked for: nothing to look at
    return tuple([(at, _matcher(part)) for at, part in enumerate(area) if part is not None and part != "*"])


class _Reach(NamedTuple):
    """What the resources of a statement reach."""

    readings: tuple[_Tests, ...]
    everything: bool  # one of them is `*`


def _reach(statement: Statement) -> _Reach:
    readings = [_tests(area) for resource in statement.resources for area in resource.areas]
    return _Reach(tuple(readings), any(resource.text == "*" for resource in statement.resources))


def _covers(reach: _Reach, asked: Area) -> Truth:
    if asked.account is None:  # a request that has no resource of its own
        return _TRUE if reach.everything else _FALSE
    return _any_covers(reach.readings, asked)


def _any_covers(readings: Sequence[_Tests], asked: Area) -> Truth:
    best = _FALSE
    for tests in readings:
        truth = _TRUE
        for at, test in tests:
            found = test(asked[at])  # type: ignore[arg-type]  # no segment of a concrete resource is None
            if found is not _TRUE:
                truth = found
                if found is _FALSE:
                    break
        if truth is _TRUE:
            return _TRUE
        if truth is _MAYBE:
            best = _MAYBE
    return best


def _grants(statement: Statement, action: str) -> Truth:
    best = _FALSE
    for listed in statement.actions:
        if listed.opaque:
            best = _MAYBE
        elif listed.pattern is not None and glob(listed.pattern, action):
            return _TRUE
    return best


def _bare(action: str) -> str:
    return action[5:] if action.startswith("name/") else action


def matching(statement: Statement, action: str, area: Area) -> Truth:
    """Does a statement speak of an action on a resource, its conditions left aside?

    Args:
        statement: any.
        action: with or without `name/`.
        area: one literal resource, as `concrete` makes it.
    """
    granted = _grants(statement, _bare(action))
    if granted is _FALSE:
        return _FALSE
    covered = _covers(_reach(statement), area)
    return granted if covered is _TRUE else covered


# --- policies


class _Row(NamedTuple):
    """A statement that speaks of an action, ready to be asked."""

    number: int  # as people count, from 1
    statement: Statement
    allow: bool
    granted: Truth
    reach: _Reach
    conditions: tuple[Condition, ...]


class _Compiled:
    """A policy, and for each action that was asked for the statements that speak of it."""

    __slots__ = ("fatal", "policy", "reaches", "rows")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy  # kept: its id stays its own
        self.fatal = next((oddity for oddity in policy.oddities if oddity.fatal), None)
        self.rows: dict[str, tuple[_Row, ...]] = {}
        self.reaches: dict[int, _Reach] = {}

    def select(self, action: str) -> tuple[_Row, ...]:
        """The statements that speak of an action, surely or maybe."""
        found = []
        for at, statement in enumerate(self.policy.statements):
            granted = _grants(statement, action)
            if granted is not _FALSE:
                reach = self.reaches.get(at)
                if reach is None:
                    reach = self.reaches[at] = _reach(statement)
                number = statement.index + 1
                found.append(_Row(number, statement, statement.allow, granted, reach, statement.conditions))
        if len(self.rows) >= _ACTIONS_KEPT:
            self.rows.clear()
        rows = self.rows[action] = tuple(found)
        return rows


_ACTIONS_KEPT = 64
_POLICIES_KEPT = 1024
_policies: dict[int, _Compiled] = {}


def _compiled(policy: Policy) -> _Compiled:
    found = _policies.get(id(policy))
    if found is None:
        if len(_policies) >= _POLICIES_KEPT:
            _policies.clear()
        found = _policies[id(policy)] = _Compiled(policy)
    return found


def decide(policy: Policy, action: str, resource: str, context: Context = NOTHING_KNOWN) -> Decision:
    """What does a policy say of one request? Principals are not looked at: session and user policies have none.

    Args:
        policy: as `parse` or `loads` gives it.
        action: with or without `name/`.
        resource: the resource asked for, in six segments, literal (`concrete` says what it takes).
        context: what is known of the request's condition keys; by default nothing.

    Returns:
        The decision, the statement that decided (by its index; None for an implicit deny), the reason in plain words,
        and the conditions that do not hold or that leave it open. An explicit deny wins; what no statement allows is
        denied. What is no action or no resource of any request is denied, and the reason says so. A policy with a
        fatal oddity is `unknown`. Source: fact `cam.evaluation.deny-wins`.
    """
    compiled = _compiled(policy)
    asked = action[5:] if action.startswith("name/") else action
    rows = compiled.rows.get(asked)
    if rows is None:
        if _ACTION.fullmatch(asked) is None:
            return Decision("implicit-deny", None, f"`{action}` is no action; expected one like `name/cos:PutObject`")
        rows = compiled.select(asked)
    area = concrete(resource)
    if area is None:
        expected = "`qcs::cos:<region>:uid/<appid>:<bucket>/<key>`"
        return Decision("implicit-deny", None, f"`{resource}` is no resource; expected one like {expected}")
    if compiled.fatal is not None:
        fatal = compiled.fatal
        return Decision("unknown", None, f"the policy has no meaning: found {fatal.found}; expected {fatal.expected}")
    allowing: _Row | None = None
    may_allow: _Row | None = None
    may_deny: _Row | None = None
    failing: _Row | None = None  # its conditions do not hold
    for row in rows:
        truth = _covers(row.reach, area)
        if truth is _FALSE:
            continue
        if row.granted is _MAYBE:
            truth = _MAYBE
        if row.conditions:
            held = holds(row.conditions, context)
            if held is _FALSE:
                if row.allow and failing is None:
                    failing = row
                continue
            if held is _MAYBE:
                truth = _MAYBE
        if truth is _TRUE:
            if not row.allow:
                return Decision("deny", row.number - 1, f"statement {row.number} denies it")
            if allowing is None:
                allowing = row
        elif row.allow:
            if may_allow is None:
                may_allow = row
        elif may_deny is None:
            may_deny = row
    if allowing is not None and may_deny is None:
        return Decision("allow", allowing.number - 1, f"statement {allowing.number} allows it")
    if allowing is None and may_allow is None:
        return _refused(asked, rows, failing, context)
    if may_deny is not None:
        return _open(may_deny, asked, area, context)
    assert may_allow is not None
    return _open(may_allow, asked, area, context)


# --- reasons


def _keys(conditions: Sequence[Condition]) -> str:
    keys = list(dict.fromkeys([condition.key for condition in conditions]))
    return " and ".join([", ".join(keys[:-1]), keys[-1]] if len(keys) > 1 else keys)


def _refused(action: str, rows: tuple[_Row, ...], failing: _Row | None, context: Context) -> Decision:
    """No statement allows it: what comes nearest?"""
    if failing is not None:
        failed = tuple([condition for condition in failing.conditions if one(condition, context) is _FALSE])
        several = len({condition.key for condition in failed}) > 1
        reason = (
            f"statement {failing.number} would allow it, but its condition{'s' if several else ''} on {_keys(failed)} "
            f"{'do' if several else 'does'} not hold"
        )
        absent = [key for key in dict.fromkeys([part.key for part in failed]) if context.of(key) is Known.ABSENT]
        if absent:
            reason += f": the request does not carry {' or '.join(absent)}"
        return Decision("implicit-deny", None, reason, conditions=failed)
    near = [row.number for row in rows if row.allow and row.granted is _TRUE]
    if not near:
        where = " on this resource" if any(row.allow for row in rows) else ""  # a feature set may hold it
        return Decision("implicit-deny", None, f"no statement grants name/{action}{where}")
    if len(near) == 1:
        who, verb = f"statement {near[0]}", "grants"
    else:
        who, verb = f"statements {', '.join(map(str, near[:3]))}{' and more' if len(near) > 3 else ''}", "grant"
    return Decision("implicit-deny", None, f"{who} {verb} the action, but not on this resource")


def _open(row: _Row, action: str, area: Area, context: Context) -> Decision:
    """A statement of which it is not known whether it applies: what is missing?"""
    conditions = tuple([condition for condition in row.conditions if one(condition, context) is _MAYBE])
    missing = []
    if row.granted is _MAYBE:
        sets = [f"`{listed.text}`" for listed in row.statement.actions if listed.opaque]
        missing.append(f"which actions {sets[0]} stands for is not known")
    if _covers(row.reach, area) is _MAYBE:
        missing.append(_unknown_path(row, area))
    missing += list(dict.fromkeys([_unknown(condition, context) for condition in conditions]))
    what = "allow" if row.allow else "deny"
    reason = f"{'; '.join(missing[:3])}: statement {row.number} may {what} it"
    return Decision("unknown", row.number - 1, reason, conditions=conditions)


def _unknown_path(row: _Row, area: Area) -> str:
    for resource in row.statement.resources:
        for reading in resource.areas:
            if _any_covers([_tests(reading)], area) is _MAYBE:
                names = [atom_name(char) for char in [*reading.path, *area.path]]
                named = [f"{{{name}}}" for name in dict.fromkeys(names) if name is not None]
                return f"what {' and '.join(named) or 'a placeholder'} stands for is not known"
    raise AssertionError("no reading of the statement's resources left it open")


def _unknown(condition: Condition, context: Context) -> str:
    """Why it is not known whether a condition holds."""
    key, known = condition.key, context.of(condition.key)
    if condition.operator is None:
        return f"what the operator `{condition.written}` does is not documented"
    if known is Known.UNKNOWN:
        return f"whether {key} is sent is not known"
    if not condition.values:
        return f"what an empty list of values for {key} means is not documented"
    if known is Known.PRESENT:
        return f"the value of {key} is not known"
    if isinstance(known, Span):
        most = "any number" if known.most is None else _written(known.most)
        return f"{key} may be anything from {_written(known.least)} to {most}"
    for value in condition.values:
        if symbolic(value) or has_variable(value):
            return f"what `{shown(value)}` stands for is not known"
    if not isinstance(known, Known) and any(map(symbolic, known)):
        return f"the value of {key} is not known"
    return f"how `{condition.written}` takes {_values(condition)} for {key} is not documented"


def _written(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _values(condition: Condition) -> str:
    listed = ", ".join([f"`{value}`" for value in condition.values[:3]])
    return listed + (" …" if len(condition.values) > 3 else "")


__all__ = ["concrete", "decide", "glob", "match", "matching"]

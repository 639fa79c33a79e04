"""Exact questions on policies: is one within another, is every resource of a template allowed, what is allowed at all.

Over all actions of all services, known or not, and all resources `qcs::service:region:account:path`. Placeholders are
symbols of their own. Conditions that are not known are variables that both policies share. What is too hard is given
up as unknown after the work that `pattern.BUDGET` states.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cam.condition import glob as glob_matches
from cosaudit.cam.condition import holds
from cosaudit.cam.condition import one as condition_truth
from cosaudit.cam.decide import decide
from cosaudit.cam.pattern import (
    BUDGET,
    NAME_ORDER,
    Free,
    GaveUp,
    Language,
    Template,
    Work,
    area,
    covers,
    glob,
    joined,
    partition,
    possible,
    search,
    template,
    uncovered,
)
from cosaudit.cam.policy import Context, Decision, Known, Truth, atom_name, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from cosaudit.cam.policy import Area, Policy, Statement

_NAME = ((45, 45), (48, 57), (65, 90), (95, 95), (97, 122))  # the characters of services and of names of actions
_TEXT = ((0, 0xD7FF), (0xE000, 0x10FFFF))  # all characters without the symbols of placeholders
_SOME = Free(_TEXT, 1)
_ACTION = re.compile(r"[A-Za-z0-9_-]+:[A-Za-z0-9_-]+")
_COS = joined(("cos:", Free(_NAME, 1)))
_RESOURCES = Language(("*", "*", "*"), "*")
_ANY = joined((Free(_NAME, 1), ":", Free(_NAME, 1)))

#: Above so many different conditions on one action not every combination of them is tried.
MOST_CONDITIONS = 10


class ActionClass(NamedTuple):
    """Actions that no pattern tells apart.

    `action` stands for them: the first known one, else a short one, `cos:` where one of that service is among them.
    `patterns`: those that match them.
    """

    action: str
    known: bool
    patterns: frozenset[str]


class Witness(NamedTuple):
    """A request: an action as `name/cos:PutObject` and a resource as `qcs::cos:…`, placeholders written `{name}`."""

    action: str
    resource: str


class Comparison(NamedTuple):
    """Whether each of two policies is within the other; None where that is not known, with the `reason`."""

    a_within_b: bool | None
    b_within_a: bool | None
    only_a: Witness | None
    only_b: Witness | None
    reason: str | None


class ResourceTemplate(NamedTuple):
    """Resources: service, region and account as plain text, the path as a template."""

    service: str
    region: str
    account: str
    path: Template


# -- actions -----------------------------------------------------------------------------------------------------------


def action_classes(
    policies: Iterable[Policy], known: Collection[str], budget: int = BUDGET
) -> list[ActionClass] | GaveUp:
    """Part all actions, known or not, by the patterns of policies. Exact: by a walk over the patterns, not by samples.

    Args:
        policies: whose patterns count. Feature sets (`permid/…`) do not.
        known: names of actions, with or without `name/`.
        budget: how many steps it may cost, see `pattern.BUDGET`.

    Returns:
        Every class that has an action, one of them without any pattern included; those with a known action first, by
        name. `GaveUp` when the budget did not suffice.
    """
    patterns = {
        action.pattern
        for policy in policies
        for statement in policy.statements
        for action in statement.actions
        if action.pattern is not None and not action.opaque
    }
    wild = tuple(sorted([one for one in patterns if "*" in one]))
    literal = {one for one in patterns if "*" not in one and _ACTION.fullmatch(one)}
    bare = _bare(known if isinstance(known, frozenset) else frozenset(known))
    if len(wild) * (len(bare) + len(literal)) > budget:
        return GaveUp(0)
    found: dict[frozenset[str], ActionClass] = {}
    for names, is_known in ((bare, True), (frozenset(literal.difference(bare)), False)):
        matching: dict[str, list[str]] = {name: [name] if name in literal else [] for name in names}
        for one in wild:
            for name in _matched(one, names):
                matching[name].append(one)
        for name, own in matching.items():
            key = frozenset(own)
            if key not in found or (name < found[key].action and found[key].known == is_known):
                found[key] = ActionClass(name, is_known, key)
    # The rest is parted by the patterns with stars alone; a text that a pattern spells out stands for no such class.
    apart: tuple[str, ...] = ()
    while True:
        parts = _parted((*wild, *apart), budget)
        if isinstance(parts, GaveUp):
            return parts
        clash = [text for key, text in parts.items() if key not in found and text in literal and text not in apart]
        if not clash:
            break
        apart = (*apart, *sorted(clash))
    for key, text in parts.items():
        if key not in found:
            found[key] = ActionClass(text, False, key)
    return sorted(found.values(), key=lambda one: (not one.known, one.action))


@lru_cache(maxsize=8)
def _bare(known: frozenset[str]) -> frozenset[str]:
    return frozenset([one.removeprefix("name/") for one in known])


@lru_cache(maxsize=256)
def _matched(pattern: str, names: frozenset[str]) -> tuple[str, ...]:
    return tuple([one for one in names if glob_matches(pattern, one)])


@lru_cache(maxsize=64)
def _parted(patterns: tuple[str, ...], budget: int) -> dict[frozenset[str], str] | GaveUp:
    """The combinations of patterns that match an action, each with a short one: of service cos if there is one."""
    work = Work(budget)
    languages = [glob(one) for one in patterns]
    named: dict[frozenset[str], str] = {}
    for within in (_COS, _ANY):
        found = partition(languages, within, work, NAME_ORDER)
        if isinstance(found, GaveUp):
            return found
        for numbers, text in found.items():
            key = frozenset([patterns[number] for number in numbers])
            if key not in named:
                service, _, name = text.partition(":")
                lower = f"{service.lower()}:{name}"  # services are written so, where that matches the same
                same = all(glob_matches(one, lower) == (one in key) for one in patterns)
                named[key] = lower if same else text
    return named


def _granted(statement: Statement, patterns: Collection[str]) -> Truth:
    """Does a statement speak of the actions that these of its patterns match?"""
    best = Truth.FALSE
    for one in statement.actions:
        if one.opaque:
            best = Truth.MAYBE
        elif one.pattern is not None and one.pattern in patterns:
            return Truth.TRUE
    return best


def _speaks(statement: Statement, action: str) -> Truth:
    """Does a statement speak of an action (without `name/`)?"""
    best = Truth.FALSE
    for one in statement.actions:
        if one.opaque:
            best = Truth.MAYBE
        elif one.pattern is not None and (one.pattern == action or glob_matches(one.pattern, action)):
            return Truth.TRUE
    return best


def _areas(statement: Statement) -> list[Area]:
    return [one for resource in statement.resources for one in resource.areas]


def allowed(
    policy: Policy, action: str, context_truth: Callable[[Statement], Truth]
) -> tuple[list[Language], list[Language]]:
    """The resources that a policy may let someone reach with an action.

    Args:
        policy: the policy.
        action: with or without `name/`.
        context_truth: whether the conditions of a statement hold for whoever asks.

    Returns:
        The languages that allow statements open, surely or maybe, and those that deny statements surely close; texts
        `service:region:account:path`. An account that is not named is any account.
    """
    bare = action.removeprefix("name/")
    plus: dict[Language, None] = {}
    minus: dict[Language, None] = {}
    for statement in policy.statements:
        granted = _speaks(statement, bare)
        if granted is Truth.FALSE:
            continue
        truth = context_truth(statement)
        if statement.allow:
            if truth is not Truth.FALSE:
                plus.update(dict.fromkeys([area(one, "any") for one in _areas(statement)]))
        elif granted is Truth.TRUE and truth is Truth.TRUE:
            minus.update(dict.fromkeys([area(one, "any") for one in _areas(statement)]))
    return list(plus), list(minus)


# -- comparison --------------------------------------------------------------------------------------------------------

#: What decides whether a statement applies and is not known: a block of conditions, or a feature set of actions.
_Variable = tuple[str, frozenset[tuple[str, str, frozenset[str]]]]


class _Part(NamedTuple):
    """A statement that speaks of the actions of a class; it applies where all its variables are true."""

    label: str
    statement: Statement
    allow: bool
    areas: tuple[Area, ...]
    variables: frozenset[_Variable]


class _Group(NamedTuple):
    """Actions of which the same statements speak: one action for them, and the statements of two policies."""

    action: str
    known: bool
    parts: tuple[tuple[_Part, ...], tuple[_Part, ...]]


class _Side(NamedTuple):
    """The areas of a policy that count for a question, and how an account that is not named is read in them."""

    allow: list[Area]
    allow_own: str
    deny: list[Area]
    deny_own: str


def compare(a: Policy, b: Policy, known: Collection[str], budget: int = BUDGET) -> Comparison:
    """Is each of two policies within the other? Principals are not looked at.

    A request is allowed where some allow statement speaks of it and no deny statement does. Each different block of
    conditions is a variable that both policies share, and so is what a feature set (`permid/…`) holds: an answer is
    given where it is the same for all their values. An account that is not named is read as any account and as one
    that is named nowhere; where the answers differ, the answer is unknown.

    Args:
        a: one policy.
        b: the other one.
        known: names of actions, with or without `name/`.
        budget: how many steps it may cost, see `pattern.BUDGET`.

    Returns:
        The answers. `only_a` and `only_b` go with the answer False: the shortest resource that only the one policy
        allows, then a known action, then the first by name; whatever the variables are, where some request is so.
        Sources: facts `cam.evaluation.*`.
    """
    for label, policy in (("A", a), ("B", b)):
        for oddity in policy.oddities:
            if oddity.fatal:
                reason = f"{label} has no meaning: found {oddity.found}; expected {oddity.expected}"
                return Comparison(None, None, None, None, reason)
    classes = action_classes((a, b), known, budget)
    if isinstance(classes, GaveUp):
        return Comparison(None, None, None, None, _gave_up(classes))
    groups = _groups(classes, _parts(a, "A"), _parts(b, "B"))
    a_within_b, only_a, why_a = _Question(groups, 0, Work(budget)).answer()
    b_within_a, only_b, why_b = _Question(groups, 1, Work(budget)).answer()
    reasons = list(dict.fromkeys([why for why in (why_a, why_b) if why is not None]))
    return Comparison(a_within_b, b_within_a, only_a, only_b, "; ".join(reasons) or None)


def settled(policy: Policy, never: Callable[[str], bool]) -> Policy:
    """The policy without conditions on keys that no request carries: they hold always, or their statement never does.

    Args:
        policy: any.
        never: is this a key that no request carries?

    Source: facts `cam.condition.unknown-key`, `cam.condition.absent-key`.
    """
    nothing = Context({}, Known.ABSENT)
    statements = []
    for statement in policy.statements:
        truths = [
            (one, condition_truth(one, nothing) if never(one.key) else Truth.MAYBE) for one in statement.conditions
        ]
        if any(truth is Truth.FALSE for _, truth in truths):
            continue
        left = tuple([one for one, truth in truths if truth is Truth.MAYBE])
        statements.append(statement._replace(conditions=left))
    return policy._replace(statements=tuple(statements))


def _gave_up(answer: GaveUp) -> str:
    return f"gave up after {answer.steps:,} steps"


def _parts(policy: Policy, label: str) -> list[tuple[_Part, _Part | None]]:
    """Each statement as it counts where it surely speaks of an action, and where a feature set may (or None)."""
    found: list[tuple[_Part, _Part | None]] = []
    for statement in policy.statements:
        block = frozenset([(one.written, one.key, frozenset(one.values)) for one in statement.conditions])
        variables: frozenset[_Variable] = frozenset([("block", block)] if block else [])
        part = _Part(label, statement, statement.allow, tuple(_areas(statement)), variables)
        sets = frozenset([("", one.text, frozenset[str]()) for one in statement.actions if one.opaque])
        found.append((part, part._replace(variables=variables | {("set", sets)}) if sets else None))
    return found


def _groups(
    classes: Sequence[ActionClass], a: list[tuple[_Part, _Part | None]], b: list[tuple[_Part, _Part | None]]
) -> list[_Group]:
    """The classes, those of which the same statements speak as one."""
    speaking: list[dict[str, list[int]]] = []
    for side in (a, b):
        of_pattern: dict[str, list[int]] = {}
        for number, (part, _) in enumerate(side):
            for one in part.statement.actions:
                if one.pattern is not None and not one.opaque:
                    of_pattern.setdefault(one.pattern, []).append(number)
        speaking.append(of_pattern)
    maybe = [[number for number, (_, other) in enumerate(side) if other is not None] for side in (a, b)]
    found: dict[tuple[frozenset[int], frozenset[int]], ActionClass] = {}
    for each in classes:
        key = (
            frozenset([number for pattern in each.patterns for number in speaking[0].get(pattern, ())]),
            frozenset([number for pattern in each.patterns for number in speaking[1].get(pattern, ())]),
        )
        found.setdefault(key, each)  # they come in order: known ones first, by name
    groups: list[_Group] = []
    for sure, each in found.items():
        parts: list[tuple[_Part, ...]] = []
        for side, numbers, sets in zip((a, b), sure, maybe, strict=True):
            both = [side[number][0] for number in sorted(numbers)]
            both += [other for number in sets if number not in numbers and (other := side[number][1]) is not None]
            parts.append(tuple(both))
        groups.append(_Group(each.action, each.known, (parts[0], parts[1])))
    return groups


def _only_ours(world: list[tuple[bool, bool, frozenset[int]]], matched: frozenset[int]) -> bool:
    """Is a resource that these patterns match allowed by our statements and not by theirs?"""
    hit = {(ours, allow) for ours, allow, numbers in world if not numbers.isdisjoint(matched)}
    return (True, True) in hit and (True, False) not in hit and ((False, True) not in hit or (False, False) in hit)


class _Question:
    """Is one policy (`first`: its number) within the other one?"""

    def __init__(self, groups: list[_Group], first: int, work: Work) -> None:
        self.first = first
        self.work = work
        self.extra = Work(work.budget // 2)  # for what only makes witnesses better
        self.groups = [one for one in groups if any(part.allow for part in one.parts[first])]
        own = any(
            one.account is None
            for group in self.groups
            for parts in group.parts
            for part in parts
            for one in part.areas
        )
        self.readings = ("any", "symbol") if own else ("any",)
        self.stuck: GaveUp | None = None

    def answer(self) -> tuple[bool | None, Witness | None, str | None]:
        """The answer, the witness of a no, the reason of an unknown."""
        witness = self._sure()
        if witness is not None:
            return False, witness, None
        answers: list[bool | None] = []
        reasons: list[str] = []
        for own in self.readings:
            yes, reason = self._within(own)
            answers.append(yes)
            if reason is not None:
                reasons.append(reason)
        if self.stuck is not None:
            return None, None, _gave_up(self.stuck)
        if all(answers):
            return True, None, None
        if None in answers:
            return None, None, reasons[0]
        if len(set(answers)) > 1:
            return None, None, self._own_account()
        return False, self._some(), None

    # the sides of a group

    def _bounds(self, group: _Group, own: tuple[str, str], ours_at_most: bool) -> tuple[_Side, _Side]:
        """Both sides where one allows as much as it may and the other as little: `ours_at_most`, or the reverse.

        `own`: how an account that is not named is read in what allows for the first policy, and in what denies.
        """
        sides = []
        for which, at_most in ((self.first, ours_at_most), (1 - self.first, not ours_at_most)):
            allow_own, deny_own = own if which == self.first else own[::-1]
            side = _Side([], allow_own, [], deny_own)
            for part in group.parts[which]:
                if not part.variables or part.allow == at_most:
                    (side.allow if part.allow else side.deny).extend(part.areas)
            sides.append(side)
        return sides[0], sides[1]

    # the questions

    def _sure(self) -> Witness | None:
        """The best request that the one policy surely allows and the other one surely does not."""
        found: list[tuple[str, _Group]] = []
        own = ("symbol", "any") if len(self.readings) > 1 else ("any", "any")
        for group in self.groups:
            names = _variables(group)
            text: str | GaveUp | None
            if not names and len(self.readings) == 1:
                text = self._beyond(*self._bounds(group, own, False))
            elif any(self._included(*self._bounds(group, (each, each), True)) for each in self.readings):
                text = None
            else:
                text = self._everywhere(group, names)
                if isinstance(text, GaveUp):
                    text = self._beyond(*self._bounds(group, own, False))
            if text is not None:
                found.append((text, group))
        return _best(found)

    def _everywhere(self, group: _Group, names: list[_Variable]) -> str | GaveUp | None:
        """The shortest resource that only the one policy allows, whatever the variables and an account not named are.

        It may lie where bounds do not reach: what lets it in and what denies it may hang on the same variable.
        """
        if len(names) > MOST_CONDITIONS:
            return GaveUp(0)
        numbers: dict[Language, int] = {}
        worlds: list[
            list[tuple[bool, bool, frozenset[int]]]
        ] = []  # (ours, allow, numbers of patterns) of each statement
        for own in self.readings:
            rows = [
                (
                    which == self.first,
                    part,
                    frozenset([numbers.setdefault(area(one, own), len(numbers)) for one in part.areas]),
                )
                for which, parts in enumerate(group.parts)
                for part in parts
            ]
            for true in _assignments(names):
                worlds.append([(ours, part.allow, each) for ours, part, each in rows if part.variables <= true])
        combinations = partition(list(numbers), _RESOURCES, self.extra)
        if isinstance(combinations, GaveUp):
            return combinations
        self.extra.left -= len(combinations) * sum([len(world) for world in worlds])
        if self.extra.left < 0:
            return self.extra.gave_up()
        found = [text for matched, text in combinations.items() if all(_only_ours(world, matched) for world in worlds)]
        return min(found, key=lambda text: (len(text), text), default=None)

    def _within(self, own: str) -> tuple[bool | None, str | None]:
        """The answer for one reading of accounts that are not named; the reason of an unknown."""
        open_: list[tuple[_Group, list[_Variable], set[frozenset[_Variable]]]] = []
        too_many: _Group | None = None
        for group in self.groups:
            if self._included(*self._bounds(group, (own, own), True)):
                continue
            if self.stuck is not None:
                return None, None
            names = _variables(group)
            if len(names) > MOST_CONDITIONS:
                too_many = group
                continue
            failing = {true for true in _assignments(names) if not self._included(*self._assigned(group, true, own))}
            if len(failing) == 2 ** len(names):
                return False, None
            if failing:
                open_.append((group, names, failing))
        if too_many is not None:
            return None, f"more than {MOST_CONDITIONS} different conditions bear on name/{too_many.action}"
        if not open_:
            return True, None
        every = list(dict.fromkeys([name for _, names, _ in open_ for name in names]))
        if len(every) <= MOST_CONDITIONS and all(
            any(true & frozenset(names) in failing for _, names, failing in open_) for true in _assignments(every)
        ):
            return False, None
        return None, self._depends(*open_[0])

    def _some(self) -> Witness | None:
        """A request that only the one policy allows for some values of the variables, where none is surely so."""
        for group in self.groups:
            names = _variables(group)
            if len(names) <= MOST_CONDITIONS:
                for true in _assignments(names):
                    text = self._beyond(*self._assigned(group, true, "any"))
                    if text is not None:
                        return _best([(text, group)])
        return None

    def _assigned(self, group: _Group, true: frozenset[_Variable], own: str) -> tuple[_Side, _Side]:
        sides = []
        for which in (self.first, 1 - self.first):
            side = _Side([], own, [], own)
            for part in group.parts[which]:
                if part.variables <= true:
                    (side.allow if part.allow else side.deny).extend(part.areas)
            sides.append(side)
        return sides[0], sides[1]

    def _beyond(self, ours: _Side, theirs: _Side) -> str | None:
        """The shortest resource that `ours` allows and `theirs` does not."""
        minus, left = self._plus(ours)
        also = self._languages(theirs.allow, theirs.allow_own)
        alone, _ = uncovered(left, also, self.work)
        found = [self._search([alone], [*minus, *also])]
        if theirs.deny:
            found.append(self._search([left, self._languages(theirs.deny, theirs.deny_own)], minus))
        return min([text for text in found if text is not None], key=lambda text: (len(text), text), default=None)

    def _included(self, ours: _Side, theirs: _Side) -> bool:
        """Does `theirs` allow all that `ours` does?"""
        minus, left = self._plus(ours)
        also = self._languages(theirs.allow, theirs.allow_own)
        alone, surely = uncovered(left, [*minus, *also], self.work)
        if surely or (alone and self._search([alone], [*minus, *also]) is not None):
            return False
        deny = self._languages(theirs.deny, theirs.deny_own)
        return not (deny and self._search([left, deny], minus) is not None)

    def _plus(self, side: _Side) -> tuple[list[Language], list[Language]]:
        """What a side denies, and what it allows and does not deny as a whole."""
        minus = self._languages(side.deny, side.deny_own)
        return minus, uncovered(self._languages(side.allow, side.allow_own), minus, self.work)[0]

    def _languages(self, areas: list[Area], own: str) -> list[Language]:
        self.work.left -= len(areas)
        return list(dict.fromkeys([area(one, own) for one in areas]))

    def _search(self, unions: list[list[Language]], minus: list[Language]) -> str | None:
        found = search(unions, minus, self.work)
        if isinstance(found, GaveUp):
            self.stuck = found
            return None
        return found

    # the reasons

    def _depends(self, group: _Group, names: list[_Variable], failing: set[frozenset[_Variable]]) -> str:
        """Which variables the answer depends on, and in which statement they stand."""
        reasons: list[str] = []
        for name in names:
            if not any((true ^ {name}) not in failing for true in failing):
                continue
            theirs = [part for part in group.parts[1 - self.first] if name in part.variables]
            part = (theirs or [part for part in group.parts[self.first] if name in part.variables])[0]
            number = part.statement.index + 1
            what = "allows" if part.allow else "denies"
            kind, members = name
            keys = ", ".join(sorted({key for _, key, _ in members}))
            if kind == "set":
                reasons.append(f"which actions `{keys}` stands for is not known (statement {number} of {part.label})")
            else:
                several = "s" if len(members) > 1 else ""
                reasons.append(
                    f"whether {part.label} {what} name/{group.action} depends on the condition{several} on {keys} "
                    f"in statement {number}"
                )
        return "; ".join(reasons[:3])

    def _own_account(self) -> str:
        for group in self.groups:
            for parts in group.parts:
                for part in parts:
                    if any(one.account is None for one in part.areas):
                        return (
                            f"statement {part.statement.index + 1} of {part.label} names no account: "
                            "whose it is decides, and that is not known"
                        )
        raise AssertionError("the readings differ only where an account is not named")


def _variables(group: _Group) -> list[_Variable]:
    """The variables of a group, in an order that does not change from run to run."""
    found = {name for parts in group.parts for part in parts for name in part.variables}
    return sorted(found, key=lambda name: (name[0], sorted([(a, b, sorted(c)) for a, b, c in name[1]])))


def _assignments(names: Sequence[_Variable]) -> Iterator[frozenset[_Variable]]:
    for number in range(2 ** len(names)):
        yield frozenset([name for at, name in enumerate(names) if number >> at & 1])


def _best(found: list[tuple[str, _Group]]) -> Witness | None:
    """The shortest resource; among those a known action; among those the first by name."""
    if not found:
        return None
    text, group = min(found, key=lambda one: (len(one[0]), not one[1].known, one[1].action))
    return Witness(f"name/{group.action}", shown(f"qcs::{text}"))


# -- one template of resources -----------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """A statement that speaks of an action: surely, or maybe."""

    statement: Statement
    sure: bool
    areas: tuple[tuple[Area, str | None], ...]  # with the text before the star, where that is the last character


class _Asked(NamedTuple):
    """A template, ready to be asked for."""

    head: str
    path: Template
    language: Language
    literal: str  # the text that all its paths begin with
    symbols: str

    def of_anyone(self, symbols: Collection[str], forms: Mapping[str, Free]) -> Language:
        """The template where some symbols stand for whatever their placeholders may hold."""
        return template(self.head, _anyone(self.path, {one: forms.get(one, _SOME) for one in symbols}))


_rows: dict[tuple[int, str], tuple[Policy, tuple[_Row, ...], bool]] = {}
_ROWS_KEPT = 8192


def _rows_of(policy: Policy, action: str) -> tuple[tuple[_Row, ...], bool]:
    """The statements that speak of an action, and whether only allow statements do (and the policy has a meaning)."""
    key = id(policy), action
    known = _rows.get(key)
    if known is not None:
        return known[1:]
    bare = action.removeprefix("name/")
    found: list[_Row] = []
    for statement in policy.statements:
        granted = _speaks(statement, bare)
        if granted is not Truth.FALSE:
            areas = [
                (one, one.path[:-1] if one.path.endswith("*") and one.path.count("*") == 1 else None)
                for one in _areas(statement)
            ]
            found.append(_Row(statement, granted is Truth.TRUE, tuple(areas)))
    if len(_rows) >= _ROWS_KEPT:
        _rows.clear()
    simple = all(row.statement.allow for row in found) and not any(one.fatal for one in policy.oddities)
    _rows[key] = policy, tuple(found), simple  # the policy is kept: its id stays its own
    return tuple(found), simple


@lru_cache(maxsize=1024)
def _asked(resource: ResourceTemplate) -> _Asked:
    # What a client chooses is text: it holds no symbols.
    path = tuple([_text(part) if isinstance(part, Free) else part for part in resource.path])
    literal = path[0] if path and isinstance(path[0], str) else ""
    symbols = {char for part in path if isinstance(part, str) for char in part if "\ud800" <= char <= "\udfff"}
    head = f"{resource.service}:{resource.region}:{resource.account}:"
    return _Asked(head, path, template(head, path), literal, "".join(sorted(symbols)))


def _text(part: Free) -> Free:
    return part._replace(alphabet=_TEXT) if part.alphabet is None else part


def _anyone(path: Template, forms: Mapping[str, Free]) -> Template:
    """A path with free text in the place of symbols."""
    found: list[str | Free] = []
    for part in path:
        for piece in part if isinstance(part, str) else (part,):
            form = forms.get(piece) if isinstance(piece, str) else None
            found.append(piece if form is None else _text(form))
    return tuple(found)


def decide_all(
    policy: Policy,
    action: str,
    resource: ResourceTemplate,
    context: Context,
    forms: Mapping[str, Free] = MappingProxyType({}),
) -> Decision:
    """What a policy says of an action on all resources of a template.

    Args:
        policy: the policy; its principals are not looked at.
        action: with or without `name/`.
        resource: the resources.
        context: what is known of the request's condition keys.
        forms: symbol → what its placeholder may hold; by default one or more of any characters.

    Returns:
        `allow`: every one of them is surely allowed. `deny`, `implicit-deny`: some of them is surely refused, the
        shortest stands in the reason. `unknown`: neither, and the reason says what is missing for one of them, or
        for which value of a placeholder it is denied. A placeholder that is in both is the same text, others are not
        known. Sources: facts `cam.evaluation.*`.
    """
    rows, simple = _rows_of(policy, action)
    asked = _asked(resource)
    if simple:
        service, region, account, _ = resource
        literal = asked.literal
        for row in rows:
            if not row.sure:
                continue
            for one, start in row.areas:
                if (
                    literal.startswith(start)
                    and (one[1] == region or one[1] == "*")
                    and (one[2] == account or one[2] is None or one[2] == "*")
                    and (one[0] == service or one[0] == "*")
                    if start is not None
                    else covers(area(one, "any"), asked.language)
                ):
                    conditions = row.statement.conditions
                    if conditions and holds(conditions, context) is not Truth.TRUE:
                        break
                    index = row.statement.index
                    return Decision("allow", index, f"statement {index + 1} allows it")
    for oddity in policy.oddities:
        if oddity.fatal:
            reason = f"the policy has no meaning: found {oddity.found}; expected {oddity.expected}"
            return Decision("unknown", None, reason)
    return _decide_all(policy, action, asked, context, rows, forms)


def _decide_all(
    policy: Policy,
    action: str,
    asked: _Asked,
    context: Context,
    rows: tuple[_Row, ...],
    forms: Mapping[str, Free],
) -> Decision:
    sure_allow: dict[Language, Statement] = {}
    may_allow: dict[Language, Statement] = {}
    sure_deny: dict[Language, Statement] = {}
    may_deny: dict[str, dict[Language, Statement]] = {}  # the symbols that are not in the area, by them
    for row in rows:
        statement = row.statement
        held = holds(statement.conditions, context) if statement.conditions else Truth.TRUE
        if held is Truth.FALSE:
            continue
        for one, _ in row.areas:
            if row.sure and held is Truth.TRUE:
                (sure_allow if statement.allow else sure_deny).setdefault(area(one, "any"), statement)
            if statement.allow:
                may_allow.setdefault(possible(one, "any", asked.symbols), statement)
            else:
                others = "".join([symbol for symbol in asked.symbols if symbol not in one.path])
                kept = "".join([symbol for symbol in asked.symbols if symbol in one.path])
                may_deny.setdefault(others, {}).setdefault(possible(one, "any", kept), statement)
    work = Work()
    ask = _Ask(asked.language, work)
    denied = ask.inside(list(sure_deny))
    if denied is not None:
        statement = next(one for language, one in sure_deny.items() if language.matches(denied))
        reason = f"statement {statement.index + 1} denies it, for example on `{shown(f'qcs::{denied}')}`"
        return Decision("deny", statement.index, reason)
    refused = ask.outside(list(may_allow))
    if refused is not None:
        return _explained("implicit-deny", policy, action, refused, context, rows)
    doubtful = ask.inside([one for some in may_deny.values() for one in some])
    if doubtful is None:
        for others, some in may_deny.items():
            for symbols in dict.fromkeys((*others, others)) if others else ():  # one that does it alone comes first
                who = _Ask(asked.of_anyone(symbols, forms), work)
                hit = who.inside(list(some))
                ask.stuck = ask.stuck or who.stuck
                if hit is not None:
                    statement = next(one for language, one in some.items() if language.matches(hit))
                    return _for_some(statement, policy, action, hit, context, symbols)
        doubtful = ask.outside(list(sure_allow))
        if doubtful is not None and asked.symbols and not ask.stuck:
            who = _Ask(asked.of_anyone(asked.symbols, forms), work)
            doubtful = None if who.outside(list(sure_allow)) is None and not who.stuck else doubtful
    if ask.stuck is not None:
        return Decision("unknown", None, _gave_up(ask.stuck), stuck=True)
    if doubtful is not None:
        return _explained("unknown", policy, action, doubtful, context, rows)
    needed = [one for language, one in sure_allow.items() if ask.inside([language]) is not None]
    first = min([one.index for one in needed] or [one.index for one in sure_allow.values()])
    return Decision("allow", first, f"statement {first + 1} allows it")


def _for_some(statement: Statement, policy: Policy, action: str, text: str, context: Context, symbols: str) -> Decision:
    """The decision where a statement denies some values of placeholders, or may deny them."""
    names = tuple([name for one in symbols if (name := atom_name(one)) is not None])
    example = shown(f"qcs::{text}")
    found = decide(policy, action, f"qcs::{text}", context)
    if found.decision == "unknown":
        return found._replace(reason=f"{found.reason}, for example `{example}`", placeholders=names)
    listed = " and ".join([f"`{{{name}}}`" for name in names])
    reason = f"statement {statement.index + 1} denies it for some values of {listed}, for example on `{example}`"
    return Decision("unknown", statement.index, reason, placeholders=names)


class _Ask:
    """Questions on one template that share a budget."""

    def __init__(self, language: Language, work: Work) -> None:
        self.language = language
        self.work = work
        self.stuck: GaveUp | None = None

    def inside(self, others: list[Language]) -> str | None:
        """The shortest text of the template that one of `others` holds."""
        return self._kept(search([[self.language], others], (), self.work))

    def outside(self, others: list[Language]) -> str | None:
        """The shortest text of the template that none of `others` holds."""
        left, _ = uncovered((self.language,), others, self.work)
        return self._kept(search([left], others, self.work))

    def _kept(self, found: str | GaveUp | None) -> str | None:
        if isinstance(found, GaveUp):
            self.stuck = found
            return None
        return found


def _explained(
    decision: str, policy: Policy, action: str, text: str, context: Context, rows: tuple[_Row, ...]
) -> Decision:
    """The decision on one resource, with the reason that a plain decision gives for it."""
    resource = f"qcs::{text}"
    example = shown(resource)
    found = decide(policy, action, resource, context)
    if found.decision == decision:
        speaks = any(row.statement.allow for row in rows)
        return found._replace(reason=f"{found.reason}, for example `{example}`") if speaks else found
    if decision == "unknown":
        return Decision(decision, None, f"whether `{example}` is allowed is not known")
    granting = [row.statement.index + 1 for row in rows if row.statement.allow]
    return Decision(decision, None, f"statement {granting[0]} grants the action, but not on `{example}`")


__all__ = [
    "MOST_CONDITIONS",
    "ActionClass",
    "Comparison",
    "ResourceTemplate",
    "Witness",
    "action_classes",
    "allowed",
    "compare",
    "decide_all",
    "settled",
]

"""Whether a statement's conditions hold for a request, in three values: surely, surely not, or not known.

Operators are joined by AND, the keys of one operator too, the values of one key by OR. A key that the request does not
carry makes a plain operator false (the `not` ones too) and one with `_if_exist` true. What no page describes is
`MAYBE`, never a guess. Sources: facts `cam.condition.*`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from cosaudit.cam.policy import Condition, Context, Known, Span, Truth, Value

_TRUE, _FALSE, _MAYBE = Truth.TRUE, Truth.FALSE, Truth.MAYBE
_ABSENT, _UNKNOWN = Known.ABSENT, Known.UNKNOWN

#: Every operator that a page of the vendor's lists, and what its values are.
OPERATORS: dict[str, str] = {
    "string_equal": "string",
    "string_not_equal": "string",
    "string_equal_ignore_case": "string",
    "string_not_equal_ignore_case": "string",
    "string_like": "string",
    "numeric_equal": "number",
    "numeric_not_equal": "number",
    "numeric_less_than": "number",
    "numeric_less_than_equal": "number",
    "numeric_greater_than": "number",
    "numeric_greater_than_equal": "number",
    "date_equal": "date",
    "date_not_equal": "date",
    "date_less_than": "date",
    "date_less_than_equal": "date",
    "date_greater_than": "date",
    "date_greater_than_equal": "date",
    "ip_equal": "ip",
    "ip_not_equal": "ip",
    "bool_equal": "bool",
    "binary_equal": "binary",
    "null_equal": "null",
}

_QUANTIFIERS = {"for_any_value": "any", "for_all_value": "all"}


@lru_cache(maxsize=1024)
def parse_operator(written: str) -> tuple[str | None, bool, str | None]:
    """Take an operator apart.

    Args:
        written: as it stands in a policy, `for_any_value:string_equal_if_exist`.

    Returns:
        The bare operator, None when no page knows it (other letter case and other vendors' spellings too); whether it
        ends in `_if_exist`; and its quantifier, "any", "all" or None. `null_equal` asks for presence itself and takes
        neither suffix nor prefix: with one of them it is unknown. Source: fact `cam.condition.operators`.
    """
    prefix, _, rest = written.partition(":")
    quantifier = _QUANTIFIERS.get(prefix)
    bare = written if quantifier is None else rest
    operator = bare.removesuffix("_if_exist")
    known = operator in OPERATORS and (operator != "null_equal" or operator == written)
    return operator if known else None, operator != bare, quantifier


def glob(pattern: str, text: str) -> bool:
    """Does a pattern match a whole text? `*` stands for any characters, also none; all else for itself.

    A placeholder's symbol is a character like others; a `*` in the text is one too. Takes time in proportion to both.
    """
    parts = pattern.split("*")
    if len(parts) == 1:
        return pattern == text
    first, last = parts[0], parts[-1]
    at, end = len(first), len(text) - len(last)
    if end < at or not text.startswith(first) or not text.endswith(last):
        return False
    for part in parts[1:-1]:
        if part:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
    return True


#: A placeholder's symbol: half of a character pair, which no text that was read holds.
_SYMBOL = re.compile("[\ud800-\udfff]")


def symbolic(text: str) -> bool:
    """Does a text hold a placeholder's symbol?"""
    return not text.isascii() and _SYMBOL.search(text) is not None


def match(pattern: str, text: str) -> Truth:
    """Does a pattern match a text, each placeholder standing for one or more characters that are not known?

    True when it does whatever the placeholders stand for (one that is in both is the same text), false when it cannot,
    else `MAYBE`. Takes time in proportion to the text, times the pattern's length in machine words.
    """
    if glob(pattern, text):
        return _TRUE
    return _MAYBE if (symbolic(pattern) or symbolic(text)) and _possible(pattern, text) else _FALSE


def _possible(pattern: str, text: str) -> bool:
    """Could a pattern match a text if each occurrence of a placeholder were any text of its own?

    A set of states as the bits of a number: in state `n` the first `n` characters of the pattern are matched.
    """
    takes: dict[str, int] = {}  # character → the states that it leads on from
    anything = stays = size = 0  # states that any character leads on from; that any character stays in
    for char in pattern:
        bit = 1 << size
        if char == "*":
            stays |= bit
        elif "\ud800" <= char <= "\udfff":
            anything |= bit
            stays |= bit << 1
            size += 1
        else:
            takes[char] = takes.get(char, 0) | bit
            size += 1
    every = (1 << (size + 1)) - 1
    states = 1
    for char in text:
        if "\ud800" <= char <= "\udfff":  # one or more characters: on to any later state
            states = (every & ~(((states & -states) << 1) - 1)) | (states & stays)
        else:
            states = ((states & (takes.get(char, 0) | anything)) << 1) | (states & stays)
        if not states:
            return False
    return states >> size == 1


_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]+")
_DIGITS = 1000  # a longer number is none that a request carries


@lru_cache(maxsize=4096)
def number(text: str) -> Any:
    """A number as JSON writes it, exact and comparable with others and with floats; None for anything else."""
    if len(text) > _DIGITS or _NUMBER.fullmatch(text) is None:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    from decimal import Decimal

    try:
        return Decimal(text)
    except ArithmeticError:  # an exponent that no number of this kind has
        return None


@lru_cache(maxsize=4096)
def instant(text: str) -> Any:
    """An ISO 8601 date or time, UTC when it names no zone, as the time since the year 1; None when it is none."""
    from datetime import datetime

    if text[4:5] == "-" and text[10:11] not in ("", "T"):  # the standard's only separator
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    since = moment.replace(tzinfo=None) - datetime.min
    offset = moment.utcoffset()
    return since if offset is None else since - offset


@lru_cache(maxsize=4096)
def network(text: str) -> Any:
    """A CIDR block, whose host bits may be set, or a single address, of IPv4 or IPv6; None when it is neither."""
    from ipaddress import ip_network

    length = text.partition("/")[2]
    if "/" in text and not (length.isascii() and length.isdigit()):  # no netmasks
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def address(text: str) -> Any:
    """An address of IPv4 or IPv6; None when it is none."""
    from ipaddress import ip_address

    try:
        return ip_address(text)
    except ValueError:
        return None


def boolean(text: str) -> bool | None:
    """`true` or `false` in any letter case; None for anything else."""
    return {"true": True, "false": False}.get(text.lower())


_VARIABLE = re.compile(r"\$\{(?:uin|owner_uin|app_id)\}")


@lru_cache(maxsize=4096)
def has_variable(value: str) -> bool:
    """Does a value hold one of CAM's own variables, whose text is not known here?"""
    return _VARIABLE.search(value) is not None


# One value of the condition against one value of the request.
_Test = Callable[[str, str], Truth]


def _parsed(read: Callable[[str], Any], given_as: Callable[[str], Any], relation: Callable[[Any, Any], bool]) -> _Test:
    """Values that mean something else than their characters: numbers, dates, addresses, booleans."""

    def test(given: str, value: str) -> Truth:
        wanted = read(value)
        if wanted is None:  # what CAM does with such a value is not documented
            return _MAYBE
        found = given_as(given)
        if found is None:
            return _MAYBE if symbolic(given) else _FALSE
        return _TRUE if relation(found, wanted) else _FALSE

    return test


def _equal(given: str, value: str) -> Truth:
    if has_variable(value):
        return _MAYBE
    if given == value:
        return _TRUE
    return match(_literal(value), _literal(given)) if symbolic(value) or symbolic(given) else _FALSE


def _literal(text: str) -> str:
    """A text whose `*` is a character: no header or query holds the one that stands for it here."""
    return text.replace("*", "\0")


def _negated(test: _Test) -> _Test:
    def opposite(given: str, value: str) -> Truth:
        return _NOT[test(given, value)]

    return opposite


_NOT = {_TRUE: _FALSE, _FALSE: _TRUE, _MAYBE: _MAYBE}


def _equal_ignore_case(given: str, value: str) -> Truth:
    return _MAYBE if has_variable(value) else _equal(given.lower(), value.lower())


def _like(given: str, value: str) -> Truth:
    if has_variable(value):
        return _MAYBE
    core = value.strip("*")
    if "*" not in core:
        return match(value, given)
    # COS knows the wildcard at the front and at the back only; one in the middle may be a wildcard or a character
    front, back = "*" if value[0] == "*" else "", "*" if value[-1] == "*" else ""
    return _either([match(value, given), match(front + _literal(core) + back, _literal(given))])


_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda found, wanted: found == wanted,
    "not_equal": lambda found, wanted: found != wanted,
    "less_than": lambda found, wanted: found < wanted,
    "less_than_equal": lambda found, wanted: found <= wanted,
    "greater_than": lambda found, wanted: found > wanted,
    "greater_than_equal": lambda found, wanted: found >= wanted,
}

_TESTS: dict[str, _Test] = {
    "string_equal": _equal,
    "string_not_equal": _negated(_equal),
    "string_equal_ignore_case": _equal_ignore_case,
    "string_not_equal_ignore_case": _negated(_equal_ignore_case),
    "string_like": _like,
    **{f"numeric_{name}": _parsed(number, number, relation) for name, relation in _RELATIONS.items()},
    **{f"date_{name}": _parsed(instant, instant, relation) for name, relation in _RELATIONS.items()},
    "ip_equal": _parsed(network, address, lambda found, wanted: found in wanted),
    "ip_not_equal": _parsed(network, address, lambda found, wanted: found not in wanted),
    "bool_equal": _parsed(boolean, boolean, _RELATIONS["equal"]),
    "binary_equal": _equal,
}


def _some(truths: Iterable[Truth]) -> Truth:
    best = _FALSE
    for truth in truths:
        if truth is _TRUE:
            return _TRUE
        if truth is _MAYBE:
            best = _MAYBE
    return best


def _every(truths: Iterable[Truth]) -> Truth:
    worst = _TRUE
    for truth in truths:
        if truth is _FALSE:
            return _FALSE
        if truth is _MAYBE:
            worst = _MAYBE
    return worst


def _either(truths: list[Truth]) -> Truth:
    """Some or every: nobody says which. Decided where both say the same."""
    some = _some(truths)
    return some if some is _every(truths) else _MAYBE


def _joined(operator: str, truths: list[Truth]) -> Truth:
    """One outcome from those of each value.

    The values of one key are joined by OR; several values of a negated operator may be meant to exclude all of them,
    and where that differs it is not known.
    """
    return _either(truths) if "_not_equal" in operator else _some(truths)


def _within(operator: str, span: Span, value: str) -> Truth:
    """A numeric operator on a number of which the bounds are known: does it hold for all numbers, some, or none?"""
    wanted = number(value)
    if wanted is None:
        return _MAYBE
    least, most = span
    relation = operator.removeprefix("numeric_")
    if relation in ("equal", "not_equal"):
        inside = wanted >= least and (most is None or wanted <= most)
        same = _FALSE if not inside else _TRUE if least == most else _MAYBE
        return same if relation == "equal" else _NOT[same]
    holds_for = _RELATIONS[relation]
    at_least = holds_for(least, wanted)
    # without an upper bound there are numbers above every value
    at_most = holds_for(most, wanted) if most is not None else relation.startswith("greater_than")
    return _MAYBE if at_least is not at_most else _TRUE if at_least else _FALSE


def _unseen(condition: Condition, operator: str, known: Value) -> Truth:
    """The outcome for a key that is there, with a value that is not known."""
    if type(known) is Span and operator.startswith("numeric_"):
        return _joined(operator, [_within(operator, known, value) for value in condition.values])
    if operator == "string_like" and any(value and not value.strip("*") for value in condition.values):
        return _TRUE
    return _MAYBE


def _null(condition: Condition, known: Value) -> Truth:
    """`null_equal`: `true` asks for an absent key, `false` for a present one."""
    outcomes = []
    for present in (True, False):
        if known is _UNKNOWN or (known is not _ABSENT and known != ()) is present:
            wanted = [boolean(value) for value in condition.values]
            outcomes.append(_some(_MAYBE if absent is None else _truth(absent is not present) for absent in wanted))
    return _either(outcomes) if condition.values else _MAYBE


def _truth(value: bool) -> Truth:
    return _TRUE if value else _FALSE


def one(condition: Condition, context: Context) -> Truth:
    """Does one condition hold for a request of which `context` says what is known?"""
    operator = condition.operator
    if operator is None:
        return _MAYBE
    known = context.of(condition.key)
    if operator == "null_equal":
        return _null(condition, known)
    if known is _ABSENT or known == ():
        return _TRUE if condition.if_exist else _FALSE
    values = condition.values
    if not values:  # an empty list: no page says what it means
        return _MAYBE
    if not isinstance(known, Span | Known):
        test = _TESTS[operator]
        if len(known) == 1 == len(values):
            return test(known[0], values[0])
        outcomes = [_joined(operator, [test(given, value) for value in values]) for given in known]
        if condition.quantifier is None:
            return _either(outcomes)
        return _some(outcomes) if condition.quantifier == "any" else _every(outcomes)
    outcome = _unseen(condition, operator, known)
    # a key that may be absent: sure only where absence says the same
    return outcome if known is not _UNKNOWN or (outcome is _TRUE and condition.if_exist) else _MAYBE


def holds(conditions: Sequence[Condition], context: Context) -> Truth:
    """Do all conditions of a statement hold? Without any they do."""
    return _every(one(condition, context) for condition in conditions)


__all__ = ["OPERATORS", "glob", "holds", "match", "one", "parse_operator"]

"""Placeholders of keys and policies: what they may hold, as declared, or by the rule for those that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit.model import Placeholder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cosaudit.model import Place, Transfer

#: Ranges of code points, sorted, apart and merged.
Ranges = tuple[tuple[int, int], ...]

#: Names that are taken as fixed for one session, whatever their letter case is not: they are compared as they stand.
IDENTITIES = frozenset({"openid", "unionid", "uid", "user", "userid", "user_id"})
#: The one whose usual form is known.
OPENID = "openid"

#: The placeholder of POST forms that COS itself fills in with the name of the file.
FILENAME = "${filename}"

#: Different placeholders in one configuration: the engine has symbols for no more.
MOST = 2048

_LAST = 0x10FFFF
_HALVES = (0xD800, 0xDFFF)  # no text holds one
_DIGITS = ((48, 57),)
_WORDS = ((48, 57), (65, 90), (95, 95), (97, 122))
_EXPECTED = "a character class such as `[A-Za-z0-9_-]`"


class ClassError(ValueError):
    """A text is no character class; `at` is the index of the character that is wrong."""

    def __init__(self, found: str, at: int, expected: str = _EXPECTED) -> None:
        super().__init__(found)
        self.found = found
        self.at = at
        self.expected = expected


def character_class(text: str) -> Ranges:
    r"""The characters of a class: `[A-Za-z0-9_-]`.

    It takes ranges, the escapes `\\`, `\-`, `\[`, `\]`, `\^`, and `\d` and `\w` (of ASCII); `^` at its head means all
    other characters from U+0020 on; `-` at either end is a character. Half characters (U+D800 to U+DFFF) are none.

    Raises:
        ClassError: it is malformed or holds no character.

    >>> character_class("[a-c_-]")
    ((45, 45), (95, 95), (97, 99))
    """
    if len(text) < 2 or text[0] != "[" or text[-1] != "]":
        raise ClassError("no `[` and `]` around it", 0)
    end = len(text) - 1
    at = 1
    others = text[1:2] == "^"
    if others:
        at = 2
    found: list[tuple[int, int]] = []
    while at < end:
        first, behind = _item(text, at, end)
        if text[behind : behind + 1] == "-" and behind + 1 < end:
            last, after = _item(text, behind + 1, end)
            if isinstance(first, tuple) or isinstance(last, tuple):
                raise ClassError(f"`{text[at:after]}` is a range with a class at its end", at)
            if first > last:
                raise ClassError(f"the range `{text[at:after]}` is reversed", at)
            found.append((first, last))
            at = after
        else:
            found += first if isinstance(first, tuple) else ((first, first),)
            at = behind
    ranges = _merged(found)
    if others:
        ranges = _complement(ranges)
    ranges = _without_halves(ranges)
    if not ranges:
        raise ClassError("it holds no character", 0)
    return ranges


def _item(text: str, at: int, end: int) -> tuple[int | Ranges, int]:
    """The character or class that begins at an index, and the index behind it."""
    char = text[at]
    if char == "]":
        raise ClassError("a `]` that is not the last", at, "`\\]` for the character itself")
    if char != "\\":
        return ord(char), at + 1
    if at + 1 >= end:
        raise ClassError("a `\\` that escapes the last `]`", at, "`\\\\` for the character itself")
    escaped = text[at + 1]
    if escaped == "d":
        return _DIGITS, at + 2
    if escaped == "w":
        return _WORDS, at + 2
    if escaped not in "\\-[]^":
        raise ClassError(f"the escape `\\{escaped}`", at, "`\\d`, `\\w`, `\\\\`, `\\-`, `\\[`, `\\]` or `\\^`")
    return ord(escaped), at + 2


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def _complement(ranges: Ranges) -> Ranges:
    found = []
    start = 0x20
    for first, last in ranges:
        if first > start:
            found.append((start, first - 1))
        start = max(start, last + 1)
    if start <= _LAST:
        found.append((start, _LAST))
    return tuple(found)


def _without_halves(ranges: Ranges) -> Ranges:
    found = []
    low, high = _HALVES
    for first, last in ranges:
        if first < low:
            found.append((first, min(last, low - 1)))
        if last > high:
            found.append((max(first, high + 1), last))
    return tuple(found)


# -- what is declared, and what is not --------------------------------------------------------------------------------


class Declared(NamedTuple):
    """One entry of the section `placeholders`."""

    name: str
    identity: bool | None
    source: str | None
    alphabet: Ranges | None
    length: tuple[int, int | None] | None
    place: Place


class Settled(NamedTuple):
    """All placeholders by name, and what was decided without being told, in words."""

    placeholders: Mapping[str, Placeholder]
    assumptions: tuple[str, ...]


def in_keys(transfers: Iterable[Transfer]) -> dict[str, None]:
    """The names of the placeholders in keys, in order of appearance."""
    return {part.text: None for transfer in transfers for part in transfer.key if part.placeholder}


def settle(
    declared: Mapping[str, Declared], keys: Iterable[str], policies: Iterable[str], *, say: Iterable[str]
) -> Settled:
    """Decide what every placeholder may hold.

    Args:
        declared: the section, by name.
        keys, policies: the names that stand in keys and in session policies.
        say: the names whose decisions are told.

    Where `identity` is not said, a placeholder is fixed for one session when it stands in a session policy or has one
    of the names in IDENTITIES, else the client chooses it. `${filename}` is always the client's.
    """
    of_policies = frozenset(policies)
    told = frozenset(say)
    found: dict[str, Placeholder] = {}
    by_rule: dict[tuple[bool, bool], list[str]] = {}
    assumptions: list[str] = []
    for name in dict.fromkeys((*declared, *keys, *of_policies)):
        entry = declared.get(name)
        identity = entry.identity if entry is not None else None
        if identity is None:
            identity = name != FILENAME and (name in of_policies or name in IDENTITIES)
            if name in told and name != FILENAME:
                by_rule.setdefault((identity, entry is not None), []).append(name)
        found[name] = _placeholder(name, identity, entry)
    for (identity, half), what in _BY_RULE.items():
        names = sorted(by_rule.get((identity, half), ()))
        if names:
            one = len(names) == 1
            shown = ", ".join(f"`{name}`" for name in names[:_MOST_NAMES])
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            assumptions.append(f"{shown}{more} {'is' if one else 'are'} {what}")
    openid = found.get(OPENID)
    if OPENID in told and openid is not None and openid.alphabet is not None:
        entry = declared.get(OPENID)
        if entry is None or entry.alphabet is None:
            assumptions.append("`openid` holds letters, digits, `-` and `_`, any number of them (not declared)")
    return Settled(found, tuple(assumptions))


#: Identity or free, and whether something else of it is declared → what is said.
_BY_RULE = {
    (True, False): "taken as identity: fixed for one session (not declared)",
    (True, True): "taken as identity: fixed for one session (`identity` not declared)",
    (False, False): "taken as free: the client chooses any text (not declared)",
    (False, True): "taken as free: the client chooses it (`identity` not declared)",
}

#: Names in one line of assumptions; the others are counted.
_MOST_NAMES = 12


def _usual() -> Ranges:
    """The characters of an openid (fact `wechat.openid.form`); its length is promised by nobody and narrows nothing."""
    from cosaudit import data

    return character_class(data.facts_of("wechat-values")["wechat.openid.form"].value["alphabet"])


def _placeholder(name: str, identity: bool, entry: Declared | None) -> Placeholder:
    usual = _usual() if identity and name == OPENID else None
    if entry is None:
        return Placeholder(name, identity, None, usual, 1, None, declared=False, place=None)
    alphabet, length = entry.alphabet, entry.length
    if alphabet is None and entry.source != "client":  # what the phone chooses may hold anything
        alphabet = usual
    least, most = length if length is not None else (1, None)
    return Placeholder(name, identity, entry.source, alphabet, least, most, declared=True, place=entry.place)


__all__ = [
    "FILENAME",
    "IDENTITIES",
    "MOST",
    "ClassError",
    "Declared",
    "Ranges",
    "Settled",
    "character_class",
    "in_keys",
    "settle",
]

"""What a CAM policy says, as immutable values, and what is known of a request's context.

Patterns are plain text: `*` stands for any characters, everything else for itself. A placeholder such as `{openid}`
is one character of its own, a lone surrogate: no text that was read holds one. Sources: facts `cam.*`.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cosaudit.model import Place

_FIRST = 0xD800
_MOST = 2048

_names: dict[str, str] = {}
_atoms: dict[str, str] = {}


class TooManyPlaceholders(ValueError):  # noqa: N818
    """More names of placeholders than there are symbols for them (2,048)."""


def atom(name: str) -> str:
    """The symbol of a placeholder: one character. The same name gives the same symbol.

    Raises:
        TooManyPlaceholders: for the 2,049th name.
    """
    found = _atoms.get(name)
    if found is None:
        if len(_atoms) >= _MOST:
            raise TooManyPlaceholders(name)
        found = _atoms[name] = chr(_FIRST + len(_atoms))
        _names[found] = name
    return found


def atom_name(char: str) -> str | None:
    """The name of the placeholder that a character stands for; None for ordinary characters."""
    return _names.get(char)


def has_atoms(pattern: str) -> bool:
    """Does a pattern hold a placeholder?"""
    return any("\ud800" <= char <= "\udfff" for char in pattern)


def shown(pattern: str) -> str:
    """A pattern as people write it: placeholders as `{name}`."""
    if not has_atoms(pattern):
        return pattern
    return "".join([f"{{{_names[char]}}}" if char in _names else char for char in pattern])


class Action(NamedTuple):
    """One element of `action`. `pattern` is `service:Name` with `*`, without `name/`; None when nothing can match it.

    `opaque`: a feature set (`permid/…`, `actionName/…`): which actions it holds is not known here.
    """

    text: str
    pattern: str | None
    place: Place
    opaque: bool = False


class Area(NamedTuple):
    """The four segments of a resource that matter, each a pattern; empty service and region are `*` already.

    `account` is None where the segment is empty: the own account of whoever asks for the key.
    """

    service: str
    region: str
    account: str | None
    path: str


class Resource(NamedTuple):
    """One element of `resource`. `areas` are its readings (the legacy form may need two); none: it matches nothing."""

    text: str
    areas: tuple[Area, ...]
    place: Place


class Condition(NamedTuple):
    """One operator on one key. `operator` is the bare operator; its prefix and suffix stand apart.

    `operator` is None when no page of the vendor's knows it: whether it holds is unknown.
    """

    written: str  # `for_any_value:string_equal_if_exist`
    operator: str | None  # `string_equal`
    if_exist: bool
    quantifier: str | None  # "any" or "all"
    key: str
    values: tuple[str, ...]
    place: Place  # of the key
    operator_place: Place


class Statement(NamedTuple):
    """One statement. `index` counts from 0 in the order of the policy."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls here
    allow: bool
    actions: tuple[Action, ...]
    resources: tuple[Resource, ...]
    conditions: tuple[Condition, ...]
    principals: tuple[str, ...] | None
    place: Place
    principal_place: Place | None = None


class Oddity(NamedTuple):
    """Something about a policy's form that a person should know. `fatal`: it has no meaning that could be judged."""

    code: str
    found: str
    expected: str
    place: Place
    fatal: bool = False


#: Oddities of form with which the services take no policy at all. Facts `cam.document.json`, `cam.version`,
#: `cam.resource.form`, `sts.policy.format`.
REFUSED = frozenset(("not-json", "version-missing", "version-wrong", "version-number", "resource-malformed"))


class Policy(NamedTuple):
    """A policy. `document` is its plain value as it was read (dicts, lists, scalars).

    `refused`: the first oddity with which no service takes it. `accounts`: the accounts `uid/<appid>` that its
    resources name, each with its first place. `nameless`: the first resource whose bucket has no APPID.
    """

    statements: tuple[Statement, ...]
    version: Any
    oddities: tuple[Oddity, ...]
    place: Place
    document: Any = None
    version_place: Place | None = None
    refused: Oddity | None = None
    accounts: tuple[tuple[str, Place], ...] = ()
    nameless: Resource | None = None

    def names(self, placeholder: str) -> bool:
        """Does a placeholder stand in its patterns or condition values?"""
        symbol = _atoms.get(placeholder)
        return symbol is not None and any(
            any(symbol in area.path for resource in row.resources for area in resource.areas)
            or any(symbol in value for one in row.conditions for value in one.values)
            for row in self.statements
        )

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names of the placeholders in its patterns and condition values, in order of appearance."""
        found: dict[str, None] = {}
        for statement in self.statements:
            texts = [area.path for resource in statement.resources for area in resource.areas]
            texts += [value for condition in statement.conditions for value in condition.values]
            for text in texts:
                if text.isascii():
                    continue  # the symbols of placeholders are beyond it
                for char in text:
                    name = _names.get(char)
                    if name is not None:
                        found[name] = None
        return tuple(found)


class Known(Enum):
    """What is known of a condition key when its value is not."""

    __hash__ = object.__hash__

    ABSENT = "absent"  # the request does not carry it
    PRESENT = "present"  # it is there, its value is not known
    UNKNOWN = "unknown"  # not even that


class Span(NamedTuple):
    """A number that is there and lies between two bounds, both included; `most` None: no upper bound."""

    least: float
    most: float | None


#: What is known of one condition key: its values, a span of numbers, or only `Known`.
Value = tuple[str, ...] | Span | Known


class Context(NamedTuple):
    """What is known of a request's condition keys. Keys that are not in `values` have `default`."""

    values: Mapping[str, Value]
    default: Value = Known.UNKNOWN

    def of(self, key: str) -> Value:
        """What is known of a key."""
        return self.values.get(key, self.default)


#: Nothing is known of any key.
NOTHING_KNOWN = Context({})


class Truth(Enum):
    """Three-valued truth."""

    __hash__ = object.__hash__

    TRUE = True
    FALSE = False
    MAYBE = None


class Decision(NamedTuple):
    """What a policy says of a request: `allow`, `deny`, `implicit-deny` or `unknown`, and which statement decided."""

    decision: str
    statement: int | None
    reason: str
    fact: str | None = None
    conditions: tuple[Condition, ...] = ()  # those that failed, or that left it open
    placeholders: tuple[str, ...] = ()  # the names of those on whose value it hangs
    stuck: bool = False  # it was too hard to tell, within the work that is stated


__all__ = [
    "NOTHING_KNOWN",
    "REFUSED",
    "Action",
    "Area",
    "Condition",
    "Context",
    "Decision",
    "Known",
    "Oddity",
    "Policy",
    "Resource",
    "Span",
    "Statement",
    "TooManyPlaceholders",
    "Truth",
    "Value",
    "atom",
    "atom_name",
    "has_atoms",
    "shown",
]

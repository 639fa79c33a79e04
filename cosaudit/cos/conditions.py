"""The condition keys that COS knows: their types, and on which requests they occur.

Letter case matters (fact `cam.condition.case`). What occurs on a request is told in plain words, since the policy
engine is no layer below this one: `absent`, `present` (there, its value is not known) and `unknown`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit import data

if TYPE_CHECKING:
    from collections.abc import Mapping

ALWAYS = "always"
MAYBE = "maybe"
NEVER = "never"

ABSENT = "absent"
PRESENT = "present"
UNKNOWN = "unknown"


class ConditionKey(NamedTuple):
    """A condition key.

    `type`: string, number, bool, ip or date. `when`: always, header, query, or other. `actions` and `methods`: the
    requests that may carry it, as bare names of actions and as HTTP methods; None: any. `url_encoded`: values are
    written as in a URL. `listed`: a page of the vendor's names it.
    """

    name: str
    type: str
    when: str
    actions: frozenset[str] | None
    methods: frozenset[str] | None
    url_encoded: bool
    confidence: str
    listed: bool
    note: str | None


class ContextWords(NamedTuple):
    """What is known of a request's condition keys: what was given, else a word; `default` for every other key."""

    values: Mapping[str, Any]
    default: str


@cache
def keys() -> Mapping[str, ConditionKey]:
    """Every known key by name."""
    return {
        row["key"]: ConditionKey(
            name=row["key"],
            type=row["type"],
            when=row["when"],
            actions=frozenset(row["actions"]) if "actions" in row else None,
            methods=frozenset(row["methods"]) if "methods" in row else None,
            url_encoded=row["encoding"] == "url",
            confidence=row["confidence"],
            listed=row.get("listed", True),
            note=row.get("note"),
        )
        for row in data.load("conditions")["keys"]
    }


def key(name: str) -> ConditionKey | None:
    """The key of this name, letter case included; None for a name that nobody knows."""
    return keys().get(name)


@cache
def _methods() -> Mapping[str, str | None]:
    """Bare name of a COS action → its HTTP method, where a page tells it."""
    return {row["action"].partition(":")[2]: row.get("method") for row in data.load("actions")["actions"]}


@lru_cache(maxsize=4096)
def presence(name: str, action: str) -> str:
    """Does a request of this action carry the key?

    Args:
        name: the key.
        action: `name/cos:PutObject` or `cos:PutObject`.

    Returns:
        `always`; `maybe`; or `never`: nobody knows the name, or no request of this action can carry it. For an action
        that the catalogue does not have, and for another service's, no known key of COS is `never`.
    """
    found = key(name)
    if found is None:
        return NEVER
    service, _, bare = action.removeprefix("name/").partition(":")
    known = service == "cos" and bare in _methods()
    if known and found.actions is not None and bare not in found.actions:
        return NEVER
    method = _methods()[bare] if known else None
    if method is not None and found.methods is not None and method not in found.methods:
        return NEVER
    ours = service == "cos" or not name.startswith("cos:")
    return ALWAYS if found.when == "always" and found.confidence == "high" and ours else MAYBE


def context_for(action: str, given: Mapping[str, Any]) -> ContextWords:
    """What is known of the condition keys of one request.

    Args:
        action: `name/cos:PutObject`.
        given: what is known of some keys; it is passed on as it is.

    Returns:
        Every known key: what was given, `absent` where a request of this action cannot carry it, `present` where each
        one does, else `unknown`. A key that nobody knows is absent (fact `cam.condition.unknown-key`).
    """
    return ContextWords({**_words(action), **given}, ABSENT)


#: The services whose keys the catalogue has all of, as far as pages name them.
_SERVICES = ("cos", "ci", "qcs", "vpc")


def sent_by_nobody(name: str) -> bool:
    """Is this a key that no request of any service carries? Keys of other services are not known here.

    Source: fact `cam.condition.unknown-key`.
    """
    service, colon, _ = name.partition(":")
    return key(name) is None and (not colon or service in _SERVICES)


_WORDS = {ALWAYS: PRESENT, MAYBE: UNKNOWN, NEVER: ABSENT}


@lru_cache(maxsize=512)
def _words(action: str) -> Mapping[str, str]:
    return {name: _WORDS[presence(name, action)] for name in keys()}


@lru_cache(maxsize=1024)
def nearest(name: str) -> str | None:
    """The key that a person who wrote an unknown name most likely meant; None where nothing is near, or it is known.

    >>> nearest("cos:content_length")
    'cos:content-length'
    """
    if key(name) is not None:
        return None
    alias = _aliases().get(name.lower())
    if alias is not None:
        return alias
    folded = _folded(name)
    by_form = _forms()
    found = by_form.get(folded) or by_form.get(folded.rpartition(":")[2])
    if found is not None:
        return found
    from difflib import get_close_matches

    close = get_close_matches(folded[:80], tuple(by_form), 1, 0.75)
    return by_form[close[0]] if close else None


def _folded(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "")


@cache
def _aliases() -> Mapping[str, str]:
    return {name.lower(): meant for name, meant in data.load("conditions")["aliases"].items()}


@cache
def _forms() -> Mapping[str, str]:
    """Folded names, whole and without the service → the key. Keys that a page names win over those of public code."""
    found: dict[str, str] = {}
    for name, row in sorted(keys().items(), key=lambda item: not item[1].listed):
        folded = _folded(name)
        found.setdefault(folded, name)
        found.setdefault(folded.partition(":")[2], row.name)
    return found


__all__ = [
    "ABSENT",
    "ALWAYS",
    "MAYBE",
    "NEVER",
    "PRESENT",
    "UNKNOWN",
    "ConditionKey",
    "ContextWords",
    "context_for",
    "key",
    "keys",
    "nearest",
    "presence",
    "sent_by_nobody",
]

"""What the holder of a key can do, in a few words: for a policy that is read without any configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cam.language import allowed
from cosaudit.cam.pattern import BUDGET, Free, Work, area, joined, search, uncovered
from cosaudit.cam.policy import shown
from cosaudit.cos import actions as catalogue
from cosaudit.excess import counts, disputed, grants, holder_truth

if TYPE_CHECKING:
    from cosaudit.cam.pattern import Language
    from cosaudit.cam.policy import Area, Policy

#: Capability → the word for it, in the order in which they are told.
WORDS = {
    "overwrite": "overwrite",
    "delete": "delete",
    "read": "read",
    "list": "list",
    "rights": "change rights of",
    "configure": "change settings of",
}
#: The same as a whole: what a key cannot do at all.
NOUNS = {**WORDS, "rights": "change rights", "configure": "change settings"}

#: The actions of an upload in parts that store something, and all that the official SDKs cannot do without.
PARTS = ("cos:InitiateMultipartUpload", "cos:UploadPart", "cos:CompleteMultipartUpload")
MULTIPART = ("cos:ListMultipartUploads", *PARTS)

_NO_COLON = ((0, 57), (59, 0x10FFFF))
_NO_SLASH = ((0, 46), (48, 0x10FFFF))
#: The resource of a bucket itself: no slash stands before its last character.
_BUCKET = joined(("cos:", Free(_NO_COLON), ":", Free(_NO_COLON), ":", Free(_NO_SLASH, 1), "-", Free(_NO_SLASH, 1), "/"))


class Abilities(NamedTuple):
    """What a key can and cannot do."""

    can: tuple[tuple[tuple[str, ...], str], ...]  # (words, on what)
    cannot: tuple[str, ...]
    no_post: bool  # it uploads, but not by form
    no_put: bool
    no_parts: bool  # it uploads, but not in parts
    any_user: bool  # a folder without any user in its path
    only_if: bool  # some of it hangs on a condition
    disputed: tuple[str, ...]  # actions that some of it hangs on, and of which pages disagree
    sets: tuple[str, ...]  # feature sets: what they hold is written nowhere


class _Reader:
    """A policy, with what its statements and denies leave open of each action."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.work = Work(BUDGET)  # for all questions together
        self._known: dict[tuple[tuple[Language, ...], tuple[Language, ...]], bool] = {}

    def reached(self, action: str) -> bool:
        """May any resource stay open for an action, after the denies? Also where that is too hard to tell."""
        plus, minus = allowed(self.policy, action, lambda row: holder_truth(row, action))
        key = tuple(plus), tuple(minus)
        if key not in self._known:
            left, surely = uncovered(plus, minus, self.work)
            self._known[key] = surely or search([left], minus, self.work) is not None
        return self._known[key]

    def named(self, action: str) -> bool:
        """Is an action reached by its name or by a wildcard, not only by what a feature set may hold?"""
        return self.reached(action) and any(row.allow and grants(row, action) for row in self.policy.statements)


def abilities(policy: Policy) -> Abilities:
    """What the holder of a key with this policy can do to objects and buckets; its resources are all alive."""
    reader = _Reader(policy)
    by_place: dict[str, dict[str, None]] = {}
    cannot = []
    other = only_if = any_user = False
    hangs: dict[str, None] = {}
    for capability in WORDS:
        places: dict[str, None] = {}
        least: dict[str, None] = {}  # of what belongs to no bucket
        names = [name for name in catalogue.by_capability()[capability] if name.startswith("cos:") and counts(name)]
        reached = [name for name in names if reader.reached(name)]
        for action in sorted(reached, key=disputed):
            before = len(places)
            for row in policy.statements:
                if row.allow and grants(row, action):
                    for resource in row.resources:
                        for one in resource.areas:
                            if one.service not in ("cos", "*") or not _fits(one, action):
                                continue
                            only_if = only_if or bool(row.conditions)
                            if catalogue.catalogue()[action].resource == "any":
                                least["the buckets of the account" if capability == "list" else "the account"] = None
                                continue
                            other = other or "*" in one.path.partition("/")[0]
                            any_user = any_user or (capability == "overwrite" and _shared(one))
                            places[_where(one)] = None
            if disputed(action) and len(places) > before:
                hangs[action.rpartition(":")[2]] = None
        places = places or least
        if places:
            by_place.setdefault("; ".join(places), {})[WORDS[capability]] = None
        elif not any(_somewhere(policy, action) for action in reached):
            cannot.append(NOUNS[capability])
    sets = [
        one.text
        for row in policy.statements
        if row.allow and any(resource.areas for resource in row.resources)
        for one in row.actions
        if one.opaque
    ]
    reaching = any(
        "*" in one.path.partition("/")[0]
        for row in policy.statements
        if row.allow and any(action.opaque for action in row.actions)
        for resource in row.resources
        for one in resource.areas
    )
    if not (other or reaching):
        cannot.append("reach another bucket")
    uploads = {name for name in ("cos:PutObject", "cos:PostObject", *PARTS) if reader.named(name)}
    uploads = uploads if uploads.issuperset(PARTS) else uploads.difference(PARTS)
    return Abilities(
        can=tuple([(tuple(words), place) for place, words in by_place.items()]),
        cannot=tuple(cannot),
        no_post=bool(uploads) and not reader.reached("cos:PostObject"),
        no_put=bool(uploads) and not reader.reached("cos:PutObject"),
        no_parts=bool(uploads) and not all(reader.reached(name) for name in MULTIPART),
        any_user=any_user,
        only_if=only_if,
        disputed=tuple(hangs),
        sets=tuple(dict.fromkeys(sets)),
    )


def _somewhere(policy: Policy, action: str) -> bool:
    """May a feature set that is allowed hold an action, on a resource that the action asks for?"""
    return any(
        _fits(one, action)
        for row in policy.statements
        if row.allow and any(each.opaque for each in row.actions)
        for resource in row.resources
        for one in resource.areas
        if one.service in ("cos", "*")
    )


def _fits(one: Area, action: str) -> bool:
    """Can a resource of this area be what the action asks for: an object, the bucket, or everything?"""
    form = catalogue.catalogue()[action].resource
    _, slash, key = one.path.partition("/")
    if one.path == "*":
        return True
    if form == "any":
        return False
    if form == "bucket":
        return search([[area(one, "any")], [_BUCKET]], [], Work(BUDGET)) is not None
    return bool(key) or (form == "bucket_or_prefix" and bool(slash))


def _shared(one: Area) -> bool:
    """A folder, or more, whose path names no placeholder."""
    key = one.path.partition("/")[2]
    return key.endswith("*") and shown(key) == key


def _where(one: Area) -> str:
    bucket, slash, key = shown(one.path).partition("/")
    if not slash:
        where = "every bucket" if bucket == "*" else f"buckets {bucket}"
    else:
        where = "every bucket" if bucket == "*" else f"buckets {bucket}" if "*" in bucket else bucket
    if "*" in bucket and one.region != "*":
        where += f" in {one.region}"
    if not slash or key == "*":
        return f"every object of {where}"
    if not key:
        return f"the bucket {where}"
    if "*" not in key:
        return f"the object {key} of {where}"
    if key.endswith("/*") and key.count("*") == 1:
        return f"every object under {key[:-1]} of {where}"
    return f"every object that matches {key} of {where}"

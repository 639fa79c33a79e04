"""What the holder of a key can do, in a few words: for a policy that is read without any configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cam.language import allowed
from cosaudit.cam.pattern import area, shortest
from cosaudit.cam.policy import shown
from cosaudit.cos import actions as catalogue
from cosaudit.excess import grants, holder_truth

if TYPE_CHECKING:
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

#: The actions of an upload in parts that the official SDKs cannot do without.
MULTIPART = ("cos:ListMultipartUploads", "cos:InitiateMultipartUpload", "cos:UploadPart", "cos:CompleteMultipartUpload")


class Abilities(NamedTuple):
    """What a key can and cannot do."""

    can: tuple[tuple[tuple[str, ...], str], ...]  # (words, on what)
    cannot: tuple[str, ...]
    no_post: bool  # it uploads, but not by form
    no_put: bool
    no_parts: bool  # it uploads, but not in parts
    any_user: bool  # a folder without any user in its path
    only_if: bool  # some of it hangs on a condition


def abilities(policy: Policy) -> Abilities:
    """What the holder of a key with this policy can do to objects and buckets."""
    by_place: dict[str, dict[str, None]] = {}
    cannot = []
    other = False
    only_if = False
    any_user = False
    for capability in WORDS:
        places: dict[str, None] = {}
        for action in catalogue.by_capability()[capability]:
            if not action.startswith("cos:") or not _reached(policy, action):
                continue
            for row in policy.statements:
                if row.allow and grants(row, action):
                    only_if = only_if or bool(row.conditions)
                    for resource in row.resources:
                        for one in resource.areas:
                            if one.service in ("cos", "*") and _fits(one, action):
                                other = other or "*" in one.path.partition("/")[0]
                                any_user = any_user or (capability == "overwrite" and _shared(one))
                                places[_where(one)] = None
        if places:
            by_place.setdefault("; ".join(places), {})[WORDS[capability]] = None
        else:
            cannot.append(NOUNS[capability])
    if not other:
        cannot.append("reach another bucket")
    uploads = {name for name in ("cos:PutObject", "cos:PostObject") if _reached(policy, name)}
    return Abilities(
        can=tuple([(tuple(words), place) for place, words in by_place.items()]),
        cannot=tuple(cannot),
        no_post=bool(uploads) and "cos:PostObject" not in uploads,
        no_put=bool(uploads) and "cos:PutObject" not in uploads,
        no_parts=bool(uploads) and not all(_reached(policy, name) for name in MULTIPART),
        any_user=any_user,
        only_if=only_if,
    )


def _reached(policy: Policy, action: str) -> bool:
    """Does any resource stay open for an action, after the denies?"""
    plus, minus = allowed(policy, action, lambda row: holder_truth(row, action))
    return bool(plus) and shortest(plus, minus) is not None


def _fits(one: Area, action: str) -> bool:
    """Can a resource of this area be what the action asks for: an object, the bucket, or everything?"""
    found = catalogue.entry(action)
    form = found.resource if found is not None else "object"
    _, slash, key = one.path.partition("/")
    if one.path == "*":
        return True
    if form == "any":
        return False
    if form == "bucket":
        return shortest([area(one, "any")], [], [area(one._replace(path="*-*/"), "any")]) is not None
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

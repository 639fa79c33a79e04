"""A bucket's ACL: who may do what by it. It can only allow, and knows accounts and two groups.

Sources: facts `bucket.acl.*`. The ACLs of single objects are not described anywhere, so objects are taken to inherit
the bucket's (fact `bucket.acl.object`).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit import data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cosaudit.model import Place

#: The two groups: everybody, and every registered account.
ANYONE, AUTHENTICATED = "anyone", "authenticated"

_ACCOUNT = re.compile(r"(?:qcs::cam::uin/([0-9]{1,20}):(?:uin/\1|root)|(?:uin/)?([0-9]{1,20}))")


class Grant(NamedTuple):
    """One grant: `who` is a group or the number (uin) of a root account."""

    to: str  # as written
    who: str
    permission: str
    place: Place


class Acl(NamedTuple):
    """An ACL as its owner describes it: `word` is one of the four, None where grants are listed."""

    word: str | None
    grants: tuple[Grant, ...]
    place: Place

    @property
    def named(self) -> str:
        """What it is called in a sentence."""
        return f"the ACL `{self.word}`" if self.word is not None else "the ACL"


def grantee(to: str) -> str | None:
    """The group or the account's number that a grant is written for; None for what is neither."""
    group = _groups().get(to)
    if group is not None:
        return group
    match = _ACCOUNT.fullmatch(to)
    return match[1] or match[2] if match is not None else None


@cache
def _groups() -> Mapping[str, str]:
    return {written: row["group"] for row in data.load("bucket")["groups"] for written in row["written"]}


@cache
def words() -> Mapping[str, tuple[str, frozenset[str], frozenset[str]]]:
    """Word of an ACL → to whom, the actions that it surely allows, and those that it may allow (`cos:PutObject`)."""
    found = {}
    for row in data.load("bucket")["words"]:
        sure, maybe = _of(row["permissions"])
        more = frozenset().union(*_of(row.get("maybe", ())))
        found[row["word"]] = (row["to"], sure, (maybe | more) - sure)
    return found


@cache
def _permissions() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    rows = {row["permission"]: row for row in data.load("bucket")["permissions"]}
    found = {}
    for name, row in rows.items():
        parts = [rows[one] for one in row.get("includes", (name,))]
        found[name] = (
            frozenset([f"cos:{action}" for part in parts for action in part["actions"]]),
            frozenset([f"cos:{action}" for part in parts for action in part.get("maybe", ())]),
        )
    return found


def _of(permissions: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The actions that some permissions surely allow, and those that they may."""
    rows = [_permissions()[one] for one in permissions]
    return frozenset().union(*[row[0] for row in rows]), frozenset().union(*[row[1] for row in rows])


@lru_cache(maxsize=1024)
def allowed(acl: Acl, who: str) -> tuple[frozenset[str], frozenset[str]]:
    """The actions that an ACL surely allows to someone, and those that it may allow.

    Args:
        acl: the ACL.
        who: `anyone` for somebody without a signature; `authenticated` for an account of which nothing more is known:
            a grant to a single account may be for it; or an account's number.
    """
    if acl.word is not None:
        to, sure, maybe = words()[acl.word]
        return (sure, maybe) if to == ANYONE or who != ANYONE else (frozenset(), frozenset())
    surely: list[str] = []
    possibly: list[str] = []
    for grant in acl.grants:
        if grant.who == ANYONE or grant.who == who or (grant.who == AUTHENTICATED and who != ANYONE):
            surely.append(grant.permission)
        elif who == AUTHENTICATED:
            possibly.append(grant.permission)
    sure, maybe = _of(tuple(surely))
    return sure, (maybe | frozenset().union(*_of(tuple(possibly)))) - sure


def grants(acl: Acl, action: str, who: str) -> bool | None:
    """Does an ACL allow an action (with or without `name/`) to someone? None where no page settles it."""
    sure, maybe = allowed(acl, who)
    name = action.removeprefix("name/")
    return True if name in sure else None if name in maybe else False


@cache
def grantable() -> frozenset[str]:
    """The actions that some ACL allows."""
    return frozenset().union(*[actions for row in _permissions().values() for actions in row])


__all__ = ["ANYONE", "AUTHENTICATED", "Acl", "Grant", "allowed", "grantable", "grantee", "grants", "words"]

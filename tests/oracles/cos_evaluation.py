"""How COS judges a request by a bucket's ACL and policy, written down once more, as small and as naive as we can.

Works on the plain JSON document, with the reference of the policy language beside it, and shares no code with the
package. Sources: 436/35240 (evaluation), 436/30583 (ACL), 436/18023 (principals); "ours" marks what no page settles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oracles.cam.reference import FALSE, MAYBE, TRUE, as_list, statement_matches

READ = {"GetObject", "HeadObject", "GetBucket"}
WRITE = {"PutObject", "PostObject", "DeleteObject"}


def judged(
    document: Mapping[str, Any], acl: str, who: str, action: str, resource: str, context: Mapping[str, Any]
) -> str:
    """`pass`, `blocked` or `unknown`.

    Args:
        who: `anonymous`; `own` and `other`, keys of the bucket's account (number 1) and of another one, of which
            nothing more is known; or the principal of a key: those of account 1 are the bucket's own.
    """
    denies, allows = [FALSE], [by_acl(acl, who, action)]
    for one in document["statement"]:
        applies = min(statement_matches(one, action, resource, context, "unknown"), speaks(one, who))
        (allows if one["effect"] == "allow" else denies).append(applies)
    if TRUE in denies or max(allows) == FALSE:
        return "blocked"
    return "unknown" if MAYBE in denies or TRUE not in allows else "pass"


def own(who: str) -> bool:
    """Is it a key of the bucket's own account?"""
    return who == "own" or who.startswith("qcs::cam::uin/1:")


def by_acl(acl: str, who: str, action: str) -> int:
    """What lets it in beside the policy: the ACL, or that the key is of the bucket's own account."""
    if own(who):
        return TRUE
    name = action.rpartition(":")[2]
    opened = {
        "private": set(),
        "public-read": READ,
        "public-read-write": READ | WRITE,
        "authenticated-read": set() if who == "anonymous" else READ,
    }[acl]
    return TRUE if name in opened else FALSE


def speaks(statement: Mapping[str, Any], who: str) -> int:
    """Is a statement for someone? No principal at all: not documented (ours)."""
    names = as_list(statement.get("principal", {"qcs": []})["qcs"])
    return max([one_speaks(name, who, statement["effect"] == "allow") for name in names], default=MAYBE)


def one_speaks(name: str, who: str, allow: bool) -> int:
    """One principal."""
    if name == "qcs::cam::anonymous:anonymous":  # a signed request is tried as an anonymous one too: for what it allows
        return TRUE if who == "anonymous" or allow else FALSE
    if name == "qcs::cam::anyone:anyone":  # a deny for anyone: whether it stops keys is not sure
        return TRUE if who == "anonymous" or allow else MAYBE
    if name == "*":  # not documented (ours)
        return MAYBE
    if not name.startswith("qcs::cam::uin/"):  # not documented (ours)
        return MAYBE
    if who == "anonymous":
        return FALSE
    if who in ("own", "other"):
        return MAYBE
    if name == who:
        return TRUE
    owner, user = name.removeprefix("qcs::cam::uin/").split(":uin/")
    if owner == user and who.startswith(f"qcs::cam::uin/{owner}:"):  # the root account, and one of its users asks
        return TRUE if allow else MAYBE
    return FALSE

"""Principals of bucket policies: whom does a statement speak of?

Sources: facts `bucket.policy.*`, `bucket.evaluation.union`, `cam.principal.forms`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from cosaudit.cam.condition import glob
from cosaudit.cam.policy import Statement, Truth

_TRUE, _FALSE, _MAYBE = Truth.TRUE, Truth.FALSE, Truth.MAYBE

#: Kinds of principals, by what is written.
ANONYMOUS, ANYONE, STAR, ROOT, USER, GROUP, ROLE, PATTERN, UNREADABLE = (
    "anonymous",
    "anyone",
    "*",
    "root",
    "user",
    "group",
    "role",
    "pattern",
    "unreadable",
)
#: Those that may speak of somebody who has no account at all.
OPEN = (ANONYMOUS, ANYONE, STAR)

_UIN = re.compile(
    r"qcs::cam::uin/([0-9]+):(?:uin/([0-9]+)|(root)|groupid/([0-9]+)|((?:roleName|role|assumed-role)/.+))"
)
_PATTERN = re.compile(r"qcs::cam::[A-Za-z0-9/*]+:[A-Za-z0-9/*._@-]+")

#: The settings that would decide: a field `issuer.principal`, or a fact that nobody knows.
BY_PRINCIPAL = "principal"


class Signer(NamedTuple):
    """Who sends a request. `kind`: `anonymous`; `own`, a key of the bucket's account; `other`, of another account.

    `issuer`: root, sub-account or role, None where that is not known; `principal`: as it would be written in a policy.
    """

    kind: str
    issuer: str | None = None
    principal: str | None = None


class Spoken(NamedTuple):
    """Does a statement speak of a signer? `open`: what would decide it, `BY_PRINCIPAL` or the id of a fact."""

    truth: Truth
    open: str | None = None


_YES, _NO = Spoken(_TRUE), Spoken(_FALSE)


@lru_cache(maxsize=8192)
def kind_of(written: str) -> tuple[str, str | None]:
    """The kind of a principal as written, and the number (uin) of the account that it is of."""
    if written == "*":
        return STAR, None
    if written == "qcs::cam::anonymous:anonymous":
        return ANONYMOUS, None
    if written == "qcs::cam::anyone:anyone":
        return ANYONE, None
    match = _UIN.fullmatch(written)
    if match is not None:
        owner, user, root, group, role = match.groups()
        if root or user == owner:
            return ROOT, owner
        return (USER if user else GROUP if group else ROLE if role else UNREADABLE), owner
    return (PATTERN if "*" in written and _PATTERN.fullmatch(written) else UNREADABLE), None


def speaks(statement: Statement, signer: Signer) -> Spoken:
    """Does a statement speak of a signer, for all that is known of him?"""
    if not statement.principals:
        return Spoken(_MAYBE, "bucket.policy.no-principal")
    best = _NO
    for written in statement.principals:
        found = _one(written, signer, statement.allow)
        if found.truth is _TRUE:
            return found
        if found.truth is _MAYBE and best.truth is _FALSE:
            best = found
    return best


@lru_cache(maxsize=8192)
def _one(written: str, signer: Signer, allow: bool) -> Spoken:
    kind, owner = kind_of(written)
    if kind is UNREADABLE:
        return Spoken(_MAYBE, "bucket.policy.principal-form")
    if signer.kind == "anonymous":
        if kind is STAR:
            return Spoken(_MAYBE, "bucket.policy.principal-star")
        return _YES if kind in OPEN else _NO
    if kind is ANONYMOUS:  # a signed request profits from what is open to everybody; a deny is for the others
        return _YES if allow else _NO
    if kind is ANYONE:
        return _YES if allow else Spoken(_MAYBE, "bucket.policy.deny-anyone")
    if kind is STAR:
        return Spoken(_MAYBE, "bucket.policy.principal-star" if allow else "bucket.policy.deny-anyone")
    if signer.principal is not None:
        return _named(written, kind, owner, signer.principal, allow)
    issuer = signer.issuer
    if issuer == "root":  # the account's own number is not known here
        return Spoken(_MAYBE, BY_PRINCIPAL) if kind in (ROOT, PATTERN) else _NO
    if kind is ROOT and issuer is not None and not (allow and signer.kind == "other"):
        return Spoken(_MAYBE, "bucket.policy.root-principal")
    if (issuer == "role" and kind in (USER, GROUP)) or (issuer == "sub-account" and kind is ROLE):
        return _NO
    return Spoken(_MAYBE, BY_PRINCIPAL)


def _named(written: str, kind: str, owner: str | None, principal: str, allow: bool) -> Spoken:
    """The same for somebody whose principal is known."""
    if written == principal:
        return _YES
    own_kind, own_owner = kind_of(principal)
    if kind is PATTERN:
        return Spoken(_MAYBE, "bucket.policy.principal-form") if glob(written, principal) else _NO
    if own_kind is UNREADABLE:
        return Spoken(_MAYBE, BY_PRINCIPAL)
    if owner != own_owner:
        return _NO
    if kind is ROOT:
        if own_kind is ROOT or allow:  # an account that is let in says itself which of its users are
            return _YES
        return Spoken(_MAYBE, "bucket.policy.root-principal")
    return Spoken(_MAYBE, "bucket.policy.group") if kind is GROUP and own_kind is USER else _NO


__all__ = ["BY_PRINCIPAL", "OPEN", "Signer", "Spoken", "kind_of", "speaks"]

"""What people without an account, or with any account, can do in a bucket: by its ACL and by its policy.

Only what anybody may do is asked for here: grants to named principals are the owner's choice.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cam.language import allowed
from cosaudit.cam.pattern import BUDGET, Free, Language, Work, area, search, template, uncovered
from cosaudit.cam.policy import Truth
from cosaudit.cam.principal import ANONYMOUS, ANYONE, STAR, Signer, kind_of, speaks
from cosaudit.cos import acl as acls
from cosaudit.cos import actions as catalogue
from cosaudit.cos.regions import region as known_region
from cosaudit.excess import by_usefulness, example, grants, holder_truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cosaudit.cam.policy import Condition, Policy, Statement
    from cosaudit.model import Bucket

#: Capabilities in the order in which they are told: what is worse first.
CAPABILITIES = ("rights", "configure", "delete", "overwrite", "read", "list", "settings")

#: Keys that a person cannot choose: a statement with one of them is for some people only.
_GIVEN = frozenset(("qcs:ip", "qcs:vpc", "vpc:requester_vpc", "qcs:uin", "qcs:owner_uin", "qcs:create_uin", "qcs:mfa"))

#: Keys of where a request comes from: a page that a visitor opens sends from where the visitor is.
_PLACES = frozenset(("qcs:ip", "qcs:vpc", "vpc:requester_vpc"))

NOBODY = Signer("anonymous")


class Opening(NamedTuple):
    """One thing that anybody may do, with a request that shows it."""

    capability: str
    action: str  # `name/cos:GetObject`
    resource: str  # six segments
    method: str | None
    url: str | None
    statement: Statement | None  # of the bucket policy; None: the ACL opens it
    who: str  # `anyone`: without a signature; `authenticated`: with any account
    sure: bool  # the documents say so


def openings(bucket: Bucket) -> tuple[Opening, ...]:
    """What anybody may do in a bucket: for each source (the ACL, each statement) and capability the plainest request.

    A deny that surely stops requests without a signature takes away what it covers.
    """
    return (*_of_acl(bucket), *_of_policy(bucket))


def _of_acl(bucket: Bucket) -> Iterator[Opening]:
    if bucket.acl is None:
        return
    told: set[str] = set()
    for who in (acls.ANYONE, acls.AUTHENTICATED):
        sure, maybe = acls.allowed(bucket.acl, who)
        if who == acls.AUTHENTICATED:
            maybe = frozenset()  # the grants to single accounts
        for capability in CAPABILITIES:
            names = [one for one in by_usefulness(capability) if one in sure or one in maybe]
            for name in names if capability not in told else ():
                found = _shown(bucket, name, None) if who == acls.ANYONE else _any(bucket, name)
                if found is not None:
                    told.add(capability)
                    yield _opening(bucket, capability, name, found, None, who, name in sure)
                    break


def _of_policy(bucket: Bucket) -> Iterator[Opening]:
    policy: Policy | None = bucket.policy
    if policy is None or any(one.fatal for one in policy.oddities):
        return
    for row in policy.statements:
        kinds = {kind_of(one)[0] for one in row.principals or ()}
        if not row.allow or not kinds & {ANONYMOUS, ANYONE, STAR} or limited(row):
            continue
        for capability in CAPABILITIES:
            for name in by_usefulness(capability):
                if not grants(row, name) or holder_truth(row, name) is Truth.FALSE:
                    continue
                found = _shown(bucket, name, row)
                if found is not None:
                    yield _opening(bucket, capability, name, found, row, acls.ANYONE, bool(kinds & {ANONYMOUS, ANYONE}))
                    break


def nearby(bucket: Bucket) -> Opening | None:
    """What people without a signature can read or list only from where they are: the addresses of an office, a VPC.

    A condition on the referer is none of these: whoever is no browser writes what he likes there, so that what it
    opens is open to everybody.
    """
    policy: Policy | None = bucket.policy
    if policy is None or any(one.fatal for one in policy.oddities):
        return None
    for row in policy.statements:
        kinds = {kind_of(one)[0] for one in row.principals or ()}
        given = {one.key for one in row.conditions if one.key in _GIVEN and not _every_address(one)}
        if not row.allow or not kinds & {ANONYMOUS, ANYONE, STAR} or not given or not given <= _PLACES:
            continue
        for capability in ("read", "list"):
            for name in by_usefulness(capability):
                found = _shown(bucket, name, row) if grants(row, name) else None
                if found is not None:
                    sure = bool(kinds & {ANONYMOUS, ANYONE})
                    return _opening(bucket, capability, name, found, row, acls.ANYONE, sure)
    return None


def reaches(bucket: Bucket, row: Statement) -> bool:
    """Is any resource of a statement in a bucket: the bucket itself, or a key?"""
    region, account = _head(bucket)
    whole = template(f"cos:{region}:{account}:", (f"{bucket.name}/", Free(None, 0, None)))
    found = search(
        [[area(one, "any") for resource in row.resources for one in resource.areas], (whole,)], (), Work(BUDGET)
    )
    return found is not None


def actions_of(row: Statement) -> bool:
    """Does a statement name any action that there is, or one of which nobody knows what it holds?"""
    return any(one.opaque for one in row.actions) or any(grants(row, name) for name in catalogue.known())


def limited(row: Statement) -> bool:
    """Is a statement for some people only, by where they are or who they are?"""
    return any(one.key in _GIVEN and not _every_address(one) for one in row.conditions)


def _every_address(condition: Condition) -> bool:
    return condition.key == "qcs:ip" and any(value.endswith("/0") for value in condition.values)


def _head(bucket: Bucket) -> tuple[str, str]:
    """Region and account of a bucket's resources."""
    known = known_region(bucket.region)
    return (known.current if known is not None else bucket.region), f"uid/{bucket.appid}"


def _within(bucket: Bucket, action: str) -> Language:
    """The resources of a bucket that an action is asked for on."""
    found = catalogue.entry(action)
    form = found.resource if found is not None else "object"
    region, account = _head(bucket)
    head = f"{bucket.name}/"
    path: tuple[str | Free, ...] = (head,)
    if form == "object":
        path = (head, Free(None, 1, None))
    elif form == "bucket_or_prefix":
        path = (head, Free(None, 0, None))
    return template(f"cos:{region}:{account}:", path)


def _shown(bucket: Bucket, action: str, row: Statement | None) -> str | None:
    """The shortest resource that a statement (None: the ACL) opens for an action, and that no deny closes."""
    minus = denied(bucket, action)
    if row is None and not minus:
        return _any(bucket, action)
    within = _within(bucket, action)
    plus: Sequence[Language] = (within,)
    if row is not None:
        plus = [area(one, "any") for resource in row.resources for one in resource.areas]
    work = Work(BUDGET)
    left, _ = uncovered(plus, minus, work)
    found = search([left, (within,)], minus, work)
    return found if isinstance(found, str) else None


def denied(bucket: Bucket, action: str) -> list[Language]:
    """What the policy surely denies to requests without a signature, whatever these carry."""
    policy: Policy | None = bucket.policy
    if policy is None:
        return []
    rows = [one for one in policy.statements if not one.allow and speaks(one, NOBODY).truth is Truth.TRUE]
    if not rows:
        return []
    return allowed(policy._replace(statements=tuple(rows)), action, partial(holder_truth, action=action))[1]


def closes(bucket: Bucket, row: Statement) -> bool:
    """Does a deny stop anything that people without a signature could do?"""
    policy: Policy = bucket.policy
    others = bucket._replace(policy=policy._replace(statements=tuple([one for one in policy.statements if one != row])))
    for name in sorted(catalogue.known()):
        if not name.startswith("cos:") or not grants(row, name) or holder_truth(row, name) is Truth.FALSE:
            continue
        within = _within(bucket, name)
        plus: list[Language] = []
        if bucket.acl is not None and any(name in actions for actions in acls.allowed(bucket.acl, acls.ANYONE)):
            plus.append(within)
        for other in policy.statements:
            if other.allow and speaks(other, NOBODY).truth is not Truth.FALSE and grants(other, name):
                plus += [area(one, "any") for resource in other.resources for one in resource.areas]
        mine = [area(one, "any") for resource in row.resources for one in resource.areas]
        if plus and search([plus, mine, (within,)], denied(others, name), Work(BUDGET)) is not None:
            return True
    return False


def _any(bucket: Bucket, action: str) -> str:
    """The shortest resource of a bucket that an action is asked for on."""
    found = catalogue.entry(action)
    region, account = _head(bucket)
    return f"cos:{region}:{account}:{bucket.name}/{'a' if found is None or found.resource == 'object' else ''}"


def _opening(
    bucket: Bucket, capability: str, name: str, text: str, row: Statement | None, who: str, sure: bool
) -> Opening:
    service, region, account, path = text.split(":", 3)
    method, url = example(name, region, path)
    resource = f"qcs::{service}:{region}:{account}:{path}"
    return Opening(capability, f"name/{name}", resource, method, url, row, who, sure)


__all__ = ["CAPABILITIES", "Opening", "actions_of", "closes", "denied", "limited", "nearby", "openings", "reaches"]

"""The bucket gate: ACL, bucket policy and referer rules, as if the signature and the key's own policies let through.

A key of the bucket's own account needs no grant here: only a deny stops it. Everybody else needs one, from the ACL or
from the policy (facts `bucket.evaluation.*`). Referer rules are for requests without a signature. A field is asked for
only where two of its values would make two verdicts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit.gates import later
from cosaudit.model import Auth, Outcome, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.cam.policy import Policy, Statement
    from cosaudit.cam.principal import Signer
    from cosaudit.cos.acl import Acl
    from cosaudit.cos.referer import Referers, Sent
    from cosaudit.model import Bucket, Client, Inventory, Part, Request, Transfer

#: Codes of verdicts that block. Rules go by them.
DENIED, NOT_GRANTED, REFERER = "bucket-denies", "bucket-not-granted", "bucket-referer"
OPEN, OPEN_REFERER = "bucket-unknown", "referer-unknown"

#: Does something beside the policy allow it: yes, no, maybe (None); "?" where that is not described.
_Granted = bool | str | None

_RANK = {Outcome.BLOCKED: 0, Outcome.NOT_DESCRIBED: 1, Outcome.UNKNOWN: 2, Outcome.PASS: 3}
_WHOSE = "the bucket policy"


def by_request(transfer: Transfer, bucket: Bucket) -> bool:
    """May the verdict differ between the requests of one upload or download? Only a policy knows actions and sizes."""
    return bucket.policy is not None


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict of the bucket's own settings on one request, for every key and size that it stands for."""
    beyond = later.outside(request)
    if beyond is not None:
        return beyond
    bucket, transfer = request.bucket, request.transfer
    assert bucket is not None and transfer is not None
    if bucket.acl is None and bucket.policy is None and bucket.referer is None:
        return later.missing(f"buckets[{bucket.index}].acl")
    if request.shape is None:
        return later.unrecorded(request)
    if transfer.auth is not Auth.NONE:
        return _allowed(request, inventory, bucket)
    verdicts = (_allowed(request, inventory, bucket), _referer(request, bucket))
    return min(verdicts, key=lambda one: _RANK[one.outcome])


# -- ACL and policy ------------------------------------------------------------------------------------------------


def _allowed(request: Request, inventory: Inventory, bucket: Bucket) -> Verdict:
    """ACL and policy together."""
    who = signer(request, inventory)
    field = f"buckets[{bucket.index}]"
    if bucket.policy is None:
        if who.kind != "own" and bucket.acl is None:
            return later.missing(f"{field}.acl")
        return later.missing(f"{field}.policy")
    if who.kind == "own":
        if not any(not row.allow for row in bucket.policy.statements):
            return _OWN
        return _evaluated(request, inventory, bucket, who, True)
    assert request.shape is not None
    granted = _of_acl(request, inventory, bucket, who)
    if granted != "?":
        return _evaluated(request, inventory, bucket, who, granted)
    # not described: is there an ACL that would change the verdict?
    verdict = _evaluated(request, inventory, bucket, who, False)
    from cosaudit.cos.acl import grantable

    if verdict.outcome is Outcome.PASS or request.shape.action.removeprefix("name/") not in grantable():
        return verdict
    other = _evaluated(request, inventory, bucket, who, True)
    return verdict if verdict.outcome is other.outcome else later.missing(f"{field}.acl")


def without_signature(request: Request, inventory: Inventory) -> Verdict:
    """What ACL and policy say of the same request from somebody without a signature; what is not described is none."""
    from cosaudit.cam.policy import Policy

    bucket, transfer = request.bucket, request.transfer
    assert bucket is not None and transfer is not None
    policy = bucket.policy if bucket.policy is not None else Policy((), "2.0", (), bucket.at.place())
    anonymous = request._replace(transfer=transfer._replace(signer="none", session=None))
    return _allowed(anonymous, inventory, bucket._replace(policy=policy))


_OWN = Verdict(
    Outcome.PASS, "own-key", "the key is of the bucket's own account, and no statement denies anything",
    "bucket.evaluation.union",
)  # fmt: skip


def signer(request: Request, inventory: Inventory) -> Signer:
    """Who sends a request: nobody, or a key of the bucket's account, or of another one."""
    from cosaudit.cam.principal import Signer

    transfer, bucket = request.transfer, request.bucket
    assert transfer is not None and bucket is not None
    if transfer.auth is Auth.NONE:
        return Signer("anonymous")
    issuer = inventory.sessions[transfer.session].issuer if transfer.session is not None else None
    if issuer is None or transfer.auth is Auth.SERVER_PERMANENT:
        return Signer("own")
    # STS makes no key of one account for a bucket of another one: where it is not said, they are the same
    kind = "own" if issuer.appid is None or issuer.appid == bucket.appid else "other"
    return Signer(kind, issuer.kind, issuer.principal)


def _of_acl(request: Request, inventory: Inventory, bucket: Bucket, who: Signer) -> _Granted:
    """Does the ACL allow it: True, False, None where no page says; "?" where it is not described."""
    from cosaudit.cos import acl

    shape = request.shape
    assert shape is not None
    if who.kind == "anonymous" and object_acl(request, inventory) == "public-read":
        return True
    if bucket.acl is None:
        return "?"
    name = acl.ANYONE
    if who.kind != "anonymous":
        from cosaudit.cam.principal import kind_of

        owner = kind_of(who.principal)[1] if who.principal is not None else None
        name = owner or acl.AUTHENTICATED
    return acl.grants(bucket.acl, shape.action, name)


def object_acl(request: Request, inventory: Inventory) -> str | None:
    """The ACL that an upload of the very same keys gives to its objects by a header; None where none is described."""
    shape, transfer = request.shape, request.transfer
    assert shape is not None and transfer is not None
    if shape.action not in ("name/cos:GetObject", "name/cos:HeadObject"):
        return None
    found = _objects(inventory).get((transfer.bucket, transfer.key), {None})
    return next(iter(found)) if len(found) == 1 else None


_last: list[tuple[Inventory, dict[tuple[int, tuple[Part, ...]], set[str | None]]]] = []


def _objects(inventory: Inventory) -> dict[tuple[int, tuple[Part, ...]], set[str | None]]:
    """(bucket, key) → the ACLs that the uploads of it send, None for one that sends none; kept for one inventory."""
    if not _last or _last[0][0] is not inventory:
        found: dict[tuple[int, tuple[Part, ...]], set[str | None]] = {}
        for one in inventory.transfers:
            if one.kind == "uploads":
                found.setdefault((one.bucket, one.key), set()).add(one.values.get("x-cos-acl"))
        _last[:] = [(inventory, found)]
    return _last[0][1]


def _evaluated(request: Request, inventory: Inventory, bucket: Bucket, who: Signer, granted: _Granted) -> Verdict:
    """The verdict of the policy, where the identity or the ACL allows it besides (`granted`; None: maybe)."""
    from cosaudit.gates import session

    made = _composed(bucket.policy, who, granted)
    least = session.evaluate(request, inventory, made.least, _WHOSE)
    if least.outcome is Outcome.PASS:
        return _passed(least, bucket, who, granted)
    most = least if made.most is made.least else session.evaluate(request, inventory, made.most, _WHOSE)
    if most.outcome is Outcome.BLOCKED:
        return _blocked(most, bucket, who)
    if most.outcome is Outcome.UNKNOWN and most.settle is not None:  # a condition, or a size
        return most._replace(code=OPEN)
    fact, settle = _settled(made, request, granted)
    return Verdict(Outcome.UNKNOWN, OPEN, made.doubt or _ACL_DOUBT, fact, settle)


_ACL_DOUBT = "whether the ACL's permission covers this action is in no table"


def _passed(verdict: Verdict, bucket: Bucket, who: Signer, granted: _Granted) -> Verdict:
    if who.kind == "own":
        reason = "the key is of the bucket's own account, and no statement of the bucket policy denies it"
        return Verdict(Outcome.PASS, "own-key", reason, "bucket.evaluation.union")
    if granted is not True:
        return verdict._replace(code="granted-by-policy", fact="bucket.evaluation.union")
    acl: Acl | None = bucket.acl
    named = acl.named if acl is not None else "the ACL of the object"
    whom = "everybody" if who.kind == "anonymous" else "this account"
    reason = f"{named} lets {whom} do it (objects are taken to have no ACL of their own), and no statement denies it"
    return Verdict(Outcome.PASS, "granted-by-acl", reason, "bucket.acl.object")


def _blocked(verdict: Verdict, bucket: Bucket, who: Signer) -> Verdict:
    if verdict.code != "denied" and who.kind == "own":  # it holds for some values of a placeholder
        return Verdict(Outcome.BLOCKED, DENIED, f"{_WHOSE} denies it to some users", "cam.evaluation.deny-wins")
    if verdict.code == "denied":
        return verdict._replace(code=DENIED, fact="cam.evaluation.deny-wins")
    acl: Acl | None = bucket.acl
    named = f"{acl.named} does not, and " if acl is not None else ""
    whom = "a request without a signature" if who.kind == "anonymous" else "a key of another account"
    fact = "bucket.acl.object" if who.kind == "anonymous" else "bucket.evaluation.other-account"
    reason = f"nothing allows it to {whom}: {named}{verdict.reason.removeprefix(f'{_WHOSE}: ')} in the bucket policy"
    return Verdict(Outcome.BLOCKED, NOT_GRANTED, reason, fact)


def _settled(made: _Composed, request: Request, granted: _Granted) -> tuple[str | None, Settle]:
    """What would settle a principal of which it is not known whether it is the signer."""
    from cosaudit.cam.principal import BY_PRINCIPAL

    transfer = request.transfer
    assert transfer is not None
    if made.open is None:
        return "bucket.acl.unlisted", Settle(fact="bucket.acl.unlisted")
    if made.open != BY_PRINCIPAL:
        return made.open, Settle(fact=made.open)
    if transfer.session is not None:
        return None, Settle(describe=f"sessions[{transfer.session}].issuer.principal")
    if transfer.auth is Auth.SERVER_PERMANENT:
        return "bucket.policy.signer", Settle(fact="bucket.policy.signer")
    return None, Settle(describe=later.field(request, "session"))


# -- the statements that count for a signer --------------------------------------------------------------------------


class _Composed(NamedTuple):
    """The statements of a policy that speak of a signer: as many as may (`most`), and as few as surely let through.

    `doubt` and `open`: which statement may speak of him or not, and what would decide it.
    """

    policy: Policy  # kept: its id stays its own
    most: Policy
    least: Policy
    doubt: str | None
    open: str | None


_made: dict[tuple[int, Signer, object], _Composed] = {}
_MADE_KEPT = 1024


def _composed(policy: Policy, who: Signer, granted: object) -> _Composed:
    key = id(policy), who, granted
    found = _made.get(key)
    if found is None:
        if len(_made) >= _MADE_KEPT:
            _made.clear()
        found = _made[key] = _compose(policy, who, granted)
    return found


def _compose(policy: Policy, who: Signer, granted: object) -> _Composed:
    from cosaudit.cam.policy import Truth
    from cosaudit.cam.principal import speaks

    most: list[Statement] = []
    least: list[Statement] = []
    doubt = opened = None
    if granted is not False:
        most.append(_everything(policy))
    if granted is True:
        least.append(_everything(policy))
    for row in policy.statements:
        spoken = speaks(row, who)
        if spoken.truth is Truth.FALSE or (who.kind == "own" and row.allow):
            continue
        if spoken.truth is Truth.TRUE:
            most.append(row)
            least.append(row)
            continue
        (most if row.allow else least).append(row)
        if doubt is None:
            what = "allows" if row.allow else "denies"
            doubt = f"{_WHOSE}: statement {row.index + 1} {what} it to {_whom(row)}: {_why(spoken.open)}"
            opened = spoken.open
    wide = policy._replace(statements=tuple(most))
    return _Composed(policy, wide, wide if most == least else policy._replace(statements=tuple(least)), doubt, opened)


def _whom(row: Statement) -> str:
    names = row.principals or ()
    if not names:
        return "nobody by name"
    return f"`{names[0][:60]}`" + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _why(opened: str | None) -> str:
    return {
        "bucket.policy.deny-anyone": "whether that stops requests with a signature is not sure",
        "bucket.policy.no-principal": "what COS makes of a statement without a principal is not documented",
        "bucket.policy.principal-form": "what COS makes of such a principal is not documented",
        "bucket.policy.principal-star": "whether that is everybody in a bucket policy is not documented",
        "bucket.policy.group": "who is in the group is not known",
        "bucket.policy.root-principal": "whether that stops the users of the account too is not documented",
    }.get(opened or "", "whether that is who makes the key is not known")


def _everything(policy: Policy) -> Statement:
    """A statement that allows all: what the identity or the ACL allows beside the policy."""
    from cosaudit.cam.parse import area_of
    from cosaudit.cam.policy import Action, Resource, Statement

    place = policy.place
    return Statement(-1, True, (Action("*", "*:*", place),), (Resource("*", area_of("*"), place),), (), None, place)


# -- referer ---------------------------------------------------------------------------------------------------------


def _referer(request: Request, bucket: Bucket) -> Verdict:
    """The referer rules on a request without a signature."""
    from cosaudit.cos import referer

    rules: Referers | None = bucket.referer
    if rules is None:
        return later.missing(f"buckets[{bucket.index}].referer")
    if not rules.enabled:
        return Verdict(Outcome.PASS, "no-referer-rules", "the bucket has no referer rules that are switched on")
    several = sent(request.client, request.prefix or "")
    if several is None:
        if _indifferent(rules):
            return Verdict(Outcome.PASS, "referer-admitted", "the referer rules keep nobody out")
        return later.missing(f"clients[{request.client.index}].origins")
    fact = "bucket.referer.mini-program" if request.client.platform != "web" else "bucket.referer.web"
    refused = next((one for one in several if referer.admits(rules, one) is False), None)
    if refused is not None:
        return Verdict(Outcome.BLOCKED, REFERER, f"{_said(refused)}, {_kept_out(rules, refused)}", fact)
    found = referer.all_admitted(rules, several)
    if found is True:
        return Verdict(Outcome.PASS, "referer-admitted", "the referer rules let it through", fact)
    unsure = next(one for one in several if referer.admits(rules, one) is None)
    entry = next(one for one in rules.entries if referer.matches(one.text, unsure) is None)
    reason = f"whether the referer rule `{entry.text[:60]}` matches is not known: {_said(unsure)}"
    client = request.client
    if unsure.open and client.platform != "web" and client.appid is None:
        return Verdict(Outcome.UNKNOWN, OPEN_REFERER, reason, fact, Settle(describe=f"clients[{client.index}].appid"))
    fact = "bucket.referer.scheme" if "://" in entry.text else "bucket.referer.wildcard"
    return Verdict(Outcome.UNKNOWN, OPEN_REFERER, reason, fact, Settle(fact=fact))


def sent(client: Client, prefix: str) -> tuple[Sent, ...] | None:
    """What a client sends as its referer; None where that is not described."""
    from cosaudit.cos import referer

    if client.platform != "web":
        return (referer.mini_program(client.appid),)
    if client.origins is None:
        return None
    plain = prefix.startswith("http:")
    return tuple(
        [
            referer.NONE if origin == "null" or (plain and origin.startswith("https:")) else referer.Sent(f"{origin}/")
            for origin in client.origins
        ]
    )


def _indifferent(rules: Referers) -> bool:
    """Is every referer let in?"""
    return not rules.allow and not rules.entries and rules.empty


def _said(one: Sent) -> str:
    if not one.text:
        return "sent without a referer"
    return f"sent with the referer `{one.text}{'…' if one.open else ''}`"


def _kept_out(rules: Referers, refused: Sent) -> str:
    if not refused.text:
        return "and the referer rules refuse requests without one"
    return "and no referer rule lets that in" if rules.allow else "which a referer rule keeps out"


__all__ = [
    "DENIED",
    "NOT_GRANTED",
    "REFERER",
    "by_request",
    "judge",
    "object_acl",
    "sent",
    "signer",
    "without_signature",
]

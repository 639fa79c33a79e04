"""The gates that this version does not judge yet: they say what is not described, and what is described but unjudged.

A described gate is `unknown` with the code `not-judged-yet`, never a pass; reports gather these in one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Auth, Outcome, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.model import Inventory, Request

#: The code of a verdict on something that is described and that this version cannot judge.
NOT_JUDGED = "not-judged-yet"

_NO_COS = Verdict(Outcome.NOT_APPLICABLE, "endpoint", "not a request to COS")
_NEVER_SENT = Verdict(Outcome.NOT_APPLICABLE, "never-sent", "no request is sent")
_NO_BROWSER = Verdict(Outcome.NOT_APPLICABLE, "no-browser", "a Mini Program is no browser: there is no CORS")
_ANONYMOUS = Verdict(Outcome.NOT_APPLICABLE, "anonymous", "an anonymous request carries no signature")
_PERMANENT = Verdict(Outcome.NOT_APPLICABLE, "permanent-key", "a permanent key has no session policy")


def _not_judged(gate: str) -> Verdict:
    return Verdict(
        Outcome.UNKNOWN,
        NOT_JUDGED,
        f"described, but this version of cosaudit does not judge the gate {gate} yet",
        None,
        Settle(fact="cosaudit.gates.built"),
    )


_UNJUDGED = {
    gate: _not_judged(gate) for gate in ("preflight", "signature", "session", "issuer", "bucket", "object", "response")
}


def _missing(field: str) -> Verdict:
    return Verdict(Outcome.NOT_DESCRIBED, "not-described", f"{field} is not described", None, None, field)


def _field(request: Request, name: str) -> str:
    transfer = request.transfer
    assert transfer is not None
    if transfer.name is None:
        return transfer.kind  # it is assumed: the whole section is missing
    return f"{transfer.kind}[{transfer.index}].{name}"


def _outside(request: Request) -> Verdict | None:
    """The verdict on what is no request to COS; None for requests to a bucket."""
    if request.bucket is None:
        return _NO_COS
    if request.refusal is not None and request.refusal.code != "not-recorded":
        return _NEVER_SENT
    return None


def preflight(request: Request, inventory: Inventory) -> Verdict:
    """CORS preflight: for web clients only."""
    outside = _outside(request)
    if outside is not None:
        return outside
    if request.client.platform != "web":
        return _NO_BROWSER
    assert request.bucket is not None
    if request.bucket.cors is None:
        return _missing(f"buckets[{request.bucket.index}].cors")
    return _UNJUDGED["preflight"]


def response(request: Request, inventory: Inventory) -> Verdict:
    """What a web page may read of the response."""
    verdict = preflight(request, inventory)
    return _UNJUDGED["response"] if verdict is _UNJUDGED["preflight"] else verdict


def signature(request: Request, inventory: Inventory) -> Verdict:
    """Who signs what; described by `session` or `signer`."""
    outside = _outside(request)
    if outside is not None:
        return outside
    transfer = request.transfer
    assert transfer is not None
    if transfer.auth is Auth.NONE:
        return _ANONYMOUS
    if transfer.session is None and transfer.signer is None:
        return _missing(_field(request, "session"))
    return _UNJUDGED["signature"]


def session(request: Request, inventory: Inventory) -> Verdict:
    """The session policy of a temporary key."""
    outside = _outside(request)
    if outside is not None:
        return outside
    transfer = request.transfer
    assert transfer is not None
    if transfer.auth is Auth.NONE:
        return _ANONYMOUS
    if transfer.auth is Auth.SERVER_PERMANENT:
        return _PERMANENT
    if transfer.session is None:
        return _missing(_field(request, "session"))
    return _UNJUDGED["session"]


def issuer(request: Request, inventory: Inventory) -> Verdict:
    """What the identity that issues the key may do itself."""
    verdict = session(request, inventory)
    if verdict is not _UNJUDGED["session"]:
        return verdict
    assert request.transfer is not None
    name = request.transfer.session
    index = inventory.sessions.index(name) if name in inventory.sessions else 0
    if index not in inventory.issuers:
        return _missing(f"sessions[{index}].issuer")
    return _UNJUDGED["issuer"]


def bucket(request: Request, inventory: Inventory) -> Verdict:
    """ACL, bucket policy and referer rules."""
    outside = _outside(request)
    if outside is not None:
        return outside
    owner = request.bucket
    assert owner is not None
    if owner.acl is None and owner.policy is None and owner.referer is None:
        return _missing(f"buckets[{owner.index}].acl")
    return _UNJUDGED["bucket"]


def object_(request: Request, inventory: Inventory) -> Verdict:
    """Limits on size, parts and keys."""
    outside = _outside(request)
    if outside is not None:
        return outside
    transfer = request.transfer
    assert transfer is not None
    if transfer.max_size is None:
        return _missing(_field(request, "max_size"))
    return _UNJUDGED["object"]

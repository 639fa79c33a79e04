"""The gates that this version does not judge yet: they say what is not described, and what is described but unjudged.

A described gate is `unknown` with the code `not-judged-yet`, never a pass; reports gather these in one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Outcome, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.model import Inventory, Request

#: The code of a verdict on something that is described and that this version cannot judge.
NOT_JUDGED = "not-judged-yet"

_NO_COS = Verdict(Outcome.NOT_APPLICABLE, "endpoint", "not a request to COS")
_NEVER_SENT = Verdict(Outcome.NOT_APPLICABLE, "never-sent", "no request is sent")
_NO_BROWSER = Verdict(Outcome.NOT_APPLICABLE, "no-browser", "a Mini Program is no browser: there is no CORS")
ANONYMOUS = Verdict(Outcome.NOT_APPLICABLE, "anonymous", "an anonymous request carries no signature")
PERMANENT = Verdict(Outcome.NOT_APPLICABLE, "permanent-key", "a permanent key has no session policy")


def _not_judged(gate: str) -> Verdict:
    return Verdict(
        Outcome.UNKNOWN,
        NOT_JUDGED,
        f"described, but this version of cosaudit does not judge the gate {gate} yet",
        None,
        Settle(fact="cosaudit.gates.built"),
    )


UNJUDGED = {
    gate: _not_judged(gate) for gate in ("preflight", "signature", "session", "issuer", "bucket", "object", "response")
}


def missing(field: str) -> Verdict:
    """The verdict where a field is not described."""
    return Verdict(Outcome.NOT_DESCRIBED, "not-described", f"{field} is not described", None, None, field)


def field(request: Request, name: str) -> str:
    """The path of a field of the upload or download."""
    transfer = request.transfer
    assert transfer is not None
    if transfer.name is None:
        return transfer.kind  # it is assumed: the whole section is missing
    return f"{transfer.kind}[{transfer.index}].{name}"


def outside(request: Request) -> Verdict | None:
    """The verdict on what is no request to COS; None for requests to a bucket."""
    if request.bucket is None:
        return _NO_COS
    if request.refusal is not None and request.refusal.code != "not-recorded":
        return _NEVER_SENT
    return None


def preflight(request: Request, inventory: Inventory) -> Verdict:
    """CORS preflight: for web clients only."""
    beyond = outside(request)
    if beyond is not None:
        return beyond
    if request.client.platform != "web":
        return _NO_BROWSER
    assert request.bucket is not None
    if request.bucket.cors is None:
        return missing(f"buckets[{request.bucket.index}].cors")
    return UNJUDGED["preflight"]


def response(request: Request, inventory: Inventory) -> Verdict:
    """What a web page may read of the response."""
    verdict = preflight(request, inventory)
    return UNJUDGED["response"] if verdict is UNJUDGED["preflight"] else verdict


def bucket(request: Request, inventory: Inventory) -> Verdict:
    """ACL, bucket policy and referer rules."""
    beyond = outside(request)
    if beyond is not None:
        return beyond
    owner = request.bucket
    assert owner is not None
    if owner.acl is None and owner.policy is None and owner.referer is None:
        return missing(f"buckets[{owner.index}].acl")
    return UNJUDGED["bucket"]


def object_(request: Request, inventory: Inventory) -> Verdict:
    """Limits on size, parts and keys."""
    beyond = outside(request)
    if beyond is not None:
        return beyond
    transfer = request.transfer
    assert transfer is not None
    if transfer.max_size is None:
        return missing(field(request, "max_size"))
    return UNJUDGED["object"]

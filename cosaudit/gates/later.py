"""What the gates share: verdicts on what no gate is asked for, and on what is not described or not recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Outcome, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.model import Request

_NO_COS = Verdict(Outcome.NOT_APPLICABLE, "endpoint", "not a request to COS")
_NEVER_SENT = Verdict(Outcome.NOT_APPLICABLE, "never-sent", "no request is sent")
NO_BROWSER = Verdict(Outcome.NOT_APPLICABLE, "no-browser", "a Mini Program is no browser: there is no CORS")
ANONYMOUS = Verdict(Outcome.NOT_APPLICABLE, "anonymous", "an anonymous request carries no signature")
PERMANENT = Verdict(Outcome.NOT_APPLICABLE, "permanent-key", "a permanent key has no session policy")


def unrecorded(request: Request) -> Verdict:
    """The verdict where nobody recorded what the client sends."""
    refusal = request.refusal
    assert refusal is not None
    return Verdict(Outcome.UNKNOWN, refusal.code, refusal.reason, refusal.fact, Settle(fact=refusal.fact))


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

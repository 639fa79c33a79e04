"""The issuer gate: a temporary key never exceeds whoever asked STS for it (fact `cam.session.intersection`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates import later, session
from cosaudit.model import Outcome, Verdict

if TYPE_CHECKING:
    from cosaudit.model import Inventory, Request

#: Codes of keys that STS does not make: for another account's bucket, and asked for with a temporary key.
ACCOUNT, TEMPORARY = "other-account", "temporary-key"


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict on one request: the account of the issuer, then what the issuer may do itself."""
    described = session.described(request, inventory)
    if isinstance(described, Verdict):
        return described
    issuer = described.issuer
    field = f"sessions[{described.index}].issuer"
    if issuer is None:
        return later.missing(field)
    bucket = request.bucket
    assert bucket is not None
    if issuer.appid is not None and issuer.appid != bucket.appid:
        return Verdict(
            Outcome.BLOCKED,
            ACCOUNT,
            f"the key is made by account {issuer.appid}, and the bucket is of {bucket.appid}: "
            "STS answers InvalidParameter.GrantOtherResource",
            "sts.grant-other",
        )
    if issuer.kind == "role" and described.api == "GetFederationToken":
        return Verdict(
            Outcome.BLOCKED,
            TEMPORARY,
            "a role's own keys are temporary, and GetFederationToken takes permanent keys only (TempKeyNotAllowed): "
            "a role is used with `api: AssumeRole`",
            "sts.federation.permanent-key",
        )
    if issuer.policy is not None:
        return session.evaluate(request, inventory, issuer.policy, "the issuer's own policy")
    if issuer.kind == "root":
        reason = "a root key has every right on its own account, so only the session policy limits the key"
        return Verdict(Outcome.PASS, "root", reason, "cam.evaluation.root")
    return later.missing(f"{field}.policy")

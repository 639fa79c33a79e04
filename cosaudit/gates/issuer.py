"""The issuer gate: a temporary key never exceeds whoever asked STS for it (fact `cam.session.intersection`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates import later, session
from cosaudit.model import Outcome, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.cam.policy import Policy
    from cosaudit.model import Inventory, Place, Request, Session

#: Codes of keys that STS does not make: for another account's bucket, for a policy that names another account's
#: resource, asked for with a temporary key, and by somebody who may not call STS.
ACCOUNT, FOREIGN, TEMPORARY, CALLER = "other-account", "other-account-resource", "temporary-key", "no-sts-action"


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
    foreign = foreign_account(described)
    if foreign is not None:
        return Verdict(
            Outcome.BLOCKED,
            FOREIGN,
            f"the key is made by account {issuer.appid}, and its policy names a resource of `{foreign[0]}`: "
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
        if issuer.kind == "sub-account":
            refused = _call(issuer.policy, described.api)
            if refused is not None:
                return refused
        return session.evaluate(request, inventory, issuer.policy, "the issuer's own policy")
    if issuer.kind == "root":
        reason = "a root key has every right on its own account, so only the session policy limits the key"
        return Verdict(Outcome.PASS, "root", reason, "cam.evaluation.root")
    return later.missing(f"{field}.policy")


def foreign_account(described: Session) -> tuple[str, Place] | None:
    """The first account that a session's policy names and that is not its issuer's, with its place."""
    issuer, policy = described.issuer, described.policy
    if policy is None or issuer is None or issuer.appid is None:
        return None
    own = f"uid/{issuer.appid}"
    return next((one for one in policy.accounts if one[0] != own), None)


def _call(policy: Policy, api: str) -> Verdict | None:
    """Why an identity with this policy cannot call STS at all; None where it can.

    GetFederationToken is about no resource; AssumeRole is about the role, which is not described here: a grant on any
    resource may be the one.
    """
    from cosaudit.cam.decide import decide
    from cosaudit.cam.policy import Context

    action = f"name/sts:{api}"
    decision = decide(policy, action, "*", Context({}))
    if decision.decision == "allow":
        return None
    what = f"the issuer's own policy: {decision.reason}"
    if decision.decision == "unknown":
        return Verdict(Outcome.UNKNOWN, session.OPEN, what, _CALLER, Settle(fact=_CALLER))
    if decision.decision == "implicit-deny" and not decision.conditions and session.grants_action(policy, action):
        if api == "AssumeRole":
            return None
        reason = f"{what}; whether STS asks for another one than `*` is not known"
        return Verdict(Outcome.UNKNOWN, session.OPEN, reason, _CALLER, Settle(fact=_CALLER))
    return Verdict(Outcome.BLOCKED, CALLER, f"{what}: STS answers UnauthorizedOperation", _CALLER)


_CALLER = "sts.caller-permission"

"""An issuer that STS makes no such key for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.issuer import foreign_account
from cosaudit.model import Severity
from cosaudit.rules._keys import blocked_by, no_key
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="issuer-refused-by-sts",
    title="an issuer that STS makes no such key for",
    severity=Severity.HIGH,
    gate="issuer",
    why="STS makes no key for resources of another account, no federation token for a temporary key, and none for "
    "somebody without a permission for the sts: action.",
    mend="issue the key with a permanent key of the account that owns the bucket, or with `api: AssumeRole`; name that "
    "account's resources only; grant the issuer `name/sts:GetFederationToken` or `name/sts:AssumeRole`",
    facts=("sts.caller-permission", "sts.federation.permanent-key", "sts.grant-other"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session, with all that it stops."""
    for session, code, items in blocked_by(run, "issuer", *_FIELDS):
        assert session.issuer is not None  # the gate judged it
        foreign = foreign_account(session) if code == "other-account-resource" else None
        at = session.issuer.at.place(_FIELDS[code]) if foreign is None else foreign[1]
        yield no_key(RULE, session, "issuer", code, items[0][1], at, tuple([request for request, _ in items]))


#: Why STS makes no key, and the field of the issuer that says it.
_FIELDS = {
    "other-account": "appid",
    "other-account-resource": "appid",
    "temporary-key": "kind",
    "no-sts-action": "policy",
}

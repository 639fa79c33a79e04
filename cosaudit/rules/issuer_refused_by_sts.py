"""An issuer that STS makes no such key for."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    why="STS makes no key for resources of another account, and no federation token for a temporary key.",
    mend="issue the key with a permanent key of the account that owns the bucket, or with `api: AssumeRole`",
    facts=("sts.federation.permanent-key", "sts.grant-other"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session, with all that it stops."""
    for session, code, items in blocked_by(run, "issuer", *_FIELDS):
        assert session.issuer is not None  # the gate judged it
        at = session.issuer.at.place(_FIELDS[code])
        yield no_key(RULE, session, "issuer", code, items[0][1], at, tuple([request for request, _ in items]))


#: Why STS makes no key, and the field of the issuer that says it.
_FIELDS = {"other-account": "appid", "temporary-key": "kind"}

"""A server signs a form policy that the form does not carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="form-policy-not-sent",
    title="a form policy that is not sent",
    severity=Severity.HIGH,
    gate="signature",
    why="The SDKs send one form field Signature and have no place for a policy. A signature over a policy fits "
    "nothing else.",
    mend="send the fields policy, q-sign-algorithm, q-ak, q-key-time and q-signature, or sign POST and the root "
    "path instead",
    facts=("cos.signature.form-policy",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    yield from stopped(RULE, run, "form-policy-not-sent", at="form_policy")

"""An upload is signed, and the signature is not among what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import DENIED, stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="signature-not-sent",
    title="a signature that is not sent",
    severity=Severity.HIGH,
    gate="signature",
    why="A request without a signature is an anonymous one, and a private bucket refuses it.",
    mend="send the signature: the header Authorization, the form field Signature, or the fields of a form policy",
    facts=("cos.signature.parts",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend."""
    yield from stopped(RULE, run, "signature-not-sent", at=None, phone=DENIED)

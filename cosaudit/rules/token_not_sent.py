"""A temporary key signs and its token is not sent."""

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
    id="token-not-sent",
    title="a temporary key without its token",
    severity=Severity.HIGH,
    gate="signature",
    why="COS knows a temporary key by its token alone. Without it the answer is 403, though everything else is "
    "right.",
    mend="send `x-cos-security-token` where the signature is: in the headers, the query or the form",
    facts=("cos.signature.token",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend."""
    yield from stopped(RULE, run, "token-not-sent", at=None, phone=DENIED)

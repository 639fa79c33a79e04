"""The path that is signed is not the path that is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import stopped
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="signed-path-differs",
    title="the path that is signed is not the path that is sent",
    severity=Severity.HIGH,
    gate="signature",
    why="COS computes the signature over the path of the request. On the bucket domain a form is posted to / "
    "and / is signed; on the regional domain both are /<bucket>/. The vendor's sample has a flag for the "
    "regional domain that changes only the signed path.",
    mend="sign the path that the form is posted to: / on the bucket's own domain, /<bucket>/ on the regional domain",
    facts=("cos.signature.post-path", "cos.signature.path"),
)


_OF_SERVER = "sign the path of the request itself, decoded: /KEY for an object, / for a form on the bucket's own domain"


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(RULE, run, "signed-path-differs", at=(("signed_path",),))
    yield from stopped(RULE, run, "server-path-differs", at="path", fix=_OF_SERVER)

"""A server signs a header that the client does not send."""

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
    id="signed-header-not-sent",
    title="a signed header that is not sent",
    severity=Severity.HIGH,
    gate="signature",
    why="COS computes the signature over the headers in q-header-list as they arrive. One that is missing counts "
    "as empty, and the signature does not fit.",
    mend="send the header with the signed value, or leave it out of the signature",
    facts=("cos.signature.header-not-sent",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    yield from stopped(RULE, run, "signed-header-not-sent", at="headers")

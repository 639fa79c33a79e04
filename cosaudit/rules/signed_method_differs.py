"""A server signs another method than the client sends."""

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
    id="signed-method-differs",
    title="a signed method that is not the one sent",
    severity=Severity.HIGH,
    gate="signature",
    why="The method is part of every signature. A signature for PUT opens no POST, and the parts of a large file "
    "are sent with both.",
    mend="sign the method of each request: let the server take it from what the client asks for, or leave `method` "
    "out if it does",
    facts=("cos.signature.canonical",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    yield from stopped(RULE, run, "signed-method-differs", at="method")

"""A server signs another host than the client calls."""

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
    id="signed-host-differs",
    title="a signed host that is not the one called",
    severity=Severity.HIGH,
    gate="signature",
    why="Where the header Host is signed, a request to another host is refused: the acceleration domain, a custom "
    "domain and the backup domain are other hosts.",
    mend="sign the host that the client really calls",
    facts=("cos.signature.host",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    yield from stopped(RULE, run, "signed-host-differs", at="host")

"""A form that a server signs reaches other keys in the same folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import beyond
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="form-own-folder",
    title="a signed form for other keys in the same folder",
    severity=Severity.INFO,
    gate="signature",
    why="The upload needs keys of one shape; the form policy lets others in beside them.",
    mend="fix the key in the form policy if that matters",
    facts=("cos.signature.form-policy", "cos.signature.form-conditions"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    yield from beyond(RULE, run, "session-own-folder", "session-own-delete", policy=True)

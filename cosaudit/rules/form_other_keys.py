"""A form that a server signs reaches keys outside its upload."""

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
    id="form-other-keys",
    title="a signed form for other keys",
    severity=Severity.HIGH,
    gate="signature",
    why="Whoever holds the form chooses the key within its policy. Files that have nothing to do with the upload "
    "can be overwritten.",
    mend="fix the key in the form policy, or its beginning: `[\"starts-with\", \"$key\", \"avatars/\"]`",
    facts=("cos.signature.form-policy", "cos.signature.form-conditions"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    yield from beyond(RULE, run, "session-other-keys-write", policy=True)

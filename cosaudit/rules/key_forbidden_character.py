"""A key with a control character that COS refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.object import KEY_CHARACTER
from cosaudit.model import Severity
from cosaudit.rules._objects import stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="key-forbidden-character",
    title="a key with a control character that COS refuses",
    severity=Severity.HIGH,
    gate="object",
    why="Keys hold any text but four control characters: CAN, EM, SUB and ESC.",
    mend="write the key without it",
    facts=("limits.key.forbidden",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    yield from stopped(RULE, run, KEY_CHARACTER, at="key")

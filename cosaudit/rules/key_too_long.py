"""A key that is longer than COS takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.object import KEY_LONG
from cosaudit.model import Severity
from cosaudit.rules._objects import stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="key-too-long",
    title="a key that is longer than COS takes",
    severity=Severity.HIGH,
    gate="object",
    why="A key has at most 850 bytes in UTF-8: an English letter is one, a Chinese character three.",
    mend="shorten the key, or the `length` that a placeholder is declared with",
    facts=("limits.key.length-max",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    yield from stopped(RULE, run, KEY_LONG, at="key")

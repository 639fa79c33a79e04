"""A name that stands twice in one mapping of a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import odd
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-repeated-name",
    title="a name that stands twice: the first one is lost",
    severity=Severity.HIGH,
    gate="session",
    why="Readers of JSON keep the last of two equal names: a statement or a condition that was written is not there.",
    mend="give each name once: all statements in one list, all keys of an operator in one block",
    facts=("cam.document.statements",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per second name."""
    yield from odd(RULE, run, "duplicate-key")

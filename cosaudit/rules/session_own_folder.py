"""A key that reaches other keys beside those of its uploads, in the same folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import beyond
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="session-own-folder",
    title="a key that reaches other keys beside those of its uploads, in the same folder",
    severity=Severity.INFO,
    gate="session",
    why="The folder is the user's own; only exact names are tighter.",
    mend="name the keys exactly if that matters",
    facts=("cam.session.intersection",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

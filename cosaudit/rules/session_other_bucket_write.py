"""A key that writes into buckets that no upload uses."""

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
    id="session-other-bucket-write",
    title="a key that writes into buckets that no upload uses",
    severity=Severity.CRITICAL,
    gate="session",
    why="One stolen key changes the files of every bucket of the account.",
    mend="name the bucket in the resource",
    facts=("cam.session.intersection", "cam.resource.any"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per element of a policy to narrow."""
    yield from beyond(RULE, run)

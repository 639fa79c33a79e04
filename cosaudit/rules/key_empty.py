"""A key that is empty when it reaches COS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.object import KEY_EMPTY
from cosaudit.model import Severity
from cosaudit.rules._objects import stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="key-empty",
    title="a key that is empty when it reaches COS",
    severity=Severity.HIGH,
    gate="object",
    why="SDKs take a leading slash away, so the key `/` is none; a PUT or GET without a key is about the bucket.",
    mend="give the object a name",
    facts=("limits.key.length-max", "sdk.cos-wx-sdk-v5.keys"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    yield from stopped(RULE, run, KEY_EMPTY, at="key")

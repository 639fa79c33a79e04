"""A key that begins with a slash or a backslash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.object import KEY_START
from cosaudit.model import Severity
from cosaudit.rules._objects import stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="key-leading-slash",
    title="a key that begins with a slash or a backslash",
    severity=Severity.HIGH,
    gate="object",
    why="COS takes no key that begins with `/` or `\\`. SDKs take one leading slash away (the requests of an upload in "
    "parts two, some versions none), code without an SDK sends it.",
    mend="write the key without it",
    facts=("limits.key.first-character", "sdk.cos-wx-sdk-v5.keys"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    yield from stopped(RULE, run, KEY_START, at="key")

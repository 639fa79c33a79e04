"""Files that WeChat does not read in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.object import READ_TOO_LARGE
from cosaudit.model import Severity
from cosaudit.rules._objects import stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="file-too-large-to-read",
    title="files that WeChat does not read in one piece",
    severity=Severity.HIGH,
    gate="object",
    why="A PUT of the SDK reads the whole file into memory first, and FileSystemManager.readFile takes 100 MB at most. "
    "An upload in parts reads pieces, and a form lets WeChat itself read the file.",
    mend="lower `SliceSize`, so that larger files go in parts, or leave `SimpleUploadMethod` at postObject",
    facts=("wechat.limit.read-file-size",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    yield from stopped(RULE, run, READ_TOO_LARGE, at="max_size", option="SliceSize", phone="errno 1300202")

"""Files that are larger than wx.downloadFile takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.object import DOWNLOAD_TOO_LARGE
from cosaudit.model import Severity
from cosaudit.rules._objects import stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="download-too-large",
    title="files that are larger than wx.downloadFile takes",
    severity=Severity.HIGH,
    gate="object",
    why="wx.downloadFile takes files of 200 MB at most.",
    mend="read large files in ranges (`getObject` with a `Range` header), or open them outside the Mini Program",
    facts=("wechat.limit.download-size",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    yield from stopped(RULE, run, DOWNLOAD_TOO_LARGE, at="max_size")

"""Files that are larger than COS takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.object import TOO_LARGE
from cosaudit.model import Severity
from cosaudit.rules._objects import stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="object-too-large",
    title="files that are larger than COS takes in one request",
    severity=Severity.HIGH,
    gate="object",
    why="A form and a PUT take 5 GB; only an upload in parts takes more, and at most 10,000 parts of 5 GB.",
    mend="send large files in parts (`uploadFile` or `sliceUploadFile` of the SDK), lower `SliceSize`, or refuse them "
    "before they are sent and say so in `max_size`",
    facts=("limits.post.size-max", "limits.put.size-max", "limits.multipart.object-max"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    yield from stopped(RULE, run, TOO_LARGE, at="max_size", option="SliceSize")

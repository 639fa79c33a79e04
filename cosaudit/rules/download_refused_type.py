"""A file that this domain does not give out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.object import REFUSED_TYPE
from cosaudit.model import Severity
from cosaudit.rules._objects import stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="download-refused-type",
    title="a file that this domain does not give out",
    severity=Severity.HIGH,
    gate="object",
    why="Buckets created after 2024-01-01 refuse to give out .apk and .ipa files on their default domains (the "
    "bucket's own, the website's, the acceleration domain): DownloadForbidden. Uploads are not refused.",
    mend="give such files out on a domain of your own that is bound to the bucket",
    facts=("cos.default-host.download-refused",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    yield from stopped(RULE, run, REFUSED_TYPE, at="key", phone="DownloadForbidden")

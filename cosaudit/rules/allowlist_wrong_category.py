"""An entry stands in a list where nothing needs it, and lacks in the list where something does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, cos_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="allowlist-wrong-category",
    title="an entry in the wrong WeChat domain list",
    severity=Severity.LOW,
    gate="platform",
    why="Each API is checked against its own list: wx.uploadFile against uploadFile, wx.request against request, "
    "wx.downloadFile against downloadFile. An entry in another list does not help.",
    mend="move the entry to the list of the API that calls it",
    facts=("wechat.domain.exact", "wechat.api.upload-file", "wechat.api.request", "wechat.api.download-file"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per entry that another list lacks."""
    for client, category, entry, _, origin, lacking in cos_entries(run):
        if lacking:
            where = " and ".join(lacking)
            yield RULE.finding(
                f"{origin} stands in the {category} list, where nothing asks for it; it belongs in {where}",
                at=entry.place,
                fix=f"move {entry.text} from {category} to {where}",
                identity=(client.name, category, entry.text),
                client=client,
                changes=((category, "?", entry.text), *[(other, "+", origin) for other in lacking]),
                note=f"belongs in {where}",
            )

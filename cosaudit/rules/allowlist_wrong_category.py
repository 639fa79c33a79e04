"""An entry stands in a list where nothing needs it, and lacks in the list where something does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.allowlists import entry_for
from cosaudit.model import Severity
from cosaudit.rules.allowlist_missing import NOT_LISTED
from cosaudit.rules.base import Rule, cos_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Client, Finding, Request
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
    found = [one for one in cos_entries(run) if one.lacking]
    if not found:
        return
    refused: dict[tuple[str, str | None], list[Request]] = {}
    for request, _ in run.having("platform", *NOT_LISTED):
        if request.api is not None:
            refused.setdefault((request.api.value, entry_for(request)), []).append(request)
    for one, entry, _, origin, lacking in found:
        where = " and ".join(lacking)
        boxes = {box for client in one.clients for box in _boxes(client)}
        requests = [
            request
            for other in lacking
            for request in refused.get((other, origin), ())
            if not boxes.isdisjoint(_boxes(request.client))
        ]
        yield RULE.finding(
            f"{origin} stands in the {one.named}, where nothing asks for it; it belongs in {where}",
            at=entry.place,
            fix=f"move {entry.text} from {one.category} to {where}",
            identity=one.identity(entry.text),
            client=requests[0].client if requests else one.clients[0],
            requests=requests,
            changes=((one.category, "?", entry.text), *[(other, "+", origin) for other in lacking]),
            note=f"belongs in {where}",
        )


def _boxes(client: Client) -> tuple[object, ...]:
    """The client and its AppID: what has one of these in common has the same boxes."""
    return (client.index,) if client.appid is None else (client.index, client.appid.lower())

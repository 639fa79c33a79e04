"""A form upload of files for which no source says surely that WeChat sends them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cosaudit.gates.object import of_sizes
from cosaudit.model import Api, Severity, bytes_text
from cosaudit.rules.base import Rule, called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="upload-size-unproven",
    title="files of a size that wx.uploadFile may not send",
    severity=Severity.INFO,
    gate="object",
    confidence="tentative",
    why="One page of WeChat's says that wx.uploadFile sends 10 MB at most; the description of the API names no limit, "
    "and larger files are reported to pass. Nobody settled it.",
    mend="try the largest file on a phone, or send files over 10 MB in parts (`uploadFile` of the SDK)",
    facts=("wechat.limit.upload-size",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload whose described sizes reach above it."""
    for block, _ in run.blocks:
        transfer = block.transfer
        if transfer is None or transfer.max_size is None or block.client.platform != "wechat-miniprogram":
            continue
        large = [
            block.request(shape)
            for shape in block.shapes
            if shape.api is Api.UPLOAD_FILE and (of_sizes(transfer, shape)[1] or 0) > _unproven()
        ]
        if large:
            most = bytes_text(transfer.max_size)
            yield RULE.finding(
                f"{called(large)}: files have up to {most}, and whether wx.uploadFile sends more than "
                f"{bytes_text(_unproven())} is not sure",
                at=transfer.at.place("max_size"),
                fix=RULE.mend,
                identity=(block.client.name, transfer.name),
                client=block.client,
                requests=large,
            )


@cache
def _unproven() -> int:
    from cosaudit.data import fact

    return int(fact("wechat.limit.upload-size").value)

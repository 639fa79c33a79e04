"""The SDK will switch to the backup domain when the network fails, and the WeChat list does not name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.allowlist_missing import finding, missing
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="backup-host-missing",
    title="the backup domain of AutoSwitchHost is outside the WeChat domain list",
    severity=Severity.MEDIUM,
    gate="platform",
    why="With AutoSwitchHost the SDK turns to *.tencentcos.cn when the network fails. When that host is not listed, "
    "the retry that should save the upload fails with `url not in domain list`.",
    mend="enter the backup domain too, or leave AutoSwitchHost off",
    facts=("cos.host.backup", "wechat.domain.exact"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per list and backup domain that lacks."""
    for one, entry, items in missing(run, backup=True):
        yield finding(RULE, run, one, entry, items)

"""An entry that can never match any request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, lists
from cosaudit.wechat.entries import PROBLEMS, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="allowlist-never-matches",
    title="an entry that can never match",
    severity=Severity.LOW,
    gate="platform",
    why="WeChat compares whole https origins. A wildcard, an http URL, an IP address or a text that is no URL lets no "
    "request through, and whoever wrote it counts on it.",
    mend="write each origin out as `https://host`, or remove the entry",
    facts=("wechat.domain.no-wildcard", "wechat.domain.https", "wechat.domain.no-ip", "wechat.entry.syntax"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per entry."""
    for one in lists(run).values():
        for entry in one.entries:
            parsed = parse_entry(entry.text)
            if not parsed.never or parsed.problem is None:
                continue
            instead = f"; enter {parsed.instead} instead" if parsed.instead else ""
            yield RULE.finding(
                f"`{entry.text}` in the {one.named} matches no request: {PROBLEMS[parsed.problem].says}",
                at=entry.place,
                fix=f"remove {entry.text}{instead}",
                identity=one.identity(entry.text),
                client=one.clients[0],
                changes=((one.category, "-", entry.text),),
                note=PROBLEMS[parsed.problem].says,
            )

"""A list has more entries than WeChat takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, lists
from cosaudit.wechat import entries as limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="allowlist-too-long",
    title="more entries than a WeChat domain list takes",
    severity=Severity.HIGH,
    gate="platform",
    why="The console refuses a list that is too long, so that the last entries are never in force.",
    mend="remove what nothing uses, or bring buckets under fewer custom domains",
    facts=("wechat.domain.limit",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per list."""
    for client, category, entries in lists(run):
        if len(entries) <= 20 or len(entries) <= limits.LIMIT:  # no list takes fewer than 20: saves reading the data
            continue
        over = entries[limits.LIMIT]
        yield RULE.finding(
            f"the {category} list has {len(entries)} entries, and WeChat takes {limits.LIMIT}",
            at=over.place,
            fix=f"remove {len(entries) - limits.LIMIT} entries",
            identity=(client.name, category),
            client=client,
            note=f"entry number {limits.LIMIT + 1}",
        )

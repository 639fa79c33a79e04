"""A COS host in the WeChat domain list that no flow needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.allowlists import dead_entries
from cosaudit.model import Form, Severity
from cosaudit.rules.base import Rule, cos_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="allowlist-unused-cos-host",
    title="a COS host in the WeChat domain list that nothing uses",
    severity=Severity.LOW,
    gate="platform",
    why="Most often it is the bucket in another region or an old bucket: whoever entered it believes that uploads go "
    "there. Entries that are no COS hosts are your own affair and never reported.",
    mend="remove the entry once no released version uses it, or describe what uses it",
    facts=("wechat.domain.exact", "cos.bucket.unique"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per entry."""
    for one, entry, form, _, lacking in cos_entries(run):
        if lacking or form in (Form.REGIONAL, Form.LEGACY_REGIONAL):
            continue
        reason = dead_entries((entry.text,), run.inventory).get(entry.text)
        what = f"it is dead: {reason}" if reason else "no upload, download or endpoint uses it there"
        yield RULE.finding(
            f"`{entry.text}` in the {one.named}: {what}",
            at=entry.place,
            fix=f"remove {entry.text}" + ("" if reason else " once no released version uses it"),
            identity=one.identity(entry.text),
            client=one.clients[0],
            confidence="certain" if reason else "firm",
            changes=((one.category, "-" if reason else "?", entry.text),),
            note=reason or "",
        )

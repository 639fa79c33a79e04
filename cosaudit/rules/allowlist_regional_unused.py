"""The regional COS domain is listed although nothing uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Form, Severity
from cosaudit.rules.base import Rule, cos_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="allowlist-regional-unused",
    title="the regional COS domain is listed although nothing uses it",
    severity=Severity.LOW,
    gate="platform",
    why="The regional domain reaches every bucket of the region, anybody's. The list binds our own code, not an "
    "attacker, but it lets that code send to all of them; and people who enter it often believe that it covers "
    "the buckets' own domains, which it does not.",
    mend="remove it once no released version sends to it",
    facts=("cos.host.regional", "wechat.domain.no-parent"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per entry."""
    for one, entry, form, origin, lacking in cos_entries(run):
        if form in (Form.REGIONAL, Form.LEGACY_REGIONAL) and not lacking:
            yield RULE.finding(
                f"`{entry.text}` in the {one.named} opens every bucket of the region, and nothing uses it there",
                at=entry.place,
                fix=f"remove {entry.text} once no released version uses it",
                identity=one.identity(entry.text),
                client=one.clients[0],
                witness={"api": one.category, "method": None, "url": f"{origin}/<any-bucket>/<any-key>"},
                changes=((one.category, "?", entry.text),),
            )

"""A key service that lets the client name bucket, prefix or key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="session-scope-from-client",
    title="a key service that lets the client name bucket, prefix or key",
    severity=Severity.CRITICAL,
    gate="session",
    why="The caller chooses his own rights: `*` as the prefix opens everything that the server's own key may do.",
    mend="take bucket, prefix and key from the login on the server",
    facts=("sts.served.scope",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session whose client names what it may do."""
    for session in run.inventory.sessions:
        if session.served is not None and session.served.scope_from == "client":
            where = f"`{session.served.url}`" if session.served.url else "the key service"
            yield of_session(
                RULE,
                session,
                message=f"{where} takes bucket, prefix or key from the client: with the prefix `*` it opens all of it",
                at=session.served.at.place("scope_from"),
                identity=(session.name,),
                fix=RULE.mend,
                witness={"api": "request", "method": None, "url": session.served.url, "send": "prefix=*"},
            )

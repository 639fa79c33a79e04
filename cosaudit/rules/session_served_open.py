"""A key service without login."""

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
    id="session-served-open",
    title="a key service without login",
    severity=Severity.HIGH,
    gate="session",
    why="Anybody who knows the address gets a key, without the program.",
    mend="check the login before a key is made",
    facts=("sts.served.login",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session whose key anybody gets."""
    for session in run.inventory.sessions:
        if session.served is not None and session.served.login == "none":
            where = f"`{session.served.url}`" if session.served.url else "the key service"
            yield of_session(
                RULE,
                session,
                message=f"{where} gives keys of `{session.name}` to whoever asks",
                at=session.served.at.place("login"),
                identity=(session.name,),
                fix=RULE.mend,
                witness={"api": "request", "method": None, "url": session.served.url},
            )

"""A key that lives longer than STS gives unless asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Outcome, Severity
from cosaudit.rules._keys import of_session
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="session-duration-long",
    title="a key that lives longer than STS gives unless asked",
    severity=Severity.LOW,
    gate="session",
    why="A stolen key works until it dies; the SDKs fetch a new one by themselves.",
    mend="leave `duration` out: the default is enough for an upload to begin, and the SDK renews it",
    facts=("sts.duration.federation-root",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session with a longer life than the default; one that STS refuses is told as that."""
    for session in run.inventory.sessions:
        if session.duration is None:
            continue
        from cosaudit.cos.sts import duration_limits
        from cosaudit.gates.session import refusal

        refused = refusal(session._replace(quirks=(), policy=None))  # the duration alone
        if refused is not None and refused.outcome is Outcome.BLOCKED:
            continue
        default, _ = duration_limits(session.api, session.issuer.kind if session.issuer is not None else None)
        if session.duration > default:
            yield of_session(
                RULE,
                session,
                message=f"keys of `{session.name}` live {session.duration} seconds; {session.api} gives {default}",
                at=session.at.place("duration"),
                identity=(session.name,),
                fix=RULE.mend,
            )

"""A key that STS does not make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Outcome, Severity
from cosaudit.rules._keys import blocked_by, no_key
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding, Place, Session, Verdict
    from cosaudit.run import Run

RULE = Rule(
    id="session-sts-refuses",
    title="a key that STS does not make",
    severity=Severity.HIGH,
    gate="session",
    why="Where STS refuses the call there is no key, and no upload at all.",
    mend="give the helper what it lacks; name resources of one account; leave `duration` out, or ask for no more than "
    "STS gives",
    facts=("sts.duration.maximum", "sts.grant-other"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session, whether an upload names it or not, with all that it stops."""
    affected = {
        session.index: tuple([request for request, _ in items])
        for session, _, items in blocked_by(run, "session", "sts-refuses")
    }
    for session in run.inventory.sessions:
        of_one = session.policy is None or len(session.policy.accounts) < 2
        if session.duration is None and not session.quirks and of_one:
            continue
        from cosaudit.gates.session import REFUSED, refusal

        verdict = refusal(session)
        if verdict is not None and verdict.code == REFUSED and verdict.outcome is Outcome.BLOCKED:
            requests = affected.get(session.index, ())
            yield no_key(RULE, session, "session", verdict.code, verdict, _place(session, verdict), requests)


def _place(session: Session, verdict: Verdict) -> Place:
    """What a person mends: the helper that makes no policy, another account's resource, the life that is asked for."""
    if verdict.fact == "sts.grant-other":
        place: Place = session.policy.accounts[1][1]
        return place
    from cosaudit.cos.sts import NO_POLICY

    helper = any(code in NO_POLICY for code, _, _ in session.quirks)
    return session.at.place("helper" if helper else "duration")

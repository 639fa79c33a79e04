"""A key that lives longer than STS gives unless asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Outcome, Severity, bytes_text
from cosaudit.rules._keys import UPLOADS, of_session
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
    facts=("cosaudit.duration.small-upload", "sts.duration.federation-root"),
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
                message=f"keys of `{session.name}` live {session.duration} seconds; {session.api} gives {default}"
                f"{_needed(session.index, run)}",
                at=session.at.place("duration"),
                identity=(session.name,),
                fix=RULE.mend,
            )


def _needed(session: int, run: Run) -> str:
    """What its uploads need, where they are small and of one request each; nothing is known of how fast phones send."""
    from cosaudit import data

    most = data.facts_of("cosaudit")["cosaudit.duration.small-upload"].value
    largest = 0
    for block, _ in run.blocks:
        transfer = block.transfer
        if transfer is None or transfer.session != session:
            continue
        actions = {shape.action.removeprefix("name/") for shape in block.shapes}
        if transfer.max_size is None or transfer.max_size > most or not actions <= set(UPLOADS):
            return ""
        largest = max(largest, transfer.max_size)
    return f", and minutes are enough: each upload is one request of at most {bytes_text(largest)}" if largest else ""

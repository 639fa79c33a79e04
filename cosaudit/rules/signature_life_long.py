"""A signature that a server makes for longer than any official signer does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Auth, Severity
from cosaudit.rules._signed import of_server
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="signature-life-long",
    title="a signature that is valid for long",
    severity=Severity.LOW,
    gate="signature",
    why="Whoever holds a signature may use it, again and again, until it ends.",
    mend="sign for some minutes, when the upload is about to begin",
    facts=("cos.signature.life",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    for block, transfer, signed in of_server(run):
        seconds = signed.get("valid_for")
        if seconds is None:
            continue
        from cosaudit import data

        usual = max(data.fact("cos.signature.life").value.values())
        session = run.inventory.sessions[transfer.session] if transfer.session is not None else None
        if transfer.auth is Auth.SERVER_TEMPORARY and session is not None and session.duration is not None:
            seconds = min(seconds, session.duration)  # it ends with its key
        if seconds <= usual:
            continue
        request = block.request(block.shapes[0])
        yield RULE.finding(
            f"`{transfer.name}`: a signature is valid for {seconds} seconds; the official signers give {usual} at most "
            "unless asked",
            at=transfer.at.place("signature", "valid_for"),
            fix=RULE.mend,
            identity=(transfer.name,),
            client=request.client,
            requests=(request,),
        )

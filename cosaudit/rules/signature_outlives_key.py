"""A signature that is promised for longer than its key lives."""

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
    id="signature-outlives-key",
    title="a signature that is promised for longer than its key lives",
    severity=Severity.LOW,
    gate="signature",
    why="A signature made with a temporary key ends with the key: what is sent later gets 400 ExpiredToken, though the "
    "server said that the signature is valid.",
    mend="sign for no longer than the key lives, or ask STS for a longer one",
    facts=("cos.signature.life",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload or download."""
    for block, transfer, signed in of_server(run):
        seconds = signed.get("valid_for")
        if seconds is None or transfer.auth is not Auth.SERVER_TEMPORARY or transfer.session is None:
            continue
        duration = run.inventory.sessions[transfer.session].duration
        if duration is None or seconds <= duration:
            continue
        request = block.request(block.shapes[0])
        yield RULE.finding(
            f"`{transfer.name}`: the signature is said to be valid for {seconds} seconds, "
            f"and its key ends after {duration}",
            at=transfer.at.place("signature", "valid_for"),
            fix=RULE.mend,
            identity=(transfer.name,),
            client=request.client,
            requests=(request,),
        )

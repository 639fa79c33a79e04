"""A client can add headers to an upload that a server signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import PUT, of_server, request_of
from cosaudit.rules.base import Rule, witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="signed-headers-free",
    title="headers that a client can add to a signed upload",
    severity=Severity.INFO,
    gate="signature",
    why="A signature covers the headers that it lists and no others. Whoever holds it may add one that publishes "
    "the file, tags it, or has COS call a URL.",
    mend="if that matters, sign the header with a harmless value, which the client then has to send, or switch on "
    "strict signature mode for it",
    facts=("cos.signature.unsigned", "cos.signature.unsigned-headers", "cos.signature.strict"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload that says which headers are signed."""
    for block, transfer, signed in of_server(run):
        request, listed = request_of(block, PUT), signed.get("headers")
        if request is None or listed is None or request.bucket is None or request.bucket.strict_signature is True:
            continue
        from cosaudit import data

        covered = {name.lower() for name in listed}
        effects = data.fact("cos.signature.unsigned-headers").value
        free = [name for name in effects if name not in covered]
        if not free:
            continue
        does = ", ".join([f"`{name}` {effects[name]}" for name in free])
        header = f"{free[0]}: public-read" if free[0] == "x-cos-acl" else free[0]
        yield RULE.finding(
            f"`{transfer.name}`: the signature leaves headers of the upload free: {does}",
            at=transfer.at.place("signature", "headers"),
            fix=RULE.mend,
            identity=(transfer.name,),
            client=request.client,
            requests=(request,),
            stops=False,
            witness={**witness_of(request), "header": header},
        )

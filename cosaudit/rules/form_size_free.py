"""A form that a server signs takes larger files than the upload has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity, bytes_text
from cosaudit.rules._signed import POST, of_server, request_of
from cosaudit.rules.base import Rule, witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="form-size-free",
    title="a signed form for larger files",
    severity=Severity.LOW,
    gate="signature",
    why="Without a content-length-range in the policy a form takes what COS takes, 5 GB. What the client checks, "
    "whoever holds the form need not.",
    mend="add `[\"content-length-range\", 1, BYTES]` to the conditions, with the largest size that the upload needs",
    facts=("cos.signature.form-conditions", "limits.post.size-max"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload that says how large its files are."""
    for block, transfer, signed in of_server(run):
        policy, request = signed.get("form_policy"), request_of(block, POST)
        if policy is None or request is None:
            continue

        if transfer.max_size is None:
            continue  # nothing says how large the files of this upload are
        from cosaudit import data
        from cosaudit.cos.form_policy import left_free

        limit = data.fact("limits.post.size-max").value
        most = min(left_free(policy).most or limit, limit)
        if most <= transfer.max_size:
            continue
        place = next((one.place for one in policy.conditions if one.operator == "content-length-range"), None)
        said = "and has no content-length-range" if place is None else "by its content-length-range"
        yield RULE.finding(
            f"`{transfer.name}`: the form takes files of {bytes_text(most)}, {said}; the upload needs "
            f"{bytes_text(transfer.max_size)}",
            at=place or policy.place,
            fix=RULE.mend.replace("BYTES", str(transfer.max_size)),
            identity=(transfer.name,),
            client=request.client,
            requests=(request,),
            stops=False,
            witness={**witness_of(request), "size": str(most)},
        )

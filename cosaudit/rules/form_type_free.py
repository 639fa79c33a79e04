"""A form that a server signs takes files of other types than the upload has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Part, Severity
from cosaudit.rules._signed import POST, of_server, request_of
from cosaudit.rules.base import Rule, witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="form-type-free",
    title="a signed form for other content types",
    severity=Severity.LOW,
    gate="signature",
    why="The form field Content-Type decides how a browser shows the file. A page of HTML with scripts, stored "
    "under your domain, runs there.",
    mend="add a condition on `$Content-Type` to the policy",
    facts=("cos.signature.form-policy", "cos.signature.form-conditions"),
)

#: A type that runs scripts.
HTML = "text/html"


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    for block, transfer, signed in of_server(run):
        policy, request = signed.get("form_policy"), request_of(block, POST)
        if policy is None or request is None:
            continue
        from cosaudit.cos.form_policy import Holds, begins, left_free

        left = left_free(policy).fields["type"]
        html = begins((Part(HTML, False),), left.value)
        if left.kind in ("fixed", "nothing") or (left.kind == "prefix" and html is not Holds.YES):
            continue
        needs = f"; the upload needs `{transfer.content_type}`" if transfer.content_type is not None else ""
        found = RULE.finding(
            f"`{transfer.name}`: the form may carry `Content-Type: {HTML}`{needs}",
            at=next((one.place for one in policy.on("content-type")), policy.place),
            fix=RULE.mend,
            identity=(transfer.name,),
            client=request.client,
            requests=(request,),
            stops=False,
            witness={**witness_of(request), "form": f"Content-Type={HTML}"},
        )
        # where nothing says of what type the files are, any may be what is wanted
        yield found if transfer.content_type is not None else found._replace(severity=Severity.INFO)

"""A form that a server signs lets its holder publish the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import POST, of_server, request_of
from cosaudit.rules.base import Rule, witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="form-acl-free",
    title="a signed form whose holder may publish the file",
    severity=Severity.INFO,
    gate="signature",
    why="A form field that no condition names is not restricted: `acl: public-read` makes the file readable for "
    "everybody.",
    mend="if files must stay private, add the condition `{\"acl\": \"default\"}` to the policy, and send that field",
    facts=("cos.signature.form-policy",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    for block, transfer, signed in of_server(run):
        policy, request = signed.get("form_policy"), request_of(block, POST)
        if policy is None or request is None:
            continue

        from cosaudit.cos.form_policy import left_free

        if left_free(policy).fields["acl"].kind in ("fixed", "nothing"):
            continue
        yield RULE.finding(
            f"`{transfer.name}`: the form may carry `acl: public-read`",
            at=policy.place,
            fix=RULE.mend,
            identity=(transfer.name,),
            client=request.client,
            requests=(request,),
            stops=False,
            witness={**witness_of(request), "form": "acl=public-read"},
        )

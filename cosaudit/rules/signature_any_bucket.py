"""A signature that is good for other buckets too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import is_permanent, of_server
from cosaudit.rules.base import Rule, witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="signature-any-bucket",
    title="a signature for any bucket",
    severity=Severity.MEDIUM,
    gate="signature",
    why="A signature that does not cover the host, and a form policy without a condition on the bucket, fit every "
    "bucket that the key may write to. With a permanent key that is usually every bucket of the account.",
    mend="sign the header Host; in a form policy add a condition on `bucket`",
    facts=("cos.signature.host", "cos.signature.form-policy", "cos.signature.unsigned"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload that a permanent key signs."""
    for block, transfer, signed in of_server(run):
        if not is_permanent(transfer) or transfer.kind != "uploads":
            continue
        request = block.request(block.shapes[0])
        policy, listed = signed.get("form_policy"), signed.get("headers")
        bucket = request.bucket
        assert bucket is not None
        if policy is not None:
            from cosaudit.cos.form_policy import left_free

            bound = left_free(policy).fields["bucket"].kind in ("fixed", "nothing")
            place, what = policy.place, "the form policy has no condition on the bucket"
        else:
            if listed is None or bucket.strict_signature is True:
                continue  # nothing says what is signed, or the bucket itself asks for more
            bound = "host" in signed or "host" in {name.lower() for name in listed}
            place, what = transfer.at.place("signature", "headers"), "the host is not signed"
        if bound:
            continue
        witness = witness_of(request)
        other = (witness["url"] or "").replace(bucket.name, f"other-{bucket.appid}")
        yield RULE.finding(
            f"`{transfer.name}`: {what}, so the same signature writes to other buckets: {witness['method']} {other}",
            at=place,
            fix=RULE.mend,
            identity=(transfer.name,),
            client=request.client,
            requests=(request,),
            stops=False,
            witness={**witness, "url": other},
        )

"""A bucket policy that COS does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cosaudit.model import Severity
from cosaudit.rules._bucket import of_bucket
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Bucket, Finding, Place
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-policy-too-long",
    title="a bucket policy that COS does not take",
    severity=Severity.MEDIUM,
    gate="bucket",
    why="COS refuses it, and what was there before stays in force.",
    mend="group actions with the same resources and people; parts of a statement go into a second one",
    facts=("bucket.policy.length-max", "bucket.policy.statement.length-max"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per policy that is too long, else per statement."""
    for bucket in {id(one.policy): one for one in reversed(run.inventory.buckets) if one.policy is not None}.values():
        rows = bucket.policy.statements
        if sum([40 + sum([len(one.text) + 5 for one in (*row.actions, *row.resources)]) for row in rows]) < _SHORT:
            continue  # cheap: most are far from any limit, whatever their conditions
        import json

        from cosaudit.data import fact

        def length(value: Any) -> int:
            return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())

        document = bucket.policy.document
        most, each = (int(fact(one).value) for one in RULE.facts)
        if length(document) > most:
            yield _found(bucket, bucket.policy.place, f"has {length(document):,} bytes; COS takes {most:,}", "policy")
            continue
        listed: Any = next((document[name] for name in ("statement", "Statement") if name in document), [])
        for row in rows:
            plain = listed[row.index] if isinstance(listed, list) else listed
            if length(plain) > each:
                what = f"has statement {row.index + 1} of {length(plain):,} bytes; COS takes {each:,}"
                yield _found(bucket, row.place, what, str(row.index))


#: No limit is so low, and shorter texts are not counted byte by byte.
_SHORT = 1000


def _found(bucket: Bucket, at: Place, what: str, which: str) -> Finding:
    message = f"the policy of `{bucket.name}` {what}"
    return of_bucket(RULE, bucket, message=message, at=at, identity=(bucket.name, which), fix=RULE.mend)

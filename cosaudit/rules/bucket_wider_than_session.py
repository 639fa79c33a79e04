"""Files that are read with a key are open to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._bucket import by_source, of_bucket, source, wider
from cosaudit.rules.base import Rule, called, witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="bucket-wider-than-session",
    title="files that are read with a key are open to everybody",
    severity=Severity.MEDIUM,
    gate="bucket",
    why="A key is asked for what anybody may do without one: what the key's policy closes is open.",
    mend="make the bucket private, or allow everybody only the folders that are meant for everybody",
    facts=("bucket.evaluation.union", "cam.evaluation.anonymous"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket, with the download as it is sent without its key."""
    opening = {bucket.index: some[0] for bucket, some in reversed(list(by_source(run, "read")))}
    for bucket, requests in wider(run):
        first = opening.get(bucket.index)
        opener, place = source(bucket, first) if first is not None else ("the ACL of the files", bucket.at.place())
        yield of_bucket(
            RULE,
            bucket,
            message=f"{called(requests)}: signed with a key, and anyone can read it without one ({opener})",
            at=place,
            identity=(bucket.name,),
            fix=RULE.mend,
            requests=tuple(requests),
            witness={**witness_of(requests[0]), "signer": "none"},
        )._replace(affects=())  # the downloads get through

"""A condition that limits less than it seems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-condition-weak",
    title="a condition that limits less than it seems",
    severity=Severity.INFO,
    gate="session",
    why="The holder leaves the header out, or uploads in parts, and the limit is gone.",
    mend="use the plain operator to require the header; forbid multipart to limit the size",
    facts=("cam.condition.absent-key", "cam.condition.content-length"),
)


#: Keys whose header the client may leave out, or choose freely.
_HEADERS = ("cos:content-type", "cos:content-length")


def check(run: Run) -> Iterator[Finding]:
    """One finding per condition of an allow."""
    for subject in policies(run):
        for row in subject.policy.statements:
            for one in row.conditions if row.allow else ():
                found = ""
                if one.if_exist and one.key in _HEADERS:
                    found = f"`{one.written}` passes when the request has no `{one.key.partition(':')[2]}`"
                elif one.key == "cos:content-length" and any(
                    act.pattern is not None and glob(act.pattern, "cos:UploadPart") for act in row.actions
                ):
                    found = "`cos:content-length` limits each part of a multipart upload, not the file"
                if found:
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: {found}",
                        at=one.place,
                        identity=(subject.session.name, subject.gate, str(row.index), one.key),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )

"""A helper that does not do what its arguments say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="session-helper-quirk",
    title="a helper that does not do what its arguments say",
    severity=Severity.INFO,
    gate="session",
    why="What the helper really sends is what the key can do.",
    mend="print the policy that is sent to STS, and describe that one as `policy`",
    facts=("sts.helper.ignores",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per thing that the helper makes of its arguments."""
    for session in run.inventory.sessions:
        for code, found, place in session.quirks:
            from cosaudit.cos.sts import NO_POLICY

            if code in NO_POLICY:
                continue  # told as a key that STS does not make
            yield of_session(
                RULE,
                session,
                message=f"`{session.name}`: {found}",
                at=place,
                identity=(session.name, code),
                fix=RULE.mend,
            )

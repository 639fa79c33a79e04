"""A resource with an empty part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session, policies, shown
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-empty-part",
    title="a resource with an empty part",
    severity=Severity.INFO,
    gate="session",
    why="An empty region is every region, an empty service every product, an empty account that of whoever asks for "
    "the key.",
    mend="name the region, `cos` and `uid/<appid>`",
    facts=("cam.resource.empty-region", "cam.resource.own-account"),
)


#: Segments of a resource that may be empty, by their number, and what that means.
_PARTS = ((2, "service: every product"), (3, "region: every region"), (4, "account: that of whoever asks for the key"))


def check(run: Run) -> Iterator[Finding]:
    """One finding per policy, at its first such resource; what a helper leaves out is told of its arguments."""
    for subject in policies(run):
        if subject.gate == "session" and subject.session.source not in ("policy", "alone"):
            continue
        for resource in [one for row in subject.policy.statements for one in row.resources if one.areas]:
            parts = resource.text.split(":", 5)
            empty = [what for index, what in _PARTS if len(parts) == 6 and not parts[index]]
            if empty:
                yield of_session(
                    RULE,
                    subject.session,
                    message=f"{subject.name}: `{shown(resource.text)}` names no {'; no '.join(empty)}",
                    at=resource.place,
                    identity=(subject.session.name, subject.gate),
                    fix=RULE.mend,
                    gate=subject.gate,
                )
                break

"""A form that no page of the vendor's confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.session import unconfirmed
from cosaudit.model import Severity
from cosaudit.rules._keys import of_session, policies, shown
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-unconfirmed",
    title="a form that no page of the vendor's confirms",
    severity=Severity.INFO,
    gate="session",
    why="Public code does it, and no document says that it works.",
    mend="if uploads with it work on a phone, it works; else name regions and accounts, and end patterns with the `*`",
    facts=("cam.resource.middle-wildcard", "cam.resource.account-wildcard", "cam.resource.region-wildcard"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per resource."""
    for subject in policies(run):
        for row in subject.policy.statements:
            for resource in row.resources:
                found = unconfirmed(resource)
                if found is not None:
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: `{shown(resource.text)}` has {found[1]}",
                        at=resource.place,
                        identity=(subject.session.name, subject.gate, resource.text),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )

"""A form that no page of the vendor's confirms."""

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
    id="policy-unconfirmed",
    title="a form that no page of the vendor's confirms",
    severity=Severity.INFO,
    gate="session",
    why="Public code does it, and no document says that it works.",
    mend="if uploads with it work on a phone, it works; else name regions and accounts, and end patterns with the `*`",
    facts=("cam.resource.middle-wildcard", "cam.resource.account-wildcard"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per resource."""
    for subject in policies(run):
        for row in subject.policy.statements:
            for resource in row.resources:
                found = _unconfirmed(resource.text) if resource.areas else ""
                if found:
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: `{shown(resource.text)}` has {found}",
                        at=resource.place,
                        identity=(subject.session.name, subject.gate, resource.text),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )


def _unconfirmed(text: str) -> str:
    """What no page confirms of a resource, judged as it is written: the old form has its `*` at the end too."""
    if text == "*":
        return ""
    _, _, _, region, account, path = text.split(":", 5)  # what has areas has six segments
    if "*" in path[:-1]:
        return "a `*` before the end of the key"
    if "*" in region:
        return "a `*` for the region, which documents leave empty"
    if "*" in account:
        return "a `*` for the account"
    return ""

"""A resource that matches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import form, of_session, policies, shown
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-resource-dead",
    title="a resource that matches nothing",
    severity=Severity.HIGH,
    gate="session",
    why="The resource is no form that COS knows, so the statement grants nothing there.",
    mend="write `qcs::cos:<region>:uid/<appid>:<bucket>-<appid>/<key or prefix>*`",
    facts=("cam.resource.form", "cam.resource.bucket-without-appid"),
)

#: Oddities of form that make a resource match nothing.
_CODES = ("resource-malformed", "resource-project", "resource-variable")


def check(run: Run) -> Iterator[Finding]:
    """One finding per resource."""
    subjects = list(policies(run))
    if not subjects:
        return
    from cosaudit.excess import dead

    inventory = run.inventory
    for subject in subjects:
        told = {oddity.place for oddity in subject.policy.oddities if oddity.code in _CODES}
        yield from [form(RULE, subject, one) for one in subject.policy.oddities if one.code in _CODES]
        for row in subject.policy.statements:
            for resource in row.resources:
                found = "" if resource.place in told else dead.why(resource, row, inventory.regions, inventory.homes)
                if found:
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: `{shown(resource.text)}`: {found}",
                        at=resource.place,
                        identity=(subject.session.name, subject.gate, resource.text),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )

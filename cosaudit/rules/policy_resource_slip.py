"""A resource that most likely is a slip: no file of the bucket has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session, policies, shown
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Area
    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-resource-slip",
    title="a resource that most likely is a slip",
    severity=Severity.MEDIUM,
    gate="session",
    why="It is written in a form that CAM takes, for files that the bucket does not have.",
    mend="write one slash behind the bucket, and the appid once: `<name>-<appid>/<key>`, or "
    "`prefix//<appid>/<name>/<key>`",
    facts=("cam.resource.double-slash", "cam.resource.legacy-form", "limits.key.first-character"),
)


_TWICE = re.compile(r"-([0-9]+)-\1\Z")


def check(run: Run) -> Iterator[Finding]:
    """One finding per resource."""
    for subject in policies(run):
        for row in subject.policy.statements:
            for resource in row.resources:
                reasons = [_slip(one, run) for one in resource.areas]
                if reasons and all(reasons):
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: `{shown(resource.text)}`: {reasons[0]}",
                        at=resource.place,
                        identity=(subject.session.name, subject.gate, resource.text),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )


def _slip(one: Area, run: Run) -> str:
    """Why an area is most likely a slip; empty for what may be meant."""
    bucket, slash, key = one.path.partition("/")
    if one.service != "cos" or not slash:
        return ""
    if _TWICE.search(bucket) is not None and bucket not in run.inventory.homes:
        return f"the appid stands twice in the bucket's name, `{shown(bucket)}`"
    from cosaudit import data

    first = data.facts_of("limits")["limits.key.first-character"].value
    if key[:1] and key[0] in first:
        return f"the key begins with `{key[0]}`, and no file's does"
    return ""

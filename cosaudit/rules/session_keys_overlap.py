"""Keys of two users that are the same."""

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
    id="session-keys-overlap",
    title="keys of two users that are the same",
    severity=Severity.CRITICAL,
    gate="session",
    why="Where nothing ends the user's part of a key, what one user may write is also a file of another.",
    mend="put a slash behind the user's part of the key, and into the resource",
    facts=("cam.resource.path",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload whose key does not tell users apart."""
    if not any(session.policy is not None for session in run.inventory.sessions):
        return
    from cosaudit import excess
    from cosaudit.excess.users import overlapping

    for index, needed in excess.needs(run).items():
        session = run.inventory.sessions[index]
        written = {need.resource: need for need in needed if need.capability in excess.WRITES}
        for resource, need in written.items():
            found = overlapping(resource, resource, run.inventory.placeholders)
            if found is None:
                continue
            key, (first, second) = found
            path = key.split(":", 3)[3].partition("/")[2]
            transfer = next(one for one in run.inventory.transfers if one.name == need.flow)
            yield of_session(
                RULE,
                session,
                message=f'`{need.flow}`: the key `{path}` is one of user "{first}" and one of user "{second}"',
                at=transfer.at.place("key"),
                identity=(session.name, need.flow),
                fix=RULE.mend,
                witness={
                    "api": None,
                    "method": None,
                    "url": None,
                    "action": f"name/{need.action}",
                    "resource": f"qcs::{key}",
                },
            )

"""A listing whose prefix shows files of another user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session
from cosaudit.rules.base import Rule, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cosaudit.excess import Need, Targets
    from cosaudit.excess.users import Crossing
    from cosaudit.model import Finding, Placeholder
    from cosaudit.run import Run

RULE = Rule(
    id="session-prefix-overlap",
    title="a listing whose prefix shows files of another user",
    severity=Severity.HIGH,
    gate="session",
    why="A listing shows every key that begins with its prefix: without a slash user ab's too, where a's are meant.",
    mend="put a slash behind the user's part of the prefix that is listed, and into the resource",
    facts=("cam.resource.list-prefix", "cam.resource.path"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per listing that is for one user, by its key, and shows the files of another."""
    if not any(session.policy is not None for session in run.inventory.sessions):
        return
    from cosaudit import excess
    from cosaudit.excess.users import identities

    placeholders = run.inventory.placeholders
    listings = []
    for index, needed in excess.needs(run).items():
        for need in needed:
            users = identities(need.resource, placeholders) if need.capability == "list" else []
            # what the phone chooses is told as that
            if users and not any(user.source == "client" and user.alphabet is None for user in users):
                listings.append((index, need))
    if not listings:
        return
    everyone = excess.everyone(run)
    transfers = {one.name: one for one in reversed(run.inventory.transfers)}
    for index, need in listings:
        found = _crossed(need, everyone, placeholders)
        if found is None:
            continue
        session = run.inventory.sessions[index]
        holder, other = found.users
        shown = (found.shows or "").split(":", 3)[-1].partition("/")[2]
        prefix = found.text.split(":", 3)[-1].partition("/")[2]
        yield of_session(
            RULE,
            session,
            message=f'{words([need.flow])}: the list of user "{holder}", of the prefix `{prefix}`, shows the key '
            f'`{shown}` of user "{other}"',
            at=transfers[need.flow].at.place("key"),
            identity=(session.name, need.flow),
            fix=RULE.mend,
            witness={
                "api": None,
                "method": None,
                "url": None,
                "action": f"name/{need.action}",
                "resource": f"qcs::{found.text}",
                "key": shown,
                "user": holder,
                "other_user": other,
            },
        )


def _crossed(need: Need, everyone: Targets, placeholders: Mapping[str, Placeholder]) -> Crossing | None:
    """A file of another user that a listing shows; None where there is none, or where it is too hard to tell."""
    from cosaudit.cam.pattern import Work
    from cosaudit.cam.policy import Area
    from cosaudit.excess import smallest
    from cosaudit.excess.users import Crossing, listing

    one = need.resource
    area = Area(one.service, one.region, one.account, smallest(one.path))
    work = Work()
    for target in everyone.near([area]):
        found = listing([(area, True)], target, (), placeholders, (), work)
        if isinstance(found, Crossing):
            return found
    return None

"""An Inventory of one policy and nothing else, for whoever reads a policy without a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Inventory, Place, Placeholder, Session

if TYPE_CHECKING:
    from cosaudit.cam.policy import Policy


class _Here:
    """Everything stands where the policy stands."""

    def __init__(self, found: Place) -> None:
        self.found = found

    def place(self, *path: str | int) -> Place:
        return self.found


def alone(policy: Policy, name: str) -> Inventory:
    """A configuration that only has a session with this policy, called by a name."""
    at = _Here(policy.place)
    session = Session(
        name=name,
        policy=policy,
        source="alone",
        helper=None,
        api="GetFederationToken",
        duration=None,
        served=None,
        issuer=None,
        owner=None,
        index=0,
        at=at,
    )
    return Inventory(
        source=name,
        regions=(),
        buckets=(),
        clients=(),
        transfers=(),
        sessions=(session,),
        placeholders={
            name: Placeholder(name, True, None, None, 1, None, declared=False, place=None)
            for name in policy.placeholders
        },
        described=frozenset(),
        policy=None,
        at=at,
        assumptions=(),
        assumed_client=False,
        homes={},
    )

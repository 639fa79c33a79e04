"""An Inventory of one policy and nothing else, for whoever reads a policy without a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Bucket, Inventory, Place, Placeholder, Session

if TYPE_CHECKING:
    from cosaudit.cam.policy import Policy

#: The bucket of a policy that names none.
_BUCKET, _REGION = "examplebucket-1250000000", "ap-guangzhou"


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


def alone_bucket(policy: Policy, name: str) -> Inventory:
    """A configuration that only has the bucket whose policy this is: the first one that its resources name."""
    from cosaudit.config.bucket import literal
    from cosaudit.cos.names import parsed

    policy = literal(policy)
    bucket, region = _BUCKET, _REGION
    for area in [area for row in policy.statements for one in row.resources for area in one.areas]:
        found = area.path.partition("/")[0]
        if parsed(found) is not None:
            bucket, region = found, area.region if "*" not in area.region else _REGION
            break
    at = _Here(policy.place)
    made = Bucket(bucket, region, None, None, None, policy, None, None, None, None, None, None, -1, at)
    empty = policy._replace(statements=())
    return alone(empty, name)._replace(sessions=(), buckets=(made,), homes={bucket: region})

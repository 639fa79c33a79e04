"""The gates: each module says of one request whether its gate lets it through, three-valued, with reason and fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates import address, bucket, issuer, platform, preflight, response, session, signature
from cosaudit.gates import object as object_
from cosaudit.model import GATES, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from cosaudit.model import Inventory, Request

#: Gate → its judge. Those that are not built yet are judged by `later`, which says so.
JUDGES: dict[str, Callable[[Request, Inventory], Verdict]] = {
    "platform": platform.judge,
    "preflight": preflight.judge,
    "address": address.judge,
    "signature": signature.judge,
    "session": session.judge,
    "issuer": issuer.judge,
    "bucket": bucket.judge,
    "object": object_.judge,
    "response": response.judge,
}
assert tuple(JUDGES) == GATES

#: The gates whose verdicts rest on rules of this version; the others only say what is described.
BUILT = GATES


def judge(gate: str, request: Request, inventory: Inventory) -> Verdict:
    """The verdict of one gate on one request, as if the earlier gates had let it through."""
    return JUDGES[gate](request, inventory)


__all__ = ["BUILT", "JUDGES", "Outcome", "judge"]

"""One audit: every request judged at every gate once, indexed for the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit.flows import derive
from cosaudit.gates import JUDGES, address, bucket, platform, signature
from cosaudit.gates import object as object_
from cosaudit.model import GATES, Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cosaudit.flows import Block
    from cosaudit.model import Inventory, Request, Shape, Verdict

#: Gates that have a verdict for each request of a flow, or one for all, by what is described.
_OWN = ("preflight", "session", "issuer", "bucket", "object", "response")


#: The verdicts of one request, in the order of GATES.
Verdicts = tuple["Verdict", ...]


class Judged(NamedTuple):
    """A request with its verdicts."""

    request: Request
    verdicts: Verdicts

    def at(self, gate: str) -> Verdict:
        """The verdict of a gate."""
        return self.verdicts[GATES.index(gate)]


class AuditPolicy(NamedTuple):
    """What an audit policy says: which findings fail the run, and what unknowns do to the exit code."""

    name: str
    title: str
    fail_on: Severity
    unknown: str  # fail | report: an unknown that a field of the configuration would settle
    unknown_fact: str  # fail | report: an unknown that rests on a fact nobody knows
    not_described: str  # fail | report
    severity: Mapping[str, Severity]


class Unknown(NamedTuple):
    """One thing that is unknown, with all the requests that it leaves undecided."""

    gate: str
    code: str
    reason: str
    describe: str | None
    fact: str | None
    affects: tuple[tuple[str | None, str], ...]


class Missing(NamedTuple):
    """A gate that is not described for a flow."""

    gate: str
    flow: str | None
    field: str


def _like(shape: Shape | None, page: bool) -> object:
    """What of a request may matter to a gate, its host apart; on a retry the same request is sent once more."""
    if shape is None:
        return None
    when = shape.when
    headers = shape.headers
    if not page and "x-cos-sdk-retry" in headers:  # only a browser asks for it
        headers = tuple([name for name in headers if name != "x-cos-sdk-retry"])
    return shape.action, shape.method, headers, shape.form, shape.query, when.over, when.up_to


class Run:
    """Requests, verdicts and what follows from them."""

    def __init__(self, inventory: Inventory) -> None:
        """Judge all that the inventory sends; requests that no gate tells apart, once."""
        self.inventory = inventory
        flows = derive(inventory)
        self.assumptions = flows.assumptions
        #: what is sent, with the verdicts of each request in its order
        self.blocks: list[tuple[Block, list[Verdicts]]] = []
        #: (gate, code) → what is blocked or unknown there
        self.trouble: dict[tuple[str, str], list[tuple[Request, Verdict]]] = {}
        self.blocked = 0
        self.unknown = 0
        #: a request of each (client, API, origin), for what only asks where a client sends
        self.different: list[Request] = []
        self._missing: dict[tuple[str, str | None, str], None] = {}
        self._platforms: dict[object, Verdict] = {}
        self._addresses: dict[object, Verdict] = {}
        for block in flows.blocks:
            self._judge(block)

    @property
    def requests(self) -> list[Request]:
        """All requests, in the order in which they are sent."""
        return [request for block, _ in self.blocks for request in block.requests()]

    @property
    def judged(self) -> Iterator[Judged]:
        """All requests with their verdicts."""
        for block, verdicts in self.blocks:
            yield from map(Judged, block.requests(), verdicts)

    def _judge(self, block: Block) -> None:
        block = self._sized(object_.split(block))
        varying = self._varying(block)
        flow: dict[str, Verdict] = {}
        page = block.client.platform == "web"
        verdicts: list[Verdicts] = [()] * block.number
        for request, at_address, shapes, places in self._alike(block):
            self.different.append(request)
            if not flow:
                flow = {gate: JUDGES[gate](request, self.inventory) for gate in _OWN if gate not in varying}
            flow["platform"], flow["address"] = self._kept(self._platforms, platform, request), at_address
            if "signature" not in varying:  # it covers the host
                flow["signature"] = signature.judge(request, self.inventory)
            signed = "signature" in varying  # the last of several retries may carry another signature
            known: dict[object, tuple[Verdict, ...]] = {}
            alike: dict[tuple[int, ...], tuple[tuple[Verdict, ...], list[Shape | None], list[int]]] = {}
            for shape, place in zip(shapes, places, strict=True):
                key = _like(shape, page)
                if signed and shape is not None:
                    key = key, shape.headers, shape.when.retry
                own = known.get(key)
                if own is None:
                    one = block.request(shape)
                    own = known[key] = tuple([JUDGES[gate](one, self.inventory) for gate in varying])
                row = alike.setdefault(tuple(map(id, own)), (own, [], []))
                row[1].append(shape)
                row[2].append(place)
            for own, some, at in alike.values():
                flow.update(zip(varying, own, strict=True))
                judged = tuple([flow[gate] for gate in GATES])
                self._note(block, block.request(some[0]), judged, tuple(some), tuple(at), verdicts)
        self.blocks.append((block, verdicts))

    def _varying(self, block: Block) -> tuple[str, ...]:
        """The gates that may tell the requests of a block apart."""
        transfer, owner = block.transfer, block.bucket
        if transfer is None or owner is None or not block.shapes:
            return ()
        found = ["object"]
        if transfer.session is not None:
            found += ["session", "issuer"]
        if signature.varies(block):
            found.append("signature")
        if bucket.by_request(transfer, owner):
            found.append("bucket")
        if block.client.platform == "web" and owner.cors is not None:
            found += ["preflight", "response"]
        return tuple(found)

    def _note(
        self,
        block: Block,
        request: Request,
        judged: Verdicts,
        shapes: tuple[Shape | None, ...],
        places: tuple[int, ...],
        verdicts: list[Verdicts],
    ) -> None:
        """Keep the verdicts that some requests of a block share."""
        for place in places:
            verdicts[place] = judged
        troubles, blocked, unknown = self._troubles(request, judged)
        self.blocked += blocked * len(places)
        self.unknown += unknown * len(places)
        for gate, verdict in troubles:
            rows = self.trouble.setdefault((gate, verdict.code), [])
            rows += [(block.request(shape), verdict) for shape in shapes]

    def _sized(self, block: Block) -> Block:
        """The block, its requests split where the key's policy, or the bucket's, judges sizes differently."""
        transfer, owner = block.transfer, block.bucket
        if transfer is None or not block.shapes:
            return block
        if transfer.session is None and transfer.signature is None and (owner is None or owner.policy is None):
            return block  # nothing has a condition
        from cosaudit.gates import sizes

        return sizes.split(block, self.inventory)

    def _alike(self, block: Block) -> Iterator[tuple[Request, Verdict, tuple[Shape | None, ...], tuple[int, ...]]]:
        """The requests of a block that no gate tells apart: one of them, its address verdict, shapes and places."""
        if not block.groups:
            request = block.request(None)
            yield request, self._kept(self._addresses, address, request), (None,), (0,)
        for group in block.groups:
            request = block.request(group.shapes[0])
            verdict = self._kept(self._addresses, address, request)
            if verdict.code not in address.BY_ACTION:
                yield request, verdict, group.shapes, group.places
                continue
            for shape, place in zip(group.shapes, group.places, strict=True):
                request = block.request(shape)
                yield request, self._kept(self._addresses, address, request), (shape,), (place,)

    def _kept(self, known: dict[object, Verdict], gate: Any, request: Request) -> Verdict:
        key = gate.same(request)
        verdict = known.get(key)
        if verdict is None:
            verdict = known[key] = gate.judge(request, self.inventory)
        return verdict

    def _troubles(self, request: Request, verdicts: Verdicts) -> tuple[tuple[tuple[str, Verdict], ...], bool, bool]:
        """The blocked and unknown verdicts of a request, and whether there are any; notes what is not described."""
        found = []
        blocked = unknown = False
        for gate, verdict in zip(GATES, verdicts, strict=True):
            outcome = verdict.outcome
            if outcome is Outcome.PASS or outcome is Outcome.NOT_APPLICABLE:
                continue
            if outcome is Outcome.NOT_DESCRIBED:
                self._missing[(gate, request.flow, verdict.missing or "")] = None
            else:
                if outcome is Outcome.BLOCKED:
                    blocked = True
                else:
                    unknown = True
                found.append((gate, verdict))
        return tuple(found), blocked, unknown

    def having(self, gate: str, *codes: str) -> Iterator[tuple[Request, Verdict]]:
        """The requests that a gate blocks, or cannot decide, for one of these reasons."""
        for code in codes:
            yield from self.trouble.get((gate, code), ())

    def missing(self) -> list[Missing]:
        """What is not described, each gate of each flow once."""
        return [Missing(*key) for key in self._missing]

    def unknowns(self) -> list[Unknown]:
        """What is unknown, each thing once with all that it affects."""
        found: dict[tuple[str, str | None, str | None, str], tuple[Verdict, dict[tuple[str | None, str], None]]] = {}
        for (gate, _), items in self.trouble.items():
            for request, verdict in items:
                if verdict.outcome is not Outcome.UNKNOWN:
                    continue
                settle = verdict.settle
                assert settle is not None  # every unknown says what would settle it
                key = (gate, settle.describe, settle.fact, verdict.reason)
                found.setdefault(key, (verdict, {}))[1][(request.flow, str(request.when))] = None
        return [
            Unknown(gate, verdict.code, verdict.reason, describe, fact, tuple(affects))
            for (gate, describe, fact, _), (verdict, affects) in found.items()
        ]

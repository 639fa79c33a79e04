"""One audit: every request judged at every gate once, indexed for the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit.flows import derive
from cosaudit.gates import JUDGES, address, later, platform
from cosaudit.model import GATES, SEVERITIES, Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cosaudit.model import Finding, Inventory, Request, Verdict

#: Gates whose verdict is the same for all requests of a flow.
_PER_FLOW = ("preflight", "session", "issuer", "bucket", "object", "response")


class Judged(NamedTuple):
    """A request with its verdicts, in the order of GATES."""

    request: Request
    verdicts: tuple[Verdict, ...]

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


class Run:
    """Requests, verdicts and what follows from them. Made by `audit`."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        flows = derive(inventory)
        self.requests = flows.requests
        self.assumptions = flows.assumptions
        self.judged: list[Judged] = []
        #: (gate, code) → what is blocked or unknown there
        self.trouble: dict[tuple[str, str], list[tuple[Request, Verdict]]] = {}
        self.blocked = 0
        self.unknown = 0
        self.not_judged: dict[str, None] = {}
        self._missing: dict[tuple[str, str | None, str], None] = {}
        #: a request of each (client, API, origin), for what only asks where a client sends
        self.different: list[Request] = []
        self.cos_entries: list[Any] | None = None  # kept for the rules that read it, see rules.base
        self._judge()

    def _judge(self) -> None:
        """Judge each request. Requests of one flow that differ in nothing a gate looks at are judged once."""
        inventory = self.inventory
        platforms: dict[object, Verdict] = {}
        addresses: dict[object, Verdict] = {}
        transfer: object = None
        flow: list[Verdict] = []
        same: dict[object, tuple[tuple[Verdict, ...], tuple[tuple[str, Verdict], ...], bool, bool]] = {}
        append = self.judged.append
        for request in self.requests:
            if request.transfer is not transfer or request.transfer is None or request.refusal is not None:
                transfer = request.transfer
                flow = [JUDGES[gate](request, inventory) for gate in _PER_FLOW]
                same = {}
            shape = request.shape
            key = (shape.api, request.prefix) if shape is not None else None
            found = same.get(key) if key is not None else None
            if found is None:
                platform_key = platform.same(request)
                at_platform = platforms.get(platform_key)
                if at_platform is None:
                    at_platform = platforms[platform_key] = platform.judge(request, inventory)
                address_key = address.same(request)
                at_address = addresses.get(address_key)
                if at_address is None:
                    at_address = addresses[address_key] = address.judge(request, inventory)
                at_signature = JUDGES["signature"](request, inventory)
                preflight, session, issuer, bucket, object_, response = flow
                judged: tuple[Verdict, ...] = (
                    at_platform, preflight, at_address, at_signature, session, issuer, bucket, object_, response,
                )  # fmt: skip
                found = (judged, *self._troubles(request, judged))
                self.different.append(request)
                if at_address.code not in address.BY_ACTION:
                    same[key] = found
            verdicts, troubles, blocked, unknown = found
            append(Judged(request, verdicts))
            for gate, verdict in troubles:
                self.trouble.setdefault((gate, verdict.code), []).append((request, verdict))
            self.blocked += blocked
            self.unknown += unknown

    def _troubles(
        self, request: Request, verdicts: tuple[Verdict, ...]
    ) -> tuple[tuple[tuple[str, Verdict], ...], bool, bool]:
        """The blocked and unknown verdicts of a request, and whether there are any; notes what is not described."""
        found = []
        blocked = unknown = False
        for gate, verdict in zip(GATES, verdicts, strict=True):
            outcome = verdict.outcome
            if outcome is Outcome.PASS or outcome is Outcome.NOT_APPLICABLE:
                continue
            if outcome is Outcome.NOT_DESCRIBED:
                self._missing[(gate, request.flow, verdict.missing or "")] = None
            elif verdict.code == later.NOT_JUDGED:
                self.not_judged[gate] = None
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


class Report(NamedTuple):
    """The result of an audit: all that a reporter needs."""

    run: Run
    policy: AuditPolicy
    findings: tuple[Finding, ...]
    unknowns: tuple[Unknown, ...]
    missing: tuple[Missing, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Findings by severity, worst first."""
        counts = {severity.value: 0 for severity in SEVERITIES}
        for finding in self.findings:
            counts[finding.severity.value] += 1
        return counts

    @property
    def failing(self) -> bool:
        """Is there a finding at or above the threshold?"""
        threshold = SEVERITIES.index(self.policy.fail_on)
        return any(SEVERITIES.index(finding.severity) <= threshold for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings at or above the threshold, 3 something that had to be known is unknown."""
        if self.failing:
            return 1
        yours = any(unknown.describe is not None for unknown in self.unknowns)
        nobodys = any(unknown.describe is None for unknown in self.unknowns)
        if (
            (yours and self.policy.unknown == "fail")
            or (nobodys and self.policy.unknown_fact == "fail")
            or (self.missing and self.policy.not_described == "fail")
        ):
            return 3
        return 0


def audit(inventory: Inventory, policy: AuditPolicy) -> Report:
    """Judge every request and let every rule speak. Pure: no file, network or clock."""
    from cosaudit import rules

    run = Run(inventory)
    findings = rules.check(run, policy)
    return Report(run, policy, findings, tuple(run.unknowns()), tuple(run.missing()))

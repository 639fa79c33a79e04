"""The audit: a run judged by every rule under an audit policy, and what that means for the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit import rules
from cosaudit.model import SEVERITIES
from cosaudit.run import Run

if TYPE_CHECKING:
    from cosaudit.model import Finding, Inventory
    from cosaudit.run import AuditPolicy, Missing, Unknown


class Report(NamedTuple):
    """The result of an audit: all that a reporter needs."""

    run: Run
    policy: AuditPolicy
    findings: tuple[Finding, ...]
    unknowns: tuple[Unknown, ...]
    missing: tuple[Missing, ...]
    beyond: tuple[Unknown, ...] = ()  # those of `unknowns` that are about a key, and about no request

    @property
    def counts(self) -> dict[str, int]:
        """Findings by severity, worst first."""
        counts = {severity.value: 0 for severity in SEVERITIES}
        for finding in self.findings:
            counts[finding.severity.value] += 1
        return counts

    def counts_as_failing(self, finding: Finding) -> bool:
        """Is a finding at or above the threshold?"""
        return SEVERITIES.index(finding.severity) <= SEVERITIES.index(self.policy.fail_on)

    @property
    def failing(self) -> bool:
        """Is there a finding at or above the threshold?"""
        return any(map(self.counts_as_failing, self.findings))

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
            or self.unread
        ):
            return 3
        return 0

    @property
    def unread(self) -> tuple[str, ...]:
        """Pieces of pasted domain lists that may be entries and could not be read: never a clean run."""
        lists = [client.allowlist for client in self.run.inventory.clients if client.allowlist is not None]
        return tuple(dict.fromkeys([note for one in lists if one.doubtful for note in one.notes]))


def audit(inventory: Inventory, policy: AuditPolicy) -> Report:
    """Judge every request and let every rule speak. Pure: no file, network or clock."""
    run = Run(inventory)
    findings = rules.check(run, policy)
    beyond = rules.unknowns(run)
    return Report(run, policy, findings, (*run.unknowns(), *beyond), tuple(run.missing()), beyond)

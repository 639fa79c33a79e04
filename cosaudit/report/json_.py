"""The audit, the lists and the requests as JSON, in the shapes of the contract, version 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cosaudit import __version__, flows
from cosaudit.model import CATEGORIES, GATES, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cosaudit.allowlists import ClientLists
    from cosaudit.audit import Report
    from cosaudit.model import Finding, Verdict
    from cosaudit.run import Judged, Unknown
    from cosaudit.wechat.merge import Box


def dump(value: Any) -> str:
    """JSON text with a line end; ASCII only, so that no terminal and no encoding can change it."""
    text = json.dumps(value, indent=1, ensure_ascii=True)
    return text.replace("##", "#\\u0023") + "\n"  # no log may take a name for a command (`##vso[...]`)


def check(report: Report) -> str:
    """`cosaudit check --format json`."""
    run = report.run
    summary = {
        **report.counts,
        "blocked": run.blocked,
        "unknown": run.unknown + len(report.beyond),
        "not_described": len(report.missing),
        "suppressed": 0,
    }
    from cosaudit.report.text import not_judged_fields

    return dump(
        {
            "version": 1,
            "tool": {"name": "cosaudit", "version": __version__},
            "policy": report.policy.name,
            "summary": summary,
            "findings": [_finding(finding) for finding in report.findings],
            "unknown": [_unknown(unknown) for unknown in report.unknowns],
            "not_described": [
                {"gate": missing.gate, "flow": missing.flow, "missing": missing.field} for missing in report.missing
            ],
            "not_judged": not_judged_fields(report),
            "not_read": list(report.unread),
            "assumptions": list(run.assumptions),
        }
    )


def _unknown(unknown: Unknown) -> dict[str, Any]:
    return {
        "gate": unknown.gate,
        "reason": unknown.reason,
        "settle": _settle(unknown.describe, unknown.fact),
        "affects": [{"flow": flow, "when": when} for flow, when in unknown.affects],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "confidence": finding.confidence,
        "title": finding.title,
        "message": finding.message,
        "gate": finding.gate,
        "location": finding.place._asdict(),
        "subject": dict(finding.subject),
        "affects": [{"flow": flow, "when": when} for flow, when in finding.affects],
        "witness": dict(finding.witness) if finding.witness is not None else None,
        "fix": finding.fix,
        "docs": finding.docs,
        "owner": finding.owner,
        "fingerprint": fingerprint(finding),
    }


def lint(findings: Sequence[Finding], unknowns: Sequence[Unknown]) -> str:
    """`cosaudit policy lint --format json`."""
    return dump(
        {
            "version": 1,
            "findings": [_finding(finding) for finding in findings],
            "unknown": [_unknown(unknown) for unknown in unknowns],
        }
    )


def fingerprint(finding: Finding) -> str:
    """What names a finding although lines move: a digest of its rule and of what it is about."""
    from hashlib import sha256

    return sha256(f"{finding.rule} {finding.identity}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _settle(describe: str | None, fact: str | None) -> dict[str, str | None]:
    return {"describe": describe} if describe is not None else {"fact": fact}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    shown: dict[str, Any] = {"verdict": verdict.outcome.value, "reason": verdict.reason}
    if verdict.fact is not None:
        shown["fact"] = verdict.fact
    if verdict.outcome is Outcome.UNKNOWN and verdict.settle is not None:
        shown["settle"] = _settle(*verdict.settle)
    if verdict.missing is not None:
        shown["missing"] = verdict.missing
    return shown


def trace(rows: list[Judged], assumptions: tuple[str, ...]) -> str:
    """`cosaudit trace --format json`."""
    return dump({"version": 1, "requests": [_request(row) for row in rows], "assumptions": list(assumptions)})


def _request(row: Judged) -> dict[str, Any]:
    request = row.request
    shape = request.shape
    shown: dict[str, Any] = {
        "flow": request.flow,
        "operation": request.operation,
        "client": request.client.name,
        "bucket": request.bucket.name if request.bucket is not None else None,
        "api": request.api.value if request.api is not None else None,
        "method": shape.method if shape is not None else None,
        "url": flows.url(request),
        "query": list(shape.query) if shape is not None else [],
        "headers": list(shape.headers) if shape is not None else [],
        "form": list(shape.form) if shape is not None else [],
        "action": shape.action if shape is not None else None,
        "resource": flows.resource(request),
        "when": str(request.when),
        "gates": {gate: _verdict(verdict) for gate, verdict in zip(GATES, row.verdicts, strict=True)},
    }
    if request.endpoint is not None:
        shown["endpoint"] = request.endpoint.url
    return shown


def allowlist(lists: tuple[ClientLists, ...], boxes: list[tuple[Box, ...]], assumptions: tuple[str, ...]) -> str:
    """`cosaudit allowlist --format json`."""
    return dump(
        {
            "version": 1,
            "clients": [
                {
                    "client": one.client.name,
                    "appid": one.client.appid,
                    **{category: list(one.urls(category)) for category in CATEGORIES},
                    "entries": [
                        {
                            "category": entry.category,
                            "url": entry.url,
                            "buckets": list(entry.buckets),
                            "needed_by": [
                                {"flow": need.flow, "operation": need.operation, "when": need.when}
                                | ({"endpoint": need.endpoint} if need.endpoint is not None else {})
                                for need in entry.needed_by
                            ],
                        }
                        for entry in one.entries
                    ],
                    "not_read": list(one.client.allowlist.notes) if one.client.allowlist is not None else [],
                    "boxes": {
                        box.category: {
                            "known": box.known,
                            "add": list(box.add),
                            "dead": [{"entry": entry, "reason": reason} for entry, reason in box.dead],
                            "keep": list(box.keep),
                            "line": box.line,
                            **({"whole_if_this_box": box.whole} if box.whole else {}),
                        }
                        for box in client_boxes
                    },
                }
                for one, client_boxes in zip(lists, boxes, strict=True)
            ],
            "assumptions": list(assumptions),
        }
    )

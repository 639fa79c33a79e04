"""The rules: each module is one rule, with all there is to know about it. Found by folder."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from cosaudit.model import SEVERITIES
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from cosaudit.model import Finding
    from cosaudit.run import AuditPolicy, Run, Unknown


@cache
def modules() -> dict[str, ModuleType]:
    """Rule id → its module, sorted by id. A second use of an id is an error."""
    found: dict[str, ModuleType] = {}
    for entry in sorted(os.listdir(os.path.dirname(__file__))):
        name, _, ending = entry.partition(".")
        if ending != "py" or name == "base" or name.startswith("_"):
            continue
        module = import_module(f"{__name__}.{name}")
        rule: Rule = module.RULE
        if rule.id in found or rule.id.replace("-", "_") != name:
            raise ValueError(f"rule {rule.id} in {entry}: the id is taken or is not the module's name")
        found[rule.id] = module
    return dict(sorted(found.items()))


def rules() -> dict[str, Rule]:
    """Rule id → rule, sorted by id."""
    return {id: module.RULE for id, module in modules().items()}


def check(run: Run, policy: AuditPolicy) -> tuple[Finding, ...]:
    """All findings, worst first, then by place; each edit once."""
    found: dict[tuple[object, ...], Finding] = {}
    for id, module in modules().items():
        for finding in module.check(run):
            severity = policy.severity.get(id)
            if severity is not None:
                finding = finding._replace(severity=severity)
            key = (id, finding.place, finding.identity)
            first = found.get(key)
            if first is not None:
                affects = tuple(dict.fromkeys((*first.affects, *finding.affects)))
                finding = first._replace(affects=affects)
            found[key] = finding
    rank = {severity: index for index, severity in enumerate(SEVERITIES)}
    ordered = sorted(found.values(), key=lambda one: (rank[one.severity], one.place, one.rule, one.identity))
    return tuple(_apart(ordered))


def unknowns(run: Run) -> tuple[Unknown, ...]:
    """What the rules could not tell: of keys that may let through more than is needed."""
    from cosaudit.rules._keys import excesses
    from cosaudit.run import Unknown

    return tuple(
        [
            Unknown("session", "excess", f"`{one.session.name}`: {one.reason}", one.describe, one.fact, ())
            for one in excesses(run).unsettled
        ]
    )


def _apart(findings: list[Finding]) -> Iterator[Finding]:
    """Findings at several places that would have one name (an entry that stands twice) are numbered by their order."""
    seen: dict[tuple[str, str], int] = {}
    for finding in findings:
        name = (finding.rule, finding.identity)
        number = seen[name] = seen.get(name, 0) + 1
        yield finding if number == 1 else finding._replace(identity=f"{finding.identity} {number}")

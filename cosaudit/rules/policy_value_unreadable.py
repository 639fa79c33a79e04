"""A condition value that is not of its operator's kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cosaudit.cam.policy import Condition
    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-value-unreadable",
    title="a condition value that is not of its operator's kind",
    severity=Severity.MEDIUM,
    gate="session",
    why="What CAM makes of such a value is not documented, so what the policy grants is not known.",
    mend="write a number, an address or CIDR, a date of ISO 8601, or `true` and `false`, as the operator wants",
    facts=("cam.condition.operators", "cam.condition.values"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per condition."""
    for subject in policies(run):
        for row in subject.policy.statements:
            for one in row.conditions:
                bad = _unreadable(one)
                if bad is not None:
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: `{bad}` is no value for `{one.written}`",
                        at=one.place,
                        identity=(subject.session.name, subject.gate, str(row.index), one.written, one.key),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )


def _unreadable(one: Condition) -> str | None:
    """The first value that the operator cannot read; placeholders and CAM's variables are nobody's mistake."""
    from cosaudit.cam import condition
    from cosaudit.cam.policy import has_atoms

    kind = (one.operator or "").partition("_")[0]
    readers: dict[str, Callable[[str], Any]] = {
        "numeric": condition.number,
        "ip": condition.network,
        "date": condition.instant,
        "bool": condition.boolean,
    }
    read = readers.get(kind)
    if read is None:
        return None
    for value in one.values:
        if not has_atoms(value) and not condition.has_variable(value) and read(value) is None:
            return value
    return None

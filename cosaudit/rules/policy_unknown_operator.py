"""A condition operator that no page of the vendor's knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-unknown-operator",
    title="a condition operator that no page of the vendor's knows",
    severity=Severity.HIGH,
    gate="session",
    why="Whether the condition holds is not known, so what the policy grants is not known either.",
    mend="use an operator of CAM",
    facts=("cam.condition.unknown-operator",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per condition."""
    for subject in policies(run):
        for row in subject.policy.statements:
            for one in row.conditions:
                if one.operator is None:
                    near = _nearest(one.written)
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: CAM has no operator `{one.written}`"
                        + (f"; did you mean `{near}`?" if near else ""),
                        at=one.operator_place,
                        identity=(subject.session.name, subject.gate, one.written),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )


def _nearest(written: str) -> str | None:
    """The operator of CAM that is probably meant: other vendors write the same words in another case."""
    import re
    from difflib import get_close_matches

    from cosaudit.cam.condition import OPERATORS

    prefix, _, rest = written.rpartition(":")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", rest).lower()
    ending = "_if_exist" if words.endswith(("_if_exists", "_if_exist")) else ""
    words = words.removesuffix("_if_exists").removesuffix("_if_exist").replace("equals", "equal")
    words = {"bool": "bool_equal", "ip_address": "ip_equal", "not_ip_address": "ip_not_equal"}.get(words, words)
    found = get_close_matches(words[:60], list(OPERATORS), 1, 0.8)
    if not found:
        return None
    before = {"forallvalues": "for_all_value:", "foranyvalue": "for_any_value:"}.get(
        prefix.lower().replace("_", ""), ""
    )
    return f"{before}{found[0]}{ending}"

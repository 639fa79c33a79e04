"""A form does not meet the policy that is signed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import DENIED, stopped
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="form-policy-refuses",
    title="a form that its own policy refuses",
    severity=Severity.HIGH,
    gate="signature",
    why="COS checks each condition of the policy against the form and the size of the file, and refuses the form "
    "when one does not hold.",
    mend="change the condition, or what the client sends",
    facts=("cos.signature.form-conditions", "cos.signature.form-mandatory", "cos.signature.form-error"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    yield from stopped(RULE, run, "form-policy-refuses", at="form_policy", phone=DENIED)

"""A custom domain that is not bound to the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="custom-domain-unbound",
    title="a custom domain that is not bound to the bucket",
    severity=Severity.HIGH,
    gate="address",
    why="COS answers on a custom domain only for the bucket that it is bound to.",
    mend="bind the domain to the bucket, add it to the bucket's domains here, or send to the bucket's own domain",
    facts=("cos.host.custom",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(
        RULE,
        run,
        "custom-not-bound",
        at=(
            ("options", "Domain"),
            ("url",),
        ),
    )

"""An option that this SDK version refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="sdk-option-refused",
    title="an option that this SDK version refuses",
    severity=Severity.HIGH,
    gate="address",
    why="The SDK throws or gives up before anything is sent, so every upload fails: a constructor option that it no "
    "longer takes, a token under a name that it does not read, a request without a signature.",
    mend="leave the option out, or use a version of the SDK that takes it",
    facts=(
        "sdk.cos-wx-sdk-v5.force-path-style",
        "sdk.cos-wx-sdk-v5.token-field",
        "sdk.cos-wx-sdk-v5.unsigned",
        "sdk.cos-js-sdk-v5.force-path-style",
        "sdk.cos-js-sdk-v5.unsigned",
    ),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per place to mend and reason."""
    yield from blocked(
        RULE,
        run,
        "option-refused",
        at=(
            ("options", "ForcePathStyle"),
            ("addressing",),
            ("options",),
        ),
    )

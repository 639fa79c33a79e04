"""A form with the field Signature, signed by a server with a permanent key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._signed import beyond
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="form-signature-binds-nothing",
    title="a signed form for every file",
    severity=Severity.CRITICAL,
    gate="signature",
    why="The signature of such a form covers POST and the root path. Key, size, type and ACL are form fields that "
    "whoever holds it changes; with a permanent key nothing else limits them.",
    mend="sign a form policy that fixes the key, sign PUT with the path of the file, or sign with a temporary key "
    "for this one file",
    facts=("cos.signature.form-signature",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload."""
    kinds = ("session-cross-user-write", "session-other-keys-write", "session-own-folder", "session-own-delete")
    yield from beyond(RULE, run, *kinds, policy=False)

"""A `*` that begins in the middle of a name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session, policies, shown
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run


RULE = Rule(
    id="policy-wildcard-open",
    title="a `*` that begins or ends in the middle of a name",
    severity=Severity.MEDIUM,
    gate="session",
    why="A `*` stands for any characters, slashes too: `user1*` also reaches the folder `user10/`.",
    mend="put a slash between the name and the `*`",
    facts=("cam.resource.path",),
    confidence="firm",
)


#: The last `*` behind a name, or one in front of a name.
_BEHIND = re.compile(r"[A-Za-z0-9]\*\Z")
_BEFORE = re.compile(r"\*[A-Za-z0-9]")


def check(run: Run) -> Iterator[Finding]:
    """One finding per resource of a policy without described uploads: these say better what is too wide."""
    described = {transfer.session for transfer in run.inventory.transfers}
    for subject in policies(run):
        if subject.gate != "session" or subject.session.index in described:
            continue
        for row in subject.policy.statements:
            for resource in row.resources if row.allow else ():
                found = next((reason for one in resource.areas if (reason := _open(one.path))), "")
                if found:
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: `{shown(resource.text)}` {found}",
                        at=resource.place,
                        identity=(subject.session.name, resource.text),
                        fix=RULE.mend,
                        witness={
                            "api": None,
                            "method": None,
                            "url": None,
                            "action": None,
                            "resource": shown(resource.text).replace("*", _filling(resource.text)),
                        },
                    )


def _open(path: str) -> str:
    """What a pattern reaches beside what its names say; empty where each `*` stands at a border."""
    bucket, slash, key = path.partition("/")
    if not slash or "*" in bucket or key.startswith("*"):  # of the whole bucket: told as that
        return ""
    if _BEHIND.search(key) is not None:
        name = shown(key[:-1]).rpartition("/")[2]
        return f"also reaches `{shown(key[:-1])}{_filling(key)}`: `{name}*` is no folder `{name}/`"
    if _BEFORE.search(key) is not None:
        behind = shown(key.partition("*")[2])
        return f"reaches whatever ends in `{behind[:40]}`, in each folder below: a name is put right behind the `*`"
    return ""


def _filling(pattern: str) -> str:
    """What stands for the `*` in the example of another one's file."""
    before = pattern.partition("*")[0][-1:]
    return ("0" if before.isdigit() else "2" if before.isalpha() else "a/b/") + (
        "/a.jpg" if pattern.endswith("*") else ""
    )

"""A folder of files of users, without any user in its path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import UPLOADS, glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Statement
    from cosaudit.model import Finding
    from cosaudit.run import Run


RULE = Rule(
    id="session-folder-shared",
    title="a folder of users' files that all keys reach",
    severity=Severity.MEDIUM,
    gate="session",
    why="Who gets this key can overwrite or delete the files of every user in the folder.",
    mend="put the user into the resource, `<folder>/{openid}/*`; or describe the uploads, if one user alone gets such "
    "keys",
    facts=("cosaudit.folder.of-users",),
    confidence="tentative",
)


_WRITES = (*UPLOADS, "cos:CompleteMultipartUpload", "cos:AppendObject", "cos:DeleteObject")


def check(run: Run) -> Iterator[Finding]:
    """One finding per resource, where no upload at all is described: these say whose files there are."""
    if run.inventory.transfers:
        return
    for subject in policies(run):
        if subject.gate != "session":
            continue
        for row in subject.policy.statements:
            action = _write(row) if row.allow else None
            for resource in row.resources if action is not None else ():
                folder = next((found for one in resource.areas if (found := _folder(one.path))), "")
                if folder:
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: `{folder}` seems to hold files of all users, and names none: who has "
                        "such a key overwrites or deletes those of the others",
                        at=resource.place,
                        identity=(subject.session.name, resource.text),
                        fix=RULE.mend,
                        witness={
                            "api": None,
                            "method": None,
                            "url": None,
                            "action": f"name/{action}",
                            "resource": resource.text.replace("*", "another-user.jpg"),
                        },
                    )


def _write(row: Statement) -> str | None:
    """An action of a statement that overwrites or deletes a file."""
    patterns = [one.pattern for one in row.actions if one.pattern is not None]
    return next((name for name in _WRITES if any(glob(one, name) for one in patterns)), None)


def _folder(path: str) -> str:
    """The folder that a pattern is all of, where its name says that users' files are in it and nobody is named."""
    from cosaudit import data
    from cosaudit.cam.policy import has_atoms

    bucket, _, key = path.partition("/")
    if not key.endswith("/*") or "*" in bucket or "*" in key[:-1] or has_atoms(path):
        return ""
    words = re.split(r"[^a-z]+", key[:-2].rpartition("/")[2].lower())
    named = data.facts_of("cosaudit")["cosaudit.folder.of-users"].value
    return (
        key[:-1] if any(word in named for word in words) and not re.search("[0-9]", key[:-2].rpartition("/")[2]) else ""
    )

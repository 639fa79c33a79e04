"""Files of all users under one path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding, Transfer
    from cosaudit.run import Run

RULE = Rule(
    id="session-key-without-user",
    title="files of all users under one path",
    severity=Severity.INFO,
    gate="session",
    why="Nothing in the key says whose file it is, so a key for one is a key for all.",
    mend="put the user into the key, or let the server choose exact keys",
    facts=("cam.overwrite",),
)


#: What a capability lets any user do, worst first; who only reads or lists such keys is meant to.
_DOES = {"delete": "delete", "overwrite": "overwrite"}


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload with free parts in its key and no user, by which files are destroyed."""
    found: dict[int, tuple[Transfer, set[str]]] = {}
    for block, _ in run.blocks:
        transfer = block.transfer
        if transfer is None or transfer.session is None or transfer.name is None:
            continue
        known = [run.inventory.placeholders.get(part.text) for part in transfer.key if part.placeholder]
        if known and not any(one is not None and one.identity for one in known):
            actions = found.setdefault(id(transfer), (transfer, set()))[1]
            actions.update([shape.action for shape in block.shapes])
    if not found:
        return
    from cosaudit.cos.actions import capability

    for transfer, actions in found.values():
        gained = {capability(action) for action in actions}
        does = next((word for one, word in _DOES.items() if one in gained), None)
        if does is None:
            continue
        assert transfer.session is not None
        session = run.inventory.sessions[transfer.session]
        yield of_session(
            RULE,
            session,
            message=f"`{transfer.name}`: nothing in the key is a user's own, so any user may {does} any file",
            at=transfer.at.place("key"),
            identity=(session.name, transfer.name),
            fix=RULE.mend,
        )

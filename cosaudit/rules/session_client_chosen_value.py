"""A policy made of what the phone sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import atom, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="session-client-chosen-value",
    title="a policy made of what the phone sends",
    severity=Severity.CRITICAL,
    gate="session",
    why="Whoever calls the key service chooses the value himself: `*`, another user's name, a path.",
    mend="take the value from the login on the server, never from the request",
    facts=("sts.served.scope",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per session and placeholder."""
    for subject in policies(run):
        for name in subject.policy.placeholders if subject.gate == "session" else ():
            placeholder = run.inventory.placeholders.get(name)
            if placeholder is None or placeholder.source != "client":
                continue
            ranges = placeholder.alphabet
            star = ranges is None or any(low <= ord("*") <= high for low, high in ranges)
            value = "*" if star else "the name of another user"
            opens = "every key there" if star else "the other user's files"
            where = next(
                resource.text
                for row in subject.policy.statements
                for resource in row.resources
                if any(atom(name) in one.path for one in resource.areas)
            )
            yield of_session(
                RULE,
                subject.session,
                message=f"the phone chooses `{name}`: with {value if not star else '`*`'} for it the key opens {opens}",
                at=placeholder.place or subject.policy.place,
                identity=(subject.session.name, name),
                fix=RULE.mend,
                witness={
                    "api": None,
                    "method": None,
                    "url": None,
                    "send": f"{name}={value}",
                    "resource": where.replace("${" + name + "}", value).replace("{" + name + "}", value),
                },
            )

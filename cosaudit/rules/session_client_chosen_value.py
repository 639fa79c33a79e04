"""A policy made of what the phone sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import atom, of_session, policies, shown
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Condition, Policy, Resource
    from cosaudit.model import Finding, Placeholder
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
            resource, condition = _uses(subject.policy, atom(name))
            star = ranges is None or any(low <= ord("*") <= high for low, high in ranges)
            star = star and (condition is None or condition.operator == "string_like")  # elsewhere `*` is a character
            value = "*" if star else _another(placeholder)
            opens = "every key there" if star else "the files of another user"
            if condition is not None:
                opens = f"what `{condition.key}` guards, whatever the value is" if star else "another user's part"
            where = resource.text
            if condition is not None:
                where = f"{where} with {condition.key} {', '.join(map(shown, condition.values))}"
            yield of_session(
                RULE,
                subject.session,
                message=f"the phone chooses `{name}`: with `{value}` for it the key opens {opens}",
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


def _uses(policy: Policy, symbol: str) -> tuple[Resource, Condition | None]:
    """The first resource with a placeholder, else the first condition, with a resource that it limits."""
    for row in policy.statements:
        for resource in row.resources:
            if any(symbol in one.path for one in resource.areas):
                return resource, None
    return next(
        (row.resources[0], one)
        for row in policy.statements
        for one in row.conditions
        if row.resources and any(symbol in value for value in one.values)
    )


def _another(placeholder: Placeholder) -> str:
    """A value that may be another user's: the second one that the placeholder may hold."""
    from cosaudit.excess.users import examples

    values = list(dict.fromkeys(examples(placeholder)))
    return values[min(1, len(values) - 1)] if values else "b"

"""The smallest session policy that the described uploads need, and what makes it one: no wider, no narrower."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit.cam.policy import shown
from cosaudit.excess import needs, smallest
from cosaudit.gates import asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cosaudit.excess import Need
    from cosaudit.model import Request, Session
    from cosaudit.run import Run

#: Actions whose body is the object, and what a condition on its size adds for the form around it.
_SIZED = {"cos:PutObject": 0, "cos:PostObject": asked.FORM_OVERHEAD}


class Minimal(NamedTuple):
    """A policy with what it rests on.

    `named`: the placeholders of the keys; `placeholders`: those that still stand in the document. `unknown`: uploads
    whose requests are not known, so the policy may lack something.
    """

    document: dict[str, Any]
    named: tuple[str, ...]
    placeholders: tuple[str, ...]
    unknown: tuple[str, ...]


def minimal(run: Run, session: Session, values: Mapping[str, str], with_conditions: bool) -> Minimal:
    """The smallest policy for a session.

    Args:
        run: the judged configuration.
        session: whose uploads count.
        values: placeholder → value to put in its place.
        with_conditions: add conditions on size and type where the uploads declare them and every request meets them.
    """
    needed = needs(run).get(session.index, [])
    conditions = _conditions(run, session) if with_conditions else {}
    rows: dict[str, list[str]] = {}  # action → resources
    for need in needed:
        rows.setdefault(need.action, []).append(_resource(need))
    tight = {action: _without_covered(resources) for action, resources in rows.items()}
    statements = []
    for actions, resources, action_conditions in _rectangles(tight, conditions):
        statement: dict[str, Any] = {
            "effect": "allow",
            "action": [f"name/{action}" for action in actions],
            "resource": [_filled(one, values) for one in resources],
        }
        if action_conditions:
            statement["condition"] = {
                operator: {key: list(value) if isinstance(value, tuple) else value}
                for operator, key, value in action_conditions
            }
        statements.append(statement)
    named = tuple(dict.fromkeys([name for need in needed for name in _placeholders(need)]))
    left = tuple([name for name in named if name not in values])
    unknown = tuple(
        dict.fromkeys(
            [
                block.name
                for block, _ in run.blocks
                if block.transfer is not None
                and block.transfer.session == session.index
                and block.refusal is not None
                and block.refusal.code == "not-recorded"
            ]
        )
    )
    return Minimal({"version": "2.0", "statement": statements}, named, left, unknown)


def _resource(need: Need) -> str:
    found = need.resource
    return f"qcs::{found.service}:{found.region}:{found.account}:{smallest(need.exact)}"


def _placeholders(need: Need) -> list[str]:
    from cosaudit.cam.policy import atom_name

    text = "".join([part for part in need.exact if isinstance(part, str)])
    return [name for char in text if (name := atom_name(char)) is not None]


def _filled(resource: str, values: Mapping[str, str]) -> str:
    text = shown(resource)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _without_covered(resources: Iterable[str]) -> tuple[str, ...]:
    """Resources that none of the others covers, sorted."""
    from cosaudit.cam.decide import glob

    every = sorted(set(resources))
    # a pattern covers another when it matches it as text: the other's `*` is matched by a `*` alone
    return tuple(
        [one for one in every if not any(other != one and "*" in other and glob(other, one) for other in every)]
    )


def _rectangles(
    rows: Mapping[str, tuple[str, ...]], conditions: Mapping[str, tuple[tuple[str, str, Any], ...]]
) -> list[tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, str, Any], ...]]]:
    """Statements that grant exactly the rows: by equal resources of actions, or by equal actions of resources."""
    by_resources: dict[tuple[object, ...], list[str]] = {}
    for action, resources in rows.items():
        by_resources.setdefault((resources, conditions.get(action, ())), []).append(action)
    first = [(tuple(actions), key[0], key[1]) for key, actions in by_resources.items()]
    if conditions:
        return sorted(first)  # type: ignore[arg-type]
    columns: dict[str, list[str]] = {}
    for action, resources in rows.items():
        for resource in resources:
            columns.setdefault(resource, []).append(action)
    by_actions: dict[tuple[str, ...], list[str]] = {}
    for resource, actions in columns.items():
        by_actions.setdefault(tuple(sorted(actions)), []).append(resource)
    second: list[Any] = [(actions, tuple(sorted(resources)), ()) for actions, resources in by_actions.items()]
    return sorted(second if len(second) < len(first) else [(tuple(sorted(a)), r, c) for a, r, c in first])


def _conditions(run: Run, session: Session) -> dict[str, tuple[tuple[str, str, Any], ...]]:
    """Action → conditions that every request of the session's flows with this action meets."""
    sizes: dict[str, list[int | None]] = {}
    types: dict[str, list[str | None]] = {}
    for block, _ in run.blocks:
        transfer = block.transfer
        if transfer is None or transfer.session != session.index:
            continue
        for shape in block.shapes:
            action = shape.action.removeprefix("name/")
            if action in _SIZED:
                sizes.setdefault(action, []).append(asked.sizes(transfer, shape).most)
            types.setdefault(action, []).append(_sent_type(block.request(shape)))
    found: dict[str, tuple[tuple[str, str, Any], ...]] = {}
    for action, most in sizes.items():
        known = [one for one in most if one is not None]
        if len(known) == len(most) and known:
            found[action] = (("numeric_less_than_equal", "cos:content-length", max(known) + _SIZED[action]),)
    for action, every in types.items():
        sent = sorted({one for one in every if one is not None})
        if None not in every and sent and action == "cos:PutObject":
            found[action] = (*found.get(action, ()), ("string_equal", "cos:content-type", tuple(sent)))
    return found


def _sent_type(request: Request) -> str | None:
    """The Content-Type that a request surely carries; None when that is not known."""
    shape, transfer = request.shape, request.transfer
    assert shape is not None and transfer is not None
    return transfer.content_type if "content-type" in shape.headers else None


def scopes(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """The policy as the list that `getPolicy` of the official helper takes: one entry per action and resource."""
    found = []
    for statement in document["statement"]:
        for action in statement["action"]:
            for resource in statement["resource"]:
                _, _, _, region, _, path = resource.split(":", 5)
                bucket, _, prefix = path.partition("/")
                found.append({"action": action, "bucket": bucket, "region": region, "prefix": prefix})
    return found

"""Keys of two users that are the same, or that no pattern tells apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session
from cosaudit.rules.base import Rule, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cosaudit.cam.language import ResourceTemplate
    from cosaudit.cam.pattern import Free
    from cosaudit.excess import Need
    from cosaudit.model import Finding, Placeholder
    from cosaudit.run import Run

RULE = Rule(
    id="session-keys-overlap",
    title="keys that do not keep users apart",
    severity=Severity.CRITICAL,
    gate="session",
    why="Where nothing ends the user's part of a key, or something free stands before it, one user's key writes over "
    "files of another.",
    mend="put a slash behind the user's part of the key, and into the resource",
    facts=("cam.resource.path",),
)

#: The mend where keys differ, but no pattern can keep users apart.
FIRST = "put the user's part of the key before all that is free, before braces and `*` of its own, with a slash behind"

#: Keys that one is compared with, of those that begin like it and may hold the same.
MAX_COMPARED = 30


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload whose keys, or whose and another upload's, do not tell users apart."""
    if not any(session.policy is not None for session in run.inventory.sessions):
        return
    from cosaudit import excess

    placeholders = run.inventory.placeholders
    transfers = {one.name: one for one in reversed(run.inventory.transfers)}
    for index, needed in excess.needs(run).items():
        session = run.inventory.sessions[index]
        written = {need.resource: need for need in needed if need.capability in excess.WRITES}
        told: set[str | None] = set()
        met: set[frozenset[str | None]] = set()
        for first, second in _pairs(written, placeholders):
            need, other = written[first], written[second]
            both = frozenset((need.flow, other.flow))
            if need.flow in told or both in met:
                continue
            fix = RULE.mend
            found = _shared(first, second, placeholders)
            if found is None:
                found, fix = _caught(need, second, placeholders), FIRST
            if found is None:
                continue
            told.add(need.flow)
            met.add(both)
            key, what = found
            path = key.split(":", 3)[3].partition("/")[2]
            flows = [need.flow, other.flow]
            yield of_session(
                RULE,
                session,
                message=f"{words(flows)}: the key `{path}` is {what}",
                at=transfers[need.flow].at.place("key"),
                identity=(session.name, need.flow),
                fix=fix,
                witness={
                    "api": None,
                    "method": None,
                    "url": None,
                    "action": f"name/{need.action}",
                    "resource": f"qcs::{key}",
                },
            )


def _pairs(
    resources: Iterable[ResourceTemplate], placeholders: Mapping[str, Placeholder]
) -> Iterator[tuple[ResourceTemplate, ResourceTemplate]]:
    """The pairs of keys that may meet, each with itself too: the literal beginning of one begins the other's.

    The first of a pair has all the users' parts of the second, or each has some that the other has not. What the phone
    chooses is told as that. Each is compared with `MAX_COMPARED` others at most.
    """
    from cosaudit.cam.policy import atom
    from cosaudit.excess.users import identities

    users = {}
    for one in resources:
        own = identities(one, placeholders)
        if not any(user.source == "client" and user.alphabet is None for user in own):
            users[one] = frozenset([atom(user.name) for user in own])
    heads = {one: _head(one, users[one], placeholders) for one in users}
    ordered = sorted([(_literal(one), number, one) for number, one in enumerate(users)])
    for at, (literal, _, first) in enumerate(ordered):
        compared = 0
        for longer, _, second in ordered[at:]:
            if not longer.startswith(literal) or compared > MAX_COMPARED:
                break
            if first[:3] != second[:3] or (heads[first] is not None and heads[first] == heads[second]):
                continue  # what begins alike, up to a slash behind the user's part, tells users apart
            compared += 1
            if users[first] and users[first] >= users[second]:
                yield first, second
            elif users[second] and users[second] >= users[first]:
                yield second, first
            elif users[first] and users[second]:
                yield first, second
                yield second, first


def _literal(one: ResourceTemplate) -> str:
    """The beginning of the smallest pattern of a key, up to its first placeholder."""
    text = _start(one)
    return next((text[:at] for at, char in enumerate(text) if "\ud800" <= char <= "\udfff"), text)


def _start(one: ResourceTemplate) -> str:
    """The beginning of the smallest pattern of a key, up to its first `*`."""
    from cosaudit.excess import smallest

    return smallest(one.path).partition("*")[0]


def _head(one: ResourceTemplate, users: frozenset[str], placeholders: Mapping[str, Placeholder]) -> str | None:
    """The beginning that holds all users' parts, each ended by a slash that it cannot hold; None without such a one."""
    from cosaudit.cam.policy import atom_name
    from cosaudit.gates.asked import NO_SLASH

    text = _start(one)
    end = max([text.find(f"{user}/") for user in users], default=-1)
    if not users or not all(user in text[: end + 1] for user in users):
        return None
    for at, char in enumerate(text[: end + 1]):
        known = placeholders.get(atom_name(char) or "")
        if known is None:
            continue
        ranges = known.alphabet or NO_SLASH
        if text[at + 1 : at + 2] != "/" or any(low <= ord("/") <= high for low, high in ranges):
            return None
    return text[: end + 2]


def _shared(
    first: ResourceTemplate, second: ResourceTemplate, placeholders: Mapping[str, Placeholder]
) -> tuple[str, str] | None:
    """A key of one user that another one may write too, and what it is; None where there is none."""
    from cosaudit.cam.pattern import BUDGET, Work, search, template
    from cosaudit.excess.users import identities, nonempty, overlapping

    head = f"{first.service}:{first.region}:{first.account}:"
    users = {one.name: one for one in (*identities(first, placeholders), *identities(second, placeholders))}
    if first != second:  # most pairs have no key in common, whoever the users are
        both = [[template(head, _filled(one.path, users, once=False))] for one in (first, second)]
        if search(both, [], Work(BUDGET)) is None:
            return None
    if not identities(second, placeholders):
        both = [[template(head, _filled(one.path, users))] for one in (first, second)]
        key = search(both, [], Work(BUDGET))
        return (key, "one of a user and one that every user may write") if isinstance(key, str) else None
    found = overlapping(first._replace(path=nonempty(first.path)), second, placeholders)
    if found is None and first != second:
        found = _like_a_folder(first, second, placeholders) or _like_a_folder(second, first, placeholders)
    if found is None:
        return None
    key, (one, other) = found
    return key, f'one of user "{one}" and one of user "{other}"'


def _caught(need: Need, second: ResourceTemplate, placeholders: Mapping[str, Placeholder]) -> tuple[str, str] | None:
    """A key of one user that the smallest pattern for another one's keys holds, and what it is."""
    from cosaudit.cam.policy import atom
    from cosaudit.excess import smallest
    from cosaudit.excess.users import example, nonempty, overlapping, pattern_of

    chosen = {ord(atom(name)): example(one) for name, one in placeholders.items() if not one.identity}
    path = pattern_of(smallest(need.exact).translate(chosen))
    path = (*path[:-1], *nonempty(path[-1:]))
    found = overlapping(need.resource._replace(path=path), second, placeholders)
    if found is None:
        return None
    key, (one, other) = found
    return key, f'one of user "{other}", and the smallest pattern for the keys of user "{one}" reaches it too'


def _like_a_folder(
    first: ResourceTemplate, second: ResourceTemplate, placeholders: Mapping[str, Placeholder]
) -> tuple[str, tuple[str, str]] | None:
    """A key of a user who is named as a folder of the second upload, and of another user there; and the two."""
    from cosaudit.cam.pattern import BUDGET, Work, search, template
    from cosaudit.cam.policy import atom
    from cosaudit.excess.users import example, fits, identities

    head = f"{first.service}:{first.region}:{first.account}:"
    everyone = {one.name: one for one in (*identities(first, placeholders), *identities(second, placeholders))}
    values = {ord(atom(name)): example(one) for name, one in everyone.items()}
    folders = {name: None for part in second.path if isinstance(part, str) for name in part.split("/")[:-1]}
    others = template(head, tuple([_translated(part, values) for part in _filled(second.path, {})]))
    for user in identities(first, placeholders):
        symbol = ord(atom(user.name))
        for name in folders:
            if name == values[symbol] or not fits(user, name):
                continue
            named = {**values, symbol: name}
            own = template(head, tuple([_translated(part, named) for part in _filled(first.path, {})]))
            key = search([[own], [others]], [], Work(BUDGET))
            if isinstance(key, str):
                return key, (name, values[symbol])
    return None


def _translated(part: str | Free, table: Mapping[int, str]) -> str | Free:
    return part.translate(table) if isinstance(part, str) else part


def _filled(path: Iterable[str | Free], users: Mapping[str, Placeholder], once: bool = True) -> tuple[str | Free, ...]:
    """A path with any user, and whose free parts hold something, as the keys of people do.

    Args:
        once: a user who stands in several places is one and the same; otherwise more keys than there are.
    """
    from cosaudit.cam.pattern import Free
    from cosaudit.cam.policy import atom_name
    from cosaudit.excess.users import example
    from cosaudit.gates.asked import NO_SLASH

    found: list[str | Free] = []
    whole = "".join([part for part in path if isinstance(part, str)])
    for part in path:
        if not isinstance(part, str):
            found.append(part._replace(least=1) if part.least == 0 and part.most != 0 else part)
            continue
        for char in part:
            user = users.get(atom_name(char) or "")
            if user is None:
                found.append(char)
            elif once and whole.count(char) > 1:  # the same value in several places
                found.append(example(user))
            else:
                found.append(Free(user.alphabet or NO_SLASH, max(user.least, 1), user.most))
    return tuple(found)

"""Does a key that is made for one user reach a file of another? With two concrete users as the witness."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cosaudit.cam.pattern import Free, area, shortest, template
from cosaudit.cam.policy import atom, atom_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cosaudit.cam.language import ResourceTemplate
    from cosaudit.cam.policy import Area
    from cosaudit.model import Placeholder


def crossing(
    areas: Sequence[tuple[Area, bool]], target: ResourceTemplate, placeholders: Mapping[str, Placeholder]
) -> tuple[str, tuple[str, str]] | None:
    """A resource of another user that the holder of a key reaches: (`service:region:account:path`, (holder, other)).

    Args:
        areas: what the policy grants (True) and denies (False), with symbols where the holder's values stand.
        target: the keys that belong to one user, with symbols in the same sense.
        placeholders: what the values may be.

    None where no such pair exists; the holder's own keys are never told. Values of one placeholder are tried as short
    as they may be and one longer: a longer value behaves as one of these does.
    """
    identities = _identities(target, placeholders)
    if not identities:
        return None
    head = f"{target.service}:{target.region}:{target.account}:"
    path = tuple(
        [part._replace(least=1) if isinstance(part, Free) and part.least == 0 else part for part in target.path]
    )
    target = target._replace(path=path)  # witnesses are keys as people have them: no free part is empty
    others = template(head, _anyone(target.path, identities))
    symbols = {name for one, _ in areas for char in one.path if (name := atom_name(char)) is not None}
    known = {one.name: one for one in identities}
    known.update({name: placeholders[name] for name in symbols if name in placeholders})
    for longer, letters in ((0, "a"), (1, "a"), (1, "ab")):
        values = {name: _value(one, longer, letters) for name, one in known.items()}
        if any(value is None for value in values.values()):
            continue
        holder = {ord(atom(name)): str(value) for name, value in values.items()}
        granted = [(area(one._replace(path=one.path.translate(holder)), "any"), allow) for one, allow in areas]
        plus = [one for one, allow in granted if allow]
        minus = [one for one, allow in granted if not allow]
        own = template(head, _filled(target.path, holder))
        found = shortest(plus, [*minus, own], [others])
        if not isinstance(found, str):
            continue
        mine = str(values[identities[0].name])
        other = _user_in(found, head, target.path, identities[0])
        if other is not None and other != mine:
            return found, (mine, other)
        for value in _near(mine, identities[0]):  # the same value must stand in several places
            table = {ord(atom(one.name)): value for one in identities}
            found = shortest(plus, [*minus, own], [template(head, _filled(target.path, table))])
            if isinstance(found, str):
                return found, (mine, value)
    return None


def overlapping(
    first: ResourceTemplate, second: ResourceTemplate, placeholders: Mapping[str, Placeholder]
) -> tuple[str, tuple[str, str]] | None:
    """A resource that is a key of two different users, and the two; None where keys tell their users apart."""
    if first[:3] != second[:3]:
        return None
    identities = _identities(second, placeholders)
    mine = _identities(first, placeholders)
    if not identities or not mine:
        return None
    head = f"{first.service}:{first.region}:{first.account}:"
    for longer, letters in ((0, "a"), (1, "a"), (1, "ab")):
        values = {one.name: _value(one, longer, letters) for one in mine}
        if any(value is None for value in values.values()):
            continue
        table = {ord(atom(name)): str(value) for name, value in values.items()}
        own = template(head, _filled(first.path, table))
        holder = str(values[mine[0].name])
        for value in _near(holder, identities[0]):
            others = template(head, _filled(second.path, {ord(atom(one.name)): value for one in identities}))
            found = shortest([own], [], [others])
            if isinstance(found, str):
                return found, (holder, value)
    return None


def _identities(target: ResourceTemplate, placeholders: Mapping[str, Placeholder]) -> list[Placeholder]:
    """The identity placeholders of a template, in the order in which they stand."""
    found: dict[str, Placeholder] = {}
    for part in target.path:
        for char in part if isinstance(part, str) else "":
            name = atom_name(char)
            if name is not None and name in placeholders:
                found[name] = placeholders[name]
    return list(found.values())


def _filled(path: Iterable[str | Free], table: Mapping[int, str]) -> tuple[str | Free, ...]:
    """A path with values in the place of symbols."""
    return tuple([part.translate(table) if isinstance(part, str) else part for part in path])


def _anyone(path: Iterable[str | Free], identities: Sequence[Placeholder]) -> tuple[str | Free, ...]:
    """A path in which each symbol may be any value of its placeholder."""
    by_char = {atom(one.name): Free(one.alphabet, max(one.least, 1), one.most) for one in identities}
    found: list[str | Free] = []
    for part in path:
        for piece in [part] if not isinstance(part, str) else part:
            made = by_char.get(piece, piece) if isinstance(piece, str) else piece
            if isinstance(made, str) and found and isinstance(found[-1], str):
                found[-1] += made
            else:
                found.append(made)
    return tuple(found)


def _fits(placeholder: Placeholder, text: str) -> bool:
    ranges = placeholder.alphabet
    if len(text) < max(placeholder.least, 1) or (placeholder.most is not None and len(text) > placeholder.most):
        return False
    return ranges is None or all(any(low <= ord(char) <= high for low, high in ranges) for char in text)


def _letters(placeholder: Placeholder) -> Iterator[str]:
    """Characters that a value may hold, readable ones first."""
    ranges = placeholder.alphabet
    for char in "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        if ranges is None or any(low <= ord(char) <= high for low, high in ranges):
            yield char
    for low, high in ranges or ():
        yield from map(chr, range(low, min(high, low + 3) + 1))


def _value(placeholder: Placeholder, longer: int, letters: str) -> str | None:
    """A value of a placeholder: as short as it may be, or longer by so much; of one letter or of two in turn."""
    length = max(placeholder.least, 1) + longer
    usable = list(dict.fromkeys(_letters(placeholder)))[: len(letters)]
    made = ("".join(usable) * length)[:length] if usable else ""
    return made if _fits(placeholder, made) else None


def _near(value: str, placeholder: Placeholder) -> list[str]:
    """Other values that differ from one as little as may be."""
    letters = [*[char for char in _letters(placeholder) if char not in value][:2], value[-1]]
    found = [value + char for char in letters] + [value[:-1]] + [char + value[1:] for char in letters]
    return [one for one in dict.fromkeys(found) if one != value and _fits(placeholder, one)]


def _user_in(text: str, head: str, path: Iterable[str | Free], identity: Placeholder) -> str | None:
    """The value of an identity placeholder in a resource; None where the template cannot be read back from it."""
    first = atom(identity.name)
    pattern = re.escape(head)
    seen = False
    for part in path:
        if not isinstance(part, str):
            pattern += "(?:.*?)"
            continue
        for char in part:
            if char == first:
                pattern += "(?P=user)" if seen else "(?P<user>.+?)"
                seen = True
            else:
                pattern += ".+?" if atom_name(char) is not None else re.escape(char)
    found = re.fullmatch(pattern, text, re.DOTALL)
    return found["user"] if found is not None else None

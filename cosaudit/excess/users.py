"""Does a key that is made for one user reach a file of another? With two concrete users as the witness."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cam.pattern import BUDGET, MOST_POSITIONS, Free, GaveUp, Work, area, glob, joined, search, template
from cosaudit.cam.policy import atom, atom_name
from cosaudit.gates.asked import NO_SLASH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cosaudit.cam.language import ResourceTemplate
    from cosaudit.cam.pattern import Language
    from cosaudit.cam.policy import Area
    from cosaudit.model import Placeholder

#: Steps that one question may cost.
MOST_ASKED = BUDGET // 4


#: Above so many characters a value of a user is compared with a few others, not with all.
LONG = 64


class Crossing(NamedTuple):
    """A resource (`service:region:account:path`) of another user that the holder of a key reaches."""

    text: str
    holder: Mapping[str, str]  # placeholder → the holder's value
    users: tuple[str, str]  # the values in which the two differ: the holder's, the other's
    shows: str | None = None  # the other's file, where `text` is a listing that shows it


class _Holder(NamedTuple):
    """One holder of a key, and what the key grants and denies him."""

    values: Mapping[str, str]
    table: Mapping[int, str]  # the same by symbol
    plus: list[Language]
    minus: list[Language]


def ask(unions: Sequence[Sequence[Language]], minus: Sequence[Language], work: Work) -> str | GaveUp | None:
    """The shortest text in one language of each union and in none of `minus`.

    Args:
        unions: what must hold the text.
        minus: what must not.
        work: what all the questions of a kind may cost together; a single one takes `MOST_ASKED` at most.
    """
    share = Work(max(0, min(MOST_ASKED, work.left)))
    found = search(unions, minus, share)
    work.left -= share.budget - share.left
    return found


class Targets:
    """Keys of users, found by their literal beginning: a policy is asked only about those that it may reach."""

    def __init__(self, resources: Iterable[ResourceTemplate], placeholders: Mapping[str, Placeholder]) -> None:
        found: dict[str, list[ResourceTemplate]] = {}
        for one in dict.fromkeys(resources):
            if identities(one, placeholders):
                found.setdefault(_literal(one.path[0]), []).append(one)
        self._found = found
        self._heads = sorted(found)
        self._lengths = sorted({len(head) for head in found})

    def near(self, areas: Iterable[Area]) -> list[ResourceTemplate]:
        """The keys whose literal beginning goes with that of an area."""
        near: dict[ResourceTemplate, None] = {}
        for literal in dict.fromkeys([_literal(one.path) for one in areas]):
            for length in self._lengths:
                if length >= len(literal):
                    break
                near.update(dict.fromkeys(self._found.get(literal[:length], ())))
            for index in range(bisect_left(self._heads, literal), len(self._heads)):
                if not self._heads[index].startswith(literal):
                    break
                near.update(dict.fromkeys(self._found[self._heads[index]]))
        return list(near)


def _literal(text: str | Free) -> str:
    """The beginning of a pattern up to its first star or symbol."""
    if not isinstance(text, str):
        return ""
    for index, char in enumerate(text):
        if char == "*" or "\ud800" <= char <= "\udfff":
            return text[:index]
    return text


def crossing(
    areas: Sequence[tuple[Area, bool]],
    target: ResourceTemplate,
    needed: Sequence[str],
    placeholders: Mapping[str, Placeholder],
    within: Sequence[Sequence[Language]],
    work: Work,
) -> Crossing | GaveUp | None:
    """A resource of another user that the holder of a key reaches and that no flow of his needs.

    Args:
        areas: what the policy grants (True) and denies (False), with symbols where the holder's values stand.
        target: the keys that belong to one user, with symbols in the same sense.
        needed: the smallest patterns of what the holder's own flows need, with symbols.
        placeholders: what the values may be.
        within: what else bounds the key: unions that all must hold the resource.
        work: what it may cost.

    None where no such pair exists; given up where a question was too hard and no other one found a pair. Values are
    tried as short as they may be and one longer, of one letter and of two: a longer value behaves as one of these does.
    """
    target = target._replace(path=nonempty(target.path))
    own = identities(target, placeholders)
    head = f"{target.service}:{target.region}:{target.account}:"
    stuck: GaveUp | None = None
    areas, needed = _near_by(target, areas, needed)
    for holder in _of_key(areas, own, placeholders):
        values, table, plus, minus = holder
        less = [*minus, template(head, _filled(target.path, table)), *[glob(one.translate(table)) for one in needed]]
        found = ask([plus, [template(head, _anyone(target.path, own))], *within], less, work)
        if found is None:
            continue
        # where the search for anybody is too long, single other users are tried
        if isinstance(found, str):
            users = _two(found, head, target.path, own, values)
            if users is not None:
                return Crossing(found, values, users)
        else:
            stuck = found
        for users, path in _others(target.path, own, table, values):  # the same value stands twice, or is not read back
            found = ask([plus, [template(head, path)], *within], less, work)
            if isinstance(found, str):
                return Crossing(found, values, users)
            stuck = found or stuck
    return stuck


def listing(
    areas: Sequence[tuple[Area, bool]],
    target: ResourceTemplate,
    needed: Sequence[str],
    placeholders: Mapping[str, Placeholder],
    within: Sequence[Sequence[Language]],
    work: Work,
) -> Crossing | GaveUp | None:
    """A listing that shows the holder of a key a file of another user; the arguments and answers of `crossing`.

    The resource of a listing is its prefix (fact `cam.resource.list-prefix`), and shows every key that begins with it.
    """
    target = target._replace(path=nonempty(target.path))
    own = identities(target, placeholders)
    head = f"{target.service}:{target.region}:{target.account}:"
    stuck: GaveUp | None = None
    areas, needed = _near_by(target, areas, needed)
    closed = _closed(target.path, own)
    for holder in _of_key(areas, own, placeholders):
        values, table, plus, minus = holder
        unneeded = [glob(one.translate(table)) for one in needed]
        mine = [template(head, _filled(target.path, table)), *unneeded]
        minus += unneeded
        if closed is not None:  # what begins so shows his own keys alone
            minus.append(joined((head + closed.translate(table), Free(None))))
        found = _shown(head, _anyone(target.path, own), plus, minus, mine, within, work)
        if found is None:
            continue
        if isinstance(found, GaveUp):
            stuck = found
        else:
            users = _two(found[1], head, target.path, own, values)
            if users is not None:
                return Crossing(found[0], values, users, found[1])
        for users, path in _others(target.path, own, table, values):
            found = _shown(head, path, plus, minus, mine, within, work)
            if isinstance(found, GaveUp):
                stuck = found
            elif found is not None:
                return Crossing(found[0], values, users, found[1])
    return stuck


def _shown(
    head: str,
    path: Sequence[str | Free],
    plus: Sequence[Language],
    minus: Sequence[Language],
    hidden: Sequence[Language],
    within: Sequence[Sequence[Language]],
    work: Work,
) -> tuple[str, str] | GaveUp | None:
    """A granted listing and a key of a template that it shows and that is none of `hidden`."""
    literal = path[0] if isinstance(path[0], str) else ""
    unions = [plus, *within]
    for end in range(literal.find("/") + 1, len(literal) + 1):  # what all keys of the template begin with
        text = head + literal[:end]
        if all(any(one.matches(text) for one in union) for union in unions) and not any(
            one.matches(text) for one in minus
        ):
            key = ask([[template(head, tuple(path))]], hidden, work)
            return (text, key) if isinstance(key, str) else key
    beginnings = [template(head, one) for one in _beginnings(path)]
    stuck: GaveUp | None = None
    # first any beginning; where that one shows only what is hidden, each
    for some in (beginnings, *[[one] for one in beginnings]):
        prefix = ask([plus, some, *within], minus, work)
        if prefix is None and some is beginnings:
            return None
        if isinstance(prefix, str):
            key = ask([[template(head, tuple(path))], [joined((prefix, Free(None)))]], hidden, work)
            if isinstance(key, str):
                return prefix, key
            stuck = key or stuck
        else:
            stuck = prefix or stuck
    return stuck


def _beginnings(path: Sequence[str | Free]) -> list[tuple[str | Free, ...]]:
    """What keys of a template may begin with, longer than the text that all of them begin with."""
    found: list[tuple[str | Free, ...]] = []
    for at, part in enumerate(path):
        before = tuple(path[:at])
        if isinstance(part, Free):
            found.append((*before, part._replace(least=0)))
        elif at:
            found += [(*before, part[:end]) for end in range(1, len(part) + 1)]
    return found


def _closed(path: Sequence[str | Free], own: Sequence[Placeholder]) -> str | None:
    """The beginning of a key that says whose it is, whatever follows; None where nothing ends the user's part."""
    if not _told_apart(path, own):
        return None
    text = path[0] if isinstance(path[0], str) else ""
    return text[: max([text.rfind(atom(one.name)) for one in own]) + 2]


def _near_by(
    target: ResourceTemplate, areas: Sequence[tuple[Area, bool]], needed: Sequence[str]
) -> tuple[list[tuple[Area, bool]], list[str]]:
    """The areas and patterns that may hold keys of a template, or what such a key begins with: told by their text."""
    literal = _literal(target.path[0])
    near = [(one, allow) for one, allow in areas if _goes_with(_literal(one.path), literal)]
    return near, [one for one in needed if _goes_with(_literal(one.split(":", 3)[3]), literal)]


def _goes_with(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _of_key(
    areas: Sequence[tuple[Area, bool]], own: Sequence[Placeholder], placeholders: Mapping[str, Placeholder]
) -> Iterator[_Holder]:
    """Holders of a key, with what it grants each; nobody where keys belong to no user."""
    if not own:
        return
    names = {name for one, _ in areas for char in one.path if (name := atom_name(char)) is not None}
    known = {one.name: one for one in own}
    known.update({name: placeholders[name] for name in names if name in placeholders})
    for values in _holders(known.values()):
        table = {ord(atom(name)): value for name, value in values.items()}
        granted = [(area(one._replace(path=one.path.translate(table)), "any"), allow) for one, allow in areas]
        plus, minus = ([one for one, allow in granted if allow is wanted] for wanted in (True, False))
        yield _Holder(values, table, plus, minus)


def _two(
    text: str, head: str, path: Sequence[str | Free], own: Sequence[Placeholder], values: Mapping[str, str]
) -> tuple[str, str] | None:
    """The holder and the other user whose key this is, in the first placeholder in which they differ."""
    read = _users_in(text, head, path, own)
    if read is not None:
        for one in own:
            if read[one.name] != values[one.name]:
                return values[one.name], read[one.name]
    return None


def _others(
    path: Sequence[str | Free], own: Sequence[Placeholder], table: Mapping[int, str], values: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], tuple[str | Free, ...]]]:
    """Single other users beside the holder, with the keys of each."""
    for one in own:
        for value in _near(values[one.name], one):
            yield (values[one.name], value), _filled(path, {**table, ord(atom(one.name)): value})


def overlapping(
    first: ResourceTemplate, second: ResourceTemplate, placeholders: Mapping[str, Placeholder]
) -> tuple[str, tuple[str, str]] | None:
    """A resource of one user's `first` that is a key of another user's `second`, and the two users.

    Args:
        first: keys, or what a pattern of CAM holds beside them (`pattern_of`).
        second: keys.
        placeholders: what the values may be.

    None where no such pair exists. Values of the first user are tried as `crossing` does, and with what stands between
    two of them; the other user is anybody else.
    """
    mine, theirs = identities(first, placeholders), identities(second, placeholders)
    if first[:3] != second[:3] or not mine or not theirs:
        return None
    if _told_apart(first.path, mine) and first.path[0] == second.path[0]:
        return None
    head = f"{first.service}:{first.region}:{first.account}:"
    path = nonempty(second.path)
    known = {one.name: one for one in (*mine, *theirs)}
    for values in _namesakes(first.path, known):
        table = {ord(atom(name)): value for name, value in values.items()}
        own = template(head, _filled(first.path, table))
        for differs, others in _strangers(path, mine, theirs, values, table):
            languages = [template(head, one) for one in others]
            found = search([[own], languages], [], Work(BUDGET))
            if isinstance(found, str):
                read = _read(found, head, path, theirs, differs, values)
                return found, (_label(values, mine, mine == theirs), _label(read, theirs, mine == theirs))
    return None


def pattern_of(text: str) -> tuple[str | Free, ...]:
    """A pattern of CAM as a path: its stars are free."""
    found: list[str | Free] = []
    for number, piece in enumerate(text.split("*")):
        found += [Free(None), piece] if number else [piece]
    return tuple([one for one in found if one != ""])


def _namesakes(path: Sequence[str | Free], known: Mapping[str, Placeholder]) -> Iterator[dict[str, str]]:
    """Values of a user, also those that hold what stands between two values, as the end of one and of the next do."""
    for values in _holders(known.values()):
        yield values
        for part in path:
            symbols = [at for at, char in enumerate(part) if atom_name(char)] if isinstance(part, str) else []
            for here, there in pairwise(symbols):
                assert isinstance(part, str)
                name, following = atom_name(part[here]), atom_name(part[there])
                if name is not None and name in known and following is not None and following in known:
                    joint = part[here + 1 : there]
                    # what is between begins again after so much of it, so one value may end there as well as later
                    again = [joint[:at] for at in range(1, len(joint) + 1) if joint[at:] == joint[: len(joint) - at]]
                    for more in (*again, joint + values[following]):
                        if fits(known[name], values[name] + more):
                            yield {**values, name: values[name] + more}


def _strangers(
    path: tuple[str | Free, ...],
    mine: Sequence[Placeholder],
    theirs: Sequence[Placeholder],
    values: Mapping[str, str],
    table: Mapping[int, str],
) -> Iterator[tuple[str | None, list[tuple[str | Free, ...]]]]:
    """The keys of all who differ from a user in one value, with the name of that; None: in one that is not in them."""
    whole = "".join([part for part in path if isinstance(part, str)])
    once = [one for one in theirs if whole.count(atom(one.name)) == 1]
    same = [one for one in mine if one in theirs]
    if len(same) < len(mine) and len(same) < len(theirs):  # what tells the two apart is another name of each
        kept = {code: value for code, value in table.items() if not any(atom(one.name) == chr(code) for one in once)}
        yield None, [_anyone(_filled(path, kept), once)]
    for one in same:
        symbol = ord(atom(one.name))
        if one not in once or len(values[one.name]) > LONG:  # it stands in several places, or has many to differ in
            yield one.name, [_filled(path, {**table, symbol: value}) for value in _near(values[one.name], one)]
            continue
        free = [other for other in once if other != one]
        kept = {code: value for code, value in table.items() if not any(atom(each.name) == chr(code) for each in once)}
        rest = _anyone(_filled(path, kept), free)
        yield one.name, [_put(rest, chr(symbol), made) for made in _other_values(values[one.name], one)]


def _other_values(value: str, placeholder: Placeholder) -> Iterator[tuple[str | Free, ...]]:
    """All values of a placeholder but one: those that end before, those that differ first at a place, longer ones."""
    least, most = max(placeholder.least, 1), placeholder.most
    ranges = _alphabet(placeholder)
    for at, char in enumerate(value):
        if at >= least:
            yield (value[:at],)
        others = _without(ranges, ord(char))
        after = at + 1
        if others and (most is None or most >= after):
            yield value[:at], Free(others, 1, 1), Free(ranges, max(least - after, 0), most and most - after)
    if most is None or most > len(value):
        yield value, Free(ranges, 1, most and most - len(value))


def _without(ranges: Iterable[tuple[int, int]], code: int) -> tuple[tuple[int, int], ...]:
    """An alphabet without one character."""
    cut = [piece for low, high in ranges for piece in ((low, min(high, code - 1)), (max(low, code + 1), high))]
    return tuple(sorted({(low, high) for low, high in cut if low <= high}))


def _put(path: Iterable[str | Free], symbol: str, made: tuple[str | Free, ...]) -> tuple[str | Free, ...]:
    """A path with free text in the place of a symbol."""
    found: list[str | Free] = []
    for part in path:
        if isinstance(part, str) and symbol in part:
            before, _, after = part.partition(symbol)
            found += [before, *made, after]
        else:
            found.append(part)
    return tuple([one for one in found if one != ""])


def _read(
    text: str,
    head: str,
    path: tuple[str | Free, ...],
    theirs: Sequence[Placeholder],
    differs: str | None,
    values: Mapping[str, str],
) -> dict[str, str]:
    """The user whose key a resource is, who differs from another in one value."""
    key = text[len(head) :]
    pieces = list(dict.fromkeys([key[low:high] for low in range(len(key)) for high in range(low + 1, len(key) + 1)]))
    found: dict[str, str] = {}
    for one in sorted(theirs, key=lambda each: each.name != differs):
        for piece in (values[one.name], *pieces):
            if (one.name == differs and piece == values[one.name]) or not fits(one, piece):
                continue
            table = {ord(atom(name)): value for name, value in {**found, one.name: piece}.items()}
            left = [other for other in theirs if other.name not in found and other != one]
            if template(head, _anyone(_filled(path, table), left)).matches(text):
                found[one.name] = piece
                break
    return {**values, **found}


def _label(values: Mapping[str, str], own: Sequence[Placeholder], plain: bool) -> str:
    """A user by his value, or by his values where there are several."""
    if plain and len(own) == 1:
        return values[own[0].name]
    return ", ".join([f"{one.name}={values[one.name]}" for one in own])


def _told_apart(path: Sequence[str | Free], own: Sequence[Placeholder]) -> bool:
    """Does the first part of a key end each user's value with a character that no value holds, before anything free?"""
    by_char = {atom(one.name): one for one in own}
    text = path[0] if isinstance(path[0], str) else ""
    ended = [
        char in by_char
        and index + 1 < len(text)
        and atom_name(text[index + 1]) is None
        and not fits(by_char[char]._replace(least=1), text[index + 1])
        for index, char in enumerate(text)
        if atom_name(char) is not None
    ]
    return all(ended) and len(ended) >= len(own)


def identities(target: ResourceTemplate, placeholders: Mapping[str, Placeholder]) -> list[Placeholder]:
    """The identity placeholders of a template, in the order in which they stand."""
    found: dict[str, Placeholder] = {}
    for part in target.path:
        for char in part if isinstance(part, str) else "":
            name = atom_name(char)
            if name is not None and name in placeholders:
                found[name] = placeholders[name]
    return list(found.values())


def example(placeholder: Placeholder | None) -> str:
    """A value that a placeholder may hold, as short as it may be."""
    return "a" if placeholder is None else (_value(placeholder, 0, "a") or "a")


@lru_cache(maxsize=1024)  # the same few for every key
def examples(placeholder: Placeholder | None) -> tuple[str, ...]:
    """Values that a placeholder may hold, the readable ones first."""
    return tuple(dict.fromkeys(_examples(placeholder)))


def _examples(placeholder: Placeholder | None) -> Iterator[str]:
    if placeholder is None:
        yield from ("a", "b", "ab")
        return
    for longer, letters in ((0, "a"), (0, "ab"), (1, "a"), (1, "ab")):
        value = _value(placeholder, longer, letters)
        if value is not None:
            yield value
            yield from _near(value, placeholder)


def nonempty(path: Iterable[str | Free]) -> tuple[str | Free, ...]:
    """A path whose free parts hold something, as the keys of people do."""
    return tuple(
        [
            part._replace(least=1) if isinstance(part, Free) and part.least == 0 and part.most != 0 else part
            for part in path
        ]
    )


def _holders(known: Iterable[Placeholder]) -> Iterator[dict[str, str]]:
    """Values of a key's holder."""
    every = list(known)
    for longer, letters in ((0, "a"), (1, "a"), (1, "ab")):
        values = {one.name: _value(one, longer, letters) for one in every}
        if all(value is not None for value in values.values()):
            yield {name: str(value) for name, value in values.items()}


def _filled(path: Iterable[str | Free], table: Mapping[int, str]) -> tuple[str | Free, ...]:
    """A path with values in the place of symbols."""
    return tuple([part.translate(table) if isinstance(part, str) else part for part in path])


def _alphabet(placeholder: Placeholder) -> tuple[tuple[int, int], ...]:
    if placeholder.alphabet is not None:
        return placeholder.alphabet
    return NO_SLASH if placeholder.source != "client" else ((1, 0xD7FF), (0xE000, 0x10FFFF))


def _anyone(path: Iterable[str | Free], own: Sequence[Placeholder]) -> tuple[str | Free, ...]:
    """A path in which each symbol may be any value of its placeholder."""
    by_char = {atom(one.name): Free(_alphabet(one), max(one.least, 1), one.most) for one in own}
    found: list[str | Free] = []
    for part in path:
        for piece in part if isinstance(part, str) else [part]:
            made = by_char.get(piece, piece) if isinstance(piece, str) else piece
            if isinstance(made, str) and found and isinstance(found[-1], str):
                found[-1] += made
            else:
                found.append(made)
    return tuple(found)


def fits(placeholder: Placeholder, text: str) -> bool:
    """May a placeholder hold a text?"""
    if len(text) < max(placeholder.least, 1) or (placeholder.most is not None and len(text) > placeholder.most):
        return False
    return all(any(low <= ord(char) <= high for low, high in _alphabet(placeholder)) for char in text)


@lru_cache(maxsize=1024)
def _letters(placeholder: Placeholder) -> tuple[str, ...]:
    """A few characters that a value may hold, readable ones first."""
    ranges = _alphabet(placeholder)
    readable = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    found = [char for char in readable if any(low <= ord(char) <= high for low, high in ranges)]
    found += [chr(code) for low, high in ranges for code in range(low, min(high, low + 3) + 1)]
    return tuple(dict.fromkeys(found))[:8]


def _value(placeholder: Placeholder, longer: int, letters: str) -> str | None:
    """A value of a placeholder: as short as it may be, or longer by so much; of one letter or of two in turn."""
    length = max(placeholder.least, 1) + longer
    if length > MOST_POSITIONS:  # no key is so long
        return None
    usable = _letters(placeholder)[: len(letters)]
    made = ("".join(usable) * length)[:length] if usable else ""
    return made if made and fits(placeholder, made) else None


def _near(value: str, placeholder: Placeholder) -> list[str]:
    """Other values that differ from one as little as may be."""
    letters = [*[char for char in _letters(placeholder) if char not in value][:2], value[-1]]
    found = [value + char for char in letters] + [value[:-1]] + [char + value[1:] for char in letters]
    return [one for one in dict.fromkeys(found) if one != value and fits(placeholder, one)]


def _users_in(text: str, head: str, path: Iterable[str | Free], own: Sequence[Placeholder]) -> dict[str, str] | None:
    """The values of the identity placeholders in a resource; None where it cannot be read back."""
    by_char = {atom(one.name): one for one in own}
    groups: dict[str, str] = {}
    parts = list(path)
    literal = _literal(parts[0])
    if not text.startswith(head + literal):
        return None
    if isinstance(parts[0], str):
        parts[0] = parts[0][len(literal) :]  # what is left is the same for many keys, and compiled once
    pattern = ""
    for part in parts:
        if not isinstance(part, str):
            pattern += _class(part.alphabet, part.least, part.most)
            continue
        for char in part:
            one = by_char.get(char)
            if one is None:
                pattern += re.escape(char)
            elif one.name in groups:
                pattern += f"(?P={groups[one.name]})"
            else:
                groups[one.name] = f"user{len(groups)}"
                pattern += f"(?P<{groups[one.name]}>{_class(_alphabet(one), max(one.least, 1), one.most)})"
    found = re.compile(pattern, re.DOTALL).fullmatch(text, len(head + literal))
    return {name: found[group] for name, group in groups.items()} if found is not None else None


def _class(ranges: Iterable[tuple[int, int]] | None, least: int, most: int | None) -> str:
    if ranges is None:
        return f".{{{least},{'' if most is None else most}}}?"
    made = "".join([f"{re.escape(chr(low))}-{re.escape(chr(high))}" for low, high in ranges])
    return f"[{made}]{{{least},{'' if most is None else most}}}?"

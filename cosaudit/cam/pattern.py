"""Exact questions on sets of texts that glob patterns describe: is one within others, which is the shortest beyond?

A set is a `Language`. Each pattern is an automaton over characters whose states are made when they are first reached:
of a glob they are the positions of its text (what the last star passed has to match from the start again, as
in Knuth, Morris and Pratt), of a template sets of positions kept as bits of a number (Shift-And). Once a later star is
reached, earlier positions are dropped: whatever they accept, the star does too. Questions walk the product of
automata breadth first. Of all the characters only those that some pattern tells apart are tried at a state, and one
for the rest of each alphabet.

No recursion, no backtracking. What is too hard is given up after a stated amount of work, see `BUDGET`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit.cam.condition import glob as glob_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence, Set

    from cosaudit.cam.policy import Area

#: The work that a question may cost, in steps: moving one pattern by one character is one step, and a combination of
#: positions that was not met before counts ten more. So at most 200,000 combinations are kept, some 100 MB at the very
#: worst, and the longest answer takes about a second.
BUDGET = 2_000_000
_NEW = 10

#: The most positions that a template may have: an object's key has at most 850 bytes. A longer one is given up at once.
MOST_POSITIONS = 8192

#: Ranges of code points, sorted and apart.
Ranges = tuple[tuple[int, int], ...]


class Free(NamedTuple):
    """Any text of an alphabet. `alphabet` None: any character, symbols of placeholders too. `most` None: any length."""

    alphabet: Ranges | None
    least: int = 0
    most: int | None = None


#: Text that stands for itself (a `*` in it too), and free parts.
Template = tuple[str | Free, ...]


class GaveUp(NamedTuple):
    """The answer to a question that was too hard: the steps that were spent on it."""

    steps: int


class Work:
    """A budget of steps, shared by the questions of one call."""

    __slots__ = ("budget", "left")

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self.left = budget

    def gave_up(self) -> GaveUp:
        """The answer when nothing is left."""
        return GaveUp(self.budget - self.left)


class Language(NamedTuple):
    """A set of texts. Made by `glob`, `area`, `possible`, `template` and `joined`; equal ones hold the same texts.

    `segments` are patterns of texts without a colon, each followed by one; `rest` is the pattern of what comes after
    them. With `parts` they are empty. `empty`: it holds nothing at all. `leaps`: symbols that in a text stand for one
    or more characters, whatever these are.
    """

    segments: tuple[str, ...]
    rest: str
    parts: Template | None = None
    empty: bool = False
    leaps: str = ""

    def matches(self, text: str) -> bool:
        """Is a text in the set?"""
        if self.empty:
            return False
        if self.parts is not None:
            return _template_matches(self.parts, text, self.leaps)
        for pattern in self.segments:
            segment, colon, text = text.partition(":")
            if not colon or not (pattern in ("*", segment) or glob_matches(pattern, segment)):
                return False
        return glob_matches(self.rest, text)


_STARS = re.compile(r"\*+")
_NOTHING = Language((), "", None, True)


def _plain(pattern: str) -> str:
    """A pattern without repeated stars, so that equal ones are equal texts."""
    return _STARS.sub("*", pattern) if "**" in pattern else pattern


@lru_cache(maxsize=1024)
def glob(pattern: str) -> Language:
    """The texts that a pattern matches: `*` stands for any text (symbols of placeholders too), all else for itself."""
    return Language((), _plain(pattern))


@lru_cache(maxsize=4096)
def area(area: Area, own: str = "any") -> Language:
    """The resources of an area, as texts `service:region:account:path`; a `*` of the first three crosses no colon.

    Args:
        area: the area.
        own: what an account that is not named (None) stands for. "any": every account. "symbol": the one that is
            written as empty text, which beside `*` nothing else matches.

    Source: fact `cam.resource.account`.
    """
    account = area.account if area.account is not None else "*" if own == "any" else ""
    if ":" in area.service or ":" in area.region or ":" in account:
        return _NOTHING  # no segment holds a colon
    return Language((_plain(area.service), _plain(area.region), _plain(account)), _plain(area.path))


def template(prefix_text: str, path: Template) -> Language:
    """The texts of a template after a literal text, `service:region:account:`. A `*` in either stands for itself."""
    return joined((prefix_text, *path))


def joined(parts: Iterable[str | Free]) -> Language:
    """The texts that literal and free parts make one after the other."""
    found: list[str | Free] = []
    for part in parts:
        if isinstance(part, str):
            if found and isinstance(found[-1], str):
                found[-1] += part
            elif part:
                found.append(part)
        elif part.most is not None and part.most < part.least:
            return _NOTHING
        elif part.most != 0:
            found.append(part if part.least >= 0 else part._replace(least=0))
    return Language((), "", tuple(found))


_NO_COLON: Ranges = ((0, 57), (59, 0x10FFFF))


@lru_cache(maxsize=1024)
def possible(area_: Area, own: str, symbols: str) -> Language:
    """The resources that an area may match, for all that is known of placeholders.

    A placeholder that is in both, the area and the text asked for, is the same text. Others stand for one or more
    characters of any kind.

    Args:
        area_: the area.
        own: as in `area`.
        symbols: the placeholders of the texts that will be asked for.
    """
    named = {char for char in area_.path if "\ud800" <= char <= "\udfff"}
    foreign = named.difference(symbols)
    leaps = "".join(sorted(set(symbols) - named))
    plain = area(area_, own)
    if not (foreign or leaps) or plain.empty:
        return plain
    parts: list[str | Free] = []
    for segment in plain.segments:
        for number, piece in enumerate(segment.split("*")):
            parts += [Free(_NO_COLON), piece] if number else [piece]
        parts.append(":")
    for char in plain.rest:
        parts.append(Free(None) if char == "*" else Free(None, 1) if char in foreign else char)
    return joined(parts)._replace(leaps=leaps)


def head(language: Language) -> str:
    """The literal text that all texts of a language begin with, as far as the pattern spells it out."""
    if language.parts is not None:
        if language.leaps:  # such a symbol may stand anywhere
            return ""
        return language.parts[0] if language.parts and isinstance(language.parts[0], str) else ""
    if not language.segments:
        return language.rest.partition("*")[0]
    return ":".join((*language.segments, language.rest)).partition("*")[0]


# -- one word that tells -------------------------------------------------------------------------------------------
#
# A character that no pattern spells out can only be matched by a star, and a star that matches it matches any text in
# its place. So a glob is within a union of globs exactly when the word that has such a character in the place of each
# star is matched by one of them.

_MARK = "\U0010fffe"  # no character, never in a text


@lru_cache(maxsize=4096)
def _word(language: Language) -> tuple[str, bool, bool] | None:
    """That word; is it surely in the language; are the first three colons literal? None where there is no such word."""
    if language.leaps:
        return None
    if language.parts is None:
        text = ":".join((*language.segments, language.rest))
        literal = language.segments != () or text.partition("*")[0].count(":") >= 3
        return None if language.empty or _MARK in text else (text.replace("*", _MARK), True, literal)
    word = ""
    member = True
    for part in language.parts:
        if isinstance(part, str):
            if _MARK in part:
                return None
            word += part
        else:
            if part.least > MOST_POSITIONS:
                return None
            word += _MARK * max(part.least, 1)
            member = member and (part.alphabet is None or _inside(part.alphabet, ord(_MARK)))
    return word, member, word.partition(_MARK)[0].count(":") >= 3


def covers(outer: Language, inner: Language) -> bool:
    """Does one language hold another one? Sure when it says so; between globs and areas also when it does not."""
    if outer == inner or inner.empty:
        return True
    known = _word(inner)
    return known is not None and outer.matches(known[0]) and _covers(outer, known[2])


def _covers(outer: Language, literal: bool) -> bool:
    """Does a language that matches a word hold all that it stands for? `literal`: so are the word's first colons."""
    if outer.parts is not None or (outer.segments and not literal):
        return False
    return _MARK not in outer.rest and not any(_MARK in one for one in outer.segments)


_FEW = 12


class _Index:
    """Many languages, ready to be asked which of them may match a word: those of which it has the literal beginning."""

    __slots__ = ("all", "heads", "lengths", "rests")

    def __init__(self, languages: Sequence[Language]) -> None:
        self.all = frozenset(languages)
        self.heads: dict[tuple[bool, str], list[Language]] = {}
        self.rests: list[Language] = []
        for one in self.all:
            if one.parts is not None:
                self.rests.append(one)
            else:
                self.heads.setdefault((bool(one.segments), one.rest.partition("*")[0]), []).append(one)
        self.lengths = sorted({(segments, len(text)) for segments, text in self.heads})

    def near(self, word: str) -> Iterable[Language]:
        """Those whose pattern after the segments begins as the word does there."""
        yield from self.rests
        pieces = word.split(":", 3)
        path = pieces[3] if len(pieces) == 4 else None
        for segments, length in self.lengths:
            text = path if segments else word
            if text is not None:
                yield from self.heads.get((segments, text[:length]), ())


def uncovered(plus: Iterable[Language], minus: Sequence[Language], work: Work) -> tuple[list[Language], bool]:
    """Which of `plus` no single one of `minus` holds.

    Returns:
        Those, and whether a text is surely left: where only globs are asked, it is exactly when one of `plus` is left.
    """
    left: list[Language] = []
    surely = False
    index = _Index(minus) if len(minus) > _FEW else None
    for one in dict.fromkeys(plus):
        if one.empty or one in (minus if index is None else index.all):
            continue
        known = _word(one) if work.left > 0 else None
        if known is None:
            left.append(one)
            continue
        word, member, literal = known
        missed = True
        for other in minus if index is None else index.near(word):
            work.left -= 1
            if other.matches(word):
                if _covers(other, literal):
                    break
                missed = False  # it holds this word, but may not hold all that the word stands for
        else:
            left.append(one)
            surely = surely or (member and missed)
    return left, surely


# -- automata ------------------------------------------------------------------------------------------------------


class _State:
    """A state of an automaton: where the characters of `row` lead, and where all others do. None: nowhere."""

    __slots__ = ("accepts", "at", "border", "default", "machine", "ranged", "row", "start")

    row: dict[str, _State | None] | None  # None: not asked yet
    default: _State | None
    start: _State | None
    border: _State | None

    def __init__(self, machine: Any, at: int, accepts: bool) -> None:
        self.machine = machine
        self.at = at
        self.accepts = accepts
        self.row = None
        self.default = None
        self.ranged = False  # where other characters lead depends on their alphabet: ask `other`
        self.start = None
        self.border = None

    def to(self, char: str) -> _State | None:
        """Where a character leads."""
        row = self.row
        if row is None:
            row = self.machine.expand(self)
        if char in row:
            return row[char]
        return self.machine.other(self, char) if self.ranged else self.default


#: The state from which every text is accepted, the same for all automata.
_ALL = _State(None, 0, True)
_ALL.row = {}
_ALL.default = _ALL


class _Glob:
    """The automaton of a glob. A state is a position of its text.

    `start` of a state is the state of the last star, None before the first one (and in a segment before its first one):
    there a mismatch is the end. `border` is where the automaton would be, had it begun one character after the star.
    """

    __slots__ = ("first", "fold", "known", "stars", "tag", "text")

    def __init__(self, language: Language, tag: int = 0, fold: bool = True) -> None:
        pieces: list[str] = []
        stars: dict[int, bool] = {}  # where one stands, and whether it crosses colons
        at = 0
        last = len(language.segments)
        for number, segment in enumerate((*language.segments, language.rest)):
            for count, piece in enumerate(segment.split("*")):
                if count:
                    stars[at] = number == last
                pieces.append(piece)
                at += len(piece)
            if number < last:
                pieces.append(":")
                at += 1
        self.text = "".join(pieces)
        self.stars = stars
        self.tag = tag
        self.fold = fold
        self.known: dict[int, _State] = {}
        self.first = self._state(0, None, None)

    def _state(self, at: int, start: _State | None, border: _State | None) -> _State:
        found = self.known.get(at)
        if found is None:
            accepts = at == len(self.text)
            if self.fold and accepts and self.stars.get(at):
                return _ALL
            found = self.known[at] = _State(self, at, accepts)
            if at in self.stars:
                found.start = found
            else:
                found.start, found.border = start, border
        return found

    def after(self, text: str) -> _State | None:
        """The state after a text."""
        literal = self.text[: next(iter(self.stars), None)]
        if literal.startswith(text):
            return self._state(len(text), None, None)
        return _run(self._state(len(literal), None, None), text[len(literal) :]) if text.startswith(literal) else None

    def expand(self, state: _State) -> dict[str, _State | None]:
        """Find where a state leads."""
        at, start, border = state.at, state.start, state.border
        row: dict[str, _State | None]
        if start is None:
            row = {self.text[at]: self._state(at + 1, None, None)} if at < len(self.text) else {}
        else:
            # The border's row is there: it stands earlier after the same star.
            row = dict(border.row) if border is not None and border.row is not None else {}
            crosses = self.stars[start.at]
            if not crosses:
                row[":"] = None
            if at < len(self.text):
                char = self.text[at]
                if char == ":" and not crosses:
                    row[char] = self._state(at + 1, None, None)
                else:
                    row[char] = self._state(at + 1, start, row.get(char, start) if border is not None else start)
            state.default = start
        state.row = row
        return row


class _Tables(NamedTuple):
    """A template as numbers: bit i stands for position i."""

    take: dict[str, int]  # character → positions that it moves on
    classes: tuple[tuple[Ranges | None, int, int], ...]  # alphabet, positions it moves on, where it stays
    skip: int  # positions that may be passed over
    stay: int  # positions where any character stays
    loops: int  # positions where some alphabet stays
    final: int
    leaps: str


@lru_cache(maxsize=256)
def _tables(parts: Template, leaps: str = "") -> _Tables | None:
    """The tables of a template; None: it has too many positions."""
    wanted = sum([len(one) if isinstance(one, str) else max(one.least, one.most or 0) for one in parts])
    if wanted > MOST_POSITIONS:
        return None
    take: dict[str, int] = {}
    classes: dict[Ranges | None, list[int]] = {}
    skip = loops = 0
    bit = 1
    for part in parts:
        if isinstance(part, str):
            for char in part:
                take[char] = take.get(char, 0) | bit
                bit <<= 1
            continue
        own = classes.setdefault(part.alphabet, [0, 0])
        for _ in range(part.least):
            own[0] |= bit
            bit <<= 1
        if part.most is None:
            if loops & bit:  # one loop a position
                skip |= bit
                bit <<= 1
            own[1] |= bit
            loops |= bit
            continue
        for _ in range(part.most - part.least):
            own[0] |= bit
            skip |= bit
            bit <<= 1
    stay = classes[None][1] if None in classes else 0
    rows = tuple([(key, moving, staying) for key, (moving, staying) in classes.items()])
    return _Tables(take, rows, skip, stay, loops, bit, leaps)


def _closed(tables: _Tables, bits: int) -> int:
    """The positions with those that can be passed over to, without those that a later star makes needless."""
    skip = tables.skip
    if skip:
        bits |= ((bits & skip) + skip) ^ skip  # the carry runs through each row of positions that may be skipped
    stays = bits & tables.stay
    if stays:
        low = stays.bit_length() - 1
        bits = bits >> low << low
    return bits


def _step(tables: _Tables, bits: int, char: str) -> int:
    if char in tables.leaps:  # one or more characters: on to any later position
        later = ((tables.final << 1) - 1) & ~(((bits & -bits) << 1) - 1)
        return _closed(tables, later | (bits & tables.loops))
    take = tables.take.get(char, 0)
    stay = 0
    code = ord(char)
    for alphabet, moving, staying in tables.classes:
        if alphabet is None or _inside(alphabet, code):
            take |= moving
            stay |= staying
    found = ((bits & take) << 1) | (bits & stay)
    return _closed(tables, found) if found else 0


def _inside(alphabet: Ranges, code: int) -> bool:
    for low, high in alphabet:
        if code <= high:
            return low <= code
    return False


def _template_matches(parts: Template, text: str, leaps: str) -> bool:
    tables = _tables(parts, leaps)
    if tables is None:
        return _long_template_matches(parts, text)
    start = len(parts[0]) if parts and isinstance(parts[0], str) and text.startswith(parts[0]) else 0
    bits = _closed(tables, 1 << start)
    for char in text[start:]:
        bits = _step(tables, bits, char)
        if not bits:
            return False
    return bits & tables.final != 0


def _long_template_matches(parts: Template, text: str) -> bool:
    """The same for a template with many positions: which ends of the text its parts reach, one part after the other."""
    ends = {0}
    for part in parts:
        if isinstance(part, str):
            ends = {one + len(part) for one in ends if text.startswith(part, one)}
            continue
        found: set[int] = set()
        run = 0  # how far the alphabet reaches from the last end that was asked
        for one in sorted(ends):
            run = max(run, one)
            while run < len(text) and (part.alphabet is None or _inside(part.alphabet, ord(text[run]))):
                run += 1
            most = run if part.most is None else min(run, one + part.most)
            found.update(range(one + part.least, most + 1))
        ends = found
    return len(text) in ends


class _Template:
    """The automaton of a template. A state is a set of positions."""

    __slots__ = ("first", "known", "memo", "tables", "tag", "text")

    def __init__(self, parts: Template, tables: _Tables, tag: int = 0) -> None:
        self.tables = tables
        self.tag = tag
        self.text = parts[0] if parts and isinstance(parts[0], str) else ""
        self.known: dict[int, _State | None] = {0: None}
        self.memo: dict[tuple[int, str], _State | None] = {}
        first = self._state(_closed(tables, 1))
        assert first is not None
        self.first = first

    def _state(self, bits: int) -> _State | None:
        if bits in self.known:
            return self.known[bits]
        tables = self.tables
        found = _State(self, bits, bits & tables.final != 0)
        if found.accepts and tables.stay & tables.final:
            found = _ALL
        self.known[bits] = found
        return found

    def after(self, text: str) -> _State | None:
        """The state after a text."""
        same = len(text) if self.text.startswith(text) else len(_common([self.text, text]))
        return _run(self._state(_closed(self.tables, 1 << same)), text[same:])

    def expand(self, state: _State) -> dict[str, _State | None]:
        """Find where a state leads."""
        bits = state.at
        tables = self.tables
        moved = 0
        for alphabet, moving, staying in tables.classes:
            if alphabet is None:
                moved = ((bits & moving) << 1) | (bits & staying)
            elif bits & (moving | staying):
                state.ranged = True
        state.default = self._state(_closed(tables, moved)) if moved and not state.ranged else None
        state.row = {
            char: self._state(_step(tables, bits, char))
            for char in (*tables.take, *tables.leaps)
            if char in tables.leaps or bits & tables.take[char]
        }
        return state.row

    def other(self, state: _State, char: str) -> _State | None:
        """Where a character leads that the row does not have."""
        key = state.at, char
        if key not in self.memo:
            self.memo[key] = self._state(_step(self.tables, state.at, char))
        return self.memo[key]


def _run(state: _State | None, text: str) -> _State | None:
    found = state
    for char in text:
        if found is None or found is _ALL:
            break
        found = found.to(char)
    return found


def _machine(language: Language, tag: int = 0, fold: bool = True) -> _Glob | _Template | None:
    if language.parts is None:
        return _Glob(language, tag, fold)
    tables = _tables(language.parts, language.leaps)
    return _Template(language.parts, tables, tag) if tables is not None else None


# -- which characters to try -----------------------------------------------------------------------------------------

_LOWER, _UPPER, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
#: The order in which characters are tried: for resources, and for the names of actions.
TEXT_ORDER = _LOWER + _DIGITS + _UPPER + "-_./:=@+,;!$%&'()#~^[]{}<>|\"`\\ "
NAME_ORDER = _UPPER + _LOWER + _DIGITS + "-_"


@lru_cache(maxsize=8)
def _ranker(order: str) -> Callable[[str], int]:
    """Tells how early a character is tried: readable ones, symbols of placeholders, `*` and `?`, control characters."""
    places = {char: number for number, char in enumerate(order)}

    def rank(char: str) -> int:
        found = places.get(char)
        if found is None:
            code = ord(char)
            if "\ud800" <= char <= "\udfff":
                found = 2_000_000 + code
            elif char in "*?":
                found = 3_000_000 + code
            else:
                found = (1_000 if char.isprintable() else 4_000_000) + code
        return found

    return rank


class _Region(NamedTuple):
    """Characters that no alphabet tells apart: readable ones in the order of preference, all, and those of symbols."""

    preferred: str
    texts: Ranges
    symbols: Ranges

    def one(self, taken: Set[str]) -> str | None:
        """The best character that is not taken; None when all are."""
        for char in self.preferred:
            if char not in taken:
                return char
        rest: str | None = None
        for low, high in self.texts:
            for code in range(low, high + 1):
                char = chr(code)
                if char in taken or char in "*?":
                    continue
                if char.isprintable():
                    return char
                rest = rest or char
        for low, high in self.symbols:
            for code in range(low, high + 1):
                if chr(code) not in taken:
                    return chr(code)
        for char in "*?":
            if char not in taken and _inside(self.texts, ord(char)):
                return char
        return rest


@lru_cache(maxsize=64)
def _regions(alphabets: frozenset[Ranges], order: str) -> tuple[_Region, ...]:
    """The characters, parted by the alphabets."""
    cuts = {0, 0xD800, 0xE000, 0x110000}
    for alphabet in alphabets:
        for low, high in alphabet:
            cuts.update((low, high + 1))
    edges = sorted(cuts)
    found: dict[tuple[bool, ...], list[tuple[int, int]]] = {}
    for number, after in enumerate(edges[1:]):
        low = edges[number]
        signature = tuple([_inside(alphabet, low) for alphabet in alphabets])
        found.setdefault(signature, []).append((low, after - 1))
    regions: list[_Region] = []
    for ranges in found.values():
        texts = tuple([one for one in ranges if one[1] < 0xD800 or one[0] > 0xDFFF])
        symbols = tuple([one for one in ranges if one not in texts])
        regions.append(_Region("".join([char for char in order if _inside(texts, ord(char))]), texts, symbols))
    return tuple(regions)


def _alphabets(languages: Iterable[Language]) -> frozenset[Ranges]:
    return frozenset(
        [
            part.alphabet
            for one in languages
            if one.parts is not None
            for part in one.parts
            if not isinstance(part, str) and part.alphabet is not None
        ]
    )


# -- the walk --------------------------------------------------------------------------------------------------------

_States = frozenset[_State]


def _spread(states: _States) -> tuple[dict[str, list[_State]], list[_State]]:
    """Where states lead: those that take few characters by character, and those that take any or an alphabet."""
    few: dict[str, list[_State]] = {}
    many: list[_State] = []
    for state in states:
        row = state.row
        if row is None:
            row = state.machine.expand(state)
        if state.default is None and not state.ranged:
            for char, target in row.items():
                if target is not None:
                    if char in few:
                        few[char].append(target)
                    else:
                        few[char] = [target]
        else:
            many.append(state)
    return few, many


def _moved(few: dict[str, list[_State]], many: list[_State], char: str) -> _States:
    """The states after a character."""
    if not many:
        return frozenset(few.get(char, ()))
    found: set[_State | None] = set(few.get(char, ()))
    for state in many:
        row = state.row
        if char in row:  # type: ignore[operator]  # `_spread` has filled it
            found.add(row[char])  # type: ignore[index]
        elif state.ranged:
            found.add(state.machine.other(state, char))
        else:
            found.add(state.default)
    found.discard(None)
    return frozenset(found)  # type: ignore[arg-type]


_EVERYTHING: _States = frozenset([_ALL])


def search(
    unions: Sequence[Sequence[Language]], minus: Sequence[Language], work: Work, order: str = TEXT_ORDER
) -> str | GaveUp | None:
    """The shortest text that is in one language of each union and in none of `minus`.

    Among the shortest ones the first by `order`. None: there is no such text.
    """
    unions = [[one for one in dict.fromkeys(union) if not one.empty] for union in unions]
    if not unions or not all(unions):
        return None
    beginning = max([_common([head(one) for one in union]) for union in unions], key=len)
    firsts: list[_States] = []
    for union in (*unions, minus):
        found: list[_State] = []
        for language in union:
            if language.empty:
                continue
            machine = _machine(language)
            if machine is None:
                return work.gave_up()
            work.left -= 1
            if not head(language).startswith(beginning):
                work.left -= len(beginning)
            if work.left < 0:
                return work.gave_up()
            state = machine.after(beginning)
            if state is not None:
                found.append(state)
        firsts.append(_EVERYTHING if _ALL in found else frozenset(found))
    if _ALL in firsts[-1] or not all(firsts[:-1]):
        return None
    regions = _regions(_alphabets([one for union in (*unions, minus) for one in union]), order)
    rank = _ranker(order)
    last = len(unions)
    first = tuple(firsts)
    if _wanted(first):
        return beginning
    queue = [first]
    seen = {first}
    pool: dict[_States, _States] = {}  # equal sets are kept once
    came: list[tuple[int, str]] = [(0, "")]
    for number, states in enumerate(queue):
        spread = [_spread(one) for one in states]
        work.left -= sum([len(one) for one in states])
        narrow = [few for few, many in spread[:-1] if not many]
        tried: Collection[str]
        if narrow:  # some union takes few characters: only those lead on
            tried = min(narrow, key=len)
        else:
            named: set[str] = set()
            for few, many in spread:
                named.update(few)
                for state in many:
                    if state.row:
                        named.update(state.row)
            tried = [*named, *[char for region in regions if (char := region.one(named)) is not None]]
            work.left -= len(tried)
        cost = sum([len(many) for _, many in spread]) + 1
        for char in sorted(tried, key=rank) if len(tried) > 1 else tried:
            work.left -= cost
            if work.left < 0:
                return work.gave_up()
            following: list[_States] = []
            for place, (few, many) in enumerate(spread):
                reached = _moved(few, many, char)
                if not many:
                    work.left -= len(reached)
                if place == last:
                    if _ALL in reached:
                        break
                elif not reached:
                    break
                elif _ALL in reached:
                    reached = _EVERYTHING
                following.append(pool.setdefault(reached, reached))
            else:
                key = tuple(following)
                if key in seen:
                    continue
                work.left -= _NEW
                seen.add(key)
                queue.append(key)
                came.append((number, char))
                if _wanted(key):
                    return beginning + _path(came, len(came) - 1)
    return None


def _wanted(states: tuple[_States, ...]) -> bool:
    """Is the text that led here an answer?"""
    for one in states[:-1]:
        for state in one:
            if state.accepts:
                break
        else:
            return False
    return not any(state.accepts for state in states[-1])


def _path(came: list[tuple[int, str]], number: int) -> str:
    found: list[str] = []
    while number:
        number, char = came[number]
        found.append(char)
    return "".join(reversed(found))


def _common(texts: list[str]) -> str:
    """The longest beginning that texts share."""
    low, high = min(texts), max(texts)
    for number, char in enumerate(low):
        if char != high[number]:
            return low[:number]
    return low


def partition(
    patterns: Sequence[Language], within: Language, work: Work, order: str = TEXT_ORDER
) -> dict[frozenset[int], str] | GaveUp:
    """Every combination of patterns (their numbers) that match a text of `within`, each with its shortest text.

    Among the shortest ones the first by `order`. Exact: a combination that is not in the answer has no text.
    """
    machine = _machine(within)
    machines = [_machine(one, number, False) for number, one in enumerate(patterns) if not one.empty]
    if machine is None or None in machines:
        return work.gave_up()
    beginning = head(within)
    start = machine.after(beginning)
    if start is None:
        return {}
    states = [one.after(beginning) for one in machines if one is not None]
    work.left -= len(machines) * (len(beginning) + 1)
    first = frozenset([start]), frozenset([one for one in states if one is not None])
    regions = _regions(_alphabets([within, *patterns]), order)
    rank = _ranker(order)
    queue = [first]
    seen = {first}
    pool: dict[_States, _States] = {}  # equal sets are kept once
    came: list[tuple[int, str]] = [(0, "")]
    found: dict[frozenset[int], str] = {}
    for number, (ours, theirs) in enumerate(queue):
        if any(one.accepts for one in ours):
            key = frozenset([one.machine.tag for one in theirs if one.accepts])
            if key not in found:
                found[key] = beginning + _path(came, number)
                work.left -= len(theirs)
        few, many = _spread(ours)
        their_few, their_many = _spread(theirs)
        tried: set[str] = set(few)
        if many:
            tried.update(their_few)
            for state in (*many, *their_many):
                if state.row:
                    tried.update(state.row)
            tried.update([char for region in regions if (char := region.one(tried)) is not None])
        for char in sorted(tried, key=rank):
            work.left -= len(their_many) + len(their_few.get(char, ())) + 2
            if work.left < 0:
                return work.gave_up()
            mine = _moved(few, many, char)
            if not mine:
                continue
            theirs_then = _moved(their_few, their_many, char)
            reached = pool.setdefault(mine, mine), pool.setdefault(theirs_then, theirs_then)
            if reached not in seen:
                work.left -= _NEW
                seen.add(reached)
                queue.append(reached)
                came.append((number, char))
    return found


# -- questions -------------------------------------------------------------------------------------------------------


def shortest(
    plus: Sequence[Language],
    minus: Sequence[Language] = (),
    within: Sequence[Language] = (),
    budget: int = BUDGET,
) -> str | GaveUp | None:
    """The shortest text that is in at least one of `plus`, in all of `within` and in none of `minus`.

    Among the shortest ones a readable one: letters from `a`, digits, then others; the symbol of a placeholder, `*`, `?`
    and control characters only where nothing else will do.

    Args:
        plus: languages of which one must hold the text.
        minus: languages that must not.
        within: languages that all must.
        budget: how many steps it may cost, see `BUDGET`.

    Returns:
        The text; None when there is none; `GaveUp` when the budget did not suffice.
    """
    work = Work(budget)
    left, _ = uncovered(plus, minus, work)
    return search([left, *[(one,) for one in within]], minus, work)


def includes(outer: Sequence[Language], inner: Language, budget: int = BUDGET) -> bool | GaveUp:
    """Is every text of `inner` in at least one of `outer`? Between globs and areas a matter of microseconds.

    Args:
        outer: the languages that together should hold it.
        inner: the language that should be held.
        budget: how many steps it may cost, see `BUDGET`.

    Returns:
        The answer, or `GaveUp` when the budget did not suffice.
    """
    work = Work(budget)
    left, surely = uncovered((inner,), outer, work)
    if not left:
        return True
    if surely:
        return False
    found = search([left], outer, work)
    return found if isinstance(found, GaveUp) else found is None


__all__ = [
    "BUDGET",
    "MOST_POSITIONS",
    "NAME_ORDER",
    "TEXT_ORDER",
    "Free",
    "GaveUp",
    "Language",
    "Template",
    "Work",
    "area",
    "covers",
    "glob",
    "head",
    "includes",
    "joined",
    "partition",
    "possible",
    "search",
    "shortest",
    "template",
    "uncovered",
]

"""Questions on sets of texts: hand cases, every short text as a second opinion, and a well-known automata library."""

from __future__ import annotations

import re
import tracemalloc
from functools import cache, lru_cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosaudit.cam import pattern
from cosaudit.cam.pattern import (
    Free,
    GaveUp,
    Work,
    area,
    covers,
    glob,
    includes,
    joined,
    partition,
    possible,
    search,
    shortest,
    template,
    uncovered,
)
from cosaudit.cam.policy import Area, atom

OPENID = atom("openid")
OTHER = atom("other")
DIGITS = ((48, 57),)
LETTERS = ((97, 122),)


def globs(*patterns: str) -> list[pattern.Language]:
    return [glob(one) for one in patterns]


# -- hand cases


@pytest.mark.parametrize(
    ("plus", "minus", "answer"),
    [
        (["user/*"], ["user/*"], None),
        (["user/*"], ["use*"], None),
        (["user*"], ["user/*"], "user"),
        (["user/*"], ["user/?*"], "user/"),
        ([f"user/{OPENID}*"], [f"user/{OPENID}/*"], f"user/{OPENID}"),
        ([f"user/{OPENID}*"], [f"user/{OPENID}/*", f"user/{OPENID}"], f"user/{OPENID}a"),
        ([f"user/{OPENID}*"], ["user/*"], None),
        (["user/*"], [f"user/{OPENID}*"], "user/"),
        (["*"], ["", "a*", "b*"], "c"),
        (["*"], ["*a*", "*b*", ""], "c"),
        (["a*", "b*"], ["a*"], "b"),
        (["*.jpg"], ["*g"], None),
        (["*.jpg"], ["a*", ".jpg"], "b.jpg"),
        (["a**b"], ["a*b"], None),
        ([], [], None),
        (["a"], ["a", "b"], None),
        (["*ab*"], ["*a*b*"], None),
        (["*a*b*"], ["*ab*"], "acb"),
        (["*aab"], ["*caab", "aab", "?aab"], "aaab"),
    ],
)
def test_the_shortest_text_beyond(plus: list[str], minus: list[str], answer: str | None) -> None:
    """The shortest text of the one union that the other one lacks, readable where it may be."""
    assert shortest(globs(*plus), globs(*minus)) == answer


def test_all_of_within_must_hold_the_text() -> None:
    """`within` is a conjunction: each of its patterns is needed."""
    assert shortest(globs("*"), [], globs("*b*", "*c", "a*")) == "abc"
    assert shortest(globs("*"), globs("*bc"), globs("*b*", "*c", "a*")) == "abac"
    assert shortest(globs("*"), [], globs("a*", "b*")) is None


def test_a_union_holds_only_what_one_of_its_globs_holds() -> None:
    """Stars match any text, so no two globs cover a third one that neither covers; finite alphabets differ."""
    assert includes(globs("a*", "b*"), glob("a*")) is True
    assert includes(globs("a*", "*a"), glob("*a*")) is False
    binary = template("", (Free(((97, 98),), 1, None),))
    assert includes(globs("a*", "b*"), binary) is True
    assert includes(globs("a*"), binary) is False


def test_characters_are_readable_unless_forced() -> None:
    """Letters first, then digits; symbols, `*`, `?` and control characters last."""
    assert shortest(globs("*"), globs("")) == "a"
    letters = "".join([chr(code) for code in range(97, 123)])
    assert shortest(globs("*"), globs("", *letters)) == "0"
    assert shortest(globs("?", "é")) == "é"
    assert shortest([*globs(OPENID), template("", ("*",))]) == OPENID
    assert shortest([template("", (Free(((0, 31), (42, 42)), 1, 1),))]) == "*"
    assert shortest([template("", (Free(((0, 31),), 1, 1),))]) == "\x00"
    assert shortest([template("", (Free(((42, 42), (0xD800, 0xDFFF)), 1, 1),))]) == "\ud800"
    assert shortest([template("", (Free(((63, 63),), 2, 2),))]) == "??"
    assert shortest([template("", (Free(((0x4E00, 0x4E05),), 1, 1),))]) == "一"


def test_a_star_in_a_template_is_a_character() -> None:
    """What stands in a key is literal; only patterns have stars."""
    assert includes([glob("a*")], template("", ("a*",))) is True
    assert includes([template("", ("a*",))], glob("a*")) is False
    assert shortest([template("", ("a*",))]) == "a*"


def test_segments_keep_stars_inside() -> None:
    """A `*` of service, region or account crosses no colon; the path's does."""
    one = area(Area("c*", "*", "uid/*", "b/*"))

    assert one.matches("cos:ap-x:uid/1:b/a:c")
    assert not one.matches("c:o:s:uid/1:b/a")
    assert shortest([glob("cos:*")], [area(Area("cos", "*", "*", "*"))]) == "cos:"
    assert includes([area(Area("*", "*", "*", "*"))], area(Area("cos", "ap-*", "uid/1", "b*"))) is True
    assert includes([area(Area("*", "*", "*", "*"))], glob("cos:*:*:*")) is True
    assert includes([area(Area("cos", "*", "a", "*"))], glob("cos:*:a:*")) is False
    assert includes([glob("cos:*:a:*")], area(Area("cos", "*", "a", "*"))) is True
    assert includes([area(Area("cos", "*a", "*", "*"))], glob("cos:*")) is False
    assert shortest([area(Area("*ab", "", "", ""))], [], [glob("*:*:*:*:*")]) is None
    assert shortest([area(Area("*ab", "", "", ""))], [], [glob("*aab*")]) == "aab:::"


def test_a_pattern_with_a_character_that_is_none() -> None:
    """What stands for stars inside is never taken for one that a pattern has."""
    mark = "\U0010fffe"

    assert includes([glob(f"a{mark}")], glob("a*")) is False
    assert includes([area(Area(mark, "*", "*", "*"))], area(Area("*", "*", "*", "*"))) is False
    assert includes([glob("a*")], glob(f"a{mark}*")) is True
    assert shortest([glob("a*")], [glob(f"a{mark}*")]) == "a"


def test_a_segment_with_a_colon_holds_nothing() -> None:
    """No segment of a resource can hold a colon."""
    assert area(Area("a:b", "*", "*", "*")).empty
    assert shortest([area(Area("cos", "*", "uid:1", "*"))]) is None
    assert includes([], area(Area("cos", "*", "uid:1", "*"))) is True


def test_an_account_that_is_not_named() -> None:
    """As "any" it is every account; as "symbol" the empty one, that beside itself only a star matches."""
    own = Area("cos", "*", None, "*")
    named = area(Area("cos", "*", "uid/1", "*"))

    assert includes([area(own, "any")], named) is True
    assert includes([area(own, "symbol")], named) is False
    assert includes([named], area(own, "symbol")) is False
    assert includes([area(Area("cos", "*", "*", "*"))], area(own, "symbol")) is True


def test_lengths_and_alphabets_sharpen_the_answer() -> None:
    """With openids of one length `user/{openid}*` reaches no other user's folder, yet keys outside of it."""
    mine = "o" * 28
    others = template("user/", (Free(LETTERS, 28, 28), "/", Free(None, 1, None)))
    own = template("user/", (mine + "/", Free(None, 1, None)))

    assert shortest(globs(f"user/{mine}*"), [own], [others]) is None
    assert shortest(globs("user/" + "o" * 27 + "*"), [own], [others]) == "user/" + "o" * 27 + "a/a"
    any_length = template("user/", (Free(LETTERS, 1, None), "/", Free(None, 1, None)))
    assert shortest(globs(f"user/{mine}*"), [own], [any_length]) == f"user/{mine}a/a"


def test_free_parts_next_to_each_other() -> None:
    """`a*` then `b*` as free parts is not any mix of a and b."""
    two = joined((Free(((97, 97),)), Free(((98, 98),))))

    assert two.matches("aabb")
    assert not two.matches("aba")
    assert shortest([joined((Free(((97, 98),)),))], [two]) == "ba"


def test_templates_that_hold_nothing_or_only_the_empty_text() -> None:
    """Bounds that exclude each other, an empty alphabet, and a most of none."""
    assert shortest([template("a", (Free(None, 2, 1),))]) is None
    assert shortest([template("a", (Free((), 1, None),))]) is None
    assert shortest([template("a", (Free((), 0, None),))]) == "a"
    assert shortest([template("a", (Free(None, 0, 0),))]) == "a"
    assert shortest([template("", (Free(None, -3, None),))], globs("")) == "a"


def test_what_an_area_may_match_for_all_that_is_known() -> None:
    """A placeholder in both is the same text; one in the pattern or in the text alone is any text that is not empty."""
    own = Area("cos", "r", "a", f"user/{OPENID}/*")

    assert possible(own, "any", OPENID) == area(own)
    unnamed = possible(own, "any", "")
    assert unnamed.matches("cos:r:a:user/x/y")
    assert not unnamed.matches("cos:r:a:user//y")
    assert not unnamed.matches("cos:r:a:usex/x/y")
    literal = possible(Area("cos", "r", "a", "user/x/*"), "any", OPENID)
    assert literal.matches(f"cos:r:a:user/{OPENID}/y")
    assert literal.matches(f"cos:r:a:{OPENID}/y")
    assert not literal.matches(f"cos:r:a:user/y{OPENID}/y")
    assert shortest([literal], [], [template("cos:r:a:", (OPENID, Free(None, 1, 1)))]) == f"cos:r:a:{OPENID}a"
    assert shortest([literal], [], [template("cos:r:a:", ("u", OPENID, "x/"))]) == f"cos:r:a:u{OPENID}x/"
    assert shortest([literal], [], [template("cos:r:a:", ("v", OPENID))]) is None
    short = possible(Area("cos", "r", "a", "ab"), "any", OPENID)
    assert not short.matches(f"cos:r:a:a{OPENID}b")
    assert short.matches(f"cos:r:a:a{OPENID}")
    assert possible(Area("a:b", "*", "*", OPENID), "any", "").empty
    assert possible(own, "any", OTHER).matches(f"cos:r:a:us{OTHER}")


def test_the_beginning_is_what_a_pattern_spells_out() -> None:
    """All texts of a language begin with it."""
    assert pattern.head(glob("ab*c")) == "ab"
    assert pattern.head(area(Area("cos", "ap-*", "a", "b"))) == "cos:ap-"
    assert pattern.head(template("cos:", ("b/", Free(None)))) == "cos:b/"
    assert pattern.head(joined((Free(None),))) == ""


def test_partition_finds_every_combination() -> None:
    """Each set of patterns that some text has to itself, with its shortest text; none that is empty."""
    found = partition(globs("a*", "*b", "ab", "a*c*b"), glob("*"), Work())

    assert found == {
        frozenset(): "",
        frozenset([0]): "a",
        frozenset([1]): "b",
        frozenset([0, 1, 2]): "ab",
        frozenset([0, 1]): "aab",
        frozenset([0, 1, 3]): "acb",
    }


# -- second opinion: every short text


def as_regex(one: str) -> str:
    return "".join([".*" if char == "*" else re.escape(char) for char in one])


@lru_cache(maxsize=4096)
def compiled(text: str) -> re.Pattern[str]:
    return re.compile(text, re.S)


def texts(characters: str, most: int) -> list[str]:
    return ["".join(chars) for length in range(most + 1) for chars in product(characters, repeat=length)]


#: `x` stands for all the characters that no pattern has.
SHORT = texts("abx", 5)
GLOBS = st.text("ab*", max_size=6)


def check(found: str | GaveUp | None, wanted: list[str], most: int) -> None:
    """Is an answer right? `wanted`: all texts up to length `most` that are one, shortest first."""
    assert not isinstance(found, GaveUp)
    if wanted:
        assert found is not None
        assert len(found) == len(wanted[0])
    else:
        assert found is None or len(found) > most


@settings(max_examples=250)
@given(st.lists(GLOBS, min_size=1, max_size=3), st.lists(GLOBS, max_size=3), st.lists(GLOBS, max_size=2))
def test_globs_agree_with_every_short_text(plus: list[str], minus: list[str], within: list[str]) -> None:
    """The shortest answer is as short as the shortest that trying finds, and it is one."""
    found = shortest(globs(*plus), globs(*minus), globs(*within))

    def right(text: str) -> bool:
        return (
            any(compiled(as_regex(one)).fullmatch(text) for one in plus)
            and not any(compiled(as_regex(one)).fullmatch(text) for one in minus)
            and all(compiled(as_regex(one)).fullmatch(text) for one in within)
        )

    check(found, [text for text in SHORT if right(text)], 5)
    assert found is None or right(str(found))


ALPHABETS: dict[str, tuple[tuple[int, int], ...] | None] = {
    ".": None,
    "[a]": ((97, 97),),
    "[ab]": ((97, 98),),
    "[bx-z]": ((98, 98), (120, 122)),
    "[^a]": ((0, 96), (98, 0x10FFFF)),
}
PIECES = st.text("ab", min_size=1, max_size=2) | st.tuples(
    st.sampled_from(sorted(ALPHABETS)), st.integers(0, 2), st.none() | st.integers(0, 2)
)
#: With a character for each combination of the alphabets.
EACH = texts("abcx", 4)
#: A template as pieces: literal text, or (alphabet, least, how many more at most).
TEMPLATES = st.lists(PIECES, max_size=4)


def built(pieces: list) -> pattern.Language:
    return joined(
        [
            one
            if isinstance(one, str)
            else Free(ALPHABETS[one[0]], one[1], None if one[2] is None else one[1] + one[2])
            for one in pieces
        ]
    )


def template_regex(pieces: list) -> str:
    return "".join(
        [
            re.escape(one)
            if isinstance(one, str)
            else f"{one[0]}{{{one[1]},{'' if one[2] is None else one[1] + one[2]}}}"
            for one in pieces
        ]
    )


@settings(max_examples=250)
@given(st.lists(TEMPLATES, min_size=1, max_size=2), st.lists(TEMPLATES | GLOBS, max_size=2), st.none() | TEMPLATES)
def test_templates_agree_with_every_short_text(plus: list, minus: list, within: list | None) -> None:
    """Free parts with alphabets and lengths, mixed with globs."""
    regexes = [compiled(as_regex(one) if isinstance(one, str) else template_regex(one)) for one in minus]
    others = [glob(one) if isinstance(one, str) else built(one) for one in minus]
    also = [] if within is None else [built(within)]
    found = shortest([built(one) for one in plus], others, also)

    def right(text: str) -> bool:
        return (
            any(compiled(template_regex(one)).fullmatch(text) for one in plus)
            and not any(one.fullmatch(text) for one in regexes)
            and (within is None or compiled(template_regex(within)).fullmatch(text) is not None)
        )

    check(found, [text for text in EACH if right(text)], 4)
    assert found is None or right(str(found))
    if within is None:
        assert all(includes(others, built(one)) for one in plus) == (found is None)


@given(TEMPLATES, st.text("abxy", max_size=6))
def test_a_long_template_is_matched_like_a_short_one(pieces: list, text: str) -> None:
    """The way without bits gives the same answer."""
    one = built(pieces)

    assert pattern._long_template_matches(one.parts or (), text) == one.matches(text)
    assert one.matches(text) == (compiled(template_regex(pieces)).fullmatch(text) is not None)


SEGMENT = st.text("a*", max_size=2)
AREAS = st.builds(Area, SEGMENT, SEGMENT, st.none() | SEGMENT, st.text("a*:", max_size=3))
COLONS = [text for text in texts("ax:", 6) if text.count(":") >= 3]


def area_regex(one: Area, own: str) -> str:
    account = one.account if one.account is not None else "*" if own == "any" else ""
    segments = [part.replace("*", "[^:]*") for part in (one.service, one.region, account)]
    return ":".join([*segments, one.path.replace("*", ".*")])


@settings(max_examples=150)
@given(st.lists(AREAS, min_size=1, max_size=2), st.lists(AREAS, max_size=2), st.sampled_from(["any", "symbol"]))
def test_areas_agree_with_every_short_text(plus: list[Area], minus: list[Area], own: str) -> None:
    """The stars of the segments stay inside, the path's do not."""
    found = shortest([area(one, own) for one in plus], [area(one, own) for one in minus])

    def right(text: str) -> bool:
        return any(compiled(area_regex(one, own)).fullmatch(text) for one in plus) and not any(
            compiled(area_regex(one, own)).fullmatch(text) for one in minus
        )

    check(found, [text for text in COLONS if right(text)], 6)
    assert found is None or right(str(found))


@given(st.lists(GLOBS | AREAS, max_size=12), st.lists(GLOBS | AREAS, min_size=13, max_size=24))
def test_many_patterns_are_looked_up_as_a_few_are(plus: list, minus: list) -> None:
    """The index of literal beginnings loses none that holds a pattern."""
    ours, others = ([glob(one) if isinstance(one, str) else area(one) for one in each] for each in (plus, minus))
    left, surely = uncovered(ours, others, Work())

    assert left == [one for one in dict.fromkeys(ours) if not any(covers(other, one) for other in others)]
    assert surely <= bool(left)
    if not any(one.segments for one in others):
        assert surely == bool(left)


def test_one_of_many_is_found() -> None:
    """An area by the beginning of its path, a template always."""
    many = [area(Area("*", "*", "*", f"b{number}/*")) for number in range(20)]

    assert includes(many, area(Area("cos", "r", "a", "b7/x"))) is True
    assert includes(many, area(Area("cos", "r", "a", "c/x"))) is False
    assert uncovered([area(Area("cos", "r", "a", "b7/x"))], many, Work()) == ([], False)
    assert includes([*many, template("", ("a", Free(None)))], glob("a*")) is True


@given(st.lists(GLOBS, min_size=1, max_size=4), GLOBS)
def test_partition_agrees_with_every_short_text(patterns: list[str], within: str) -> None:
    """Every combination that a short text has is found, with a text as short."""
    found = partition(globs(*patterns), glob(within), Work())
    assert isinstance(found, dict)
    wanted: dict[frozenset[int], str] = {}
    for text in SHORT:
        if compiled(as_regex(within)).fullmatch(text):
            key = frozenset([at for at, one in enumerate(patterns) if compiled(as_regex(one)).fullmatch(text)])
            wanted.setdefault(key, text)

    assert {key: len(text) for key, text in found.items() if len(text) <= 5} == {
        key: len(text) for key, text in wanted.items()
    }
    for key, text in found.items():
        assert key == {at for at, one in enumerate(patterns) if compiled(as_regex(one)).fullmatch(text)}


# -- second opinion: greenery


@cache
def greenery_fsm(text: str):  # the library's own type
    """The library's automaton of a glob."""
    from greenery import parse

    return parse(text.replace("*", ".*")).to_fsm().reduce()


SMALL = st.sampled_from(texts("ab*", 4))


def test_inclusion_and_witness_agree_with_greenery(record_property) -> None:
    """Inclusion, emptiness of the difference and the length of the shortest witness, on random small globs."""
    compared = 0

    @settings(max_examples=150, database=None)
    @given(SMALL, SMALL, SMALL)
    def agree(inner: str, first: str, second: str) -> None:
        nonlocal compared
        outer = greenery_fsm(first) | greenery_fsm(second)
        beyond = greenery_fsm(inner) - outer
        found = shortest([glob(inner)], globs(first, second))

        assert includes(globs(first, second), glob(inner)) is beyond.empty()
        assert (found is None) is beyond.empty()
        if isinstance(found, str):
            assert len(found) == len(next(iter(beyond.strings(["x"]))))
        shared = greenery_fsm(first) & greenery_fsm(second)
        both = shortest([glob(first)], [], [glob(second)])
        assert (both is None) is shared.empty()
        if isinstance(both, str):
            assert len(both) == len(next(iter(shared.strings(["x"]))))
        compared += 4

    agree()
    record_property("compared with greenery", compared)
    assert compared >= 300


# -- hostile patterns


def test_sixty_stars_on_both_sides_are_answered() -> None:
    """Patterns of stars and letters cost the product of their lengths at most."""
    ours, theirs = "*a" * 60 + "*", "*b" * 60 + "*"

    assert shortest([glob(ours)], [glob(theirs)]) == "a" * 60
    assert shortest([glob("*ab*ba*" * 20)], [glob("*ba*b" * 20)]) is not None
    assert includes([glob(ours)], glob("*a" * 61)) is True
    assert includes([glob(ours)], glob("*a" * 59)) is False


@pytest.mark.parametrize("letter", ["x", "xy"])
def test_patterns_of_a_hundred_kilobytes_are_answered_or_given_up(letter: str) -> None:
    """No error, no recursion, a bounded amount of work."""
    long = letter * (100_000 // len(letter))

    assert shortest([glob(long + "*")], [glob(long + "a*")]) == long
    assert includes([glob("*" + long)], glob("*a" + long)) is True
    assert includes([glob("*x" * 50_000)], glob("*x" * 50_001)) is True
    for answer in (
        shortest([glob("*" + long)], [glob("*" + long[:50_000] + "*a")], budget=100_000),
        shortest([glob("*x" * 50_000)], [glob("*x" * 49_999 + "*y*")], budget=100_000),
        shortest([template("", (Free(LETTERS, 100_000, None),))], [glob("a*")]),
        shortest([template("", (Free(None, 0, 10**12),))], [glob("a*")]),
    ):
        assert answer is None or isinstance(answer, str | GaveUp)
    assert isinstance(shortest([template("", (Free(LETTERS, 10**12, None),))]), GaveUp)
    assert template("", (Free(None, 0, 10**12),)).matches(long)


def test_thousands_of_patterns_are_answered_or_given_up() -> None:
    """Where they have literal beginnings the walk follows those; floating ones cost a step each."""
    users = globs(*[f"bucket-1/user/{number * 7919}/*" for number in range(5000)])
    floating = globs(*[f"*{number}b-*c*" for number in range(2000)])

    assert shortest(users, users[1:]) == "bucket-1/user/0/"
    assert shortest(users, users) is None
    assert shortest([glob("bucket-1/*")], floating) == "bucket-1/"
    assert isinstance(shortest([template("0b-", (Free(LETTERS, 20, 20),))], floating, budget=20_000), GaveUp)


def test_giving_up_says_how_much_was_spent_and_keeps_memory_bounded() -> None:
    """Forty patterns that all have to match: the product is exponential, the budget is not."""
    hard = globs(
        *["*" + "*".join(f"{a}{b}{a}" for a, b in product("ab", "cd")) + f"*{number}*" for number in range(40)]
    )
    tracemalloc.start()
    answer = shortest([glob("*")], [], hard, budget=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert isinstance(answer, GaveUp)
    assert 100_000 <= answer.steps < 110_000
    assert peak < 30_000_000
    assert isinstance(includes([template("", (Free(LETTERS), "a", Free(LETTERS)))], template("", (Free(DIGITS, 9, 9),)),
                               budget=3), GaveUp)  # fmt: skip
    assert isinstance(partition(hard, glob("*"), Work(10_000)), GaveUp)


def test_a_walk_without_languages_finds_nothing() -> None:
    """An empty union holds no text."""
    assert search([[]], [], Work()) is None
    assert search([], [], Work()) is None
    assert search([globs("a"), []], [], Work()) is None

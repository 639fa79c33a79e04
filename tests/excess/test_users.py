"""Whether keys keep users apart, beside trying every pair of a few users."""

from __future__ import annotations

import re
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from cosaudit.cam.language import ResourceTemplate
from cosaudit.cam.pattern import Free
from cosaudit.cam.policy import atom
from cosaudit.excess import smallest
from cosaudit.excess.users import example, examples, overlapping, pattern_of
from cosaudit.model import Placeholder

AB = ((97, 98),)
DASHES = ((45, 45), (97, 98))
VALUES = {"ab": ("a", "b", "aa", "ab", "ba", "bb"), "dash": ("a", "b", "-", "aa", "a-", "-a", "ab", "-b", "b-")}
PIECES = ("one", "two", "free", "-", "/", "a", "*")


def placeholder(name: str, kind: str) -> Placeholder:
    """One of one or two characters."""
    return Placeholder(name, True, "server", AB if kind == "ab" else DASHES, 1, 2, True, None)


def template(pieces: list[str]) -> ResourceTemplate:
    """A template of pieces."""
    path: list[str | Free] = ["m-1/"]
    for piece in pieces:
        made: str | Free = Free(AB, 1, 2) if piece == "free" else atom(piece) if piece in ("one", "two") else piece
        if isinstance(made, str) and isinstance(path[-1], str):
            path[-1] += made
        else:
            path.append(made)
    return ResourceTemplate("cos", "r", "uid/1", tuple(path))


def keys(pieces: list[str], user: dict[str, str]) -> str:
    """The keys of a user as a regular expression."""
    return "".join(["[ab]{1,2}" if one == "free" else re.escape(user.get(one, one)) for one in pieces])


def caught(pieces: list[str], user: dict[str, str]) -> str:
    """What the smallest pattern of a user's keys holds, as a regular expression."""
    return "".join([".*" if one in ("free", "*") else re.escape(user.get(one, one)) for one in pieces])


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).filter(lambda some: {"one", "two"} & set(some)),
    st.sampled_from(["ab", "dash"]),
    st.sampled_from(["ab", "dash"]),
)
def test_users_whose_keys_meet_are_found(pieces: list[str], first: str, second: str) -> None:
    """Exact keys, and what the smallest pattern holds: what is found is so, and what is so is found."""
    users = {"one": first, "two": second}
    here = [name for name in users if name in pieces]
    placeholders = {name: placeholder(name, users[name]) for name in here}
    everybody = [dict(zip(here, some, strict=True)) for some in product(*[VALUES[users[name]] for name in here])]
    frees = ("a", "b", "aa", "ab", "ba", "bb")
    of_user = [
        {
            "".join([next(some) if one == "free" else user.get(one, one) for one in pieces])
            for chosen in product(frees, repeat=pieces.count("free"))
            for some in [iter(chosen)]
        }
        for user in everybody
    ]
    one = template(pieces)
    for make, path in ((keys, one.path), (caught, pattern_of(smallest(one.path)))):
        wanted = any(
            re.fullmatch(make(pieces, user), key)
            for user in everybody
            for other, some in zip(everybody, of_user, strict=True)
            if user != other
            for key in some
        )
        found = overlapping(one._replace(path=path), one, placeholders)
        # a name that stands in several places is looked for among few users
        assert wanted if found is not None else not wanted or max(map(pieces.count, here)) > 1
        if found is None:
            continue
        key, labels = found
        read = [
            dict(pair.split("=") for pair in label.split(", ")) if len(here) > 1 else {here[0]: label}
            for label in labels
        ]
        assert read[0] != read[1]
        assert re.fullmatch(make(pieces, read[0]), key.partition("/")[2].partition("/")[2])
        assert re.fullmatch(keys(pieces, read[1]), key.partition("/")[2].partition("/")[2])


def test_values_longer_than_any_key_are_not_made() -> None:
    """A declared length may be any number; what is tried stays small."""
    long = Placeholder("one", True, "server", AB, 10**6, 10**6, True, None)
    assert list(examples(long)) == [] and example(long) == "a"
    one = template(["one", "free"])
    assert overlapping(one, one, {"one": long}) is None

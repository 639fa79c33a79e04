"""Placeholders: character classes, what is declared, and the rule for what is not."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data
from cosaudit.config.flags import Flags, inventory
from cosaudit.config.load import load
from cosaudit.config.placeholders import ClassError, Ranges, character_class
from cosaudit.config.reader import InputError, Problem, Reader
from cosaudit.model import Inventory, Place

BUCKETS = "buckets:\n  - {name: media-1250000000, region: ap-guangzhou}\n"
CLIENTS = "clients:\n  - {name: shop, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0}\n"
SESSION = (
    'sessions:\n  - {name: key, policy: {version: "2.0", statement: [{effect: allow, action: "name/cos:PutObject", '
    'resource: "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/{dir}/${openid}/*"}]}}\n'
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str) -> Inventory:
    """The inventory of a configuration's text."""
    Path("c.yaml").write_text(text, "utf-8")
    return load("c.yaml")


def one(text: str) -> Problem:
    """The only problem of a configuration's text."""
    with pytest.raises(InputError) as caught:
        read(text)
    (found,) = caught.value.problems
    return found


def upload(key: str, more: str = "") -> str:
    """A configuration of one upload with this key and a session."""
    return (
        f"{BUCKETS}{CLIENTS}{SESSION}uploads:\n  - {{name: a, client: shop, bucket: media-1250000000, "
        f'operation: postObject, session: key, key: "{key}"}}\n{more}'
    )


# -- character classes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("[a]", ((97, 97),)),
        ("[A-Za-z0-9_-]", ((45, 45), (48, 57), (65, 90), (95, 95), (97, 122))),
        ("[-a]", ((45, 45), (97, 97))),
        ("[a-]", ((45, 45), (97, 97))),
        ("[--/]", ((45, 47),)),
        (r"[\d]", ((48, 57),)),
        (r"[\w-]", ((45, 45), (48, 57), (65, 90), (95, 95), (97, 122))),
        (r"[\]\\\-\[\^]", ((45, 45), (91, 94))),
        ("[a-cb-dde]", ((97, 101),)),
        ("[ca]", ((97, 97), (99, 99))),
        ("[a^]", ((94, 94), (97, 97))),
        ("[[]", ((91, 91),)),
        ("[文-斈]", ((0x6587, 0x6588),)),
        ("[😀]", ((0x1F600, 0x1F600),)),
        ("[^]", ((0x20, 0xD7FF), (0xE000, 0x10FFFF))),
        ("[^/]", ((0x20, 0x2E), (0x30, 0xD7FF), (0xE000, 0x10FFFF))),
        ("[^\t]", ((0x20, 0xD7FF), (0xE000, 0x10FFFF))),
        ("[\t]", ((9, 9),)),
        ("[ -\U0010ffff]", ((0x20, 0xD7FF), (0xE000, 0x10FFFF))),
        ("[^ -\ud7ff\ue000-\U0010fffe]", ((0x10FFFF, 0x10FFFF),)),
    ],
)
def test_a_class_is_sorted_ranges_that_are_apart(text: str, ranges: Ranges) -> None:
    """Half characters are never in it."""
    assert character_class(text) == ranges


@pytest.mark.parametrize(
    ("text", "at", "found"),
    [
        ("", 0, "no `[`"),
        ("[", 0, "no `[`"),
        ("abc", 0, "no `[`"),
        ("[a", 0, "no `[`"),
        ("[]", 0, "no character"),
        ("[z-a]", 1, "the range `z-a` is reversed"),
        ("[abz-a]", 3, "reversed"),
        ("[a]b]", 2, "`]`"),
        ("[[:alpha:]]", 9, "`]`"),
        (r"[\d-z]", 1, "a class at its end"),
        (r"[a-\w]", 1, "a class at its end"),
        (r"[a\s]", 2, r"the escape `\s`"),
        ("[a\\]", 2, "escapes the last"),
        ("[^ -\U0010ffff]", 0, "no character"),
        ("[\ud800-\udfff]", 0, "no character"),
    ],
)
def test_a_malformed_class_is_refused_with_the_character(text: str, at: int, found: str) -> None:
    """Reversed, empty, cut off, or of a kind that is not known here."""
    with pytest.raises(ClassError) as caught:
        character_class(text)
    assert caught.value.at == at
    assert found in caught.value.found and caught.value.expected


_PIECES = st.one_of(
    st.sampled_from([r"\d", r"\w", r"\\", r"\-", r"\]", r"\[", r"\^"]),
    st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_characters="\\]-^[&~|"),
    st.tuples(
        st.characters(min_codepoint=0x30, max_codepoint=0x39), st.characters(min_codepoint=0x41, max_codepoint=0x5A)
    ).map("-".join),
)


_WHOLE = st.characters(min_codepoint=0x20, exclude_categories=("Cs",))


@given(st.lists(_PIECES, min_size=1, max_size=8), st.booleans(), _WHOLE)
def test_a_class_holds_what_a_regular_expression_says(pieces: list[str], others: bool, char: str) -> None:
    """Compared with Python's own, on characters of the class and random ones (half characters are in no class)."""
    text = f"[{'^' if others else ''}{''.join(pieces)}]"
    ranges = character_class(text)
    pattern = re.compile(text, re.ASCII)

    assert list(ranges) == sorted(ranges)
    assert all(low <= high for low, high in ranges)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))
    for one in (char, *"".join(pieces), *[chr(low) for low, _ in ranges], *[chr(high) for _, high in ranges]):
        if one >= " ":
            held = any(low <= ord(one) <= high for low, high in ranges)
            assert held == (pattern.fullmatch(one) is not None), one


# -- declared ---------------------------------------------------------------------------------------------------------


def test_a_declared_placeholder_is_what_is_said_of_it() -> None:
    """With its place, the key's."""
    found = read(
        f'{BUCKETS}placeholders:\n  user:\n    {{identity: false, from: client, alphabet: "[a-z]", '
        "length: {min: 2, max: 5}}\n"
        "  team: {length: 8}\n  any: {length: {min: 3}}\n  short: {length: {max: 3}}\n  x-note: mine\n"
    ).placeholders
    assert sorted(set(found) - {"key"}) == ["any", "short", "team", "user"]
    assert found["user"]._replace(place=None) == (
        "user", False, "client", ((97, 122),), 2, 5, True, None,
    )  # fmt: skip
    assert found["user"].place == Place("c.yaml", 4, 3)
    assert [found[name][4:6] for name in ("team", "any", "short")] == [(8, 8), (3, None), (1, 3)]
    assert found["team"].declared and not found["key"].declared


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        ("a: {length: {min: 3, max: 2}}", "3, max", "`min` is larger than `max`"),
        ('a: {alphabet: "[z-a]"}', '"[z-a]"', "the range `z-a` is reversed at character 2 of the class"),
        ('a: {alphabet: "[]"}', '"[]"', "`[]` where a character class"),
        ('a: {alphabet: "abc"}', '"abc"', "`abc` where a character class"),
        ("a: {length: -1}", "-1", "where a whole number"),
        ("a: {from: phone}", "phone", "unknown word `phone`"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_told_at_its_place(text: str, marked: str, message: str) -> None:
    """Line and column of the value."""
    found = one(f"{BUCKETS}placeholders:\n  {text}\n")
    assert (found.place.line, found.place.column) == (4, 3 + text.index(marked))
    assert message in found.message and found.expected


def test_a_second_declaration_in_another_file_is_told_with_the_first() -> None:
    """Names are unique over the files."""
    Path("more.yaml").write_text("placeholders: {openid: {length: 28}}\n", "utf-8")
    found = one(f"include: more.yaml\n{BUCKETS}placeholders: {{openid: {{}}, b: {{}}}}\n")
    assert found.message == "the placeholder `openid` is declared twice"
    assert str(found.place) == "more.yaml:1:16" and str(found.also) == "c.yaml:4:16"


# -- the rule for what is not declared --------------------------------------------------------------------------------


def test_what_stands_in_a_session_policy_or_has_a_known_name_is_identity() -> None:
    """The others are free; each decision is told, one line for all of a kind."""
    found = read(upload("{dir}/{openid}/{unionid}/{file}-{n}/${filename}"))
    identity = {name: one.identity for name, one in found.placeholders.items()}
    assert identity == {
        "dir": True, "openid": True, "unionid": True, "file": False, "n": False, "${filename}": False,
    }  # fmt: skip
    assert [text for text in found.assumptions if "taken as" in text] == [
        "`dir`, `openid`, `unionid` are taken as identity: fixed for one session (not declared)",
        "`file`, `n` are taken as free: the client chooses any text (not declared)",
    ]
    others = [one for one in found.placeholders.values() if one.name != "openid"]
    assert others and all(one.alphabet is None and (one.least, one.most) == (1, None) for one in others)


@pytest.mark.parametrize("name", ["openid", "unionid", "uid", "user", "userid", "user_id"])
def test_the_names_that_are_identities(name: str) -> None:
    """Of the contract; a name like them is none."""
    found = read(upload(f"{{{name}}}/{{{name}s}}")).placeholders
    assert found[name].identity and not found[f"{name}s"].identity


def test_what_is_declared_without_identity_follows_the_same_rule() -> None:
    """And is told as well; what is said wins over the rule."""
    found = read(upload("{uid}/{user}/{file}", "placeholders: {uid: {from: server}, user: {identity: false}}\n"))
    assert found.placeholders["uid"].identity and found.placeholders["uid"].source == "server"
    assert not found.placeholders["user"].identity
    told = [text for text in found.assumptions if "taken as" in text]
    assert told == [
        "`dir`, `openid` are taken as identity: fixed for one session (not declared)",
        "`uid` is taken as identity: fixed for one session (`identity` not declared)",
        "`file` is taken as free: the client chooses any text (not declared)",
    ]


def test_many_names_are_counted() -> None:
    """A line stays a line."""
    found = read(upload("".join(f"{{p{number}}}" for number in range(40))))
    (line,) = [text for text in found.assumptions if "taken as free" in text]
    assert line.endswith(" and 28 more are taken as free: the client chooses any text (not declared)")


def test_without_a_session_nothing_is_decided_and_nothing_told() -> None:
    """Whether a placeholder is fixed matters to session policies only; it is known all the same."""
    text = upload("{openid}/{file}").replace(SESSION, "").replace("session: key, ", "")
    found = read(text)
    assert found.placeholders["openid"].identity and not found.placeholders["file"].identity
    assert [line for line in found.assumptions if "taken as" in line] == []


def test_a_key_that_is_not_given_is_free_and_not_told() -> None:
    """It stands for any key."""
    found = read(upload("x").replace(', key: "x"', ""))
    assert not found.placeholders["key"].identity
    assert not any("`key`" in line for line in found.assumptions)
    flags = inventory(Flags(buckets=("media-1250000000",), regions=("ap-guangzhou",)), Reader())
    assert list(flags.placeholders) == ["key"] and flags.sessions == ()


# -- openid -----------------------------------------------------------------------------------------------------------


def test_the_form_of_an_openid_is_a_fact_that_nobody_promises() -> None:
    """It stands in the data with its confidence, which is too low to call a key safe."""
    fact = data.fact("wechat.openid.form")
    assert fact.value == {"alphabet": "[A-Za-z0-9_-]", "length": 28} and fact.confidence == "low"


@pytest.mark.parametrize(
    "declared",
    ["", "placeholders: {openid: {from: server}}\n", "placeholders: {openid: {identity: true}}\n"],
)
def test_an_openid_has_its_usual_characters_and_any_length(declared: str) -> None:
    """WeChat promises no length, so `{openid}*` is not taken as closed."""
    openid = read(upload("{openid}/{file}", declared)).placeholders["openid"]
    assert (openid.alphabet, openid.least, openid.most) == (character_class("[A-Za-z0-9_-]"), 1, None)


@pytest.mark.parametrize(
    ("declared", "alphabet"),
    [
        ("placeholders: {openid: {from: client}}\n", None),
        ("placeholders: {openid: {identity: false}}\n", None),
        ('placeholders: {openid: {alphabet: "[a-z]"}}\n', ((97, 122),)),
    ],
)
def test_what_is_declared_of_an_openid_wins_over_its_usual_form(declared: str, alphabet: object) -> None:
    """What the phone chooses may hold anything."""
    assert read(upload("{openid}/{file}", declared)).placeholders["openid"].alphabet == alphabet


def test_more_placeholders_than_symbols_are_an_input_error() -> None:
    """The engine has 2,048."""
    rows = "".join(
        f"  - {{name: u{row}, client: shop, bucket: media-1250000000, operation: putObject, session: key, "
        f'key: "{"".join(f"{{p{row}_{number}}}" for number in range(40))}"}}\n'
        for row in range(52)
    )
    found = one(upload("x") + rows)
    assert found.message == "2,082 different placeholders in keys and policies"
    assert found.expected == "at most 2,048"

"""`yamltree`: scalars, places, limits, and what is told of a text that is no YAML."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cosaudit import yamltree
from cosaudit.yamltree import MAPPING, SCALAR, SEQUENCE, Node, Trouble, Unreadable, compose, plain, scalar


def read(text: str) -> Node:
    """The tree of a text that has one."""
    root = compose(text)
    assert root is not None
    return root


def value(text: str) -> object:
    """A bare scalar's value."""
    return scalar(read(f"- {text}").value[0])


def refused(text: str) -> Trouble:
    """What is told of a text that is no document."""
    with pytest.raises(Unreadable) as caught:
        compose(text)
    return caught.value.trouble


# -- scalars ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "on", "off", "yes", "no", "y", "n", "On", "YES", "22:22", "190:20:30", "017", "-017", "0777", "1_000", "0b101",
        "2020-01-01", "2001-12-14t21:59:43.10-05:00", "1.8.0", "=", "tRUE", "nULL", "0o8", "0xg", "1e", ".", "+",
        "Inf", "nan", ".iNF", "٣", "１",
    ],
)  # fmt: skip
def test_what_yaml_1_1_turned_into_something_else_is_text(text: str) -> None:
    """`on`, sexagesimal and octal numbers, dates: plain text (YAML 1.2.2, chapter 10.3)."""
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("0", 0), ("-12", -12), ("+7", 7),
        ("0o17", 15), ("0xFf", 255), ("1.5", 1.5), ("-.5", -0.5), ("1e3", 1000.0), ("1.", 1.0), ("-.inf",
        float("-inf")),
    ],
)  # fmt: skip
def test_core_scalars_have_their_values(text: str, expected: object) -> None:
    """The core schema."""
    found = value(text)
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize("text", ["1", "true", "null", "~", "", "1.5", ".nan"])
def test_a_quoted_scalar_is_text(text: str) -> None:
    """Whatever it looks like; a block scalar and `!!str` too."""
    for written in (f"'{text}'", f'"{text}"', f"!!str {text}", f"! {text}"):
        assert value(written) == text
    assert scalar(read(f"a: |-\n  {text}\n").value[1]) == text


@pytest.mark.parametrize("digits", [1, 4000, 4001, 20_000])
def test_an_endless_number_costs_nothing(digits: int) -> None:
    """Python refuses to read more than 4300 digits; such a number stays text."""
    assert value("9" * digits) in (int("9" * min(digits, 4000)), "9" * digits)
    assert value("0x" + "f" * digits) is not None


def test_a_tag_of_the_core_schema_is_taken_and_any_other_is_refused() -> None:
    """No tag can make the reader build something."""
    assert plain(read("a: !!str 1\nb: !!int 2\nc: !!map {d: !!seq [e]}")) == {"a": "1", "b": 2, "c": {"d": ["e"]}}
    for tag in ("!!python/object/apply:os.system", "!!binary", "!!timestamp", "!mine", "!<tag:example.com,2000:x>"):
        assert refused(f"a: {tag} x") == (1, 4, refused(f"a: {tag} x").message, None)
        assert "has no meaning here" in refused(f"a: {tag} x").message


# -- places -------------------------------------------------------------------------------------------------------


def places(text: str) -> list[tuple[str, int, int]]:
    """Key and place of every pair of the root."""
    return [(key.value, item.line, item.column) for key, item in read(text).pairs()]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_and_columns_count_from_1_in_characters(end: str) -> None:
    """Chinese before a value counts one column a character; all three ends of a line count."""
    text = end.join(["a: 1", "# 注释", "'中文😀': x", "c:", "  - d", ""])
    assert places(text) == [("a", 1, 4), ("中文😀", 3, 8), ("c", 5, 3)]


@pytest.mark.parametrize("c_parser", [True, False])
def test_json_has_places_too(c_parser: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON is YAML: tabs, escaped slashes and pairs of escapes are read, and places stay those of the file."""
    if not c_parser:
        monkeypatch.setattr(yamltree, "_LOADER", yaml.SafeLoader)
        monkeypatch.setattr(yamltree, "_BYTES", False)
    text = '{\n\t"a": "http:\\/\\/x", "b": "\\ud83d\\ude00\\uD83D\\uDE00", "c": [1,\n2, "\\ud83d\\ude00", {"d":null}]}'
    if not c_parser:
        text = text.replace("\t", " ")  # it takes no tabs there
    root = read(text)
    assert plain(root) == json.loads(text)
    assert places(text) == [("a", 2, 7), ("b", 2, 26), ("c", 2, 59)]
    assert [(item.line, item.column) for item in root.value[5].value] == [(2, 60), (3, 1), (3, 4), (3, 20)]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(st.characters(exclude_characters="\x7f", exclude_categories=["Cs"])),
        lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text('aé😀\\"u', max_size=8), below, max_size=4),
        max_leaves=12,
    ),
    st.booleans(),
)
@settings(max_examples=150)
def test_json_reads_as_json(document: object, ascii_only: bool) -> None:
    """What Python's JSON writer writes is read as its reader reads it, each key where it stands."""
    text = json.dumps({"a": document}, ensure_ascii=ascii_only)
    if (not ascii_only and any(char in text for char in "\x7f\x85\u2028\u2029\ufeff\ufffe\uffff")) or any(
        "\x80" <= char <= "\x9f" for char in text
    ):
        return  # YAML wants these escaped
    root = read(text)
    assert plain(root) == {"a": document}
    lines = text.splitlines()
    stack = [root]
    while stack:
        node = stack.pop()
        at = lines[node.line - 1][node.column - 1 : node.column]
        assert at == ("[" if node.kind == SEQUENCE else "{" if node.kind == MAPPING else at)
        assert node.kind != SCALAR or node.plain or at == '"'
        if node.kind != SCALAR:
            stack += node.value


# -- duplicates, anchors, merge keys --------------------------------------------------------------------------------


def test_a_key_that_stands_twice_is_told_with_both_places() -> None:
    """At any depth, quoted or not, and the reading goes on."""
    troubles: list[Trouble] = []
    compose("a: 1\nb: {c: 1, 'c': 2}\na: 3\n", troubles)
    assert troubles == [
        Trouble(2, 11, "`c` stands here a second time", (2, 5)),
        Trouble(3, 1, "`a` stands here a second time", (1, 1)),
    ]


def test_duplicates_in_json_with_pairs_are_told_once_and_where_they_stand() -> None:
    """The second reading of such a text starts afresh."""
    troubles: list[Trouble] = []
    compose('{"k": 1, "k": "\\ud83d\\ude00", "k": 2}', troubles)
    assert [(trouble.column, trouble.also) for trouble in troubles] == [(10, (1, 2)), (31, (1, 2))]


def test_aliases_and_merge_keys_are_carried_out() -> None:
    """What stands in the mapping itself wins, then the earlier base."""
    text = """
base: &base {a: 1, b: 1}
more: &more {b: 2, c: 2}
one: {<<: *base, b: 0}
two: {<<: [*base, *more]}
three: [*base, *base]
'<<': text
"""
    found = plain(read(text))
    assert isinstance(found, dict)
    assert found["one"] == {"a": 1, "b": 0}
    assert found["two"] == {"a": 1, "b": 1, "c": 2}
    assert found["three"] == [{"a": 1, "b": 1}] * 2
    assert found["<<"] == "text"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: *x", (1, 4), "has no anchor `&x` before it"),
        ("a: &x [*x]", (1, 8), "stands inside its own anchor"),
        ("a: &x {b: {c: *x}}", (1, 15), "stands inside its own anchor"),
        ("<<: 1", (1, 5), "`<<` takes a mapping"),
        ("a: {<<: [{b: 1}, 2]}", (1, 18), "`<<` takes a mapping"),
        ("a:\n  ? [b]\n  : 1", (2, 5), "a list or a mapping as a key"),
    ],
)
def test_what_cannot_be_carried_out_is_told(text: str, place: tuple[int, int], message: str) -> None:
    """With the place of the alias or key."""
    found = refused(text)
    assert (found.line, found.column) == place and message in found.message


# -- limits -------------------------------------------------------------------------------------------------------


def quickly(text: str, message: str) -> Trouble:
    """The text is refused with the message, in no time."""
    found = refused(text)
    assert message in found.message
    return found


@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "? ", "[{a: ", "- ? ", "&a [", "!!seq [", "[[],"])
def test_a_hundred_thousand_levels_are_refused(unit: str) -> None:
    """In flow and in block style, without a crash."""
    assert quickly(unit * 100_000, "more than 100 levels deep").line == 1


def test_block_mappings_nest_a_hundred_levels_at_most() -> None:
    """Each on its line."""
    deep = "\n".join(f"{' ' * level}a:" for level in range(1000))
    assert quickly(deep, "more than 100 levels deep")[:2] == (101, 101)
    assert read("[" * 100 + "]" * 100).kind == SEQUENCE


def test_aliases_cannot_nest_deeper_than_the_text_may() -> None:
    """A chain of anchors, each thirty levels deep."""
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} {'[' * 30}*a{n - 1}{']' * 30}\n" for n in range(1, 60))
    assert "levels deep by aliases" in quickly(chain, "more than 100").message


@pytest.mark.parametrize("merge", [False, True])
def test_a_bomb_of_aliases_is_refused(merge: bool) -> None:
    """A billion values in a few lines."""
    line = "a{n}: &a{n} {{{pairs}}}\n" if merge else "a{n}: &a{n} [{items}]\n"
    text = "a0: &a0 {x: lol}\n" if merge else "a0: &a0 [lol]\n"
    for n in range(1, 12):
        pairs = ", ".join(f"k{n}_{i}: {{<<: *a{n - 1}}}" for i in range(10))
        text += line.format(n=n, pairs=pairs, items=", ".join([f"*a{n - 1}"] * 10))
    quickly(text, "blow the document up")


def test_a_document_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Millions of short values fit into the bytes that are read, and would take gigabytes."""
    assert yamltree.MAX_VALUES > 10 * 400_000 - 1
    monkeypatch.setattr(yamltree, "MAX_VALUES", 10)
    assert plain(read("[1,2,3,4,5,6,7,8,9]")) == [*range(1, 10)]
    assert refused("[1,2,3,4,5,6,7,8,9,10]")[:2] == (1, 20)


def test_a_long_anchor_is_cut_in_the_message() -> None:
    """A megabyte of a name tells nobody more."""
    assert len(refused("a: *" + "x" * 1_000_000).message) < 200


# -- what is no YAML --------------------------------------------------------------------------------------------------

BROKEN = [
    ("a: 1\n\tb: 2\n", 2, 1, "a tab where YAML wants spaces"),
    ("a:\n  - b\n\t- c\n", 3, 1, "a tab where YAML wants spaces"),
    ("a: [1, 2\n", 1, 4, "`[` is never closed with `]`"),
    ("a: {b: 1\nc: 2\n", 2, 2, "expected `,` or `}` (`{` opens on line 1)"),
    ("a: 'x\nb: 2\n", 1, 4, "a quotation mark that is never closed"),
    ('a: "x\n', 1, 4, "a quotation mark that is never closed"),
    ('a: "x\n---\ny"\n', 1, 4, "a quotation mark that is never closed"),
    ("a: b: c\n", 1, 5, "a second `:` in one line"),
    ("a: @x\n", 1, 4, "a value cannot begin with `@`"),
    ("a: %x\n", 1, 4, "a value cannot begin with `%`"),
    ("a:\n  - b\n c: 1\n", 3, 2, "the indentation fits nothing above; expected a key"),
    ("- a\nb: 1\n", 2, 1, "expected `- ` like the items above"),
    ("a: - b\n", 1, 4, "a list begins on a line of its own"),
    ("a: [1,,2]\n", 1, 7, "`,` where a value is expected"),
    ("a: ]\n", 1, 4, "`]` where a value is expected"),
    ('a: "C:\\data"\n', 1, 7, "`\\d` is no escape"),
    ('a: "\\udc00"\n', 1, 7, "an escape that names no character"),
    ("a: !e!x y\n", 1, 4, "a tag (`!...`) that nothing defines"),
    ("a: 1\n---\nb: 2\n", 2, 1, "a second document begins here"),
    ("a: 1\n...\nfoo\n", 3, 1, "text after the end of the document"),
    ("%YAML 3.0\n---\na: 1\n", 1, 1, "a version of YAML that nobody has written yet"),
    ("a: \x07\n", 1, 4, "the control character U+0007"),
    ("中文: 1\r\n文: \x1b[31m\n", 2, 4, "the control character U+001B"),
    ("a: 1\rb: 中\x00\r", 2, 5, "the control character U+0000"),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), BROKEN)
def test_what_is_no_yaml_is_told_with_its_place(text: str, line: int, column: int, message: str) -> None:
    """Words of our own, that name the character and what is expected."""
    found = refused(text)
    assert (found.line, found.column) == (line, column)
    assert message in found.message


@pytest.mark.parametrize(("text", "line", "column", "message"), BROKEN)
def test_the_parser_in_python_tells_the_same_lines(
    text: str, line: int, column: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where PyYAML was built without libyaml, the same texts are refused, not far from the same place."""
    monkeypatch.setattr(yamltree, "_LOADER", yaml.SafeLoader)
    monkeypatch.setattr(yamltree, "_BYTES", False)
    found = refused(text)
    assert abs(found.line - line) <= 1 and found.message


def test_an_empty_text_has_no_tree() -> None:
    """Comments alone are no document; an explicit empty one is null."""
    assert compose("") is None
    assert compose("# nothing\n\n") is None
    assert value("") is None and scalar(read("---\n")) is None


@given(
    st.text(
        st.sampled_from("ab1 \n\t\r-?:,[]{}#&*!|>'\"%@`\\x\x00\x85\u2028\ufeff中😀<~.=") | st.characters(), max_size=60
    )
)
@settings(max_examples=400)
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    """Nothing else is ever raised, and the place is one that the text has."""
    troubles: list[Trouble] = []
    try:
        compose(text, troubles)
    except Unreadable as error:
        troubles.append(error.trouble)
    lines = text.splitlines() or [""]
    for trouble in troubles:
        assert trouble.message
        assert 1 <= trouble.line <= len(lines) + 1
        assert 1 <= trouble.column <= max(map(len, lines)) + 2

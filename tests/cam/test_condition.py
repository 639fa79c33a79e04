"""Conditions in three values: the operators, absent keys, several values, what is not known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.cam import Condition, Context, Known, Span, Truth, Value, atom
from cosaudit.cam.condition import OPERATORS, holds, number, one, parse_operator
from cosaudit.model import Place

HERE = Place("p", 1, 1)
T, F, M = Truth.TRUE, Truth.FALSE, Truth.MAYBE
A = atom("openid")


def condition(written: str, *values: str, key: str = "k") -> Condition:
    operator, if_exist, quantifier = parse_operator(written)
    return Condition(written, operator, if_exist, quantifier, key, values, HERE, HERE)


def outcome(written: str, values: str | tuple[str, ...], known: Value | str) -> Truth:
    values = (values,) if isinstance(values, str) else values
    return one(condition(written, *values), Context({"k": (known,) if isinstance(known, str) else known}))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("string_equal", ("string_equal", False, None)),
        ("string_equal_if_exist", ("string_equal", True, None)),
        ("for_any_value:ip_equal", ("ip_equal", False, "any")),
        ("for_all_value:string_like_if_exist", ("string_like", True, "all")),
        ("null_equal", ("null_equal", False, None)),
        ("null_equal_if_exist", (None, True, None)),
        ("for_any_value:null_equal", (None, False, "any")),
        ("string_not_like", (None, False, None)),
        ("StringEquals", (None, False, None)),
        ("String_equal", (None, False, None)),
        ("ForAllValues:StringEquals", (None, False, None)),
        ("for_all_values:string_equal", (None, False, None)),
        ("string_equal_if_exists", (None, False, None)),
        (" string_equal", (None, False, None)),
        ("", (None, False, None)),
    ],
)
def test_an_operator_is_bare_name_suffix_and_prefix(
    written: str, expected: tuple[str | None, bool, str | None]
) -> None:
    """Only the documented spellings are known; `null_equal` takes neither suffix nor prefix."""
    assert parse_operator(written) == expected


@pytest.mark.parametrize(
    ("operator", "values", "known", "expected"),
    [
        ("string_equal", "private", "private", T),
        ("string_equal", "private", "Private", F),
        ("string_equal", "a*", "ab", F),
        ("string_equal", "", "", T),
        ("string_not_equal", "private", "private", F),
        ("string_not_equal", "private", "Private", T),
        ("string_equal_ignore_case", "image/PNG", "Image/png", T),
        ("string_equal_ignore_case", "image/PNG", "image/jpeg", F),
        ("string_not_equal_ignore_case", "image/PNG", "Image/png", F),
        ("string_not_equal_ignore_case", "image/PNG", "image/jpeg", T),
        ("string_like", "image/*", "image/png", T),
        ("string_like", "image/*", "Image/png", F),
        ("string_like", "*/png", "image/png", T),
        ("string_like", "*mag*", "image/png", T),
        ("string_like", "*gam*", "image/png", F),
        ("string_like", "image/png", "image/png", T),
        ("string_like", "image/?ng", "image/png", F),
        ("string_like", "*", "", T),
        ("string_like", "a*c", "abc", M),
        ("string_like", "a*c", "a*c", T),
        ("string_like", "a*c", "b", F),
        ("string_like", "*a*c*", "xabcx", M),
        ("string_like", "*a*c", "xabc", M),
        ("string_like", "a*c*", "abcx", M),
        ("string_like", "a*c*", "a*cx", T),
        ("numeric_equal", "10", "10.0", T),
        ("numeric_equal", "10", "11", F),
        ("numeric_equal", "9007199254740993", "9007199254740992", F),
        ("numeric_equal", "0.1", "1e-1", T),
        ("numeric_not_equal", "10", "10", F),
        ("numeric_not_equal", "10", "9", T),
        ("numeric_less_than", "10", "9", T),
        ("numeric_less_than", "10", "10", F),
        ("numeric_less_than_equal", "10", "10", T),
        ("numeric_less_than_equal", "10", "10.5", F),
        ("numeric_greater_than", "1.2", "1.2", F),
        ("numeric_greater_than", "1.2", "1.3", T),
        ("numeric_greater_than_equal", "1.2", "1.2", T),
        ("numeric_greater_than_equal", "1.2", "1.1", F),
        ("date_equal", "2024-05-01T00:00:00Z", "2024-05-01T08:00:00+08:00", T),
        ("date_equal", "2024-05-01", "2024-05-01T00:00:00Z", T),
        ("date_equal", "2024-05-01", "2024-05-02", F),
        ("date_not_equal", "2024-05-01", "2024-05-02", T),
        ("date_not_equal", "2024-05-01", "2024-05-01T00:00:00", F),
        ("date_less_than", "2024-05-01T00:00:00Z", "2024-04-30T23:59:59Z", T),
        ("date_less_than", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", F),
        ("date_less_than_equal", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", T),
        ("date_less_than_equal", "2024-05-01T00:00:00Z", "2024-05-01T00:00:01Z", F),
        ("date_greater_than", "2024-05-01T00:00:00Z", "2024-05-01T00:00:01Z", T),
        ("date_greater_than", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", F),
        ("date_greater_than_equal", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", T),
        ("date_greater_than_equal", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", T),
        ("ip_equal", "10.217.182.3/24", "10.217.182.200", T),
        ("ip_equal", "10.217.182.3/24", "10.217.183.1", F),
        ("ip_equal", "101.226.100.185", "101.226.100.185", T),
        ("ip_equal", "2001:db8::/32", "2001:db8::1", T),
        ("ip_equal", "2001:db8::/32", "10.0.0.1", F),
        ("ip_not_equal", "10.217.182.3/24", "10.217.182.200", F),
        ("ip_not_equal", "10.217.182.3/24", "10.217.183.1", T),
        ("ip_not_equal", "2001:db8::/32", "10.0.0.1", T),
        ("bool_equal", "true", "TRUE", T),
        ("bool_equal", "True", "false", F),
        ("binary_equal", "QUJD", "QUJD", T),
        ("binary_equal", "QUJD", "qujd", F),
    ],
)
def test_operators_compare_one_value_with_one_value(operator: str, values: str, known: str, expected: Truth) -> None:
    """Each operator of the pages; a `*` in the middle of `string_like` has two readings."""
    assert outcome(operator, values, known) is expected
    assert outcome(operator + "_if_exist", values, known) is expected


def test_every_operator_but_null_equal_is_in_the_table_above() -> None:
    """No operator is left without a case."""
    marks = test_operators_compare_one_value_with_one_value.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == set(OPERATORS) - {"null_equal"}


@pytest.mark.parametrize("operator", sorted(set(OPERATORS) - {"null_equal"}))
def test_an_absent_key_makes_plain_operators_false_and_if_exist_true(operator: str) -> None:
    """Also the `not` ones, with any quantifier: the table of the pages."""
    for prefix in ("", "for_any_value:", "for_all_value:"):
        for known in (Known.ABSENT, ()):
            assert outcome(f"{prefix}{operator}", "1", known) is F
            assert outcome(f"{prefix}{operator}_if_exist", "1", known) is T


@pytest.mark.parametrize(
    ("values", "known", "expected"),
    [
        ("true", Known.ABSENT, T), ("true", "x", F), ("true", Known.PRESENT, F), ("true", Span(0, None), F),
        ("false", Known.ABSENT, F), ("false", "x", T), ("false", Known.PRESENT, T), ("false", Span(1, 2), T),
        ("TRUE", Known.ABSENT, T), ("true", "", F), ("true", (), T),
        ("true", Known.UNKNOWN, M), ("false", Known.UNKNOWN, M), (("true", "false"), Known.UNKNOWN, T),
        ("yes", Known.ABSENT, M), (("yes", "true"), Known.ABSENT, T), ((), Known.ABSENT, M),
    ],
)  # fmt: skip
def test_null_equal_asks_for_presence(values: Any, known: Any, expected: Truth) -> None:
    """`true`: the key is absent; `false`: it is there."""
    assert outcome("null_equal", values, known) is expected


@pytest.mark.parametrize(
    ("operator", "values", "known", "expected"),
    [
        ("string_equal", ("a", "b"), "b", T),
        ("string_equal", ("a", "b"), "c", F),
        ("string_like", ("a*", "b*"), "bc", T),
        ("numeric_less_than", ("1", "5"), "3", T),
        ("ip_equal", ("10.0.0.0/8", "192.168.0.0/16"), "192.168.1.1", T),
        ("string_not_equal", ("a", "b"), "c", T),
        ("string_not_equal", ("a", "b"), "b", M),
        ("string_not_equal", ("a", "a"), "a", F),
        ("string_not_equal_ignore_case", ("a", "b"), "B", M),
        ("numeric_not_equal", ("1", "2"), "1", M),
        ("numeric_not_equal", ("1", "2"), "3", T),
        ("date_not_equal", ("2024-01-01", "2024-01-02"), "2024-01-02", M),
        ("ip_not_equal", ("10.0.0.0/8", "192.168.0.0/16"), "192.168.1.1", M),
        ("ip_not_equal", ("10.0.0.0/8", "192.168.0.0/16"), "1.1.1.1", T),
        ("numeric_equal", ("x", "1"), "1", T),
        ("numeric_equal", ("x", "1"), "2", M),
        ("string_equal", (), "x", M),
        ("string_not_equal", (), Known.UNKNOWN, M),
    ],
)
def test_several_values_of_a_key_are_alternatives(operator: str, values: Any, known: Any, expected: Truth) -> None:
    """OR, as the pages say; where a negated operator may mean all of them and that differs, it is not known."""
    assert outcome(operator, values, known) is expected


@pytest.mark.parametrize(
    ("operator", "value", "known", "expected"),
    [
        ("numeric_equal", "ten", "10", M), ("numeric_equal", "10", "ten", F), ("numeric_not_equal", "10", "ten", F),
        ("numeric_equal", "", "10", M), ("numeric_less_than", "1_0", "1", M), ("numeric_less_than", "nan", "1", M),
        ("numeric_less_than", "1e99999999999999999999", "1", M), ("numeric_less_than", "9" * 1001, "1", M),
        ("numeric_less_than", "+10", "1", M), ("numeric_less_than", ".5", "0", M),
        ("numeric_less_than_if_exist", "10", "ten", F), ("numeric_less_than", "１", "1", M),
        ("date_less_than", "yesterday", "2024-01-01", M), ("date_less_than", "2024-01-01", "now", F),
        ("date_less_than", "2024-01-01 10:00", "2024-01-01", M), ("date_less_than", "1", "2024-01-01", M),
        ("ip_equal", "10.*.*.10/24", "10.0.0.10", M), ("ip_equal", "10.0.0.0/8", "x", F),
        ("ip_not_equal", "10.0.0.0/8", "x", F), ("ip_equal", "10.0.0.0/255.0.0.0", "10.0.0.1", M),
        ("ip_equal", "10.0.0.0/", "10.0.0.1", M), ("ip_equal", "10.0.0.0/33", "10.0.0.1", M),
        ("ip_equal", "10.0.0.0/8", "10.0.0.0/8", F),
        ("bool_equal", "1", "true", M), ("bool_equal", "true", "1", F),
    ],
)  # fmt: skip
def test_values_of_another_kind_are_not_guessed(operator: str, value: str, known: str, expected: Truth) -> None:
    """What CAM does with such a value of the policy is not documented; such a value of a request does not compare."""
    assert outcome(operator, value, known) is expected


@pytest.mark.parametrize(
    "written", ["StringEquals", "string_not_like", "String_Equal", "IpAddress", "null_equal_if_exist"]
)
@pytest.mark.parametrize("known", ["x", Known.ABSENT, Known.PRESENT, Known.UNKNOWN])
def test_an_unknown_operator_is_never_decided(written: str, known: Any) -> None:
    """Other vendors' spellings, other letter case, what is in no list."""
    assert outcome(written, "x", known) is M


@pytest.mark.parametrize(
    ("written", "known", "expected"),
    [
        ("string_equal", ("a", "a"), T),
        ("string_equal", ("a", "b"), M),
        ("string_equal", ("c", "b"), F),
        ("for_any_value:string_equal", ("a", "b"), T),
        ("for_any_value:string_equal", ("c", "b"), F),
        ("for_all_value:string_equal", ("a", "b"), F),
        ("for_all_value:string_equal", ("a", "a"), T),
        ("for_all_value:string_equal_if_exist", ("a", "b"), F),
        ("for_any_value:string_not_equal", ("a", "b"), T),
        ("for_all_value:string_not_equal", ("a", "b"), F),
    ],
)
def test_quantifiers_say_whether_some_or_all_values_of_the_request_count(
    written: str, known: Any, expected: Truth
) -> None:
    """Without one both readings are tried."""
    assert outcome(written, "a", known) is expected


SPANS = [
    ("numeric_less_than", "10", Span(1, 9), T), ("numeric_less_than", "10", Span(1, 10), M),
    ("numeric_less_than", "10", Span(10, 20), F), ("numeric_less_than", "10", Span(1, None), M),
    ("numeric_less_than", "10", Span(10, None), F),
    ("numeric_less_than_equal", "10", Span(1, 10), T), ("numeric_less_than_equal", "10", Span(10, 11), M),
    ("numeric_less_than_equal", "10", Span(11, None), F),
    ("numeric_greater_than", "10", Span(11, None), T), ("numeric_greater_than", "10", Span(10, None), M),
    ("numeric_greater_than", "10", Span(1, 10), F),
    ("numeric_greater_than_equal", "10", Span(10, None), T), ("numeric_greater_than_equal", "10", Span(9, 10), M),
    ("numeric_greater_than_equal", "10", Span(1, 9), F),
    ("numeric_equal", "10", Span(10, 10), T), ("numeric_equal", "10", Span(9, 10), M),
    ("numeric_equal", "10", Span(1, 9), F), ("numeric_equal", "10", Span(11, None), F),
    ("numeric_not_equal", "10", Span(10, 10), F), ("numeric_not_equal", "10", Span(9, None), M),
    ("numeric_not_equal", "10", Span(1, 9), T),
    ("numeric_equal", "ten", Span(10, 10), M),
    ("string_equal", "10", Span(10, 10), M), ("bool_equal", "true", Span(0, 1), M), ("string_like", "*", Span(0, 1), T),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "value", "span", "expected"), SPANS)
def test_a_number_of_known_bounds_is_decided_where_all_of_them_agree(
    operator: str, value: str, span: Span, expected: Truth
) -> None:
    """True for all numbers between the bounds, false for none of them, else not known."""
    assert outcome(operator, value, span) is outcome(operator + "_if_exist", value, span) is expected


@given(
    st.sampled_from([name for name, kind in OPERATORS.items() if kind == "number"]),
    st.lists(st.integers(0, 6), min_size=1, max_size=2), st.integers(0, 6), st.integers(0, 6),
)  # fmt: skip
def test_a_span_says_no_more_than_its_numbers(operator: str, values: list[int], least: int, more: int) -> None:
    """A sure answer for the span is the answer for each number in it; half numbers count too."""
    texts = tuple(map(str, values))
    of_span = outcome(operator, texts, Span(least, least + more))
    each = {outcome(operator, texts, str(least + half / 2)) for half in range(2 * more + 1)}
    assert of_span is M or each == {of_span}
    if len(values) == 1:
        assert each == {of_span} if of_span is not M else len(each) == 2


def test_what_is_there_but_not_known_is_decided_only_where_every_value_agrees() -> None:
    """`string_like *` holds for any value; nothing else does."""
    for suffix in ("", "_if_exist"):
        assert outcome(f"string_like{suffix}", "*", Known.PRESENT) is T
        assert outcome(f"string_like{suffix}", ("a", "**"), Known.PRESENT) is T
        assert outcome(f"string_like{suffix}", "a*", Known.PRESENT) is M
        assert outcome(f"string_equal{suffix}", "a", Known.PRESENT) is M
        assert outcome(f"ip_equal{suffix}", "0.0.0.0/0", Known.PRESENT) is M
        assert outcome(f"string_like{suffix}", "", Known.PRESENT) is M


def test_what_may_be_absent_is_decided_only_where_absence_agrees() -> None:
    """Nothing known of a key: only `string_like_if_exist *` holds anyway."""
    assert outcome("string_like", "*", Known.UNKNOWN) is M
    assert outcome("string_like_if_exist", "*", Known.UNKNOWN) is T
    assert outcome("string_equal", "a", Known.UNKNOWN) is M
    assert outcome("string_not_equal_if_exist", "a", Known.UNKNOWN) is M


@pytest.mark.parametrize(
    ("operator", "value", "known", "expected"),
    [
        ("string_equal", f"u-{A}", f"u-{A}", T),
        ("string_equal", f"u-{A}", "u-1", M),
        ("string_equal", f"u-{A}", "u-", F),
        ("string_equal", f"u-{A}", "v-1", F),
        ("string_equal", f"*{A}", "v-1", F),
        ("string_equal", f"*{A}", "*1", M),
        ("string_equal", "u-1", f"u-{A}", M),
        ("string_not_equal", f"u-{A}", f"u-{A}", F),
        ("string_not_equal", f"u-{A}", "u-1", M),
        ("string_not_equal", f"u-{A}", "v-1", T),
        ("string_equal_ignore_case", f"U-{A}", f"u-{A}", T),
        ("string_like", f"u-{A}*", f"u-{A}/x", T),
        ("string_like", f"u-{A}*", "u-1", M),
        ("string_like", f"u-{A}*", "v-1", F),
        ("string_like", f"u*{A}", "u*1", M),
        ("string_like", f"a*{A}*", f"a*{A}", T),
        ("string_like", f"a*b{A}", "a*1", F),
        ("string_like", "u-*", f"u-{A}", T),
        ("string_like", "u-1*", f"u-{A}", M),
        ("binary_equal", A, "x", M),
        ("numeric_less_than", A, "1", M),
        ("numeric_less_than", "1", A, M),
        ("ip_equal", "10.0.0.0/8", A, M),
        ("string_equal", "${uin}", "1", M),
        ("string_equal", "${uin}", "${uin}", M),
        ("string_equal_ignore_case", "${owner_uin}", "1", M),
        ("string_like", "*${app_id}", "1", M),
        ("string_not_equal", "${uin}", "1", M),
    ],
)  # fmt: skip
def test_placeholders_and_variables_are_not_guessed(operator: str, value: str, known: str, expected: Truth) -> None:
    """Equal symbols are equal whatever they stand for; what cannot hold does not, all else is not known."""
    assert outcome(operator, value, known) is expected
    if operator == "string_equal":
        assert outcome(operator, (value, "1"), "1") is T


def test_all_conditions_of_a_statement_must_hold() -> None:
    """Operators and keys are joined by AND; one that surely fails decides."""
    yes, no = condition("string_equal", "a"), condition("string_equal", "b")
    open_ = condition("string_equal", "a", key="other")
    context = Context({"k": ("a",)})
    assert holds((), context) is T
    assert holds((yes,), context) is T
    assert holds((yes, no), context) is F
    assert holds((yes, open_), context) is M
    assert holds((open_, no), context) is F


def test_the_default_of_a_context_stands_for_the_keys_it_does_not_name() -> None:
    """A context that knows all headers says so by `ABSENT`."""
    assert one(condition("string_equal", "a"), Context({}, Known.ABSENT)) is F
    assert one(condition("string_equal", "a"), Context({})) is M


def test_keys_are_case_sensitive() -> None:
    """`cos:Content-Length` is another key."""
    context = Context({"cos:content-length": ("1",)}, Known.ABSENT)
    assert one(condition("numeric_equal", "1", key="cos:content-length"), context) is T
    assert one(condition("numeric_equal", "1", key="cos:Content-Length"), context) is F


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3), st.integers())
def test_numbers_are_exact(decimal: Decimal, whole: int) -> None:
    """No rounding, whatever their length."""
    assert number(str(decimal)) == decimal
    assert number(str(whole)) == whole
    assert (number(str(decimal)) < number(str(whole))) is (decimal < whole)


KNOWN = st.sampled_from([Known.ABSENT, Known.PRESENT, Known.UNKNOWN, ("1",), ("2",), ("1", "2"), ("x",)])
WRITTEN = st.builds(
    lambda prefix, operator, suffix: prefix + operator + suffix,
    st.sampled_from(["", "for_any_value:", "for_all_value:"]), st.sampled_from(sorted(OPERATORS)),
    st.sampled_from(["", "_if_exist"]),
)  # fmt: skip


@given(
    WRITTEN,
    st.lists(st.sampled_from(["1", "2", "1*", "*", "true", "10.0.0.1", "2024-01-01"]), min_size=1, max_size=3),
    KNOWN,
)
def test_knowing_less_never_turns_a_sure_answer(written: str, values: list[str], known: Value) -> None:
    """What is sure for a key of which nothing is known is so for any value; what is sure of a present one too."""
    exact = outcome(written, tuple(values), known)
    unknown = outcome(written, tuple(values), Known.UNKNOWN)
    assert unknown is M or unknown is exact
    if known is not Known.ABSENT and known is not Known.UNKNOWN:
        present = outcome(written, tuple(values), Known.PRESENT)
        assert present is M or present is exact


@given(WRITTEN, st.permutations(["1", "2", "*", "x"]), st.integers(1, 4), KNOWN)
def test_order_and_repetition_of_values_change_nothing(
    written: str, values: list[str], count: int, known: Value
) -> None:
    """Alternatives are a set."""
    some = tuple(values[:count])
    assert outcome(written, some, known) is outcome(written, some[::-1] + some, known)

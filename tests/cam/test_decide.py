"""Decisions on one request: patterns, statements, what decides, what is not known, and why."""

from __future__ import annotations

import doctest
import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosaudit import cam, yamltree
from cosaudit.cam import (
    Context,
    Decision,
    Known,
    Policy,
    Span,
    Truth,
    Value,
    atom,
    concrete,
    decide,
    glob,
    loads,
    match,
    matching,
    parse,
)

T, F, M = Truth.TRUE, Truth.FALSE, Truth.MAYBE
A, B = atom("openid"), atom("file")
BUCKET = "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000"
OBJECT = f"{BUCKET}/avatars/a.jpg"
PUT = "name/cos:PutObject"


def statement(
    effect: str = "allow", action: Any = PUT, resource: Any = f"{BUCKET}/*", **condition: Any
) -> dict[str, Any]:
    return {"effect": effect, "action": action, "resource": resource, **({"condition": condition} if condition else {})}


def policy(*statements: dict[str, Any]) -> Policy:
    return loads(json.dumps({"version": "2.0", "statement": list(statements)}))


def ask(*statements: dict[str, Any], action: str = PUT, resource: str = OBJECT, **known: Any) -> Decision:
    """A decision on one object; `known` are condition keys, with `_` for their `-` and without `cos:`."""
    values: dict[str, Value] = {
        "cos:" + key.replace("_", "-"): (value,) if isinstance(value, str) else value for key, value in known.items()
    }
    return decide(policy(*statements), action, resource, Context(values))


# --- patterns


def naive(pattern: str, text: str) -> bool:
    """A matcher that is the definition: a star takes nothing, or one character and remains."""
    reached = {0}
    for char in [*text, ""]:
        for at in sorted(reached):
            while at < len(pattern) and pattern[at] == "*":
                at += 1
                reached.add(at)
        if not char:
            return len(pattern) in reached
        step = {at + 1 for at in reached if at < len(pattern) and pattern[at] == char != "*"}
        step |= {at for at in reached if at < len(pattern) and pattern[at] == "*"}
        reached = step
    raise AssertionError


@settings(max_examples=400)
@given(st.text("ab*", max_size=10), st.text("ab", max_size=10))
def test_glob_matches_as_the_definition_says(pattern: str, text: str) -> None:
    """Every form of stars: at the ends, in the middle, several in a row."""
    assert glob(pattern, text) is naive(pattern, text)


@given(st.text("ab/*", max_size=8), st.lists(st.text("ab/", max_size=3), max_size=9))
def test_a_pattern_matches_what_its_stars_are_replaced_by(pattern: str, parts: list[str]) -> None:
    """Any text in the place of each star."""
    fill = itertools.chain(parts, itertools.repeat(""))
    assert glob(pattern, "".join(next(fill) if char == "*" else char for char in pattern))


def test_a_star_in_the_text_is_a_character() -> None:
    """A key may hold `*`: only a `*` of the pattern matches it."""
    assert glob("a*", "a*") and not glob("ab", "a*") and match("ab", "a*") is F
    assert glob("a?c", "a?c") and not glob("a?c", "abc")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (f"u/{A}/*", "u/1/x", M), (f"u/{A}/*", "u//x", F), (f"u/{A}/*", "u/1/2/x", M), (f"u/{A}/*", "v/1/x", F),
        (f"u/{A}/*", f"u/{A}/x", T), (f"u/{A}*", f"u/{A}b/x", T), (f"u/{A}/*", f"u/{B}/x", M), (A, "", F), (A, "x", M),
        ("u/*", f"u/{A}", T), ("u/1/*", f"u/{A}/x", M), ("u/1/*", f"v/{A}/x", F), (f"{A}{A}", "x", F),
        (f"{A}{A}", "xy", M), (f"u/{A}", "u/*", M), ("u/x", f"u/{A}x", F), (f"a{A}c", f"{B}c", M), ("", A, F),
    ],
)  # fmt: skip
def test_placeholders_match_themselves_and_maybe_other_texts(pattern: str, text: str, expected: Truth) -> None:
    """Read as one or more characters: what cannot match is sure, what may is not."""
    assert match(pattern, text) is expected


@settings(max_examples=300)
@given(st.text(f"ab*{A}", max_size=5), st.text(f"ab{A}{B}", max_size=4))
def test_match_is_right_for_whatever_the_placeholders_stand_for(pattern: str, text: str) -> None:
    """All replacements by short texts: a sure answer is that of each."""
    fills = ["a", "b", "ab", "ba", "bb", "aab", "bbbbbb"]
    found = set()
    for one, two in itertools.product(fills, fills):
        fill = str.maketrans({A: one, B: two})
        found.add(glob(pattern.translate(fill), text.translate(fill)))
    outcome = match(pattern, text)
    if outcome is not M:
        assert found == {outcome is T}


@given(st.text(f"ab*{A}", max_size=6).filter(lambda text: text.count(A) < 3), st.text("abc", max_size=6))
def test_an_open_match_has_a_text_that_matches(pattern: str, text: str) -> None:
    """With each occurrence of a placeholder read by itself: some pieces of the text in their places."""
    pieces = {text[start:end] for start in range(len(text)) for end in range(start + 1, len(text) + 1)} or {"a"}
    possible = False
    for chosen in itertools.product(sorted(pieces), repeat=pattern.count(A)):
        filled = iter(chosen)
        possible = possible or naive("".join(next(filled) if char == A else char for char in pattern), text)
    assert (match(pattern, text) is not F) is possible


def test_hostile_patterns_are_answered_in_linear_time() -> None:
    """Sixty stars, and a pattern of 100 KB: backtracking would not come to an end."""
    assert not glob("*a" * 60 + "b", "a" * 5000)
    assert glob("*a" * 50_000, "a" * 100_000)
    assert match(f"*a{A}" * 60 + "b", "a" * 2000) is F
    assert match(f"*{A}" * 2000, "a" * 3000) is M


# --- one statement


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("name/cos:PutObject", "cos:PutObject", T), ("cos:PutObject", "name/cos:PutObject", T),
        ("cos:PutObject", "cos:putObject", F), ("cos:PutObject*", "cos:PutObjectACL", T), ("cos:*", "ci:X", F),
        ("*", "ci:X", T), ("*:*", "cos:PutObject", T), ("c*", "cos:PutObject", T), ("*Bucket*", "cos:GetBucketACL", T),
        ("cos:Put?bject", "cos:PutObject", F), ("PutObject", "cos:PutObject", F), ("permid/1", "cos:PutObject", M),
        ("actionName/read", "cos:PutObject", M), ("name/cos: PutObject", "cos:PutObject", F),
        (["permid/1", "cos:PutObject"], "cos:PutObject", T),
    ],
)  # fmt: skip
def test_actions_match_by_pattern(pattern: Any, action: str, expected: Truth) -> None:
    """Case-sensitive, `*` anywhere, feature sets not known."""
    asked = concrete(OBJECT)
    assert asked is not None
    (only,) = policy(statement(action=pattern)).statements
    assert matching(only, action, asked) is expected


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("*", "qcs::ci:ap-x:uid/1:anything", T),
        (f"{BUCKET}/*", OBJECT, T),
        (f"{BUCKET}/avatars*", f"{BUCKET}/avatars-private/x", T),
        (f"{BUCKET}/avatars/*", f"{BUCKET}/avatars", F),
        (f"{BUCKET}/", f"{BUCKET}/", T),
        (f"{BUCKET}/*", "qcs::cos:ap-beijing:uid/1250000000:media-1250000000/a", F),
        (f"{BUCKET}/*", "qcs::ci:ap-guangzhou:uid/1250000000:media-1250000000/a", F),
        (f"{BUCKET}/*", "qcs::cos:ap-guangzhou:uid/1259999999:media-1250000000/a", F),
        ("qcs::cos:ap-guangzhou::media-1250000000/*", OBJECT, T),
        ("qcs::cos:ap-guangzhou::media-1250000000/*", "qcs::cos:ap-guangzhou:uid/2:media-1250000000/x", T),
        ("qcs::cos::uid/1250000000:media-1250000000/*", OBJECT, T),
        ("qcs:::ap-*:uid/*:*", OBJECT, T),
        ("qcs::cos:*:uid/*:media-1250000000/avatars/*.jpg", OBJECT, T),
        ("qcs::cos:ap-guangzhou:uin/1250000000:media-1250000000/*", OBJECT, F),
        ("qcs::cos:ap-guangzhou:uid/1250000000:media/*", OBJECT, F),
        ("qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000//*", OBJECT, F),
        ("qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/media/avatars/*", OBJECT, T),
        ("qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/med*/a.jpg", OBJECT, T),
        (f"{BUCKET}/*", "qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/media/avatars/a.jpg", T),
        ("qcs:0:cos:ap-guangzhou:uid/1250000000:media-1250000000/*", OBJECT, F),
        (f"{BUCKET}/${{uin}}/*", f"{BUCKET}/1/x", F),
        (f"{BUCKET}/{{openid}}/*", f"{BUCKET}/1/x", M),
        (f"{BUCKET}/{{openid}}/*", f"{BUCKET}/x", F),
        (f"{BUCKET}/{{openid}}/*", "qcs::cos:ap-beijing:uid/1250000000:media-1250000000/1/x", F),
        ([f"{BUCKET}/{{openid}}/*", f"{BUCKET}/1/*"], f"{BUCKET}/1/x", T),
        (f"{BUCKET}/{{openid}}/*", f"{BUCKET}/{A}/x", T),
        (f"{BUCKET}/*a*", OBJECT, T),
        (f"{BUCKET}/*b*", OBJECT, F),
        (f"{BUCKET}/a*a*", OBJECT, T),
        (f"{BUCKET}/a*", f"{BUCKET}/图", F),
        (f"{BUCKET}/图*", f"{BUCKET}/图片", T),
        (f"{BUCKET}/a*", f"{BUCKET}/{A}", M),
        ("*", "*", T),
        (["qcs::cos:::x", "*"], "*", T),
        ("qcs:::::*", "*", F),
        ("qcs::*:*:*:*", "*", F),
        ("qcs::*:*:*:*", "qcs::*:*:*:*", T),
        (f"{BUCKET}/*", "*", F),
    ],
)
def test_resources_match_segment_by_segment(pattern: Any, resource: str, expected: Truth) -> None:
    """A `*` in a segment stays in it, one in the path crosses everything; an empty account is the asker's own.

    The resource `*` stands for requests that have none, such as the list of all buckets: a whole `*` grants them.
    """
    asked = concrete(resource)
    assert asked is not None
    (only,) = policy(statement(resource=pattern)).statements
    assert matching(only, PUT, asked) is expected


# --- decisions


def test_what_an_allow_reaches_is_allowed() -> None:
    """The statement is named by its index, in words by its number."""
    assert ask(statement(resource="qcs::cos:::x/*"), statement()) == Decision("allow", 1, "statement 2 allows it")


def test_what_no_statement_grants_is_denied() -> None:
    """POST Object is an action of its own."""
    assert ask(statement(), action="name/cos:PostObject") == Decision(
        "implicit-deny", None, "no statement grants name/cos:PostObject"
    )


def test_a_resource_that_no_statement_reaches_is_told_apart() -> None:
    """The statements that grant the action are named."""
    other = statement(resource=f"{BUCKET}/docs/*")
    assert ask(other).reason == "statement 1 grants the action, but not on this resource"
    assert ask(other, statement(action="*:Get*"), other).reason == (
        "statements 1, 3 grant the action, but not on this resource"
    )
    assert ask(*[other] * 5).reason == "statements 1, 2, 3 and more grant the action, but not on this resource"
    assert ask(statement(action="permid/1", resource="qcs::cos:::x/*")).reason == (
        "no statement grants name/cos:PutObject on this resource"
    )


def test_a_deny_beats_any_allow() -> None:
    """Wherever it stands; the first one that applies is named."""
    found = ask(statement(action="*", resource="*"), statement("deny"), statement("deny", "*"))
    assert found == Decision("deny", 1, "statement 2 denies it")
    assert ask(statement("deny")).decision == "deny"
    assert ask(statement("deny", "cos:Get*"), statement()).decision == "allow"


def test_a_condition_that_does_not_hold_is_named() -> None:
    """The statement, the key, and whether the request carries it."""
    limited = statement(numeric_less_than_equal={"cos:content-length": 10})
    found = ask(limited, content_length="11")
    assert (found.decision, found.statement) == ("implicit-deny", None)
    assert found.reason == "statement 1 would allow it, but its condition on cos:content-length does not hold"
    assert [one.key for one in found.conditions] == ["cos:content-length"]
    assert ask(limited, content_length=Known.ABSENT).reason.endswith(
        "does not hold: the request does not carry cos:content-length"
    )
    assert ask(limited, content_length="10").decision == "allow"
    both = statement(string_equal={"cos:a": "1", "cos:b": "1", "cos:c": "1"})
    assert ask(both, a="2", b=Known.ABSENT, c="1").reason == (
        "statement 1 would allow it, but its conditions on cos:a and cos:b do not hold: "
        "the request does not carry cos:b"
    )


@pytest.mark.parametrize(
    ("known", "condition", "missing"),
    [
        ({}, {"string_equal": {"cos:x-cos-acl": "private"}}, "whether cos:x-cos-acl is sent is not known"),
        ({"k": Known.PRESENT}, {"string_equal": {"cos:k": "1"}}, "the value of cos:k is not known"),
        ({"k": Span(0, 9)}, {"numeric_less_than": {"cos:k": 5}}, "cos:k may be anything from 0 to 9"),
        ({"k": Span(1, None)}, {"numeric_less_than": {"cos:k": 5}}, "cos:k may be anything from 1 to any number"),
        ({"k": "1"}, {"StringEquals": {"cos:k": "1"}}, "what the operator `StringEquals` does is not documented"),
        ({"k": "1"}, {"numeric_equal": {"cos:k": "x"}}, "how `numeric_equal` takes `x` for cos:k is not documented"),
        ({"k": "a"}, {"string_not_equal": {"cos:k": ["a", "b"]}},
         "how `string_not_equal` takes `a`, `b` for cos:k is not documented"),
        ({"k": "1"}, {"string_equal": {"cos:k": "{openid}"}}, "what `{openid}` stands for is not known"),
        ({"k": "1"}, {"string_equal": {"cos:k": "${uin}"}}, "what `${uin}` stands for is not known"),
        ({"k": A}, {"string_equal": {"cos:k": "1"}}, "the value of cos:k is not known"),
        ({"k": "a"}, {"string_not_equal": {"cos:k": ["a", "b", "c", "d"]}},
         "how `string_not_equal` takes `a`, `b`, `c` … for cos:k is not documented"),
        ({"k": "1"}, {"string_equal": {"cos:k": []}}, "what an empty list of values for cos:k means is not documented"),
    ],
)  # fmt: skip
def test_what_is_missing_for_an_answer_is_said(known: dict[str, Any], condition: dict[str, Any], missing: str) -> None:
    """An open allow, and the same condition on a deny beside a sure allow."""
    found = ask(statement(**condition), **known)
    assert (found.decision, found.statement) == ("unknown", 0)
    assert found.reason == f"{missing}: statement 1 may allow it"
    assert len(found.conditions) == 1
    found = ask(statement(), statement("deny", **condition), **known)
    assert (found.decision, found.statement, found.reason) == ("unknown", 1, f"{missing}: statement 2 may deny it")


def test_open_actions_and_resources_are_said_too() -> None:
    """A feature set, and a placeholder of the policy."""
    assert ask(statement(action="permid/1")).reason == (
        "which actions `permid/1` stands for is not known: statement 1 may allow it"
    )
    found = ask(statement(resource=[f"{BUCKET}/z/*", f"{BUCKET}/{{openid}}/*"]))
    assert (found.decision, found.reason) == (
        "unknown",
        "what {openid} stands for is not known: statement 1 may allow it",
    )
    assert ask(statement(resource=f"{BUCKET}/u/1"), resource=f"{BUCKET}/u/{A}").decision == "unknown"


def test_a_deny_that_may_apply_matters_only_beside_an_allow() -> None:
    """Without one the request is refused either way."""
    maybe = statement("deny", string_equal={"cos:k": "1"})
    assert ask(maybe).decision == "implicit-deny"
    assert ask(maybe, statement(resource=f"{BUCKET}/docs/*")).decision == "implicit-deny"
    assert ask(statement(string_equal={"cos:j": "1"}), maybe)[:2] == ("unknown", 1)
    assert ask(maybe, statement("deny")).decision == "deny"


def test_what_is_no_request_is_denied_and_said() -> None:
    """A resource without six segments, an action without service: even where everything is allowed."""
    everything = statement(action="*", resource="*")
    for action, resource, word in (
        (PUT, "media-1250000000/a", "resource"), (PUT, "qcs:1:cos:a:b:c", "resource"), ("PutObject", OBJECT, "action"),
        ("cos:*", OBJECT, "action"), ("", OBJECT, "action"),
    ):  # fmt: skip
        found = ask(everything, action=action, resource=resource)
        assert found[:2] == ("implicit-deny", None) and f"is no {word}; expected" in found.reason


def test_a_policy_with_a_fatal_oddity_is_not_judged() -> None:
    """What is left of it could say anything."""
    root = yamltree.compose(
        '{"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}, {"effect": 1}]}'
    )
    assert root is not None
    found = decide(parse(root, "p"), PUT, OBJECT)
    assert found.decision == "unknown" and "found no `action`; expected" in found.reason


def test_equal_and_different_policies_are_kept_apart() -> None:
    """What was prepared for one policy is never used for another, however many there are."""
    for number in range(1500):
        one = policy(statement(resource=f"{BUCKET}/{number}"))
        assert decide(one, PUT, f"{BUCKET}/{number}").decision == "allow"
        assert decide(one, PUT, f"{BUCKET}/{number + 1}").decision == "implicit-deny"


def test_more_actions_than_are_kept_are_answered() -> None:
    """The table of prepared actions is bounded."""
    every = policy(statement(action="cos:A*"))
    for number in range(200):
        assert decide(every, f"cos:A{number}", OBJECT).decision == "allow"
        assert decide(every, f"cos:B{number}", OBJECT).decision == "implicit-deny"


# --- laws


EFFECTS = st.sampled_from(["allow", "deny"])
ACTIONS = st.lists(st.sampled_from([PUT, "cos:Get*", "*", "cos:PostObject", "permid/1"]), min_size=1, max_size=2)
RESOURCES = st.lists(
    st.sampled_from(["*", f"{BUCKET}/*", OBJECT, f"{BUCKET}/avatars/*", f"{BUCKET}/docs/*", f"{BUCKET}/{{openid}}/*",
                     "qcs::cos:::prefix//1250000000/media/a*", "qcs::cos:ap-beijing::*"]),
    min_size=1, max_size=2,
)  # fmt: skip
CONDITIONS = st.none() | st.dictionaries(
    st.sampled_from(["string_equal", "string_like_if_exist", "null_equal", "string_not_equal", "Bad"]),
    st.dictionaries(st.sampled_from(["j", "k"]), st.sampled_from(["true", "x*", "x", "*"]), min_size=1, max_size=2),
    min_size=1, max_size=2,
)  # fmt: skip
STATEMENTS = st.builds(
    lambda effect, action, resource, condition: {
        "effect": effect, "action": action, "resource": resource, **({"condition": condition} if condition else {})
    },
    EFFECTS, ACTIONS, RESOURCES, CONDITIONS,
)  # fmt: skip
CASES = st.tuples(
    st.lists(STATEMENTS, max_size=4),
    st.sampled_from([PUT, "cos:GetObject", "name/cos:PostObject"]),
    st.sampled_from([OBJECT, f"{BUCKET}/docs/a", f"{BUCKET}/", "qcs::cos:ap-beijing:uid/1:b-1/x", f"{BUCKET}/{A}/x"]),
    st.dictionaries(
        st.sampled_from(["j", "k"]),
        st.sampled_from([Known.ABSENT, Known.PRESENT, Known.UNKNOWN, ("true",), ("x", "y"), ("xy",), Span(0, 1)]),
    ),
)
OPENNESS = {"deny": 0, "implicit-deny": 0, "unknown": 1, "allow": 2}


def decision(statements: list[Any], case: Any) -> str:
    return decide(policy(*statements), case[1], case[2], Context(case[3])).decision


@given(CASES)
def test_the_decision_is_that_of_the_rules(case: Any) -> None:
    """Written down once more from the three values of each statement, without looking at conditions twice."""
    parsed = policy(*case[0])
    asked = concrete(case[2])
    assert asked is not None
    allows: set[Truth] = set()
    denies: set[Truth] = set()
    for one in parsed.statements:
        parts = (matching(one, case[1], asked), cam.holds(one.conditions, Context(case[3])))
        truth = F if F in parts else M if M in parts else T
        (allows if one.allow else denies).add(truth)
    if T in denies:
        expected = "deny"
    elif not allows & {T, M}:
        expected = "implicit-deny"
    elif M in denies or T not in allows:
        expected = "unknown"
    else:
        expected = "allow"
    found = decide(parsed, case[1], case[2], Context(case[3]))
    assert found.decision == expected
    assert (found.statement is None) is (expected == "implicit-deny")
    if found.statement is not None:
        assert f"statement {found.statement + 1} " in found.reason
        assert parsed.statements[found.statement].allow or found.decision != "allow"


@given(CASES, st.data())
def test_order_and_repetition_of_statements_change_nothing(case: Any, data: st.DataObject) -> None:
    """A policy is a set of statements."""
    shuffled = data.draw(st.permutations(case[0]))
    assert decision(case[0], case) == decision(shuffled, case) == decision(case[0] + shuffled, case)


@given(CASES, STATEMENTS)
def test_adding_a_deny_never_opens_and_adding_an_allow_never_closes(case: Any, added: dict[str, Any]) -> None:
    """Whatever the statement says."""
    before, after = decision(case[0], case), decision([*case[0], added], case)
    if added["effect"] == "deny":
        assert OPENNESS[after] <= OPENNESS[before]
        assert before != "deny" or after == "deny"
    else:
        assert OPENNESS[after] >= OPENNESS[before]


@given(CASES, RESOURCES)
def test_widening_a_resource_of_an_allow_never_loses(case: Any, more: list[str]) -> None:
    """More resources in the statements that allow."""
    wider = [{**one, "resource": one["resource"] + more} if one["effect"] == "allow" else one for one in case[0]]
    assert OPENNESS[decision(wider, case)] >= OPENNESS[decision(case[0], case)]


@given(CASES, st.sampled_from([("true",), ("x", "y"), Known.ABSENT, ("z",)]))
def test_knowing_more_never_turns_a_sure_decision(case: Any, value: Value) -> None:
    """A decision that is not `unknown` stays when a key that was not known becomes known."""
    statements, action, resource, _ = case
    asked = policy(*statements)
    unknown = decide(asked, action, resource, Context({})).decision
    known = decide(asked, action, resource, Context({}, value)).decision
    assert unknown == "unknown" or OPENNESS[known] == OPENNESS[unknown]


def test_many_statements_are_decided_at_once() -> None:
    """Ten thousand statements, each with stars: the last one decides."""
    many = [statement(action="cos:*Object", resource=f"{BUCKET}/*a*{number}*b*/x") for number in range(10_000)]
    big = policy(*many, statement())
    assert decide(big, PUT, f"{BUCKET}/" + "a" * 800).statement == 10_000


def test_the_example_of_the_library_runs() -> None:
    """The docstring of the package is tried as it stands."""
    results = doctest.testmod(cam)
    assert results.attempted == 3 and results.failed == 0


def test_the_names_of_the_library_are_there() -> None:
    """`__all__` is sorted and names what exists."""
    assert all(hasattr(cam, name) for name in cam.__all__) and {"parse", "loads", "decide"} <= set(cam.__all__)
    assert callable(cam.parse) and callable(cam.decide)

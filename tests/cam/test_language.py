"""Questions on policies: hand cases, and every short resource under every assignment as a second opinion."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cosaudit.cam.decide import decide
from cosaudit.cam.language import (
    ActionClass,
    Comparison,
    ResourceTemplate,
    Witness,
    action_classes,
    allowed,
    compare,
    decide_all,
)
from cosaudit.cam.parse import loads
from cosaudit.cam.pattern import Free, GaveUp, area, shortest
from cosaudit.cam.policy import NOTHING_KNOWN, Area, Context, Known, Oddity, Policy, Truth, atom
from cosaudit.model import Place

BUCKET = "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/"
KNOWN = frozenset(
    ["name/cos:PutObject", "name/cos:PutObjectACL", "name/cos:PutBucket", "name/cos:PostObject", "name/cos:GetObject",
     "name/cos:DeleteObject", "name/ci:CreateJob"]
)  # fmt: skip
PUT = "name/cos:PutObject"
ACL = {"string_equal": {"cos:x-cos-acl": "private"}}


def statement(effect: str, action: str | list[str], resource: str | list[str], condition: dict | None = None) -> dict:
    return {"effect": effect, "action": action, "resource": resource} | ({"condition": condition} if condition else {})


def policy(*statements: dict) -> Policy:
    return loads(json.dumps({"version": "2.0", "statement": list(statements)}))


def allow(action: str | list[str], resource: str | list[str], condition: dict | None = None) -> Policy:
    return policy(statement("allow", action, resource, condition))


def same(a: Policy, b: Policy) -> bool:
    found = compare(a, b, KNOWN)
    return found == Comparison(True, True, None, None, None)


# -- actions


def test_actions_are_parted_by_the_patterns() -> None:
    """Each class has the patterns that match it, and a known action where it has one."""
    found = action_classes([allow(["name/cos:Put*", "cos:*Object", "cos:GetObject"], "*")], KNOWN)

    assert found == [
        ActionClass("ci:CreateJob", True, frozenset()),
        ActionClass("cos:DeleteObject", True, frozenset(["cos:*Object"])),
        ActionClass("cos:GetObject", True, frozenset(["cos:*Object", "cos:GetObject"])),
        ActionClass("cos:PutBucket", True, frozenset(["cos:Put*"])),
        ActionClass("cos:PutObject", True, frozenset(["cos:Put*", "cos:*Object"])),
    ]


def test_an_action_that_only_a_wildcard_reaches_is_found() -> None:
    """Unknown ones are short, of service cos where they can be, and never one that a pattern spells out."""
    one = allow(["cos:A", "cos:B", "cos:Put*", "c*", "*:Create*", "ci:*"], "*")
    found = action_classes([one], [])

    assert isinstance(found, list)
    by_patterns = {each.patterns: each.action for each in found}
    assert by_patterns[frozenset(["c*"])] == "cos:C"
    assert by_patterns[frozenset(["c*", "cos:A"])] == "cos:A"
    assert by_patterns[frozenset(["c*", "cos:Put*"])] == "cos:Put"
    assert by_patterns[frozenset(["c*", "*:Create*"])] == "cos:Create"
    assert by_patterns[frozenset(["c*", "ci:*"])] == "ci:A"
    assert by_patterns[frozenset()] == "a:A"
    assert len(found) == 9
    assert not any(each.known for each in found)


def test_texts_that_no_action_can_be_make_no_class() -> None:
    """`?` is a character that no name has, a name without a service is no action; a star may stand for the colon."""
    found = action_classes([allow(["cos:Put?bject", "PutObject", "co*s"], "*")], [])

    assert found == [
        ActionClass("cos:A", False, frozenset()),
        ActionClass("cos:s", False, frozenset(["co*s"])),
    ]


WORDS = st.text("ab*", max_size=4)


@settings(max_examples=40)
@given(
    st.lists(WORDS | st.builds("{}:{}".format, WORDS, WORDS), max_size=4),
    st.sets(st.sampled_from(["a:a", "a:b", "b:ab"])),
)
def test_the_classes_agree_with_every_short_action(patterns: list[str], known: set[str]) -> None:
    """Each combination of patterns that an action has is a class, and no other is."""
    used = [one for one in patterns if one]
    found = action_classes([allow(used, "*")] if used else [], known)
    assert isinstance(found, list)

    def matching(name: str) -> frozenset[str]:
        patterns_of = policy(statement("allow", used or ["*"], "*")).statements[0].actions
        return frozenset(
            [
                one.pattern
                for one in patterns_of
                if used and one.pattern is not None and re.fullmatch(re.escape(one.pattern).replace(r"\*", ".*"), name)
            ]
        )

    names = ["".join(x) + ":" + "".join(y) for n, m in product((1, 2), (1, 2))
             for x in product("abc", repeat=n) for y in product("abc", repeat=m)]  # fmt: skip
    wanted = {matching(name) for name in names}
    assert wanted <= {one.patterns for one in found}
    assert len({one.patterns for one in found}) == len(found)
    for one in found:
        assert matching(one.action) == one.patterns
        assert one.known == any(matching(name) == one.patterns for name in known)


# -- comparison, hand cases


def test_put_object_star_is_within_put_star() -> None:
    """The witness of the other direction is a known action that the narrower pattern lacks."""
    found = compare(allow("name/cos:PutObject*", BUCKET + "*"), allow("cos:Put*", BUCKET + "*"), KNOWN)

    assert found == Comparison(True, False, None, Witness("name/cos:PutBucket", BUCKET), None)


def test_all_actions_are_more_than_every_list() -> None:
    """`name/cos:*` reaches actions that no catalogue knows."""
    listed = allow(sorted(KNOWN), BUCKET + "*")

    assert compare(allow("name/cos:*", BUCKET + "*"), listed, KNOWN).only_a == Witness("name/cos:A", BUCKET)
    assert compare(allow("*", "*"), listed, KNOWN).only_a == Witness("name/ci:CreateJob", "qcs:::::")


def test_a_folder_without_its_slash_is_wider() -> None:
    """A symbol stands for a whole identity; what follows it is free."""
    found = compare(allow(PUT, BUCKET + "user/{openid}*"), allow(PUT, BUCKET + "user/{openid}/*"), KNOWN)

    assert found == Comparison(False, True, Witness(PUT, BUCKET + "user/{openid}"), None, None)


def test_other_placeholders_are_other_symbols() -> None:
    """Two policies for two identities have nothing in common there."""
    found = compare(allow(PUT, BUCKET + "{a}/*"), allow(PUT, BUCKET + "{b}/*"), KNOWN)

    assert found.only_a == Witness(PUT, BUCKET + "{a}/")
    assert found.only_b == Witness(PUT, BUCKET + "{b}/")
    assert same(allow(PUT, BUCKET + "{a}/*"), allow(PUT, BUCKET + "${a}/*"))


def test_an_empty_region_is_every_region() -> None:
    """Empty service and region are `*`."""
    assert same(allow(PUT, "qcs::::uid/1:b-1/*"), allow(PUT, "qcs::*:*:uid/1:b-1/*"))


def test_the_legacy_form_equals_the_modern_one() -> None:
    """`prefix//<appid>/<bucket>/<path>` is `<bucket>-<appid>/<path>`."""
    head = "qcs::cos:ap-guangzhou:uid/1250000000:"

    assert same(allow(PUT, head + "prefix//1250000000/media/a/*"), allow(PUT, head + "media-1250000000/a/*"))
    assert same(allow(PUT, head + "prefix//1250000000/*"), allow(PUT, head + "*-1250000000/*"))


def test_a_deny_subtracts() -> None:
    """What one policy denies is only the other one's."""
    whole = statement("allow", PUT, BUCKET + "*")
    cut = policy(whole, statement("deny", "*", BUCKET + "x*"))

    assert compare(policy(whole), cut, KNOWN) == Comparison(False, True, Witness(PUT, BUCKET + "x"), None, None)
    assert same(policy(whole, statement("deny", "*", "*")), policy())
    assert same(policy(whole, statement("deny", "name/cos:GetObject", "*")), policy(whole))
    assert same(policy(whole, statement("deny", PUT, "qcs::ci:::*")), policy(whole))


def test_order_and_repetition_change_nothing() -> None:
    """A policy equals itself turned around and said twice."""
    parts = [
        statement("allow", ["cos:Put*", "cos:GetObject"], [BUCKET + "a/*", BUCKET + "b/*"], ACL),
        statement("deny", PUT, BUCKET + "*.exe"),
        statement("allow", "cos:*", "qcs::cos:ap-*:uid/1250000000:*"),
    ]

    assert same(policy(*parts), policy(*parts[::-1], *parts))


def test_resources_that_match_nothing_grant_nothing() -> None:
    """A wrong number of segments, or a project."""
    assert same(allow(PUT, ["qcs:x:cos:::a", "a", "qcs::cos:b"]), policy())


def test_statements_that_join_hands() -> None:
    """A union may be within where no single statement is: the actions come from different ones."""
    one = allow([PUT, "name/cos:GetObject"], [BUCKET + "a/*", BUCKET + "b/*"])
    two = policy(
        *[statement("allow", action, BUCKET + key) for action in (PUT, "name/cos:GetObject") for key in ("a/*", "b/*")]
    )

    assert same(one, two)


def test_actions_of_the_same_statements_are_shown_by_the_first() -> None:
    """A known one before those that no catalogue has, then by name."""
    one = allow(["name/cos:PutObject", "name/ci:A", "name/cos:B*", "name/cos:PostObject"], "qcs::cos:r:a:b/")

    assert compare(one, policy(), KNOWN).only_a == Witness("name/cos:PostObject", "qcs::cos:r:a:b/")
    assert compare(one, policy(), []).only_a == Witness("name/ci:A", "qcs::cos:r:a:b/")


def test_the_shortest_resource_comes_first_then_a_known_action() -> None:
    """Over all actions; then by name."""
    one = policy(
        statement("allow", "name/cos:Zzz", "qcs::cos:r:a:b/"),
        statement("allow", "name/cos:PutObject", "qcs::cos:r:a:b/x"),
        statement("allow", "name/cos:PostObject", "qcs::cos:r:a:b/y"),
    )

    assert compare(one, policy(), KNOWN).only_a == Witness("name/cos:Zzz", "qcs::cos:r:a:b/")
    less = policy(statement("allow", "name/cos:Zzz", "qcs::cos:r:a:b/"))
    assert compare(one, less, KNOWN).only_a == Witness("name/cos:PostObject", "qcs::cos:r:a:b/y")


# -- comparison, what is not known


def test_the_same_condition_on_both_sides_cancels_out() -> None:
    """Blocks are equal whatever the order and repetition of their values."""
    a = allow(PUT, BUCKET + "*", {"string_equal": {"cos:x-cos-acl": ["private", "default"]}})
    b = allow(PUT, BUCKET + "*", {"string_equal": {"cos:x-cos-acl": ["default", "private", "private"]}})

    assert same(a, b)


def test_a_condition_that_decides_is_named() -> None:
    """With the policy, the key and the statement."""
    free = allow(PUT, BUCKET + "*")
    found = compare(free, allow(PUT, BUCKET + "*", ACL), KNOWN)

    assert found == Comparison(
        None, True, None, None,
        "whether B allows name/cos:PutObject depends on the condition on cos:x-cos-acl in statement 1",
    )  # fmt: skip
    swapped = compare(allow(PUT, BUCKET + "*", ACL), allow("name/cos:GetObject", BUCKET + "*"), KNOWN)
    assert swapped.a_within_b is None
    assert swapped.reason == (
        "whether A allows name/cos:PutObject depends on the condition on cos:x-cos-acl in statement 1"
    )
    cut = policy(statement("allow", PUT, BUCKET + "*"), statement("deny", PUT, BUCKET + "x", ACL))
    assert compare(free, cut, KNOWN).reason == (
        "whether B denies name/cos:PutObject depends on the condition on cos:x-cos-acl in statement 2"
    )


def test_a_condition_that_does_not_matter_is_not_named() -> None:
    """Only those whose value turns the answer."""
    other = {"ip_equal": {"qcs:ip": "10.0.0.0/8"}}
    b = policy(statement("allow", PUT, BUCKET + "*", ACL), statement("allow", PUT, BUCKET + "a", other))

    assert compare(allow(PUT, BUCKET + "*"), b, KNOWN).reason == (
        "whether B allows name/cos:PutObject depends on the condition on cos:x-cos-acl in statement 1"
    )


def test_a_sure_difference_beside_a_condition_is_found() -> None:
    """The witness is one that no condition touches."""
    a = policy(statement("allow", PUT, BUCKET + "*", ACL), statement("allow", PUT, BUCKET + "long/folder/*"))
    found = compare(a, allow(PUT, BUCKET + "a/*", ACL), KNOWN)

    assert found.a_within_b is False
    assert found.only_a == Witness(PUT, BUCKET + "long/folder/")


def test_different_witnesses_for_different_conditions_are_a_no() -> None:
    """Whatever the condition is, something is left: under each value something else."""
    a = policy(statement("allow", PUT, BUCKET + "a", ACL), statement("allow", PUT, BUCKET + "b"))
    b = policy(statement("allow", PUT, BUCKET + "b", ACL))
    found = compare(a, b, KNOWN)

    assert found.a_within_b is False
    assert found.only_a in (Witness(PUT, BUCKET + "a"), Witness(PUT, BUCKET + "b"))
    assert found.b_within_a is True


def test_the_witness_of_a_no_is_one_that_no_condition_touches() -> None:
    """Also where allow and deny hang on the same condition, and where a longer one would be easier to find."""
    a = allow(PUT, BUCKET + "*")
    b = policy(
        statement("allow", PUT, BUCKET + "*", ACL),
        statement("deny", PUT, BUCKET + "a*", ACL),
        statement("deny", PUT, BUCKET + "long*"),
    )
    found = compare(a, b, KNOWN)

    assert (found.a_within_b, found.only_a) == (False, Witness(PUT, BUCKET + "a"))


def test_two_conditions_are_tried_in_every_combination() -> None:
    """Allowed under c or under d, and asked for under both."""
    other = {"ip_equal": {"qcs:ip": "10.0.0.0/8"}}
    either = policy(statement("allow", PUT, BUCKET + "*", ACL), statement("allow", PUT, BUCKET + "*", other))

    assert compare(allow(PUT, BUCKET + "*", ACL), either, KNOWN).a_within_b is True
    assert compare(either, allow(PUT, BUCKET + "*", ACL), KNOWN).a_within_b is None
    assert compare(allow(PUT, BUCKET + "*", ACL | other), allow(PUT, BUCKET + "*", ACL), KNOWN).a_within_b is None


def test_too_many_conditions_are_unknown_unless_bounds_decide() -> None:
    """Above ten different blocks not every combination is tried."""
    many = [statement("allow", PUT, BUCKET + "*", {"string_equal": {f"k:{number}": "1"}}) for number in range(11)]

    assert compare(policy(*many), policy(*many[1:]), KNOWN).reason == (
        "more than 10 different conditions bear on name/cos:PutObject"
    )
    assert compare(policy(*many), allow("*", "*"), KNOWN).a_within_b is True
    assert compare(allow("*", "*"), policy(*many), KNOWN).a_within_b is False


def test_a_feature_set_is_unknown_where_it_matters() -> None:
    """Which actions it holds is not known; where all are allowed it does not matter."""
    found = compare(allow("permid/280649", BUCKET + "*"), allow(PUT, BUCKET + "*"), KNOWN)

    assert (found.a_within_b, found.b_within_a) == (None, None)
    assert found.reason == "which actions `permid/280649` stands for is not known (statement 1 of A)"
    assert compare(allow("permid/280649", BUCKET + "*"), allow("*", BUCKET + "*"), KNOWN).a_within_b is True
    assert same(allow("permid/280649", BUCKET + "*"), allow("permid/280649", BUCKET + "*"))


def test_an_account_that_is_not_named_is_unknown_where_it_matters() -> None:
    """It is the own account of whoever makes the key: within every account, not within a certain one."""
    own, named, every = (allow(PUT, f"qcs::cos:r:{account}:b-1/*") for account in ("", "uid/1", "*"))

    assert same(own, own)
    assert compare(own, every, KNOWN).a_within_b is True
    found = compare(every, own, KNOWN)
    assert (found.a_within_b, found.only_a) == (None, None)
    assert found.reason == "statement 1 of B names no account: whose it is decides, and that is not known"
    assert compare(named, own, KNOWN).a_within_b is None
    assert compare(own, named, KNOWN).only_a == Witness(PUT, "qcs::cos:r::b-1/")


def test_an_account_that_is_not_named_beside_many_conditions() -> None:
    """Bounds read it as widely or as narrowly as the question needs."""
    every = allow(PUT, "qcs::cos:r:*:b-1/*")
    own = statement("allow", PUT, "qcs::cos:r::b-1/*")
    many = [statement("deny", PUT, "qcs::cos:r:*:b-1/z", {"string_equal": {f"k:{at}": "1"}}) for at in range(11)]

    assert compare(every, policy(own, *many), KNOWN).a_within_b is None
    assert compare(policy(own, *many), every, KNOWN).a_within_b is True
    denied = policy(statement("allow", PUT, "qcs::cos:r:*:b-1/*"), statement("deny", PUT, "qcs::cos:r::b-1/*"), *many)
    assert compare(denied, policy(), KNOWN).a_within_b is None
    assert compare(allow(PUT, "qcs::cos:r:uid/1:b-1/*"), denied, KNOWN).a_within_b is None


def test_a_policy_without_meaning_is_unknown() -> None:
    """A fatal oddity: nothing can be judged."""
    broken = loads('{"version": "2.0", "statement": []}')
    fatal = broken._replace(oddities=(Oddity("code", "nothing", "something", Place("f", 1, 1), True),))
    found = compare(allow(PUT, "*"), fatal, KNOWN)
    assert found == Comparison(None, None, None, None, "B has no meaning: found nothing; expected something")
    assert decide_all(fatal, PUT, key("a"), NOTHING_KNOWN).decision == "unknown"


# -- comparison, second opinion

PATHS = st.sampled_from(["*", "a", "a*", "*a", "b*", "a*b", "ab", "*b*", ""])
RULES = st.tuples(
    st.booleans(), st.sampled_from(["cos:P", "cos:P*", "cos:*", "cos:G"]), PATHS, st.sampled_from(["", "", "c", "d"])
)
SHORT = ["".join(chars) for length in range(5) for chars in product("abx", repeat=length)]
NAMES = ["cos:P", "cos:G", "cos:PA", "cos:A"]


def built(rules: list[tuple[bool, str, str, str]]) -> Policy:
    return policy(
        *[
            statement(
                "allow" if effect else "deny", action, f"qcs::cos:r:a:{path}",
                {"string_equal": {f"k:{condition}": "1"}} if condition else None,
            )
            for effect, action, path, condition in rules
        ]
    )  # fmt: skip


@cache
def matched(pattern: str) -> frozenset[str]:
    regex = re.compile(re.escape(pattern).replace(r"\*", ".*"), re.S)
    return frozenset([text for text in (SHORT if ":" not in pattern else NAMES) if regex.fullmatch(text)])


def granted(rules: list[tuple[bool, str, str, str]], name: str, true: str) -> frozenset[str]:
    """All short paths that a policy allows when the conditions in `true` hold."""
    on = [(effect, path) for effect, action, path, condition in rules if name in matched(action) and condition in true]
    opened = [matched(path) for effect, path in on if effect]
    closed = [matched(path) for effect, path in on if not effect]
    return frozenset().union(*opened) - frozenset().union(*closed)


@settings(max_examples=250)
@given(st.lists(RULES, min_size=1, max_size=3), st.lists(RULES, min_size=1, max_size=3))
def test_comparison_agrees_with_every_short_resource(a: list, b: list) -> None:
    """Yes, no and unknown, over all actions, resources and values of conditions; the witness is right and shortest."""
    first, second = built(a), built(b)
    found = compare(first, second, ["cos:P", "cos:G"])
    for answer, witness, ours, theirs in (
        (found.a_within_b, found.only_a, a, b),
        (found.b_within_a, found.only_b, b, a),
    ):
        beyond = {
            true: {(name, path) for name in NAMES for path in granted(ours, name, true) - granted(theirs, name, true)}
            for true in ("", "c", "d", "cd")
        }
        surely = set.intersection(*beyond.values())
        assert answer == (True if not any(beyond.values()) else False if all(beyond.values()) else None)
        assert (witness is not None) == (answer is False)
        if witness is None:
            continue
        name, path = witness.action.removeprefix("name/"), witness.resource.removeprefix("qcs::cos:r:a:")
        path = re.sub("[^ab]", "x", path)
        assert any((name, path) in pairs for pairs in beyond.values())
        if surely:
            assert (name, path) in surely
            least = min(len(path) for _, path in surely)
            assert len(path) == least
            names = [each for each, text in surely if len(text) == least]
            assert name == min(names, key=lambda each: (each[4:] not in "PG", each))


@settings(max_examples=40)
@given(st.lists(RULES, min_size=1, max_size=3), st.lists(RULES, min_size=1, max_size=3))
def test_a_witness_is_allowed_by_the_one_and_not_by_the_other(a: list, b: list) -> None:
    """Asked one by one, with the conditions as they were compared: unconditional rules only."""
    first, second = built([(*one[:3], "") for one in a]), built([(*one[:3], "") for one in b])
    witness = compare(first, second, KNOWN).only_a
    assume(witness is not None)
    assert witness is not None

    assert decide(first, *witness, NOTHING_KNOWN).decision == "allow"
    assert decide(second, *witness, NOTHING_KNOWN).decision in ("deny", "implicit-deny")


# -- all resources of a template


def key(*path: str | Free) -> ResourceTemplate:
    return ResourceTemplate("cos", "ap-guangzhou", "uid/1250000000", ("media-1250000000/" + str(path[0]), *path[1:]))


OPENID = atom("openid")
MINE = key(f"user/{OPENID}/", Free(None, 1, None))


def test_a_folder_of_ones_own_is_allowed() -> None:
    """Symbols in both are the same text."""
    own = allow(PUT, BUCKET + "user/{openid}/*")

    assert decide_all(own, PUT, MINE, NOTHING_KNOWN)[:6] == ("allow", 0, "statement 1 allows it", None, (), ())
    assert decide_all(own, "cos:PutObject", MINE, NOTHING_KNOWN).decision == "allow"
    twice = policy(statement("allow", "cos:GetObject", "*"), statement("allow", "cos:Put*", "qcs::cos:ap-*::*/user/*"))
    assert decide_all(twice, PUT, MINE, NOTHING_KNOWN).statement == 1


@pytest.mark.parametrize(
    ("resource", "decision"),
    [
        ("qcs::cos:ap-guangzhou:uid/1250000000:*", "allow"),
        ("qcs:::::*", "allow"),
        ("qcs::c*:ap-*:uid/*:media-*", "allow"),
        ("qcs::ci:ap-guangzhou:uid/1250000000:*", "implicit-deny"),
        ("qcs::cos:ap-beijing:uid/1250000000:*", "implicit-deny"),
        ("qcs::cos:ap-guangzhou:uid/1250000001:*", "implicit-deny"),
        ("qcs::cos:ap-guangzhou:uin/1250000000:*", "implicit-deny"),
        ("qcs::cos:ap-guangzhou:uid/1250000000:media-1250000001/*", "implicit-deny"),
        ("*", "allow"),
    ],
)
def test_every_segment_counts(resource: str, decision: str) -> None:
    """Service, region, account and path; empty ones of the first two are any."""
    assert decide_all(allow(PUT, resource), PUT, MINE, NOTHING_KNOWN).decision == decision


def test_an_action_that_nothing_grants_is_refused() -> None:
    """No example is needed: it is so for all of them."""
    found = decide_all(allow("cos:GetObject", "*"), PUT, MINE, NOTHING_KNOWN)

    assert (found.decision, found.statement) == ("implicit-deny", None)
    assert found.reason == "no statement grants name/cos:PutObject"


def test_some_resource_that_is_not_granted_is_shown() -> None:
    """The shortest, with its placeholders by name."""
    found = decide_all(allow(PUT, BUCKET + "user/{openid}/a*"), PUT, MINE, NOTHING_KNOWN)

    assert found.decision == "implicit-deny"
    assert "grants the action, but not on" in found.reason
    assert f"`{BUCKET}user/{{openid}}/b`" in found.reason


def test_a_deny_on_some_of_it_refuses() -> None:
    """Though nearly all is allowed."""
    one = policy(statement("allow", "*", "*"), statement("deny", "cos:Put*", BUCKET + "*.exe"))

    assert decide_all(one, PUT, MINE, NOTHING_KNOWN)[:6] == (
        "deny", 1, f"statement 2 denies it, for example on `{BUCKET}user/{{openid}}/.exe`", None, (), (),
    )  # fmt: skip
    images = key("user/", Free(((97, 122),), 1, None), ".jpg")
    assert decide_all(one, PUT, images, NOTHING_KNOWN).decision == "allow"


def test_a_condition_that_fails_is_named() -> None:
    """The key, and that the request does not carry it."""
    one = allow(PUT, BUCKET + "*", ACL)
    found = decide_all(one, PUT, MINE, Context({"cos:x-cos-acl": Known.ABSENT}))

    assert found.decision == "implicit-deny"
    assert "cos:x-cos-acl" in found.reason
    assert [condition.key for condition in found.conditions] == ["cos:x-cos-acl"]
    assert decide_all(one, PUT, MINE, Context({"cos:x-cos-acl": ("private",)})).decision == "allow"


def test_a_condition_that_is_not_known_leaves_it_open() -> None:
    """For an allow and for a deny."""
    found = decide_all(allow(PUT, BUCKET + "*", ACL), PUT, MINE, NOTHING_KNOWN)

    assert (found.decision, found.statement) == ("unknown", 0)
    assert [condition.key for condition in found.conditions] == ["cos:x-cos-acl"]
    cut = policy(statement("allow", PUT, BUCKET + "*"), statement("deny", PUT, BUCKET + "*.exe", ACL))
    found = decide_all(cut, PUT, MINE, NOTHING_KNOWN)
    assert (found.decision, found.statement) == ("unknown", 1)
    assert [condition.key for condition in found.conditions] == ["cos:x-cos-acl"]
    assert found.reason.endswith(f"for example `{BUCKET}user/{{openid}}/.exe`")
    assert decide_all(cut, PUT, key("a.jpg"), NOTHING_KNOWN).decision == "allow"


def test_statements_may_cover_a_template_together() -> None:
    """Where an alphabet is finite, two prefixes can make the whole."""
    one = policy(statement("allow", PUT, BUCKET + "a*"), statement("allow", PUT, BUCKET + "b*"))

    assert decide_all(one, PUT, key("", Free(((97, 98),), 1, None)), NOTHING_KNOWN).decision == "allow"
    assert decide_all(one, PUT, key("", Free(((97, 99),), 1, None)), NOTHING_KNOWN).decision == "implicit-deny"


def test_placeholders_of_one_side_are_not_known() -> None:
    """A policy for one user's folder may be this user's; one for another place surely is not."""
    assert decide_all(allow(PUT, BUCKET + "user/oABC/*"), PUT, MINE, NOTHING_KNOWN).decision == "unknown"
    assert decide_all(allow(PUT, BUCKET + "user/{uid}/*"), PUT, MINE, NOTHING_KNOWN).decision == "unknown"
    assert decide_all(allow(PUT, BUCKET + "files/oABC/*"), PUT, MINE, NOTHING_KNOWN).decision == "implicit-deny"
    assert decide_all(allow(PUT, BUCKET + "user/{openid}-x/*"), PUT, MINE, NOTHING_KNOWN).decision == "implicit-deny"


def test_a_feature_set_leaves_it_open() -> None:
    """It may hold the action."""
    assert decide_all(allow("permid/1", BUCKET + "*"), PUT, MINE, NOTHING_KNOWN).decision == "unknown"


def test_what_is_too_hard_is_unknown() -> None:
    """A key with more free positions than any object's key has."""
    long = key("", Free(((97, 122),), 10**9, None), "x")
    found = decide_all(allow(PUT, BUCKET + "*a"), PUT, long, NOTHING_KNOWN)

    assert found.decision == "unknown"
    assert found.reason.startswith("gave up after")


PIECES = st.tuples(st.sampled_from(["", "a", "b", "ab"]), st.sampled_from(["", "b", "ba"]), st.integers(0, 2))
FOLDERS = st.sampled_from(["*", "a*", "*b", "a", "ab*", "b*b", "{u}*", "a{u}", "*{u}b", "{u}"])
ACTIONS = st.sampled_from(["cos:P", "cos:*", "cos:G", "permid/1"])
FULL_RULES = st.tuples(st.booleans(), ACTIONS, FOLDERS, st.sampled_from(["", "", "c", "d"]))
VALUES = st.sampled_from([("1",), ("0",), Known.UNKNOWN])


@settings(max_examples=300)
@given(st.lists(FULL_RULES, max_size=4), PIECES, VALUES, VALUES, st.booleans())
def test_all_resources_agree_with_each_single_one(rules: list, pieces: tuple, c: object, d: object, mine: bool) -> None:
    """The decision on a template is the worst of the decisions on its resources."""
    one = built(rules)
    head, tail, most = pieces
    head = head + (atom("v") if mine else "")
    context = Context({"k:c": c, "k:d": d})  # type: ignore[dict-item]
    resource = ResourceTemplate("cos", "r", "a", (head, Free(((97, 98),), 0, most), tail))
    paths = [head + "".join(x) + tail for length in range(most + 1) for x in product("ab", repeat=length)]
    single = {decide(one, "name/cos:P", f"qcs::cos:r:a:{path}", context).decision for path in paths}
    found = decide_all(one, "name/cos:P", resource, context)

    worst = next(each for each in ("deny", "implicit-deny", "unknown", "allow") if each in single)
    assert found.decision == worst
    if found.decision == "allow":
        first = {decide(one, "name/cos:P", f"qcs::cos:r:a:{path}", context).statement for path in paths}
        assert found.statement in first


# -- what is allowed at all


def test_allowed_counts_what_may_open_and_what_surely_closes() -> None:
    """Allow statements unless surely off, deny statements only when surely on."""
    one = policy(
        statement("allow", "cos:Put*", "qcs::cos:r:a:a*"),
        statement("allow", ["permid/1", "cos:X"], "qcs::cos:r:a:p*"),
        statement("allow", PUT, "qcs::cos:r:a:off*", {"string_equal": {"off": "1"}}),
        statement("allow", PUT, "qcs::cos:r:a:may*", {"string_equal": {"may": "1"}}),
        statement("deny", PUT, "qcs::cos:r:a:ab*"),
        statement("deny", PUT, "qcs::cos:r:a:ac*", {"string_equal": {"may": "1"}}),
        statement("deny", "permid/1", "qcs::cos:r:a:ad*"),
        statement("deny", "cos:GetObject", "*"),
    )

    def truth(each) -> Truth:
        keys = [condition.key for condition in each.conditions]
        return Truth.FALSE if "off" in keys else Truth.MAYBE if keys else Truth.TRUE

    plus, minus = allowed(one, PUT, truth)
    assert plus == [area(Area("cos", "r", "a", path)) for path in ("a*", "p*", "may*")]
    assert minus == [area(Area("cos", "r", "a", "ab*"))]
    assert shortest(plus, minus) == "cos:r:a:a"
    assert allowed(one, "cos:Nothing", truth)[0] == [area(Area("cos", "r", "a", "p*"))]


# -- hostile policies


def test_ten_thousand_statements_are_answered() -> None:
    """Each has its own folder; one has one more."""
    base = allow(PUT, BUCKET + "*")
    (first,) = base.statements
    (resource,) = first.resources
    (every,) = resource.areas
    folders = []
    for number in range(10_000):
        one = every._replace(path=f"media-1250000000/user/{number}/*")
        folders.append(first._replace(index=number, resources=(resource._replace(areas=(one,)),)))
    a, b = base._replace(statements=tuple(folders)), base._replace(statements=tuple(folders[:0:-1]))

    assert compare(a, b, KNOWN) == Comparison(False, True, Witness(PUT, BUCKET + "user/0/"), None, None)


def test_hostile_stars_are_answered_or_given_up() -> None:
    """In actions and in resources; what is given up says so and is no answer."""
    stars = [f"cos:{'*a' * number}*b{'*c' * number}*" for number in range(1, 60)]
    found = compare(allow(stars, "*"), allow(stars[::-1], BUCKET + "*a" * 60), KNOWN, budget=50_000)
    assert found.a_within_b is None
    assert found.reason is not None
    assert found.reason.startswith("gave up after")
    assert isinstance(action_classes([allow(stars, "*")], KNOWN, budget=1000), GaveUp)
    hard = compare(allow(PUT, BUCKET + "*ab*ba" * 60), allow(PUT, BUCKET + "*ba*ab*" * 59), KNOWN)
    assert hard.a_within_b in (True, False, None)
    assert (hard.a_within_b is None) == (hard.reason is not None)


@pytest.mark.parametrize("which", [0, 1])
def test_giving_up_in_one_direction_leaves_the_other(which: int) -> None:
    """Each direction has a budget of its own."""
    hard = [statement("allow", PUT, f"{BUCKET}*{number}*a*{number}") for number in range(30)]
    denied = [statement("deny", PUT, f"{BUCKET}*b{number}*{number}b*") for number in range(30)]
    pair = policy(*hard), policy(statement("allow", "*", "*"), *denied)
    found = compare(*pair, KNOWN, budget=3_000) if which == 0 else compare(*pair[::-1], KNOWN, budget=3_000)

    answers = (found.a_within_b, found.b_within_a)
    assert answers[which] is None
    assert answers[1 - which] is False

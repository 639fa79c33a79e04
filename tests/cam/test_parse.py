"""Reading policies: forms, oddities, places, resources."""

from __future__ import annotations

import gc
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import yamltree
from cosaudit.cam import Area, Oddity, Policy, PolicyError, atom, glob
from cosaudit.cam import policy as policy_module
from cosaudit.cam.parse import MAX_ODDITIES, MAX_STARS, TooComplex, area_of, concrete, loads, parse
from cosaudit.model import Place

OBJECTS = "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/*"
PLAIN: dict[str, Any] = {"effect": "allow", "action": "name/cos:PutObject", "resource": OBJECTS}


def document(*statements: Any, **more: Any) -> dict[str, Any]:
    return {"version": "2.0", "statement": list(statements), **more}


def read(value: Any) -> Policy:
    """A policy of plain values, without raising."""
    root = yamltree.compose(json.dumps(value))
    assert root is not None
    return parse(root, "p.json")


def oddities(value: Any) -> list[tuple[str, str, bool]]:
    return [(one.code, one.found, one.fatal) for one in read(value).oddities]


def odd(element: str, value: Any) -> list[tuple[str, str, bool]]:
    """The oddities of a statement with one element changed."""
    return oddities(document({**PLAIN, element: value}))


def test_a_plain_policy_is_read_without_oddities() -> None:
    """Effect, actions, resources and conditions of the vendor's form, with the plain document beside them."""
    value = document(
        {
            "effect": "allow",
            "action": ["name/cos:PutObject", "cos:PostObject"],
            "resource": [OBJECTS],
            "condition": {"numeric_less_than_equal": {"cos:content-length": 10}},
        },
        {**PLAIN, "effect": "deny"},
    )
    policy = read(value)
    first, second = policy.statements
    assert policy.oddities == () and policy.document == value and policy.version == "2.0"
    assert [action.pattern for action in first.actions] == ["cos:PutObject", "cos:PostObject"]
    assert first.actions[0].text == "name/cos:PutObject"
    assert first.resources[0].areas == (Area("cos", "ap-guangzhou", "uid/1250000000", "media-1250000000/*"),)
    (condition,) = first.conditions
    assert (condition.operator, condition.key, condition.values) == (
        "numeric_less_than_equal", "cos:content-length", ("10",),
    )  # fmt: skip
    assert (first.index, first.allow, second.index, second.allow) == (0, True, 1, False)
    assert first.principals is None and first.principal_place is None


def test_places_are_those_of_the_values() -> None:
    """Statement, action, resource, condition key and operator, version and principal stand where they are written."""
    text = """\
version: "2.0"
statement:
  - effect: allow
    principal: {qcs: "*"}
    action:
      - name/cos:PutObject
      - name/cos:GetObject
    resource: '*'
    condition:
      string_equal:
        cos:x-cos-acl: private
"""
    policy = loads(text, "p.yaml")
    (statement,) = policy.statements
    (condition,) = statement.conditions
    assert policy.place == Place("p.yaml", 1, 1) and policy.version_place == Place("p.yaml", 1, 10)
    assert statement.place == Place("p.yaml", 3, 5) and statement.principal_place == Place("p.yaml", 4, 5)
    assert [action.place for action in statement.actions] == [Place("p.yaml", 6, 9), Place("p.yaml", 7, 9)]
    assert statement.resources[0].place == Place("p.yaml", 8, 15)
    assert condition.operator_place == Place("p.yaml", 10, 7) and condition.place == Place("p.yaml", 11, 9)


@pytest.mark.parametrize("names", [str.lower, str.capitalize])
def test_element_names_in_lower_case_and_capitalised_mean_the_same(names: Any) -> None:
    """A policy in either set of names reads alike, beside a `version` in lower case."""
    statement = {names(name): value for name, value in {**PLAIN, "condition": {"ip_equal": {"qcs:ip": "::1"}}}.items()}
    policy = read({"version": "2.0", names("statement"): [statement], names("principal"): {"qcs": "*"}})
    assert policy.oddities == ()
    assert len(policy.statements[0].conditions) == 1 and policy.statements[0].principals == ("*",)


def test_mixed_letter_case_of_element_names_is_told_once() -> None:
    """The first name that differs from the form the policy begins with, and no further one."""
    policy = read({"Version": "2.0", "Statement": [{**PLAIN}, {**PLAIN}]})
    assert [(one.code, one.found) for one in policy.oddities] == [("element-case", "`effect`")]
    assert len(policy.statements) == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sid", "one of `principal`, `effect`, `action`, `resource`, `condition`"),
        ("resources", "`resource`"),
        ("ACTION", "`action`"),
        ("Conditions", "`condition`"),
    ],
)
def test_unknown_elements_are_odd_and_the_nearest_known_one_is_named(name: str, expected: str) -> None:
    """No element outside the documented seven is known; the statement is read without it."""
    policy = read(document({**PLAIN, name: "x"}))
    assert [(one.code, one.found, one.expected, one.fatal) for one in policy.oddities] == [
        ("element-unknown", f"`{name}`", expected, False)
    ]
    assert len(policy.statements) == 1


def test_an_unknown_element_of_the_policy_itself_is_odd() -> None:
    """`Id` at the top is told with the elements of a policy."""
    (one,) = read(document(PLAIN, Id="x")).oddities
    assert one.expected == "one of `version`, `statement`, `principal`"


@pytest.mark.parametrize("name", ["NotAction", "NotResource", "NotPrincipal", "notAction"])
def test_elements_that_negate_have_no_meaning(name: str) -> None:
    """CAM has no NotAction, NotResource, NotPrincipal: leaving them out would turn the statement around."""
    (one,) = read(document({**PLAIN, name: "x"})).oddities
    assert (one.code, one.found, one.fatal) == ("element-unknown", f"`{name}`", True)
    assert f"CAM has no `Not{name[3:]}`" in one.expected


def test_keys_that_begin_with_x_are_ignored() -> None:
    """`x-…` is the users' own, in the policy and in a statement."""
    assert oddities({**document({**PLAIN, "x-why": {"a": 1}}), "x-team": "shop"}) == []


@pytest.mark.parametrize("key", ["policy", "Policy", "PolicyDocument"])
def test_a_wrapper_is_unwrapped(key: str) -> None:
    """The policy may be the value of a key of a larger document, whose other keys are not looked at."""
    policy = loads(json.dumps({"id": "x", "version": 3, key: document(PLAIN)}))
    assert len(policy.statements) == 1 and policy.oddities == () and policy.document == document(PLAIN)


@pytest.mark.parametrize("encode", [str, quote, lambda text: quote(quote(text))])
def test_a_policy_inside_a_text_stands_where_the_text_does(encode: Any) -> None:
    """The key service takes JSON, URL-encoded: places inside it are the place of the text."""
    policy = loads(json.dumps({"DurationSeconds": 1800, "Policy": encode(json.dumps(document(PLAIN)))}, indent=1))
    (statement,) = policy.statements
    assert statement.place == statement.actions[0].place == policy.place == Place("policy", 3, 12)


def test_an_encoded_policy_is_read_as_it_stands() -> None:
    """The value of the parameter alone, copied from a request."""
    assert len(loads(quote(json.dumps(document(PLAIN)))).statements) == 1


def test_a_wrapped_text_that_holds_no_policy_is_told_at_its_place() -> None:
    """Text that is no JSON, and JSON that is broken."""
    for text, code in (("policy.json", "policy-form"), ('{"a": ', "unreadable"), ('{"statement": [}', "unreadable")):
        policy = read({"Policy": text})
        assert [(one.code, one.fatal, one.place) for one in policy.oddities] == [(code, True, Place("p.json", 1, 12))]
        assert policy.statements == ()


def test_a_policy_with_statements_is_no_wrapper() -> None:
    """A key `policy` beside the statements is an unknown element."""
    for name in ("statement", "Statement"):
        policy = read({"version": "2.0", name: [PLAIN], "policy": {"a": 1}})
        assert len(policy.statements) == 1 and "element-unknown" in [one.code for one in policy.oddities]


def test_long_texts_are_cut_in_messages() -> None:
    """Eighty characters are shown whole, of more the first ones."""
    assert odd("effect", "e" * 80)[0][1] == f"`{'e' * 80}`"
    assert odd("effect", "e" * 81)[0][1] == f"`{'e' * 79}…`"


def test_wrappers_in_wrappers_end() -> None:
    """A policy in a policy in a policy is found; endless nesting is answered too."""
    value: Any = document(PLAIN)
    for _ in range(3):
        value = {"policy": value}
    assert len(read(value).statements) == 1
    for _ in range(20):
        value = {"policy": value}
    assert any(one.fatal for one in read(value).oddities)


def test_statement_may_be_one_mapping() -> None:
    """A list of one may be written without the brackets."""
    assert len(read({"version": "2.0", "statement": PLAIN}).statements) == 1


@pytest.mark.parametrize(
    ("value", "code", "fatal"),
    [
        ([], "policy-form", True),
        ("text", "policy-form", True),
        (None, "policy-form", True),
        ({"version": "2.0"}, "element-missing", True),
        ({"version": "2.0", "statement": None}, "statement-form", True),
        ({"version": "2.0", "statement": "x"}, "statement-form", True),
        ({"version": "2.0", "statement": [1]}, "statement-form", True),
        ({"version": "2.0", "statement": []}, "grants-nothing", False),
    ],
)
def test_documents_of_another_shape_are_told(value: Any, code: str, fatal: bool) -> None:
    """What is no policy is a fatal oddity; an empty list of statements grants nothing."""
    assert [(one, is_fatal) for one, _, is_fatal in oddities(value)] == [(code, fatal)]


@pytest.mark.parametrize("written", ["allow", "Allow", "deny", "Deny"])
def test_both_letter_cases_of_the_effect_are_plain(written: str) -> None:
    """The console capitalises it, the pages do not."""
    policy = read(document({**PLAIN, "effect": written}))
    assert policy.oddities == () and policy.statements[0].allow is (written.lower() == "allow")


def test_other_letter_cases_of_the_effect_are_odd_and_read() -> None:
    """`ALLOW` is what it says, but no page writes it so."""
    policy = read(document({**PLAIN, "effect": "ALLOW"}, {**PLAIN, "effect": "dEny"}))
    assert [(one.code, one.found, one.expected) for one in policy.oddities] == [
        ("effect-case", "`ALLOW`", "`allow`"), ("effect-case", "`dEny`", "`deny`"),
    ]  # fmt: skip
    assert [one.allow for one in policy.statements] == [True, False]


@pytest.mark.parametrize(
    ("value", "found"), [("permit", "`permit`"), (None, "null"), (True, "true"), ([], "an empty list")]
)
def test_any_other_effect_has_no_meaning(value: Any, found: str) -> None:
    """The statement is left out, and the others keep their numbers."""
    policy = read(document({**PLAIN, "effect": value}, PLAIN))
    assert [(one.code, one.found, one.fatal) for one in policy.oddities] == [("effect-form", found, True)]
    assert [one.index for one in policy.statements] == [1]


@pytest.mark.parametrize("element", ["action", "resource"])
@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, "null"), (5, "the number 5"), ("", "an empty text"), ({"a": "b"}, "a mapping"), (True, "true"),
        ([None], "null"), ([["x"]], "a list"), (["*", ""], "an empty text"),
    ],
)  # fmt: skip
def test_actions_and_resources_that_are_no_text_have_no_meaning(element: str, value: Any, found: str) -> None:
    """Each says what was found, and where."""
    assert odd(element, value) == [(f"{element}-form", found, True)]


def test_what_is_expected_of_an_action_is_an_example() -> None:
    """The Python helper without actions sends null."""
    with pytest.raises(PolicyError) as caught:
        loads('{"version": "2.0", "statement": [{"effect": "allow", "action": null, "resource": "*"}]}', "p")
    assert str(caught.value) == "p:1:64: found null; expected an action such as `name/cos:PutObject`"
    assert [one.code for one in caught.value.oddities] == ["action-form"]


@pytest.mark.parametrize("element", ["action", "resource"])
def test_an_empty_list_grants_nothing(element: str) -> None:
    """It is read, and told."""
    assert odd(element, []) == [("grants-nothing", "an empty list", False)]


@pytest.mark.parametrize("element", ["effect", "action", "resource"])
def test_a_missing_element_is_told_at_its_statement(element: str) -> None:
    """The three required elements."""
    statement = {name: value for name, value in PLAIN.items() if name != element}
    (one,) = read(document(statement)).oddities
    assert (one.code, one.found, one.fatal) == ("element-missing", f"no `{element}`", True)
    assert one.place == Place("p.json", 1, 34)


def test_keys_that_stand_twice_are_told_and_the_last_one_counts() -> None:
    """Readers of JSON keep the last one: elements, operators and condition keys."""
    text = """{"version": "2.0", "statement": [{"effect": "deny", "action": "*", "resource": "*", "Effect": "allow",
      "condition": {"string_equal": {"a": "1"}, "string_equal": {"b": "2", "b": "3"}}}]}"""
    policy = loads(text)
    assert [one.code for one in policy.oddities] == ["element-case", "duplicate-key", "duplicate-key", "duplicate-key"]
    (statement,) = policy.statements
    assert statement.allow and [(one.key, one.values) for one in statement.conditions] == [("b", ("3",))]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("private", ("private",)), (10, ("10",)), (1.2, ("1.2",)), (True, ("true",)), ("", ("",)),
        (["a", 1, False], ("a", "1", "false")),
    ],
)  # fmt: skip
def test_condition_values_are_texts(value: Any, expected: tuple[str, ...]) -> None:
    """Numbers as written, booleans in lower case."""
    policy = read(document({**PLAIN, "condition": {"string_equal": {"k": value}}}))
    assert policy.oddities == () and policy.statements[0].conditions[0].values == expected


def test_numbers_of_yaml_keep_their_value() -> None:
    """Hexadecimal is a number in YAML and none to CAM."""
    policy = loads(
        "version: '2.0'\nstatement: {effect: allow, action: '*', resource: '*', condition: {numeric_equal: {k: 0x10}}}"
    )
    assert policy.statements[0].conditions[0].values == ("16",)


@pytest.mark.parametrize("value", [{}, None, {"string_equal": {}}, {"string_equal": {"k": []}}])
def test_an_empty_condition_is_odd(value: Any) -> None:
    """The official demo ships `{}`."""
    assert [(code, fatal) for code, _, fatal in odd("condition", value)] == [("condition-empty", False)]


@pytest.mark.parametrize(
    "value",
    ["x", [], 1, {"string_equal": "x"}, {"string_equal": None}, {"string_equal": {"k": None}},
     {"string_equal": {"k": {"a": 1}}}, {"string_equal": {"k": ["a", None]}}],
)  # fmt: skip
def test_conditions_of_another_shape_have_no_meaning(value: Any) -> None:
    """Operator → key → values, nothing else."""
    assert [(code, fatal) for code, _, fatal in odd("condition", value)] == [("condition-form", True)]


def test_an_operator_is_taken_apart() -> None:
    """Prefix and suffix stand apart, an unknown one is kept as written."""
    condition = {"for_any_value:string_like_if_exist": {"k": "v"}, "StringLike": {"k": "v"}}
    policy = read(document({**PLAIN, "condition": condition}))
    assert [(one.written, one.operator, one.if_exist, one.quantifier) for one in policy.statements[0].conditions] == [
        ("for_any_value:string_like_if_exist", "string_like", True, "any"),
        ("StringLike", None, False, None),
    ]


def test_principals_come_from_the_top_or_from_the_statement() -> None:
    """A statement's own one counts before that of the whole policy."""
    own = {**PLAIN, "principal": {"qcs": ["qcs::cam::anyone:anyone"]}}
    policy = read(document(PLAIN, own, principal={"qcs": "*"}))
    assert [one.principals for one in policy.statements] == [("*",), ("qcs::cam::anyone:anyone",)]
    assert policy.oddities == ()
    assert policy.statements[0].principal_place != policy.statements[1].principal_place


@pytest.mark.parametrize("value", ["qcs::cam::anyone:anyone", [], {}, {"AWS": "*"}, {"qcs": None}, {"qcs": [1]}, None])
def test_principals_of_another_shape_are_odd(value: Any) -> None:
    """`{qcs: …}` or `*`, nothing else is described."""
    policy = read(document({**PLAIN, "principal": value}))
    assert [(one.code, one.fatal) for one in policy.oddities] == [("principal-form", False)]
    assert policy.statements[0].principals == ()
    assert read(document({**PLAIN, "principal": "*"})).statements[0].principals == ("*",)


def test_the_version_is_the_text_2_0() -> None:
    """Missing, wrong, and a number where JSON is taken strictly."""
    body = "statement: {effect: allow, action: '*', resource: '*'}"
    cases = {
        "": "version-missing", "version: '2.0'": None, "version: 2.0": None, "version: 2": "version-wrong",
        "version: '1.0'": "version-wrong", "version: [2.0]": "version-wrong", "version: 2012-10-17": "version-wrong",
        "version:": "version-wrong",
    }  # fmt: skip
    for line, code in cases.items():
        assert [one.code for one in loads(f"{line}\n{body}").oddities] == ([code] if code else []), line
    wrong = loads(f"version: 2012-10-17\n{body}").oddities[0]
    assert (wrong.found, wrong.expected) == ("`2012-10-17`", 'the text `"2.0"`')
    root = yamltree.compose(f"version: 2.0\n{body}")
    assert root is not None
    assert [one.code for one in parse(root, "p", strict_json=True).oddities] == ["version-number"]
    assert parse(root, "p").version == 2.0
    text = '{"version": 2.0, "statement": {"effect": "allow", "action": "*", "resource": "*"}}'
    assert [one.code for one in loads(text).oddities] == ["version-number"]


@pytest.mark.parametrize(
    ("text", "pattern", "opaque", "code"),
    [
        ("name/cos:PutObject", "cos:PutObject", False, None),
        ("cos:PutObject", "cos:PutObject", False, None),
        ("cos:*Bucket*", "cos:*Bucket*", False, None),
        ("*", "*:*", False, None),
        ("*:*", "*:*", False, None),
        ("name/*", "*:*", False, None),
        ("permid/12", None, True, "action-opaque"),
        ("actionName/read", None, True, "action-opaque"),
        ("name/cos: PutObject", None, False, "action-spaces"),
        ("PutObject", None, False, "action-no-service"),
        ("c*", "c*", False, "action-no-service"),
        ("cos:Put?bject", None, False, "action-malformed"),
        ("cos:{action}", None, False, "action-malformed"),
        ("a:b:c", None, False, "action-malformed"),
        ("cos:", None, False, "action-malformed"),
    ],
)  # fmt: skip
def test_actions_are_patterns_without_their_prefix(
    text: str, pattern: str | None, opaque: bool, code: str | None
) -> None:
    """Those that no request's action can have match nothing, feature sets are not known."""
    policy = read(document({**PLAIN, "action": text}))
    (action,) = policy.statements[0].actions
    assert (action.text, action.pattern, action.opaque) == (text, pattern, opaque)
    assert [one.code for one in policy.oddities] == ([code] if code else [])


def own(path: str) -> str:
    return f"qcs::cos:ap-guangzhou::{path}"


@pytest.mark.parametrize(
    ("text", "areas", "codes"),
    [
        ("*", (Area("*", "*", "*", "*"),), []),
        ("qcs::cos:ap-beijing:uid/1:b-1/a:b*", (Area("cos", "ap-beijing", "uid/1", "b-1/a:b*"),), []),
        ("qcs:::::*", (Area("*", "*", None, "*"),), []),
        ("qcs:*:cos:*:uid/*:b-1/*", (Area("cos", "*", "uid/*", "b-1/*"),), []),
        ("qcs::cos:ap-beijing:uin/1:b-1/*", (Area("cos", "ap-beijing", "uin/1", "b-1/*"),), []),
        ("qcs::cos:ap-beijing:uid/1:b-1/my file", (Area("cos", "ap-beijing", "uid/1", "b-1/my file"),), []),
        ("qcs::cos:ap-beijing:uid/1", (), ["resource-malformed"]),
        ("arn:aws:s3:::b/*", (), ["resource-malformed"]),
        ("b-1/*", (), ["resource-malformed"]),
        ("qcs:0:cos:ap-beijing:uid/1:b-1/*", (), ["resource-project"]),
        ("qcs: :cos:ap-beijing:uid/1:b-1/*", (), ["resource-spaces", "resource-project"]),
        ("qcs::cos: ap-beijing:uid/1:b-1/*", (Area("cos", " ap-beijing", "uid/1", "b-1/*"),), ["resource-spaces"]),
        ("qcs::cos:ap-beijing:uid/1:b-1/* ", (Area("cos", "ap-beijing", "uid/1", "b-1/* "),), ["resource-spaces"]),
        ("qcs::cos:ap-beijing:uid/1:b-1/${uin}/*", (), ["resource-variable"]),
        ("qcs::cos:ap-beijing:uid/1:b-1/${owner_uin}", (), ["resource-variable"]),
    ],
)
def test_resources_are_areas(text: str, areas: tuple[Area, ...], codes: list[str]) -> None:
    """Six segments, empty ones read as the pages say, and what matches nothing is told."""
    policy = read(document({**PLAIN, "resource": [text]}))
    assert policy.statements[0].resources[0].areas == areas == area_of(text)
    assert [one.code for one in policy.oddities] == codes
    assert not any(one.fatal for one in policy.oddities)


@pytest.mark.parametrize(
    ("path", "patterns"),
    [
        ("prefix//1250000000/media/a/*", ["media-1250000000/a/*"]),
        ("prefix//1250000000/multi-dash-name/*", ["multi-dash-name-1250000000/*"]),
        ("prefix//1250000000/media//a/*", ["media-1250000000//a/*"]),
        ("prefix//nodash//*", ["-nodash/*"]),
        ("prefix//1250000000/*", ["*-1250000000/*"]),
        ("prefix//*", ["*"]),
        ("prefix//125*", ["*-125*/*"]),
        ("prefix//1/te*t/x", ["te*-1/*t/x", "te*t-1/x"]),
        ("prefix//1/te*t", ["te*-1/*t"]),
        ("prefix//*/b/x", ["*-*/b/x", "b-*/x"]),
        ("prefix//1/test", ["prefix//1/test"]),
        ("prefix/bucket/*", ["prefix/bucket/*"]),
        ("prefix*", ["prefix*"]),
        ("media-1.ap-guangzhou.myqcloud.com/*", ["media-1.ap-guangzhou.myqcloud.com/*"]),
    ],
)
def test_the_legacy_form_is_rewritten(path: str, patterns: list[str]) -> None:
    """`prefix//<appid>/<bucket>/<path>`; every way in which its `*` may hold a slash is an area of its own."""
    assert [area.path for area in area_of(own(path))] == patterns


@given(
    st.lists(st.sampled_from(["*", "/", "a", "1"]), max_size=9).map("".join),
    st.tuples(*[st.text("a1", max_size=2)] * 2, st.text("a1/", max_size=4)),
)
def test_the_areas_of_a_legacy_pattern_hold_what_it_matches(pattern: str, parts: tuple[str, str, str]) -> None:
    """A legacy resource that the pattern matches as text is, rewritten, in one of its areas; others only by a `*`."""
    appid, bucket, key = parts
    legacy = f"prefix//{appid}/{bucket}/{key}"
    asked = concrete(own(legacy))
    assert asked is not None and asked.path == f"{bucket}-{appid}/{key}"
    areas = area_of(own("prefix//" + pattern))
    if glob("prefix//" + pattern, legacy):
        assert any(glob(area.path, asked.path) for area in areas)
    if "*" not in pattern:
        assert any(glob(area.path, asked.path) for area in areas) is glob("prefix//" + pattern, legacy)


def test_a_legacy_resource_with_too_many_stars_is_given_up() -> None:
    """It is fatal and told: no part of its readings is judged as if it were all."""
    path = f"prefix//1/{'a*' * (MAX_STARS + 1)}/x"
    with pytest.raises(TooComplex):
        area_of(own(path))
    assert [(code, fatal) for code, _, fatal in odd("resource", own(path))] == [("resource-complex", True)]
    assert len(area_of(own(f"prefix//1/{'a*' * MAX_STARS}/x"))) == MAX_STARS + 1
    assert odd("resource", own("prefix//1/b/" + "a*" * 5000)) == []


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("qcs::cos:ap-beijing:uid/1:b-1/a*b", Area("cos", "ap-beijing", "uid/1", "b-1/a*b")),
        ("qcs::cos:::b-1/", Area("cos", "", "", "b-1/")),
        ("qcs::cos:ap-beijing:uid/1:prefix//1/b/a//c", Area("cos", "ap-beijing", "uid/1", "b-1/a//c")),
        ("qcs::cos:ap-beijing:uid/1:prefix//1/b", Area("cos", "ap-beijing", "uid/1", "prefix//1/b")),
        ("qcs::cos:ap-beijing:uid/1:b-1/{openid}", Area("cos", "ap-beijing", "uid/1", "b-1/{openid}")),
        ("qcs::cos:ap-beijing:uid/1", None),
        ("qcs:0:cos:ap-beijing:uid/1:b-1/a", None),
        ("qcs:*:cos:ap-beijing:uid/1:b-1/a", None),
        ("arn::cos:ap-beijing:uid/1:b-1/a", None),
        ("", None),
    ],
)
def test_a_concrete_resource_is_literal(text: str, area: Area | None) -> None:
    """No wildcard, no placeholder, the legacy form rewritten; None when it is no resource of a request."""
    assert concrete(text) == area


def test_placeholders_are_symbols() -> None:
    """`{name}` and `${name}` are the same one, in paths and in condition values; other braces are text."""
    statement = {
        **PLAIN,
        "resource": own("b-1/{openid}/${file_name}/{2}/{}"),
        "condition": {"string_equal": {"k": "u-{openid}"}},
    }
    policy = read(document(statement))
    (area,) = policy.statements[0].resources[0].areas
    assert area.path == f"b-1/{atom('openid')}/{atom('file_name')}/{{2}}/{{}}"
    assert policy.statements[0].conditions[0].values == (f"u-{atom('openid')}",)
    assert policy.placeholders == ("openid", "file_name") and policy.oddities == ()
    assert area_of(own("b-1/${openid}")) == area_of(own("b-1/{openid}")) != area_of(own("b-1/{other}"))


def test_cams_own_variables_stay_text_in_condition_values() -> None:
    """`${uin}` is no placeholder, `{uin}` is one."""
    policy = read(document({**PLAIN, "condition": {"string_equal": {"k": ["${uin}", "{uin}"]}}}))
    assert policy.statements[0].conditions[0].values == ("${uin}", atom("uin"))


def test_more_placeholders_than_symbols_are_fatal(monkeypatch: pytest.MonkeyPatch) -> None:
    """In resources and in condition values; the limit is that of the symbols."""
    monkeypatch.setattr(policy_module, "_MOST", len(policy_module._atoms))
    resource, value = own("b-1/{one_name_too_many}/*"), {"string_equal": {"k": "{another_name_too_many}"}}
    assert odd("resource", resource) == odd("condition", value) == [("placeholders", "one more placeholder", True)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"version": "2.0"', Place("f", 1, 18)),
        ('{"version": "2.0", "statement": [{]}', Place("f", 1, 35)),
        ("a: b: c", Place("f", 1, 5)),
        ("", Place("f", 1, 1)),
        ("# x", Place("f", 1, 1)),
    ],
)
def test_text_that_cannot_be_read_raises_with_its_place(text: str, place: Place) -> None:
    """Broken JSON, broken YAML, nothing at all."""
    with pytest.raises(PolicyError) as caught:
        loads(text, "f")
    assert [one.place for one in caught.value.oddities] == [place]


def test_floods_of_oddities_are_cut_but_not_the_fatal_one() -> None:
    """A file of nonsense has an answer of bounded size."""
    many = [{**PLAIN, f"key{n}": 1} for n in range(MAX_ODDITIES + 500)]
    policy = read(document(*many, {**PLAIN, "effect": None}))
    assert len(policy.oddities) == MAX_ODDITIES + 1
    assert [one.fatal for one in policy.oddities].count(True) == 1
    assert isinstance(policy.oddities[0], Oddity)


def test_parsing_leaves_the_collector_as_it_was() -> None:
    """It is paused while a policy grows, and only then."""
    assert gc.isenabled()
    read(document(PLAIN))
    assert gc.isenabled()
    gc.disable()
    try:
        read(document(PLAIN))
        assert not gc.isenabled()
    finally:
        gc.enable()


SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(
    ["", "*", "allow", "2.0", "a:b", "permid/1", OBJECTS, "qcs:::::{x}", "prefix//*", "%7b", "{", "1.5", "${uin}"]
)  # fmt: skip
KEYS = st.sampled_from(
    ["version", "statement", "Statement", "policy", "Policy", "effect", "Effect", "action", "resource", "condition",
     "principal", "NotAction", "qcs", "string_equal", "for_any_value:ip_equal", "null_equal", "k", "x-a"]
)  # fmt: skip
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=25
)


@given(TREES)
def test_any_document_is_answered(value: Any) -> None:
    """`parse` raises for nothing; what it leaves out of the statements it has told as fatal."""
    policy = read(value)
    if not any(one.fatal for one in policy.oddities):
        assert all(statement.allow in (True, False) for statement in policy.statements)
        assert policy.document is not None
    else:
        with pytest.raises(PolicyError):
            loads(json.dumps(value))


GOOD = '{"version": "2.0", "statement": [{"effect": "allow", "action": ["cos:PutObject"], "resource": "*"}]}'


def slips(text: str, file: str = "policy") -> list[tuple[str, int, int]]:
    """What a text has that JSON has not, with its place."""
    odd = [one for one in loads(text, file).oddities if one.code == "not-json"]
    return [(one.found, one.place.line, one.place.column) for one in odd]


@pytest.mark.parametrize(
    ("text", "found", "line", "column"),
    [
        (GOOD.replace('"]', '",]'), "a comma before `]`", 1, 80),
        (GOOD[:-1] + ",}", "a comma before `}`", 1, 100),
        (GOOD[:-1] + ",\n }", "a comma before `}`", 1, 100),
        (GOOD.replace('"allow"', "'allow'"), "a text in single quotes", 1, 45),
        (GOOD + " # done", "a comment", 1, 102),
        ("# mine\n" + GOOD, "a comment", 1, 1),
        ("// mine\n" + GOOD, "a comment", 1, 1),
        ("{ // mine\n" + GOOD[1:], "a comment", 1, 3),
        (GOOD.replace(', "statement"', ', /* a\nb */ "statement"'), "a comment", 1, 20),
        (GOOD.replace('"statement"', "statement"), "`statement`", 1, 20),
        (GOOD.replace('"2.0"', "NaN"), "`NaN`", 1, 13),
    ],
)
def test_what_only_yaml_can_read_is_told_of_json(text: str, found: str, line: int, column: int) -> None:
    """The services take JSON of RFC 7159; the first thing that is none is told, and the policy is read as meant."""
    assert slips(text) == [(found, line, column)]
    policy = loads(text)
    assert policy.refused is not None and policy.refused.code == "not-json"
    assert [one.text for row in policy.statements for one in row.actions] == ["cos:PutObject"]


@pytest.mark.parametrize("mark", ["// the version", "/* the version */"])
def test_a_comment_swallows_nothing(mark: str) -> None:
    """What stands behind it is read, and the addresses in texts are no comments."""
    text = GOOD.replace('"version"', f'{mark}\n"version"').replace(
        '"resource": "*"', '"resource": "qcs::cos::uid/1:a-1//b/*"'
    )
    policy = loads(text)
    assert [one.code for one in policy.oddities] == ["not-json"]
    assert policy.version == "2.0" and policy.version_place == Place("policy", 2, 12)
    assert policy.statements[0].resources[0].text == "qcs::cos::uid/1:a-1//b/*"


def test_two_slashes_in_single_quotes_are_no_comment() -> None:
    """The older form of resources has them."""
    legacy = "qcs::cos:r:uid/1:prefix//1/a/b/*"
    policy = loads(GOOD.replace('"*"', f"'{legacy}'"))
    assert [one.code for one in policy.oddities] == ["not-json"]
    assert policy.statements[0].resources[0].text == legacy


def test_json_has_no_slip_and_yaml_is_not_asked() -> None:
    """By the ending of the file's name, else by how the text begins."""
    assert slips(GOOD) == slips(GOOD, "a.json") == []
    assert slips('{"version": "2.0", "statement": [], "x-n": [1e9, -0.5, %s, "\\ud83d\\ude00"]}' % ("9" * 5000)) == []
    plain = "version: '2.0'\nstatement: []\n"
    assert slips(plain) == slips("{version: '2.0', statement: []}") == slips(GOOD + "# x", "a.yaml") == []
    assert slips(plain, "a.json") == [("`version`", 1, 1)]
    assert slips('{"Policy": ' + repr(GOOD + " // x") + "}", "a.yaml") == [("a comment", 1, 12)]


@pytest.mark.parametrize("piece", ["# ", "/* */", "/*", "//", '\\\\"', '"', "#\n", "/*/", "// /* "])
def test_hostile_comments_are_read_in_one_pass(piece: str) -> None:
    """A hundred thousand characters that never close: answered, whatever the answer."""
    from cosaudit.cam import strict

    for text in (
        piece * (100_000 // len(piece)) + "x",
        "{" + piece * (100_000 // len(piece)),
        '{"a": "' + piece * 30_000,
    ):
        assert strict.meant(text, "-") in (True, False)
        assert len(strict.readable(text)) == len(text)
        assert strict.slip(text) is not None

"""The CAM engine against the reference decision procedure, on random policies and requests."""

from __future__ import annotations

import functools
import itertools
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from oracles.cam import generator, reference
from oracles.cam.generator import Pick, Request

from cosaudit.cam.decide import decide
from cosaudit.cam.language import Comparison, compare
from cosaudit.cam.parse import loads
from cosaudit.cam.policy import Context, Decision, Known, Policy, Span, Value

HOME = "qcs::cos:ap-a:uid/1:b-1/a"


def said(action: Any = "*", resource: Any = "*", **condition: Any) -> dict[str, Any]:
    """A policy of one allow."""
    return {
        "version": "2.0",
        "statement": [{"effect": "allow", "action": action, "resource": resource, "condition": condition}],
    }


def asked(policy: dict[str, Any], resource: str = HOME, action: str = "name/cos:PutObject", **known: Any) -> str:
    """What the reference says; underscores in the names of keys stand for `-`."""
    context = {f"cos:{name}".replace("_", "-"): value for name, value in known.items()}
    return reference.decide(policy, action, resource, context, "absent")


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("name/cos:PutObject", "name/cos:PutObject", "allow"),
        ("cos:PutObject", "name/cos:PutObject", "allow"),
        ("name/cos:PutObject", "cos:PutObject", "allow"),
        ("name/cos:putobject", "name/cos:PutObject", "implicit-deny"),
        ("*", "name/ci:Any", "allow"),
        ("*:*", "name/ci:Any", "allow"),
        ("cos:*", "name/ci:Any", "implicit-deny"),
        ("cos:*Bucket*", "cos:PutBucketACL", "allow"),
        ("cos:PutObject*", "cos:PutObjectACL", "allow"),
        ("cos:PutObject", "cos:PutObjectACL", "implicit-deny"),
        ("cos:Put?bject", "cos:PutObject", "implicit-deny"),
        ("cos: GetObject", "cos:GetObject", "implicit-deny"),
        ("c*", "cos:GetObject", "allow"),
        ("cos", "cos:GetObject", "implicit-deny"),
        ("permid/280649", "cos:GetObject", "unknown"),
    ],
)
def test_the_reference_reads_actions(pattern: str, action: str, expected: str) -> None:
    """Both prefixes, letter case, stars anywhere, feature sets."""
    assert asked(said(pattern), action=action) == expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("b-1/*", "b-1/a/b", "allow"),
        ("b-1/a*", "b-1/ab/c", "allow"),
        ("b-1/a/*", "b-1/a", "implicit-deny"),
        ("b-1/a/*", "b-1/a/", "allow"),
        ("b-1/", "b-1/a", "implicit-deny"),
        ("b-1/*.jpg", "b-1/a/b.jpg", "allow"),
        ("*", "b-1/a", "allow"),
        ("b/*", "b-1/a", "implicit-deny"),
        ("b-1//a", "b-1/a", "implicit-deny"),
        ("b-1/a:*", "b-1/a:b:c", "allow"),
        ("b-1/a?", "b-1/ab", "implicit-deny"),
        ("prefix//1/b/*", "b-1/a", "allow"),
        ("prefix//1/b/a*", "b-1/ab/c", "allow"),
        ("prefix//1/b/*", "bb-1/a", "implicit-deny"),
        ("prefix//1/b-c/*", "b-c-1/a", "allow"),
        ("prefix//1/te*t/x", "teaat-1/x", "allow"),
        ("prefix//1/te*t/x", "teaa-1/x", "implicit-deny"),
        ("prefix//1/te*t/x", "teaa-1/bt/x", "allow"),
        ("prefix//1/te*t/*", "teaat-1/x", "allow"),
        ("prefix//1/*", "any-1/x/y", "allow"),
        ("prefix//1/*", "any-2/x/y", "implicit-deny"),
        ("prefix//*", "any-2/x/y", "allow"),
        ("prefix//*", "anything", "allow"),
        ("prefix//*/b/k", "b-77/k", "allow"),
        ("prefix//1/b/a", "prefix//1/b/a", "allow"),
        ("b-1/a", "prefix//1/b/a", "allow"),
        ("prefix/b/*", "b-1/a", "implicit-deny"),
        ("prefix/b/*", "prefix/b/a", "allow"),
        ("b-1/{openid}/*", "b-1/u/x", "unknown"),
        ("b-1/${openid}/*", "b-1//x", "implicit-deny"),
        ("b-1/${uin}/*", "b-1/u/x", "implicit-deny"),
        ("prefix//1/b/{openid}/*", "b-1/u/x", "unknown"),
        ("b-1/{a b}/*", "b-1/u/x", "implicit-deny"),
    ],
)
def test_the_reference_reads_paths(pattern: str, path: str, expected: str) -> None:
    """Stars cross slashes, the legacy form is the same object, placeholders are not known."""
    assert asked(said(resource=f"qcs::cos:ap-a:uid/1:{pattern}"), f"qcs::cos:ap-a:uid/1:{path}") == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", "allow"),
        ("qcs:::::*", "allow"),
        ("qcs:*:cos:ap-a:uid/1:*", "allow"),
        ("qcs::cos::uid/1:*", "allow"),
        ("qcs::cos:*:uid/*:*", "allow"),
        ("qcs::cos:ap-a::*", "allow"),
        ("qcs::ci:ap-a:uid/1:*", "implicit-deny"),
        ("qcs::cos:ap-b:uid/1:*", "implicit-deny"),
        ("qcs::cos:ap-a:uid/2:*", "implicit-deny"),
        ("qcs::cos:ap-a:uin/1:*", "implicit-deny"),
        ("qcs:p:cos:ap-a:uid/1:*", "implicit-deny"),
        ("qcs::cos:ap-a:*", "implicit-deny"),
        ("qcs::cos:*:b-1/a", "implicit-deny"),
        ("QCS::cos:ap-a:uid/1:*", "implicit-deny"),
        ("qcs: : cos: ap-a: uid/1: b-1/*", "implicit-deny"),
        ("**", "implicit-deny"),
    ],
)
def test_the_reference_reads_segments(pattern: str, expected: str) -> None:
    """Empty ones are every one, or the own account; a star stays in its segment; other forms match nothing."""
    assert asked(said(resource=pattern)) == expected


A, D, U = "allow", "implicit-deny", "unknown"
ANY = "present"


@pytest.mark.parametrize(
    ("operator", "values", "outcomes"),
    [  # outcomes for: absent, present, unknown, and each of the given values
        ("string_equal", "a", [D, U, U, ("a", A), ("A", D)]),
        ("string_equal_if_exist", "a", [A, U, U, ("a", A), ("b", D)]),
        ("string_equal", ["a", "b"], [D, U, U, ("b", A), ("c", D), (["a", "b"], A), (["a", "c"], U)]),
        ("for_any_value:string_equal", ["a"], [D, U, U, (["a", "c"], A), (["b", "c"], D)]),
        ("for_all_value:string_equal", ["a"], [D, U, U, (["a", "c"], D), (["a", "a"], A)]),
        ("for_all_value:string_equal_if_exist", ["a"], [A, U, U, (["a", "c"], D)]),
        ("string_not_equal", "a", [D, U, U, ("a", D), ("b", A)]),
        ("string_not_equal", ["a", "b"], [D, U, U, ("a", U), ("c", A)]),
        ("string_not_equal_if_exist", "a", [A, U, U, ("a", D), ("b", A)]),
        ("string_equal_ignore_case", "aB", [D, U, U, ("Ab", A), ("b", D)]),
        ("string_equal", "a*", [D, U, U, ("a*", A), ("ab", D)]),
        ("string_like", "image/*", [D, U, U, ("image/", A), ("image/png", A), ("Image/png", D)]),
        ("string_like", "*", [D, A, U, ("", A)]),
        ("string_like_if_exist", "*", [A, A, A, ("", A)]),
        ("string_like", "*/png", [D, U, U, ("image/png", A), ("png", D)]),
        ("string_like", "a*b", [D, U, U, ("a*b", A), ("axb", U), ("c", D)]),
        ("string_not_like", "a*", [U, U, U, ("b", U)]),
        ("StringEquals", "a", [U, U, U, ("a", U)]),
        ("numeric_less_than_equal", 10, [D, U, U, ("10", A), ("10.0", A), ("11", D), ("ten", D)]),
        ("numeric_less_than", "10", [D, U, U, ("9.5", A), ("10", D)]),
        ("numeric_equal", 10, [D, U, U, ("10.0", A), ("9", D)]),
        ("numeric_less_than", "ten", [D, U, U, ("9.5", U)]),
        ("numeric_less_than", 10, [D, U, U, (("span", 0, 9), A), (("span", 10, None), D), (("span", 0, 10), U)]),
        ("numeric_not_equal", 10, [D, U, U, (("span", 0, 9), A), (("span", 10, 10), D), (("span", 0, 10), U)]),
        ("numeric_equal", 10, [D, U, U, (("span", 0, 9), D), (("span", 10, 10), A), (("span", 0, 20), U)]),
        ("date_less_than", "2024-05-01T00:00:00Z", [D, U, U, ("2024-05-01T07:59:59+08:00", A), ("2024-05-01", D)]),
        ("date_equal", "2024-05-01", [D, U, U, ("2024-05-01T00:00:00Z", A), ("soon", D)]),
        ("ip_equal", "10.0.0.9/24", [D, U, U, ("10.0.0.1", A), ("10.0.1.1", D), ("::1", D), ("x", D)]),
        ("ip_not_equal", "10.0.0.9/24", [D, U, U, ("10.0.0.1", D), ("10.0.1.1", A), ("::1", A), ("x", D)]),
        ("ip_equal", "10.*.*.10/24", [D, U, U, ("10.0.0.1", U)]),
        ("ip_equal", ["10.*.*.10/24", "10.0.0.1"], [D, U, U, ("10.0.0.1", A)]),
        ("bool_equal", True, [D, U, U, ("true", A), ("TRUE", A), ("false", D), ("yes", D)]),
        ("null_equal", "true", [A, D, U, ("x", D), (("span", 0, 1), D)]),
        ("null_equal", False, [D, A, U, ("", A)]),
        ("null_equal", "maybe", [U, U, U, ("", U)]),
        ("null_equal_if_exist", "true", [U, U, U, ("", U)]),
        ("binary_equal", "YQ==", [D, U, U, ("YQ==", A), ("a", D)]),
        ("string_equal", "u-{openid}", [D, U, U, ("u-1", U), ("u-", D), ("v", D)]),
        ("string_not_equal", "u-{openid}", [D, U, U, ("u-1", U), ("u-", A)]),
        ("string_equal", ["a", "${uin}"], [D, U, U, ("a", A), ("1", U)]),
    ],
)  # fmt: skip
def test_the_reference_reads_conditions(operator: str, values: Any, outcomes: list[Any]) -> None:
    """Each operator on an absent key, a key with some value, one of which nothing is known, and on values."""
    policy = said(**{operator: {"cos:key": values}})
    for known, expected in [*zip(("absent", "present", "unknown"), outcomes, strict=False), *outcomes[3:]]:
        given = [known] if isinstance(known, str) and known not in ("absent", "present", "unknown") else known
        assert asked(policy, key=given) == expected, known


def test_the_reference_joins_conditions() -> None:
    """Operators AND, keys AND; a false one settles it, whatever the others."""
    policy = said(string_equal={"cos:a": "1", "cos:b": "2"}, numeric_equal={"cos:c": 3}, StringLike={"cos:d": "x"})
    assert asked(policy, a=["1"], b=["2"], c=["3"]) == "unknown"
    assert asked(policy, a=["1"], b=["3"], c=["3"]) == "implicit-deny"
    del policy["statement"][0]["condition"]["StringLike"]
    assert asked(policy, a=["1"], b=["2"], c=["3"]) == "allow"
    assert asked(policy, a=["1"], b=["2"]) == "implicit-deny"


def test_the_reference_decides() -> None:
    """Explicit deny, implicit deny, and what an unknown condition leaves open."""
    always: dict[str, Any] = {"effect": "allow", "action": "*", "resource": "*"}
    maybe = always | {"condition": {"StringEquals": {"cos:a": "1"}}}
    never = always | {"action": "x:y"}
    for statements, expected in (
        ([], "implicit-deny"),
        ([never], "implicit-deny"),
        ([always], "allow"),
        ([maybe], "unknown"),
        ([maybe, always], "allow"),
        ([always, always | {"effect": "deny"}], "deny"),
        ([always | {"effect": "deny"}], "deny"),
        ([always, maybe | {"effect": "deny"}], "unknown"),
        ([never, maybe | {"effect": "deny"}], "implicit-deny"),
        ([maybe, maybe | {"effect": "deny"}], "unknown"),
        ([always, never | {"effect": "deny"}], "allow"),
    ):
        assert asked({"version": "2.0", "statement": statements}) == expected, statements
    capitals = {"Version": "2.0", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    assert asked(capitals) == "deny"


# The engine


#: Pairs of a policy and a request that the seeded runs compare together; more on demand.
PAIRS = int(os.environ.get("COSAUDIT_CAM_PAIRS", "20000"))
PARTS = 4
REQUESTS = 6  # for each policy
KNOWN = {known.value: known for known in Known}


def context_of(request: Request) -> Context:
    """A request's context as the engine takes it."""
    values: dict[str, Value] = {}
    for key, known in request.context.items():
        if isinstance(known, str):
            values[key] = KNOWN[known]
        else:
            values[key] = Span(*known[1:]) if isinstance(known, tuple) else tuple(known)
    return Context(values, KNOWN[request.default])


def decision(policy: Policy, request: Request) -> Decision:
    """What the engine says."""
    return decide(policy, request.action, request.resource, context_of(request))


def difference(document: dict[str, Any], policy: Policy, request: Request) -> tuple[str, str | None]:
    """The reference's decision, and what is wrong about the engine's: None when they agree."""
    outcomes = reference.outcomes(document, *request)
    expected = reference.verdict(outcomes)
    found = decision(policy, request)
    if found.decision != expected:
        wrong = f"the engine says {found.decision}, the reference {expected}"
    elif found.statement not in deciding(outcomes, expected):
        wrong = f"{expected}: the engine names statement {found.statement}, the reference says {outcomes}"
    else:
        return expected, None
    return expected, f"{wrong}\n{json.dumps(document, ensure_ascii=False)}\n{request}\n{found}"


def deciding(outcomes: list[tuple[str, int]], expected: str) -> list[int | None]:
    """The statements that may be named for a decision: the first that settles it, or one that leaves it open."""
    if expected == "implicit-deny":
        return [None]
    if expected == "unknown":
        return [index for index, (_, outcome) in enumerate(outcomes) if outcome == reference.MAYBE]
    return [outcomes.index((expected, reference.TRUE))]


def seeded(seed: str) -> Pick:
    """A fast source of choices that repeats itself."""
    rng = random.Random(seed).random  # noqa: S311
    return Pick(lambda n: int(rng() * n))


@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_decides_as_the_reference(part: int, record_property: Callable[[str, object], None]) -> None:
    """On random policies and requests, and each of the four decisions comes often enough to mean something."""
    pick = seeded(f"policies {part}")
    counts: Counter[str] = Counter()
    while counts.total() < PAIRS / PARTS:
        document = generator.policy(pick)
        policy = loads(json.dumps(document), "policy.json")
        for _ in range(REQUESTS):
            expected, wrong = difference(document, policy, generator.request(pick, document))
            assert wrong is None, wrong
            counts[expected] += 1
    assert set(counts) == {"allow", "deny", "implicit-deny", "unknown"}
    assert min(counts.values()) >= counts.total() / 10, counts
    record_property("compared CAM reference", counts.total())


def test_placeholders_in_conditions_are_read_as_in_paths() -> None:
    """What cannot hold whatever a placeholder stands for is false, not unknown: `image/{kind}` is never `text/a`."""
    pick = seeded("placeholders in conditions")
    compared = 0
    while compared < 2000:
        text = json.dumps(generator.policy(pick))
        document = json.loads(text.replace("image/png", "image/{kind}"))
        if document == json.loads(text):
            continue
        policy = loads(json.dumps(document), "policy.json")
        for _ in range(REQUESTS):
            _, wrong = difference(document, policy, generator.request(pick, document))
            assert wrong is None, wrong
            compared += 1


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", "allow"),
        ("**", "implicit-deny"),
        ("qcs:::::", "implicit-deny"),
        ("qcs:::::*", "implicit-deny"),
        ("qcs::*:*:*:*", "implicit-deny"),
        ("qcs::cos:::*", "implicit-deny"),
        ("qcs:::::prefix//*", "implicit-deny"),
    ],
)
def test_requests_without_a_resource_are_met_by_a_star_only(pattern: str, expected: str) -> None:
    """The list of all buckets is asked of `*`, and only a whole `*` grants it (436/31923)."""
    document = said(resource=pattern)
    request = Request("name/cos:GetService", "*", {}, "absent")
    found, wrong = difference(document, loads(json.dumps(document), "policy.json"), request)
    assert found == expected
    assert wrong is None, wrong


def test_the_engine_decides_as_the_reference_on_what_hypothesis_finds(
    record_property: Callable[[str, object], None],
) -> None:
    """The same, made by hypothesis: it shrinks what it finds and tries it again the next time."""
    compared = 0

    @settings(max_examples=250)
    @given(generator.meetings(REQUESTS))
    def agree(meeting: tuple[dict[str, Any], list[Request]]) -> None:
        nonlocal compared
        document, requests = meeting
        policy = loads(json.dumps(document), "policy.json")
        for request in requests:
            _, wrong = difference(document, policy, request)
            assert wrong is None, wrong
            compared += 1

    agree()
    assert compared >= 250 * REQUESTS
    record_property("compared CAM reference", compared)


# What must hold whatever the reference says


#: How far a request gets with a decision.
REACH = {"deny": 0, "implicit-deny": 0, "unknown": 1, "allow": 2}


def meetings(seed: str, number: int) -> Iterator[tuple[Pick, dict[str, Any], list[Request]]]:
    """Policies and requests, with element names in lower case; and the source of further choices."""
    pick = seeded(seed)
    for _ in range(number):
        document = generator.policy(pick, capitals=False)
        yield pick, document, [generator.request(pick, document) for _ in range(REQUESTS)]


def decisions(document: dict[str, Any], requests: list[Request]) -> list[str]:
    """What the engine says of each request."""
    policy = loads(json.dumps(document), "policy.json")
    return [decision(policy, request).decision for request in requests]


def test_order_and_repetition_of_statements_change_nothing() -> None:
    """A policy is a set of statements."""
    seen: Counter[str] = Counter()
    for pick, document, requests in meetings("order", 400):
        statements = document["statement"]
        others = [*statements, pick(statements), pick(statements)]
        shuffled = [others.pop(pick(range(len(others)))) for _ in range(len(others))]
        before = decisions(document, requests)
        assert decisions(document | {"statement": shuffled}, requests) == before, (document, shuffled)
        seen.update(before)
    assert min(seen[one] for one in REACH) > 100, seen


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_a_deny_never_opens_and_an_allow_never_closes(effect: str) -> None:
    """One more statement moves each decision in one direction only, and some of them it does move."""
    moved = 0
    for pick, document, requests in meetings(effect, 500):
        statements = list(document["statement"])
        statements.insert(pick(range(len(statements) + 1)), generator.statement(pick, effect=effect))
        more = document | {"statement": statements}
        for old, new in zip(decisions(document, requests), decisions(more, requests), strict=True):
            less, most = (new, old) if effect == "deny" else (old, new)
            assert REACH[less] <= REACH[most], (old, new, more)
            moved += old != new
    assert moved > 100


def test_widening_a_resource_never_loses() -> None:
    """Where nothing is denied, a `*` in the place of a character of a path only adds."""
    moved = widened = 0
    for pick, document, requests in meetings("wider", 1200):
        statements = [one | {"effect": "allow"} for one in document["statement"]]
        narrow = document | {"statement": statements}
        statement = pick(statements)
        resources = reference.as_list(statement["resource"])
        chosen = pick(range(len(resources)))
        start = resources[chosen].rfind(":uid/1:") + len(":uid/1:")
        wider = wide(pick, resources[chosen], start) if start >= len(":uid/1:") else None
        if wider is None:
            continue
        changed = statement | {"resource": [*resources[:chosen], wider, *resources[chosen + 1 :]]}
        wide_policy = document | {"statement": [changed if one is statement else one for one in statements]}
        widened += 1
        requests += [generator.request(pick, wide_policy) for _ in range(REQUESTS)]
        for old, new in zip(decisions(narrow, requests), decisions(wide_policy, requests), strict=True):
            assert REACH[old] <= REACH[new], (old, new, narrow, wide_policy)
            moved += old != new
    assert widened > 200
    assert moved > 50


def wide(pick: Pick, resource: str, start: int) -> str | None:
    """The resource with one character of its path as `*`; None when there is none that can be one.

    Not inside `prefix//`, which makes the legacy form what it is, nor inside a placeholder; and a text that only
    begins like the legacy form stands for itself, with a star it would have that form.
    """
    legacy = resource.startswith("prefix//", start)
    least = start + len("prefix//") if legacy else start
    if least >= len(resource) or "{" in resource or (legacy and resource.count("/", least) < 2):
        return None
    at = pick(range(least, len(resource)))
    return resource[:at] + "*" + resource[at + 1 :]


# Two policies, request by request


#: Every short resource and action: enough to show a difference wherever small policies have one that is short.
PATHS = [
    *("".join(word) for size in range(3) for word in itertools.product("ab/", repeat=size)),
    *("a-1/", "a-1/a", "a-1/b", "b-1/", "aa-1/b", "a-2/a", "aaa", "aba", "a/b"),
]
UNIVERSE = [
    f"qcs::{service}:{region}:{account}:{path}"
    for service, region, account in itertools.product(("cos", "", "x"), ("r", ""), ("uid/1", "", "a"))
    for path in PATHS
]
KNOWN_ACTIONS = ("cos:P", "cos:G")
ACTIONS = (*KNOWN_ACTIONS, "cos:PP", "cos:aP", "x:P", "a:a")


CONTEXTS: list[dict[str, Any]] = [{"k": "absent"}, {"k": ["1"]}, {"k": ["2"]}, {"k": ["3"]}]
#: Pairs of policies for each part.
COMPARED = 50


@functools.cache
def resources_of(pattern: str) -> list[str]:
    """The resources of the universe that a pattern matches."""
    return [one for one in UNIVERSE if reference.resource_matches(pattern, one)]


def allowed(document: dict[str, Any], context: dict[str, Any]) -> set[tuple[str, str]]:
    """What of the universe a policy allows, by the reference."""
    found: dict[str, set[tuple[str, str]]] = {"allow": set(), "deny": set()}
    for statement in document["statement"]:
        operators = statement.get("condition", {}).items()
        if all(
            reference.condition_holds(one, [value], context[key])
            for one, keys in operators
            for key, value in keys.items()
        ):
            for action in ACTIONS:
                if any(reference.action_matches(one, action) for one in statement["action"]):
                    found[statement["effect"]] |= {
                        (action, one) for form in statement["resource"] for one in resources_of(form)
                    }
    return found["allow"] - found["deny"]


def differs(one: dict[str, Any], other: dict[str, Any], context: dict[str, Any], request: tuple[str, str]) -> bool:
    """Does the reference let a request through for the first policy and not for the second?"""
    return [reference.decide(each, *request, context) == "allow" for each in (one, other)] == [True, False]


def neighbours(pick: Pick, conditions: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two policies; at times the second is the first one with a statement more."""
    one, other = (generator.small_policy(pick, conditions) for _ in range(2))
    if pick.once_in(3):
        other = one | {"statement": [*one["statement"], *other["statement"][:1]]}
    return one, other


def compared(one: dict[str, Any], other: dict[str, Any]) -> Comparison:
    """What the engine says of two policies."""
    return compare(loads(json.dumps(one), "one.json"), loads(json.dumps(other), "other.json"), KNOWN_ACTIONS)


@pytest.mark.parametrize("part", range(2))
def test_two_policies_are_compared_as_request_by_request(part: int) -> None:
    """Within: no request of the universe says otherwise. Not within: the witness does, and none is shorter."""
    pick = seeded(f"compare {part}")
    answers: Counter[str] = Counter()
    for _ in range(COMPARED):
        one, other = neighbours(pick, conditions=False)
        both = compared(one, other)
        for first, second, within, witness in (
            (one, other, both.a_within_b, both.only_a),
            (other, one, both.b_within_a, both.only_b),
        ):
            answers[str(within)] += 1
            told = json.dumps([first, second, within, witness])
            assert (witness is not None) == (within is False), told
            if within is None:
                assert both.reason, told
                assert own_account(first) or own_account(second), told
                continue
            found = allowed(first, CONTEXTS[0]) - allowed(second, CONTEXTS[0])
            if witness is None:
                assert not found, told
                continue
            assert differs(first, second, CONTEXTS[0], witness), told
            answers["seen in the universe"] += bool(found)
            if not (own_account(first) or own_account(second)):  # else it must hold for each reading of the account
                answers["none is shorter"] += 1
                assert all(rank(witness) <= rank(request) for request in found), told
    assert answers["True"] >= COMPARED / 5, answers
    assert answers["False"] >= COMPARED / 2, answers
    assert min(answers["seen in the universe"], answers["none is shorter"]) > answers["False"] / 3, answers


def rank(request: tuple[str, str]) -> tuple[int, bool]:
    """What a witness is chosen by: the shortest resource, then a known action."""
    action, resource = request
    return len(resource), action.removeprefix("name/") not in KNOWN_ACTIONS


def test_policies_with_conditions_are_compared_for_every_context() -> None:
    """Within: in no context a request says otherwise. Not within: in some context the witness does."""
    pick = seeded("compare with conditions")
    answers: Counter[str] = Counter()
    for _ in range(2 * COMPARED):
        one, other = neighbours(pick, conditions=True)
        both = compared(one, other)
        for first, second, within, witness in (
            (one, other, both.a_within_b, both.only_a),
            (other, one, both.b_within_a, both.only_b),
        ):
            answers[str(within)] += 1
            told = json.dumps([first, second, within, witness])
            assert (witness is not None) == (within is False), told
            if within:
                assert not any(allowed(first, each) - allowed(second, each) for each in CONTEXTS), told
            if witness:
                assert any(differs(first, second, each, witness) for each in CONTEXTS), told
    assert min(answers[one] for one in ("True", "False", "None")) >= COMPARED / 10, answers


def own_account(document: dict[str, Any]) -> bool:
    """Does a policy leave an account open? Only then may an answer be unknown: there are no conditions."""
    resources = [one for statement in document["statement"] for one in statement["resource"]]
    return any(one != "*" and one.split(":", 5)[4] == "" for one in resources)

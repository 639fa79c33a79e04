"""`policy minimal`: it lets every request of its flows through, and nothing can be taken from it."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest
from excess.drawn import SIMPLE, configs, copy
from excess.made import (
    BUCKET,
    REGION,
    ROOT,
    Config,
    allow,
    answered,
    beyond,
    config,
    minimal,
    named,
    policy,
    rows,
    rules,
    upload,
    with_policy,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import call

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
MULTIPART = {"ListMultipartUploads", "InitiateMultipartUpload", "UploadPart", "ListParts", "CompleteMultipartUpload"}
#: SDK version → the operations that it has.
SENDERS = {
    "cos-wx-sdk-v5@1.8.0": (*SIMPLE, "sliceUploadFile", "uploadFile", "abortUploadTask"),
    "cos-wx-sdk-v5@1.4.13": (*SIMPLE, "sliceUploadFile", "uploadFile"),
    "cos-wx-sdk-v5@1.1.7": (*SIMPLE, "sliceUploadFile", "uploadFile"),
    "cos-wx-sdk-v5@0.7.11": tuple(SIMPLE),
    "none": (*SIMPLE, "uploadFile", "downloadFile"),
}


@st.composite
def described(draw: st.DrawFn) -> Config:
    """Uploads of some SDK version that share a session."""
    sdk = draw(st.sampled_from(sorted(SENDERS)))
    made: Config = draw(configs(operations=SENDERS[sdk], sdk=sdk))
    return made


def passes(made: Config, given_policy: dict[str, Any]) -> bool:
    """Does the policy let every request through, where a `*` in the middle of a key works as the engine takes it?"""
    requests = [one for one in answered(with_policy(made, given_policy), "trace")[1]["requests"] if one["flow"]]
    assert requests
    return all(
        one["gates"]["session"]["verdict"] == "pass"
        or one["gates"]["session"].get("settle") == {"fact": "cam.resource.middle-wildcard"}
        for one in requests
    )


def narrower(smallest: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every policy with one action, resource or `*` less, or with a literal before a `*`, and what was done."""
    found = []
    for index, row in enumerate(smallest["statement"]):
        for field in ("action", "resource"):
            for at, text in enumerate(row[field]):
                less = copy(smallest)
                del less["statement"][index][field][at]
                if not less["statement"][index][field]:
                    del less["statement"][index]
                found.append((f"without {text}", less))
        for at, text in enumerate(row["resource"]):
            for star in [place for place, char in enumerate(text) if char == "*"]:
                for put in ("", "~*"):
                    changed = copy(smallest)
                    changed["statement"][index]["resource"][at] = text[:star] + put + text[star + 1 :]
                    found.append((f"{text} with {put!r} at {star}", changed))
    return found


@settings(max_examples=50, suppress_health_check=SLOW)
@given(described())
def test_every_request_of_the_flows_passes(made: Config) -> None:
    """The session gate with the smallest policy: `pass` for all of them, retries and resumes too."""
    assert passes(made, minimal(made))


@settings(max_examples=15, suppress_health_check=SLOW)
@given(described())
def test_nothing_can_be_taken_from_it(made: Config) -> None:
    """One action, resource or `*` less, or a literal before a `*`: some request is not let through any more."""
    smallest = minimal(made)
    for what, less in narrower(smallest):
        assert not less["statement"] or not passes(made, less), what


@settings(max_examples=40, suppress_health_check=SLOW)
@given(described())
def test_nothing_is_beyond_need_with_it(made: Config) -> None:
    """No finding about excess, not even at info; none about its form."""
    found = rules(with_policy(made, minimal(made)))
    assert beyond(with_policy(made, minimal(made))) == []
    assert not {one for one in found if one.startswith("policy-") and one != "policy-unconfirmed"}


@settings(max_examples=40, suppress_health_check=SLOW)
@given(described())
def test_no_two_statements_could_be_one(made: Config) -> None:
    """No two with the same actions or the same resources; nothing twice; no resource that another covers."""
    for first, second in combinations(minimal(made)["statement"], 2):
        assert set(first["action"]) != set(second["action"])
        assert set(first["resource"]) != set(second["resource"])
    for row in minimal(made)["statement"]:
        assert len(set(row["action"])) == len(row["action"]) > 0
        assert len(set(row["resource"])) == len(row["resource"]) > 0
        assert list(row) == ["effect", "action", "resource"]


@settings(max_examples=25, suppress_health_check=SLOW)
@given(described(), st.text(st.sampled_from("abcXYZ019_-"), min_size=1, max_size=30))
def test_a_value_is_put_in_as_into_the_template(made: Config, value: str) -> None:
    """`--set openid=…` is the template with the value in its place, where it is one that is declared."""
    template = minimal(made)
    form = made.get("placeholders", {}).get("openid", {})
    length = form.get("length", {})
    bounds = length if isinstance(length, dict) else {"min": length, "max": length}
    fits = re.fullmatch(f"{form.get('alphabet', '.')}{{{bounds.get('min', 1)},{bounds.get('max', '')}}}", value)
    if any("{openid}" in one["key"] for one in made["uploads"]) and not fits:
        code, out, err = call("policy", "minimal", "-", "--set", f"openid={value}", stdin=json.dumps(made).encode())
        assert (code, out) == (2, "") and "is none that `placeholders` declares" in err
    elif any("{openid}" in one["key"] for one in made["uploads"]):  # a wider resource may have covered the user's own
        assert minimal(made, "--set", f"openid={value}") == named(template, {"openid": value})
    else:
        code, out, err = call("policy", "minimal", "-", "--set", f"openid={value}", stdin=json.dumps(made).encode())
        assert (code, out) == (2, "") and "has no placeholder `openid`" in err


@settings(max_examples=25, suppress_health_check=SLOW)
@given(described(), st.data())
def test_the_scopes_give_the_same_decisions(made: Config, data: st.DataObject) -> None:
    """The same list as our own field `scopes`: the same verdicts on its flows, and on those of others."""
    smallest = minimal(made)
    code, scopes = answered(made, "policy minimal", "--as", "scopes")
    assert code == 0
    first, *others = made["sessions"]
    scoped = {**made, "sessions": [{**first, "scopes": scopes}, *others]}
    assert rows(scoped) == rows(with_policy(made, smallest))
    assert beyond(scoped) == []
    elsewhere = data.draw(configs(operations=tuple(SIMPLE)))["uploads"]
    for one in (with_policy(made, smallest), scoped):
        one["uploads"] = elsewhere
    assert rows(scoped) == rows({**with_policy(made, smallest), "uploads": elsewhere})


# -- by example --------------------------------------------------------------------------------------------------------


def test_the_default_upload_of_the_mini_program_sdk() -> None:
    """PostObject and what an upload in parts takes; no PutObject, and no abort where nothing aborts."""
    found = minimal(config([upload("uploadFile", "avatars/{openid}/{file}")]))
    assert [row["resource"] for row in found["statement"]] == [[f"{ROOT}avatars/{{openid}}/*"]]
    assert {one.removeprefix("name/cos:") for one in found["statement"][0]["action"]} == {"PostObject"} | MULTIPART
    assert found["version"] == "2.0"
    assert found["statement"][0]["effect"] == "allow"


@pytest.mark.parametrize(
    ("options", "sizes", "expected"),
    [
        ({"SimpleUploadMethod": "putObject"}, {}, {"PutObject"} | MULTIPART),
        ({"SimpleUploadMethod": "putObject"}, {"max_size": "1MiB"}, {"PutObject"}),
        ({}, {"max_size": "1MiB"}, {"PostObject"}),
        ({}, {"min_size": "2MiB"}, MULTIPART),
        ({"SliceSize": 5_000_000}, {"max_size": 5_000_000}, {"PostObject"}),
    ],
)
def test_options_and_sizes_decide(options: dict[str, Any], sizes: dict[str, Any], expected: set[str]) -> None:
    """What is never sent is not granted."""
    made = config([upload("uploadFile", "a/{file}", **sizes)], client={"options": options, "base_library": "2.32.3"})
    actions = {one.removeprefix("name/cos:") for row in minimal(made)["statement"] for one in row["action"]}
    assert actions == expected
    assert passes(made, minimal(made))


def test_statements_are_as_few_as_can_be() -> None:
    """Grouped by resources or by actions, whichever needs fewer: two here, where actions alone would need three."""
    uploads = [
        upload("putObject", "a/{file}", "one"),
        upload("postObject", "a/{file}", "two"),
        upload("putObject", "b/{file}", "three"),
        upload("deleteObject", "b/{file}", "four"),
    ]
    assert len(minimal(config(uploads))["statement"]) == 2


def test_what_another_resource_covers_is_left_out() -> None:
    """`a/x/*` lies inside `a/*`."""
    made = config([upload("putObject", "a/{file}"), upload("putObject", "a/x/{file}", "inner")])
    assert minimal(made) == policy(allow("PutObject", "a/*"))


def test_hostile_keys_stay_text() -> None:
    """Quotes, backslashes and other scripts are data in JSON."""
    made = config([upload("putObject", 'a"\\/\u6587\u4ef6 \U0001f600/{file}')])
    assert minimal(made)["statement"][0]["resource"] == [f'{ROOT}a"\\/\u6587\u4ef6 \U0001f600/*']
    assert passes(made, minimal(made))


def test_literal_braces_of_a_key_are_no_user() -> None:
    """`{{openid}}` in a key is text: a policy that put a user there would not fit the key."""
    made = config([upload("putObject", "a/{{openid}}/x")])
    code, out, err = call("policy", "minimal", "-", stdin=json.dumps(made).encode())
    if code == 0:
        assert passes(made, json.loads(out))
    else:
        assert code == 2 and "{openid}" in err


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "/",
        "..",
        "",
        "a*",
        "*a",
        "a/b",
        "../b",
        "a..b",
        "a\nb",
        "\n",
        "\r",
        "a\x00b",
        "\u202e",
        "{openid}",
        "${uin}",
        "?",
    ],
)
def test_a_hostile_value_is_refused(value: str) -> None:
    """Whatever would change what the policy means; the value is shown escaped."""
    made = json.dumps(config([upload("putObject", "up/{openid}/{file}")])).encode()
    for form in ("text", "json"):
        for shape in ("policy", "scopes"):
            code, out, err = call(
                "policy", "minimal", "-", "--set", f"openid={value}", "--as", shape, "--format", form, stdin=made
            )
            assert code == 2
            assert "statement" not in out and ROOT not in out
            assert err.startswith("--set:1:1: the value ") and len(err.splitlines()) == 1
            assert not any(char in err for char in "\x00\r\u202e")


def test_a_placeholder_that_the_client_fills_is_never_set() -> None:
    """Free parts are `*`: there is nothing to put in."""
    made = json.dumps(config([upload("putObject", "up/{openid}/{file}")])).encode()
    code, _, err = call("policy", "minimal", "-", "--set", "file=a", stdin=made)
    assert code == 2 and "no placeholder `file`; expected one of `openid`" in err


# -- conditions --------------------------------------------------------------------------------------------------------

SIZED: dict[str, Any] = {"max_size": 1000, "content_type": "image/png"}


@pytest.mark.parametrize(
    "more", [{"max_size": 1000}, {"content_type": "image/png"}, SIZED], ids=["size", "type", "both"]
)
@pytest.mark.parametrize("operation", ["putObject", "postObject", "uploadFile", "sliceUploadFile", "getObject"])
def test_with_conditions_every_request_passes_still(operation: str, more: dict[str, Any]) -> None:
    """Only where they really hold."""
    made = config([upload(operation, "up/{openid}/{file}", **more)])
    assert passes(made, minimal(made, "--with-conditions"))
    assert beyond(with_policy(made, minimal(made, "--with-conditions"))) == []


@settings(max_examples=15, suppress_health_check=SLOW)
@given(described())
def test_with_conditions_generated_flows_pass_too(made: Config) -> None:
    """Three megabytes at most, in every operation."""
    assert passes(made, minimal(made, "--with-conditions"))


def test_conditions_are_those_of_the_upload() -> None:
    """A put carries its own length and type; they are what the policy asks for."""
    found = minimal(config([upload("putObject", "up/{file}", **SIZED)]), "--with-conditions")
    condition = found["statement"][0]["condition"]
    assert condition["numeric_less_than_equal"] == {"cos:content-length": 1000}
    assert [set(row) for operator, row in condition.items() if operator != "numeric_less_than_equal"] == [
        {"cos:content-type"}
    ]
    assert minimal(config([upload("putObject", "up/{file}", **SIZED)])) == policy(allow("PutObject", "up/*"))


@pytest.mark.parametrize("operation", ["putObject", "postObject"])
def test_a_condition_on_the_size_stops_what_is_larger(operation: str) -> None:
    """The same policy and an upload of twice the size and more than a form adds: its largest are refused."""
    conditioned = minimal(config([upload(operation, "up/{file}", max_size=1_000_000)]), "--with-conditions")
    larger = config([upload(operation, "up/{file}", max_size=2_000_000)], conditioned)
    assert {verdict for _, when, verdict in rows(larger) if "retry" not in when} >= {"pass", "blocked"}


def test_without_a_size_there_is_no_condition_on_it() -> None:
    """Nothing is invented."""
    found = minimal(config([upload("putObject", "up/{file}")]), "--with-conditions")
    assert found == policy(allow("PutObject", "up/*"))


def test_scopes_cannot_carry_conditions_and_that_is_said() -> None:
    """The official helper's `getPolicy` has no conditions: asked for both, they are not lost without a word."""
    made = json.dumps(config([upload("putObject", "up/{file}", max_size=1000)])).encode()
    code, out, err = call("policy", "minimal", "-", "--with-conditions", "--as", "scopes", stdin=made)
    assert code == 2 or "condition" in err, out


def test_the_smallest_policy_of_the_corpus_form() -> None:
    """One statement, as STS takes it: keys in the documented order, `name/` before actions, six segments."""
    found = minimal(config([upload("postObject", "up/{openid}/{file}")]))
    assert found == {
        "version": "2.0",
        "statement": [
            {
                "effect": "allow",
                "action": ["name/cos:PostObject"],
                "resource": [f"qcs::cos:{REGION}:uid/1250000000:{BUCKET}/up/{{openid}}/*"],
            }
        ],
    }

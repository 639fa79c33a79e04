"""The gates of the key: what its policy and its issuer let through of what is really sent, size by size."""

from __future__ import annotations

from typing import Any

import pytest
from excess.made import (
    BUCKET,
    ROOT,
    Config,
    allow,
    answered,
    config,
    deny,
    findings,
    policy,
    rows,
    rules,
    upload,
)

MIB = 1024 * 1024
PARTS = "ListMultipartUploads InitiateMultipartUpload UploadPart CompleteMultipartUpload"
RESUMED = f"{PARTS} ListParts"
ALL = f"PostObject PutObject {RESUMED}"


#: What a sub-account needs to ask STS for a key at all.
CALL = allow("sts:GetFederationToken", "*")


def seen(made: Config, gate: str = "session") -> dict[tuple[str, str], str]:
    """(action, when) → verdict of each request; a retry must be judged as what it repeats."""
    found: dict[tuple[str, str], str] = {}
    retries = []
    for action, when, verdict in rows(made, gate):
        words = [word for word in when.split(", ") if not word.startswith("retry")]
        row = (action, ", ".join(words) or "always")
        if len(words) < len(when.split(", ")):
            retries.append((row, verdict))
        else:
            found[row] = verdict
    assert found
    assert all(found[row] == verdict for row, verdict in retries)
    return found


def gates(made: Config) -> dict[str, Any]:
    """The gates of the first request."""
    found: dict[str, Any] = answered(made, "trace")[1]["requests"][0]["gates"]
    return found


def put(given_policy: dict[str, Any] | None, **more: Any) -> Config:
    """One putObject under `up/`, of at most 10 bytes unless said otherwise."""
    sizes = more.pop("sizes", {"max_size": 10})
    return config([upload("putObject", "up/{file}", **sizes, **more.pop("upload", {}))], given_policy, **more)


def sized(condition: str, number: int, actions: str = "PutObject") -> dict[str, Any]:
    """An allow under `up/` with a condition on the length."""
    return allow(actions, "up/*", **{condition: {"cos:content-length": number}})


# -- actions -----------------------------------------------------------------------------------------------------------


def test_put_object_alone_does_not_carry_the_default_upload() -> None:
    """`uploadFile` of the Mini Program SDK: small files are PostObject, large ones go in parts; each is named."""
    made = config([upload("uploadFile", "up/{file}")], policy(allow("PutObject", "up/*")))
    large = f"over {MIB}"
    assert seen(made) == {
        ("PostObject", f"up to {MIB}"): "blocked",
        **{(action, large): "blocked" for action in PARTS.split()},
        ("ListParts", f"{large}, resume"): "blocked",
    }
    found = [one for one in findings(made) if one["rule"] == "session-missing-action"]
    assert len(found) == 1
    assert found[0]["severity"] == "high" and found[0]["gate"] == "session"
    for action in ("PostObject", *RESUMED.split()):
        assert action in found[0]["message"]
    assert "AbortMultipartUpload" not in found[0]["message"]
    small, _, rest = found[0]["message"].partition("(up to 1 MiB)")
    assert "PostObject" in small and "UploadPart" in rest and "over 1 MiB" in rest and "resumes" in rest
    assert {one["when"] for one in found[0]["affects"]} >= {f"up to {MIB}", large, f"{large}, resume"}
    assert found[0]["location"]["line"] == 1


@pytest.mark.parametrize("missing", ["PostObject", *RESUMED.split()])
def test_each_action_of_the_default_upload_is_needed(missing: str) -> None:
    """Without one of them exactly its own requests are blocked."""
    made = config([upload("uploadFile", "up/{file}")], policy(allow(ALL.replace(missing, "").strip(), "up/*")))
    assert {action for (action, _), verdict in seen(made).items() if verdict == "blocked"} == {missing}


def test_abort_is_needed_only_where_something_aborts() -> None:
    """Only `abortUploadTask` sends it; a failed upload does not clean up behind itself."""
    without = config([upload("uploadFile", "up/{file}")], policy(allow(ALL, "up/*")))
    assert set(seen(without).values()) == {"pass"}
    assert not any("Abort" in action for action, _ in seen(without))
    both = config([*without["uploads"], upload("abortUploadTask", "up/{file}", "stop")], policy(allow(ALL, "up/*")))
    assert {row for row, verdict in seen(both).items() if verdict == "blocked"} == {("AbortMultipartUpload", "always")}


def test_resuming_takes_list_parts() -> None:
    """Sent only when an earlier upload of the same file is found."""
    made = config([upload("sliceUploadFile", "up/{file}")], policy(allow(PARTS, "up/*")))
    assert seen(made) == {
        **{(action, "always"): "pass" for action in PARTS.split()},
        ("ListParts", "resume"): "blocked",
    }


SHORT = "qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/media/"


def test_sp01_post_object_missing() -> None:
    """cos-wx-sdk-v5 issue 34: wx.uploadFile is PostObject."""
    made = config([upload("postObject", "uploads/a.jpg")], policy(allow("PutObject", f"{SHORT}uploads/*")))
    assert seen(made) == {("PostObject", "always"): "blocked"}
    assert "session-missing-action" in rules(made)
    mended = config(made["uploads"], policy(allow("PutObject PostObject", f"{SHORT}uploads/*")))
    assert seen(mended) == {("PostObject", "always"): "pass"}


def test_sp05_multipart_actions_missing() -> None:
    """The first small file passes, the large one does not."""
    made = config(
        [upload("uploadFile", "uploads/{file}", max_size=9_000_000)],
        policy(allow("PutObject PostObject", f"{SHORT}uploads/*")),
        client={"options": {"SimpleUploadMethod": "putObject", "SliceSize": MIB}},
    )
    found = seen(made)
    assert found.pop(("PutObject", f"up to {MIB}")) == "pass"
    assert {action for action, _ in found} == set(RESUMED.split())
    assert set(found.values()) == {"blocked"}


@pytest.mark.parametrize(
    "name", ["putobject", "PutObjectACL", "Put", "cos:putObject", "cos: PutObject", "ci:PutObject"]
)
def test_names_of_actions_are_compared_as_they_stand(name: str) -> None:
    """Letter case and spaces count."""
    given_policy = policy({**allow("PutObject", "up/*"), "action": [name if ":" in name else f"name/cos:{name}"]})
    assert seen(put(given_policy)) == {("PutObject", "always"): "blocked"}


# -- resources ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "resource", "verdict"),
    [
        ("1.jpg", "test/*", "blocked"),  # SP04
        ("test/a.jpg", "test/", "blocked"),
        ("test/a.jpg", "test", "blocked"),
        ("test/a.jpg", "test/*", "pass"),
        ("test/a/b.jpg", "test/*", "pass"),
        ("test/{file}", "test/a*", "blocked"),
        ("test/{file}", "/test/*", "blocked"),
        ("Test/{file}", "test/*", "blocked"),
        ("test/{file}", "qcs::cos:ap-shanghai:uid/1250000000:media-1250000000/test/*", "blocked"),
        ("test/{file}", "qcs::cos:ap-guangzhou:uid/1259999999:media-1250000000/test/*", "blocked"),
        ("test/{file}", "qcs::cos:ap-guangzhou:uin/1250000000:media-1250000000/test/*", "blocked"),
        ("test/{file}", "qcs::ci:ap-guangzhou:uid/1250000000:media-1250000000/test/*", "blocked"),
        ("test/{file}", "qcs::cos:ap-guangzhou:uid/1250000000:media/test/*", "blocked"),  # SP10
        ("test/{file}", "qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/media/test/*", "pass"),
        ("test/{file}", "qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/media-1250000000/test/*", "blocked"),
        ("test/{file}", "qcs::cos::uid/1250000000:media-1250000000/test/*", "pass"),
        ("test/{file}", "qcs:::::media-1250000000/test/*", "pass"),
        ("test/{file}", "*", "pass"),
        ("a/{openid}/{file}", "a/{openid}/*", "pass"),
        ("a/{openid}/{file}", "a/${openid}/*", "pass"),
        ("a/{openid}/{file}", "a/*", "pass"),
        ("a/{openid}/{file}", "a/${uin}/*", "blocked"),
        ("a/{openid}/{file}", "a/openid/*", "blocked"),
    ],
)
def test_whether_a_resource_holds_every_key(key: str, resource: str, verdict: str) -> None:
    """A pass holds for every key of the template; a refusal for one of them is a refusal."""
    made = config([upload("putObject", key)], policy(allow("PutObject", resource)))
    assert seen(made) == {("PutObject", "always"): verdict}
    assert ("session-missing-resource" in rules(made)) is (verdict == "blocked")


@pytest.mark.parametrize("version", [None, "2012-10-17", "3.0", ""])
def test_a_policy_without_the_one_version_makes_no_key(version: str | None) -> None:
    """STS takes none, whatever it grants."""
    made = put({**OK, "version": version} if version is not None else {"statement": OK["statement"]})
    found = gates(made)["session"]
    assert (
        found["verdict"] == "blocked"
        and found["fact"] == "sts.policy.format"
        and "STS takes no such policy" in found["reason"]
    )
    told = [one for one in findings(made) if one["rule"] == "policy-version"]
    assert [(one["severity"], bool(one["affects"])) for one in told] == [("high", True)]
    assert "session-sts-refuses" not in rules(made)  # told once


@pytest.mark.parametrize(
    "resource", ["qcs:cos:ap-guangzhou:uid/1250000000:b-1250000000/*", "arn:aws:s3:::b/*", ROOT[:20]]
)
def test_one_malformed_resource_makes_no_key(resource: str) -> None:
    """STS looks at the six segments of each resource (ResouceError): the other statements do not help."""
    found = gates(made := put(policy(*OK["statement"], {**allow("GetObject"), "resource": [resource]})))["session"]
    assert (found["verdict"], found["fact"]) == ("blocked", "sts.policy.resource")
    assert "policy-resource-dead" in rules(made)


def test_a_bucket_without_its_appid_leaves_the_key_unknown() -> None:
    """Users report GrantOtherResource for it; no page of the vendor's says so."""
    for resource in ("qcs::cos:ap-guangzhou:uid/1250000000:media/a/*", "qcs::cos:ap-guangzhou::media/a/*"):
        found = gates(made := put(policy(*OK["statement"], allow("GetObject", resource))))["session"]
        assert (found["verdict"], found["settle"]) == ("unknown", {"fact": "cam.resource.bucket-without-appid"})
        assert "policy-resource-dead" in rules(made)


def test_a_misspelt_placeholder_is_named() -> None:
    """`{opneid}` is nobody's: the key has `{openid}`, and the key settles it."""
    made = config([upload("putObject", "up/{openid}/{file}")], policy(allow("PutObject", "up/{opneid}/*")))
    found = gates(made)["session"]
    assert found["verdict"] == "unknown" and found["reason"].endswith("did you mean `{openid}`?")
    assert found["settle"] == {"describe": "uploads[0].key"}


@pytest.mark.parametrize(("declared", "field"), [(True, "uploads[0].key"), (False, "placeholders.tenant")])
def test_what_is_described_already_is_not_asked_for(declared: bool, field: str) -> None:
    """A placeholder of the policy alone: more about it would settle nothing."""
    more = {"placeholders": {"tenant": {"identity": True, "length": 5}}} if declared else {}
    made = config([upload("putObject", "up/{openid}/{file}")], policy(allow("PutObject", "up/{tenant}/*")), **more)
    found = gates(made)["session"]
    assert (found["verdict"], found["settle"]) == ("unknown", {"describe": field})


def test_the_address_is_on_every_request_and_its_value_is_not_known() -> None:
    """A key of every request is there: a plain operator and one with `_if_exist` are unknown alike."""
    for operator in ("ip_equal", "ip_equal_if_exist"):
        found = gates(put(policy(allow("PutObject", "up/*", **{operator: {"qcs:ip": "10.0.0.0/8"}}))))["session"]
        assert found["verdict"] == "unknown" and "the value of qcs:ip is not known" in found["reason"]
    absent = gates(put(policy(allow("PutObject", "up/*", null_equal={"qcs:ip": "true"}))))["session"]
    assert absent["verdict"] == "blocked"


def test_two_accounts_in_a_policy_make_no_key() -> None:
    """Whoever asks, one of them is not his own; with a described issuer it is the issuer's affair."""
    foreign = policy(*OK["statement"], allow("GetObject", "qcs::cos:ap-guangzhou:uid/1259999999:x-1259999999/*"))
    assert gates(put(foreign))["session"]["fact"] == "sts.grant-other"
    assert gates(put(foreign, session={"issuer": {"kind": "root"}}))["session"]["verdict"] == "blocked"
    assert gates(put(foreign, session={"issuer": {"appid": "1250000000"}}))["session"]["verdict"] == "pass"


def test_a_refusal_names_a_key_that_is_refused() -> None:
    """One of the template's keys that the resource leaves out."""
    reason = gates(config([upload("putObject", "test/{file}")], policy(allow("PutObject", "test/a*"))))["session"][
        "reason"
    ]
    assert f"`{ROOT}test/" in reason and "test/a" not in reason


def test_two_statements_together_may_hold_every_key() -> None:
    """`a/x*` and what does not begin with x: only together."""
    made = config(
        [upload("putObject", "a/{file}")],
        policy(allow("PutObject", "a/x*"), allow("PutObject", "a/y*")),
        placeholders={"file": {"alphabet": "[xy]"}},
    )
    assert seen(made) == {("PutObject", "always"): "pass"}
    made["placeholders"] = {"file": {"alphabet": "[xyz]"}}
    assert seen(made) == {("PutObject", "always"): "blocked"}


def test_a_deny_wins() -> None:
    """Wherever it stands; one that hits some of the declared keys is a refusal too, one that hits none is not."""
    for resource, verdict in (("*", "blocked"), ("up/*", "blocked"), ("up/x*", "blocked"), ("down/*", "pass")):
        made = put(policy(deny("PutObject", resource), allow("PutObject", "up/*")))
        made["placeholders"] = {"file": {"alphabet": "[a-z]"}}
        assert seen(made) == {("PutObject", "always"): verdict}, resource
        assert ("session-denied" in rules(made)) is (verdict == "blocked")


OPENID = {"identity": True, "from": "server", "alphabet": "[A-Za-z0-9_-]", "length": 28}
BRIEF = {"identity": True, "from": "server", "alphabet": "[ab]", "length": {"min": 1, "max": 2}}
NAME = {"alphabet": "[A-Za-z0-9._-]"}


@pytest.mark.parametrize(
    ("key", "denied", "placeholders", "verdict"),
    [
        ("users/{openid}/{file}", "users/public/*", {"openid": OPENID}, "pass"),
        ("{openid}/{file}", "private/*", {"openid": OPENID}, "pass"),
        ("{openid}.jpg", "shared/*", {"openid": BRIEF}, "pass"),
        ("{openid}.jpg", "shared*", {"openid": BRIEF}, "pass"),
        ("users/{openid}/{file}", "users/*/private/*", {"openid": OPENID, "file": NAME}, "pass"),
        ("users/{openid}/{file}", "users/*/private/*", {"file": NAME}, "pass"),
        ("users/{openid}/{file}", "users/{openid}/private/*", {"openid": OPENID, "file": NAME}, "pass"),
        ("users/{openid}/{file}", "users/public/*", {}, "openid"),
        ("users/{openid}/{file}", "users/ab/*", {"openid": BRIEF}, "openid"),
        ("users/{tenant}/{openid}/{file}", "users/*/ab/*", {"openid": BRIEF, "tenant": OPENID, "file": NAME}, "openid"),
        ("users/{openid}/{file}", "users/{openid}/private/*", {"openid": OPENID}, "file"),
        ("users/{openid}/{file}", "*.exe", {"openid": OPENID}, "file"),
        ("users/{openid}/{file}", "*.exe", {"openid": OPENID, "file": NAME}, "blocked"),
        ("users/{openid}/{file}", "users/*", {"openid": OPENID}, "blocked"),
        ("users/{openid}/{file}", "users/{openid}/*", {}, "blocked"),
    ],
)
def test_a_deny_of_some_users_or_names(key: str, denied: str, placeholders: dict[str, Any], verdict: str) -> None:
    """What a declared form cannot be is no refusal; what it may be is one for whoever it is: settled by the form."""
    statements = policy(allow("PutObject", key.partition("{")[0] + "*"), deny("PutObject", denied))
    made = config([upload("putObject", key, max_size=10)], statements, placeholders=placeholders)
    if verdict in ("pass", "blocked"):
        assert seen(made) == {("PutObject", "always"): verdict}
        return
    assert seen(made) == {("PutObject", "always"): "unknown"}
    told = gates(made)["session"]
    assert told["settle"] == {"describe": f"placeholders.{verdict}"}
    assert f"statement 2 denies it for some values of `{{{verdict}}}`" in told["reason"]


@pytest.mark.parametrize(
    ("source", "resource", "verdict"),
    [
        ("server", "up/{name}", "pass"),
        ("server", "up/{name}.jpg", "blocked"),
        ("server", "up/{name}*", "pass"),
        ("client", "up/{name}", "pass"),
    ],
)
def test_a_name_that_stands_in_policy_and_key_is_one_name(source: str, resource: str, verdict: str) -> None:
    """The vendor's way of an exact key: who signs the policy puts the name into both."""
    name = {"identity": False, "from": source, "alphabet": "[a-z0-9]", "length": 32}
    made = config(
        [upload("putObject", "up/{name}", max_size=10)],
        policy(allow("PutObject", resource)),
        placeholders={"name": name},
    )
    assert seen(made) == {("PutObject", "always"): verdict}
    assert "session-cross-user-write" not in rules(made)


@pytest.mark.parametrize(
    ("resources", "key", "fact"),
    [
        (["a/*/x"], "a/{file}/x", "middle-wildcard"),
        (["a/*/x", "a/*"], "a/{file}/x", None),
        (["a/*/x", "b/*"], "b/{file}", None),
        (["qcs::cos:ap-guangzhou:uid/*:media-1250000000/a/*"], "a/{file}", "account-wildcard"),
        (["qcs::cos:ap-guangzhou:uid/*:media-1250000000/*", "a/*"], "a/{file}", None),
        (["qcs::cos:*:uid/1250000000:media-1250000000/a/*"], "a/{file}", None),
        (["*"], "a/{file}", None),
        (["qcs::cos:ap-guangzhou:uid/1250000000:*/a/*"], "a/{file}", "middle-wildcard"),
    ],
)
def test_a_pass_that_rests_on_a_form_of_no_page_is_nobodys(resources: list[str], key: str, fact: str | None) -> None:
    """Unknown where no other resource lets it through; a `*` for the region is reported to work."""
    made = config([upload("putObject", key, max_size=10)], policy(allow("PutObject", *resources)))
    assert seen(made) == {("PutObject", "always"): "pass" if fact is None else "unknown"}
    code, report = answered(made, "check")
    assert code == (1 if any(one["severity"] in ("critical", "high", "medium") for one in report["findings"]) else 0)
    if fact is not None:
        assert gates(made)["session"]["settle"] == {"fact": f"cam.resource.{fact}"}


def test_an_effect_in_capitals_is_nobodys() -> None:
    """Whether it is taken, or the whole policy refused, stands on no page; what is denied stays that."""
    made = put(policy({**allow("PutObject", "up/*"), "effect": "ALLOW"}, allow("PutObject", "up/*")))
    assert seen(made) == {("PutObject", "always"): "unknown"}
    assert gates(made)["session"]["settle"] == {"fact": "cam.effect.capitals"}
    elsewhere = put(policy({**allow("PutObject", "down/*"), "effect": "ALLOW"}))
    assert seen(elsewhere) == {("PutObject", "always"): "blocked"}


def test_uploads_of_one_session_are_judged_each() -> None:
    """One policy, two uploads: what one needs does not help the other."""
    uploads = [upload("putObject", "a/{file}", "first"), upload("postObject", "b/{file}", "second")]
    made = config(uploads, policy(allow("PutObject", "a/*", "b/*"), allow("PostObject", "a/*")))
    assert seen(made) == {("PutObject", "always"): "pass", ("PostObject", "always"): "blocked"}
    found = [one for one in findings(made) if one["rule"] == "session-missing-resource"]
    assert [{row["flow"] for row in one["affects"]} for one in found] == [{"second"}]


# -- sizes -------------------------------------------------------------------------------------------------------------


def test_sp08_a_limit_splits_the_request_where_it_bites() -> None:
    """One row a range, each of them sure."""
    made = put(policy(sized("numeric_less_than_equal", 10 * MIB)), sizes={"max_size": "20MiB"})
    assert seen(made) == {("PutObject", f"up to {10 * MIB}"): "pass", ("PutObject", f"over {10 * MIB}"): "blocked"}
    assert answered(made, "check")[0] == 1


@pytest.mark.parametrize(
    ("operator", "number", "expected"),
    [
        ("numeric_less_than", 100, {("up to 99", "pass"), ("over 99", "blocked")}),
        ("numeric_less_than_equal", 100, {("up to 100", "pass"), ("over 100", "blocked")}),
        ("numeric_greater_than", 100, {("up to 100", "blocked"), ("over 100", "pass")}),
        ("numeric_greater_than_equal", 100, {("up to 99", "blocked"), ("over 99", "pass")}),
        ("numeric_equal", 100, {("up to 99", "blocked"), ("over 99, up to 100", "pass"), ("over 100", "blocked")}),
        ("numeric_not_equal", 100, {("up to 99", "pass"), ("over 99, up to 100", "blocked"), ("over 100", "pass")}),
        ("numeric_less_than_equal", 1000, {("always", "pass")}),
        ("numeric_greater_than", 0, {("always", "pass")}),
        ("numeric_less_than_equal_if_exist", 100, {("up to 100", "pass"), ("over 100", "blocked")}),
    ],
)
def test_each_operator_on_the_length_splits_at_its_number(
    operator: str, number: int, expected: set[tuple[str, str]]
) -> None:
    """Sizes 1 to 1000, byte for byte."""
    made = put(policy(sized(operator, number)), sizes={"max_size": 1000})
    assert {(when, verdict) for (_, when), verdict in seen(made).items()} == expected


@pytest.mark.parametrize("size", [1, 99, 100, 101, 1000])
def test_a_split_agrees_with_single_sizes(size: int) -> None:
    """The row that holds a size says the same as a description of that size alone."""
    given_policy = policy(sized("numeric_less_than_equal", 100))
    alone = seen(put(given_policy, sizes={"min_size": size, "max_size": size}))
    assert alone == {("PutObject", "always"): "pass" if size <= 100 else "blocked"}


def test_a_deny_by_size_splits_too() -> None:
    """What is larger is denied."""
    large = deny("PutObject", "up/*", numeric_greater_than={"cos:content-length": 100})
    made = put(policy(allow("PutObject", "up/*"), large), sizes={"max_size": 1000})
    assert seen(made) == {("PutObject", "up to 100"): "pass", ("PutObject", "over 100"): "blocked"}


def test_without_a_largest_size_a_limit_is_unknown_and_says_what_settles_it() -> None:
    """`max_size` is asked for, and the exit code is 3; described, it is sure."""
    given_policy = policy(sized("numeric_less_than_equal", 10 * MIB))
    made = put(given_policy, sizes={})
    assert seen(made) == {("PutObject", f"up to {10 * MIB}"): "pass", ("PutObject", f"over {10 * MIB}"): "unknown"}
    code, found = answered(made, "check")
    assert code == 3
    asked = [(one["gate"], one["settle"]) for one in found["unknown"]]
    assert asked == [(gate, {"describe": "uploads[0].max_size"}) for gate in ("session", "object")]
    assert seen(put(given_policy, sizes={"max_size": "10MiB"})) == {("PutObject", "always"): "pass"}
    assert answered(put(given_policy, sizes={"max_size": "10MiB"}), "check")[0] == 0


def test_without_a_largest_size_nothing_is_called_blocked_for_its_size() -> None:
    """Two limits, or the two ends of a form's overhead: between them it is unknown as beyond them."""
    two = policy(
        sized("numeric_less_than_equal", 100), deny("PutObject", "*", numeric_greater_than={"cos:content-length": 200})
    )
    assert set(seen(put(two, sizes={})).values()) == {"pass", "unknown"}
    form = config([upload("postObject", "up/{file}")], policy(sized("numeric_less_than_equal", 10 * MIB, "PostObject")))
    assert set(seen(form).values()) == {"pass", "unknown"}
    assert answered(form, "check")[0] == 3


def test_a_smallest_size_over_the_limit_is_blocked_whatever_the_largest_is() -> None:
    """It is not asked for what would change nothing."""
    made = put(policy(sized("numeric_less_than_equal", 100)), sizes={"min_size": 101})
    assert seen(made) == {("PutObject", "always"): "blocked"}
    assert [one["gate"] for one in answered(made, "check")[1]["unknown"]] == ["object"]


def test_sp07_a_size_condition_on_a_download() -> None:
    """A GET has no Content-Length, so the allow grants nothing, however large the object is."""
    made = config([upload("getObject", "up/{file}")], policy(sized("numeric_less_than", 10, "GetObject")))
    assert seen(made) == {("GetObject", "always"): "blocked"}
    assert answered(made, "check")[1]["unknown"] == []


def test_a_form_is_larger_than_its_file_by_what_nobody_says() -> None:
    """Boundaries and fields add up to 16 KiB: sure below and above, and a fact of nobody's in between."""
    limit = 10 * MIB
    made = config(
        [upload("postObject", "up/{file}", max_size="20MiB")],
        policy(sized("numeric_less_than_equal", limit, "PostObject")),
    )
    found = seen(made)
    assert sorted(found.values()) == ["blocked", "pass", "unknown"]
    assert found[("PostObject", f"over {limit - 1}")] == "blocked"
    code, told = answered(made, "check")
    assert code == 1
    assert [one["settle"] for one in told["unknown"]] == [{"fact": "cam.condition.content-length-form"}]


def test_numbers_in_reasons_are_written_out() -> None:
    """`1.04694e+07 bytes` helps nobody."""
    made = config(
        [upload("postObject", "up/{file}", max_size="20MiB")],
        policy(sized("numeric_less_than_equal", 10 * MIB, "PostObject")),
    )
    reasons = [one["gates"]["session"]["reason"] for one in answered(made, "trace")[1]["requests"]]
    assert any("cos:content-length" in one for one in reasons)
    assert not any("e+" in one for one in reasons)


@pytest.mark.parametrize("operation", ["sliceUploadFile", "uploadFile"])
def test_a_limit_is_of_each_part(operation: str) -> None:
    """Parts have 1 MiB: a limit above lets any size through, one below stops every file that has a full part."""
    given_policy = policy(
        allow(ALL.replace("UploadPart ", ""), "up/*"), sized("numeric_less_than_equal", MIB, "UploadPart")
    )
    made = config([upload(operation, "up/{file}", max_size="20MiB")], given_policy)
    assert set(seen(made).values()) == {"pass"}
    given_policy["statement"][1] = sized("numeric_less_than_equal", 1024, "UploadPart")
    found = seen(config(made["uploads"], given_policy))
    assert {verdict for (action, _), verdict in found.items() if action != "UploadPart"} == {"pass"}
    parts = {when: verdict for (action, when), verdict in found.items() if action == "UploadPart"}
    if operation == "uploadFile":
        assert parts == {f"over {MIB}": "blocked"}
    else:
        assert parts == {"up to 1024": "pass", "over 1024": "blocked"}


def test_a_smallest_length_stops_requests_without_a_body() -> None:
    """InitiateMultipartUpload is sent with Content-Length 0, the lists without any."""
    made = config(
        [upload("sliceUploadFile", "up/{file}", max_size="20MiB")],
        policy(sized("numeric_greater_than_equal", 1, RESUMED)),
    )
    assert {action for (action, _), verdict in seen(made).items() if verdict == "blocked"} == {
        "ListMultipartUploads",
        "InitiateMultipartUpload",
        "ListParts",
    }


# -- other conditions --------------------------------------------------------------------------------------------------


def test_sp06_conditions_that_only_the_first_request_meets() -> None:
    """cos-js-sdk-v5 issue 218: parts carry neither the type nor the ACL."""
    limits = {
        "numeric_less_than_equal": {"cos:content-length": 10 * MIB},
        "string_like": {"cos:content-type": "image/*"},
        "string_equal": {"cos:x-cos-acl": "private"},
    }
    carried: dict[str, Any] = {"content_type": "image/png", "headers": {"x-cos-acl": "private"}, "max_size": "20MiB"}
    made = config(
        [upload("uploadFile", "up/{file}", **carried)],
        policy(allow(ALL, "up/*", **limits)),
        client={"options": {"SimpleUploadMethod": "putObject"}},
    )
    found = seen(made)
    assert {action for (action, _), verdict in found.items() if verdict == "pass"} == {
        "PutObject",
        "InitiateMultipartUpload",
    }
    assert set(found.values()) == {"pass", "blocked"}
    assert "session-condition-fails" in rules(made)
    split = policy(
        allow("PutObject InitiateMultipartUpload", "up/*", **limits),
        allow("ListMultipartUploads UploadPart CompleteMultipartUpload ListParts", "up/*"),
    )
    assert set(seen({**made, "sessions": [{"name": "key", "policy": split}]}).values()) == {"pass"}


@pytest.mark.parametrize("operator", ["numeric_equal", "numeric_not_equal", "numeric_less_than"])
def test_sp15_a_key_with_an_underscore_is_never_met(operator: str) -> None:
    """`cos:content_length` does not exist: an allow fails closed, a deny never fires; `_if_exist` passes."""
    misspelt = {operator: {"cos:content_length": 5}}
    made = put(policy(allow("PutObject", "up/*", **misspelt)))
    assert seen(made) == {("PutObject", "always"): "blocked"}
    assert {"policy-unknown-key", "session-condition-fails"} <= rules(made)
    open_ = put(policy(allow("PutObject", "up/*"), deny("PutObject", "up/*", **misspelt)))
    assert seen(open_) == {("PutObject", "always"): "pass"}
    assert "policy-unknown-key" in rules(open_)
    maybe = {f"{operator}_if_exist": {"cos:content_length": 5}}
    assert seen(put(policy(allow("PutObject", "up/*", **maybe)))) == {("PutObject", "always"): "pass"}


@pytest.mark.parametrize(
    ("condition", "content_type", "verdict"),
    [
        ({"string_like": {"cos:content-type": "image/*"}}, "image/png", "pass"),
        ({"string_like": {"cos:content-type": "image/*"}}, "text/html", "blocked"),
        ({"string_equal": {"cos:content-type": ["image/png", "image/jpeg"]}}, "image/jpeg", "pass"),
        ({"string_equal": {"cos:content-type": "image/PNG"}}, "image/png", "blocked"),
        ({"string_equal_ignore_case": {"cos:content-type": "image/PNG"}}, "image/png", "pass"),
        ({"string_not_equal": {"cos:content-type": "text/html"}}, "image/png", "pass"),
        ({"string_like_if_exist": {"cos:content-type": "image/*"}}, "text/html", "blocked"),
    ],
)
def test_a_condition_on_the_type_of_a_put(condition: dict[str, Any], content_type: str, verdict: str) -> None:
    """The header that the client sets."""
    made = put(policy(allow("PutObject", "up/*", **condition)), upload={"content_type": content_type})
    assert seen(made) == {("PutObject", "always"): verdict}


def test_a_type_that_is_not_described_is_asked_for() -> None:
    """Two values of `content_type` would give two verdicts."""
    made = put(policy(allow("PutObject", "up/*", string_like={"cos:content-type": "image/*"})))
    assert seen(made) == {("PutObject", "always"): "unknown"}
    code, found = answered(made, "check")
    assert code == 3
    assert [one["settle"] for one in found["unknown"]] == [{"describe": "uploads[0].content_type"}]


def test_which_type_a_form_has_is_nobodys() -> None:
    """Header or field: no document says which of them the key reads."""
    made = config(
        [upload("postObject", "up/{file}", content_type="image/png", max_size=10)],
        policy(allow("PostObject", "up/*", string_like={"cos:content-type": "image/*"})),
    )
    assert seen(made) == {("PostObject", "always"): "unknown"}
    code, found = answered(made, "check")
    assert code == 0
    assert [one["settle"] for one in found["unknown"]] == [{"fact": "cam.condition.content-type-form"}]
    both = policy(allow("PostObject", "up/*", string_like={"cos:content-type": ["image/*", "multipart/*"]}))
    assert seen(config(made["uploads"], both)) == {("PostObject", "always"): "pass"}


@pytest.mark.parametrize(
    ("statements", "headers", "verdict"),
    [
        ([allow("PutObject", "up/*", string_equal={"cos:x-cos-acl": "private"})], {"x-cos-acl": "private"}, "pass"),
        (
            [allow("PutObject", "up/*", string_equal={"cos:x-cos-acl": "private"})],
            {"x-cos-acl": "public-read"},
            "blocked",
        ),
        ([allow("PutObject", "up/*", string_equal={"cos:x-cos-acl": "private"})], {}, "blocked"),
        ([allow("PutObject", "up/*", string_equal_if_exist={"cos:x-cos-acl": "private"})], {}, "pass"),
        (
            [allow("PutObject", "up/*", string_equal_if_exist={"cos:x-cos-acl": "private"})],
            {"x-cos-acl": "public-read"},
            "blocked",
        ),
        (
            [
                allow("PutObject", "up/*"),
                deny("PutObject", "*", string_not_equal_if_exist={"cos:x-cos-acl": "private"}),
            ],
            {},
            "blocked",
        ),
        (
            [allow("PutObject", "up/*"), deny("PutObject", "*", string_not_equal={"cos:x-cos-acl": "private"})],
            {},
            "pass",
        ),
        ([allow("PutObject", "up/*", null_equal={"cos:x-cos-acl": True})], {}, "pass"),
        ([allow("PutObject", "up/*", null_equal={"cos:x-cos-acl": "true"})], {"X-Cos-Acl": "private"}, "blocked"),
        (
            [allow("PutObject", "up/*", string_equal={"cos:x-cos-storage-class": "STANDARD"})],
            {"x-cos-storage-class": "STANDARD"},
            "pass",
        ),
        (
            [allow("PutObject", "up/*", string_equal={"cos:x-cos-forbid-overwrite": "true"})],
            {"x-cos-forbid-overwrite": "true"},
            "pass",
        ),
    ],
)
def test_conditions_on_headers(statements: list[dict[str, Any]], headers: dict[str, str], verdict: str) -> None:
    """What the client sets, and nothing where it sets nothing."""
    assert seen(put(policy(*statements), upload={"headers": headers})) == {("PutObject", "always"): verdict}


SECURE = policy(allow("PutObject", "up/*", bool_equal={"cos:secure-transport": "true"}))


@pytest.mark.parametrize(
    ("sdk", "client", "verdict"),
    [
        ("cos-wx-sdk-v5@1.8.0", {}, "pass"),
        ("cos-wx-sdk-v5@1.8.0", {"options": {"Protocol": "http:"}}, "pass"),  # https all the same
        ("none", {}, "pass"),
        ("none", {"url": "http://{bucket}.cos.{region}.myqcloud.com"}, "blocked"),
    ],
)
def test_https_alone(sdk: str, client: dict[str, Any], verdict: str) -> None:
    """What is really sent decides, not the option's name."""
    assert seen(put(SECURE, sdk=sdk, client=client)) == {("PutObject", "always"): verdict}
    denied = policy(allow("PutObject", "up/*"), deny("*", "*", bool_equal={"cos:secure-transport": "false"}))
    assert seen(put(denied, sdk=sdk, client=client)) == {("PutObject", "always"): verdict}


def test_an_address_of_the_phone_is_nobodys() -> None:
    """Any phone may be anywhere; a VPC it is never in."""
    made = put(policy(allow("PutObject", "up/*", ip_equal={"qcs:ip": "10.0.0.0/8"})))
    assert set(seen(made).values()) == {"unknown"}
    made = put(policy(allow("PutObject", "up/*", string_equal={"vpc:requester_vpc": "vpc-1"})))
    assert set(seen(made).values()) == {"blocked"}


def test_an_operator_that_no_page_knows_is_unknown() -> None:
    """AWS's `StringLike`: what STS makes of it nobody says, and a fact settles it, not a field."""
    made = put(policy(allow("PutObject", "up/*", StringLike={"cos:content-type": "*"})))
    assert seen(made) == {("PutObject", "always"): "unknown"}
    assert [one["settle"] for one in answered(made, "check")[1]["unknown"]] == [
        {"fact": "cam.condition.unknown-operator"}
    ]


# -- who signs, and what STS gives -------------------------------------------------------------------------------------

OTHER = policy(allow("PutObject", "down/*"))
OK = policy(allow("PutObject", "up/*"))


@pytest.mark.parametrize(
    ("upload_fields", "session", "verdict"),
    [
        ({}, True, "blocked"),
        ({"signer": "client"}, True, "blocked"),
        ({"signer": "server"}, True, "blocked"),
        ({"signer": "server", "signature": {"key": "temporary"}}, True, "blocked"),
        ({"signer": "server", "signature": {"key": "permanent"}}, True, "not-applicable"),
        ({"signer": "server"}, False, "not-applicable"),
        ({"signer": "none"}, False, "not-applicable"),
        ({}, False, "not-described"),
        ({"signer": "client"}, False, "not-described"),
        ({"signer": "server", "signature": {"key": "temporary"}}, False, "not-described"),
    ],
)
def test_only_temporary_keys_have_a_session_policy(upload_fields: dict[str, Any], session: bool, verdict: str) -> None:
    """A permanent key and an anonymous request have none; where nothing is said, that is said."""
    row = {**upload("putObject", "up/{file}"), **upload_fields}
    if not session:
        del row["session"]
    found = gates(config([row], OTHER))
    assert found["session"]["verdict"] == verdict
    assert found["issuer"]["verdict"] == ("not-described" if verdict == "blocked" else verdict)
    if verdict == "not-described":
        assert found["session"]["missing"] == "uploads[0].session"


def test_a_session_without_a_policy_is_not_described() -> None:
    """Never a pass."""
    found = gates(config([upload("putObject", "up/{file}")]))["session"]
    assert (found["verdict"], found["missing"]) == ("not-described", "sessions[0].policy")


@pytest.mark.parametrize(
    ("api", "kind", "longest"),
    [
        ("GetFederationToken", "root", 7200),
        ("GetFederationToken", "sub-account", 129600),
        ("AssumeRole", None, 43200),
        ("AssumeRole", "root", 43200),
        ("AssumeRole", "sub-account", 43200),
        ("AssumeRole", "role", 43200),
    ],
)
def test_sts_gives_no_longer_life(api: str, kind: str | None, longest: int) -> None:
    """By API and by who asks; the last second passes, the next is refused, and then no key is made."""
    issuer = {"issuer": {"kind": kind}} if kind else {}
    for duration, verdict in ((longest, "pass"), (longest + 1, "blocked")):
        made = put(OK, session={"api": api, "duration": duration, **issuer})
        assert seen(made) == {("PutObject", "always"): verdict}
        assert ("session-sts-refuses" in rules(made)) is (verdict == "blocked")


def test_a_life_that_hangs_on_who_asks_is_asked_for() -> None:
    """7,200 seconds for a root key, 129,600 for a sub-account's: between them the kind settles it."""
    for duration, verdict in ((7200, "pass"), (7201, "unknown"), (129600, "unknown"), (129601, "blocked")):
        made = put(OK, session={"duration": duration})
        assert seen(made) == {("PutObject", "always"): verdict}
        if verdict == "unknown":
            code, found = answered(made, "check")
            assert code == 3
            assert [one["settle"] for one in found["unknown"]] == [{"describe": "sessions[0].issuer.kind"}]


@pytest.mark.parametrize(("api", "default"), [("GetFederationToken", 1800), ("AssumeRole", 7200)])
def test_a_life_beyond_the_default_is_told(api: str, default: int) -> None:
    """Low; the default itself is nothing."""
    for duration, told in ((default, False), (default + 1, True)):
        made = put(OK, session={"api": api, "duration": duration})
        assert ("session-duration-long" in rules(made)) is told


# -- the issuer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issuer", "verdict"),
    [
        (None, "not-described"),
        ({"kind": "root"}, "pass"),
        ({"kind": "root", "appid": "1250000000"}, "pass"),
        ({"kind": "root", "appid": "1259999999"}, "blocked"),
        ({"appid": "1259999999"}, "blocked"),
        ({"kind": "sub-account"}, "not-described"),
        ({"kind": "sub-account", "policy": policy(CALL, allow("PutObject", "*"))}, "pass"),
        ({"kind": "sub-account", "policy": policy(CALL, allow("PutObject", "up/*"))}, "pass"),
        ({"kind": "sub-account", "policy": policy(CALL, allow("GetObject", "*"))}, "blocked"),
        ({"kind": "sub-account", "policy": policy(CALL, allow("PutObject", "up/a*"))}, "blocked"),
        ({"kind": "sub-account", "policy": policy(allow("PutObject", "*"))}, "blocked"),  # no permission to call STS
        ({"kind": "sub-account", "policy": policy(allow("*", "*"), deny("sts:*", "*"))}, "blocked"),
        ({"kind": "sub-account", "policy": policy(allow("sts:AssumeRole", "*"), allow("PutObject", "*"))}, "blocked"),
        ({"kind": "sub-account", "policy": policy(allow("sts:Get*", "a"), allow("PutObject", "*"))}, "unknown"),
        ({"kind": "root", "policy": policy(allow("PutObject", "*"))}, "pass"),
        ({"kind": "sub-account", "policy": policy(allow("*", "*"), deny("PutObject", "*"))}, "blocked"),
        ({"kind": "sub-account", "policy": policy(allow("*", "*")), "appid": "1259999999"}, "blocked"),
        ({"kind": "role", "policy": policy(allow("*", "*"))}, "blocked"),  # its keys are temporary themselves
    ],
)
def test_a_key_never_exceeds_its_issuer(issuer: dict[str, Any] | None, verdict: str) -> None:
    """The issuer's own rights are intersected; another account's bucket is refused by STS."""
    made = put(OK, session={"issuer": issuer} if issuer is not None else {})
    found = gates(made)
    assert found["session"]["verdict"] == "pass"
    assert found["issuer"]["verdict"] == verdict
    assert bool(rules(made) & {"issuer-refuses", "issuer-refused-by-sts"}) is (verdict == "blocked")
    if verdict == "not-described":
        assert found["issuer"]["missing"] == ("sessions[0].issuer.policy" if issuer else "sessions[0].issuer")


def test_what_sts_refuses_of_an_issuer_says_why() -> None:
    """No permission for the call, and a resource of another account that no upload asks for."""
    issuer = {"kind": "sub-account", "appid": "1250000000", "policy": policy(allow("PutObject", "*"))}
    assert "UnauthorizedOperation" in gates(put(OK, session={"issuer": issuer}))["issuer"]["reason"]
    foreign = policy(*OK["statement"], allow("GetObject", "qcs::cos:ap-guangzhou:uid/1259999999:x-1259999999/*"))
    found = gates(put(foreign, session={"issuer": {"kind": "sub-account", "appid": "1250000000"}}))
    assert (found["session"]["verdict"], found["issuer"]["verdict"]) == ("pass", "blocked")
    assert "`uid/1259999999`" in found["issuer"]["reason"] and "GrantOtherResource" in found["issuer"]["reason"]


@pytest.mark.parametrize("resource", ["qcs::iam::uin/1:roleName/upload", "*"])
def test_assuming_a_role_may_be_granted_on_the_role(resource: str) -> None:
    """The role is the resource of AssumeRole, and is not described."""
    issuer = {"kind": "sub-account", "policy": policy(allow("sts:AssumeRole", resource), allow("PutObject", "*"))}
    assert gates(put(OK, session={"api": "AssumeRole", "issuer": issuer}))["issuer"]["verdict"] == "pass"


def test_a_role_assumes() -> None:
    """With AssumeRole the same issuer is in order."""
    role = {"api": "AssumeRole", "issuer": {"kind": "role", "policy": policy(allow("cos:*", "*"))}}
    assert gates(put(OK, session=role))["issuer"]["verdict"] == "pass"


def test_the_gates_are_judged_apart() -> None:
    """What the issuer may do does not mend what the session policy lacks, nor the other way round."""
    wide = {"issuer": {"kind": "sub-account", "policy": policy(allow("*", "*"))}}
    found = gates(put(OTHER, session=wide))
    assert (found["session"]["verdict"], found["issuer"]["verdict"]) == ("blocked", "pass")


def test_a_limit_of_the_issuer_splits_too() -> None:
    """Sizes are split at the numbers of both policies."""
    issuer = {"issuer": {"kind": "sub-account", "policy": policy(CALL, sized("numeric_less_than_equal", 200))}}
    made = put(policy(sized("numeric_less_than_equal", 100)), sizes={"max_size": 300}, session=issuer)
    assert seen(made) == {
        ("PutObject", "up to 100"): "pass",
        ("PutObject", "over 100, up to 200"): "blocked",
        ("PutObject", "over 200"): "blocked",
    }
    assert seen(made, "issuer") == {
        ("PutObject", "up to 100"): "pass",
        ("PutObject", "over 100, up to 200"): "pass",
        ("PutObject", "over 200"): "blocked",
    }


def test_a_listing_is_authorised_on_its_prefix() -> None:
    """`<bucket>/<prefix>`: the prefix asked for is the resource, for lists of objects and of uploads."""
    everything = f"qcs::cos:::{BUCKET}/*"
    for resource, verdict in (("up/*", "pass"), ("up/x*", "blocked"), ("", "blocked"), (everything, "pass")):
        made = config([upload("getBucket", "up/")], policy(allow("GetBucket", resource)))
        assert seen(made) == {("GetBucket", "always"): verdict}, resource

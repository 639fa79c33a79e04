"""The gate bucket: who gets in by ACL, policy and referer rules, and which field is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from excess.made import BUCKET, REGION, ROOT, allow, deny, policy
from support import call

ANYONE, ANONYMOUS = "qcs::cam::anyone:anyone", "qcs::cam::anonymous:anonymous"
OWNER, USER, COLLEAGUE = (f"qcs::cam::uin/100:uin/{number}" for number in (100, 101, 102))
PARTNER = "qcs::cam::uin/200:uin/200"
APPID = "wx0123456789abcdef"
NO_REFERER = {"type": "deny", "domains": [], "empty": "allow"}


def to(who: str | None, row: dict[str, Any]) -> dict[str, Any]:
    """A statement for somebody."""
    return row if who is None else {**row, "principal": {"qcs": [who]}}


def gate(
    bucket: dict[str, Any],
    operation: str = "getObject",
    *,
    signer: str | None = "none",
    issuer: dict[str, Any] | None = None,
    client: dict[str, Any] | None = None,
    others: tuple[dict[str, Any], ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """What the gate says of one download or upload: of `photos/a.jpg`, without a signature or with a key."""
    kind = "uploads" if operation in ("putObject", "postObject") else "downloads"
    flow = {"name": "x", "client": "c", "bucket": BUCKET, "operation": operation, "key": "photos/a.jpg", **more}
    made: dict[str, Any] = {
        "version": 1,
        "buckets": [{"name": BUCKET, "region": REGION, **bucket}],
        "clients": [{"name": "c", "platform": "wechat-miniprogram", "appid": APPID, **(client or {})}],
        "uploads": list(others),
    }
    if signer is None:
        session = {"name": "k", "policy": policy(allow("*", "*"))}
        made["sessions"] = [session if issuer is None else {**session, "issuer": issuer}]
        flow["session"] = "k"
    else:
        flow["signer"] = signer
    made[kind] = [*made.get(kind, ()), flow]
    code, out, err = call("trace", "-", "x", "--format", "json", stdin=json.dumps(made).encode())
    assert code in (0, 3), err
    rows = [row["gates"]["bucket"] for row in json.loads(out)["requests"]]
    assert all(row == rows[0] for row in rows), rows
    found: dict[str, Any] = rows[0]
    return found


def verdict(*given: Any, **more: Any) -> str:
    """Only the word."""
    word: str = gate(*given, **more)["verdict"]
    return word


# -- without a signature -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("acl", "read", "write", "listed"),
    [
        ("private", "blocked", "blocked", "blocked"),
        ("public-read", "pass", "blocked", "pass"),
        ("public-read-write", "pass", "pass", "pass"),
        ("authenticated-read", "blocked", "blocked", "blocked"),
        ({"grants": [{"to": "AllUsers", "permission": "WRITE"}]}, "blocked", "pass", "blocked"),
        ({"grants": [{"to": "100", "permission": "FULL_CONTROL"}]}, "blocked", "blocked", "blocked"),
    ],
)
def test_an_acl_lets_everybody_in_or_not(acl: Any, read: str, write: str, listed: str) -> None:
    """436/30583; a public-read bucket shows the list of its files too."""
    bucket = {"acl": acl, "policy": {}, "referer": NO_REFERER}
    assert [verdict(bucket, name) for name in ("getObject", "putObject", "getBucket")] == [read, write, listed]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([to(ANYONE, allow("GetObject", "photos/*"))], "pass"),
        ([to(ANONYMOUS, allow("GetObject", "photos/*"))], "pass"),
        ([to(ANYONE, allow("GetObject", "public/*"))], "blocked"),
        ([to(ANYONE, allow("PutObject", "photos/*"))], "blocked"),
        ([to(USER, allow("GetObject", "photos/*"))], "blocked"),
        ([to("*", allow("GetObject", "photos/*"))], "unknown"),
        ([to(None, allow("GetObject", "photos/*"))], "unknown"),
        ([to(ANYONE, allow("GetObject", "*")), to(ANONYMOUS, deny("GetObject", "photos/*"))], "blocked"),
        ([to(ANYONE, allow("GetObject", "*")), to(USER, deny("GetObject", "photos/*"))], "pass"),
        ([to(ANYONE, allow("GetObject", "*", bool_equal={"cos:secure-transport": "true"}))], "pass"),
        ([to(ANYONE, allow("GetObject", "*", bool_equal={"cos:secure-transport": "false"}))], "blocked"),
        ([to(ANYONE, allow("GetObject", "*", ip_equal={"qcs:ip": "192.0.2.0/24"}))], "unknown"),
        ([to(ANYONE, allow("GetObject", "*", string_equal={"vpc:requester_vpc": "vpc-1"}))], "blocked"),
    ],
)
def test_a_policy_lets_everybody_in_though_the_acl_is_private(rows: list[dict[str, Any]], expected: str) -> None:
    """436/35240: either may allow; principals, keys and conditions count."""
    assert verdict({"acl": "private", "policy": policy(*rows), "referer": NO_REFERER}) == expected


def test_a_deny_closes_what_the_acl_opens() -> None:
    """The remedy of the vendor's page of questions: files stay readable, the list is closed."""
    rows = policy(to(ANYONE, deny("GetBucket GetBucketObjectVersions", "*")))
    bucket = {"acl": "public-read", "policy": rows, "referer": NO_REFERER}
    assert (verdict(bucket, "getObject"), verdict(bucket, "getBucket")) == ("pass", "blocked")


def test_an_object_may_have_an_acl_of_its_own() -> None:
    """An upload of the same key that sends one is believed; else objects are taken to inherit, and that is said."""
    bucket = {"acl": "private", "policy": {}, "referer": NO_REFERER}
    upload = {"name": "up", "client": "c", "bucket": BUCKET, "operation": "putObject", "key": "photos/a.jpg"}
    published = {**upload, "headers": {"x-cos-acl": "public-read"}}
    assert verdict(bucket, others=(published,)) == "pass"
    assert verdict(bucket, others=(upload,)) == "blocked"
    assert verdict(bucket, others=({**published, "key": "photos/b.jpg"},)) == "blocked"
    assert "no ACL of their own" in gate({**bucket, "acl": "public-read"})["reason"]


# -- with a key --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issuer", "who", "expected"),
    [
        ({"principal": USER}, USER, "blocked"),
        ({"principal": USER}, COLLEAGUE, "pass"),
        ({"principal": USER}, OWNER, "unknown"),
        ({"principal": OWNER}, OWNER, "blocked"),
        ({"kind": "root"}, USER, "pass"),
        ({"kind": "root"}, OWNER, "unknown"),
        ({"kind": "sub-account"}, USER, "unknown"),
        ({"kind": "role"}, USER, "pass"),
        (None, USER, "unknown"),
        (None, ANYONE, "unknown"),
        (None, ANONYMOUS, "pass"),
        ({"principal": USER}, "qcs::cam::uin/100:groupid/7", "unknown"),
    ],
)
def test_a_deny_stops_a_key_if_it_is_for_whoever_makes_it(issuer: Any, who: str, expected: str) -> None:
    """A temporary key acts as who asked for it; a deny for anyone is sure for requests without a signature only."""
    assert verdict({"policy": policy(to(who, deny("GetObject", "*")))}, signer=None, issuer=issuer) == expected


def test_what_would_settle_it() -> None:
    """The principal of the issuer, or a fact that nobody knows."""
    found = gate({"policy": policy(to(USER, deny("GetObject", "*")))}, signer=None)
    assert found["settle"] == {"describe": "sessions[0].issuer.principal"}
    found = gate({"policy": policy(to(ANYONE, deny("GetObject", "*")))}, signer=None)
    assert found["settle"] == {"fact": "bucket.policy.deny-anyone"} == {"fact": found["fact"]}


def test_a_key_of_the_own_account_needs_no_grant_and_is_not_asked_for_its_referer() -> None:
    """Only a deny stops it; hotlink protection is not looked at when a request is signed."""
    bucket = {"acl": "private", "policy": {}, "referer": {"type": "allow", "domains": []}}
    assert {verdict(bucket, signer=one) for one in (None, "client", "server")} == {"pass"}


@pytest.mark.parametrize(
    ("acl", "rows", "expected"),
    [
        ("private", [], "blocked"),
        ("public-read", [], "pass"),
        ("authenticated-read", [], "pass"),
        ({"grants": [{"to": "200", "permission": "READ"}]}, [], "pass"),
        ({"grants": [{"to": "300", "permission": "READ"}]}, [], "blocked"),
        ("private", [to(PARTNER, allow("GetObject", "*"))], "pass"),
        ("private", [to(ANONYMOUS, allow("GetObject", "*"))], "pass"),
        ("private", [to(USER, allow("GetObject", "*"))], "blocked"),
    ],
)
def test_a_key_of_another_account_needs_a_grant(acl: Any, rows: list[dict[str, Any]], expected: str) -> None:
    """By its account in the ACL or the policy, or what is open to everybody."""
    issuer = {"kind": "root", "appid": "1300000000", "principal": PARTNER}
    assert verdict({"acl": acl, "policy": policy(*rows)}, signer=None, issuer=issuer) == expected


def test_sizes_are_split_where_the_bucket_policy_judges_them_differently() -> None:
    """One row a range, and each is sure."""
    limit = deny("PutObject", "*", numeric_greater_than={"cos:content-length": 100})
    made = {
        "version": 1,
        "buckets": [{"name": BUCKET, "region": REGION, "acl": "public-read-write", "referer": NO_REFERER,
                     "policy": policy(to(ANONYMOUS, limit))}],
        "clients": [{"name": "c", "platform": "wechat-miniprogram"}],
        "uploads": [{"name": "x", "client": "c", "bucket": BUCKET, "operation": "putObject", "key": "a",
                     "signer": "none", "max_size": 200}],
    }  # fmt: skip
    _, out, _ = call("trace", "-", "--format", "json", stdin=json.dumps(made).encode())
    rows = [(row["when"], row["gates"]["bucket"]["verdict"]) for row in json.loads(out)["requests"]]
    assert rows == [("up to 100", "pass"), ("over 100", "blocked")]


# -- referer -----------------------------------------------------------------------------------------------------------

OPEN = {"acl": "public-read", "policy": {}}


@pytest.mark.parametrize(
    ("referer", "client", "expected"),
    [
        ({"type": "allow", "domains": ["www.example.com"]}, {}, "blocked"),
        ({"type": "allow", "domains": ["servicewechat.com"]}, {}, "pass"),
        ({"type": "allow", "domains": [f"servicewechat.com/{APPID}/"]}, {}, "pass"),
        ({"type": "allow", "domains": ["servicewechat.com/wxffffffffffffffff/"]}, {}, "blocked"),
        ({"type": "deny", "domains": ["servicewechat.com"]}, {}, "blocked"),
        ({"type": "deny", "domains": ["www.example.com"], "empty": "deny"}, {}, "pass"),
    ],
)
def test_a_mini_programs_referer_is_servicewechat(referer: Any, client: Any, expected: str) -> None:
    """436/13319: it cannot be changed, and it is never empty."""
    assert verdict({**OPEN, "referer": referer}, client=client) == expected


def test_without_the_appid_it_is_asked_for_only_where_it_decides() -> None:
    """A rule with an AppID in it."""
    made = {**OPEN, "referer": {"type": "allow", "domains": [f"servicewechat.com/{APPID}/"]}}
    code, out, _ = call(
        "trace", "-", "--format", "json",
        stdin=json.dumps({
            "buckets": [{"name": BUCKET, "region": REGION, **made}],
            "clients": [{"name": "c", "platform": "wechat-miniprogram"}],
            "downloads": [{"name": "x", "client": "c", "bucket": BUCKET, "operation": "getObject", "signer": "none"}],
        }).encode(),
    )  # fmt: skip
    assert code == 3
    assert json.loads(out)["requests"][0]["gates"]["bucket"]["settle"] == {"describe": "clients[0].appid"}


# -- what is asked for -------------------------------------------------------------------------------------------------

DENY = policy(to(ANONYMOUS, deny("GetObject", "*")))
GRANT = policy(to(ANONYMOUS, allow("GetObject", "*")))


@pytest.mark.parametrize(
    ("bucket", "missing"),
    [
        ({}, "acl"),
        ({"acl": "private"}, "policy"),
        ({"acl": "public-read"}, "policy"),
        ({"referer": NO_REFERER}, "acl"),
        ({"policy": {}}, "acl"),
        ({"policy": GRANT}, "referer"),
        ({"acl": "public-read", "policy": {}}, "referer"),
        ({"acl": "private", "policy": {}}, None),
        ({"policy": DENY}, None),
        ({"policy": GRANT, "referer": NO_REFERER}, None),
        ({"referer": {"type": "allow", "domains": []}}, None),
    ],
)
def test_a_field_is_asked_for_where_it_decides(bucket: dict[str, Any], missing: str | None) -> None:
    """Two values of it would make two verdicts; what is settled already asks for nothing."""
    found = gate(bucket)
    if missing is None:
        assert found["verdict"] in ("pass", "blocked")
    else:
        assert (found["verdict"], found["missing"]) == ("not-described", f"buckets[0].{missing}")


@pytest.mark.parametrize(("bucket", "missing"), [({}, "acl"), ({"acl": "private"}, "policy"), ({"policy": {}}, None)])
def test_a_key_asks_for_the_policy_alone(bucket: dict[str, Any], missing: str | None) -> None:
    """Where nothing is described at all, the first field of the gate stands for it."""
    assert gate(bucket, signer=None).get("missing") == (None if missing is None else f"buckets[0].{missing}")


def test_the_resource_of_a_listing_is_its_prefix() -> None:
    """A policy that opens one folder lets people list that folder."""
    rows = policy(to(ANYONE, {**allow("GetBucket"), "resource": [f"{ROOT}photos/*"]}))
    bucket = {"acl": "private", "policy": rows, "referer": NO_REFERER}
    assert verdict(bucket, "getBucket") == "pass"
    assert verdict(bucket, "getBucket", key="other/") == "blocked"

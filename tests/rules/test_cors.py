"""What the rules on CORS say of an AllowedOrigin: witnesses that are real, grades by what a stranger gains."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import call

from cosaudit.cos.cors import Cors, CorsRule, origin_matches, preflight
from cosaudit.model import Outcome
from cosaudit.rules._cors import dead, hides, over_http, sample, stranger
from cosaudit.web.fetch import serialize_origin

BUCKET = "media-1250000000"
ALL = f"qcs::cos:ap-guangzhou:uid/1250000000:{BUCKET}/*"

# -- witnesses ---------------------------------------------------------------------------------------------------------

#: Parts of which patterns are made, so that the `*` comes to stand everywhere.
patterns = st.tuples(
    st.sampled_from(["https://", "http://", "http*://", "*://", "*", ""]),
    st.lists(st.sampled_from(["www", "example", ".", "com", "*", "-", "co.uk", "github.io"]), max_size=5).map("".join),
    st.sampled_from(["", ":8443", ":*", ":80*"]),
).map("".join)


@given(patterns)
def test_a_witness_is_an_origin_that_the_pattern_covers(allowed: str) -> None:
    """As a browser writes it: no strangers that no browser could be."""
    for found in (stranger(allowed), over_http(allowed)):
        if found is not None:
            assert serialize_origin(found) == found
            assert origin_matches(allowed, found) is True
    insecure = over_http(allowed)
    assert insecure is None or insecure.startswith("http://")


@given(patterns)
def test_a_pattern_that_fits_no_page_has_no_witness(allowed: str) -> None:
    """What is told as dead is told as nothing else."""
    if dead(allowed) is not None:
        assert stranger(allowed) is None and over_http(allowed) is None


@pytest.mark.parametrize(
    ("allowed", "evil"),
    [
        ("https://*example.com", "https://evil-example.com"),
        ("https://example.*", "https://example.com.evil.net"),
        ("https://www.example.com*", "https://www.example.com.evil.net"),
        ("https://www.example.com*:8443", "https://www.example.com.evil.net:8443"),
        ("https://shop*example.com", "https://shop.evil-example.com"),
        ("https://*.com", "https://evil.com"),
        ("https://*.co.uk", "https://evil.co.uk"),
        ("https://*.github.io", "https://evil.github.io"),
        ("https://www.*.com", "https://www.evil.com"),
        ("https://*com", "https://evil.com"),
        ("https://*", "https://evil.example"),
        ("http://*", "http://evil.example"),
        ("http*", "https://evil.example"),
        ("*example.com", "https://evil-example.com"),
        ("*.example.com", None),
        ("https://*.example.com", None),
        ("https://app-*.example.com", None),
        ("https://www.example.com:*", None),
        ("http*://www.example.com", None),
        ("*://www.example.com", None),
        ("https://www.example.com", None),
        ("null", None),
        ("*", None),  # told as that
    ],
)
def test_a_stranger_has_an_origin_where_the_pattern_ends_in_no_name_of_its_owner(
    allowed: str, evil: str | None
) -> None:
    """The attacker's origin is the one that shows how: a name that anybody can register."""
    assert stranger(allowed) == evil


@pytest.mark.parametrize(
    ("allowed", "page"),
    [
        ("http://www.example.com", "http://www.example.com"),
        ("http://*.example.com", "http://www.example.com"),
        ("http*://www.example.com", "http://www.example.com"),
        ("*://www.example.com:8080", "http://www.example.com:8080"),
        ("http://www.example.com:*", "http://www.example.com:8080"),
        ("*.example.com", "http://www.example.com"),
        ("https://www.example.com", None),
        ("https*://www.example.com", None),
        ("h*s://www.example.com", None),
        ("https://*", None),
        ("*", None),
    ],
)
def test_http_is_found_behind_a_star_too(allowed: str, page: str | None) -> None:
    """The `*` may hide it: in the scheme, or where no scheme stands."""
    assert over_http(allowed) == page


@pytest.mark.parametrize(
    "allowed", ["*", "https://*.example.com", "https://a.example:*", "http*://a.example", "*.a.example"]
)
def test_an_example_of_a_pattern_is_an_origin(allowed: str) -> None:
    """What stands in a witness can be sent."""
    found = sample(allowed)
    assert serialize_origin(found) == found and origin_matches(allowed, found) is True


# -- hidden rules ------------------------------------------------------------------------------------------------------

ORIGINS = ("https://a.example", "https://b.example", "http://a.example")
PATTERNS = ("*", "https://*", "https://*.example", "https://*.d.example")
ASKED = ((), ("range",), ("authorization",), ("authorization", "range"), ("x-cos-acl",))
one_rule = st.builds(
    lambda origins, methods, headers: CorsRule(None, tuple(origins), tuple(methods), tuple(headers)),
    st.lists(st.sampled_from([*ORIGINS, *PATTERNS]), min_size=1, max_size=2),
    st.lists(st.sampled_from(["PUT", "GET"]), min_size=1, max_size=2),
    st.lists(st.sampled_from(["*", "range", "Authorization", "authorization"]), max_size=2),
)


@settings(max_examples=500)
@given(one_rule, one_rule)
def test_a_hidden_rule_answers_nothing(first: CorsRule, second: CorsRule) -> None:
    """Whatever is asked, the earlier rule answers."""
    if hides(first, second):
        for origin, method, headers in product((*ORIGINS, "https://c.d.example"), ("PUT", "GET"), ASKED):
            assert preflight(Cors((first, second)), origin, method, headers).rule != 1


def test_a_rule_with_one_thing_more_is_not_hidden() -> None:
    """A method, an origin, a pattern or a header that the earlier one lacks."""
    first = CorsRule(None, ("https://a.example", "https://*.example.com"), ("PUT",), ("range",))
    assert hides(first, first)
    assert hides(first, first._replace(origins=("https://www.example.com",), headers=()))
    assert hides(first, first._replace(origins=("https://*.m.example.com",)))
    for changed in (
        {"methods": ("PUT", "GET")},
        {"origins": ("https://a.example", "https://b.example")},
        {"origins": ("https://*example.com",)},
        {"origins": ("*",)},
        {"headers": ("range", "accept")},
        {"headers": ("*",)},
    ):
        assert not hides(first, first._replace(**changed))


# -- grades ------------------------------------------------------------------------------------------------------------


def severities(allowed: str, methods: list[str], bucket: dict[str, Any]) -> dict[str, str]:
    """Rule → severity of what is found about an AllowedOrigin."""
    tree = {
        "buckets": [
            {
                "name": BUCKET,
                "region": "ap-guangzhou",
                "cors": [{"origins": [allowed], "methods": methods, "headers": ["*"]}],
                **bucket,
            }
        ]
    }
    code, out, err = call("check", "-", "--format", "json", stdin=json.dumps(tree).encode())
    assert code in (0, 1) and not err
    return {one["rule"]: one["severity"] for one in json.loads(out)["findings"] if one["rule"].startswith("cors-")}


def statement(condition: dict[str, Any] | None, who: str = "anonymous:anonymous") -> dict[str, Any]:
    """A bucket policy that lets somebody read."""
    row = {
        "effect": "allow",
        "principal": {"qcs": [f"qcs::cam::{who}"]},
        "action": "name/cos:GetObject",
        "resource": ALL,
    }
    if condition is not None:
        row["condition"] = condition
    return {"policy": {"version": "2.0", "statement": [row]}}


OFFICE = {"ip_equal": {"qcs:ip": ["203.0.113.0/24"]}}
WIDE = ("*", "https://*example.com", "https://*", "null")
RULE = {"*": "cors-origin-any", "null": "cors-origin-null"}


@pytest.mark.parametrize("allowed", WIDE)
@pytest.mark.parametrize(
    ("methods", "bucket", "severity"),
    [
        (["PUT", "GET"], {"acl": "private"}, "low"),
        (["PUT", "GET"], statement(OFFICE), "medium"),
        (["HEAD"], statement(OFFICE), "medium"),
        (["PUT", "GET"], statement({"string_equal": {"qcs:vpc": ["vpc-a"]}}), "medium"),
        (["PUT"], statement(OFFICE), "low"),  # such a page cannot read
        (["PUT", "GET"], statement({"ip_equal": {"qcs:ip": ["0.0.0.0/0"]}}), "low"),  # no private data
        (["PUT", "GET"], statement({"string_like": {"cos:referer": ["https://a.example/*"]}}), "low"),
        (["PUT", "GET"], statement(OFFICE, "uin/100000000001:uin/100000000001"), "low"),  # needs a signature
        (["GET", "HEAD"], {"acl": "public-read"}, "info"),
        (["GET", "PUT"], {"acl": "public-read"}, "low"),
        (["GET"], {"acl": "private"}, "low"),
    ],
)
def test_an_open_origin_is_graded_by_what_a_stranger_gains(
    allowed: str, methods: list[str], bucket: dict[str, Any], severity: str
) -> None:
    """A leaked key is needed: low. Files that COS reads out in some network: medium. Public files: information. And
    no pattern is worse than `*`, which covers as much and more."""
    assert severities(allowed, methods, bucket)[RULE.get(allowed, "cors-origin-too-wide")] == severity


def test_the_witness_of_readable_data_is_a_request_without_a_signature() -> None:
    """The address that a visitor of the stranger's page reads, and the action."""
    tree = {
        "buckets": [
            {
                "name": BUCKET,
                "region": "ap-guangzhou",
                "cors": [{"origins": ["*"], "methods": ["GET"]}],
                **statement(OFFICE),
            }
        ]
    }
    found = json.loads(call("check", "-", "--format", "json", stdin=json.dumps(tree).encode())[1])["findings"]
    (one,) = [one for one in found if one["rule"] == "cors-origin-any"]
    assert one["witness"] == {
        "api": "fetch",
        "method": "GET",
        "url": f"https://{BUCKET}.cos.ap-guangzhou.myqcloud.com/a",
        "origin": "https://evil.example",
        "action": "name/cos:GetObject",
    }
    assert "statement 1" in one["message"]


def test_all_headers_is_no_finding() -> None:
    """The vendor recommends it: a header is easily forgotten."""
    assert severities("https://www.example.com", ["PUT"], {}) == {}


def test_rules_in_one_file_are_told_once_for_all_buckets_that_name_it(tmp_path: Any) -> None:
    """One finding is one edit at one place."""
    rules = {"CORSRule": [{"AllowedOrigin": ["*"], "AllowedMethod": ["PUT"]}]}
    (tmp_path / "cors.json").write_text(json.dumps(rules), "utf-8")
    buckets = [{"name": f"b{index}-1250000000", "region": "ap-guangzhou", "cors": "cors.json"} for index in range(6)]
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps({"buckets": buckets}), "utf-8")
    found = json.loads(call("check", str(path), "--format", "json")[1])["findings"]
    assert [(one["rule"], one["location"]["file"]) for one in found] == [
        ("cors-origin-any", str(tmp_path / "cors.json"))
    ]
    assert "`b0-1250000000`" in found[0]["message"] and "3 more" in found[0]["message"]


def test_an_anchor_that_several_buckets_share_is_one_place_too() -> None:
    """The same rules by a YAML alias."""
    text = (
        "buckets:\n"
        "- {name: a-1250000000, region: ap-guangzhou, cors: &c [{origins: ['*'], methods: [PUT]}]}\n"
        "- {name: b-1250000000, region: ap-guangzhou, cors: *c}\n"
    )
    found = json.loads(call("check", "-", "--format", "json", stdin=text.encode())[1])["findings"]
    assert [(one["rule"], one["location"]["line"]) for one in found] == [("cors-origin-any", 2)]


def test_what_the_rules_say_is_what_a_browser_does_with_a_stranger() -> None:
    """The witness of a pattern is let in by COS, and a page of another owner is not."""
    rules = Cors((CorsRule(None, ("https://*example.com",), ("PUT",), ("*",)),))
    assert preflight(rules, stranger("https://*example.com") or "", "PUT").outcome is Outcome.PASS
    assert preflight(rules, "https://evil.example", "PUT").outcome is Outcome.BLOCKED

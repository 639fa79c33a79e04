"""The condition keys of COS: which requests carry them, and what a person meant by a name that nobody knows."""

from __future__ import annotations

import pytest

from cosaudit import data
from cosaudit.cos import conditions

ACTIONS = [row["action"] for row in data.load("actions")["actions"]]


def test_the_data_has_every_part() -> None:
    """Sorted, of known words, actions that the catalogue has (but one that only COS's page names), known sources."""
    tree = data.load("conditions")
    rows = tree["keys"]
    names = [row["key"] for row in rows]
    assert len(names) > 25
    assert names == sorted(set(names))
    known = {action.partition(":")[2] for action in ACTIONS} | {"ListLiveChannels"}
    for row in rows:
        assert row["type"] in ("string", "number", "bool", "ip", "date"), row
        assert row["when"] in ("always", "header", "query", "other"), row
        assert row["encoding"] == ("url" if row["when"] == "query" else "literal"), row
        assert row["confidence"] in ("high", "medium", "low"), row
        assert set(row.get("actions", ())) <= known, row
        assert list(row.get("actions", ())) == sorted(row.get("actions", ())), row
        assert set(row.get("methods", ())) <= {"PUT", "POST"}, row
        assert row["source"] and set(row["source"]) <= set(tree["sources"]), row
        assert row.get("listed", True) or row["confidence"] != "high", row
    assert {key for row in rows for key in row["source"]} == set(tree["sources"])
    assert set(tree["aliases"].values()) <= set(names)
    assert not set(tree["aliases"]) & set(names)


@pytest.mark.parametrize(
    ("name", "action", "expected"),
    [
        ("qcs:ip", "name/cos:PutObject", "always"),
        ("qcs:ip", "name/ci:CreateMediaJobs", "always"),
        ("cos:secure-transport", "cos:GetObject", "always"),
        ("cos:secure-transport", "name/ci:CreateMediaJobs", "maybe"),
        ("cos:tls-version", "name/cos:PutObject", "maybe"),
        ("cos:host", "name/cos:PutObject", "maybe"),
        ("qcs:current_time", "name/cos:PutObject", "maybe"),
        ("cos:content-length", "name/cos:PutObject", "maybe"),
        ("cos:content-length", "name/cos:UploadPart", "maybe"),
        ("cos:content-length", "name/cos:GetObject", "never"),
        ("cos:content-length", "name/cos:HeadObject", "never"),
        ("cos:content-length", "name/cos:AbortMultipartUpload", "never"),
        ("cos:content-length", "name/cos:GetBucketBandwidthQuota", "maybe"),
        ("cos:content-type", "name/cos:PostObject", "maybe"),
        ("cos:x-cos-acl", "name/cos:PutObject", "maybe"),
        ("cos:x-cos-acl", "name/cos:GetObject", "never"),
        ("cos:x-cos-acl", "name/cos:UploadPart", "never"),
        ("cos:x-cos-acl", "name/cos:GetBucketBandwidthQuota", "never"),
        ("cos:prefix", "name/cos:GetBucket", "maybe"),
        ("cos:prefix", "name/cos:PutObject", "never"),
        ("cos:versionid", "name/cos:HeadObject", "maybe"),
        ("cos:response-content-type", "name/cos:HeadObject", "never"),
        ("cos:x-cos-acl", "name/cos:ActionOfTomorrow", "maybe"),
        ("cos:content-length", "name/cos:*", "maybe"),
        ("cos:content_length", "name/cos:PutObject", "never"),
        ("Cos:content-length", "name/cos:PutObject", "never"),
        ("", "", "never"),
    ],
)
def test_which_requests_carry_a_key(name: str, action: str, expected: str) -> None:
    """For actions that the catalogue lacks nothing is excluded but names that nobody knows."""
    assert conditions.presence(name, action) == expected


def test_every_key_is_on_some_action_and_the_words_fit() -> None:
    """A key that no action carries would make each condition on it fail unseen."""
    known = conditions.keys()
    assert len(known) > 25
    for name in known:
        found = {conditions.presence(name, action) for action in ACTIONS}
        assert found - {"never"}, name
        words = {conditions.context_for(action, {}).values[name] for action in ACTIONS}
        assert words == {{"always": "present", "maybe": "unknown", "never": "absent"}[one] for one in found}


def test_a_context_passes_on_what_is_given() -> None:
    """Also for keys that nobody knows; what is not given is a word, and other names are absent."""
    found = conditions.context_for("name/cos:GetObject", {"cos:x-cos-acl": ("private",), "my:key": 1})
    assert found.default == "absent"
    assert found.values["cos:x-cos-acl"] == ("private",)
    assert found.values["my:key"] == 1
    assert found.values["cos:content-length"] == "absent"
    assert found.values["qcs:ip"] == "present"
    assert found.values["cos:versionid"] == "unknown"
    assert conditions.context_for("name/cos:GetObject", {}).values["cos:x-cos-acl"] == "absent"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cos:content_length", "cos:content-length"),
        ("cos:Content-Length", "cos:content-length"),
        ("content-length", "cos:content-length"),
        ("qcs:content-type", "cos:content-type"),
        ("qcs: ip", "qcs:ip"),
        ("QCS:IP", "qcs:ip"),
        ("aws:SourceIp", "qcs:ip"),
        ("s3:x-amz-acl", "cos:x-cos-acl"),
        ("qcs:secure_transport", "cos:secure-transport"),
        ("cos:x-cos-acls", "cos:x-cos-acl"),
        ("qcs:requester_vpc", "vpc:requester_vpc"),
        ("cos:content-length", None),
        ("foo:bar", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_the_key_that_was_meant(name: str, meant: str | None) -> None:
    """Another case, underscores, the wrong service, another cloud's name; nothing for a known key, no wild guess."""
    assert conditions.nearest(name) == meant


def test_a_key_says_what_it_is() -> None:
    """Type, encoding, whether a page of the vendor's names it."""
    prefix = conditions.key("cos:prefix")
    assert prefix is not None
    assert (prefix.type, prefix.url_encoded, prefix.listed) == ("string", True, True)
    overwrite = conditions.key("cos:x-cos-forbid-overwrite")
    assert overwrite is not None
    assert (overwrite.listed, overwrite.confidence, overwrite.url_encoded) == (False, "medium", False)
    assert conditions.key("cos:content_length") is None

"""The catalogue of actions, and the action of METHOD and URL."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data
from cosaudit.cos import actions
from cosaudit.cos.actions import CAPABILITIES, NotDerived, of_request

HOST = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
RESOURCE = "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/"
RECORDINGS = Path(__file__).parents[1] / "oracles" / "wx_sdk" / "recordings.json.gz"

# -- the catalogue --------------------------------------------------------------------------------------------------


def test_every_row_has_a_capability_and_columns_that_the_derivation_knows():
    """A column that nobody reads, or a word that is misspelt, would silently change an answer."""
    tree = data.load("actions")
    rows = [*tree["actions"], *tree["ci_actions"]]
    names = {row["action"] for row in rows}
    told = {"action", "api", "method", "sub", "at", "header", "path", "level", "resource", "access", "capability"}
    told |= {"asked_as", "destructive", "source", "confidence", "confidence_access", "note"}

    assert len(rows) > 100
    for row in rows:
        assert set(row) <= told, row
        assert row.get("method", "GET") in ("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"), row
        assert row.get("at", "any") in ("any", "bucket"), row
        assert row.get("capability", "none") in CAPABILITIES, row
        assert row.get("asked_as", row["action"]) in names, row
    assert {one.capability for one in actions.catalogue().values()} == set(CAPABILITIES)
    assert {actions.bare(name) for name in names} == actions.known()


@pytest.mark.parametrize(
    ("capability", "some"),
    [
        ("rights", {"PutBucketPolicy", "DeleteBucketPolicy", "PutBucketACL", "PutObjectACL", "PutBucket",
            "PutObjectRetention"}),
        ("configure", {"PutBucketLifecycle", "DeleteBucketCORS", "PutObjectTagging", "DeleteObjectTagging",
            "PostObjectRestore",
                       "RestoreObject", "CreateJob", "PutBucketReferer"}),
        ("delete", {"DeleteObject", "DeleteMultipleObjects", "DeleteBucket"}),
        ("overwrite", {"PutObject", "PostObject", "AppendObject", "InitiateMultipartUpload", "UploadPart",
            "UploadPartCopy",
                       "CompleteMultipartUpload", "PutObjectCopy"}),
        ("read", {"GetObject", "HeadObject", "SelectObjectContent"}),
        ("list", {"GetBucket", "GetBucketObjectVersions", "GetService"}),
        ("settings", {"GetBucketPolicy", "GetBucketACL", "GetBucketCORS", "GetObjectACL", "GetObjectTagging",
            "ListBucketInventory"}),
        ("uploads", {"AbortMultipartUpload", "ListParts", "ListMultipartUploads"}),
        ("none", {"OptionsObject", "HeadBucket"}),
    ],
)  # fmt: skip
def test_what_the_holder_gains(capability, some):
    """Of all actions that write objects none is forgotten; the small words are complete."""
    found = actions.by_capability()[capability]

    assert {f"cos:{name}" for name in some} <= set(found)
    if capability in ("delete", "overwrite", "read", "list", "uploads", "none", "rights"):
        assert {f"cos:{name}" for name in some} == set(found)
    assert all(actions.capability(f"name/{name}") == actions.capability(name) == capability for name in found)


def test_each_action_has_one_capability():
    """`by_capability` parts the catalogue."""
    parts = actions.by_capability()

    assert tuple(parts) == CAPABILITIES
    assert sorted(name for names in parts.values() for name in names) == sorted(actions.known())


@pytest.mark.parametrize("name", ["cos:Nothing", "putobject", "", "name/", "cos:*"])
def test_an_unknown_action_has_no_capability(name):
    """No guess for what the catalogue does not know."""
    assert actions.entry(name) is None
    with pytest.raises(KeyError):
        actions.capability(name)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("name/cos:PutObjct", "name/cos:PutObject"),
        ("cos:putobject", "name/cos:PutObject"),
        ("PutObject", "name/cos:PutObject"),
        (":PutObject", "name/cos:PutObject"),
        ("name/cos:GetBucketAcl", "name/cos:GetBucketACL"),
        ("ci:CreateMediaJob", "name/ci:CreateMediaJobs"),
        ("cos:zzzzzz", None),
        ("", None),
    ],
)
def test_the_nearest_action(text, meant):
    """Letter case first, then likeness; nothing where nothing is near."""
    assert actions.nearest(text) == meant


# -- METHOD and URL: what is derived --------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [one for one in actions.catalogue().values() if one.at], ids=lambda one: one.name)
def test_the_call_of_every_row_gives_its_action(entry):
    """No two rows claim one call, and a row's own columns lead back to it."""
    path = "/folder/a.jpg" if entry.at == "object" else "/"
    base = "https://service.cos.myqcloud.com" if entry.at == "service" else HOST
    query = "&".join(f"{name}=1" for name in entry.sub)
    found = of_request(entry.method, f"{base}{path}?{query}")

    assert found.action == f"name/{entry.asked_as}"


@pytest.mark.parametrize(
    ("method", "path", "name", "key"),
    [
        ("PUT", "/a/b.jpg", "PutObject", "a/b.jpg"),
        ("put", "/a%20b/%E4%B8%AD+%2B.jpg", "PutObject", "a b/中++.jpg"),
        ("GET", "/a?versionId=1&response-content-type=image%2Fjpeg", "GetObject", "a"),
        ("GET", "/a?imageMogr2/thumbnail/100x", "GetObject", "a"),
        ("GET", "/a?q-sign-algorithm=sha1&x-cos-security-token=t", "GetObject", "a"),
        ("GET", "//a", "GetObject", "/a"),
        ("GET", "/a//b/", "GetObject", "a//b/"),
        ("GET", "/a?acl", "GetObjectACL", "a"),
        ("GET", "/?acl", "GetBucketACL", ""),
        ("GET", "?acl", "GetBucketACL", ""),
        ("HEAD", "/", "HeadBucket", ""),
        ("HEAD", "/a", "HeadObject", "a"),
        ("OPTIONS", "/", "OptionsObject", ""),
        ("OPTIONS", "/a", "OptionsObject", "a"),
        ("DELETE", "/", "DeleteBucket", ""),
        ("DELETE", "/a", "DeleteObject", "a"),
        ("DELETE", "/a?uploadId=1", "AbortMultipartUpload", "a"),
        ("POST", "/", "PostObject", None),
        ("POST", "", "PostObject", None),
        ("POST", "/?delete", "DeleteObject", None),
        ("POST", "/a?uploads", "InitiateMultipartUpload", "a"),
        ("PUT", "/a?partNumber=1&uploadId=x", "UploadPart", "a"),
        ("POST", "/a?uploadId=x", "CompleteMultipartUpload", "a"),
        ("GET", "/a?uploadId=x&max-parts=5", "ListParts", "a"),
        ("GET", "/?uploads&prefix=a%2F%E4%B8%AD", "ListMultipartUploads", "a/中"),
        ("GET", "/", "GetBucket", ""),
        ("GET", "/?prefix=u1/&delimiter=/&max-keys=1", "GetBucket", "u1/"),
        ("GET", "/?versions&prefix=u1/", "GetBucketObjectVersions", "u1/"),
        ("GET", "/?inventory", "ListBucketInventory", ""),
        ("GET", "/?inventory&id=1", "GetBucketInventory", ""),
        ("PUT", "/?policy", "PutBucketPolicy", ""),
        ("POST", "/a?append&position=0", "AppendObject", "a"),
        ("POST", "/a?restore", "PostObjectRestore", "a"),
        ("PUT", "/", "PutBucket", ""),
    ],
)
def test_method_path_and_query_tell_the_action(method, path, name, key):
    """The key is decoded; a form and the deletion of several have it in the body."""
    found = of_request(method, HOST + path)

    assert (found.action, found.key) == (f"name/cos:{name}", key)
    assert (found.service, found.region, found.account) == ("cos", "ap-guangzhou", "1250000000")
    assert found.resource() == RESOURCE + (key or "")


def test_the_official_sdk_asks_for_the_same_actions(record_property):
    """Each request on a COS host that the recorded versions of cos-wx-sdk-v5 send is the action that they name."""
    recorded = json.loads(gzip.decompress(RECORDINGS.read_bytes()))
    requests = {
        (one["method"], one["host"], one["path"], tuple(one["query"]), one["step"])
        for results in recorded["results"].values()
        for result in results
        for one in result["requests"]
    }
    compared = set()
    for method, host, path, query, step in sorted(requests):
        url = f"https://{host}{path}?{'&'.join(f'{name}=1' for name in query)}"
        try:
            found = of_request(method, url)
        except NotDerived as error:
            assert not host.startswith("media-1250000000.cos.ap-") and error.where == "URL"
            continue
        assert found.action == f"name/cos:{step}", url
        assert found.bucket is not None
        compared.add((method, path, query, step))
    assert len({step for *_, step in compared}) >= 11
    record_property("compared actions of cos-wx-sdk-v5", len(compared))


@pytest.mark.parametrize(
    ("url", "region", "bucket", "key"),
    [
        ("https://a-1.cos.ap-beijing.myqcloud.com/k", "ap-beijing", "a-1", "k"),
        ("https://a-1.cos.ap-beijing.tencentcos.cn/k", "ap-beijing", "a-1", "k"),
        ("https://a-1.cos-internal.ap-beijing.tencentcos.cn/k", "ap-beijing", "a-1", "k"),
        ("https://a-1.cos-dualstack.ap-beijing.myqcloud.com/k", "ap-beijing", "a-1", "k"),
        ("https://A-1.COS.ap-beijing.myqcloud.com./k", "ap-beijing", "a-1", "k"),
        ("https://a-1.cos.ap-beijing.myqcloud.com:443/k", "ap-beijing", "a-1", "k"),
        ("https://cos.ap-beijing.myqcloud.com/a-1/k/l", "ap-beijing", "a-1", "k/l"),
        ("https://cos.ap-beijing.myqcloud.com/a-1", "ap-beijing", "a-1", ""),
        ("https://cos.ap-beijing.myqcloud.com/a-1//k", "ap-beijing", "a-1", "/k"),
        ("https://a-1.cn-south.myqcloud.com/k", "ap-guangzhou", "a-1", "k"),
        ("https://cn-south.myqcloud.com/a-1/k", "ap-guangzhou", "a-1", "k"),
        ("https://a-1.cos.accelerate.myqcloud.com/k", None, "a-1", "k"),
        ("https://a-1.cos.ap-unheardof.myqcloud.com/k", "ap-unheardof", "a-1", "k"),
    ],
)
def test_every_host_form_of_a_bucket_tells_region_and_bucket(url, region, bucket, key):
    """Path style too; names of the first generation become those of today; acceleration names no region."""
    found = of_request("GET", url)

    assert (found.region, found.bucket, found.key) == (region, bucket, key)
    assert found.account == "1"


@pytest.mark.parametrize("url", ["https://service.cos.myqcloud.com/", "https://cos.ap-beijing.myqcloud.com"])
def test_the_list_of_buckets_is_asked_for_with_the_star(url):
    """No resource of a policy but `*` covers it."""
    found = of_request("GET", url)

    assert (found.action, found.bucket, found.resource()) == ("name/cos:GetService", None, "*")


def test_region_and_key_can_be_put_in_where_the_url_has_none():
    """Where it has them, they stay."""
    assert of_request("POST", HOST).resource("x", "a/b") == RESOURCE + "a/b"
    accelerated = of_request("GET", "https://a-1.cos.accelerate.myqcloud.com/k")
    assert accelerated.resource("ap-beijing", "x") == "qcs::cos:ap-beijing:uid/1:a-1/k"


@pytest.mark.parametrize(
    ("path", "note"),
    [
        ("/a?legal-hold", "the query parameter `legal-hold` is not known"),
        ("/a?uploadID=1", "`?uploadId` is not written `uploadID`"),
        ("/a#b", "what stands after `#` is not sent"),
        ("/a?x%60%1by", "the query parameter `x'\\x1by` is not known"),
    ],
)
def test_what_is_left_out_of_account_is_said(path, note):
    """A parameter that nobody knows could be another call."""
    (found,) = of_request("PUT", HOST + path).notes
    assert found.startswith(note)


def test_what_the_url_tells_of_condition_keys():
    """Values from the query are percent-encoded, as policies write them; what is not in the query is absent."""
    found = of_request("GET", f"{HOST}/?prefix=a/%E4%B8%AD%20b")
    assert found.conditions == {
        "cos:secure-transport": "true",
        "cos:prefix": "a%2F%E4%B8%AD%20b",
        "cos:response-content-type": None,
        "cos:versionid": None,
    }
    found = of_request("GET", f"{HOST.replace('https', 'http')}/a?versionId=&response-content-type=image/png")
    assert found.conditions["cos:secure-transport"] == "false"
    assert (found.conditions["cos:versionid"], found.conditions["cos:response-content-type"]) == ("", "image%2Fpng")


# -- what has no answer ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "url", "where", "found"),
    [
        ("PUTT", HOST, "METHOD", "`PUTT` is no method of COS"),
        ("", HOST, "METHOD", "`` is no method of COS"),
        ("PUT", "", "URL", "`` is no full URL"),
        ("PUT", "media-1250000000/a", "URL", "`media-1250000000/a` is no full URL"),
        ("PUT", HOST[8:], "URL", "is no full URL"),
        ("PUT", "ftp://a-1.cos.ap-beijing.myqcloud.com/a", "URL", "is no full URL"),
        ("PUT", "https://[::1/", "URL", "is no URL"),
        ("PUT", "https:///a", "URL", "is no full URL"),
        ("PUT", "https://cdn.example.com/a", "URL", "the bucket behind it is not known"),
        ("PUT", "https://10.0.0.1/a", "URL", "the bucket behind it is not known"),
        ("PUT", "https://media.cos.ap-beijing.myqcloud.com/a", "URL", "the appid is missing"),
        ("PUT", "https://a-1.ap-beijing.myqcloud.com/a", "URL", "`cos.` is missing before the region"),
        ("PUT", "https://a-1.ci.ap-beijing.myqcloud.com/a", "URL", "a host of data processing"),
        ("GET", "https://a-1.picgz.myqcloud.com/a", "URL", "a host of image processing"),
        ("GET", "https://a-1.file.myqcloud.com/a", "URL", "a host of the CDN"),
        ("GET", "https://a-1.cos-website.ap-beijing.myqcloud.com/a", "URL", "website host"),
        ("PUT", "https://a-1.cosgz.myqcloud.com/a", "URL", "JSON API"),
        ("GET", "https://100.cos-control.ap-beijing.myqcloud.com/jobs", "URL", "batch jobs"),
        ("PUT", "https://cos.ap-beijing.myqcloud.com/foo/a", "URL", "`foo`, the start of the path, is no bucket"),
        ("PUT", "https://cos.ap-beijing.myqcloud.com//a-1/a", "URL", "``, the start of the path, is no bucket"),
        ("GET", "https://service.cos.myqcloud.com/a", "URL", "a path on `service.cos.myqcloud.com`"),
        ("PUT", "https://service.cos.myqcloud.com/", "URL",
            "no action is known for PUT on the host that lists buckets"),
        ("PUT", f"{HOST}/%ff", "URL", "`%ff` does not decode to UTF-8"),
        ("GET", f"{HOST}/?prefix=%ff", "URL", "`%ff` does not decode to UTF-8"),
        ("POST", f"{HOST}/a", "URL", "POST on an object with no subresource (known: `?append`, `?restore`,"),
        ("DELETE", f"{HOST}/a?acl", "URL", "no action is known for DELETE on an object with `?acl`"),
        ("PUT", f"{HOST}/?acl&policy", "URL", "PUT on the bucket's root with `?acl` and `?policy`"),
        ("PUT", f"{HOST}/?inventory", "URL", "PUT on the bucket's root with `?inventory`"),
    ],
)
def test_what_is_no_request_of_a_bucket_is_refused_with_what_was_found(method, url, where, found):
    """And with what to give instead."""
    with pytest.raises(NotDerived) as caught:
        of_request(method, url)
    assert caught.value.where == where
    assert found in caught.value.found
    assert caught.value.expected


def test_the_nearest_method_is_offered():
    """A slip of the finger."""
    with pytest.raises(NotDerived) as caught:
        of_request("POTS", HOST)
    assert caught.value.nearest == "POST"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda key: not key.startswith("#")))
def test_any_key_comes_back_from_its_url(key):
    """Percent-encoding is undone exactly once."""
    found = of_request("PUT", f"{HOST}/{quote(key, safe='')}")

    assert (found.action, found.key, found.notes) == ("name/cos:PutObject", key, ())
    assert found.resource() == RESOURCE + key


URLS = st.text() | st.builds(
    "".join, st.lists(st.sampled_from([*"/?&=#%@:[]\\ *{}", "https://", "a-1.cos.ap-beijing.myqcloud.com", "acl",
        "uploadId", "\x1b", "%00"]))
)  # fmt: skip


@given(st.sampled_from(["GET", "PUT", "post", "x", "\0"]), URLS)
def test_any_text_has_an_answer_or_a_reason(method, url):
    """Nothing else is ever raised."""
    try:
        found = of_request(method, url)
    except NotDerived as error:
        assert error.found and error.expected
    else:
        assert actions.entry(found.action) is not None
        assert found.resource() == "*" or found.resource().count(":") >= 5

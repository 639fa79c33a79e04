"""Clients without an SDK, as the vendor's walk-through writes them."""

from __future__ import annotations

import pytest

from cosaudit.model import Api, Auth, Refusal, Shape, Target
from cosaudit.sdk import handwritten

TOKEN = "x-cos-security-token"


def only(operation: str, auth: Auth = Auth.CLIENT, **named: object) -> Shape:
    """The one shape."""
    rows = handwritten.shapes(operation, auth, **{"addressing": "bucket", **named})
    assert not isinstance(rows, Refusal)
    (row,) = rows
    return row


@pytest.mark.parametrize("operation", ["postObject", "uploadFile"])
def test_an_upload_is_the_form_of_the_walk_through(operation: str) -> None:
    """wx.uploadFile posts to the bucket's root; no headers of its own."""
    row = only(operation)

    assert (row.api, row.method, row.keyed) == (Api.UPLOAD_FILE, "POST", False)
    assert row.form == ("key", "success_action_status", "Signature", TOKEN)
    assert (row.headers, row.query, row.action) == ((), (), "name/cos:PostObject")


@pytest.mark.parametrize(
    ("auth", "form"),
    [
        (Auth.SERVER_TEMPORARY, ("key", "success_action_status", "Signature", TOKEN)),
        (Auth.SERVER_PERMANENT, ("key", "success_action_status", "Signature")),
        (Auth.NONE, ("key", "success_action_status")),
    ],
)
def test_the_form_has_what_the_key_needs(auth: Auth, form: tuple[str, ...]) -> None:
    """The token goes with temporary keys only, the signature with any key."""
    assert only("postObject", auth).form == form


def test_what_the_code_really_sends_wins() -> None:
    """Names given by the user, in the order given for the form, lower case and sorted for headers."""
    row = only("postObject", form=("key", "policy"), headers=("X-B", "x-a"))

    assert row.form == ("key", "policy")
    assert row.headers == ("x-a", "x-b")
    assert only("putObject", headers=("Authorization",)).headers == ("authorization",)


@pytest.mark.parametrize(
    ("addressing", "target"),
    [("bucket", Target.BUCKET), ("region", Target.REGION), ("url", Target.CUSTOM)],
)
def test_the_target_is_what_the_code_builds(addressing: str, target: Target) -> None:
    """Host style is the caller's affair; nothing is guessed."""
    assert only("postObject", addressing=addressing).target is target


@pytest.mark.parametrize(
    ("operation", "method", "action"),
    [
        ("putObject", "PUT", "PutObject"),
        ("getObject", "GET", "GetObject"),
        ("headObject", "HEAD", "HeadObject"),
        ("deleteObject", "DELETE", "DeleteObject"),
        ("getBucket", "GET", "GetBucket"),
    ],
)
def test_the_rest_goes_through_wx_request(operation: str, method: str, action: str) -> None:
    """Signed by the header, with the token of a temporary key."""
    row = only(operation)

    assert (row.api, row.method, row.action) == (Api.REQUEST, method, f"name/cos:{action}")
    assert {"authorization", TOKEN} <= set(row.headers)
    assert row.keyed == (operation != "getBucket")
    assert only(operation, Auth.SERVER_PERMANENT).headers == tuple(h for h in row.headers if h != TOKEN)
    assert "authorization" not in only(operation, Auth.NONE).headers


def test_a_download_is_signed_in_its_query() -> None:
    """wx.downloadFile of a signed URL; a public object has no query."""
    row = only("downloadFile")

    assert (row.api, row.method, row.keyed) == (Api.DOWNLOAD_FILE, "GET", True)
    assert row.query[-1] == TOKEN
    assert list(row.query) == sorted(row.query)
    assert "q-signature" in only("downloadFile", Auth.SERVER_PERMANENT).query
    assert only("downloadFile", Auth.NONE).query == ()


@pytest.mark.parametrize("operation", ["sliceUploadFile", "abortUploadTask"])
def test_multipart_procedures_are_an_sdks(operation: str) -> None:
    """No SDK, no such procedure."""
    refused = handwritten.shapes(operation, Auth.CLIENT, addressing="bucket")

    assert isinstance(refused, Refusal)
    assert refused.code == "operation-missing"


def test_keys_are_encoded_as_the_walk_through_does() -> None:
    """All but letters, digits, - _ . ~ and the slash; a leading slash stays."""
    assert handwritten.encode_key("/a b/文(1)'!*.txt") == "/a%20b/%E6%96%87%281%29%27%21%2A.txt"


@pytest.mark.parametrize(
    "operation",
    ["postObject", "uploadFile", "downloadFile", "putObject", "getObject", "headObject", "deleteObject", "getBucket"],
)
@pytest.mark.parametrize("auth", list(Auth))
def test_a_page_sends_the_same_through_fetch(operation: str, auth: Auth) -> None:
    """The vendor's guides for pages and for Mini Programs sign and name alike."""
    page = only(operation, auth, web=True)

    assert page.api is Api.FETCH
    assert page == only(operation, auth)._replace(api=Api.FETCH)


def test_a_page_without_an_sdk_has_no_multipart_procedures_either() -> None:
    """And the refusal names the guide for pages."""
    refused = handwritten.shapes("sliceUploadFile", Auth.CLIENT, addressing="bucket", web=True)

    assert isinstance(refused, Refusal)
    assert (refused.code, refused.fact) == ("operation-missing", "sdk.none.web-guide")

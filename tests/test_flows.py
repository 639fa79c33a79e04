"""What goes over the wire for each upload and download, symbolic where the key is."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import flows, sdk
from cosaudit.config.load import load
from cosaudit.model import Part, Request
from cosaudit.run import Run


def requests(text: str, folder: Path) -> list[Request]:
    """The requests of a configuration."""
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return Run(load(str(path))).requests


def config(key: str, sdk: str = "cos-wx-sdk-v5@1.8.0", operation: str = "putObject") -> str:
    """One upload under this key."""
    return f"""
buckets: [{{name: media-1250000000, region: ap-guangzhou}}]
clients: [{{name: shop, platform: wechat-miniprogram, sdk: {sdk}}}]
uploads: [{{name: avatar, client: shop, bucket: media-1250000000, operation: {operation}, key: {key!r}}}]
"""


@pytest.mark.parametrize(
    ("key", "path", "resource"),
    [
        ("avatars/{openid}/{file}", "avatars/{openid}/{file}", "avatars/{openid}/{file}"),
        ("头像/{openid}", "%E5%A4%B4%E5%83%8F/{openid}", "头像/{openid}"),
        ("a b/100%/{file}", "a%20b/100%25/{file}", "a b/100%/{file}"),
        ("a/{{b}}/{file}", "a/%7Bb%7D/{file}", "a/{b}/{file}"),
        ("a/${filename}", "a/${filename}", "a/${filename}"),
    ],
)
@pytest.mark.parametrize("package", ["cos-wx-sdk-v5@1.8.0", "none"])
def test_the_key_is_encoded_in_the_url_and_plain_in_the_resource(
    key: str, path: str, resource: str, package: str, tmp_path: Path
) -> None:
    """Literals as the SDK encodes them, placeholders as they are described."""
    request = requests(config(key, package), tmp_path)[0]
    assert flows.url(request) == f"https://media-1250000000.cos.ap-guangzhou.myqcloud.com/{path}"
    assert flows.resource(request) == f"qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/{resource}"


@given(st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_every_literal_key_is_encoded_as_javascript_does(text: str) -> None:
    """encodeURIComponent per segment, with !'()* encoded too."""
    expected = quote(text, safe="~")
    for package, version in (("cos-wx-sdk-v5", "1.8.0"), ("none", None)):
        assert flows.key_path(package, version, (Part("x/", False), Part(text, False))) == f"x/{expected}"


@given(st.lists(st.text("abc/{}", max_size=5), max_size=4))
def test_a_key_template_is_what_its_text_says(pieces: list[str]) -> None:
    """Literal braces stay, placeholders are in braces."""
    key = tuple(Part(piece, False) if index % 2 else Part("p", True) for index, piece in enumerate(pieces))
    assert flows.key_text(key) == "".join(piece if index % 2 else "{p}" for index, piece in enumerate(pieces))


def test_requests_come_in_the_order_of_the_file_endpoints_last(tmp_path: Path) -> None:
    """Uploads, downloads, then the endpoints of each client."""
    text = """
buckets: [{name: media-1250000000, region: ap-guangzhou}]
clients:
  - {name: b, platform: wechat-miniprogram, endpoints: ["https://b.example.com"]}
  - {name: a, platform: wechat-miniprogram, endpoints: ["https://a.example.com"]}
downloads: [{name: get, client: a, bucket: media-1250000000, operation: downloadFile}]
uploads:
  - {name: two, client: a, bucket: media-1250000000, operation: postObject}
  - {name: one, client: b, bucket: media-1250000000, operation: postObject}
"""
    found = requests(text, tmp_path)
    assert [request.flow or (request.endpoint and request.endpoint.url) for request in found] == [
        "two", "one", "get", "https://b.example.com", "https://a.example.com",
    ]  # fmt: skip


def test_any_operation_may_stand_in_either_list(tmp_path: Path) -> None:
    """A download among the uploads is still a download."""
    (request,) = requests(config("k", "none", "downloadFile"), tmp_path)
    assert request.api is not None and request.api.value == "downloadFile"


def test_headers_that_the_client_sets_are_sent(tmp_path: Path) -> None:
    """By the SDK and by hand-written code."""
    for package in ("cos-wx-sdk-v5@1.8.0", "none"):
        text = config("k", package).replace("key:", "headers: {X-Cos-Meta-Note: a}, key:")
        shape = requests(text, tmp_path)[0].shape
        assert shape is not None and "x-cos-meta-note" in shape.headers


def test_sends_names_what_hand_written_code_really_sends(tmp_path: Path) -> None:
    """`sends: {form, headers}` replace the names of the walk-through."""
    text = config("k", "none", "postObject").replace(
        "sdk: none", "sdk: none, sends: {form: [key, policy], headers: [X-Trace]}"
    )
    shape = requests(text, tmp_path)[0].shape
    assert shape is not None
    assert shape.form == ("key", "policy") and shape.headers == ("x-trace",)


def test_without_clients_every_upload_operation_is_derived(tmp_path: Path) -> None:
    """On the newest recorded version, for every bucket."""
    text = "buckets: [{name: a-1250000000, region: ap-guangzhou}, {name: b-1250000000, region: ap-shanghai}]"
    found = requests(text, tmp_path)
    assert {request.client.sdk.version for request in found} == {sdk.newest("cos-wx-sdk-v5")}
    assert {(request.bucket.name, request.operation) for request in found if request.bucket} == {
        (f"{name}-1250000000", operation)
        for name in "ab"
        for operation in ("postObject", "putObject", "uploadFile", "sliceUploadFile")
    }


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example.com/sts?x=1", "https://api.example.com"),
        ("HTTPS://api.example.com:8443", "https://api.example.com:8443"),
        ("https://api.example.com?x", "https://api.example.com"),
        ("https://api.example.com#x", "https://api.example.com"),
    ],
)
def test_an_origin_ends_before_path_query_and_fragment(url: str, origin: str, tmp_path: Path) -> None:
    """Scheme, host and port as the URL has them."""
    text = f"""
buckets: [{{name: a-1250000000, region: ap-guangzhou}}]
clients: [{{name: shop, platform: wechat-miniprogram, endpoints: ['{url}']}}]
"""
    (request,) = requests(text, tmp_path)
    assert flows.origin(request) == origin


def test_an_assumption_is_said_once(tmp_path: Path) -> None:
    """Two uploads of one client, one sentence, beginning with the client's name."""
    path = tmp_path / "config.yaml"
    path.write_text(
        """
buckets: [{name: media-1250000000, region: ap-guangzhou}]
clients: [{name: shop, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5}]
uploads:
  - {name: one, client: shop, bucket: media-1250000000, operation: uploadFile}
  - {name: two, client: shop, bucket: media-1250000000, operation: uploadFile}
""",
        "utf-8",
    )
    assumptions = flows.derive(load(str(path))).assumptions
    assert len(assumptions) == len(set(assumptions)) == 2
    assert all(text.startswith("shop: ") for text in assumptions)

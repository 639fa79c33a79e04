"""Web pages and CORS rules, drawn and written as configurations, and what becomes of their requests."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from cosaudit.config.load import load
from cosaudit.model import Outcome
from cosaudit.run import Judged, Run
from cosaudit.web.fetch import WebRequest

if TYPE_CHECKING:
    from cosaudit.cos.cors import Cors
    from cosaudit.model import Request

BUCKET = "media-1250000000"
HOST = f"https://{BUCKET}.cos.ap-guangzhou.myqcloud.com"
BACKUP = f"https://{BUCKET}.cos.ap-guangzhou.tencentcos.cn"
SDK = "cos-js-sdk-v5@1.10.1"

PAGES = ("https://www.example.com", "https://m.example.com", "http://intranet:8080", "null")
#: Origins that rules may allow: exact ones, patterns, and forms of which nobody knows what COS makes of them.
ALLOWED = (*PAGES, "*", "https://*.example.com", "http://*", "https://WWW.example.com", "https://*.*.com")
#: Origins as browsers send them, of every kind that these tell apart.
WORLD = (*PAGES, "https://a.example.com", "https://b.example.org", "http://b.example.org", "https://a.b.com")
NAMES = (
    "authorization", "content-type", "content-md5", "cache-control", "x-cos-security-token", "x-cos-sdk-retry",
    "accept-language", "range", "x-method-override", "X-Cos-Acl",
)  # fmt: skip

Rule = dict[str, Any]

rules: st.SearchStrategy[list[Rule]] = st.lists(
    st.fixed_dictionaries(
        {
            "origins": st.lists(st.sampled_from(ALLOWED), min_size=1, max_size=3, unique=True),
            "methods": st.lists(
                st.sampled_from(["PUT", "POST", "GET", "DELETE", "HEAD"]), min_size=1, max_size=5, unique=True
            ),
            "headers": st.just(["*"])
            | st.just(list(NAMES))
            | st.lists(st.sampled_from([*NAMES, "*", "x-cos-*"]), max_size=6, unique=True),
            "expose": st.lists(st.sampled_from(["ETag", "etag", "Content-Length", "*"]), max_size=2, unique=True),
        }
    ),
    max_size=3,
)

calls: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {
            "sdk": st.sampled_from([SDK, "cos-js-sdk-v5@1.7.1", "cos-js-sdk-v5@1.2.20"]),
            "operation": st.sampled_from(["putObject", "sliceUploadFile", "getObject", "deleteObject", "getBucket"]),
        },
        optional={"content_type": st.sampled_from(["image/jpeg", "text/plain"])},
    ),
    st.fixed_dictionaries(
        {
            "sdk": st.just("none"),
            "operation": st.sampled_from(["postObject", "putObject", "getObject", "headObject", "downloadFile"]),
            "sends": st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
        },
        optional={
            "content_type": st.sampled_from(["image/jpeg", "text/plain"]),
            "headers": st.dictionaries(
                st.sampled_from(["Range", "Accept-Language", "X-Cos-Acl"]),
                st.sampled_from(["bytes=0-9", "de", '"', "private"]),
                max_size=2,
            ),
        },
    ),
)


def run(folder: Path, given: list[Rule] | str, call: dict[str, Any], pages: list[str] | None) -> Run:
    """The audit of one call of a web page. The rules are written down as a person writes them."""
    sdk, operation = call["sdk"], call["operation"]
    client: dict[str, Any] = {"name": "site", "platform": "web", "sdk": sdk}
    if pages is not None:
        client["origins"] = pages
    if call.get("sends"):
        client["sends"] = {"headers": call["sends"]}
    if "client" in call:
        client |= call["client"]
    upload = {"name": "one", "client": "site", "bucket": BUCKET, "operation": operation, "key": "a/{file}"}
    upload |= {name: call[name] for name in ("content_type", "headers") if name in call}
    tree = {
        "version": 1,
        "buckets": [{"name": BUCKET, "region": "ap-guangzhou", "cors": given, "domains": ["files.example.com"]}],
        "clients": [client],
        "uploads": [upload],
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(tree), "utf-8")
    return Run(load(str(path)))


def sent(made: Run) -> list[Judged]:
    """The requests that are sent."""
    return [one for one in made.judged if one.request.shape is not None]


def senders(request: Request, pages: list[str]) -> tuple[str, ...]:
    """The pages that send a request: where those over http send to another URL, each kind its own."""
    return tuple([page for page in pages if request.page in (None, "http:" if page[:5] == "http:" else "https:")])


class Seen(NamedTuple):
    """A request as a browser may see it: one of the values that are not known taken to be so and so."""

    request: WebRequest
    cors: Cors


#: For a header whose value nobody knows: one that needs no asking, where there is one, and one that does.
TRIED = {
    "content-type": ("text/plain", "image/jpeg"),
    "range": ("bytes=0-9", "bytes=9-0"),
    "accept-language": ("de", '"de"'),
    "x-method-override": ("TRACE", "PUT"),
}


def possible(request: Request, page: str) -> list[Seen]:
    """What a browser may see of a request from a page: every combination of the values that are not known."""
    shape, transfer, bucket = request.shape, request.transfer, request.bucket
    assert shape is not None and transfer is not None and bucket is not None
    choices: list[tuple[tuple[str, str], ...]] = []
    for name in shape.headers:
        value = transfer.values.get(name) or (transfer.content_type if name == "content-type" else None)
        if name == "content-type" and shape.action == "name/cos:CompleteMultipartUpload":
            value = "application/xml"
        known = (value,) if value is not None else TRIED.get(name, ("anything",))
        choices.append(tuple([(name, one) for one in known]))
    if shape.form and "content-type" not in shape.headers:
        choices.append((("content-type", "multipart/form-data; boundary=x"),))
    url = f"{request.prefix}/a/1.jpg"
    listens = request.client.sdk.package != "none" and shape.method in ("PUT", "POST")
    return [
        Seen(WebRequest(page, url, shape.method, headers, upload_listeners=listens), bucket.cors)
        for headers in product(*choices)
    ]


def together(found: dict[str, list[Outcome]]) -> Outcome:
    """The verdict over all pages, from the outcomes of each page over all that is possible."""
    each = []
    for outcomes in found.values():
        alike = set(outcomes)
        each.append(alike.pop() if len(alike) == 1 else Outcome.UNKNOWN)
    if Outcome.BLOCKED in each:
        return Outcome.BLOCKED
    return Outcome.UNKNOWN if Outcome.UNKNOWN in each else Outcome.PASS

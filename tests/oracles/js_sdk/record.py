"""What the published builds of cos-js-sdk-v5 send: recorded by running each of them in a fake web page.

    python tests/oracles/js_sdk/record.py            write recordings.json.gz and builds.json beside this file
    python tests/oracles/js_sdk/record.py --check    write nothing, fail where it differs from what is kept
    python tests/oracles/js_sdk/record.py --versions print the versions that are recorded

It needs node and npm (PATH, or beside this Python) and the npm registry: every version that npm lists from 1.2.20 on
is fetched with `npm pack --ignore-scripts`. Run is `dist/cos-js-sdk-v5.js`, the build that pages load: it is
self-contained, so nothing is installed. Nothing of the SDK is kept but digests, names of headers and query fields,
URLs, and the few values of headers that are always the same.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from published import Recorder, order

__all__ = ["cases", "load", "order"]

HERE = Path(__file__).parent
PACKAGE = "cos-js-sdk-v5"
OLDEST = "1.2.20"
MIB = 1024 * 1024

BASE: dict[str, Any] = {
    "options": {},
    "operation": "putObject",
    "size": 1000,
    "region": "ap-guangzhou",
    "bucket": "media-1250000000",
    "key": "avatars/u1/1.jpg",
    "credentials": "temporary",
    "page": "https:",  # location.protocol
    "body": "image/jpeg",  # the type of a File; or "blob": a Blob without a type, "text": a string
    "expose": None,  # the headers of answers that CORS lets the page see; None: all
    "faults": {},
    "resume": None,
    "level": None,
    "extra": {},
}

SIMPLE = ("putObject", "getObject", "headObject", "deleteObject", "getBucket")
EVERY = (*SIMPLE, "postObject", "downloadFile", "uploadFile", "sliceUploadFile", "abortUploadTask")
MULTIPART = (
    "ListMultipartUploads",
    "InitiateMultipartUpload",
    "ListParts",
    "UploadPart",
    "CompleteMultipartUpload",
)
STEP = {
    "putObject": "PutObject",
    "getObject": "GetObject",
    "headObject": "HeadObject",
    "deleteObject": "DeleteObject",
    "getBucket": "GetBucket",
    "abortUploadTask": "AbortMultipartUpload",
    "downloadFile": "GetObject",
    "uploadFile": "PutObject",
}

COS_DOMAIN = "media-1250000000.cos.ap-guangzhou.myqcloud.com"
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"ForcePathStyle": True},
    {"ForcePathStyle": False},
    {"UseAccelerate": True},
    {"UseAccelerate": False},
    {"Domain": ""},
    {"Domain": "files.example.com"},
    {"Domain": "https://files.example.com"},
    {"Domain": "http://files.example.com"},
    {"Domain": "https://files.example.com/"},
    {"Domain": "files.example.com/"},
    {"Domain": "files.example.com:8443"},
    {"Domain": "https://Files.Example.com"},
    {"Domain": "{Bucket}.example.com"},
    {"Domain": "{bucket}.example.com"},
    {"Domain": "{BucketName}-{AppId}.example.com"},
    {"Domain": "{BUCKETNAME}-{APPID}.example.com"},
    {"Domain": "{Region}.example.com"},
    {"Domain": "{region}.{Unknown}.example.com"},
    {"Domain": "{{Bucket}}-{{AppId}}.{{Region}}.example.com"},
    {"Domain": "{{bucket}}.{{appid}}.{{unknown}}.example.com"},
    {"Domain": "https://{Bucket}.cos.{Region}.myqcloud.com"},
    {"Domain": COS_DOMAIN},
    {"Domain": "https://files.example.com", "ForcePathStyle": True},
    {"Domain": "https://{Bucket}.example.com", "ForcePathStyle": True},
    {"Domain": "https://files.example.com", "UseAccelerate": True},
    {"Domain": "{Bucket}.cos.{Region}.myqcloud.com", "UseAccelerate": True},
    {"ForcePathStyle": True, "UseAccelerate": True},
    {"SimpleUploadMethod": "postObject"},
    {"AutoSwitchHost": True},
    {"AutoSwitchHost": False},
    {"UseAccelerate": True, "AutoSwitchHost": True},
    {"ForcePathStyle": True, "AutoSwitchHost": True},
)
PAGES = ("https:", "http:", "file:")
PROTOCOLS = (None, "http:", "https:")
REGIONS = (
    "ap-guangzhou",
    "na-siliconvalley",
    "ap-beijing-fsi",
    "cn-south",
    "cn-south-2",
    "cn-north",
    "cn-east",
    "cn-southwest",
    "sg",
    "gz",
    "yfb",
    "tianjin",
    "cos.ap-guangzhou",
    "AP-Guangzhou",
    "accelerate",
)
KEYS = (
    "1.jpg",
    "/lead/1.jpg",
    "//twice/1.jpg",
    "///three/1.jpg",
    "a b/c d.txt",
    "文件/图 1.png",
    "a+b.txt",
    "100%/50%25.txt",
    "it's(1)*!.txt",
    "{a}/[b]/{c}",
    "q?x=1&y=2#z.txt",
    '~a_b-c.d:e@f$g,h;i=j|k^l`m"n<o>p\\q',
    "a//b/../c/./d",
    "emoji-😀.txt",
    "no-extension",
)
CREDENTIALS = (
    "temporary",
    "temporary-SecurityToken",
    "temporary-XCosSecurityToken",
    "permanent",
    "server-temporary",
    "server-temporary-SecurityToken",
    "server-temporary-XCosSecurityToken",
    "server-permanent",
    "server-text",
    "none",
)
FAULTS = (
    ("network",),
    ("network",) * 2,
    ("network",) * 3,
    ("network",) * 9,
    ("5xx",),
    ("5xx",) * 2,
    ("5xx",) * 9,
    ("5xx-bare",),
    ("5xx-bare",) * 9,
    ("4xx",) * 9,
    ("4xx-bare",) * 9,
    ("network", "5xx"),
    ("5xx", "network"),
    ("network", "5xx", "network", "5xx"),
    ("5xx", "5xx", "network"),
    ("network", "network", "5xx", "network"),
)
SWITCHES: tuple[dict[str, Any], ...] = (
    {},
    {"AutoSwitchHost": True},
    {"AutoSwitchHost": False},
    {"UseAccelerate": True},
    {"Domain": "https://files.example.com"},
    {"Domain": COS_DOMAIN},
    {"Domain": "https://{Bucket}.cos.{Region}.myqcloud.com"},
)
EXTRAS: tuple[dict[str, Any], ...] = (
    {"ContentType": "image/png"},
    {"ContentType": "text/plain"},
    {"CacheControl": "max-age=60"},
    {"ContentDisposition": "attachment"},
    {"ContentEncoding": "gzip"},
    {"Expires": "1"},
    {"ACL": "private"},
    {"StorageClass": "STANDARD_IA"},
    {"Range": "bytes=0-9"},
    {"IfMatch": "a", "IfNoneMatch": "b", "IfModifiedSince": "c", "IfUnmodifiedSince": "d"},
    {"x-cos-meta-note": "a"},
    {"x-cos-forbid-overwrite": "true"},
    {"Headers": {"x-cos-meta-note": "a"}},
    {"Headers": {"Content-Type": "image/png"}},
    {"Headers": {"content-type": "image/png"}},
    {"Headers": {"Cache-Control": "max-age=60"}},
    {"Headers": {"x-cos-acl": "private"}},
    {"Headers": {"x-cos-forbid-overwrite": "true"}},
    {"Headers": {"x-cos-storage-class": "STANDARD_IA"}},
    {"Headers": {"x-cos-traffic-limit": "819200"}},
    {"Headers": {"x-cos-mime-limit": "image/*"}},
    {"Headers": {"X-Cos-Traffic-Limit": "819200"}},
    {"Headers": {"Pic-Operations": "{}"}},
    {"Headers": {"x-cos-callback": "a", "x-cos-callback-var": "b", "x-cos-return-body": "c"}},
    {"Headers": {"x-cos-tagging": "a=b"}},
    {"Headers": {"Content-Disposition": "attachment", "Content-Encoding": "gzip", "Expires": "1"}},
    {"Headers": {"X-Custom": "1"}},
    {"Headers": {"Range": "bytes=0-9"}},
    {"Headers": {"Host": "files.example.com", "Origin": "https://a.example", "Content-Length": "5", "Date": "x"}},
    {"ContentType": "image/png", "Headers": {"x-cos-meta-note": "a", "x-cos-acl": "private"}},
    {"ContentMD5": "a", "Expect": "100-continue"},
    {"GrantRead": "a", "GrantWrite": "a", "GrantFullControl": "a", "GrantReadAcp": "a", "GrantWriteAcp": "a"},
    {"MimeLimit": "image/*", "TrafficLimit": "819200"},
    {"ForbidOverwrite": "true"},
    {"ServerSideEncryption": "AES256"},
    {"SSEKMSKeyId": "a", "SSEContext": "a"},
    {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "a", "SSECustomerKeyMD5": "a"},
    {"PicOperations": "{}"},
    {"Callback": "a", "CallbackVar": "b", "ReturnBody": "c"},
    {"MFA": "a"},
)
BODIES = ("image/jpeg", "text/plain", "", "blob", "text")
EXPOSED: tuple[list[str] | None, ...] = (None, [], ["etag"], ["x-cos-request-id"], ["etag", "x-cos-request-id"])


def cases() -> list[dict[str, Any]]:
    """Every case once, in a fixed order; each is run with each version."""
    seen: dict[str, dict[str, Any]] = {}
    for case in _cases():
        seen.setdefault(json.dumps(case, sort_keys=True), case)
    return list(seen.values())


def _case(operation: str, **changes: Any) -> dict[str, Any]:
    return {**BASE, **changes, "operation": operation}


def _cases() -> Iterator[dict[str, Any]]:
    big = 2 * MIB + MIB // 2
    # options
    for options in OPTIONS:
        for operation in EVERY:
            yield _case(operation, options=options)
        for operation in ("uploadFile", "sliceUploadFile"):
            yield _case(operation, options=options, size=big)
    # the page's protocol and the option
    for page, protocol in itertools.product(PAGES, PROTOCOLS):
        options = {} if protocol is None else {"Protocol": protocol}
        for operation in EVERY:
            yield _case(operation, options=options, page=page)
        yield _case("sliceUploadFile", options=options, page=page, size=big)
        for more in ({"Domain": "files.example.com"}, {"Domain": "http://files.example.com"}, {"UseAccelerate": True}):
            for operation in ("putObject", "downloadFile"):
                yield _case(operation, options={**options, **more}, page=page)
        yield _case("putObject", options=options, page=page, faults={"PutObject": ["network"] * 9})
    # sizes around SliceSize
    for slice_size in (None, 1, MIB // 2, MIB, 2 * MIB, 5 * MIB):
        limit = MIB if slice_size is None else slice_size
        options = {} if slice_size is None else {"SliceSize": slice_size}
        for size in (0, 1, limit - 1, limit, limit + 1, MIB, MIB + 1, 3 * limit + 5):
            yield _case("uploadFile", options=options, size=size)
            yield _case("sliceUploadFile", options=options, size=size)
            yield _case("putObject", options=options, size=size)
    # what is uploaded
    for body, size in itertools.product(BODIES, (0, 1000, big)):
        for operation in ("putObject", "uploadFile", "sliceUploadFile"):
            yield _case(operation, body=body, size=size)
            yield _case(operation, body=body, size=size, extra={"ContentType": "image/png"})
    # what CORS lets the page read
    for expose in EXPOSED:
        for operation in EVERY:
            yield _case(operation, expose=expose)
        for operation, resume in itertools.product(("uploadFile", "sliceUploadFile"), (None, "match")):
            yield _case(operation, expose=expose, size=big, resume=resume)
        for operation, kind in itertools.product(("putObject", "getObject"), ("5xx", "5xx-bare", "4xx", "4xx-bare")):
            yield _case(operation, expose=expose, faults={STEP[operation]: [kind] * 9})
    # regions
    for region in REGIONS:
        for operation in EVERY:
            yield _case(operation, region=region)
        for options in ({"ForcePathStyle": True}, {"UseAccelerate": True}):
            for operation in ("putObject", "downloadFile", "getBucket"):
                yield _case(operation, region=region, options=options)
        for kind in ("network", "5xx", "5xx-bare"):
            yield _case("putObject", region=region, faults={"PutObject": [kind, kind]})
        yield _case("uploadFile", region=region, size=big)
        for domain in ("{Bucket}.{Region}.example.com", "{Bucket}.cos.{Region}.myqcloud.com"):
            yield _case("putObject", region=region, options={"Domain": domain})
    # keys
    for key in KEYS:
        yield _case("uploadFile", key=key, size=big)
        yield _case("sliceUploadFile", key=key, size=big, resume="match")
        for operation in EVERY:
            yield _case(operation, key=key)
        for operation in ("putObject", "downloadFile"):
            yield _case(operation, key=key, options={"ForcePathStyle": True})
            yield _case(operation, key=key, options={"Domain": "https://files.example.com"})
    # credentials
    for credentials in CREDENTIALS:
        for operation in EVERY:
            yield _case(operation, credentials=credentials)
        yield _case("uploadFile", credentials=credentials, size=big)
        for operation in ("putObject", "getObject"):
            for options, kind in itertools.product(SWITCHES[:3], ("network", "5xx", "5xx-bare")):
                faults = {STEP[operation]: [kind] * 9}
                yield _case(operation, credentials=credentials, options=options, faults=faults)
        faults = {step: ["network"] for step in MULTIPART}
        yield _case("sliceUploadFile", credentials=credentials, size=big, faults=faults)
    # faults: simple requests
    for operation, kinds, options in itertools.product(SIMPLE, FAULTS, SWITCHES):
        if operation in ("putObject", "getObject") or options in SWITCHES[:3]:
            yield _case(operation, options=options, faults={STEP[operation]: list(kinds)})
    for kinds, options in itertools.product((("network",) * 9, ("5xx",) * 9), SWITCHES[:3]):
        for operation in ("downloadFile", "abortUploadTask", "uploadFile"):
            yield _case(operation, options=options, faults={STEP[operation]: list(kinds)})
    # faults: each step of a multipart upload
    for step, kinds, options in itertools.product(MULTIPART, FAULTS[:12], SWITCHES[:3]):
        resume = "match" if step == "ListParts" else None
        yield _case("sliceUploadFile", options=options, size=big, resume=resume, faults={step: list(kinds)})
    for step, options in itertools.product(MULTIPART, SWITCHES[:3]):
        resume = "match" if step == "ListParts" else None
        for kinds in (("network",) * 9, ("5xx",) * 9):
            yield _case("uploadFile", options=options, size=big, resume=resume, faults={step: list(kinds)})
    path_style: dict[str, Any] = {"ForcePathStyle": True}
    for options in (path_style, *SWITCHES[3:]):
        faults = {step: ["network"] for step in MULTIPART}
        yield _case("sliceUploadFile", options=options, size=big, faults=faults)
    # resuming
    for resume, operation, options in itertools.product(
        ("match", "mismatch"), ("sliceUploadFile", "uploadFile"), (OPTIONS[0], OPTIONS[1], OPTIONS[3], OPTIONS[7])
    ):
        yield _case(operation, resume=resume, options=options, size=big)
        yield _case(operation, resume=resume, options=options, size=1000)
    # what the user may add
    for extra in EXTRAS:
        for operation in EVERY:
            yield _case(operation, extra=extra)
        for operation in ("uploadFile", "sliceUploadFile"):
            yield _case(operation, extra=extra, size=big)
        yield _case("putObject", extra=extra, body="blob", faults={"PutObject": ["5xx"]})
        yield _case("sliceUploadFile", extra=extra, size=big, resume="match")
    # levels of abortUploadTask
    for level, options in itertools.product((None, "task", "file", "bucket"), ({}, {"ForcePathStyle": True})):
        yield _case("abortUploadTask", level=level, options=options)


def _wanted(version: str) -> bool:
    return order(version) >= order(OLDEST)


def _main_of(package: Path) -> Path:
    return package / "dist" / f"{PACKAGE}.js"


RECORDER = Recorder(PACKAGE, HERE, cases, _main_of, _wanted, copied="dist")  # a demo has an older copy
load = RECORDER.load


if __name__ == "__main__":
    sys.exit(RECORDER.main(__doc__))

"""What the published builds of cos-wx-sdk-v5 send: recorded by running each of them against a fake `wx`.

    python tests/oracles/wx_sdk/record.py            write recordings.json.gz and builds.json beside this file
    python tests/oracles/wx_sdk/record.py --check    write nothing, fail where it differs from what is kept
    python tests/oracles/wx_sdk/record.py --versions print the versions that npm lists

It needs node and npm (PATH, or beside this Python) and the npm registry: every version that npm lists is
fetched with `npm pack --ignore-scripts`. The builds are self-contained, so nothing is installed. Nothing of
the SDK is kept but digests, names of headers, query and form fields, and URLs.
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
PACKAGE = "cos-wx-sdk-v5"
MIB = 1024 * 1024

BASE: dict[str, Any] = {
    "options": {},
    "operation": "postObject",
    "size": 1000,
    "region": "ap-guangzhou",
    "bucket": "media-1250000000",
    "key": "avatars/u1/1.jpg",
    "credentials": "temporary",
    "base_library": "3.5.0",
    "faults": {},
    "resume": None,
    "level": None,
    "extra": {},
}

SIMPLE = ("postObject", "putObject", "getObject", "headObject", "deleteObject", "getBucket")
MULTIPART = (
    "ListMultipartUploads",
    "InitiateMultipartUpload",
    "ListParts",
    "UploadPart",
    "CompleteMultipartUpload",
)
STEP = {
    "postObject": "PostObject",
    "putObject": "PutObject",
    "getObject": "GetObject",
    "headObject": "HeadObject",
    "deleteObject": "DeleteObject",
    "getBucket": "GetBucket",
    "abortUploadTask": "AbortMultipartUpload",
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
    {"SimpleUploadMethod": "putObject"},
    {"SimpleUploadMethod": "other"},
    {"AutoSwitchHost": True},
    {"AutoSwitchHost": False},
    {"Protocol": "http:"},
    {"Protocol": "https:"},
    {"Protocol": "http:", "Domain": "files.example.com"},
    {"UseAccelerate": True, "AutoSwitchHost": True},
    {"ForcePathStyle": True, "AutoSwitchHost": True},
)
REGIONS = (
    "ap-guangzhou",
    "eu-frankfurt",
    "na-siliconvalley",
    "ap-beijing-fsi",
    "cn-south",
    "cn-south-2",
    "cn-north",
    "cn-east",
    "cn-southwest",
    "sg",
    "gz",
    "cosgz",
    "tianjin",
    "cos.ap-guangzhou",
    "AP-Guangzhou",
    "accelerate",
)
KEYS = (
    "1.jpg",
    "/lead/1.jpg",
    "//twice/1.jpg",
    "a b/c d.txt",
    "文件/图 1.png",
    "a+b.txt",
    "100%/50%25.txt",
    "it's(1)*!.txt",
    "{a}/[b]/{c}",
    "a/b/c/d/e.bin",
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
    ("timeout",),
    ("timeout",) * 9,
    ("5xx",),
    ("5xx",) * 2,
    ("5xx",) * 3,
    ("5xx",) * 9,
    ("5xx-bare",),
    ("5xx-bare",) * 9,
    ("4xx",),
    ("4xx",) * 9,
    ("4xx-bare",),
    ("4xx-bare",) * 9,
    ("network", "5xx"),
    ("5xx", "network"),
    ("network", "5xx", "network", "5xx"),
    ("5xx", "5xx", "network"),
)
SWITCHES: tuple[dict[str, Any], ...] = (
    {},
    {"AutoSwitchHost": True},
    {"AutoSwitchHost": True, "UseAccelerate": True},
    {"AutoSwitchHost": True, "Domain": "https://files.example.com"},
    {"AutoSwitchHost": True, "Domain": COS_DOMAIN},
    {"AutoSwitchHost": True, "Domain": "https://{Bucket}.cos.{Region}.myqcloud.com"},
)
EXTRAS: tuple[dict[str, Any], ...] = (
    {"ContentType": "image/jpeg"},
    {"CacheControl": "max-age=60"},
    {"ContentDisposition": "attachment"},
    {"ContentEncoding": "gzip"},
    {"Expires": "1"},
    {"ACL": "private"},
    {"StorageClass": "STANDARD_IA"},
    {"x-cos-meta-note": "a"},
    {"x-cos-forbid-overwrite": "true"},
    {"Headers": {"x-cos-meta-note": "a"}},
    {"Headers": {"Content-Type": "image/jpeg"}},
    {"Headers": {"Cache-Control": "max-age=60"}},
    {"Headers": {"x-cos-acl": "private"}},
    {"Headers": {"x-cos-forbid-overwrite": "true"}},
    {"Headers": {"x-cos-storage-class": "STANDARD_IA"}},
    {"Headers": {"x-cos-traffic-limit": "819200"}},
    {"Headers": {"x-cos-mime-limit": "image/*"}},
    {"Headers": {"Pic-Operations": "{}"}},
    {"Headers": {"Content-Disposition": "attachment", "Content-Encoding": "gzip", "Expires": "1"}},
    {"Headers": {"X-Custom": "1"}},
    {"ContentType": "image/jpeg", "Headers": {"x-cos-meta-note": "a", "x-cos-acl": "private"}},
    {"ContentMD5": "a", "Expect": "100-continue"},
    {"GrantRead": "a", "GrantWrite": "a", "GrantFullControl": "a"},
    {"MimeLimit": "image/*", "TrafficLimit": "819200"},
    {"ForbidOverwrite": "true"},
    {"ServerSideEncryption": "AES256"},
    {"SSEKMSKeyId": "a", "SSEContext": "a"},
    {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "a", "SSECustomerKeyMD5": "a"},
)
BASE_LIBRARIES = ("2.9.5", "2.10.0", "2.20.0", "2.20.1", "2.30.0", "3.5.0")


def cases() -> list[dict[str, Any]]:
    """Every case once, in a fixed order; each is run with each version."""
    seen: dict[str, dict[str, Any]] = {}
    for case in _cases():
        seen.setdefault(json.dumps(case, sort_keys=True), case)
    return list(seen.values())


def _case(operation: str, **changes: Any) -> dict[str, Any]:
    case = {**BASE, **changes, "operation": operation}
    if operation == "uploadFile" and "FileSize" not in case["extra"]:
        # The oldest versions with uploadFile believe the size that the caller names; their demo names it.
        case["extra"] = {**case["extra"], "FileSize": case["size"]}
    if case["extra"].get("FileSize", "") is None:
        case["extra"] = {name: value for name, value in case["extra"].items() if name != "FileSize"}
    return case


def _cases() -> Iterator[dict[str, Any]]:
    big = 2 * MIB + MIB // 2
    every = (*SIMPLE, "downloadFile", "uploadFile", "sliceUploadFile", "abortUploadTask")
    # options
    for options in OPTIONS:
        for operation in every:
            yield _case(operation, options=options)
        for operation in ("uploadFile", "sliceUploadFile"):
            yield _case(operation, options=options, size=big)
    # sizes around SliceSize
    slice_sizes = (None, 1, MIB // 2, MIB, 2 * MIB, 5 * MIB)
    for slice_size, method in itertools.product(slice_sizes, (None, "putObject")):
        limit = MIB if slice_size is None else slice_size
        options = {"SliceSize": slice_size, "SimpleUploadMethod": method}
        options = {name: value for name, value in options.items() if value is not None}
        for size in (0, 1, limit - 1, limit, limit + 1, MIB, MIB + 1, 3 * limit + 5):
            yield _case("uploadFile", options=options, size=size)
            yield _case("sliceUploadFile", options=options, size=size)
    for size in (1000, MIB, big):
        yield _case("uploadFile", size=size, extra={"FileSize": None})
    # regions
    for region in REGIONS:
        for operation in every:
            yield _case(operation, region=region)
        for options in ({"ForcePathStyle": True}, {"UseAccelerate": True}):
            for operation in ("postObject", "putObject", "downloadFile", "getBucket"):
                yield _case(operation, region=region, options=options)
        for operation, kind in itertools.product(("postObject", "putObject"), ("network", "5xx", "5xx-bare")):
            faults = {STEP[operation]: [kind, kind]}
            yield _case(operation, region=region, options={"AutoSwitchHost": True}, faults=faults)
        yield _case("uploadFile", region=region, size=big)
        for domain in ("{Bucket}.{Region}.example.com", "{Bucket}.cos.{Region}.myqcloud.com"):
            yield _case("putObject", region=region, options={"Domain": domain})
    # keys
    for key in KEYS:
        yield _case("uploadFile", key=key, size=big)
        yield _case("sliceUploadFile", key=key, size=big, resume="match")
        yield _case("sliceUploadFile", key=key, size=big, base_library="2.9.5")
        for operation in every:
            yield _case(operation, key=key)
        for operation in ("postObject", "putObject", "downloadFile"):
            yield _case(operation, key=key, options={"ForcePathStyle": True})
            yield _case(operation, key=key, options={"Domain": "https://files.example.com"})
    # credentials
    for credentials in CREDENTIALS:
        for operation in every:
            yield _case(operation, credentials=credentials)
        yield _case("uploadFile", credentials=credentials, size=big)
        for operation in ("postObject", "putObject", "getObject"):
            for options, kind in itertools.product(SWITCHES[:2], ("network", "5xx", "5xx-bare")):
                faults = {STEP[operation]: [kind] * 9}
                yield _case(operation, credentials=credentials, options=options, faults=faults)
    # faults: simple requests
    for operation, kinds, options in itertools.product(SIMPLE, FAULTS, SWITCHES):
        if operation in ("postObject", "putObject", "getObject") or options in SWITCHES[:2]:
            yield _case(operation, options=options, faults={STEP[operation]: list(kinds)})
    for kinds, options in itertools.product((("network",) * 9, ("5xx",) * 9), SWITCHES[:2]):
        yield _case("downloadFile", options=options, faults={"GetObject": list(kinds)})
        yield _case("abortUploadTask", options=options, faults={"AbortMultipartUpload": list(kinds)})
        for method in ("postObject", "putObject"):
            faults = {STEP[method]: list(kinds)}
            yield _case("uploadFile", options={**options, "SimpleUploadMethod": method}, faults=faults)
    # faults: each step of a multipart upload
    many = (*FAULTS[:4], ("timeout",) * 9, *FAULTS[6:12], ("4xx",) * 9, ("4xx-bare",) * 9, ("network", "5xx"))
    for step, kinds, options in itertools.product(MULTIPART, many, SWITCHES[:2]):
        resume = "match" if step == "ListParts" else None
        yield _case("sliceUploadFile", options=options, size=big, resume=resume, faults={step: list(kinds)})
    for step, options in itertools.product(MULTIPART, SWITCHES[:2]):
        resume = "match" if step == "ListParts" else None
        for kinds in (("network",) * 9, ("5xx",) * 9):
            yield _case("uploadFile", options=options, size=big, resume=resume, faults={step: list(kinds)})
    path_style: dict[str, Any] = {"ForcePathStyle": True}
    for options in (path_style, *SWITCHES[2:5]):
        faults = {step: ["network"] for step in MULTIPART}
        yield _case("sliceUploadFile", options=options, size=big, faults=faults)
    # resuming
    targets = (OPTIONS[0], OPTIONS[1], OPTIONS[3], OPTIONS[7])
    for resume, operation, options in itertools.product(
        ("match", "mismatch"), ("sliceUploadFile", "uploadFile"), targets
    ):
        yield _case(operation, resume=resume, options=options, size=big)
        yield _case(operation, resume=resume, options=options, size=1000)
    # base library
    for base, method in itertools.product(BASE_LIBRARIES, (None, "postObject", "putObject")):
        options = {} if method is None else {"SimpleUploadMethod": method}
        sizes = (1000, MIB, MIB + 1, big)
        for operation, size in itertools.product(("uploadFile", "sliceUploadFile"), sizes):
            yield _case(operation, base_library=base, options=options, size=size)
        for operation in ("postObject", "putObject", "getObject"):
            yield _case(operation, base_library=base, options=options)
    for options, method in itertools.product(SWITCHES[:2], ("postObject", "putObject")):
        for kinds in (("network",) * 9, ("5xx",) * 9):
            given: dict[str, Any] = {**options, "SimpleUploadMethod": method}
            faults = {STEP[method]: list(kinds)}
            yield _case("sliceUploadFile", base_library="2.9.5", options=given, size=big, faults=faults)
    # what the user may add
    for extra in EXTRAS:
        for operation in every:
            yield _case(operation, extra=extra)
        for operation in ("uploadFile", "sliceUploadFile"):
            yield _case(operation, extra=extra, size=big)
        yield _case("uploadFile", extra=extra, options={"SimpleUploadMethod": "putObject"})
        yield _case("sliceUploadFile", extra=extra, size=big, base_library="2.9.5")
    # levels of abortUploadTask
    for level, options in itertools.product((None, "task", "file", "bucket"), ({}, {"ForcePathStyle": True})):
        yield _case("abortUploadTask", level=level, options=options)


def _main_of(package: Path) -> Path:
    """The build that the package names as its main."""
    return package / json.loads((package / "package.json").read_text("utf-8"))["main"]


RECORDER = Recorder(PACKAGE, HERE, cases, _main_of)
load = RECORDER.load


if __name__ == "__main__":
    sys.exit(RECORDER.main(__doc__))

"""Real policies, each with its source and a note: what the note says is what the engine and the reference say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from oracles.cam import reference

from cosaudit.cam.decide import decide
from cosaudit.cam.parse import PolicyError, loads
from cosaudit.cam.policy import Context, Known, Policy, Span

CORPUS = Path(__file__).parents[1] / "corpus" / "policies"
FILES = sorted(path.stem for path in CORPUS.glob("*.json"))

GZ = "qcs::cos:ap-guangzhou:uid/1250000000:"
BJ = "qcs::cos:ap-beijing:uid/1250000000:"
SH = "qcs::cos:ap-shanghai:uid/1250000000:"
MEDIA = GZ + "examplebucket-1250000000/"
DOCS = BJ + "examplebucket-1250000000/"

SIZE, TYPE, ACL = "cos:content-length", "cos:content-type", "cos:x-cos-acl"
KEEP, TLS = "cos:x-cos-forbid-overwrite", "cos:secure-transport"


class Ask(NamedTuple):
    """A request and what must be said of it. Condition keys that are not named are absent."""

    expected: str
    action: str  # `PutObject` of COS, or `ci:…`
    resource: str
    context: Mapping[str, Any] = MappingProxyType({})
    statement: int | None = None  # the one that decides; None: any


def allow(action: str, resource: str, context: dict[str, Any] | None = None, statement: int | None = None) -> Ask:
    """A request that goes through."""
    return Ask("allow", action, resource, context or {}, statement)


def refused(action: str, resource: str, context: dict[str, Any] | None = None) -> Ask:
    """A request that nothing allows."""
    return Ask("implicit-deny", action, resource, context or {})


def deny(action: str, resource: str, context: dict[str, Any] | None = None, statement: int | None = None) -> Ask:
    """A request that a deny refuses."""
    return Ask("deny", action, resource, context or {}, statement)


def unknown(action: str, resource: str, context: dict[str, Any] | None = None) -> Ask:
    """A request of which no page says what happens."""
    return Ask("unknown", action, resource, context or {})


HARDENED = BJ + "examplebucket-1250000000/attachments/tenant-1/attachment-1"
RELEASE = MEDIA + "releases/v1.zip"
UPLOADED = GZ + "test-1250000000/file/20240101/20240101_123456.jpg"

ASKED: dict[str, list[Ask]] = {
    "bucket-anonymous-ip": [  # the spaces make it another text: it grants nothing, not even on the old host form
        refused("GetObject", MEDIA + "a", {"qcs:ip": "101.226.100.185"}),
        refused(
            "GetObject", GZ + "examplebucket-1250000000.ap-guangzhou.myqcloud.com/a", {"qcs:ip": "101.226.100.185"}
        ),
    ],
    "bucket-deny-anyone-list": [
        deny("GetBucket", DOCS, statement=0),
        deny("GetBucketObjectVersions", DOCS + "a/"),
        refused("GetObject", DOCS + "a"),
        refused("GetBucket", MEDIA),
    ],
    "cam-case-prefix-without-slash": [
        allow("PutObject", SH + "Bucket1-1250000000/dir1/test"),
        allow("PutObject", SH + "Bucket1-1250000000/dir1/test2"),
        allow("DeleteObject", SH + "Bucket1-1250000000/dir1/testing/anything"),
        refused("PutObject", SH + "Bucket1-1250000000/dir1/tes"),
        refused("PutObject", SH + "bucket1-1250000000/dir1/test"),
    ],
    "cam-conditions-ip": [
        allow("PutObject", GZ + "any-1250000000/a", {"qcs:ip": "10.217.182.77"}),
        allow("PutObject", "qcs::cos:ap-paris:uid/1:b-1/a", {"qcs:ip": "111.21.33.255"}),
        refused("PutObject", GZ + "any-1250000000/a", {"qcs:ip": "10.217.183.3"}),
        refused("PutObject", GZ + "any-1250000000/a"),
        unknown("PutObject", GZ + "any-1250000000/a", {"qcs:ip": Known.UNKNOWN}),
        refused("GetObject", GZ + "any-1250000000/a", {"qcs:ip": "10.217.182.77"}),
    ],
    "cam-invalid-cidr-sample": [
        unknown("PutObject", BJ + "examplebucket-bj-1250000000/a", {"qcs:ip": "10.0.0.10"}),
        unknown("GetObject", GZ + "examplebucket-gz-1250000000/exampleobject", {"qcs:ip": "10.1.2.10"}),
        refused("GetObject", GZ + "examplebucket-gz-1250000000/other", {"qcs:ip": "10.1.2.10"}),
        refused("PutObject", BJ + "examplebucket-bj-1250000000/a"),
    ],
    "cond-response-type-get-only": [
        allow("GetObject", MEDIA + "a", {"cos:response-content-type": "image%2Fjpeg"}, 0),
        deny("GetObject", MEDIA + "a", {"cos:response-content-type": "image/jpeg"}, 1),  # values are url-encoded
        deny("GetObject", MEDIA + "a"),
        refused("HeadObject", MEDIA + "a"),
    ],
    "cos-demo-server-sign": [
        allow("PutObject", GZ + "test-1250000000/someone-else/a"),
        allow("UploadPart", GZ + "prefix//1250000000/test/any"),
        refused("PutObject", GZ + "test2-1250000000/a"),
        refused("PostObject", GZ + "test-1250000000/a"),
    ],
    "front-bad-action-all": [
        allow("GetObject", MEDIA + "app/photos/a"),
        allow("DeleteObject", MEDIA + "app/photos/a"),
        allow("NotInAnyList", MEDIA + "app/photos/a"),
        refused("GetObject", MEDIA + "app/other"),
        refused("ci:CreateMediaJobs", MEDIA + "app/photos/a"),
    ],
    "front-bad-resource-avatar": [
        allow("PutObject", MEDIA + "app/avatar/user1.png"),
        allow("PutObject", MEDIA + "app/avatar/user2.png"),
        refused("PutObject", MEDIA + "app/avatar"),
    ],
    "front-good-action-list-get": [
        allow("GetBucket", MEDIA + "app/photos/"),
        allow("GetObject", MEDIA + "app/photos/2024/a.jpg"),
        refused("GetBucket", MEDIA),
        refused("PutObject", MEDIA + "app/photos/a"),
    ],
    "front-good-resource-user-folder": [
        allow("PutObject", MEDIA + "app/avatar/user42/a.png"),
        refused("PutObject", MEDIA + "app/avatar/user421/a.png"),
        refused("PutObject", MEDIA + "app/avatar/user4/a.png"),
    ],
    "front-good-split-statements": [
        allow("GetObject", MEDIA + "app/files/user1/a", statement=0),
        allow("DeleteObject", MEDIA + "app/files/user42/a", statement=1),
        refused("DeleteObject", MEDIA + "app/files/user1/a"),
    ],
    "guide-copy-object": [
        allow("PutObject", DOCS + "doc/a", statement=0),
        allow("GetObject", DOCS + "doc2/a", statement=1),
        refused("GetObject", DOCS + "doc/a"),
        refused("PutObject", DOCS + "doc2/a"),
    ],
    "guide-delete-multiple": [
        allow("DeleteObject", DOCS + "audio.mp3"),
        allow("DeleteObject", DOCS + "video.mp4"),
        refused("DeleteObject", DOCS + "video.mp"),
        refused("DeleteMultipleObjects", DOCS + "audio.mp3"),
    ],
    "guide-get-bucket-root": [
        allow("GetBucket", DOCS),
        refused("GetBucket", DOCS + "doc/"),
        refused("GetBucket", BJ + "examplebucket-1250000000"),
    ],
    "guide-get-service": [allow("GetService", "*"), refused("GetBucket", "*")],
    "guide-multipart-prefix": [
        *(
            allow(name, DOCS + "doc/a")
            for name in (
                "InitiateMultipartUpload",
                "ListMultipartUploads",
                "ListParts",
                "UploadPart",
                "CompleteMultipartUpload",
                "AbortMultipartUpload",
            )
        ),
        refused("PutObject", DOCS + "doc/a"),
        refused("UploadPart", DOCS + "doc"),
    ],
    "guide-post-object-prefix": [allow("PostObject", DOCS + "doc/a"), refused("PutObject", DOCS + "doc/a")],
    "guide-put-bucket-acl": [
        allow("PutBucketACL", DOCS),
        refused("PutBucketAcl", DOCS),
        refused("PutBucketACL", BJ + "other-1250000000/"),
    ],
    "guide-put-object-acl": [allow("PutObjectACL", DOCS + "doc/a"), refused("PutObject", DOCS + "doc/a")],
    "guide-read-only-all": [
        allow("GetObject", "qcs::cos:ap-tokyo:uid/1:any-1/a"),
        allow("GetBucket", MEDIA),
        refused("PutObject", MEDIA + "a"),
    ],
    "guide-region-all-buckets": [
        allow("PutObject", BJ + "any-1250000000/a"),
        refused("PutObject", GZ + "any-1250000000/a"),
        refused("PutObject", "qcs::cos:ap-beijing:uid/1250000001:any-1250000001/a"),
    ],
    "guide-upload-part-copy": [
        allow("PutObject", DOCS + "doc/a", statement=0),
        allow("GetObject", DOCS + "doc2/a", statement=1),
        refused("UploadPartCopy", DOCS + "doc/a"),
        refused("UploadPart", DOCS + "doc/a"),
    ],
    "issue-14446-content_length-a": [
        refused("PutObject", MEDIA + "a", {SIZE: "5"}),
        allow("PutObject", MEDIA + "a", {"cos:content_length": "5"}),
    ],
    "issue-js-218-multipart-conditions": [
        allow("PutObject", MEDIA + "space/a", {SIZE: "5", TYPE: "image/png", ACL: "private"}),
        refused("PutObject", MEDIA + "space/a", {SIZE: "10485761", TYPE: "image/png", ACL: "private"}),
        refused("UploadPart", MEDIA + "space/a", {SIZE: "1048576"}),
        refused("UploadPart", MEDIA + "space/a", {SIZE: Span(1, 1048576)}),
    ],
    "issue-sts-105-shared-uploads": [
        allow("PostObject", MEDIA + "user_uploads/user1/a"),
        allow("PutObject", MEDIA + "user_uploads/user2/a"),
        refused("PutObject", MEDIA + "user_uploads"),
    ],
    "issue-sts-32-grant-other": [
        allow("PutObject", "qcs::cos:ap-guangzhou:uid/1259999999:otherbucket-1259999999/tmp"),
        refused("PutObject", GZ + "otherbucket-1259999999/tmp"),
        refused("PutObject", GZ + "otherbucket-1250000000/tmp"),
    ],
    "js-sdk-server-sts-key-concat": [
        refused("PutObject", GZ + "test-1250000000/file/20240812/20240812_123456.jpg"),
        allow("PutObject", GZ + "test-1250000000/user1/file/20240812/20240812_123456.jpg"),
        allow("PutObject", GZ + "test-1250000000/user1/a/b/file/20240812/20240812_123456.jpg"),
    ],
    "keys-acl-private": [
        allow("PutObject", MEDIA + "a", {ACL: "private"}, 0),
        deny("PutObject", MEDIA + "a", {ACL: "public-read"}, 1),
        deny("PutObject", MEDIA + "a"),
    ],
    "keys-content-length-max": [
        allow("PostObject", MEDIA + "a", {SIZE: "10"}, 0),
        allow("PutObject", MEDIA + "a", {SIZE: Span(0, 10)}),
        deny("PutObject", MEDIA + "a", {SIZE: "11"}, 1),
        deny("PutObject", MEDIA + "a"),
        unknown("PutObject", MEDIA + "a", {SIZE: Span(0, 11)}),
        unknown("PutObject", MEDIA + "a", {SIZE: Known.PRESENT}),
    ],
    "keys-content-type-equal": [
        allow("PutObject", MEDIA + "a", {TYPE: "image/jpeg"}, 0),
        deny("PutObject", MEDIA + "a", {TYPE: "image/JPEG"}, 1),
        deny("PutObject", MEDIA + "a"),
    ],
    "keys-delete-null-version": [
        allow("DeleteObject", MEDIA + "a"),
        allow("DeleteObject", MEDIA + "a", {"cos:versionid": "MTg0"}),
        deny("DeleteObject", MEDIA + "a", {"cos:versionid": "null"}, 1),
    ],
    "keys-ip-allow": [
        allow("GetObject", GZ + "examplebucket-gz-1250000000/exampleobject", {"qcs:ip": "192.168.1.200"}),
        allow("PutObject", GZ + "examplebucket-gz-1250000000/exampleobject", {"qcs:ip": "101.226.100.186"}),
        refused("PutObject", GZ + "examplebucket-gz-1250000000/exampleobject", {"qcs:ip": "101.226.100.187"}),
        refused("PutObject", GZ + "examplebucket-gz-1250000000/exampleobject2", {"qcs:ip": "101.226.100.186"}),
    ],
    "keys-prefix-broken-deny": [
        deny("GetBucket", MEDIA + "folder1", {"cos:prefix": "folder1"}, 1),
        deny("GetBucket", MEDIA),
        refused("GetBucket", MEDIA + "folder2", {"cos:prefix": "folder2"}),
    ],
    "keys-storage-class": [
        allow("PutObject", MEDIA + "a", {"cos:x-cos-storage-class": "STANDARD"}),
        deny("PutObject", MEDIA + "a", {"cos:x-cos-storage-class": "ARCHIVE"}),
        deny("PutObject", MEDIA + "a"),
    ],
    "keys-tls-version": [
        allow("PutObject", MEDIA + "a", {"cos:tls-version": "1.2"}, 0),
        allow("Whatever", MEDIA + "a", {"cos:tls-version": "1.3"}),
        deny("PutObject", MEDIA + "a", {"cos:tls-version": "1.1"}, 1),
        deny("PutObject", MEDIA + "a"),  # plain http
    ],
    "keys-vpc": [
        allow("DeleteBucket", DOCS, {"vpc:requester_vpc": "vpc-aqp5jrc1"}),
        refused("DeleteBucket", DOCS, {"vpc:requester_vpc": "vpc-other"}),
        refused("GetObject", DOCS + "a"),
    ],
    "least-privilege-get": [
        allow("GetObject", DOCS + "exampleObject.txt"),
        allow("GetObject", DOCS + "examplePrefix/a/b"),
        refused("GetObject", DOCS + "examplePrefix"),
        refused("PutObject", DOCS + "exampleObject.txt"),
    ],
    "old-prefix-form-uin": [  # the single slash is no legacy form: only its own text
        refused("PutObject", "qcs::cos:bj:uid/1238423:bucketA-1238423/a"),
        allow("PutObject", "qcs::cos:bj:uid/1238423:prefix/bucketA/a"),
        allow("PutObject", "qcs::cos:gz:uid/1238423:prefix/bucketB/object2"),
    ],
    "old-prefix-form": [
        allow("PutObject", BJ + "example-1250000000/test/a"),
        allow("PutObject", BJ + "prefix//1250000000/example/test/a"),
        refused("PutObject", BJ + "example-1250000000/tes"),
        refused("PutObject", BJ + "example-1250000001/test/a"),
    ],
    "preset-bucket-config-write": [
        allow("PutBucketPolicy", MEDIA),
        allow("PutBucketACL", MEDIA),
        refused("PutObject", MEDIA + "a"),
        refused("ci:PutBucketX", MEDIA),
    ],
    "preset-data-full-control": [
        allow("PutObjectACL", MEDIA + "a"),
        allow("GetObjectTagging", MEDIA + "a"),
        refused("PutBucketPolicy", MEDIA),
        refused("DeleteBucket", MEDIA),
    ],
    "public-aws-shape": [
        refused("GetObject", GZ + "my-company-bucket-1250000000/a"),  # the bucket has no appid
        allow("GetObject", GZ + "my-company-bucket/a"),
        allow("ListObjects", BJ + "my-company-bucket"),
    ],
    "public-egg-action-star": [
        allow("DeleteBucket", DOCS),
        allow("ci:CreateMediaBucket", DOCS + "a"),
        refused("GetObject", BJ + "examplebucket2-1250000000/a"),
    ],
    "public-extension-wildcards": [
        allow("PostObject", GZ + "photos-1250000000/uploads/a.jpg"),
        allow("PutObject", "qcs::cos:ap-paris:uid/7:photos-1250000000/uploads/a/b.png"),
        refused("PutObject", GZ + "photos-1250000000/uploads/a.JPG"),
        refused("PutObject", GZ + "photos-1250000000/uploads/a.jpg.exe"),
        refused("PutObject", "qcs::cos:ap-paris:uin/7:photos-1250000000/uploads/a.jpg"),
    ],
    "public-forallvalues": [
        unknown("PutObject", MEDIA + "prod/a", {SIZE: "5", TYPE: "image/png"}),
        refused("PutObject", MEDIA + "prod/a", {SIZE: "10485761", TYPE: "image/png"}),
        refused("PutObject", MEDIA + "test/a", {SIZE: "5", TYPE: "image/png"}),
    ],
    "public-getpolicy-client-bucket": [
        allow("PutBucketPolicy", GZ + "whatever-the-client-sent-1250000000/"),
        allow("DeleteObject", GZ + "whatever-the-client-sent-1250000000/a"),
        refused("GetObject", GZ + "other-1250000000/a"),
    ],
    "public-hardened-put": [
        allow("PutObject", HARDENED, {SIZE: "5", KEEP: "true"}, 0),
        allow("PutObject", HARDENED, {SIZE: "20971520", KEEP: "true", ACL: "private"}),
        refused("PutObject", HARDENED, {SIZE: "5"}),
        refused("PutObject", HARDENED, {SIZE: "20971521", KEEP: "true"}),
        refused("PutObject", HARDENED, {SIZE: "5", KEEP: "true", ACL: "public-read"}),
        deny("PutObject", HARDENED, {SIZE: "5", KEEP: "true", "cos:x-cos-grant-read": 'id="100"'}, 1),
        deny("PutObject", HARDENED, {SIZE: "5", KEEP: "true", "cos:x-cos-grant-full-control": Known.PRESENT}, 4),
        refused("PutObject", HARDENED + "0", {SIZE: "5", KEEP: "true"}),
    ],
    "public-multipart-forbid-overwrite": [
        allow("UploadPart", RELEASE, {TLS: "true"}, 0),
        allow("InitiateMultipartUpload", RELEASE, {TLS: "true", KEEP: "true"}, 1),
        deny("CompleteMultipartUpload", RELEASE, {TLS: "true"}, 2),
        deny("CompleteMultipartUpload", RELEASE, {TLS: "true", KEEP: "false"}, 2),
        deny("UploadPart", RELEASE, {TLS: "false"}, 3),
        refused("PutObject", RELEASE, {TLS: "true", KEEP: "true"}),
    ],
    "public-region-star-prefix-form": [
        allow("PostObject", MEDIA + "tmp/part/123/drawing/a"),
        allow("UploadPart", DOCS + "tmp/part/123/drawing/a"),
        refused("PostObject", MEDIA + "tmp/part/123/drawing"),
        refused("PostObject", GZ + "examplebucket-1250000001/tmp/part/123/drawing/a"),
    ],
    "public-tcb-resource-star": [
        allow("tcb:InvokeCloudBaseRunService", "qcs::tcb:ap-shanghai:uid/1:env"),
        allow("DeleteObject", MEDIA + "a"),
        refused("GetBucket", MEDIA),
    ],
    "size-doc-content_length-underscore": [
        refused("PutObject", MEDIA + "a", {SIZE: "5"}),
        refused("PostObject", MEDIA + "a", {SIZE: Span(0, None)}),
        refused("PutObject", MEDIA + "a"),
    ],
    "sts-keyandcred-empty-condition": [allow("PutObject", UPLOADED), refused("PostObject", UPLOADED)],
    "sts-keyandcred-node": [
        allow("PutObject", UPLOADED, {TYPE: "image/jpeg", SIZE: "5242880"}),
        refused("PutObject", UPLOADED, {TYPE: "image/jpeg", SIZE: "5242881"}),
        refused("PutObject", UPLOADED, {TYPE: "text/html", SIZE: "5"}),
        refused("UploadPart", UPLOADED, {SIZE: "1048576"}),
    ],
    "sts-node-demo": [
        allow("PutObject", GZ + "test-bucket-1250000000/exampleobject"),
        allow("ci:CreateMediaBucket", "qcs::ci:ap-guangzhou:uid/1250000000:bucket/test-bucket-1250000000/any"),
        allow("PutObject", "qcs::ci:ap-guangzhou:uid/1250000000:bucket/test-bucket-1250000000/any"),
        refused("PutObject", GZ + "test-bucket-1250000000/exampleobject2"),
    ],
    "sts-node-getpolicy-getservice": [allow("GetService", "*"), refused("PutObject", MEDIA + "a")],
    "sts-node-getpolicy-no-dash": [
        refused("PutObject", GZ + "nodash-1250000000/a"),
        refused("PutObject", GZ + "-nodash/a"),
        allow("PutObject", "qcs::cos:ap-guangzhou:uid/nodash:-nodash/a"),
    ],
    "sts-node-getpolicy-no-prefix": [
        refused("PutObject", GZ + "test-1250000000/a"),
        allow("PutObject", GZ + "test-1250000000/undefined"),
    ],
    "sts-node-server": [
        allow("PostObject", GZ + "test-1250000000/exampleobject"),
        refused("PostObject", GZ + "test-1250000000/exampleobject/a"),
    ],
    "sts-python-ci-demo": [
        allow("DeleteBucket", "qcs::cos:ap-chongqing:uid/125000000:test-125000000/", statement=1),
        allow("ci:Any", "qcs::ci:ap-chongqing:uid/125000000:bucket/test-125000000/a", statement=0),
        refused("ci:Any", "qcs::cos:ap-chongqing:uid/125000000:test-125000000/a"),
    ],
    "sts-python-getpolicy-output": [
        allow("PutObject", GZ + "test-1250000000/exampleobject"),
        refused("PostObject", GZ + "test-1250000000/exampleobject"),
    ],
    "subaccount-write-only": [
        allow("PutObjectACL", MEDIA + "a"),
        refused("DeleteObject", MEDIA + "a"),
        refused("GetObject", MEDIA + "a"),
    ],
    "user-policy-capitalised": [
        allow("DeleteBucket", MEDIA),
        allow("PutObject", MEDIA + "a"),
        refused("PutObject", BJ + "examplebucket-1250000000/a"),
    ],
}

#: file → line, column and words of the error.
ERRORS = {"sts-python-no-actions": (5, 14, ("null", "action"))}

#: file → what is odd about its form: (code, words of what was found, line)
ODD = {
    "bucket-anonymous-ip": [
        ("action-spaces", "name/cos: GetObject", 11),
        ("action-spaces", "name/cos: HeadObject", 12),
        ("resource-spaces", "qcs: : cos: ap-guangzhou", 24),
    ],
    "public-aws-shape": [("element-unknown", "Sid", 5)],
    "sts-keyandcred-empty-condition": [("condition-empty", "empty", 17)],
}


def document(name: str) -> dict[str, Any]:
    """The policy in a file of the corpus."""
    policy = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))["policy"]
    assert isinstance(policy, dict)
    return policy


def text(name: str) -> str:
    """The policy as a text of its own."""
    return json.dumps(document(name), indent=1, ensure_ascii=False)


def read(name: str) -> Policy:
    """The policy as the engine reads it."""
    return loads(text(name), f"{name}.json")


def test_no_file_is_forgotten() -> None:
    """Each file has requests, one of them let through or refused by what it says, or an error."""
    assert len(FILES) == 64
    assert not ASKED.keys() & ERRORS.keys()
    assert sorted(ASKED.keys() | ERRORS.keys()) == FILES
    assert ODD.keys() <= ASKED.keys()
    assert all(len(asked) >= 2 for asked in ASKED.values())


def test_the_files_say_their_own_names() -> None:
    """The id is the file's name, and each file has its source and its note."""
    for name in FILES:
        entry = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))
        assert entry["id"] == name
        assert entry["source"]
        assert entry["note"]


@pytest.mark.parametrize("name", sorted(ASKED))
def test_the_note_is_what_is_decided(name: str) -> None:
    """Each request gets the decision that the note implies, of the engine and of the reference."""
    policy = read(name)
    for ask in ASKED[name]:
        action = "name/" + (ask.action if ":" in ask.action else f"cos:{ask.action}")
        values = {key: (value,) if isinstance(value, str) else value for key, value in ask.context.items()}
        found = decide(policy, action, ask.resource, Context(values, Known.ABSENT))
        assert found.decision == ask.expected, ask
        assert ask.statement in (None, found.statement), ask
        plain = {key: plainly(value) for key, value in values.items()}
        assert reference.decide(document(name), action, ask.resource, plain, "absent") == ask.expected, ask


def plainly(value: Any) -> Any:
    """A value of a context in the reference's form."""
    if isinstance(value, Known):
        return value.value
    return ("span", *value) if isinstance(value, Span) else list(value)


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_what_cannot_be_judged_is_an_error_with_its_place(name: str) -> None:
    """An STS helper without actions sends `"action": null`: the error names it, with line and column."""
    line, column, words = ERRORS[name]
    with pytest.raises(PolicyError) as caught:
        read(name)
    fatal = [oddity for oddity in caught.value.oddities if oddity.fatal]
    assert [(one.place.file, one.place.line, one.place.column) for one in fatal] == [(f"{name}.json", line, column)]
    assert f"{name}.json:{line}:{column}" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_odd_forms_are_said_and_others_are_not(name: str) -> None:
    """The notes name spaces, an unknown element and an empty condition; what the notes call good is not odd."""
    found = [(one.code, one.found, one.place.line) for one in read(name).oddities]
    for code, words, line in ODD.get(name, []):
        assert any(code == one[0] and words in one[1] and line == one[2] for one in found), (code, found)
    if name not in ODD:
        assert found == []


def test_the_places_of_a_policy_are_those_of_its_text() -> None:
    """Every action, resource and condition of every file stands where its place says."""
    checked = 0
    for name in ASKED:
        lines = text(name).split("\n")
        for statement in read(name).statements:
            parts = [(one.text, one.place) for one in statement.actions]
            parts += [(one.text, one.place) for one in statement.resources]
            for words, place in parts:
                assert words in lines[place.line - 1][place.column - 1 :], (name, words)
                checked += 1
            for condition in statement.conditions:
                assert condition.key in lines[condition.place.line - 1][condition.place.column - 1 :]
                operator = condition.operator_place
                assert condition.written in lines[operator.line - 1][operator.column - 1 :]
                checked += 1
    assert checked > 250

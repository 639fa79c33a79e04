"""The signature gate: what is signed against what is sent, field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cosaudit.config.load import load
from cosaudit.config.reader import InputError
from cosaudit.model import Outcome
from cosaudit.run import Judged, Run

KEY = '"avatars/{openid}/{file}"'
SDK = "sdk: cos-wx-sdk-v5@1.8.0"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(
    upload: str, *, client: str = "sdk: none", bucket: str = "", operation: str = "putObject", key: str = KEY,
    session: str = "duration: 1800",
) -> str:
    """One upload of one client to one bucket."""
    return f"""
buckets: [{{name: media-1250000000, region: ap-guangzhou{bucket and ", " + bucket}}}]
clients: [{{name: shop, platform: wechat-miniprogram, {client}}}]
sessions: [{{name: user-key, {session}}}]
uploads:
  - {{name: avatar, client: shop, bucket: media-1250000000, operation: {operation}, key: {key}, {upload}}}
"""  # fmt: skip


def rows(*arguments: Any, **named: Any) -> list[Judged]:
    """The requests with their verdicts."""
    Path("c.yaml").write_text(written(*arguments, **named), "utf-8")
    return list(Run(load("c.yaml")).judged)


def verdicts(*arguments: Any, **named: Any) -> set[tuple[str, str]]:
    """(outcome, code) of all requests."""
    found = set()
    for row in rows(*arguments, **named):
        verdict = row.at("signature")
        assert verdict.outcome is not Outcome.UNKNOWN or verdict.settle is not None
        found.add((verdict.outcome.value, verdict.code))
    return found


SERVER = "signer: server, signature: "
TEMPORARY = "session: user-key, signer: server, signature: "
PASS = {("pass", "by-server")}


@pytest.mark.parametrize(
    ("upload", "client", "expected"),
    [
        ("", "sdk: none", {("not-described", "not-described")}),
        ("signer: none", "sdk: none", {("not-applicable", "anonymous")}),
        ("session: user-key", "sdk: none", {("pass", "by-hand")}),
        ("session: user-key", SDK, {("pass", "by-sdk")}),
        ("signer: server", SDK, {("not-described", "not-described")}),
        (SERVER + "{key: permanent}", SDK, PASS),
        (TEMPORARY + "{key: temporary}", SDK, PASS),
    ],
)
def test_who_signs_decides_what_is_judged(upload: str, client: str, expected: set[tuple[str, str]]) -> None:
    """An SDK signs what it sends; a server is judged by what is described of it; nothing said is not described."""
    assert verdicts(upload, client=client) == expected


def test_what_is_missing_names_its_field() -> None:
    """A server of which nothing is known."""
    (row, *_) = rows("signer: server")
    assert row.at("signature").missing == "uploads[0].signature"


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ("/avatars/{openid}/{file}", KEY, PASS),
        ("/{key}", KEY, PASS),
        ("/{key}", '"{key}/x"', {("blocked", "server-path-differs")}),
        ("/avatars/{openid}/{name}", KEY, {("unknown", "server-path-unknown")}),
        ("/photos/{openid}/{file}", KEY, {("blocked", "server-path-differs")}),
        ("/media-1250000000/avatars/{openid}/{file}", KEY, {("blocked", "server-path-differs")}),
        ("/{bucket}/{key}", KEY, {("blocked", "server-path-differs")}),
        ("/a b/图.jpg", '"a b/图.jpg"', PASS),
        ("/a%20b/%E5%9B%BE.jpg", '"a b/图.jpg"', {("blocked", "server-path-differs")}),
        ("/100%25.txt", '"100%25.txt"', PASS),
        ("/a//b", '"a//b"', PASS),
    ],
)
def test_the_path_that_a_server_signs(path: str, key: str, expected: set[tuple[str, str]]) -> None:
    """Decoded, with the key in its place; braces of the same name are the same text."""
    assert verdicts(SERVER + f'{{path: "{path}"}}', key=key) == expected


@pytest.mark.parametrize(
    ("client", "path", "expected"),
    [
        ("sdk: none", "/", PASS),
        ("sdk: none", "/uploads/a.jpg", {("blocked", "server-path-differs")}),
        ("sdk: none", "/{bucket}/", {("blocked", "server-path-differs")}),
        ("sdk: none, addressing: region", "/{bucket}/", PASS),
        ("sdk: none, addressing: region", "/", {("blocked", "server-path-differs")}),
        (SDK, "/", PASS),
    ],
)
def test_a_form_is_signed_for_the_path_that_it_is_posted_to(
    client: str, path: str, expected: set[tuple[str, str]]
) -> None:
    """`/` on the bucket's domain, `/<bucket>/` on the regional one (fact cos.signature.post-path)."""
    bucket = "created: 2020-01-01"
    assert verdicts(SERVER + f'{{path: "{path}"}}', client=client, operation="postObject", bucket=bucket) == expected


def test_the_regional_domain_has_the_bucket_in_an_objects_path() -> None:
    """Source: cos.signature.path."""
    client, bucket = "sdk: none, addressing: region", "created: 2020-01-01"
    assert verdicts(SERVER + '{path: "/{bucket}/{key}"}', client=client, bucket=bucket) == PASS
    assert verdicts(SERVER + '{path: "/{key}"}', client=client, bucket=bucket) == {("blocked", "server-path-differs")}


def test_one_method_for_a_multipart_upload_stops_the_requests_of_another_one() -> None:
    """Parts are PUT; listing, beginning and completing are not. Without `method` the server is asked each time."""
    found = rows(SERVER + "{method: put}", client=SDK, operation="sliceUploadFile")
    stopped = {row.request.shape.method for row in found if row.at("signature").outcome is Outcome.BLOCKED
               if row.request.shape is not None}  # fmt: skip
    passed = {row.request.shape.method for row in found if row.at("signature").outcome is Outcome.PASS
              if row.request.shape is not None}  # fmt: skip
    assert (stopped, passed) == ({"GET", "POST"}, {"PUT"})
    assert verdicts(SERVER + "{key: permanent}", client=SDK, operation="sliceUploadFile") == PASS


@pytest.mark.parametrize(
    ("host", "client", "expected"),
    [
        ("media-1250000000.cos.ap-guangzhou.myqcloud.com", "sdk: none", PASS),
        ("{bucket}.cos.{region}.myqcloud.com", "sdk: none", PASS),
        ("https://Media-1250000000.cos.ap-guangzhou.myqcloud.com/", "sdk: none", PASS),
        ("media-1250000000.cos.ap-shanghai.myqcloud.com", "sdk: none", {("blocked", "signed-host-differs")}),
        ("files.example.com", "sdk: none", {("blocked", "signed-host-differs")}),
        ("files.example.com", 'sdk: none, url: "https://files.example.com"', PASS),
        ("media-1250000000.cos.ap-guangzhou.myqcloud.com", f"{SDK}, options: {{UseAccelerate: true}}",
         {("blocked", "signed-host-differs")}),
    ],
)  # fmt: skip
def test_the_host_that_a_server_signs(host: str, client: str, expected: set[tuple[str, str]]) -> None:
    """The host that is really called (fact cos.signature.host)."""
    bucket = "acceleration: true, domains: [files.example.com]"
    assert verdicts(SERVER + f'{{host: "{host}"}}', client=client, bucket=bucket) == expected


@pytest.mark.parametrize(
    ("signed", "upload", "operation", "expected"),
    [
        ("[host]", "", "putObject", PASS),
        ("[Host, Content-Length, x-cos-acl]", "headers: {X-Cos-Acl: private}", "putObject", PASS),
        ("[x-cos-acl]", "", "putObject", {("blocked", "signed-header-not-sent")}),
        ("[date]", "", "getObject", {("blocked", "signed-header-not-sent")}),
        ("[content-type]", "content_type: image/jpeg", "putObject", PASS),
        ("[content-type]", "", "postObject", {("blocked", "signed-header-not-sent")}),
    ],
)
def test_what_a_server_signs_is_sent(
    signed: str, upload: str, operation: str, expected: set[tuple[str, str]]
) -> None:
    """In any letter case; what is sent by itself counts as sent."""
    more = f"{upload}, " if upload else ""
    assert verdicts(f"{more}{SERVER}{{headers: {signed}}}", operation=operation) == expected


@pytest.mark.parametrize(
    ("sends", "operation", "expected"),
    [
        ("{headers: [Authorization, X-Cos-Security-Token]}", "putObject", {("pass", "by-hand")}),
        ("{headers: [Authorization]}", "putObject", {("blocked", "token-not-sent")}),
        ("{headers: []}", "putObject", {("unknown", "signature-not-sent")}),
        ("{form: [key, Signature, x-cos-security-token]}", "postObject", {("pass", "by-hand")}),
        ("{form: [key, Signature]}", "postObject", {("blocked", "token-not-sent")}),
        ("{form: [key, Signature], headers: [x-cos-security-token]}", "postObject", {("unknown", "token-elsewhere")}),
        ("{form: [key, policy, q-sign-algorithm, q-ak, q-key-time, q-signature]}", "postObject",
         {("blocked", "token-not-sent")}),
    ],
)  # fmt: skip
def test_the_token_of_a_temporary_key_is_sent_beside_the_signature(
    sends: str, operation: str, expected: set[tuple[str, str]]
) -> None:
    """In the headers or in the form (fact cos.signature.token)."""
    assert verdicts("session: user-key", client=f"sdk: none, sends: {sends}", operation=operation) == expected


@pytest.mark.parametrize(
    ("bucket", "expected"),
    [
        ("", {("unknown", "signature-not-sent")}),
        ("acl: private", {("blocked", "signature-not-sent")}),
        ("acl: public-read-write", {("not-applicable", "anonymous-sent")}),
    ],
)
def test_an_upload_without_its_signature_is_an_anonymous_one(bucket: str, expected: set[tuple[str, str]]) -> None:
    """Whether that is enough is the bucket's affair."""
    assert verdicts("session: user-key", client="sdk: none, sends: {headers: []}", bucket=bucket) == expected


def test_a_token_under_a_name_that_the_sdk_does_not_read_is_not_sent() -> None:
    """What a server signed goes out all the same, without its token."""
    client = "sdk: cos-wx-sdk-v5@0.7.7, token_field: SecurityToken"
    assert verdicts(TEMPORARY + "{key: temporary}", client=client) == {("blocked", "token-not-sent")}


def test_the_last_retry_of_one_version_carries_the_signature_of_another_host() -> None:
    """Only back on the main host, only where there was a backup host (fact sdk.cos-wx-sdk-v5.backup-signature)."""
    client = f"{SDK}, options: {{AutoSwitchHost: true}}"
    found = rows("session: user-key", client=client)
    stopped = [row.request for row in found if row.at("signature").outcome is Outcome.BLOCKED]
    assert [(str(one.when), one.prefix) for one in stopped] == [
        ("retry: network", "https://media-1250000000.cos.ap-guangzhou.myqcloud.com")
    ]
    for other in (SDK, client.replace("1.8.0", "1.7.2"), client.replace("{Auto", "{UseAccelerate: true, Auto")):
        assert verdicts("session: user-key", client=other, bucket="acceleration: true") == {("pass", "by-sdk")}


def test_strict_signature_mode_leaves_open_what_it_asks_for() -> None:
    """Forms are not covered by it; of other requests a bool says too little."""
    strict = "strict_signature: true"
    assert verdicts("session: user-key", client=SDK, bucket=strict) == {("unknown", "strict")}
    assert verdicts("session: user-key", client=SDK, bucket=strict, operation="postObject") == {("pass", "by-sdk")}


@pytest.mark.parametrize(("valid", "expected"), [(11, {("unknown", "ends-while-sending")}), (10485, PASS)])
def test_a_slowed_down_upload_may_outlive_its_signature(valid: int, expected: set[tuple[str, str]]) -> None:
    """100 KiB a second and 1 MiB: eleven seconds; no speed is guessed where none is described."""
    limit = 'headers: {x-cos-traffic-limit: "819200"}, max_size: 10MiB'
    assert verdicts(f"{limit}, {SERVER}{{valid_for: {valid}}}") == expected
    assert verdicts(f"max_size: 10MiB, {SERVER}{{valid_for: {valid}}}") == PASS


# -- forms with a policy ---------------------------------------------------------------------------------------------

BASE = '{"q-sign-algorithm": sha1}, {"q-ak": "{id}"}, {"q-sign-time": "{time}"}'


def form(conditions: str, upload: str = "max_size: 1MiB", **named: Any) -> dict[str, str]:
    """When → outcome of the form's requests."""
    policy = f'{{expiration: "{{end}}", conditions: [{BASE}{conditions and ", " + conditions}]}}'
    found = rows(f"{upload}, {SERVER}{{form_policy: {policy}}}", operation="postObject", **named)
    return {str(row.request.when): f"{row.at('signature').outcome.value} {row.at('signature').code}" for row in found}


ALWAYS = {"always": "pass by-server"}
REFUSED = {"always": "blocked form-policy-refuses"}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("", ALWAYS),
        ('{"bucket": media-1250000000}, [starts-with, "$key", "avatars/{openid}/"]', ALWAYS),
        ('{"key": "avatars/{openid}/{file}"}', ALWAYS),
        ('[starts-with, "$key", ""]', ALWAYS),
        ('{"bucket": other-1250000000}', REFUSED),
        ('[starts-with, "$key", "photos/"]', REFUSED),
        ('{"key": "avatars/{openid}/1.jpg"}', {"always": "unknown form-policy-unknown"}),
        ("[content-length-range, 0, 1048576]", ALWAYS),
        ("[content-length-range, 0, 10]",
         {"up to 10": "pass by-server", "over 10": "blocked form-policy-refuses"}),
        ("[content-length-range, 5, 10]",
         {"up to 4": "blocked form-policy-refuses", "over 4, up to 10": "pass by-server",
          "over 10": "blocked form-policy-refuses"}),
        # no usual form has these fields, and nothing says that this one does
        ('{"acl": default}, {"x-cos-meta-a": "b"}', {"always": "unknown form-policy-unknown"}),
        ('["eq", "$key", "photos/${filename}"]', {"always": "blocked form-policy-refuses"}),
    ],
)  # fmt: skip
def test_a_form_meets_its_own_policy(conditions: str, expected: dict[str, str]) -> None:
    """For every key; sizes that are judged otherwise are rows of their own."""
    assert form(conditions) == expected


def test_fields_that_a_policy_names_must_be_sent() -> None:
    """Where it is described which are."""
    signed = "key, policy, q-sign-algorithm, q-ak, q-key-time, q-signature"
    for more, expected in (("", REFUSED), (", acl", ALWAYS)):
        assert form('{"acl": default}', client=f"sdk: none, sends: {{form: [{signed}{more}]}}") == expected


def test_a_content_type_is_compared_with_the_one_that_is_described() -> None:
    """An image where the policy wants a video."""
    assert form('[starts-with, "$Content-Type", "video/"]', "content_type: image/jpeg, max_size: 1") == REFUSED
    assert form('[starts-with, "$Content-Type", "image/"]', "content_type: image/jpeg, max_size: 1") == ALWAYS


def test_a_size_that_nothing_says_is_reached_is_unknown() -> None:
    """Without `max_size` nothing says that files get larger than the policy takes."""
    found = form("[content-length-range, 0, 10]", "min_size: 1")
    assert found == {"up to 10": "pass by-server", "over 10": "unknown form-policy-unknown"}


def test_the_conditions_that_every_policy_has_are_missed() -> None:
    """COS refuses a policy without them."""
    policy = '{expiration: "{end}", conditions: [{"bucket": media-1250000000}]}'
    expected = {("blocked", "form-policy-refuses")}
    assert verdicts(f"{SERVER}{{form_policy: {policy}}}", operation="postObject") == expected


def test_an_sdk_sends_no_policy() -> None:
    """Its form has the one field Signature."""
    policy = f'{{expiration: "{{end}}", conditions: [{BASE}]}}'
    expected = {("blocked", "form-policy-not-sent")}
    assert verdicts(f"{SERVER}{{form_policy: {policy}}}", operation="postObject", client=SDK) == expected


@pytest.mark.parametrize(
    ("policy", "place", "found"),
    [
        ("{conditions: []}", "c.yaml:7", "no `expiration`"),
        ("{expiration: tomorrow, conditions: []}", "c.yaml:7", "the `expiration` `tomorrow`"),
        ('{expiration: "{end}"}', "c.yaml:7", "no `conditions`"),
        ('{expiration: "{end}", conditions: [[starts-with, key, a]]}', "c.yaml:7", "the field `key` without `$`"),
        ('{expiration: "{end}", conditions: [[like, "$key", a]]}', "c.yaml:7", "the operator `like`"),
        ("form.json", "form.json:2", "a range"),
    ],
)
def test_a_policy_without_a_meaning_is_an_input_error(policy: str, place: str, found: str) -> None:
    """At its place, inline or in a file of its own."""
    Path("form.json").write_text(
        '{"expiration": "2026-12-31T12:00:00Z", "conditions": [\n["content-length-range", 2, 1]]}', "utf-8"
    )
    upload = f"signer: server,\n signature: {{form_policy: {policy}}}"
    with pytest.raises(InputError) as caught:
        rows(upload, operation="postObject")
    (problem,) = caught.value.problems
    assert f"{problem.place.file}:{problem.place.line}" == place
    assert f"the form policy has {found}" in problem.message and problem.expected


def test_a_form_policy_in_a_file_is_read_like_one_inline() -> None:
    """The path is relative to the configuration."""
    Path("form.json").write_text('{"expiration": "{end}", "conditions": [{"bucket": "other-1250000000"}]}', "utf-8")
    found = verdicts(f"{SERVER}{{form_policy: form.json}}", operation="postObject")
    assert found == {("blocked", "form-policy-refuses")}

"""`cosaudit trace`: each request that a client will send, and what each gate says of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cosaudit.cli import run

GATES = ["platform", "preflight", "address", "signature", "session", "issuer", "bucket", "object", "response"]
HOST = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
BACKUP = "https://media-1250000000.cos.ap-guangzhou.tencentcos.cn"
MULTIPART = {"ListMultipartUploads", "InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload"}


class Trace:
    """A trace of a configuration: exit code, rows and the whole answer."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.code = -1
        self.whole: dict[str, Any] = {}

    def __call__(self, text: str, *more: str) -> list[dict[str, Any]]:
        path = self.folder / "config.yaml"
        path.write_text(text, "utf-8")
        self.code = run(["trace", str(path), *more, "--format", "json"])
        printed = self.capsys.readouterr()
        assert self.code in (0, 3), printed.err
        self.whole = json.loads(printed.out)
        rows: list[dict[str, Any]] = self.whole["requests"]
        return rows


@pytest.fixture
def trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Trace:
    return Trace(tmp_path, capsys)


def config(
    operation: str = "uploadFile",
    client: str = "",
    upload: str = "max_size: 100MiB",
    bucket: str = "",
    sdk: str = "cos-wx-sdk-v5@1.8.0",
) -> str:
    """A configuration of one bucket, one client and one upload; the parts are lines of flow YAML."""
    return f"""
version: 1
buckets:
  - {{name: media-1250000000, region: ap-guangzhou, {bucket}}}
clients:
  - {{name: shop, platform: wechat-miniprogram, sdk: {sdk}, {client}}}
uploads:
  - {{name: avatar, client: shop, bucket: media-1250000000, operation: {operation},
     key: "avatars/{{openid}}/{{file}}", {upload}}}
"""


def first(rows: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """(api, method, action, when) of the requests that are no repeats and not conditional on an old phone."""
    return [
        (row["api"], row["method"], row["action"].removeprefix("name/cos:"), row["when"])
        for row in rows
        if "retry" not in row["when"] and "base library" not in row["when"]
    ]


# -- the shape of the answer --------------------------------------------------------------------------------------


def test_a_row_has_every_key_of_the_contract_and_all_nine_gates(trace: Trace) -> None:
    """Keys, gates in their order, and a verdict with a reason at each."""
    rows = trace(config(client="endpoints: [https://api.example.com/sts]"))
    assert rows
    assert trace.whole["version"] == 1
    keys = {
        "flow", "client", "bucket", "api", "method", "url", "query", "headers", "form", "action", "resource", "when",
        "gates",
    }  # fmt: skip
    for row in rows:
        assert keys <= set(row)
        assert list(row["gates"]) == GATES
        for verdict in row["gates"].values():
            assert verdict["reason"]
            assert verdict["verdict"] in ("pass", "blocked", "unknown", "not-described", "not-applicable")
            assert ("settle" in verdict) is (verdict["verdict"] == "unknown")
            if "settle" in verdict:
                assert list(verdict["settle"]) in (["describe"], ["fact"])
            assert ("missing" in verdict) is (verdict["verdict"] == "not-described")


def test_the_contracts_example_is_what_the_sdk_sends(trace: Trace) -> None:
    """postObject: POST on the bucket's domain, authorised on the key as it is described."""
    (row, *_) = trace(config("postObject"))
    assert (row["flow"], row["client"], row["bucket"]) == ("avatar", "shop", "media-1250000000")
    assert (row["api"], row["method"], row["url"]) == ("uploadFile", "POST", f"{HOST}/")
    assert row["query"] == []
    assert row["headers"] == ["authorization", "x-cos-security-token"]
    assert {"key", "Signature", "x-cos-security-token"} <= set(row["form"])
    assert row["action"] == "name/cos:PostObject"
    assert row["resource"] == "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/avatars/{openid}/{file}"
    assert row["when"] == "always"


def test_an_endpoint_is_a_row_without_a_flow(trace: Trace) -> None:
    """`flow` is null, `endpoint` is its URL, and only WeChat's list is asked."""
    rows = trace(
        config(
            "postObject", 'endpoints: [https://api.example.com/sts, {url: "https://up.example.com/x", api: uploadFile}]'
        )
    )
    ends = [row for row in rows if row["flow"] is None]
    assert [(row["endpoint"], row["api"], row["when"]) for row in ends] == [
        ("https://api.example.com/sts", "request", "always"),
        ("https://up.example.com/x", "uploadFile", "always"),
    ]
    for row in ends:
        assert (row["bucket"], row["method"], row["action"], row["resource"]) == (None, None, None, None)
        assert row["url"] == row["endpoint"]
        outcomes = {gate: verdict["verdict"] for gate, verdict in row["gates"].items()}
        assert outcomes.pop("platform") == "not-described"
        assert set(outcomes.values()) == {"not-applicable"}
    assert all("endpoint" not in row for row in rows if row["flow"] is not None)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (config("uploadFile", sdk="cos-wx-sdk-v5@1.0.6"), "sdk.cos-wx-sdk-v5.operations"),
        (config("sliceUploadFile", sdk="none"), "sdk.none.walk-through"),
        (config("putObject", "options: {ForcePathStyle: true}"), "sdk.cos-wx-sdk-v5.force-path-style"),
        (config("putObject", "addressing: region"), "sdk.cos-wx-sdk-v5.force-path-style"),
        (
            config("putObject", sdk="cos-wx-sdk-v5@0.6.0").replace("ap-guangzhou", "sg"),
            "sdk.cos-wx-sdk-v5.region-text",
        ),
    ],
    ids=["operation lacks", "no SDK", "option refused", "addressing refused", "region refused"],
)
def test_what_is_never_sent_is_one_row_blocked_at_the_address(trace: Trace, text: str, fact: str) -> None:
    """An operation that the version lacks, or an option that it refuses: api, method and url null, `when: never`."""
    (row,) = trace(text)
    assert (row["api"], row["method"], row["url"], row["when"]) == (None, None, None, "never")
    assert row["gates"]["address"]["verdict"] == "blocked"
    assert row["gates"]["address"]["fact"] == fact
    others = {verdict["verdict"] for gate, verdict in row["gates"].items() if gate != "address"}
    assert others == {"not-applicable"}


def test_a_name_selects_one_upload(trace: Trace) -> None:
    """`trace CONFIG NAME`: only its requests; without the endpoints."""
    text = config("postObject", "endpoints: [https://api.example.com]") + (
        "  - {name: other, client: shop, bucket: media-1250000000, operation: putObject}\n"
    )
    assert {row["flow"] for row in trace(text)} == {"avatar", "other", None}
    assert {row["flow"] for row in trace(text, "other")} == {"other"}


def test_a_name_that_is_not_there_is_an_error_with_the_nearest_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and the error as JSON too."""
    path = tmp_path / "config.yaml"
    path.write_text(config(), "utf-8")
    assert run(["trace", str(path), "avtar", "--format", "json"]) == 2
    printed = capsys.readouterr()
    assert "did you mean `avatar`" in printed.err
    (error,) = json.loads(printed.out)["errors"]
    assert set(error) == {"file", "line", "column", "message"}


def test_exit_code_3_when_a_shown_request_rests_on_something_unknown(trace: Trace) -> None:
    """0 answered, also when all is blocked; 3 when something must be described."""
    trace(config("putObject", "options: {ForcePathStyle: true}"))
    assert trace.code == 0
    trace(config("postObject", "addressing: region", sdk="none"))
    assert trace.code == 3


# -- sizes ----------------------------------------------------------------------------------------------------------


def test_upload_file_splits_at_slice_size(trace: Trace) -> None:
    """Small files are a form through wx.uploadFile, larger ones go in parts through wx.request."""
    assert first(trace(config())) == [
        ("uploadFile", "POST", "PostObject", "up to 1048576"),
        ("request", "GET", "ListMultipartUploads", "over 1048576"),
        ("request", "POST", "InitiateMultipartUpload", "over 1048576"),
        ("request", "PUT", "UploadPart", "over 1048576"),
        ("request", "POST", "CompleteMultipartUpload", "over 1048576"),
        ("request", "GET", "ListParts", "over 1048576, resume"),
    ]


@pytest.mark.parametrize(("limit", "parts"), [("1MiB", False), ("1048577", True), ("5MiB", True), ("20B", False)])
def test_a_max_size_within_slice_size_leaves_one_condition(trace: Trace, limit: str, parts: bool) -> None:
    """Where every object is small there is one row, `always`; one byte more and the parts come."""
    found = first(trace(config(upload=f"max_size: {limit}")))
    if parts:
        assert {action for _, _, action, _ in found} >= MULTIPART
        assert found[0][3] == "up to 1048576"
    else:
        assert found == [("uploadFile", "POST", "PostObject", "always")]


def test_a_min_size_over_slice_size_leaves_the_parts_alone(trace: Trace) -> None:
    """Where every object is large nothing goes through wx.uploadFile."""
    found = first(trace(config(upload="min_size: 1048577, max_size: 5MiB")))
    assert {api for api, _, _, _ in found} == {"request"}
    assert {when for _, _, _, when in found} == {"always", "resume"}
    at_limit = first(trace(config(upload="min_size: 1048576, max_size: 5MiB")))
    assert {api for api, _, _, _ in at_limit} == {"request", "uploadFile"}


def test_slice_size_of_the_client_moves_the_split(trace: Trace) -> None:
    """The option SliceSize counts, in bytes or with a unit."""
    for size in ("5242880", "5MiB"):
        found = first(trace(config(client=f"options: {{SliceSize: {size}}}")))
        assert {when for _, _, _, when in found} == {"up to 5242880", "over 5242880", "over 5242880, resume"}


def test_simple_upload_method_put_needs_the_request_list_only(trace: Trace) -> None:
    """`SimpleUploadMethod: putObject` sends small files with PUT through wx.request."""
    found = first(trace(config(client="options: {SimpleUploadMethod: putObject}")))
    assert found[0] == ("request", "PUT", "PutObject", "up to 1048576")
    assert {api for api, _, _, _ in found} == {"request"}
    old = first(trace(config(client="options: {SimpleUploadMethod: putObject}", sdk="cos-wx-sdk-v5@1.1.7")))
    assert old[0] == ("uploadFile", "POST", "PostObject", "up to 1048576")


def test_an_old_base_library_falls_back_to_the_form(trace: Trace) -> None:
    """Below 2.10.0 files cannot be sliced; absent is 2.10.0 or newer, an assumption."""
    whens = {row["when"] for row in trace(config(client="base_library: 2.9.5"))}
    assert any(when == "over 1048576, base library below 2.10.0" for when in whens)
    whens = {row["when"] for row in trace(config(client="base_library: 2.32.3"))}
    assert not any("base library" in when for when in whens)
    assert trace.whole["assumptions"] == []
    trace(config())
    (text,) = trace.whole["assumptions"]
    assert text.startswith("shop: ") and "`base_library` is not described" in text


# -- hosts ----------------------------------------------------------------------------------------------------------


def test_auto_switch_host_adds_the_backup_domain(trace: Trace) -> None:
    """With AutoSwitchHost every request may be repeated on tencentcos.cn, `retry: host`."""
    rows = trace(config("putObject", "options: {AutoSwitchHost: true}"))
    backup = [row for row in rows if row["when"] == "retry: host"]
    assert [row["url"] for row in backup] == [f"{BACKUP}/avatars/{{openid}}/{{file}}"]
    assert backup[0]["gates"]["address"]["verdict"] == "pass"
    assert all(row["url"].startswith(HOST) for row in rows if row not in backup)
    for text in (
        config("putObject"),
        config("putObject", "options: {AutoSwitchHost: true}", sdk="cos-wx-sdk-v5@1.4.6"),
    ):
        assert not [row for row in trace(text) if "tencentcos" in row["url"]]


def test_a_server_signature_is_bound_to_its_host(trace: Trace) -> None:
    """Only a client that signs itself switches hosts."""
    rows = trace(config("putObject", "options: {AutoSwitchHost: true}", "signer: server"))
    assert rows and not [row for row in rows if "tencentcos" in row["url"]]


@pytest.mark.parametrize(("written", "verdict"), [("true", "pass"), ("false", "blocked"), (None, "unknown")])
def test_the_acceleration_domain_answers_when_it_is_switched_on(
    trace: Trace, written: str | None, verdict: str
) -> None:
    """On passes, off is blocked, and not described asks for the field."""
    bucket = f"acceleration: {written}" if written else ""
    (row, *_) = trace(config("postObject", "options: {UseAccelerate: true}", bucket=bucket))
    assert row["url"] == "https://media-1250000000.cos.accelerate.myqcloud.com/"
    found = row["gates"]["address"]
    assert found["verdict"] == verdict
    if verdict == "unknown":
        assert found["settle"] == {"describe": "buckets[0].acceleration"}
        assert trace.code == 3


@pytest.mark.parametrize(
    ("template", "host"),
    [
        ("'{Bucket}.cos.{Region}.myqcloud.com'", HOST),
        ("'{BucketName}-{AppId}.cos.{Region}.myqcloud.com'", HOST),
        ("'https://{Bucket}.cos.{Region}.myqcloud.com/'", HOST),
        ("files.example.com", "https://files.example.com"),
    ],
)
def test_domain_templates_are_expanded(trace: Trace, template: str, host: str) -> None:
    """The option Domain: `{Bucket}` is the full name, `{BucketName}` the part before the APPID."""
    (row, *_) = trace(config("putObject", f"options: {{Domain: {template}}}"))
    assert row["url"] == f"{host}/avatars/{{openid}}/{{file}}"


@pytest.mark.parametrize("region", ["cn-south", "cn-north", "cn-east", "sg"])
def test_old_region_names_have_hosts_without_cos(trace: Trace, region: str) -> None:
    """`<bucket>.<old region>.myqcloud.com`; the resource names today's region."""
    (row, *_) = trace(config("postObject").replace("ap-guangzhou", region))
    assert row["url"] == f"https://media-1250000000.{region}.myqcloud.com/"
    assert row["gates"]["address"]["verdict"] in ("pass", "unknown")
    assert f":{region}:" not in row["resource"]


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("2023-12-31", "pass"),
        ("'2023-12-31'", "pass"),
        ("2024-01-01", "unknown"),
        ("2024-01-02", "blocked"),
        ("2023-12-31T23:59:59Z", "pass"),
        ("2024-01-01T00:00:00+08:00", "unknown"),  # in UTC it is still the day before
        ("2024-01-02T07:59:59+08:00", "unknown"),  # in UTC it is the day itself
        ("2024-01-02T08:00:00+08:00", "blocked"),
        ("2024-01-02 00:00:00", "blocked"),
        ("2023-12-31T23:00:00-05:00", "unknown"),
        (None, "unknown"),
    ],
)
def test_path_style_goes_by_the_creation_date(trace: Trace, written: str | None, verdict: str) -> None:
    """Before 2024-01-01 answered, on that day nobody knows, later refused; without a date it is asked for."""
    bucket = f"created: {written}" if written else ""
    (row,) = trace(config("postObject", "addressing: region", bucket=bucket, sdk="none"))
    assert row["url"] == "https://cos.ap-guangzhou.myqcloud.com/media-1250000000/"
    found = row["gates"]["address"]
    assert (found["verdict"], found["fact"]) == (verdict, "cos.path-style.cutoff")
    if verdict == "unknown":
        settled_by = {"describe": "buckets[0].created"} if written is None else {"fact": "cos.path-style.cutoff"}
        assert found["settle"] == settled_by


def test_old_sdk_versions_still_have_path_style(trace: Trace) -> None:
    """`addressing: region` with an SDK means ForcePathStyle."""
    for client in ("addressing: region", "options: {ForcePathStyle: true}"):
        (row, *_) = trace(config("putObject", client, bucket="created: 2022-01-01", sdk="cos-wx-sdk-v5@1.4.13"))
        assert row["url"] == "https://cos.ap-guangzhou.myqcloud.com/media-1250000000/avatars/{openid}/{file}"
        assert row["gates"]["address"]["verdict"] == "pass"


@pytest.mark.parametrize(
    ("domains", "verdict"),
    [
        ("domains: [files.example.com]", "pass"),
        ("domains: [img.example.com]", "blocked"),
        ("domains: []", "blocked"),
        ("", "unknown"),
    ],
)
def test_a_custom_domain_must_be_bound(trace: Trace, domains: str, verdict: str) -> None:
    """Bound passes, not bound is blocked, not described asks for the field."""
    (row,) = trace(config("postObject", "url: https://files.example.com", bucket=domains, sdk="none"))
    assert row["url"] == "https://files.example.com/"
    found = row["gates"]["address"]
    assert found["verdict"] == verdict
    if verdict == "unknown":
        assert found["settle"] == {"describe": "buckets[0].domains"}


@pytest.mark.parametrize(
    ("url", "operation", "sent"),
    [
        ("https://{bucket}.cos.{region}.myqcloud.com", "putObject", f"{HOST}/avatars/{{openid}}/{{file}}"),
        ("https://{bucket}.cos.{region}.myqcloud.com/", "putObject", f"{HOST}/avatars/{{openid}}/{{file}}"),
        (
            "https://cos.{region}.myqcloud.com/{bucket}",
            "postObject",
            "https://cos.ap-guangzhou.myqcloud.com/media-1250000000/",
        ),
    ],
)
def test_a_hand_written_url_is_joined_to_the_key_by_one_slash(
    trace: Trace, url: str, operation: str, sent: str
) -> None:
    """Templates are filled in; `url` wins over `addressing`."""
    (row,) = trace(config(operation, f'url: "{url}", addressing: bucket', sdk="none"))
    assert row["url"] == sent


# -- who signs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("upload", "token", "signed"),
    [
        ("", True, True),
        ("signer: server", False, True),
        ("signer: server, signature: {key: temporary}", True, True),
        ("signer: none", False, False),
    ],
    ids=["client", "server", "server with a temporary key", "nobody"],
)
def test_the_token_goes_with_temporary_keys_only(trace: Trace, upload: str, token: bool, signed: bool) -> None:
    """Without session and signer it is taken as a client with a temporary key."""
    (row, *_) = trace(config("putObject", upload=upload))
    assert ("x-cos-security-token" in row["headers"]) is token
    assert ("authorization" in row["headers"]) is signed


def test_a_token_under_a_name_that_the_version_does_not_read_sends_nothing(trace: Trace) -> None:
    """0.7.7 reads XCosSecurityToken; later versions take both names."""
    (row,) = trace(config("putObject", "token_field: SecurityToken", sdk="cos-wx-sdk-v5@0.7.7"))
    assert row["when"] == "never" and "XCosSecurityToken" in row["gates"]["address"]["reason"]
    (row, *_) = trace(config("putObject", "token_field: SecurityToken"))
    assert row["when"] == "always"


@pytest.mark.parametrize(
    ("client", "verdict"),
    [
        ("signed_path: /", "not-described"),
        ("signed_path: '/{bucket}/'", "blocked"),
        ("addressing: region, signed_path: '/{bucket}/'", "not-described"),
        ("addressing: region, signed_path: /", "blocked"),
        ("url: 'https://{bucket}.cos.{region}.myqcloud.com', signed_path: '/{bucket}/'", "blocked"),
        ("", "not-described"),
    ],
)
def test_the_signed_path_of_a_form_must_be_the_one_that_is_sent(trace: Trace, client: str, verdict: str) -> None:
    """Absent, it is the one that fits the addressing; who signs is another question."""
    (row,) = trace(config("postObject", client, bucket="created: 2020-01-01", sdk="none"))
    assert row["gates"]["signature"]["verdict"] == verdict


# -- what is not described ------------------------------------------------------------------------------------------


def test_what_is_not_described_names_the_field_that_is_missing(trace: Trace) -> None:
    """Nothing is invented: a gate without its section is `not-described`, with the field."""
    (row,) = trace(config("postObject", sdk="none"))
    gates = row["gates"]
    assert gates["platform"]["missing"] == "clients[0].allowlist"
    assert gates["session"]["missing"] == "uploads[0].session"
    assert gates["bucket"]["missing"] == "buckets[0].acl"
    assert gates["preflight"]["verdict"] == gates["response"]["verdict"] == "not-applicable"


def test_a_key_of_the_own_account_asks_for_the_bucket_policy_and_not_for_the_acl(trace: Trace) -> None:
    """An ACL only allows, and a key of the bucket's account is allowed already: only a policy could stop it."""
    (row,) = trace(config("postObject", bucket="acl: private", sdk="none"))
    assert row["gates"]["bucket"]["verdict"] == "not-described"
    assert row["gates"]["bucket"]["missing"] == "buckets[0].policy"
    (row,) = trace(config("postObject", bucket="policy: {}", sdk="none"))
    assert row["gates"]["bucket"]["verdict"] == "pass"
    assert trace.code == 0


@pytest.mark.parametrize(
    ("sdk", "judged", "said"),
    [
        ("cos-wx-sdk-v5", "1.8.0", True),
        ("cos-wx-sdk-v5@1.8.5", "1.8.0", True),
        ("cos-wx-sdk-v5@1.4.9", "1.4.7", True),
        ("cos-wx-sdk-v5@1.8.0", "1.8.0", False),
    ],
)
def test_an_unrecorded_version_is_judged_as_the_nearest_older_one(
    trace: Trace, sdk: str, judged: str, said: bool
) -> None:
    """A bare name is the newest; both print an assumption and make no verdict unknown."""
    rows = trace(config("putObject", "base_library: 2.32.3", sdk=sdk))
    told = [text for text in trace.whole["assumptions"] if judged in text]
    assert bool(told) is said
    same = trace(config("putObject", "base_library: 2.32.3", sdk=f"cos-wx-sdk-v5@{judged}"))
    assert rows == same


# -- the text -------------------------------------------------------------------------------------------------------


def test_the_text_says_first_whether_something_is_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """First line the verdict in words, then each request once with its repeats folded in."""
    path = tmp_path / "config.yaml"
    path.write_text(config("postObject", "allowlist: {uploadFile: []}"), "utf-8")
    assert run(["trace", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('STOPPED "avatar"')
    assert sum(" POST " in line for line in lines) == 1
    assert any("sent again after a network error or a 5xx" in line for line in lines)
    path.write_text(config("postObject", f"allowlist: {{uploadFile: ['{HOST}']}}"), "utf-8")
    run(["trace", str(path)])
    assert capsys.readouterr().out.startswith("Nothing is stopped")


def test_output_files_hold_what_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--output json=FILE` beside the text on standard output."""
    path, other = tmp_path / "config.yaml", tmp_path / "trace.json"
    path.write_text(config("postObject"), "utf-8")
    assert run(["trace", str(path), "--output", f"json={other}"]) == 0
    assert "avatar" in capsys.readouterr().out
    assert json.loads(other.read_text("utf-8"))["version"] == 1


# -- the text -------------------------------------------------------------------------------------------------------

_HEADINGS = ["CORS", "address", "signature", "key", "issuer", "bucket", "file", "answer"]


def _text(folder: Path, capsys: pytest.CaptureFixture[str], written: str) -> list[str]:
    path = folder / "config.yaml"
    path.write_text(written, "utf-8")
    run(["trace", str(path)])
    return capsys.readouterr().out.splitlines()


def _page(rule: str = "headers: ['*'], expose: [ETag]") -> str:
    """An upload of a web page; the rule's own fields come in."""
    cors = f"cors: [{{origins: ['https://www.example.com'], methods: [GET, POST, PUT], {rule}, max_age: 60}}]"
    written = config(bucket=cors, sdk="cos-js-sdk-v5@1.10.1", client="origins: ['https://www.example.com']")
    return written.replace("platform: wechat-miniprogram", "platform: web")


@pytest.mark.parametrize(("written", "first"), [(config(), "WeChat"), (_page(), "browser")])
def test_each_upload_has_a_matrix_of_nine_gates_in_80_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: str, first: str
) -> None:
    """A heading a gate, a row a request with an answer at each; only addresses are longer than the width."""
    lines = _text(tmp_path, capsys, written)
    head = next(line for line in lines if line.split()[1:] == _HEADINGS)
    rows = [line for line in lines if re.match(r"\d+ [A-Z]", line)]
    assert head.split()[0] == first
    assert len(rows) >= 6
    for row in rows:
        assert len(row.split()[-9:]) == 9 and set(row.split()[-9:]) <= {"ok", "BLOCKED", "unknown", "-"}
    assert all(len(line) <= 80 or "https://" in line for line in lines)


def test_each_row_of_the_matrix_has_its_request_below(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers run from 1, and each blocked answer has its reason at its own request."""
    lines = _text(tmp_path, capsys, _page("headers: [authorization]"))
    rows = [int(line.split()[0]) for line in lines if re.match(r"\d+ [A-Z]", line)]
    below = [int(line.split()[0]) for line in lines if re.match(r" +\d+  (GET|PUT|POST) ", line)]
    blocked = [line for line in lines if re.match(r"\d+ [A-Z]", line) and " BLOCKED " in f"{line} "]
    assert rows == below == list(range(1, len(rows) + 1))
    assert sum(len(re.findall("BLOCKED", line)) for line in blocked) == sum(
        bool(re.match(r" +[a-zA-Z]+ +BLOCKED  ", line)) for line in lines
    )


def test_a_repeat_that_alone_is_stopped_says_that_it_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rule allows all but the header of retries: the first try passes, and the row of the repeat has its words."""
    allowed = "headers: [authorization, cache-control, content-md5, content-type, x-cos-security-token]"
    lines = _text(tmp_path, capsys, _page(f"{allowed}, expose: [ETag]"))
    title = "  up to 1 MiB, again after a network error or a 5xx answer, through fetch"
    repeat = lines[lines.index(title) + 1]
    again = lines.index("  up to 1 MiB, through fetch")
    assert " BLOCKED " in repeat and " BLOCKED " not in lines[again + 1]
    assert again < lines.index(title)


def test_why_it_gets_through_is_said_once_with_its_requests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a reason; the numbers stand before it where it is not that of all."""
    lines = _text(tmp_path, capsys, config(client="options: {AutoSwitchHost: true}"))
    said = [line for line in lines if line.startswith("  address    ok  ")]
    assert len(said) == 2
    numbers = [re.match(r"  address    ok  ([\d, -]+): ", line) for line in said]
    assert all(numbers) and "1-" in said[0]


def test_what_is_not_recorded_is_told_once_for_all_gates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One reason, not one a gate."""
    lines = _text(tmp_path, capsys, _page().replace("1.10.1", "0.5.0"))
    assert "  what is sent is not recorded" in lines
    assert sum("is not recorded: it is older" in line for line in lines) == 1

"""`cosaudit check`: the audit, its JSON, its exit codes and its text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cosaudit import __version__
from cosaudit.cli import run

HOST = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
FLAGS = ["--bucket", "media-1250000000", "--region", "ap-guangzhou"]
Check = Callable[..., tuple[int, Any]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs `check --format json` on a configuration's text; returns exit code and answer."""

    def checked(text: str, *more: str) -> tuple[int, Any]:
        path = tmp_path / "config.yaml"
        path.write_text(text, "utf-8")
        code = run(["check", str(path), *more, "--format", "json"])
        return code, json.loads(capsys.readouterr().out)

    return checked


def config(
    operation: str = "postObject", client: str = "", upload: str = "max_size: 5MiB", bucket: str = "", sdk: str = "none"
) -> str:
    """A configuration of one bucket, one client and one upload."""
    return f"""version: 1
buckets:
  - {{name: media-1250000000, region: ap-guangzhou, {bucket}}}
clients:
  - {{name: shop, platform: wechat-miniprogram, sdk: {sdk}, {client}}}
uploads:
  - {{name: avatar, client: shop, bucket: media-1250000000, operation: {operation}, {upload}}}
"""


CLEAN = config(client=f"allowlist: {{uploadFile: ['{HOST}']}}")
MISSING = config(client="allowlist: {uploadFile: []}")


# -- the shape of the answer --------------------------------------------------------------------------------------


def test_the_answer_has_every_key_of_the_contract(check: Check) -> None:
    """version, tool, policy, summary, findings, not_described, assumptions."""
    code, whole = check(MISSING)
    assert code == 1
    assert whole["version"] == 1
    assert whole["tool"] == {"name": "cosaudit", "version": __version__}
    assert whole["policy"] == "default"
    assert set(whole["summary"]) == {
        "critical", "high", "medium", "low", "info", "blocked", "unknown", "not_described", "suppressed",
    }  # fmt: skip
    assert {"findings", "not_described", "assumptions"} <= set(whole)
    (finding,) = whole["findings"]
    assert set(finding) == {
        "rule", "severity", "confidence", "title", "message", "gate", "location", "subject", "affects", "witness",
        "fix", "docs", "owner", "fingerprint",
    }  # fmt: skip
    assert (finding["rule"], finding["severity"], finding["gate"]) == ("allowlist-missing", "high", "platform")
    assert finding["location"]["line"] == 5 and finding["location"]["file"].endswith("config.yaml")
    assert finding["subject"] == {"client": "shop", "bucket": "media-1250000000", "flow": "avatar"}
    assert finding["affects"] == [{"flow": "avatar", "when": "always"}]
    assert finding["witness"]["api"] == "uploadFile" and finding["witness"]["url"] == f"{HOST}/"
    assert re.fullmatch("[a-z]+(-[a-z]+)*", finding["rule"])


def test_the_place_is_the_list_that_a_person_mends(check: Check) -> None:
    """Line and column count from 1."""
    _, whole = check(MISSING)
    location = whole["findings"][0]["location"]
    line = MISSING.splitlines()[location["line"] - 1]
    assert line[location["column"] - 1 :].startswith("[]")


def test_what_is_not_described_is_listed_with_its_field(check: Check) -> None:
    """gate, flow and the field that is missing; the summary counts them."""
    code, whole = check(CLEAN)
    assert code == 0
    assert {"gate": "session", "flow": "avatar", "missing": "uploads[0].session"} in whole["not_described"]
    assert {"gate": "bucket", "flow": "avatar", "missing": "buckets[0].acl"} in whole["not_described"]
    assert whole["summary"]["not_described"] == len(whole["not_described"])


def test_blocked_counts_requests_not_gates(check: Check) -> None:
    """A request that two gates block counts once."""
    _, whole = check(config(client="addressing: region, allowlist: {uploadFile: []}", bucket="created: 2024-05-05"))
    assert {finding["gate"] for finding in whole["findings"]} == {"platform", "address"}
    assert whole["summary"]["blocked"] == 1
    _, whole = check(config(client="allowlist: {request: [], uploadFile: []}, endpoints: ['https://a.example.com']"))
    assert whole["summary"]["blocked"] == 2  # the form and the endpoint


def test_several_requests_to_one_entry_are_one_finding(check: Check) -> None:
    """One finding is one edit at one place; what it unblocks stands under it."""
    _, whole = check(
        config("uploadFile", f"allowlist: {{request: [], uploadFile: ['{HOST}']}}", sdk="cos-wx-sdk-v5@1.8.0")
    )
    (finding,) = whole["findings"]
    assert len(finding["affects"]) > 1
    assert all("over 1048576" in one["when"] for one in finding["affects"])
    assert whole["summary"]["blocked"] > 1


def test_a_list_that_programs_share_is_told_once(tmp_path: Path, check: Check) -> None:
    """What can never match in a file that two programs name is one edit."""
    (tmp_path / "domains.txt").write_text(f"uploadFile合法域名\n{HOST}\nhttps://*.example.com\n", "utf-8")
    text = CLEAN.replace(f"{{uploadFile: ['{HOST}']}}", "domains.txt")
    text = text.replace("uploads:", "  - {name: crm, platform: wechat-miniprogram, allowlist: domains.txt}\nuploads:")
    _, whole = check(text)
    (finding,) = [one for one in whole["findings"] if one["rule"] == "allowlist-never-matches"]
    assert finding["location"]["file"].endswith("domains.txt") and finding["location"]["line"] == 3


# -- exit codes -----------------------------------------------------------------------------------------------------


def test_clean_is_0(check: Check) -> None:
    """What is not described is listed and gives 0."""
    code, whole = check(CLEAN)
    assert (code, whole["findings"]) == (0, [])


def test_a_finding_below_the_threshold_is_0(check: Check) -> None:
    """The default threshold is medium."""
    code, whole = check(config(client=f"allowlist: {{uploadFile: ['{HOST}', 'https://*.example.com']}}"))
    assert code == 0
    assert [finding["severity"] for finding in whole["findings"]] == ["low"]


def test_an_unknown_that_a_field_settles_is_3(check: Check) -> None:
    """The creation date decides: describe it."""
    code, whole = check(config(client="addressing: region"))
    assert code == 3
    assert whole["summary"]["unknown"] == 1
    assert whole["unknown"][0]["settle"] == {"describe": "buckets[0].created"}


def test_an_unknown_that_nobody_can_settle_is_0(check: Check) -> None:
    """Made on 2024-01-01 itself: said once, does not fail the default policy."""
    code, whole = check(config(client="addressing: region", bucket="created: 2024-01-01"))
    assert code == 0
    assert whole["unknown"][0]["settle"] == {"fact": "cos.path-style.cutoff"}


def test_a_finding_wins_over_an_unknown(check: Check) -> None:
    """1 before 3."""
    code, whole = check(config(client="addressing: region, allowlist: {uploadFile: []}"))
    assert code == 1 and whole["unknown"]


@pytest.mark.parametrize(
    "text",
    [
        "buckets: []\nuplods: []\n",
        "buckets: [{name: media-1250000000, region: ap-guangzou}]",
        "",
        "[",
        "version: 2\nbuckets: []",
    ],
    ids=["unknown key", "unknown region", "empty", "not YAML", "version 2"],
)
def test_wrong_input_is_2_with_places(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """FILE:LINE:COLUMN on standard error, and the errors as JSON."""
    path = tmp_path / "config.yaml"
    path.write_text(text, "utf-8")
    assert run(["check", str(path), "--format", "json"]) == 2
    printed = capsys.readouterr()
    assert re.match(rf"{re.escape(str(path))}:\d+:\d+: ", printed.err)
    assert json.loads(printed.out)["errors"]


def test_a_file_that_is_not_there_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    """Never 0 when something that was named could not be read."""
    assert run(["check", "not-there.yaml"]) == 2
    assert capsys.readouterr().err.startswith("not-there.yaml:1:1: ")


# -- allowlists of many kinds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "entry", "rules"),
    [
        ("https://a.example.com/x", "https://a.example.com", set()),
        ("https://a.example.com/x", "a.example.com", set()),
        ("https://a.example.com:8443/x", "https://a.example.com:8443", set()),
        ("https://a.example.com:8443/x", "https://a.example.com", {"allowlist-missing"}),
        ("https://a.example.com:443/x", "https://a.example.com", {"allowlist-missing"}),
        ("https://a.example.com/x", "https://a.example.com:443", {"allowlist-missing"}),
        ("https://a.example.com/x", "https://example.com", {"allowlist-missing"}),
        ("https://a.example.com/x", "https://*.example.com", {"allowlist-missing", "allowlist-never-matches"}),
        ("https://a.example.com/x", "http://a.example.com", {"allowlist-missing", "allowlist-never-matches"}),
        ("https://a.example.com/x", "https://a.example.com/", {"allowlist-entry-unsettled"}),
        ("https://a.example.com/x", "https://A.example.com", {"allowlist-entry-unsettled"}),
        ("http://a.example.com/x", "https://a.example.com", {"url-refused"}),
        ("https://119.29.29.29/x", "https://a.example.com", {"url-refused"}),
        ("https://api.weixin.qq.com/x", "https://api.weixin.qq.com", {"url-refused", "allowlist-never-matches"}),
    ],
)
def test_wechats_list_is_compared_with_whole_origins(check: Check, url: str, entry: str, rules: set[str]) -> None:
    """Scheme, host and port; no parent, no wildcard; what no source settles is not reported as a fault."""
    _, whole = check(
        config(client=f"endpoints: ['{url}'], allowlist: {{request: ['{entry}'], uploadFile: ['{HOST}']}}")
    )
    assert {finding["rule"] for finding in whole["findings"]} == rules


def test_an_odd_spelling_says_what_to_type_instead(check: Check) -> None:
    """The finding names the plain origin."""
    _, whole = check(config(client=f"allowlist: {{uploadFile: ['{HOST}/']}}"))
    (finding,) = whole["findings"]
    assert HOST in finding["fix"] and finding["confidence"] == "tentative"
    assert HOST in whole["unknown"][0]["reason"]


def test_a_released_version_keeps_what_it_needs(check: Check) -> None:
    """Clients of one AppID have the same boxes: what the old one sends to is not called unused for the new one."""
    text = """
buckets: [{name: media-1250000000, region: ap-guangzhou, created: 2020-01-01}]
clients:
  - {name: new, platform: wechat-miniprogram, appid: wx0123456789abcdef, sdk: none,
     allowlist: &boxes {uploadFile: [HOST, "https://cos.ap-guangzhou.myqcloud.com"]}}
  - {name: old, platform: wechat-miniprogram, appid: APPID, sdk: none, addressing: region, released: true,
     allowlist: *boxes}
uploads:
  - {name: one, client: new, bucket: media-1250000000, operation: postObject}
  - {name: two, client: old, bucket: media-1250000000, operation: postObject}
""".replace("HOST", HOST)
    assert check(text.replace("APPID", "wx0123456789abcdef"))[1]["findings"] == []
    apart = text.replace("APPID", "wx0000000000000000")
    assert check(apart)[1]["findings"] == []  # another program, but the very same list
    own = '{uploadFile: [HOST, "https://cos.ap-guangzhou.myqcloud.com"]}'.replace("HOST", HOST)
    apart = check(apart.replace("*boxes", own))[1]["findings"]
    assert {finding["rule"] for finding in apart} == {"allowlist-regional-unused", "allowlist-unused-cos-host"}


# -- assumptions and flags --------------------------------------------------------------------------------------------


def test_without_clients_the_requests_are_those_of_an_assumed_one(check: Check) -> None:
    """Said as an assumption; nothing is blocked, and the lists are not described."""
    code, whole = check("buckets: [{name: media-1250000000, region: ap-guangzhou}]")
    assert code == 0
    assert [text for text in whole["assumptions"] if "no clients are described" in text]
    assert whole["summary"]["blocked"] == 0


def test_flags_stand_for_a_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--have` with the wrong region: found at the file that was given."""
    path = tmp_path / "have.txt"
    path.write_text("uploadFile合法域名\nhttps://media-1250000000.cos.ap-shanghai.myqcloud.com\n", "utf-8")
    arguments = ["check", *FLAGS, "--operation", "postObject", "--have", str(path), "--format", "json"]
    assert run(arguments) == 1
    whole = json.loads(capsys.readouterr().out)
    assert {finding["rule"] for finding in whole["findings"]} >= {"allowlist-missing"}
    assert {finding["location"]["file"] for finding in whole["findings"]} == {str(path)}


def test_a_declared_region_is_taken_and_said(check: Check) -> None:
    """`regions`: an id that the data does not know yet, taken as an ordinary region."""
    text = CLEAN.replace("ap-guangzhou", "eu-nowhere") + "regions: [eu-nowhere]\n"
    code, whole = check(text)
    assert code == 0
    assert [text for text in whole["assumptions"] if "eu-nowhere" in text]


# -- audit policies -------------------------------------------------------------------------------------------------

POLICY = "version: 1\ntitle: ours\nfail_on: {}\nunknown: {}\nunknown_fact: {}\nnot_described: {}\nseverity: {}\n"


@pytest.mark.parametrize(
    ("policy", "text", "code"),
    [
        (
            ("low", "report", "report", "report", "{}"),
            config(client=f"allowlist: {{uploadFile: ['{HOST}', 'https://*.example.com']}}"),
            1,
        ),
        (("critical", "report", "report", "report", "{}"), MISSING, 0),
        (("critical", "report", "report", "report", "{allowlist-missing: critical}"), MISSING, 1),
        (("medium", "report", "report", "report", "{}"), config(client="addressing: region"), 0),
        (
            ("medium", "report", "fail", "report", "{}"),
            config(client="addressing: region", bucket="created: 2024-01-01"),
            3,
        ),
        (("medium", "report", "report", "fail", "{}"), CLEAN, 3),
    ],
)
def test_an_audit_policy_decides_what_fails(
    check: Check, tmp_path: Path, policy: tuple[str, ...], text: str, code: int
) -> None:
    """Threshold, unknowns, what is not described, severities by rule."""
    path = tmp_path / "ours.yaml"
    path.write_text(POLICY.format(*policy), "utf-8")
    assert check(text, "--policy", str(path))[0] == code


def test_a_policy_that_is_not_there_is_an_input_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the shipped names."""
    path = tmp_path / "config.yaml"
    path.write_text(CLEAN, "utf-8")
    assert run(["check", str(path), "--policy", "defualt"]) == 2
    assert "default" in capsys.readouterr().err


# -- the text -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (CLEAN, "READY  "),
        (MISSING, "NOT READY  "),
        (config(client="addressing: region"), "UNDECIDED  "),
        (config(client=f"allowlist: {{uploadFile: ['{HOST}/']}}"), "UNPROVED  "),  # nobody knows: no READY, no failure
        ("buckets: [{name: media-1250000000, region: ap-guangzhou}]", "UNPROVED  "),  # no list to judge
    ],
)
def test_the_first_line_is_the_verdict(
    text: str, begins: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words, with the file's name; the last lines give the exit code and what to call next."""
    path = tmp_path / "config.yaml"
    path.write_text(text, "utf-8")
    code = run(["check", str(path)])
    out = capsys.readouterr().out
    assert out.startswith(f"{begins}{path}: ")
    assert f"exit {code}\n" in out
    assert "Again: cosaudit" in out


def test_the_text_shows_what_the_phone_says_and_what_to_paste(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The console's own words, the entry, and the message on the phone, for the sizes that it stops."""
    path = tmp_path / "config.yaml"
    path.write_text(
        config("uploadFile", f"allowlist: {{request: [], uploadFile: ['{HOST}']}}", sdk="cos-wx-sdk-v5@1.8.0"), "utf-8"
    )
    run(["check", str(path)])
    out = capsys.readouterr().out
    assert f"request合法域名\n       + {HOST}\n" in out
    assert "request:fail url not in domain list (avatar over 1 MiB)" in out


def test_the_text_has_no_control_characters_of_the_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, entries and frames are escaped."""
    path = tmp_path / "config.yaml"
    path.write_text(
        config(client='allowlist: {uploadFile: ["https://a.example.com\\u001b[2J\\u202e"]}').replace(
            "avatar", '"a\\u0007b"'
        ),
        "utf-8",
    )
    assert run(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert all(char.isprintable() or char == "\n" for char in out)
    assert "\\x07" in out


def test_why_is_a_command_that_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Why:` names `trace` with the same input, without options that it does not have."""
    path = tmp_path / "config.yaml"
    path.write_text(MISSING, "utf-8")
    words = ["check", str(path), "--policy", "default", "--format", "text"]
    monkeypatch.setattr("sys.argv", ["cosaudit", *words])
    assert run(words) == 1
    (why,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Why:")]
    assert why.split()[1:] == ["cosaudit", "trace", str(path), "avatar"]
    assert run(why.split()[2:]) == 0


@pytest.mark.parametrize(
    ("arguments", "text", "fields"),
    [
        ([], "buckets: [{name: media-1250000000, region: ap-guangzhou}]", {"clients", "uploads", "buckets[0].acl"}),
        (FLAGS, None, {"--have", "uploads", "buckets[0].acl"}),
        ([], CLEAN, {"uploads[0].session", "buckets[0].acl"}),
        ([], config(client="allowlist: {request: []}"), {"clients[0].allowlist.uploadFile"}),
    ],
    ids=["no clients", "flags", "no session", "another list"],
)
def test_a_missing_field_is_one_that_can_be_written(
    arguments: list[str],
    text: str | None,
    fields: set[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where a whole section is absent, the section is named; on the command line, the flag."""
    if text is not None:
        path = tmp_path / "config.yaml"
        path.write_text(text, "utf-8")
        arguments = [str(path)]
    run(["check", *arguments, "--format", "json"])
    missing = {one["missing"] for one in json.loads(capsys.readouterr().out)["not_described"]}
    assert missing >= fields
    assert not [field for field in missing if field.startswith("uploads[0]")] or "uploads" not in missing


def test_a_list_without_a_heading_asks_for_the_heading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It may be any box: exit code 3, with the words to write."""
    have = tmp_path / "have.txt"
    have.write_text(f"{HOST};https://api.example.com", "utf-8")
    assert run(["check", *FLAGS, "--operation", "postObject", "--have", str(have), "--format", "json"]) == 3
    (unknown,) = json.loads(capsys.readouterr().out)["unknown"]
    assert unknown["settle"] == {"describe": "--have"}
    assert "uploadFile合法域名" in unknown["reason"]
    have.write_text(f"uploadFile合法域名\n{HOST};https://api.example.com", "utf-8")
    assert run(["check", *FLAGS, "--operation", "postObject", "--have", str(have), "--format", "json"]) == 0


def test_what_is_stopped_is_never_called_ready(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even under an audit policy whose threshold it does not reach."""
    path, policy = tmp_path / "c.yaml", tmp_path / "lenient.yaml"
    path.write_text(MISSING, "utf-8")
    policy.write_text(
        "version: 1\nfail_on: critical\nunknown: fail\nunknown_fact: report\nnot_described: report\n", "utf-8"
    )
    assert run(["check", str(path), "--policy", str(policy)]) == 0
    first = capsys.readouterr().out.partition("\n")[0]
    assert first.startswith("UNPROVED  ") and first.endswith("below the threshold")

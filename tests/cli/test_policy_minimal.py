"""`cosaudit policy minimal`: what it prints, what it takes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from excess.made import ROOT, Config, allow, config, minimal, policy, upload
from support import call

MADE = config([upload("putObject", "up/{openid}/{file}")])


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ran(made: Config, *arguments: str) -> tuple[int, str, str]:
    """The command on a configuration from standard input."""
    return call("policy", "minimal", "-", *arguments, stdin=json.dumps(made).encode())


def two() -> Config:
    """Two sessions, each with an upload."""
    other = {**upload("getObject", "down/{file}", "down"), "session": "other"}
    made = config([*MADE["uploads"], other])
    return {**made, "sessions": [{"name": "key"}, {"name": "other"}]}


def test_text_and_json_are_the_policy_itself_ready_for_sts() -> None:
    """Nothing before it and nothing behind it."""
    for form in ((), ("--format", "text"), ("--format", "json")):
        code, out, err = ran(MADE, *form)
        assert (code, err) == (0, "")
        assert json.loads(out) == policy(allow("PutObject", "up/{openid}/*"))
        assert out.isascii() and out.endswith("}\n")


def test_a_file_and_standard_input_are_the_same() -> None:
    """`-` reads the configuration from a pipe."""
    Path("c.yaml").write_text(json.dumps(MADE), "utf-8")
    assert call("policy", "minimal", "c.yaml") == ran(MADE)


def test_its_output_is_a_policy_that_the_other_commands_read() -> None:
    """Piped into `lint` and `simulate`."""
    out = ran(MADE, "--set", "openid=abc")[1].encode()
    assert call("policy", "lint", "-", stdin=out)[0] == 0
    asked = ["--action", "name/cos:PutObject", "--resource", f"{ROOT}up/abc/1.jpg"]
    assert call("policy", "simulate", "-", *asked, stdin=out)[0] == 0
    asked[-1] = f"{ROOT}up/abd/1.jpg"
    assert call("policy", "simulate", "-", *asked, stdin=out)[0] == 1


def test_several_sessions_want_a_name() -> None:
    """Exit 2 and their names; with a name it is that session's policy alone."""
    code, out, err = ran(two())
    assert (code, out) == (2, "")
    assert err.startswith("SESSION:1:1: ") and "`key`" in err and "`other`" in err
    code, out, err = ran(two(), "other")
    assert (code, err) == (0, "")
    assert json.loads(out) == policy(allow("GetObject", "down/*"))
    assert json.loads(ran(two(), "key")[1]) == minimal(MADE)


def test_a_session_that_is_not_there_and_the_nearest_name() -> None:
    """A misspelt name is told with the right one."""
    code, out, err = ran(two(), "othr")
    assert (code, out) == (2, "")
    assert "there is no session `othr`" in err and "did you mean `other`?" in err


def test_errors_are_json_too() -> None:
    """With `--format json` the errors stand on standard output as well."""
    code, out, err = ran(two(), "--format", "json")
    assert code == 2
    told = json.loads(out)["errors"]
    assert len(told) == 1 and set(told[0]) == {"file", "line", "column", "message"}
    assert err.count("\n") == 1 and told[0]["message"] in err


@pytest.mark.parametrize(
    "made",
    [
        {**config([]), "sessions": []},
        {"version": 1, "buckets": MADE["buckets"]},
        config([]),
        {**MADE, "uploads": [{name: value for name, value in MADE["uploads"][0].items() if name != "session"}]},
    ],
    ids=["no sessions", "buckets alone", "no uploads", "no upload names it"],
)
def test_nothing_to_grant_is_an_error(made: Config) -> None:
    """An empty policy would be no answer."""
    code, out, err = ran(made)
    assert (code, out) == (2, "") and err


def test_an_sdk_whose_requests_are_not_recorded_rests_on_something_unknown() -> None:
    """Exit 3: the policy may lack something; never a plain 0."""
    web: dict[str, Any] = {"name": "page", "platform": "web", "sdk": "cos-js-sdk-v5@1.8.6"}
    made = {**MADE, "clients": [*MADE["clients"], web]}
    made["uploads"] = [*MADE["uploads"], {**upload("uploadFile", "web/{file}", "web"), "client": "page"}]
    code, out, _ = ran(made)
    if any("web/" in text for row in json.loads(out)["statement"] for text in row["resource"]):
        assert code == 0
    else:
        assert code == 3


def test_scopes_are_those_of_the_official_helper() -> None:
    """One entry for each action and resource; the prefix is the key, its star kept."""
    code, out, err = ran(MADE, "--as", "scopes")
    assert (code, err) == (0, "")
    assert json.loads(out) == [
        {
            "action": "name/cos:PutObject",
            "bucket": "media-1250000000",
            "region": "ap-guangzhou",
            "prefix": "up/{openid}/*",
        }
    ]


@pytest.mark.parametrize("shape", ["node", "python", "php", "java", "go"])
def test_code_in_five_languages_names_the_policy(shape: str) -> None:
    """Not empty, with the action and the folder in it; what it does is tested where it is made."""
    code, out, err = ran(MADE, "--as", shape)
    assert (code, err) == (0, "")
    assert "name/cos:PutObject" in out and "openid" in out


@pytest.mark.parametrize(
    ("form", "value", "good"),
    [
        ({"alphabet": "[A-Za-z0-9]"}, "aB3", True),
        ({"alphabet": "[A-Za-z0-9]"}, "a_b", False),
        ({"length": 28}, "short", False),
        ({"length": 5}, "short", True),
        ({"length": {"min": 2, "max": 4}}, "short", False),
        ({"alphabet": "[a-z+=]"}, "a+=", True),
        (None, "a_b", True),
    ],
)
def test_a_value_is_one_that_is_declared(form: dict[str, Any] | None, value: str, good: bool) -> None:
    """By characters and length; what is not declared may be any name. The code says the same."""
    placeholders = {"openid": {"identity": True, "from": "server", **form}} if form is not None else None
    made = config(MADE["uploads"], placeholders=placeholders)
    code, out, err = ran(made, "--set", f"openid={value}")
    assert (code == 0, bool(out)) == (good, good)
    if not good:
        assert code == 2 and "is none that `placeholders` declares; expected it must have" in err
        assert err.rpartition("it must have")[2].strip() in ran(made, "--as", "python")[1]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--set", "openid"], "is no NAME=VALUE"),
        (["--set", "=a"], "is no NAME=VALUE"),
        (["--set", "openid=a", "--set", "openid=b"], "is given twice"),
        (["--set", "opnid=a"], "did you mean `openid`?"),
        (["--set", "\x1b[31m=a"], "\\x1b"),
    ],
)
def test_wrong_words(arguments: list[str], part: str) -> None:
    """Exit 2, one line each, escaped."""
    code, out, err = ran(MADE, *arguments)
    assert (code, out) == (2, "")
    assert part in err and "\x1b" not in err


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"version: 2", b"[" * 3000, b"\x00"])
def test_garbage_is_told_without_a_traceback(text: bytes) -> None:
    """Exit 2 with a place."""
    for form in ("text", "json"):
        code, out, err = call("policy", "minimal", "-", "--format", form, stdin=text)
        assert code == 2
        assert err.startswith("-:") and "Traceback" not in err + out and "fault of cosaudit" not in err
        assert (out == "") is (form == "text")


def test_a_file_that_is_not_there() -> None:
    """Exit 2 and its name."""
    code, out, err = call("policy", "minimal", "missing.yaml")
    assert (code, out) == (2, "") and err.startswith("missing.yaml:1:1: ")

"""`cosaudit sign explain`: called, answered, and silent about keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import call

from cosaudit import examples
from cosaudit.cos import signature
from cosaudit.cos.signature import Times

BUCKET = "media-1250000000"
HOST = f"{BUCKET}.cos.ap-guangzhou.myqcloud.com"
TIME = Times(1700000000, 1700003600)
ID, KEY = "AKIDexampleexampleexampleexample0000", "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH"
TOKEN = "x-cos-security-token: yQ8xW2vB5nM1kJ4hG7fD0sA3pO6iU9yT"
PUT = signature.authorization(ID, KEY, TIME, "put", "/a b.jpg", {}, {"host": HOST})
URL = f"https://{HOST}/a%20b.jpg"
FORM = signature.authorization(ID, KEY, TIME, "post", f"/{BUCKET}/")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def explained(*arguments: str, stdin: bytes = b"") -> tuple[int, dict[str, Any]]:
    """Exit code and JSON."""
    code, out, err = call("sign", "explain", *arguments, "--format", "json", stdin=stdin)
    assert err == "", err
    return code, json.loads(out)


def codes(found: dict[str, Any]) -> list[str]:
    """The codes of the differences."""
    return [one["code"] for one in found["differences"]]


def test_the_vendors_sample_with_its_regional_flag_signs_another_path() -> None:
    """The shipped example says what is signed: the mismatch is found, and what to switch off."""
    for name, text in examples.files("regional-flag-bug").items():
        Path(name).write_text(text, "utf-8")
    form = ["--form", "key=avatars/u1/1.jpg", "--form", f"Signature={FORM}", "--form", TOKEN.replace(": ", "=")]
    arguments = ["POST", f"https://{HOST}/", *form, "--config", "config.yaml"]
    code, found = explained(*arguments)
    assert (code, found["outcome"], codes(found)) == (1, "differ", ["path"])
    assert "flag for the regional domain" in found["differences"][0]["text"]
    assert found["differences"][0]["mend"] == "switch the flag off: sign `/`"
    code, out, err = call("sign", "explain", *arguments)
    assert (code, err) == (1, "") and out.startswith("DIFFERS  1 thing to change")
    assert f"/{BUCKET}/" in out and "cos.signature.post-path" in out


@pytest.mark.parametrize(
    ("more", "code", "outcome"),
    [
        (["--signed-path", "/a b.jpg", "--now", "1700000000"], 0, "fit"),
        (["--signed", f"put\\n/a b.jpg\\n\\nhost={HOST}\\n"], 0, "fit"),
        (["--signed-path", "/a%20b.jpg"], 1, "differ"),
        (["--signed-path", "/a b.jpg", "--now", "2023-11-15T00:00:00Z"], 1, "differ"),
        ([], 3, "unknown"),
    ],
)
def test_exit_codes(more: list[str], code: int, outcome: str) -> None:
    """0 they fit, 1 they differ, 3 cannot tell."""
    found = explained("PUT", URL, "--authorization", PUT, "--header", TOKEN, *more)
    assert (found[0], found[1]["outcome"]) == (code, outcome)


def test_a_request_and_its_answer_come_from_files_or_standard_input() -> None:
    """A curl command on standard input, COS's XML in a file; or the XML alone."""
    text = signature.http_string("put", "/a b.jpg", (), {"host": "proxy.example.com"})
    to_sign = signature.string_to_sign(TIME, text)
    xml = (
        "<Error><Code>SignatureDoesNotMatch</Code>"
        f"<StringToSign>{to_sign}</StringToSign><FormatString>{text}</FormatString></Error>"
    )
    Path("answer.xml").write_text(xml, "utf-8")
    curl = f"curl -X PUT '{URL}' -H 'Authorization: {PUT}' -H '{TOKEN}'".encode()
    code, found = explained("-", "--answer", "answer.xml", stdin=curl)
    assert (code, codes(found)) == (1, ["headers-changed-on-the-way"])
    code, found = explained("answer.xml")
    assert code == 3 and found["causes"][0]["code"] == "secret-key"
    assert explained("PUT", URL, "--authorization", PUT, "--answer", "-", stdin=xml.encode())[0] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone.txt"], "no such file"),
        (["PUT", "media"], "no URL"),
        (["P U T", URL], "a METHOD that is no word"),
        (["a", "b", "c"], "3 words"),
        (["-"], "nothing that is a request"),
        (["PUT", URL, "--header", KEY], "a word without `:`"),
        (["PUT", URL, "--form", KEY], "a word without `=`"),
        (["PUT", URL, "--signed", KEY], "without the lines of HttpString"),
        (["PUT", URL, "--signed-path", KEY], "a path without its slash"),
        (["PUT", URL, "--signed-path", "/", "--signed", "put\\n/\\n\\n\\n"], "stands beside"),
        (["PUT", URL, "--now", KEY], "no time"),
        (["PUT", URL, "--answer", "-"], "nothing that is a request or an answer"),
        ([KEY], "no such file"),
        (["PUT", URL, "--config", KEY], "no such file"),
        (["PUT", URL, "--answer", KEY], "no such file"),
        (["PUT", URL, f"--SecretKey={KEY}"], "No such option"),
        (["PUT", URL, "--secret-key", KEY], "No such option"),
        (["PUT", URL, "--format", KEY], "--format"),
        (["-", "--answer", "-"], "once only"),
        (["PUT", URL, KEY], "3 words"),
        ([], "Missing argument"),
    ],
)
def test_a_wrong_call_is_told_without_what_it_holds(arguments: list[str], words: str) -> None:
    """Exit code 2, and a key that was pasted into the wrong place is not repeated."""
    code, out, err = call("sign", "explain", *arguments)
    assert (code, out) == (2, "") and words in err
    assert KEY not in err


def test_the_group_says_its_commands() -> None:
    """`cosaudit sign` alone, and its help."""
    code, _, err = call("sign")
    assert code == 2 and "sign explain" in err
    code, out, _ = call("sign", "--help")
    assert code == 0 and "explain" in out


def test_text_is_escaped_for_the_terminal() -> None:
    """A path with control characters prints as what it is."""
    code, out, _ = call("sign", "explain", "PUT", f"https://{HOST}/%1b%5b31m", "--authorization", PUT)
    assert code == 3 and "\x1b" not in out and "\\x1b[31m" in out


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(max_size=40), now=st.text(max_size=8))
def test_no_call_ends_in_a_fault_or_gives_a_key_away(text: str, now: str) -> None:
    """Whatever stands in the words, with a key beside it."""
    for arguments in (
        ["PUT", f"https://{HOST}/{text}", "--authorization", text, "--header", f"a:{KEY}"],
        ["PUT", URL, "--form", f"Signature={text}", "--form", f"SecretKey={KEY}"],
        ["PUT", URL, "--authorization", f"{PUT}&{text}", "--now", now, "--signed", f"put\n/{text}\n{KEY}\n"],
    ):
        words = [word.replace("\0", "") for word in arguments]
        code, out, err = call("sign", "explain", *words)
        assert code in (0, 1, 2, 3), err
        assert KEY not in out + err
    code, out, err = call("sign", "explain", "-", stdin=f"{text}\nSecretKey: {KEY}\n{text}".encode("utf-8", "replace"))
    assert code in (0, 1, 2, 3) and KEY not in out + err

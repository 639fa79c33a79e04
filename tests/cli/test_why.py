"""`cosaudit why` on the command line: where the text comes from, exit codes, the JSON, what stands first."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support import call

CONFIG = """
buckets: [{name: media-1250000000, region: ap-guangzhou}]
clients:
  - name: shop
    platform: wechat-miniprogram
    allowlist: {request: [], uploadFile: ["https://media-1250000000.cos.ap-shanghai.myqcloud.com"]}
uploads: [{name: avatar, client: shop, bucket: media-1250000000, operation: postObject, key: x}]
"""
MESSAGE = "uploadFile:fail url not in domain list"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(CONFIG, "utf-8")


def test_list_host_and_line_are_named() -> None:
    """The example of the command's own help."""
    code, out, err = call("why", MESSAGE, "--config", "config.yaml")

    assert (code, err) == (0, "")
    assert out.startswith("WeChat stopped the call, its domain list does not name this host (certain)\n")
    assert "checked against the uploadFile list" in out
    assert "1 PROVEN " in out
    assert "config.yaml:6:42  allowlist-missing" in out
    assert "add https://media-1250000000.cos.ap-guangzhou.myqcloud.com" in out
    assert "Struck out by config.yaml:" in out


def test_the_json_has_the_causes_with_their_state() -> None:
    """What a program reads: answers, causes, places."""
    code, out, _ = call("why", MESSAGE, "--config", "config.yaml", "--format", "json")
    found = json.loads(out)

    assert code == 0
    assert list(found) == ["version", "answered", "found", "answers", "question", "notes", "cut"]
    assert (found["version"], found["answered"], found["question"], found["cut"]) == (1, True, None, False)
    assert found["found"]["list"] == "uploadFile"
    (answer,) = found["answers"]
    assert (answer["id"], answer["gate"], answer["confidence"]) == ("wechat-not-listed", "platform", "certain")
    first = answer["causes"][0]
    assert (first["id"], first["state"]) == ("not-in-box", "proven")
    assert first["findings"][0]["location"] == {"file": "config.yaml", "line": 6, "column": 42}
    assert {one["state"] for one in answer["causes"]} == {"proven", "open", "excluded"}


def test_without_a_configuration_the_causes_stand_in_order() -> None:
    """And nothing is struck out."""
    code, out, _ = call("why", MESSAGE)

    assert code == 0
    assert re.findall(r"(?m)^(\d) ", out) == ["1", "2", "3", "4"]
    assert "PROVEN" not in out and "Struck out" not in out
    assert "With --config CONFIG" in out


def test_unknown_text_is_said_to_be_unknown_and_a_question_is_asked() -> None:
    """Exit 3, as for everything that is unknown; JSON is printed then too."""
    code, out, err = call("why", "it does not work")
    assert (code, err) == (3, "")
    assert out.startswith("Not known: ")
    assert len(re.findall(r"\?$", out, re.M)) == 1
    assert "  yes  " in out and "  no  " in out

    code, out, _ = call("why", "it does not work", "-f", "json")
    found = json.loads(out)
    assert (code, found["answered"], found["answers"]) == (3, False, [])
    assert set(found["question"]) == {"id", "asks", "yes", "no"}


@pytest.mark.parametrize("arguments", [["why", "-"], ["why"]])
def test_standard_input_is_read(arguments: list[str]) -> None:
    """With `-`, and without any word."""
    assert call(*arguments, stdin=MESSAGE.encode())[1] == call("why", MESSAGE)[1]


def test_words_without_quotes_are_one_text() -> None:
    """Somebody forgets them."""
    assert call("why", *MESSAGE.split())[1] == call("why", MESSAGE)[1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_chinese_console_may_send_any_of_its_encodings(encoding: str) -> None:
    """GBK included."""
    text = "https://x.example.com 不在以下 uploadFile 合法域名列表中，请参考文档"

    code, out, _ = call("why", "-", stdin=text.encode(encoding))
    assert code == 0 and "uploadFile list" in out


def test_bytes_that_are_no_text_are_no_reason_to_fail() -> None:
    """A log may hold anything."""
    assert call("why", "-", stdin=b"\xff\xfe\x00\xd8 NoSuchBucket \x80\xff")[0] in (0, 3)
    assert call("why", "-", stdin=b"\x80\xff NoSuchBucket \xff")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["why", ""], "TEXT:1:1: nothing to explain"),
        (["why", " ", "\n"], "TEXT:1:1: nothing to explain"),
        (["why", "-"], "TEXT:1:1: nothing to explain"),
        (["why", "-", "--config", "-"], "--config:1:1: standard input can be read once only"),
        (["why", MESSAGE, "--config", "nothing.yaml"], "nothing.yaml:1:1: there is no such file"),
        (["why", MESSAGE, "--format", "xml"], "--format:1:1:"),
    ],
)
def test_a_wrong_call_is_told(arguments: list[str], told: str) -> None:
    """Exit 2, and where."""
    code, out, err = call(*arguments)

    assert (code, out) == (2, "")
    assert err.startswith(told)


def test_a_configuration_with_a_mistake_is_not_taken_for_an_answer() -> None:
    """Never 0 when something that was named could not be read."""
    Path("bad.yaml").write_text("buckets: [{name: media-1250000000, region: ap-guangzou}]\n", "utf-8")
    code, out, err = call("why", MESSAGE, "--config", "bad.yaml")

    assert (code, out) == (2, "")
    assert err.startswith("bad.yaml:1:")


def test_a_configuration_may_come_from_standard_input() -> None:
    """When the text does not."""
    code, out, _ = call("why", MESSAGE, "--config", "-", stdin=CONFIG.encode())

    assert code == 0 and "-:6:42  allowlist-missing" in out


def test_a_secret_on_the_command_line_is_printed_nowhere() -> None:
    """Neither stream, neither format."""
    secret = "Zk8sJ3hVbQx7Lm2TnRw4YcPd9FgKe6Ua"
    for form in ("text", "json"):
        code, out, err = call("why", f"403 AccessDenied SecretKey={secret} token: {secret}", "-f", form)
        assert code == 0
        assert secret not in out + err


def test_what_a_log_would_take_for_a_command_is_made_harmless() -> None:
    """CI systems read commands out of lines that begin with two colons."""
    text = "<Code>NoSuchKey</Code><Resource>/::error::x ##vso[task]</Resource>"

    assert not re.search(r"(?m)^[ \t]*::", call("why", text)[1])
    assert "##vso[" not in call("why", text)[1] + call("why", text, "-f", "json")[1]

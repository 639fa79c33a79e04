"""Rules on domain lists where programs share them, and where more is needed than a list takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cosaudit.audit import audit
from cosaudit.config.load import load
from cosaudit.config.policy import load as load_policy
from cosaudit.config.reader import Reader
from cosaudit.wechat import entries

if TYPE_CHECKING:
    from cosaudit.model import Finding

HOST = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
REGIONAL = "https://cos.ap-guangzhou.myqcloud.com"
PROGRAMS = ("a", "b", "c", "d")


def found(folder: Path, text: str) -> list[Finding]:
    """The findings of a configuration."""
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return list(audit(load(str(path)), load_policy("default", Reader())).findings)


def flows(finding: Finding) -> list[str | None]:
    """What a finding affects, without the conditions."""
    return list(dict.fromkeys([flow for flow, _ in finding.affects]))


def config(clients: dict[str, str], uploads: dict[str, str]) -> str:
    """One bucket; client -> its other fields; client -> the operation of its upload `of-CLIENT`."""
    out = "buckets: [{name: media-1250000000, region: ap-guangzhou}]\nclients:\n"
    for name, fields in clients.items():
        out += f"  - {{name: {name}, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0, {fields}}}\n"
    out += "uploads:\n"
    for name, operation in uploads.items():
        out += f"  - {{name: of-{name}, client: {name}, bucket: media-1250000000, operation: {operation}}}\n"
    return out


def test_a_file_that_four_programs_name_lacks_an_entry_once(tmp_path: Path) -> None:
    """One finding a list, with the requests of all programs, at the list; the same for what is unused there."""
    (tmp_path / "al.txt").write_text(f"uploadFile合法域名\nhttps://api.example.com\n{REGIONAL}\n", "utf-8")
    clients = dict.fromkeys(PROGRAMS, "allowlist: al.txt")
    missing, unused = found(tmp_path, config(clients, dict.fromkeys(PROGRAMS, "postObject")))
    assert (missing.rule, unused.rule) == ("allowlist-missing", "allowlist-regional-unused")
    assert flows(missing) == ["of-a", "of-b", "of-c", "of-d"]
    assert missing.message.startswith("`of-a`, `of-b`, `of-c` and `of-d` call https://")
    assert "in 4 of 4 programs (`a`, `b`, `c` and `d`)" in missing.message
    assert "that 4 programs share (`a`, `b`, `c` and `d`)" in unused.message
    assert missing.place.file.endswith("al.txt") and missing.identity == f"a uploadFile {HOST}"
    assert missing.changes == (("uploadFile", "+", HOST),)


def test_a_shared_list_says_which_programs_lack_an_entry(tmp_path: Path) -> None:
    """`in 2 of 4 programs`; the finding's name is that of the list's first program, its subject what is stopped."""
    clients = {"a": "allowlist: &boxes {request: [], uploadFile: ['" + HOST + "']}"}
    clients |= dict.fromkeys(("b", "c", "d"), "allowlist: *boxes")
    uploads = {"a": "postObject", "b": "uploadFile", "c": "postObject", "d": "uploadFile"}
    (one,) = found(tmp_path, config(clients, uploads))
    assert "in 2 of 4 programs (`b` and `d`)" in one.message
    assert flows(one) == ["of-b", "of-d"]
    assert dict(one.subject) == {"client": "b", "bucket": "media-1250000000", "flow": "of-b"}
    assert one.identity == f"a request {HOST}"


def test_a_list_of_one_program_counts_no_programs(tmp_path: Path) -> None:
    """And one name takes `calls`."""
    (one,) = found(tmp_path, config({"a": "allowlist: {uploadFile: []}"}, {"a": "postObject"}))
    assert one.message == f"`of-a` calls {HOST} through wx.uploadFile, and the uploadFile list does not name it"


def test_the_wrong_list_carries_the_requests_that_lack_the_entry(tmp_path: Path) -> None:
    """Moving the entry unblocks them; a program of the same AppID has the same boxes."""
    appid = "appid: wx0123456789abcdef"
    lists = f"{appid}, allowlist: {{uploadFile: [], downloadFile: ['{HOST}']}}"
    clients = {
        "a": lists,
        "b": f"{appid}, released: true, allowlist: {{uploadFile: []}}",
        "c": "allowlist: {uploadFile: []}",
    }
    findings = found(tmp_path, config(clients, dict.fromkeys(clients, "postObject")))
    (one,) = [finding for finding in findings if finding.rule == "allowlist-wrong-category"]
    assert flows(one) == ["of-a", "of-b"]
    assert one.witness is not None and one.witness["api"] == "uploadFile"
    assert one.subject["flow"] == "of-a"


def test_an_unsettled_spelling_is_never_proposed_for_removal(tmp_path: Path) -> None:
    """`cosaudit allowlist` keeps it too: it may be what works today."""
    (one,) = found(tmp_path, config({"a": f"allowlist: {{uploadFile: ['{HOST}/']}}"}, {"a": "postObject"}))
    assert one.changes == (("uploadFile", "+", HOST),)
    assert one.fix == f"enter {HOST} too; {HOST}/ can be removed afterwards"


def test_no_plain_spelling_is_invented(tmp_path: Path) -> None:
    """A host without a dot: there is nothing to enter."""
    client = f"endpoints: ['https://intranet/x'], allowlist: {{request: ['https://intranet'], uploadFile: ['{HOST}']}}"
    (one,) = found(tmp_path, config({"a": client}, {"a": "postObject"}))
    assert one.rule == "allowlist-entry-unsettled" and one.changes == ()
    assert "None" not in one.message + one.fix


def many(number: int) -> list[str]:
    """So many origins."""
    return [f"https://h{index}.example.com" for index in range(number)]


@pytest.mark.parametrize(
    ("there", "needed", "message"),
    [
        (entries.LIMIT, 0, None),
        (entries.LIMIT - 1, 1, None),
        (entries.LIMIT, 1, "has 200 entries and lacks 1 more"),
        (0, entries.LIMIT, None),
        (0, entries.LIMIT + 1, "has 0 entries and lacks 201 more"),
        (entries.LIMIT + 2, 0, "has 202 entries, and"),
    ],
)
def test_what_a_list_lacks_counts_as_its_length(tmp_path: Path, there: int, needed: int, message: str | None) -> None:
    """Entries that stand there and entries that have to be added need room together."""
    calls = [url.replace("//h", "//n") for url in many(needed)]
    client = f"endpoints: {calls + many(there)}, allowlist: {{request: {many(there)}, uploadFile: ['{HOST}']}}"
    findings = found(tmp_path, config({"a": client}, {"a": "postObject"}))
    long = [finding for finding in findings if finding.rule == "allowlist-too-long"]
    assert len(findings) - len(long) == needed
    assert [message in one.message for one in long if message] == [True] * len(long) and len(long) == bool(message)
    places = {one.place for one in findings if one.rule == "allowlist-missing"}
    if needed and message:
        assert {long[0].place} == places


@pytest.mark.parametrize("number", [entries.LIMIT, entries.LIMIT + 1])
def test_more_than_a_list_takes_is_told_without_a_list(tmp_path: Path, number: int) -> None:
    """At the program, once for all programs of its AppID, with the same boxes; what no list holds does not count."""
    half = number // 2
    urls = [*many(number), "https://api.weixin.qq.com"]
    clients = {
        "a": f"appid: wx0123456789abcdef, endpoints: {urls[:half]}",
        "b": f"appid: wx0123456789abcdef, endpoints: {urls[half:]}",
    }
    findings = [one for one in found(tmp_path, config(clients, {"a": "postObject"})) if one.rule != "url-refused"]
    if number == entries.LIMIT:
        assert findings == []
    else:
        (one,) = findings
        assert (one.rule, one.place.line, one.identity) == ("allowlist-too-long", 3, "a request")
        assert one.message == "201 entries are needed in the request list, and WeChat takes 200"


def test_what_is_only_assumed_is_not_too_long(tmp_path: Path) -> None:
    """Without clients, one program that uploads to every bucket is assumed; that is no fault of anybody's."""
    buckets = "".join(
        f"  - {{name: b{index}-1250000000, region: ap-guangzhou}}\n" for index in range(entries.LIMIT + 1)
    )
    assert found(tmp_path, f"buckets:\n{buckets}") == []

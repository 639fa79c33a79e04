"""A wrong call or input: exit code 2, a place first, nothing on standard output, never a traceback, never raw text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import call

BUCKETS = "buckets:\n  - {name: media-1250000000, region: ap-guangzhou}\n"
FLAGS = ["--bucket", "media-1250000000", "--region", "ap-guangzhou"]
PLACE = re.compile(r"[^\n]+:[1-9][0-9]*:[1-9][0-9]*: [^\n]+\Z")


def plain(text: str) -> bool:
    """Is there nothing in it that a terminal would obey, or not show?"""
    return all(line.isprintable() for line in text.split("\n"))


def refused(*arguments: str, stdin: bytes = b"") -> list[str]:
    """The lines of the errors of a command line that must be refused, in text and in JSON alike."""
    code, out, err = call(*arguments, stdin=stdin)
    assert code == 2
    assert out == "" and plain(err)
    lines = [line for line in err.splitlines() if not line.startswith("  ")]
    assert lines and all(PLACE.match(line) for line in lines)
    return lines


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ok.yaml").write_text(BUCKETS)


# -- wrong calls --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("chekc", "cosaudit:1:1: No such command 'chekc'"),
        ("check", "cosaudit:1:1: nothing to read; expected a configuration file"),
        ("check ok.yaml more", "cosaudit:1:1: "),
        ("check --nope ok.yaml", "--nope:1:1: No such option"),
        ("check --format xml ok.yaml", ""),
        ("check --bucket", ""),
        ("check gone.yaml", "gone.yaml:1:1: there is no such file"),
        ("check .", ".:1:1: this is a folder; expected a file"),
        ("check ok.yaml --bucket a-1", "--bucket:1:1: `--bucket` stands beside the configuration `ok.yaml`"),
        ("check ok.yaml --sdk=", "--sdk:1:1: `--sdk` stands beside"),
        ("check ok.yaml --have gone.txt", "gone.txt:1:1: there is no such file"),
        ("check ok.yaml --have=", "--have:1:1: there is no such file"),
        ("check - --have -", "--have:1:1: standard input can be read once only"),
        ("check ok.yaml --policy strictest", "--policy:1:1: there is no audit policy `strictest`"),
        ("check ok.yaml --policy ./gone.yaml", "./gone.yaml:1:1: there is no such file"),
        ("check ok.yaml --output json", "--output:1:1: `json` is no output; expected FORMAT=FILE"),
        ("check ok.yaml --output jsom=a", "--output:1:1: `jsom=a` is no output"),
        ("check ok.yaml --output json=a --output text=./a", "--output:1:1: `./a` is written twice"),
        ("check ok.yaml --output json=-", "--output:1:1: `-` is no file"),
        ("check ok.yaml --output json=gone/a", "gone/a:1:1: the file cannot be written"),
        ("check ok.yaml --output json=ok.yaml", "ok.yaml:1:1: this file is an input; it is not overwritten"),
        ("check ok.yaml --output json=.", ".:1:1: this is a folder"),
        ("check --bucket a-1", "--bucket:1:1: `a-1` has no region"),
        ("check --region ap-beijing", "--bucket:1:1: no bucket is named"),
        ("check --bucket A@ap-beijing", "--bucket:1:1: "),
        ("check --bucket a-1@nowhere", "--bucket:1:1: unknown region `nowhere`"),
        ("check --bucket a-1 --region nowhere", "--region:1:1: unknown region `nowhere`"),
        ("check --bucket a-1@ap-beijing --bucket a-1@ap-beijing", "--bucket:1:1: the bucket `a-1` is given twice"),
        (
            "check --bucket a-1 --region ap-beijing --region ap-shanghai",
            "--region:1:1: `--region` is given more than once",
        ),
        ("check --bucket a-1@ap-beijing --sdk cos-wx-sdk", "--sdk:1:1: "),
        ("check --bucket a-1@ap-beijing --sdk ./gone.js", "--sdk:1:1: `gone.js`: there is no such file"),
        ("check --bucket a-1@ap-beijing --sdk cos-js-sdk-v5", "--sdk:1:1: cos-js-sdk-v5 is the SDK for web pages"),
        ("check --bucket a-1@ap-beijing --operation upload", "--operation:1:1: unknown word `upload`"),
        ("check --bucket a-1@ap-beijing --endpoint ftp://a", "--endpoint:1:1: `ftp://a` where a URL such as"),
        ("check --bucket a-1@ap-beijing --have gone.txt", "gone.txt:1:1: there is no such file"),
        ("trace ok.yaml nobody", "NAME:1:1: there is no upload or download named `nobody`"),
        ("allowlist ok.yaml --box socket", ""),
        ("host %20", ""),
        ("facts nothing.such", "ID:1:1: there is no fact `nothing.such`"),
        ("facts --search zzzzz", "--search:1:1: no fact holds the text `zzzzz`"),
        ("rules nothing-such", "RULE:1:1: there is no rule `nothing-such`"),
        ("init --example nothing", "--example:1:1: there is no example `nothing`"),
        ("init ok.yaml --bucket a-1@ap-beijing", "ok.yaml:1:1: this file is there already; it is not overwritten"),
        ("init gone/c.yaml --bucket a-1@ap-beijing", "gone/c.yaml:1:1: "),
        ("init --bucket a-1", "--bucket:1:1: `a-1` has no region"),
    ],
)
def test_a_wrong_call_leaves_with_2_and_a_place(line: str, begins: str) -> None:
    """The flag, the argument or the file stands first; JSON says the same on standard output."""
    arguments = ["%20" if word == "%20" else word for word in line.split()]
    arguments = [" " if word == "%20" else word for word in arguments]
    lines = refused(*arguments)
    assert lines[0].startswith(begins)
    assert sorted(os.listdir()) == ["ok.yaml"] and Path("ok.yaml").read_text() == BUCKETS
    if arguments[0] in ("check", "trace", "allowlist", "host", "facts", "rules") and "--format" not in arguments:
        code, out, err = call(arguments[0], "--format", "json", *arguments[1:])
        assert code == 2 and err.splitlines() == [*err.splitlines()]
        errors = json.loads(out)["errors"]
        assert [f"{one['file']}:{one['line']}:{one['column']}: {one['message']}" for one in errors] == [
            text for text in err.splitlines() if not text.startswith("  ")
        ]
        assert set(errors[0]) == {"file", "line", "column", "message"}


@pytest.mark.parametrize(
    ("arguments", "asks"),
    [
        (["--format", "json"], True),
        (["--format=json"], True),
        (["-f", "json"], True),
        (["-fjson"], True),
        (["--format", "json", "--format", "text"], False),
        (["--format", "text", "-f", "json"], True),
        (["--format", "text"], False),
        (["--output", "json=a"], False),
    ],
)
def test_json_is_printed_when_it_is_what_was_asked_for(arguments: list[str], asks: bool) -> None:
    """As the command line's own reader takes it: the last one counts."""
    code, out, _ = call("check", "gone.yaml", *arguments)
    assert code == 2
    assert (out != "") is asks
    if asks:
        assert json.loads(out)["errors"][0]["file"] == "gone.yaml"


def test_several_wrong_flags_are_told_at_once() -> None:
    """Not one run for each."""
    lines = refused(
        "check", "--bucket", "A", "--bucket", "b-1@nowhere", "--sdk", "x", "--operation", "y", "--endpoint", "z"
    )
    assert [line.partition(":")[0] for line in lines] == ["--bucket"] * 3 + ["--sdk", "--operation", "--endpoint"]


def test_an_audit_policy_that_a_file_names_is_told_there() -> None:
    """Relative to that file."""
    Path("sub").mkdir()
    Path("sub/c.yaml").write_text(f"{BUCKETS}audit: {{policy: ./mine.yaml}}\n")
    assert refused("check", "sub/c.yaml") == ["sub/c.yaml:3:17: `sub/mine.yaml`: there is no such file"]
    Path("sub/mine.yaml").write_text("version: 1\nfail_on: awful\nseverity: {no-such-rule: low, x-a: 1}\n")
    lines = refused("check", "sub/c.yaml")
    assert lines[0].startswith("sub/mine.yaml:1:1: the audit policy has no `unknown`")
    assert any(line.startswith("sub/mine.yaml:2:10: unknown word `awful`") for line in lines)
    shipped = "version: 1\nfail_on: high\nunknown: fail\nunknown_fact: report\nnot_described: report\nx-a: 1\n"
    Path("sub/mine.yaml").write_text(shipped + "severity: {x-a: low, allowlist-mising: low}\n")
    (line,) = refused("check", "sub/c.yaml")
    assert line.startswith("sub/mine.yaml:7:22: there is no rule `allowlist-mising`")
    assert "did you mean `allowlist-missing`?" in line
    Path("sub/mine.yaml").write_text(shipped)
    assert call("check", "sub/c.yaml")[0] == 0


def test_our_own_fault_leaves_with_4_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """With where it happened, and nothing of the configuration."""
    import cosaudit.config.load

    def broken(*_: object) -> None:
        raise RuntimeError("secret of the configuration")

    monkeypatch.setattr(cosaudit.config.load, "load", broken)
    code, out, err = call("check", "ok.yaml")
    assert code == 4 and out == ""
    assert err.startswith("cosaudit:1:1: a fault of cosaudit itself (RuntimeError); please report it with: ")
    assert "secret" not in err and "Traceback" not in err
    code, out, _ = call("check", "ok.yaml", "--format", "json")
    assert code == 4 and "fault of cosaudit" in json.loads(out)["errors"][0]["message"]


# -- text of the user never reaches a terminal raw ------------------------------------------------------------------

HOSTILE = st.text(
    st.sampled_from(
        "\x1b\x07\r\n\t\b\x00\x7f\x9b\x85\u202e\u2066\u2069\u200b\u200e\ufeff\u2028\u2029\xad\u3000\U000e0041"
    )
    | st.sampled_from("ab中😀`'\"\\{}[]:;,=+-@<>&%$#*?!|/. "),
    min_size=1,
    max_size=12,
)

#: A configuration whose every text is a place for something hostile; `…` marks where.
FIELDS = [
    "version: …", "regions: […]", "include: […]", "x-…: 1", "…: 1", "buckets: …",
    "buckets: [{name: …, region: ap-beijing}]", "buckets: [{name: a-1, region: …}]",
    *[f"buckets: [{{name: a-1, region: ap-beijing, {field}}}]" for field in (
        "created: …", "acl: …", "cors: …", "cors: [{origins: […], methods: […]}]", "policy: …", "policy: {a: …}",
        "referer: …", "referer: {type: …, domains: […]}", "acceleration: …", "domains: […]", "owner: …", "…: 1",
        "acl: {grants: [{to: …, permission: …}]}")],
    *[f"clients: [{{name: c, platform: wechat-miniprogram, {field}}}]" for field in (
        "appid: …", "sdk: …", "sdk: …/a.js", "token_field: …", "url: …", "url: https://…/x", "endpoints: […]",
        "endpoints: [https://a…]",
        "endpoints: [{url: https://a/…, api: …}]", "base_library: …", "allowlist: …", "allowlist: {request: […]}",
        "allowlist: {…: []}", "sends: {form: […], headers: […]}", "owner: …", "options: {Domain: …}",
        "sdk: cos-wx-sdk-v5, options: {Domain: …}", "sdk: cos-wx-sdk-v5, options: {SliceSize: …}", "…: 1")],
    "clients: [{name: …, platform: wechat-miniprogram}]", "clients: [{name: …, platform: wechat-miniprogram, endpoints: [https://a.b]}]",
    "clients: [{name: c, platform: …}]", "clients: [{name: c, platform: web, origins: […]}]",
    "clients: [{name: …, platform: web, endpoints: [https://a/…]}]",
    "clients: [{name: c, platform: wechat-miniprogram}]\nuploads: [{…}]",
    *[f"clients: [{{name: c, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5, allowlist: {{uploadFile: [x]}}}}]\n"
      f"uploads: [{{client: c, bucket: media-1250000000, operation: uploadFile, {field}}}]" for field in (
        "name: …", "name: u, key: …", "name: u, session: …", "name: u, max_size: …", "name: u, headers: {…: a}",
        "name: u, headers: {a: …}",
        "name: u, content_type: …", "name: u, signer: server, signature: {host: …, path: …, headers: […]}",
        "name: u, …: 1")],
    "clients: [{name: c, platform: wechat-miniprogram}]\nuploads: [{name: u, client: …, bucket: …, operation: …}]",
    "sessions: [{name: …, policy: …}]", "sessions: [{name: s, issuer: {principal: …}, served: {url: …}}]",
    "sessions: [{name: s, helper: …}]", "placeholders: {…: {}}", "placeholders: {a: {alphabet: …}}",
    "audit: {policy: …}", "audit: {policy: …/p.yaml}", "audit: {ignore: [{rule: …, reason: …}]}",
    "audit: {accept: [{fact: …, reason: …, expires: …}]}",
]  # fmt: skip

COMMANDS = [
    ["check"], ["check", "-f", "json"], ["trace"], ["trace", "-f", "json"], ["allowlist"], ["allowlist", "-f", "json"],
    ["allowlist", "-f", "csv"], ["allowlist", "-f", "wechat-api"], ["allowlist", "--box", "request"],
]  # fmt: skip


def quoted(text: str) -> str:
    """As YAML in double quotation marks."""
    return '"' + "".join(char if char.isalnum() and char.isascii() else f"\\U{ord(char):08X}" for char in text) + '"'


def hostile(field: str, text: str) -> str:
    """A configuration with the text at each mark; a mark inside a word makes the whole word quoted."""
    words = re.sub(
        r"[^\s\[\]{},:]*(?:https:[^\s\[\]{},]*)?…[^\s\[\]{},:]*", lambda one: quoted(one[0].replace("…", text)), field
    )
    return words if field.startswith("buckets") else BUCKETS + words + "\n"


def harmless(code: int, out: str, err: str) -> None:
    """An exit code that is one of a wrong or right input, and streams that nobody else writes to."""
    assert code in (0, 1, 2, 3), err
    assert plain(out) and plain(err)
    if code == 2:
        assert out == "" or set(json.loads(out)) == {"errors"}
        assert all(PLACE.match(line) for line in err.splitlines() if not line.startswith("  "))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FIELDS), HOSTILE, st.sampled_from(COMMANDS))
def test_no_field_of_a_configuration_reaches_a_stream_raw(field: str, text: str, command: list[str]) -> None:
    """Escapes, bidi controls, C1, ends of lines: in every message, report and format."""
    harmless(*call(command[0], "-", *command[1:], stdin=hostile(field, text).encode()))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_field_with_the_worst_text_in_every_format(command: list[str]) -> None:
    """One text with all of it, at every place."""
    for text in (
        "\x1b[31m\x07\r\n\t\x9b2J\u202e\u2066\ufeff\u2028",
        "a\nc.yaml:1:1: forged",
        "a\x1b]0;x\x07b-1250000000",
    ):
        for field in FIELDS:
            harmless(*call(command[0], "-", *command[1:], stdin=hostile(field, text).encode()))


WORDS = [
    "--bucket",
    "--region",
    "--sdk",
    "--operation",
    "--endpoint",
    "--have",
    "--policy",
    "--output",
    "--format",
    "--box",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["check", "trace", "allowlist", "host", "facts", "rules", "schema", ""]),
    st.lists(st.sampled_from(WORDS) | HOSTILE, max_size=5),
    st.booleans(),
)
def test_no_word_of_a_command_line_reaches_a_stream_raw(command: str, words: list[str], flags: bool) -> None:
    """Flags, values and names of files."""
    arguments = [command, *(FLAGS if flags else []), *words]
    if any("=" in word for word in words) or "--output" in words:
        words = [word for word in words if word != "--output"]
        arguments = [command, *words]
    harmless(*call(*arguments))


@pytest.mark.parametrize("text", ["\x1b[31m.yaml", "a\nb.yaml", "\u202eb.yaml", "a b'c.yaml"])
def test_a_file_with_a_hostile_name_is_named_safely(text: str) -> None:
    """In errors, in reports and in what `init` prints."""
    Path(text).write_text(BUCKETS)
    for command in COMMANDS:
        harmless(*call(command[0], text, *command[1:]))
    harmless(*call("init", f"new-{text}", *FLAGS))
    harmless(*call("init", f"new-{text}", *FLAGS))
    harmless(*call("init", text, *FLAGS))
    harmless(*call("check", text, "--output", f"json=out-{text}"))
    assert json.loads(Path(f"out-{text}").read_text())["version"] == 1


@pytest.mark.parametrize("name", ["p.json", "list.txt", "c.xml"])
def test_a_hostile_file_that_is_named_is_told_safely(name: str) -> None:
    """Its text, as the domain list or the policy that somebody sent."""
    field = {"p.json": "policy", "c.xml": "cors"}.get(name)
    for text in (
        "\x1b[31m\u202e{",
        "{'\x9b': \u2028, 'https://a.b;\u202ehttps://c.d'",
        "request合法域名 https://a\x1b[2J.b \x07",
        "<\x1b>",
    ):
        Path(name).write_text(text, "utf-8")
        row = f"buckets: [{{name: a-1, region: ap-beijing, {field}: {name}}}]\n" if field else BUCKETS
        if field is None:
            row += (
                f"clients: [{{name: c, platform: wechat-miniprogram, allowlist: {name}, endpoints: [https://x.y]}}]\n"
            )
        for command in COMMANDS:
            harmless(*call(command[0], "-", *command[1:], stdin=row.encode()))
            harmless(*call(command[0], *FLAGS, "--have", name, *command[1:]))


# -- other encodings: a Chinese Windows, a bare container ------------------------------------------------------------

GBK = {"PYTHONIOENCODING": "gbk:strict"}
BARE = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
CHINESE = """# 上传头像 😀
buckets:
  - {name: media-1250000000, region: ap-guangzhou, owner: 张三 é}
clients:
  - {name: 商城, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0, endpoints: ["https://api.example.com/钥匙😀"],
     allowlist: {request: ["https://例子.example.com"], uploadFile: []}}
uploads:
  - {name: 头像é😀, client: 商城, bucket: media-1250000000, operation: uploadFile, key: "头像/{openid}", max_size: 1MiB}
"""


def started(arguments: list[str], environment: dict[str, str], stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    """A process of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "PYTHON")) and key != "LANG"}
    done = subprocess.run(
        [sys.executable, "-m", "cosaudit", *arguments],
        input=stdin,
        capture_output=True,
        env={**kept, **environment},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("environment", [GBK, BARE], ids=["gbk", "bare"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "商城.yaml", "--format", "json"], 1),
        (["check", "商城.yaml", "--output", "text=报告.txt", "--output", "json=报告.json"], 1),
        (["trace", "商城.yaml", "头象"], 2),
        (["allowlist", "商城.yaml", "--format", "csv"], 0),
        (["check", "坏.yaml", "--format", "json"], 2),
        (["check", "引用.yaml"], 1),
        (["check", "链.yaml"], 2),
        (["host", "https://media-1250000000.cos.ap-guangzhou.myqcloud.com/头像😀"], 0),
        (["facts"], 0),
        (["init", "新.yaml", *FLAGS, "--endpoint", "https://api.example.com/钥匙😀"], 0),
        (["check", "--bucket", "桶😀", "--region", "广州"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_every_command_works_where_the_streams_are_not_utf_8(
    arguments: list[str], code: int, environment: dict[str, str]
) -> None:
    """What cannot be written is written as an escape; files are UTF-8; names of files in Chinese are found."""
    Path("商城.yaml").write_text(CHINESE, "utf-8")
    Path("坏.yaml").write_text(CHINESE.replace("ap-guangzhou", "广州😀"), "utf-8")
    Path("引用.yaml").write_text("include: 商城.yaml\n", "utf-8")
    Path("链.yaml").write_text("include: [链.yaml, 没有.yaml]\nbuckets: []\n", "utf-8")
    found, out, err = started(arguments, environment)
    assert found == code, err.decode("gb18030", "replace")
    assert b"Traceback" not in err
    encoding = "gbk" if environment is GBK else "ascii"
    text, errors = out.decode(encoding), err.decode(encoding)  # every byte is of the encoding
    if code == 2:
        lines = [line for line in errors.splitlines() if not line.startswith("  ")]
        assert lines and all(PLACE.match(line) for line in lines)
    if "--format" in arguments and "json" in arguments:
        answer: Any = json.loads(text)
        assert "errors" in answer or answer["version"] == 1
    if Path("报告.txt").exists():
        assert "头像é😀" in Path("报告.txt").read_text("utf-8")
        assert json.loads(Path("报告.json").read_text("utf-8"))["version"] == 1
    if Path("新.yaml").exists():
        assert "https://api.example.com/钥匙😀" in Path("新.yaml").read_text("utf-8")


@pytest.mark.parametrize("environment", [GBK, BARE], ids=["gbk", "bare"])
def test_the_same_bytes_are_read_from_standard_input_in_any_locale(environment: dict[str, str]) -> None:
    """A configuration is UTF-8, whatever the console is; JSON is the same everywhere."""
    _, out, _ = started(["check", "-", "--format", "json"], {"PYTHONUTF8": "1"}, CHINESE.encode())
    assert json.loads(out)["findings"]
    assert started(["check", "-", "--format", "json"], environment, CHINESE.encode()) == (1, out, b"")

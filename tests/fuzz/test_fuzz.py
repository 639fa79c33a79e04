"""Whatever comes in: an exit code that is told, a place for each error, no traceback, nothing raw on a stream.

Some thousand inputs in a usual run. `COSAUDIT_FUZZ_INPUTS=100000 pytest tests/fuzz -n 2` for a long one.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support import call

from cosaudit import examples
from cosaudit.config import table
from cosaudit.config.fields import Bool, Choice, Document, Either, Int, Kind, Listing, Mapped, Record, Size, Text

#: Inputs in all; each test takes its share.
INPUTS = int(os.environ.get("COSAUDIT_FUZZ_INPUTS", "2500"))
PLACE = re.compile(r"[^\n]+:[1-9][0-9]*:[1-9][0-9]*: [^\n]+\Z")
COMMANDS = [
    ["check", "-"], ["check", "-", "-f", "json"], ["trace", "-"], ["trace", "-", "-f", "json"], ["allowlist", "-"],
    ["allowlist", "-", "-f", "json"], ["allowlist", "-", "-f", "csv"], ["allowlist", "-", "-f", "wechat-api"],
    ["allowlist", "-", "--box", "request"], ["trace", "-", "avatar"],
    ["cors", "-"], ["cors", "-", "-f", "json"], ["cors", "-", "-f", "xml"], ["cors", "-", "media-1250000000"],
]  # fmt: skip
COMMAND = st.sampled_from(COMMANDS)


def share(parts: int, of: int = 10) -> settings:
    """Settings of a test that takes so many tenths of the inputs."""
    return settings(
        max_examples=max(INPUTS * parts // of, 1),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(autouse=True, scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder with the files that configurations here name, and nothing that is worth keeping."""
    before = Path.cwd()
    folder = tmp_path_factory.mktemp("fuzz")
    os.chdir(folder)
    for name, text in {
        **examples.files("team"),
        "p.json": '{"version": "2.0", "statement": []}',
        "form.json": '{"expiration": "2026-12-31T12:00:00Z", "conditions": []}',
        "broken.json": '{"a": [}',
        "c.xml": "<CORSConfiguration/>",
        "list.txt": "request合法域名\nhttps://a.b;https://media-1250000000.cos.ap-guangzhou.myqcloud.com\n",
        "loop.yaml": "include: loop.yaml\nbuckets: []\n",
        "more.yaml": "buckets: [{name: more-1250000000, region: ap-beijing}]\n",
    }.items():
        Path(name).write_text(text, "utf-8")
    yield
    os.chdir(before)


def stands(arguments: list[str], stdin: bytes = b"") -> int:
    """Run a command line in this process and ask of it what is asked of all; returns the exit code."""
    code, out, err = call(*arguments, stdin=stdin)
    assert code in (0, 1, 2, 3), (arguments, err)
    for text in (out, err):
        assert all(line.isprintable() for line in text.split("\n")), (arguments, text)
    if code == 2:
        assert err and all(PLACE.match(line) for line in err.splitlines() if not line.startswith("  ")), err
        assert not err.startswith("  ")
        if out:
            errors = json.loads(out)["errors"]
            assert errors and all(set(one) == {"file", "line", "column", "message"} for one in errors)
    else:
        assert err == "" or "--box" in arguments or "cors" in arguments, err
        if "json" in arguments or "wechat-api" in arguments:
            json.loads(out)
    return code


# -- valid files, broken a little -----------------------------------------------------------------------------------

BASES = [text.encode() for name in examples.names() for text in examples.files(name).values()] + [
    b"\xef\xbb\xbfbuckets:\r\n- {name: media-1250000000, region: ap-guangzhou}\r\n",
    json.dumps(
        {
            "buckets": [{"name": "media-1250000000", "region": "ap-guangzhou", "created": "2023-06-30",
                        "domains": ["a.b"]}],
            "clients": [{"name": "shop", "platform": "wechat-miniprogram", "sdk": "none", "url": "https://{bucket}.a.b/x",
                         "endpoints": ["https://api.example.com"], "allowlist": {"request": ["https://api.example.com"]}}],
            "uploads": [{"name": "avatar", "client": "shop", "bucket": "media-1250000000", "operation": "postObject",
                         "key": "a/{openid}/${filename}", "max_size": "5MiB", "signer": "server",
                         "signature": {"method": "post", "path": "/", "key": "permanent"}}],
        },
        indent=1,
    ).encode(),
]  # fmt: skip
PIECES = [
    b"\x00", b"\x1b[31m", b"\x07", b"\x7f", "\x9b".encode(), "\u202e".encode(), "\u2028".encode(), "\x85".encode(),
    b"\xff",
    b"\xef\xbb\xbf", b"\r", b"\t", b"\n---\n", b"\n...\n", b"\n\n", b"- ", b": ", b"? ", b"{", b"}", b"[", b"]", b",",
    b"#", b" #",
    b"'", b'"', b"\\", b"|\n", b">\n", b"&a ", b"*a", b"<<: *a", b"!!str ", b"!x ", b"%YAML 1.1\n---\n", b"null",
    b"~", b"true",
    b"on", b"017", b"0x10", b"1e5", b".inf", b"-1", b"99999999999999999999", b"5MiB", b"2023-01-01", "中".encode(),
    "é".encode("latin-1"),
    "桶".encode("gbk"), b"x-a: 1\n", b"name: ", b"include: loop.yaml\n", b"include: more.yaml\n", b"policy: p.json\n",
    b"\\ud83d\\ude00",
    b"\\x1b", b"\\u202e", b"\\0", b"{Bucket}", b"{Region}", b"https://", b"[::1]", b":443", b"*",
]  # fmt: skip
CHANGE = st.tuples(
    st.sampled_from(["flip", "delete", "double", "swap", "insert", "insert", "cut", "words", "indent", "replace"]),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(PIECES),
)


def broken(data: bytes, changes: list[tuple[str, int, int, bytes]]) -> bytes:
    """A file after some changes."""
    for how, one, two, piece in changes:
        lines = data.splitlines(keepends=True) or [b""]
        at, line, other = one % (len(data) + 1), one % len(lines), two % len(lines)
        if how == "flip":
            data = data[:at] + bytes([data[at] ^ 1 << two % 8]) + data[at + 1 :] if at < len(data) else data
        elif how == "insert":
            data = data[:at] + piece + data[at:]
        elif how == "cut":
            data = data[:at]
        elif how in ("words", "replace"):
            words = re.split(rb"([\w./:@-]+)", data)
            first, second = one % len(words), two % len(words)
            if how == "replace":
                words[first] = piece
            else:
                words[first], words[second] = words[second], words[first]
            data = b"".join(words)
        else:
            if how == "delete":
                del lines[line]
            elif how == "double":
                lines.insert(other, lines[line])
            elif how == "swap":
                lines[line], lines[other] = lines[other], lines[line]
            else:
                lines[line] = b" " * (two % 4) + lines[line].lstrip()
            data = b"".join(lines)
    return data


@share(3)
@given(st.sampled_from(BASES), st.lists(CHANGE, max_size=4), COMMAND)
def test_a_valid_file_that_is_broken_a_little(base: bytes, changes: list[Any], command: list[str]) -> None:
    """Bytes flipped, lines deleted, doubled and swapped, values swapped, control characters, cut short."""
    stands(command, broken(base, changes))


# -- any bytes ------------------------------------------------------------------------------------------------------


@share(1)
@given(
    st.binary(max_size=80)
    | st.text(max_size=60).map(lambda text: text.encode("utf-16", "surrogatepass"))
    | st.text("ab1 \n\t-?:,[]{}#&*!|>'\"%@`<~.=\\中\x85\u2028", max_size=60).map(str.encode)
    | st.text("上传头像的桶a: -\n{}[]", max_size=40).map(lambda text: text.encode("gb18030")),
    COMMAND,
)
def test_any_bytes(data: bytes, command: list[str]) -> None:
    """Random bytes, and random text in several encodings."""
    stands(command, data)


# -- trees of the real fields -----------------------------------------------------------------------------------------


class Bare(str):
    """A scalar that is written without quotation marks."""

    __slots__ = ()


CHARACTERS = "\x1b\x07\r\n\x00\x7f\x9b\x85\u202e\u2066\u200b\ufeff\u2028ab中😀`'\"\\{}[]:;,=*/. "
ODD = st.text(st.sampled_from(CHARACTERS), max_size=6)
NOISE: list[Any] = [
    Bare("null"), Bare("~"), Bare("true"), Bare("on"), Bare("017"), Bare("1.5"), Bare("-1"), Bare("2023-01-01"),
    Bare("22:22"),
    Bare("0x10"), Bare("9" * 30), "", " ", "a", [], {}, [[]], [{}], {"a": "b"}, ["a", Bare("1")], {"x-": 1},
]  # fmt: skip
HOST = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
#: Texts for fields that want more than any text; the name of the field decides.
WORDS: dict[str, list[Any]] = {
    "region": ["ap-guangzhou", "ap-beijing", "cn-south", "na-siliconvalley", "ap-shanghai-fsi"],
    "created": [Bare("2023-06-30"), "2024-01-01", "2024-06-30T00:00:00+08:00", "2024-01-01T07:00:00+08:00"],
    "client": ["shop", "hand", "site"],
    "bucket": ["media-1250000000", "docs-1250000000"],
    "session": ["s", "t"],
    "appid": ["wx0123456789abcdef"],
    "method": ["put", "POST"],
    "sdk": ["cos-wx-sdk-v5", "cos-wx-sdk-v5@1.8.0", "cos-wx-sdk-v5@1.0.0", "cos-wx-sdk-v5@1.7.2",
            "cos-wx-sdk-v5@9.9.9", "none",
            "cos-js-sdk-v5", "cos-js-sdk-v5@1.10.1", "./p.json"],
    "Domain": ["cdn.example.com", "{Bucket}.cos.{Region}.myqcloud.com", "https://a.b:8443/c", "{Bucket}", "a b",
               "cos.ap-guangzhou.myqcloud.com",
               "{bucket}.a.b", "{Unknown}.x"],
    "url": ["https://{bucket}.cos.{region}.myqcloud.com", "https://cos.ap-guangzhou.myqcloud.com/{bucket}",
            "http://a.b", "https://a.b:443/",
            "https://[::1]/a", "https://{region}", "https://media-1250000000.cos.accelerate.myqcloud.com", "HTTPS://A.B?c#d",
            "https://a@b:c", "https://例子.cn", "https://1.2.3.4", "https://x.file.myqcloud.com", "https://media-1250000000.file.myqcloud.com",
            "https://media-1250000000.cn-south.myqcloud.com", "https://.", "https://a..b", "https://-"],
    "endpoints": ["https://api.example.com/sts", "http://a.b", "https://1.2.3.4:99999", f"{HOST}/a",
                  "https://localhost", "https://a_b.c", "https://例子.cn",
                  "https://[::1]:1", "https://a:b", "https://*.a.b"],
    "base_library": ["2.10.0", "1.0.0", "2.20.0", "3.0.0"],
    "request": ["https://api.example.com", HOST, "https://*.a.b", "wss://a.b", "", "https://a.b/", "https://A.b:443", "https://a.b;https://c.d",
                "https://cos.ap-guangzhou.myqcloud.com", "http://a.b", "1.2.3.4", "https://media-1250000000.cos.ap-shanghai.myqcloud.com"],
    "allowlist": ["list.txt", "p.json"],
    "origins": ["https://www.example.com", "null"],
    "key": ["avatars/{openid}/{file}", "/a", "a//b", "{{}}", "${filename}", "中文 é%", "./../a", "a?b#c"],
    "policy": ["p.json"],
    "form_policy": ["form.json"],
    "cors": ["c.xml"],
    "referer": ["c.xml"],
    "domains": ["cdn.example.com", "https://a.b/", "A.B:80", "例子.cn"],
    "headers": ["content-type", "x-cos-acl", "Authorization", "x-cos-security-token"],
    "form": ["key", "Signature", "x-cos-security-token", "policy"],
    "helper": ["qcloud-cos-sts", "qcloud-cos-sts@3.1.2"],
    "alphabet": ["[A-Za-z0-9_-]", "[^/]"],
    "path": ["/", "/media-1250000000/", "/a"],
    "include": ["more.yaml"],
    "regions": ["ap-nowhere"],
    "content_type": ["image/jpeg"],
}  # fmt: skip
WORDS |= {"uploadFile": WORDS["request"], "downloadFile": WORDS["request"]}
FILES = ["gone.yaml", "broken.json", "loop.yaml", ".", "list.txt", "buckets.yaml", "\0", "p.json/a"]
NAMES = {
    "buckets": ["media-1250000000", "docs-1250000000", "a-1"],
    "clients": ["shop", "hand", "site"],
    "sessions": ["s", "t"],
    "uploads": ["avatar", "u1", "u2"],
    "downloads": ["d1", "d2"],
}
#: How likely a value is something odd; and that a field which need not be there is there.
ODDS, PRESENT = 0.01, 0.25


def odd(random: Random) -> str:
    """A short text that nobody would type."""
    return "".join(random.choices(CHARACTERS, k=random.randrange(7)))


def noise(random: Random) -> Any:
    """A value of any kind."""
    return random.choice(NOISE) if random.random() < 0.7 else odd(random)


def value(random: Random, kind: Kind, name: str, section: str) -> Any:
    """A value for a field: most often right, sometimes not."""
    if random.random() < ODDS:
        return noise(random)
    if isinstance(kind, Either):
        return value(random, random.choice(list(kind.kinds.values())), name, section)
    if isinstance(kind, Listing):
        if section == name and name in NAMES:  # a list of records with names of their own
            names = random.sample(NAMES[name], random.randint(1, len(NAMES[name])))
            items = [value(random, kind.item, name, section) for _ in names]
            for item, one in zip(items, names, strict=True):
                if isinstance(item, dict):
                    item["name"] = one
            return items
        return [value(random, kind.item, name, section) for _ in range(random.randrange(kind.least, 4))]
    if isinstance(kind, Mapped):
        keys = ["openid", "file"] if name == "placeholders" else ["x-cos-acl", "Content-Type", "Host"]
        return {key: value(random, kind.item, key, section) for key in keys if random.random() < 0.5}
    if isinstance(kind, Record):
        return record(random, kind, section)
    if isinstance(kind, Choice):
        return random.choice(kind.words)
    if isinstance(kind, Bool):
        return random.random() < 0.5
    if isinstance(kind, Int):
        return random.randint(kind.least, kind.most if kind.most is not None else kind.least + 100)
    if isinstance(kind, Size):
        return random.choice([0, 1, "1MiB", Bare("1MB"), "5GB", 1048576, 1048577, "50TB", Bare("'20MB'")])
    if isinstance(kind, Document):
        return {"statement": [{"effect": "allow", "action": "*", "resource": odd(random)}]}
    if isinstance(kind, table.DomainLists) and random.random() < 0.7:
        return {
            category: [
                random.choice(WORDS["request"]) if random.random() < 0.9 else odd(random)
                for _ in range(random.randrange(5))
            ]
            for category in ("request", "uploadFile", "downloadFile")
            if random.random() < 0.7
        }
    if random.random() < ODDS:
        return random.choice(FILES)
    if (section, name) in (("audit", "policy"), ("sessions", "appid")):
        return "default" if section == "audit" else "1250000000"
    if name in WORDS:
        return random.choice(WORDS[name])
    return odd(random) or "a" if isinstance(kind, Text) and random.random() < 0.1 else random.choice(["a", "b-c"])


def record(random: Random, kind: Record, section: str) -> dict[str, Any]:
    """A record that does not contradict itself too often: what an SDK sends is not told by hand."""
    found = {}
    skipped: set[str] = set()
    if section == "clients" and kind is table.CLIENT:
        hand = random.random() < 0.4
        skipped = {"sdk", "options", "token_field"} if hand else {"url", "signed_path", "sends", "addressing"}
    for field in kind.fields:
        if field.required or (field.name not in skipped and random.random() < PRESENT):
            found[field.name] = value(random, field.kind, field.name, section)
    if kind is table.CLIENT and not skipped & {"sdk"} and random.random() < 0.95:
        found["platform"] = "wechat-miniprogram"
        found["sdk"] = random.choice(WORDS["sdk"][:5])
    if kind is table.UPLOAD or kind is table.DOWNLOAD:
        if random.random() < 0.98:
            found.pop("session", None)
        if "signature" in found and random.random() < 0.97:
            found["signer"] = "server"
        if "max_size" in found and random.random() < 0.9:
            found["max_size"] = "50TB"
    if random.random() < ODDS:
        found[random.choice(["x-mine", "nmae", "Name", odd(random)])] = noise(random)
    return found


@st.composite
def configurations(draw: Any) -> str:
    """A configuration of the real fields, most of it right."""
    random: Random = draw(st.randoms(use_true_random=True))
    found: dict[str, Any] = {}
    for field in table.CONFIG.fields:
        often = field.name in ("buckets", "clients", "uploads")
        if random.random() < (0.97 if often else 0.1):
            found[field.name] = value(random, field.kind, field.name, field.name)
    if isinstance(found.get("audit"), dict) and random.random() < 0.95:
        found["audit"].pop("ignore", None)
    if random.random() < 0.95:
        found.setdefault("buckets", [])
        if found.keys() & {"uploads", "downloads"}:
            found.setdefault("clients", [])
    if isinstance(found.get("buckets"), list) and random.random() < 0.95:
        names = {item.get("name") for item in found["buckets"] if isinstance(item, dict)}
        found["buckets"] += [{"name": name, "region": "ap-guangzhou"} for name in WORDS["bucket"] if name not in names]
        names = {item.get("name") for item in found.get("clients", ()) if isinstance(item, dict)}
        if isinstance(found.get("clients"), list):
            missing = [name for name in NAMES["clients"] if name not in names]
            found["clients"] += [{"name": name, "platform": "wechat-miniprogram"} for name in missing]
    return written(found)


@st.composite
def trees(draw: Any) -> str:
    """A tree whose keys are names of real fields and whose values are anything."""
    random: Random = draw(st.randoms(use_true_random=True))
    names = [
        field.name
        for one in (table.CONFIG, table.BUCKET, table.CLIENT, table.UPLOAD, table.SESSION)
        for field in one.fields
    ]
    texts = [word for words in WORDS.values() for word in words]

    def tree(depth: int) -> Any:
        kind = random.random() if depth else 0
        if kind < 0.4:
            return noise(random) if random.random() < 0.5 else random.choice(texts)
        if kind < 0.65:
            return [tree(depth - 1) for _ in range(random.randrange(4))]
        return {random.choice([*names, "x-a", "", "<<", "uri"]): tree(depth - 1) for _ in range(random.randrange(6))}

    sections = [field.name for field in table.CONFIG.fields]
    return written({random.choice(sections): tree(4) for _ in range(5)} if random.random() < 0.9 else tree(4))


def written(value: Any) -> str:
    """A value as YAML in flow style, all that does not print as an escape."""
    if isinstance(value, Bare):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        inner = "".join(char if char.isalnum() or char in " -_/.:{}@" else f"\\U{ord(char):08X}" for char in value)
        return f'"{inner}"'
    return json.dumps(value)


@share(3)
@given(configurations(), COMMAND)
def test_configurations_of_the_real_fields(text: str, command: list[str]) -> None:
    """Most load, and are audited, traced and listed."""
    stands(command, text.encode())


@share(1)
@given(trees(), COMMAND)
def test_trees_with_real_keys_and_any_values(text: str, command: list[str]) -> None:
    """Wrong kinds everywhere."""
    stands(command, text.encode())


# -- command lines ----------------------------------------------------------------------------------------------------

FLAGS = ["--bucket", "--region", "--sdk", "--operation", "--endpoint", "--have", "--policy", "--format", "-f",
         "--box", "--search",
         "--help", "--version", "--output", "--example", "--nope", "--", "-", "-fjson", "--format=json",
         "--bucket=a-1@ap-beijing"]  # fmt: skip
PLAIN = ["check", "allowlist", "trace", "host", "facts", "rules", "schema", "init", "nope", "json", "text", "csv",
         "wechat-api", "config.yaml",
         "list.txt", "loop.yaml", "gone.yaml", ".", "media-1250000000", "media-1250000000@ap-guangzhou",
         "ap-guangzhou", "none", "cos-wx-sdk-v5",
         "cos-wx-sdk-v5@1.8.0", "cos-wx-sdk-v5@9", "uploadFile", "getObject", "request", "https://a.b",
         "json=out.json", "text=out.txt", "json=list.txt",
         "default", "allowlist-missing", "cos.host.bucket", "walkthrough", "new.yaml", "", "\udc80"]  # fmt: skip
WORD = st.sampled_from(FLAGS) | st.sampled_from(PLAIN) | ODD.filter(lambda text: "/" not in text and "." not in text)


@share(1)
@given(
    st.sampled_from(["check", "allowlist", "trace", "host", "facts", "rules", "schema", "init", ""]),
    st.lists(WORD, max_size=6),
    st.sampled_from([b"", b"buckets: []\n", BASES[-1]]),
)
def test_any_command_line(command: str, words: list[str], stdin: bytes) -> None:
    """Flags in any order, with any values."""
    arguments = [command, *words] if command else words
    before = sys.stdout
    try:
        code = stands(arguments, stdin)
    except ValueError as error:  # JSON was a word of the line, not the format
        assert isinstance(error, json.JSONDecodeError)
        code = 0
    assert code in (0, 1, 2, 3) and sys.stdout is before


@share(1)
@given(
    st.lists(CHANGE, max_size=3),
    st.sampled_from([["allowlist"], ["check"], ["trace"], ["allowlist", "-f", "csv"], ["allowlist", "--box",
    "request"]]),
    st.sampled_from(
        ["request合法域名\nhttps://a.b;https://c.d\nuploadFile合法域名：https://e.f\n",
        '{"requestdomain": ["https://a.b"], "errcode": 0}',
         "https://a.b\nhttps://c.d;https://e.f", "uploadFile:fail url not in domain list",
         "https://x.cos.ap-guangzhou.myqcloud.com 不在以下 request 合法域名列表中"]
    ),
)  # fmt: skip
def test_any_pasted_list(changes: list[Any], command: list[str], text: str) -> None:
    """What people copy, broken a little; and the same text as a URL to explain."""
    data = broken(text.encode(), changes)
    stands([*command, "--bucket", "media-1250000000@ap-guangzhou", "--have", "-"], data)
    stands(["host", "--", data.decode("utf-8", "surrogateescape")])

"""Flags as a configuration file: what `init` writes reads back to the same domain lists."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cosaudit import yamltree
from cosaudit.cli import run
from cosaudit.config.flags import FlagPlaces, Flags, inventory
from cosaudit.config.reader import InputError, Reader
from cosaudit.config.write import _text, as_yaml
from cosaudit.model import Place
from cosaudit.yamltree import scalar

OPERATIONS = [
    "postObject", "putObject", "uploadFile", "sliceUploadFile", "abortUploadTask", "getObject", "headObject",
    "deleteObject", "getBucket", "downloadFile",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lists(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The JSON of `allowlist`."""
    code = run(["allowlist", *arguments, "--format", "json"])
    out, err = capsys.readouterr()
    assert code in (0, 3), err
    return json.loads(out)


def same(found: Any) -> Any:
    """The lists without the names that only a file can give: of the client and of its uploads."""
    for client in found["clients"]:
        del client["client"]
        for entry in client["entries"]:
            for need in entry["needed_by"]:
                del need["flow"]
            entry["needed_by"] = sorted(map(json.dumps, entry["needed_by"]))
    return found["clients"]


BUCKET = st.sampled_from(["media-1250000000@ap-guangzhou", "docs-1250000000@ap-beijing", "a-1@ap-shanghai"])
URL_TEXT = st.text(
    st.characters(
        exclude_categories=["Cs", "Zs", "Zl", "Zp"], exclude_characters="\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85/?#"
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    buckets=st.lists(BUCKET, min_size=1, max_size=3, unique_by=lambda text: text.partition("@")[0]),
    sdk=st.sampled_from([None, "none", "cos-wx-sdk-v5", "cos-wx-sdk-v5@1.8.0", "cos-wx-sdk-v5@1.4.0"]),
    operations=st.lists(st.sampled_from(OPERATIONS), max_size=3),
    endpoints=st.lists(
        URL_TEXT.map(lambda text: f"https://api.example.com/{text}") | st.just("https://a.b"), max_size=2
    ),
    have=st.sampled_from(
        [
            None,
            "request合法域名\nhttps://a.b;https://c.d\nuploadFile合法域名\nhttps://e.f",
            '{"requestdomain": ["https://a.b"]}',
        ]
    ),
)
def test_what_init_writes_reads_back_to_the_same_lists(
    buckets: list[str], sdk: str | None, operations: list[str], endpoints: list[str], have: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """For any flags; a URL may hold quotation marks, Chinese, control characters and more."""
    flags = [word for bucket in buckets for word in ("--bucket", bucket)]
    flags += ["--sdk", sdk] if sdk is not None else []
    flags += [word for operation in operations for word in ("--operation", operation)]
    flags += [word for endpoint in endpoints for word in ("--endpoint", endpoint)]
    if have is not None:
        Path("have.txt").write_text(have, "utf-8")
        flags += ["--have", "have.txt"]
    Path("config.yaml").unlink(missing_ok=True)
    assert run(["init", *flags]) == 0
    out, err = capsys.readouterr()
    assert "Wrote config.yaml" in out and err == ""
    assert same(lists(capsys, "config.yaml")) == same(lists(capsys, *flags))
    written = Path("config.yaml").read_text("utf-8")
    assert run(["init", "-", *flags]) == 0
    assert capsys.readouterr().out == written


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
@settings(max_examples=300)
def test_any_text_reads_back(text: str) -> None:
    """As a value, as an item and before a comment; JSON's escapes of pairs would not."""
    root = yamltree.compose(f"a: {_text(text)}\nb:\n  - {_text(text)}   # comment\n")
    assert root is not None
    value, items = root.value[1], root.value[3]
    assert scalar(value) == text
    assert scalar(items.value[0]) == text


@pytest.mark.parametrize(
    "text",
    ["true", "null", "~", "1.5", "017", "on", "a: b", "a #b", "- a", "x:", "", "@a", "*a", "!a", "{a}", "None", "e1"],
)
def test_a_word_that_yaml_would_read_otherwise_is_quoted(text: str) -> None:
    """It stays text."""
    root = yamltree.compose(f"[{_text(text)}]")
    assert root is not None and scalar(root.value[0]) == text


@pytest.mark.parametrize(
    ("sdk", "folder", "written"),
    [
        ("lib/cos.js", "", "lib/cos.js"),
        ("lib/cos.js", "conf", os.path.join("..", "lib", "cos.js")),
        ("conf/cos.js", "conf", os.path.join(".", "cos.js")),
        ("./cos.js", "conf/sub", os.path.join("..", "..", "cos.js")),
        ("/lib/cos.js", "conf", "/lib/cos.js"),
        ("cos-wx-sdk-v5@1.8.0", "conf", "cos-wx-sdk-v5@1.8.0"),
        ("none", "conf", "none"),
    ],
)
def test_the_path_of_a_copied_build_is_told_from_where_the_file_stands(sdk: str, folder: str, written: str) -> None:
    """Paths in a file are relative to it."""
    flags = Flags(("a-1@ap-beijing",), sdk="none", operations=("putObject",))
    found = inventory(flags, Reader())
    flags.sdk = sdk
    text = as_yaml(found, flags, folder)
    root = yamltree.compose(text)
    assert root is not None
    clients = root.get("clients")
    assert clients is not None
    node = clients.value[0].get("sdk")
    assert node.value == written


def test_an_operation_that_is_given_twice_is_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Names in a file are unique."""
    flags = ["--bucket", "a-1@ap-beijing", "--operation", "putObject", "--operation", "putObject"]
    assert run(["init", *flags]) == 0
    capsys.readouterr()
    assert run(["check", "config.yaml"]) == 3  # read; how large files get is to be described


@pytest.mark.parametrize(
    ("flags", "places"),
    [
        (Flags(), ["--bucket"]),
        (Flags(("A", "b-1@x")), ["--bucket"]),
        (Flags(("b-1",), ("x",)), ["--region"]),
        (Flags(("b-1",), ("ap-beijing", "ap-shanghai")), ["--region"]),
        (Flags(("a-1@ap-beijing",), sdk="x"), ["--sdk"]),
        (Flags(("a-1@ap-beijing",), operations=("x",)), ["--operation"]),
        (Flags(("a-1@ap-beijing",), endpoints=("x",)), ["--endpoint"]),
        (Flags(("a-1@ap-beijing",), endpoints=("https://a/\udce9",)), ["--endpoint"]),
        (Flags(("a-1@ap-beijing",), have=""), ["--have"]),
        (Flags(("a-1@ap-beijing",), have="gone"), ["gone"]),
        (Flags(("a" * 60 + "-1@ap-beijing",)), ["--bucket"]),
    ],
)
def test_the_place_of_a_wrong_flag_is_the_flag(flags: Flags, places: list[str]) -> None:
    """Line and column 1."""
    with pytest.raises(InputError) as caught:
        inventory(flags, Reader())
    found = [problem.place for problem in caught.value.problems]
    assert list(dict.fromkeys(place.file for place in found)) == places
    assert all(place[1:] == (1, 1) for place in found)


def test_bytes_of_utf_8_are_a_text_in_any_locale() -> None:
    """A locale that knows no Chinese hands over halves of characters."""
    flags = Flags(("a-1@ap-beijing",), endpoints=("https://a/" + "钥".encode().decode("ascii", "surrogateescape"),))
    found = inventory(flags, Reader())
    assert found.clients[0].endpoints[0].url == "https://a/钥"
    assert found.at.place("buckets", 0, "created") == Place("--bucket", 1, 1)
    assert isinstance(found.at, FlagPlaces)

"""Output files whole or not at all, inputs untouched; streams that are full, closed or left by their reader."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cosaudit.cli import run, streams
from cosaudit.config.reader import InputError, Problem
from cosaudit.model import Place

BUCKETS = "buckets:\n  - {name: media-1250000000, region: ap-guangzhou}\n"
POSIX = os.name == "posix"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ok.yaml").write_text(BUCKETS)


def refused(files: list[tuple[str, str]], read: tuple[str, ...] = ()) -> str:
    """Place and message of what is told when these files are to be written."""
    with pytest.raises(InputError) as caught:
        streams.write_files(files, read)
    (problem,) = caught.value.problems
    return f"{problem.place}: {problem.message}"


def files() -> dict[str, str]:
    """The files of the folder and what is in them."""
    return {str(path): path.read_text("utf-8") for path in sorted(Path().rglob("*")) if path.is_file()}


# -- output files -------------------------------------------------------------------------------------------------


def test_files_are_written_whole_in_utf_8_with_unix_line_ends() -> None:
    """And nothing is left beside them."""
    streams.write_files([("a.txt", "中文\n\udc80"), ("b.txt", "b")], ())
    assert Path("a.txt").read_bytes() == "中文\n\\udc80".encode()
    assert sorted(files()) == ["a.txt", "b.txt", "ok.yaml"]
    streams.write_files([("a.txt", "short")], ())
    assert Path("a.txt").read_text() == "short"


@pytest.mark.parametrize("name", ["ok.yaml", "./ok.yaml", "sub/../ok.yaml", "link.yaml"])
def test_an_input_file_is_never_overwritten(name: str) -> None:
    """However it is spelled; nothing else is written then either."""
    Path("link.yaml").symlink_to("ok.yaml")
    Path("sub").mkdir()
    assert "this file is an input; it is not overwritten" in refused([("a.txt", "a"), (name, "b")], ("ok.yaml",))
    assert "this file is an input" in refused([("ok.yaml", "b")], ("link.yaml",))
    assert files()["ok.yaml"] == BUCKETS and "a.txt" not in files()


@pytest.mark.parametrize("name", ["main.yaml", "more.yaml", "p.json", "list.txt", "cos.js", "mine.yaml", "have.txt"])
def test_every_file_that_a_run_reads_is_an_input(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Included files, policies, lists, copied builds, audit policies and `--have`."""
    Path("main.yaml").write_text(
        "include: more.yaml\naudit: {policy: ./mine.yaml}\n"
        "clients: [{name: c, platform: wechat-miniprogram, allowlist: list.txt}]\n"
        "x-build: &build {name: d, platform: wechat-miniprogram, sdk: ./cos.js}\n"
    )
    Path("more.yaml").write_text("buckets: [{name: media-1250000000, region: ap-guangzhou, policy: p.json}]\n")
    Path("p.json").write_text("{}")
    Path("list.txt").write_text("https://a.b\n")
    Path("have.txt").write_text("https://a.b\n")
    Path("mine.yaml").write_text(
        "version: 1\nfail_on: high\nunknown: fail\nunknown_fact: report\nnot_described: report\n"
    )
    Path("cos.js").write_text("")
    before = files()
    arguments = ["check", "main.yaml", "--output", f"json=./{name}"]
    if name == "have.txt":
        arguments += ["--have", "have.txt"]
    if name == "cos.js":
        arguments = ["check", "--bucket", "a-1@ap-beijing", "--sdk", "./cos.js", "--output", "json=cos.js"]
    assert run(arguments) == 2
    err = capsys.readouterr().err
    if name == "cos.js":  # refused before: it is no build
        assert "is no build of an SDK" in err
        from cosaudit.config.flags import Flags, inventory
        from cosaudit.config.reader import Reader

        reader = Reader()
        with pytest.raises(InputError):
            inventory(Flags(("a-1@ap-beijing",), sdk="./cos.js"), reader)
        assert "cos.js" in reader.sources
    else:
        assert err == f"./{name}:1:1: this file is an input; it is not overwritten; expected another file\n"
    assert files() == before


@pytest.mark.parametrize("name", ["gone/a.txt", "ok.yaml/a.txt", "a\0b", "x" * 300])
def test_what_cannot_be_written_is_told_and_nothing_is_written(name: str) -> None:
    """A folder that is not there, a file as a folder, no name."""
    assert "the file cannot be written: " in refused([("a.txt", "a"), (name, "b")])
    assert list(files()) == ["ok.yaml"]


def test_a_folder_is_no_file() -> None:
    """Nothing is written when one of several is one."""
    Path("sub").mkdir()
    assert refused([("a.txt", "a"), ("sub", "b")]) == "sub:1:1: this is a folder"
    assert list(files()) == ["ok.yaml"]


@pytest.mark.skipif(not POSIX, reason="permissions of POSIX")
def test_a_folder_that_may_not_be_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is said."""
    Path("sub").mkdir()
    if os.geteuid() == 0:  # root may write anywhere
        real = open

        def refusing(name: str, mode: str = "r", **more: object) -> io.IOBase:
            if mode == "x" and "sub" in name:
                raise PermissionError(13, "Permission denied", name)
            return real(name, mode, **more)  # type: ignore[call-overload, no-any-return]

        monkeypatch.setattr("builtins.open", refusing)
    else:
        Path("sub").chmod(0o555)
    assert (
        refused([("a.txt", "a"), ("sub/a.txt", "b")]) == "sub/a.txt:1:1: the file cannot be written: Permission denied"
    )
    assert list(files()) == ["ok.yaml"]


@pytest.mark.skipif(not POSIX, reason="links and modes of POSIX")
def test_a_link_stays_a_link_and_a_mode_stays() -> None:
    """What the link leads to is replaced."""
    Path("real.txt").write_text("old")
    Path("real.txt").chmod(0o640)
    Path("link.txt").symlink_to("real.txt")
    streams.write_files([("link.txt", "new")], ())
    assert Path("link.txt").is_symlink() and Path("real.txt").read_text() == "new"
    assert stat.S_IMODE(Path("real.txt").stat().st_mode) == 0o640


@pytest.mark.skipif(not POSIX, reason="pipes of POSIX")
def test_a_pipe_is_written_to_and_not_replaced() -> None:
    """As a device is: `--output json=/dev/stderr`, or `>(...)` of the shell."""
    os.mkfifo("pipe")
    reading = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    streams.write_files([("pipe", "through")], ())
    assert os.read(reading, 100) == b"through"
    os.close(reading)
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)
    assert sorted(os.listdir()) == ["ok.yaml", "pipe"]


def test_a_write_that_fails_half_way_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one, whole, and nothing beside it."""
    Path("a.txt").write_text("old")

    def full(_: str, __: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert refused([("a.txt", "new")]).endswith("the file cannot be written: No space left on device")
    assert files() == {"a.txt": "old", "ok.yaml": BUCKETS}


def test_a_full_disk_is_told_and_the_old_file_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text does not fit: it is met while writing, before anything is replaced."""
    Path("a.txt").write_text("old")
    real = open

    class Full(io.TextIOWrapper):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    def opened(name: str, mode: str = "r", **more: object) -> io.IOBase:
        if mode == "x":
            return Full(real(name, "xb"), encoding="utf-8")
        return real(name, mode, **more)  # type: ignore[call-overload, no-any-return]

    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", opened)
        assert refused([("a.txt", "new")]) == "a.txt:1:1: the file cannot be written: No space left on device"
    assert files() == {"a.txt": "old", "ok.yaml": BUCKETS}


# -- the standard streams -----------------------------------------------------------------------------------------


def shell(line: str) -> tuple[int, str, str]:
    """Exit code and streams of a line for the shell; `@` is the program."""
    done = subprocess.run(
        ["bash", "-c", line.replace("@", f"'{sys.executable}' -m cosaudit")],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("line", "code", "err"),
    [
        ("@ check ok.yaml > /dev/full", 2, "standard output:1:1: it cannot be written: No space left on device\n"),
        ("@ check ok.yaml -f json > /dev/full", 2,
        "standard output:1:1: it cannot be written: No space left on device\n"),
        ("@ facts > /dev/full", 2, "standard output:1:1: it cannot be written: No space left on device\n"),
        ("@ check ok.yaml >&-", 0, ""),
        ("@ check gone.yaml 2>&-", 2, ""),
        ("@ check gone.yaml 2>/dev/full", 2, ""),
        ("@ check - <&-", 2, "-:1:1: standard input is closed\n"),
        ("@ check gone.yaml -f json > /dev/full", 2,
         "gone.yaml:1:1: there is no such file\nstandard output:1:1: it cannot be written\n"),
        ("set -o pipefail; @ facts | head -c 1 > /dev/null", 0, ""),
        ("set -o pipefail; @ schema | true", 0, ""),
        ("set -o pipefail; @ check bad.yaml | true", 1, ""),
    ],
)  # fmt: skip
def test_a_stream_that_takes_nothing_is_no_fault_of_ours(line: str, code: int, err: str) -> None:
    """Full, closed, or left by its reader: no traceback, and never 0 when a report was lost on a full disk."""
    Path("bad.yaml").write_text(
        f"{BUCKETS}clients: [{{name: c, platform: wechat-miniprogram, allowlist: {{request: []}}, endpoints: [https://a.b]}}]\n"
    )
    assert shell(line) == (code, "", err)


def test_problems_are_a_line_each_with_place_expected_and_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """What is expected is not said twice; help gives way to a near word."""
    place = Place("c.yaml", 3, 7)
    some = [
        Problem(place, "unknown word `a`", "one of `b`", "b", "helpless"),
        Problem(place, "`a` where a date is expected", "a date", None, "such as today"),
        Problem(place, "the name is taken", None, None, None, Place("d.yaml", 1, 2)),
        Problem(Place("\x1b.yaml", 1, 1), "a\nb:1:1: forged"),
        Problem(Place("  ", 1, 1), "there is no such file"),
    ]
    streams.problems(some, as_json=True, help="cosaudit --help")
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        "c.yaml:3:7: unknown word `a`; expected one of `b`; did you mean `b`?",
        "c.yaml:3:7: `a` where a date is expected (such as today)",
        "c.yaml:3:7: the name is taken; the first one is at d.yaml:1:2",
        "\\x1b.yaml:1:1: a\\nb:1:1: forged",
        "'  ':1:1: there is no such file",
        "  help: cosaudit --help",
    ]
    errors = json.loads(out)["errors"]
    assert errors[0] == {
        "file": "c.yaml",
        "line": 3,
        "column": 7,
        "message": "unknown word `a`; expected one of `b`; did you mean `b`?",
    }
    assert errors[3]["file"] == "\x1b.yaml" and out.isascii() and "\x1b" not in out


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_the_line_with_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code frames only there; the line's own text is safe too."""
    Path("bad.yaml").write_text('buckets:\n  - name: "a\x85b"\n    region: 5\n', "utf-8")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert run(["check", "bad.yaml"]) == 2
    lines = terminal.getvalue().splitlines()
    assert lines[-2:] == ["  4 |     region: 5", "    |             ^"]
    assert terminal.getvalue().replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("variables", "terminal", "colours"),
    [({}, True, True), ({}, False, False), ({"NO_COLOR": "1"}, True, False), ({"FORCE_COLOR": "1"}, False, True),
     ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False), ({"TERM": "dumb"}, True, False), ({"NO_COLOR": ""}, True,
     True)],
)  # fmt: skip
def test_colours_are_for_terminals(
    variables: dict[str, str], terminal: bool, colours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR and FORCE_COLOR decide before the terminal does."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal() if terminal else io.StringIO())
    assert streams.paint().on is colours


def test_what_a_stream_cannot_encode_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GBK console is no reason to fail."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="gbk", errors="strict"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict"))
    streams.prepare()
    streams.out("域名 😀 \udc80\n")
    streams.err("域名")
    assert raw.getvalue().decode("gbk") == "域名 \\U0001f600 \\udc80\n"

"""`cosaudit init`: a configuration from an example, or from the flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosaudit import examples
from cosaudit.cli import run

FLAGS = ["--bucket", "media-1250000000", "--region", "ap-guangzhou"]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_anything_it_lists_the_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, with what it shows."""
    assert run(["init"]) == 0
    out = capsys.readouterr().out
    for name in examples.names():
        assert name in out and examples.title(name) in out
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize("name", examples.names())
def test_an_example_is_written_out_whole(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Into a folder of its name; the command that it prints runs."""
    assert run(["init", "--example", name]) == 0
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / name).iterdir()} == examples.files(name)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Audit it: ")]
    assert run(line.split()[3:]) in (0, 1, 3)


def test_nothing_that_is_there_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file with another text is an error, and then nothing is written; the same text is left."""
    assert run(["init", "mine", "--example", "team"]) == 0
    assert run(["init", "mine", "--example", "team"]) == 0
    assert "There already" in capsys.readouterr().out
    changed = tmp_path / "mine" / "buckets.yaml"
    changed.write_text("mine\n", "utf-8")
    (tmp_path / "mine" / "shop.yaml").unlink()
    assert run(["init", "mine", "--example", "team"]) == 2
    assert changed.read_text("utf-8") == "mine\n"
    assert not (tmp_path / "mine" / "shop.yaml").exists()


def test_an_example_that_is_not_there_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2."""
    assert run(["init", "--example", "walkthru"]) == 2
    assert "walkthrough" in capsys.readouterr().err


def test_flags_become_a_file_that_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`allowlist` on the file gives what it gives on the flags."""
    flags = [
        *FLAGS,
        "--sdk",
        "cos-wx-sdk-v5@1.8.0",
        "--operation",
        "uploadFile",
        "--endpoint",
        "https://api.example.com/sts",
    ]
    assert run(["init", *flags]) == 0
    capsys.readouterr()
    assert run(["allowlist", "config.yaml", "--box", "request"]) == 0
    of_file = capsys.readouterr().out
    assert run(["allowlist", *flags, "--box", "request"]) == 0
    assert of_file == capsys.readouterr().out != "\n"


def test_a_dash_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`init - --bucket …` writes no file."""
    assert run(["init", "-", *FLAGS]) == 0
    assert "media-1250000000" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_an_example_beside_flags_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """One or the other."""
    assert run(["init", "--example", "team", *FLAGS]) == 2
    assert capsys.readouterr().err

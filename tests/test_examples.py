"""The shipped examples: each is right, does what its comment says, and reads well; whole outputs are compared.

`COSAUDIT_UPDATE=1 pytest tests/test_examples.py` writes the outputs in `golden/` anew; read the difference.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cosaudit import examples
from cosaudit.cli import run

GOLDEN = Path(__file__).parent / "golden"
NAMES = examples.names()
COMMANDS = ("check", "allowlist", "trace")
#: example -> exit code of `check`, and how often each rule fires
EXPECTED: dict[str, tuple[int, dict[str, int]]] = {
    "key-per-user": (0, {}),
    "key-too-wide": (1, {"session-cross-user-write": 1, "session-missing-action": 1}),
    "regional-flag-bug": (1, {"allowlist-missing": 1, "allowlist-regional-unused": 1, "signed-path-differs": 1}),
    "sdk-large-files": (
        1,
        {
            "allowlist-missing": 2,
            "allowlist-never-matches": 1,
            "allowlist-unused-cos-host": 1,
            "allowlist-wrong-category": 1,
            "backup-host-missing": 2,
        },
    ),
    "team": (0, {}),
    "walkthrough": (0, {}),
    "walkthrough-regional": (1, {"path-style-refused": 1}),
    "web-page": (1, {"cors-expose-missing": 1, "cors-header-missing": 1, "cors-origin-too-wide": 1}),
}


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's files in an empty folder, which is the current one."""
    name = request.getfixturevalue("name")
    for file, text in examples.files(name).items():
        (tmp_path / file).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_example_is_expected_here() -> None:
    """A new example needs its exit code and findings in the table above."""
    assert tuple(sorted(EXPECTED)) == NAMES != ()


@pytest.mark.parametrize("name", NAMES)
def test_check_exits_as_the_examples_comment_says(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code stands in the comment, and the findings are those that are meant."""
    code = run(["check", "config.yaml", "--format", "json"])
    found: dict[str, int] = {}
    for finding in json.loads(capsys.readouterr().out)["findings"]:
        found[finding["rule"]] = found.get(finding["rule"], 0) + 1
    assert (code, found) == EXPECTED[name]
    text = (folder / "config.yaml").read_text("utf-8")
    assert re.search(r"`cosaudit check config.yaml` exits with (\d)", text).group(1) == str(code)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", NAMES)
def test_a_title_is_short_and_every_line_fits(name: str, folder: Path) -> None:
    """At most 70 characters; lines of at most 100, every file begins with a comment that says what it is."""
    assert 10 <= len(examples.title(name)) <= 70
    for file in folder.iterdir():
        text = file.read_text("utf-8")
        assert text.startswith("# ") or file.suffix == ".json"  # JSON has no comments
        assert max(map(len, text.splitlines())) <= 100
        assert text.isascii(), "an example is read on every console"


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_an_example_is_used(name: str, folder: Path) -> None:
    """What `config.yaml` names, directly or not, is all that there is."""
    from cosaudit.config.load import load
    from cosaudit.config.reader import Reader

    reader = Reader()
    load("config.yaml", reader)
    assert {os.path.normpath(source) for source in reader.sources} == {file.name for file in folder.iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_fits_the_schema(name: str, folder: Path) -> None:
    """`cosaudit schema` accepts what the loader accepts."""
    import jsonschema  # type: ignore[import-untyped]
    import yaml

    from cosaudit.config.schema import schema

    for file in folder.glob("*.yaml"):
        tree = yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - strings only, nothing is built
        tree = json.loads(json.dumps(tree).replace('"true"', "true").replace('"false"', "false").replace('"1"', "1"))
        tree.setdefault("buckets", [])  # an included file may have no buckets of its own
        jsonschema.validate(tree, schema())


def test_the_walk_through_prints_what_the_vendors_page_asks_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exactly the bucket's domain under uploadFile, and the key service's origin under request."""
    path = tmp_path / "config.yaml"
    path.write_text(examples.files("walkthrough")["config.yaml"], "utf-8")
    assert run(["allowlist", str(path), "--format", "json"]) == 0
    (client,) = json.loads(capsys.readouterr().out)["clients"]
    assert client["uploadFile"] == ["https://media-1250000000.cos.ap-guangzhou.myqcloud.com"]
    assert client["request"] == ["https://api.example.com"]
    assert client["downloadFile"] == []


@pytest.mark.parametrize("root", ["shop.yaml", "crm.yaml"])
def test_each_program_of_the_team_is_clean_alone(root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both include the one file of buckets."""
    for file, text in examples.files("team").items():
        (tmp_path / file).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["check", root]) == 0


# -- whole outputs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_the_recorded_one(
    name: str, command: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte; lines fit 80 columns except those to paste and URLs, which are never wrapped."""
    words = [command, "config.yaml"]
    monkeypatch.setattr("sys.argv", ["cosaudit", *words])
    code = run(words)
    text = capsys.readouterr().out + f"exit {code}\n"
    path = GOLDEN / f"{name}.{command}.txt"
    if os.environ.get("COSAUDIT_UPDATE") == "1":
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
    for line in text.splitlines():
        assert len(line) <= 80 or "https://" in line, line
        assert line == line.rstrip()
        assert not re.search(r"\b(flow|flows|gate|gates|excess)\b", line), line


def test_no_recorded_output_is_left_over() -> None:
    """Each file in `golden/` is compared with something."""
    assert {path.name for path in GOLDEN.iterdir()} == {
        f"{name}.{command}.txt" for name in NAMES for command in COMMANDS
    }


def test_two_hash_seeds_give_the_same_bytes(tmp_path: Path) -> None:
    """No output depends on the order of a set."""
    script = (
        "import sys\n"
        "from cosaudit.cli import run\n"
        "for name in sys.argv[1:]:\n"
        "    for command, formats in (('check', ['text', 'json']), ('trace', ['text', 'json']),\n"
        "                             ('allowlist', ['text', 'json', 'csv', 'wechat-api'])):\n"
        "        for format in formats:\n"
        "            run([command, f'{name}/config.yaml', '--format', format])\n"
        "run(['schema'])\n"
        "run(['rules'])\n"
        "run(['facts', '--format', 'json'])\n"
    )
    for name in NAMES:
        shutil.copytree(Path(examples.__file__).parent / "examples" / name, tmp_path / name)
    digests = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script, *NAMES],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        )
        assert len(done.stdout) > 100_000 and not done.stderr
        digests.add(hashlib.sha256(done.stdout).hexdigest())
    assert len(digests) == 1


def test_a_gbk_console_prints_everything(tmp_path: Path) -> None:
    """Windows consoles of half of the users: what we print is in GBK, what is not is escaped."""
    for name in NAMES:
        shutil.copytree(Path(examples.__file__).parent / "examples" / name, tmp_path / name)
        for command in COMMANDS:
            done = subprocess.run(
                [sys.executable, "-m", "cosaudit", command, f"{name}/config.yaml"],
                cwd=tmp_path,
                env={**os.environ, "PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0"},
                capture_output=True,
                check=False,
            )
            assert done.returncode in (0, 1, 3) and not done.stderr
            assert "\\u" not in done.stdout.decode("gbk")

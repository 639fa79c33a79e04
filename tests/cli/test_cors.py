"""`cosaudit cors`: the smallest rules, in three forms, and what `check` says once they are pasted in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support import call

from cosaudit.config.load import load
from cosaudit.cos.cors import Cors, read_xml
from cosaudit.gates import BUILT
from cosaudit.minimal_cors import of_bucket
from cosaudit.model import Outcome
from cosaudit.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable


class Called(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


def run(*arguments: str) -> Called:
    """One call of the command line."""
    return Called(*call(*arguments))


EXAMPLE = Path(__file__).parents[2] / "cosaudit" / "examples" / "web-page" / "config.yaml"


def config(folder: Path, clients: list[dict[str, object]], uploads: list[dict[str, object]], **bucket: object) -> Path:
    """A configuration with two buckets."""
    found = {
        "version": 1,
        "buckets": [
            {"name": "media-1250000000", "region": "ap-guangzhou", **bucket},
            {"name": "docs-1250000000", "region": "ap-shanghai"},
        ],
        "clients": clients,
        "uploads": [
            {"name": f"u{index}", "bucket": "media-1250000000", "key": "a/{file}", "max_size": "8MiB", **one}
            for index, one in enumerate(uploads)
        ],
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(found), "utf-8")
    return path


def page(name: str = "page", sdk: str = "cos-js-sdk-v5@1.10.1", origins: Iterable[str] = ("https://a.example.com",)):
    """A web client."""
    return {"name": name, "platform": "web", "sdk": sdk, "origins": list(origins)}


def test_pasted_into_the_example_it_mends_all_that_was_wrong_with_cors(tmp_path: Path) -> None:
    """The shipped example names the command as the way out."""
    made = run("cors", str(EXAMPLE))
    assert made.code == 0
    text = EXAMPLE.read_text("utf-8")
    start, end = text.index("    cors:"), text.index("clients:")
    mended = tmp_path / "config.yaml"
    pasted = "".join([f"    {line}\n" for line in made.out.splitlines()])
    mended.write_text(f"{text[:start]}{pasted}\n{text[end:]}", "utf-8")

    before = json.loads(run("check", str(EXAMPLE), "-f", "json").out)
    after = run("check", str(mended), "-f", "json")
    assert {one["rule"] for one in before["findings"]} >= {
        "cors-header-missing",
        "cors-expose-missing",
        "cors-origin-too-wide",
    }
    assert after.code == 0 and json.loads(after.out)["findings"] == []


def test_the_three_forms_are_one_and_the_same() -> None:
    """What COS takes, what the official tools take, what this configuration takes."""
    xml, plain, own = (run("cors", str(EXAMPLE), "--format", form).out for form in ("xml", "json", "yaml"))
    read, troubles = read_xml(xml, "-")
    assert read is not None and not troubles
    rule = read.rules[0]
    (theirs,) = json.loads(plain)["CORSRule"]
    (ours,) = yaml.safe_load(own)["cors"]
    assert [list(rule.origins), list(rule.methods), list(rule.headers), list(rule.expose), rule.max_age] == [
        ours["origins"], ours["methods"], ours["headers"], ours["expose"], ours["max_age"],
    ] == [
        theirs["AllowedOrigin"], theirs["AllowedMethod"], theirs["AllowedHeader"], theirs["ExposeHeader"],
        theirs["MaxAgeSeconds"],
    ]  # fmt: skip


def test_pages_that_are_not_described_are_asked_for(tmp_path: Path) -> None:
    """Rules without an origin would be none."""
    client = {"name": "page", "platform": "web", "sdk": "cos-js-sdk-v5@1.10.1"}
    made = run("cors", str(config(tmp_path, [client], [{"client": "page", "operation": "putObject"}])))
    assert made.code == 3 and "clients[0].origins" in made.err


def test_a_version_that_nobody_recorded_is_told(tmp_path: Path) -> None:
    """What it sends is not known."""
    path = config(tmp_path, [page(sdk="cos-js-sdk-v5@1.0.0")], [{"client": "page", "operation": "putObject"}])
    made = run("cors", str(path))
    assert made.code == 3 and "not recorded" in made.err


def test_mini_programs_need_none(tmp_path: Path) -> None:
    """It says so and prints no rule."""
    client = {"name": "shop", "platform": "wechat-miniprogram"}
    path = config(tmp_path, [client], [{"client": "shop", "operation": "postObject"}])
    made = run("cors", str(path), "-f", "json")
    assert made.code == 0 and json.loads(made.out) == {"CORSRule": []} and "Mini Programs need none" in made.err


def test_of_several_buckets_one_is_named(tmp_path: Path) -> None:
    """Each has its own rules; a wrong name gets the nearest one."""
    uploads = [
        {"client": "page", "operation": "putObject"},
        {"client": "page", "operation": "putObject", "bucket": "docs-1250000000"},
    ]
    path = str(config(tmp_path, [page()], uploads))
    assert run("cors", path).code == 2
    assert run("cors", path, "docs-1250000000").code == 0
    wrong = run("cors", path, "dosc-1250000000")
    assert wrong.code == 2 and "docs-1250000000" in wrong.err


def test_a_cdn_domain_answers_by_settings_of_its_own(tmp_path: Path) -> None:
    """No rule of the bucket helps there: it says so, and prints none for it."""
    client = {**page(sdk="none"), "url": "https://media-1250000000.file.myqcloud.com"}
    made = run("cors", str(config(tmp_path, [client], [{"client": "page", "operation": "getObject"}])), "-f", "json")
    assert made.code == 3 and json.loads(made.out) == {"CORSRule": []} and "CDN" in made.err


def test_rules_that_several_buckets_share_are_not_replaced_unawares(tmp_path: Path) -> None:
    """What is printed is for one bucket; the other one that names the same file is told."""
    (tmp_path / "cors.xml").write_text("<CORSConfiguration/>", "utf-8")
    uploads = [
        {"client": "page", "operation": "putObject"},
        {"client": "page", "operation": "putObject", "bucket": "docs-1250000000"},
    ]
    path = config(tmp_path, [page()], uploads, cors="cors.xml")
    tree = yaml.safe_load(path.read_text("utf-8"))
    assert run("cors", str(path), "media-1250000000").err == ""
    tree["buckets"][1]["cors"] = "cors.xml"
    path.write_text(yaml.safe_dump(tree), "utf-8")
    made = run("cors", str(path), "media-1250000000")
    assert made.code == 0 and "docs-1250000000" in made.err


def test_errors_are_json_too(tmp_path: Path) -> None:
    """With `--format json` a wrong name stands on standard output as well."""
    path = str(config(tmp_path, [page()], [{"client": "page", "operation": "putObject"}]))
    made = run("cors", path, "none-1", "--format", "json")
    assert made.code == 2 and len(json.loads(made.out)["errors"]) == 1


OPERATIONS = [
    "putObject", "postObject", "downloadFile", "uploadFile", "sliceUploadFile", "getObject", "headObject",
    "deleteObject", "getBucket",
]  # fmt: skip
VERSIONS = ["none", "cos-js-sdk-v5@1.2.20", "cos-js-sdk-v5@1.7.1", "cos-js-sdk-v5@1.8.7", "cos-js-sdk-v5@1.10.1"]
ORIGINS = ["https://a.example.com", "https://b.example.com:8443", "http://c.example.com"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(VERSIONS), st.lists(st.sampled_from(ORIGINS), min_size=1, unique=True)),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(OPERATIONS)), min_size=1, max_size=4),
)
def test_with_its_rules_every_request_passes_and_no_rule_is_too_wide(
    tmp_path_factory: pytest.TempPathFactory,
    pages: list[tuple[str, list[str]]],
    calls: list[tuple[int, str]],
) -> None:
    """The promise, for CORS: each request of each page passes, and no origin, method or header is there for nobody."""
    clients = [page(f"p{index}", sdk, origins) for index, (sdk, origins) in enumerate(pages)]
    uploads = [{"client": f"p{index % len(pages)}", "operation": operation} for index, operation in calls]
    uploads = [one for one in uploads if not (one["operation"] == "sliceUploadFile" and _by_hand(clients, one))]
    path = config(tmp_path_factory.mktemp("cors"), clients, uploads)
    before = Run(load(str(path)))
    made: Cors = of_bucket(before, before.inventory.buckets[0]).cors
    bare = [rule._replace(at=None) for rule in made.rules]
    rules = [
        {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in rule._asdict().items()
            if key not in ("id", "at") and value not in ((), None)
        }
        for rule in bare
    ]
    path = config(tmp_path_factory.mktemp("cors"), clients, uploads, cors={"rules": rules, "vary": bool(made.vary)})
    judged = list(Run(load(str(path))).judged)
    for one in judged:
        for gate in ("preflight", "response"):
            assert gate in BUILT
            assert one.at(gate).outcome is Outcome.PASS or one.request.shape is None, (gate, one.at(gate))
    found = json.loads(run("check", str(path), "-f", "json").out)["findings"]
    assert [one["rule"] for one in found if one["rule"].startswith("cors-")] == []


def _by_hand(clients: list[dict[str, object]], upload: dict[str, object]) -> bool:
    return next(one["sdk"] for one in clients if one["name"] == upload["client"]) == "none"

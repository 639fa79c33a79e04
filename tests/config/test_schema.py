"""The JSON Schema and the decoder are made of one table: what one takes, the other takes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from cosaudit import yamltree
from cosaudit.config import table
from cosaudit.config.fields import Either, Kind, Listing, Mapped, Record
from cosaudit.config.reader import Reader
from cosaudit.config.schema import schema
from cosaudit.yamltree import plain

SCHEMA = schema()
VALIDATOR = Draft7Validator(SCHEMA)


class Bare(str):
    """A scalar that is written without quotation marks."""

    __slots__ = ()


POLICY = {"version": "2.0", "statement": [{"effect": "allow", "action": "name/cos:PutObject", "resource": "*"}]}
FORM_POLICY = {"expiration": "2026-12-31T12:00:00Z", "conditions": [{"bucket": "media-1250000000"}]}
TRANSFER = {
    "name": "avatar", "client": "shop", "bucket": "media-1250000000", "operation": "putObject",
    "key": "avatars/{openid}/{file}-{{}}", "session": "upload", "signer": "server",
    "signature": {"method": "put", "path": "/a", "headers": ["host"], "host": "a.b", "key": "temporary",
                  "valid_for": 600, "form_policy": FORM_POLICY},
    "min_size": Bare("1KiB"), "max_size": 5242880, "content_type": "image/jpeg",
    "headers": {"x-cos-acl": "private", "Cache-Control": ""}, "x-mine": [1],
}  # fmt: skip
#: Every field of the configuration at least once.
FULL: dict[str, Any] = {
    "version": 1,
    "include": ["more.yaml"],
    "regions": ["ap-nowhere"],
    "placeholders": {
        "openid": {"identity": True, "from": "server", "alphabet": "[A-Za-z0-9_-]", "length": 28},
        "file": {"length": {"min": 1, "max": Bare("'40'")}, "x-why": None},
        "x-note": "mine",
    },
    "buckets": [
        {
            "name": "media-1250000000", "region": "ap-guangzhou", "created": Bare("2023-06-30"), "acl": "private",
            "cors": [{"origins": ["*"], "methods": ["GET", "PUT"], "headers": ["*"], "expose": ["ETag"], "max_age": 0}],
            "policy": POLICY, "referer": {"type": "allow", "domains": ["a.b"], "empty": "deny"},
            "acceleration": True, "strict_signature": False, "versioning": True, "domains": ["cdn.example.com"],
            "owner": "张三",
        },
        {
            "name": "docs-1250000000", "region": "ap-nowhere", "created": "2023-06-30T08:00:00+08:00",
            "acl": {"grants": [{"to": "100000000001", "permission": "READ"}]},
            "cors": {"rules": [{"origins": ["*"], "methods": ["PUT"], "headers": [], "expose": [], "max_age": "5"}],
            "vary": True}, "policy": "p.json", "referer": "r.xml", "x-": None,
        },
        {"name": "logs-1250000000", "region": "ap-beijing", "cors": "c.xml"},
    ],
    "clients": [
        {
            "name": "shop", "platform": "wechat-miniprogram", "appid": "wx0123456789abcdef",
            "sdk": "cos-wx-sdk-v5@1.8.0",
            "options": {"ForcePathStyle": False, "UseAccelerate": True, "Domain": "{Bucket}.a.b",
                        "SimpleUploadMethod": "putObject", "AutoSwitchHost": True, "SliceSize": Bare("5MiB"),
                        "Protocol": "https:"},
            "token_field": "SecurityToken", "addressing": "bucket",
            "endpoints": ["https://api.example.com/sts", {"url": "http://a.b", "api": "uploadFile"}],
            "base_library": "2.10.0", "released": True, "owner": "x",
            "allowlist": {"request": ["https://api.example.com", ""], "uploadFile": [], "downloadFile": ["a"], "x-": 1},
        },
        {
            "name": "hand", "platform": "wechat-miniprogram", "sdk": "none", "url": "https://{bucket}.a.b/c",
            "signed_path": "/{bucket}/", "sends": {"form": ["key"], "headers": ["Authorization"]},
            "allowlist": "list.txt",
        },
        {"name": "site", "platform": "web", "origins": ["https://www.example.com", "null"]},
    ],
    "sessions": [
        {"name": "upload", "policy": POLICY, "api": "AssumeRole", "duration": Bare("'1800'"),
         "served": {"url": "https://a.b", "login": "required", "scope_from": "server"},
         "issuer": {"kind": "role", "appid": "1250000000", "principal": "qcs::cam::uin/1:uin/2", "policy": "p.json"},
         "owner": "x"},
        {"name": "scoped", "scopes": [{"action": "name/cos:PutObject", "bucket": "b-1", "region": "r", "prefix": ""},
                                      {"action": ["a", "b"], "bucket": "b-1", "region": "r", "prefix": "*"}]},
        {"name": "helped", "helper": "qcloud-cos-sts@3.1.2", "bucket": "b-1", "region": "r", "allowPrefix": ["a/*"],
         "allowActions": ["name/cos:PutObject"], "durationSeconds": 1800},
        {"name": "python", "helper": "qcloud-python-sts", "bucket": "b-1", "region": "r", "allow_prefix": "a/*",
         "allow_actions": "name/cos:PutObject", "duration_seconds": 1800},
        {"name": "java", "helper": "qcloud-cos-sts", "bucket": "b-1", "region": "r", "allowPrefixes": ["a/*", ""]},
    ],
    "uploads": [TRANSFER, {"name": "b", "client": "shop", "bucket": "media-1250000000", "operation": "uploadFile",
                           "signature": {"form_policy": "form.json"}}],
    "downloads": [TRANSFER | {"name": "c"}],
    "audit": {
        "policy": "default",
        "ignore": [{"rule": "allowlist-missing", "subject": "x", "reason": "y", "expires": "2027-01-01"}],
        "accept": [{"fact": "cos.host.ports", "reason": "y", "expires": Bare("2027-01-01")}],
    },
    "x-base": {"anything": [{}]},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that the configurations here name."""
    monkeypatch.chdir(tmp_path)
    Path("p.json").write_text(json.dumps(POLICY))
    Path("form.json").write_text(json.dumps(FORM_POLICY))
    Path("c.xml").write_text("<CORSConfiguration/>")
    Path("r.xml").write_text("<RefererConfiguration/>")
    Path("list.txt").write_text("https://api.example.com\n")


def written(value: Any) -> str:
    """A value as YAML in flow style."""
    if isinstance(value, Bare):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


def decoder_says(text: str) -> list[str]:
    """The problems that the decoder tells of a document, by its form alone."""
    reader = Reader()
    reader.regions = ("ap-nowhere",)
    root = yamltree.compose(text)
    assert root is not None
    table.CONFIG.decode(root, reader)
    return [problem.message for problem in reader.problems]


def schema_says(text: str) -> bool:
    """Does the schema take the document, as an editor reads it?"""
    root = yamltree.compose(text)
    assert root is not None
    return bool(VALIDATOR.is_valid(plain(root)))


def fields(kind: Kind, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all fields below a kind."""
    if isinstance(kind, Record):
        for field in kind.fields:
            yield (*path, field.name)
            yield from fields(field.kind, (*path, field.name))
    elif isinstance(kind, Listing | Mapped):
        yield from fields(kind.item, path)
    elif isinstance(kind, Either):
        for one in kind.kinds.values():
            yield from fields(one, path)


def given_paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all keys below a value, without the indexes of lists."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key)
            yield from given_paths(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from given_paths(item, path)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value below a value."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, key)
            yield from places(item, (*path, key))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path."""
    for key in path:
        value = value[key]
    return value


def changed(path: tuple[str | int, ...], new: Any) -> dict[str, Any]:
    """FULL with another value at a path."""
    value = copy.deepcopy(FULL)
    at(value, path[:-1])[path[-1]] = new
    return value


def narrow(value: dict[str, Any], path: tuple[str | int, ...]) -> str:
    """As YAML, only the part that the path leads through: a small document is judged in a tenth of the time."""
    if not path:
        return written(value)
    part = value[str(path[0])]
    if len(path) > 1 and isinstance(path[1], int):
        part = [part[path[1]]]
    return written({"buckets": [], str(path[0]): part})


def free(path: tuple[str | int, ...]) -> bool:
    """Is this place of FULL beyond the form: inside a document for another gate, or the person's own?"""
    documents = ("policy", "form_policy")
    inside = any(name in documents for name in path[:-1]) and path[:2] != ("audit", "policy")
    return inside or any(
        isinstance(name, str) and name.startswith("x-") and path[-2:] != ("headers", name) for name in path
    )


PLACES = [path for path in places(FULL) if not free(path)]


def test_the_schema_is_a_schema_of_draft_7() -> None:
    """The newest that the YAML language servers of editors promise to read."""
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_the_full_configuration_has_every_field() -> None:
    """What is not in it is not tested below."""
    known = {(path[0].replace("downloads", "uploads"), *path[1:]) for path in given_paths(FULL)}
    for name in ("openid", "file"):
        known |= {("placeholders", *path[2:]) for path in known if path[:2] == ("placeholders", name)}
    missing = {path for path in fields(table.CONFIG) if path[:1] != ("downloads",)} - known
    assert missing == set()
    assert len(known) > 100


def test_both_take_the_full_configuration() -> None:
    """Every field in every shape."""
    text = written(FULL)
    assert decoder_says(text) == []
    assert list(VALIDATOR.iter_errors(plain(yamltree.compose(text) or pytest.fail()))) == []


@pytest.mark.parametrize("path", [(), *[path for path in PLACES if isinstance(at(FULL, path), dict)]], ids=str)
def test_both_refuse_an_unknown_key(path: tuple[str | int, ...]) -> None:
    """In every mapping that is no document of another gate, nor maps free names; `x-` keys are taken by both."""
    value = copy.deepcopy(FULL)
    mapping = at(value, path)
    if path[-1:] in (("policy",), ("form_policy",), ("headers",), ("placeholders",)):
        mapping["zzz zzz"] = [[]]
        document = path[-1] in ("policy", "form_policy")
        assert (decoder_says(narrow(value, path)) == []) is document
        assert schema_says(narrow(value, path)) is document
        return
    mapping["x-zzz"] = [[]]
    assert decoder_says(narrow(value, path)) == [] and schema_says(narrow(value, path))
    mapping["zzz"] = "a"
    assert decoder_says(narrow(value, path)) != [] and not schema_says(narrow(value, path))


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_both_refuse_a_value_of_a_wrong_kind(path: tuple[str | int, ...]) -> None:
    """At every place: null, another bool, list or mapping than belongs there."""
    kinds: dict[type, list[Any]] = {
             str: [Bare("null"), Bare("true"), [[]], {"zzz": []}], list: [Bare("null"), Bare("true"), {"zzz": []}],
             dict: [Bare("null"), Bare("true"), [[]]], int: [Bare("null"), 1.5, [[]], {"zzz": []}, "x", -1],
             bool: [Bare("null"), 1, "true", Bare("on"), [[]], {"zzz": []}]}  # fmt: skip
    old = at(FULL, path)
    for new in kinds[str if isinstance(old, Bare) else type(old)]:
        if path[-1] in ("policy", "form_policy") and isinstance(new, dict):
            continue  # a document for another gate
        text = narrow(changed(path, new), path)
        assert decoder_says(text) != [], text
        assert not schema_says(text), text


@pytest.mark.parametrize("path", [path for path in PLACES if isinstance(path[-1], str)], ids=str)
def test_both_agree_on_what_is_required(path: tuple[str | int, ...]) -> None:
    """Without one key, both take it or both refuse it."""
    value = copy.deepcopy(FULL)
    del at(value, path[:-1])[path[-1]]
    if path == ("buckets",):
        assert decoder_says(written(value)) != []
        assert schema_says(written(value))  # they may come from an included file
        del value["include"]
    text = written(value) if len(path) == 1 else narrow(value, path)
    assert (decoder_says(text) == []) is schema_says(text)


NOISE = [
    Bare("null"), Bare("~"), Bare("true"), Bare("no"), Bare("017"), Bare("22:22"), Bare("2023-01-01"), Bare("1.0"),
    Bare("1e3"), Bare("0x10"), Bare("+5"), "", " ", "a", "x\n", "5", "-1", "1 GB", "1.5MiB", "5TB", Bare("1 TiB"),
    "1.5", "9" * 18, "9" * 19,
    Bare("9" * 18), Bare("9" * 19), Bare("1_000"), "2023-01-01T00:00:00Z", "https://a.b\n", "a-1", "{a", [], {}, ["a"],
    [Bare("1")], [None], {"a": "b"}, "p.json", "none", "ap-guangzhou", "媒体",
    "\\", "x-", "zzz", "{}", "/", "a/b.js",
]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(NOISE)), min_size=1, max_size=2))
def test_any_configuration_that_the_decoder_takes_the_schema_takes(
    changes: list[tuple[tuple[str | int, ...], Any]],
) -> None:
    """Random values anywhere."""
    value = copy.deepcopy(FULL)
    for path, new in changes:
        try:
            at(value, path[:-1])[path[-1]] = new
        except (KeyError, IndexError, TypeError):
            return
    text = narrow(value, changes[0][0]) if len(changes) == 1 else written(value)
    taken = decoder_says(text) == []
    event(f"taken: {taken}")
    if taken:
        assert schema_says(text), text


def test_every_single_noise_at_every_place_is_judged_alike_or_known() -> None:
    """What the schema takes and the decoder refuses are values, not forms: the list of such fields is closed."""
    looser = set()
    for path in PLACES:
        if path[0] == "downloads":  # the same record as `uploads`
            continue
        for new in NOISE if not isinstance(at(FULL, path), dict | list) else NOISE[::4]:
            text = narrow(changed(path, new), path)
            decoder, form = decoder_says(text) == [], schema_says(text)
            assert form or not decoder, text
            if form and not decoder:
                looser.add(next(name for name in reversed(path) if isinstance(name, str)))
    assert looser <= VALUES


#: Fields whose values the decoder looks into: names, dates, keys, files, and numbers in spellings of YAML that a
#: schema cannot see (`0x10`, `1e3`).
VALUES = {
    "SliceSize", "allowlist", "alphabet", "cors", "created", "duration", "durationSeconds", "duration_seconds",
    "endpoints", "expires", "form_policy", "helper", "key", "length",
    "max",
    "max_age", "max_size", "method", "min", "min_size", "name", "origins", "policy", "referer", "region", "regions",
    "sdk", "to",
    "url", "valid_for", "version",
}  # fmt: skip

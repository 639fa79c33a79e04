"""The profile of cos-js-sdk-v5 against the recordings of every published version from 1.2.20 on."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data
from cosaudit.model import Api, Auth, Options, Refusal, Shape, Target, When
from cosaudit.sdk import js

ORACLE = Path(__file__).parents[1] / "oracles" / "js_sdk" / "record.py"


@cache
def oracle() -> ModuleType:
    """The recorder, as a module."""
    spec = importlib.util.spec_from_file_location("js_sdk_record", ORACLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def recordings() -> dict[str, Any]:
    """What is kept of the recording."""
    kept: dict[str, Any] = oracle().load()
    return kept


VERSIONS = sorted(recordings()["versions"], key=oracle().order)
assert VERSIONS, "no recordings: a test over nothing proves nothing"
NEWEST = VERSIONS[-1]

AUTH = {
    "temporary": (Auth.CLIENT, None),
    "temporary-SecurityToken": (Auth.CLIENT, "SecurityToken"),
    "temporary-XCosSecurityToken": (Auth.CLIENT, "XCosSecurityToken"),
    "permanent": (Auth.CLIENT, None),  # no way of signing that users may describe; compared without the token
    "server-temporary": (Auth.SERVER_TEMPORARY, None),
    "server-temporary-SecurityToken": (Auth.SERVER_TEMPORARY, "SecurityToken"),
    "server-temporary-XCosSecurityToken": (Auth.SERVER_TEMPORARY, "XCosSecurityToken"),
    "server-permanent": (Auth.SERVER_PERMANENT, None),
    "server-text": (Auth.SERVER_PERMANENT, None),
    "none": (Auth.NONE, None),
}
TOKEN = "x-cos-security-token"

#: After which fault a request may be sent again, by the words of `When.retry`; None: parts are sent again whatever
#: the error was.
AFTER: dict[str, set[str | None]] = {
    "network": {"network", "host"},
    "5xx": {"5xx"},
    "5xx-bare": {"5xx"},
    "4xx": {None},
    "4xx-bare": {None},
}
#: What must be seen when a step meets nothing but this fault.
MUST = {"network": ("network", "host"), "5xx": ("5xx",), "5xx-bare": ("5xx",)}

#: A request without its condition: method, URL without query, names of query and headers.
Sent = tuple[str, str, tuple[str, ...], tuple[str, ...]]


def derived(version: str, case: dict[str, Any]) -> list[Shape] | Refusal:
    """The shapes that the profile gives for a case and that its size and resuming fit."""
    auth, token_field = AUTH[case["credentials"]]
    size = case["size"]
    parameters = tuple(name for name in case["extra"] if name != "Headers")
    names = js.header_names(version, parameters, tuple(case["extra"].get("Headers", ())))

    def ask(low: int, high: int | None) -> tuple[Shape, ...] | Refusal:
        return js.shapes(
            version,
            case["operation"],
            Options(**case["options"]),
            auth,
            min_size=low,
            max_size=high,
            token_field=token_field,
            content_type="content-type" in names,
            headers=tuple(name for name in names if name != "content-type"),
            region=case["region"],
            level=case["level"] or "task",
        )

    every, exact = ask(0, None), ask(size, size)
    if isinstance(exact, Refusal):
        assert every == exact
        return exact
    assert not isinstance(every, Refusal)
    rows = []
    for row in every:
        when = row.when
        if (when.over is None or size > when.over) and (when.up_to is None or size <= when.up_to):
            rows.append(row._replace(when=when._replace(over=None, up_to=None)))
    assert set(rows) == set(exact), "a narrow range gives other requests than the wide one"
    assert len(set(exact)) == len(exact), "a row is repeated"
    assert {row.api for row in rows} == {Api.FETCH}
    assert not any(row.form for row in rows)
    if case["resume"] is None:
        rows = [row for row in rows if not row.when.resume]
    return [row._replace(when=row.when._replace(resume=False)) for row in rows]


def as_sent(version: str, case: dict[str, Any], row: Shape) -> Sent | Refusal:
    """A derived row with bucket, region, key and the page's protocol put in."""
    start = js.prefix(
        version, Options(**case["options"]), row.target, case["bucket"], case["region"],
        operation=case["operation"], page=case["page"],
    )  # fmt: skip
    if isinstance(start, Refusal):
        return start
    url = f"{start}/{js.encode_key(version, case['key'], action=row.action) if row.keyed else ''}"
    query, headers = row.query, row.headers
    if case["credentials"] == "permanent":
        query, headers = (tuple(name for name in names if name != TOKEN) for names in (query, headers))
    if row.action == "name/cos:UploadPart":  # which looks for names in lower case; the configuration has no others
        missed = {name.lower() for name in case["extra"].get("Headers", ()) if name != name.lower()}
        headers = tuple(name for name in headers if name not in missed)
    if row.action == "name/cos:InitiateMultipartUpload" and "MimeLimit" in case["extra"]:
        # taken out of the object Headers, and put back by the parameter; the configuration does not tell them apart
        names = js.header_names(version, ("MimeLimit",))
        headers = tuple(sorted({*headers, *names}))
    return row.method, url, query, headers


def as_recorded(request: dict[str, Any]) -> Sent:
    """A recorded request in the same form."""
    url = f"{request['scheme']}://{request['host']}{request['path']}"
    return request["method"], url, tuple(sorted(request["query"])), tuple(request["headers"])


def compare(version: str, case: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """What differs between a recorded case and the profile, in words."""
    requests, error = result["requests"], result["error"]
    rows = derived(version, case)
    if isinstance(rows, Refusal):
        return compare_refusal(case, rows, result)
    found: dict[str, dict[Sent, set[str | None]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        sent = as_sent(version, case, row)
        if isinstance(sent, Refusal):
            return compare_refusal(case, sent, result)
        found[row.action.removeprefix("name/cos:")][sent].add(row.when.retry)
    wrong = []
    last: dict[tuple[str, int | None], str] = {}
    seen: dict[str, dict[Sent, set[str | None]]] = defaultdict(lambda: defaultdict(set))
    for request in requests:
        step, place = request["step"], (request["step"], request.get("part"))
        sent = as_recorded(request)
        allowed = AFTER[last[place]] if place in last else {None}
        whens = found[step].get(sent, set()) & allowed
        if not whens:
            wrong.append(f"not derived (after {last.get(place)}): {sent}; derived: {dict(found[step])}")
        seen[step][sent] |= whens
        if request["fault"] is not None:
            last[place] = request["fault"]
        wrong += compare_values(version, case, request)
    # what CORS hides from the page ends the upload before its last step
    unseen = case["expose"] is not None and "etag" not in case["expose"] and error is not None
    for step, sents in found.items():
        kinds = set(case["faults"].get(step, ()))
        often = len(case["faults"].get(step, ())) >= 9 and len(kinds) == 1
        must = MUST.get(next(iter(kinds)), ()) if often else ()
        for sent, whens in sents.items():
            for when in whens:
                if when in seen[step][sent]:
                    continue
                needless = case["resume"] == "match" and step in ("InitiateMultipartUpload", "UploadPart")
                if (when is None and error is None and not needless and not unseen) or when in must:
                    wrong.append(f"derived, not recorded (retry: {when}): {sent}; error {error}")
    if not requests:
        wrong.append(f"nothing was sent: {error}")
    return [*wrong, *compare_scopes(requests, result["signed"]), *compare_reads(version, case, result)]


def compare_values(version: str, case: dict[str, Any], request: dict[str, Any]) -> list[str]:
    """Whether the headers that are told to have one value have it, where the client does not set them."""
    parameters = tuple(name for name in case["extra"] if name != "Headers")
    set_by_client = js.header_names(version, parameters, tuple(case["extra"].get("Headers", ())))
    wrong = []
    for name, text in request["values"].items():
        told = js.value(version, f"name/cos:{request['step']}", name)
        if told is not None and told != text and name not in set_by_client:
            wrong.append(f"{request['step']}: {name} is {text!r}, not {told!r}")
        if told is None and name not in set_by_client:
            kinds = {"blob": "", "text": "text/plain"}
            type_ = kinds.get(case["body"], case["body"])
            empty = case["operation"] == "sliceUploadFile" and case["size"] == 0
            if name != "content-type" or text != ("" if empty else type_):
                wrong.append(f"{request['step']}: {name} is {text!r}, and nothing tells it")
    if request["own_type"] not in (None, "text/plain;charset=UTF-8"):
        wrong.append(f"{request['step']}: the browser names the type {request['own_type']}")
    return wrong


def compare_reads(version: str, case: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """Whether an operation fails exactly where a header that it needs is not exposed."""
    if case["faults"] or case["expose"] is None:
        return []
    steps = {request["step"] for request in result["requests"]}
    needed = {
        name for step in steps for name in js.reads(version, case["operation"], f"name/cos:{step}")
    } - set(case["expose"])
    if bool(needed) == (result["error"] is not None):
        return []
    return [f"needs {needed}, and the error is {result['error']}"]


def compare_refusal(case: dict[str, Any], refusal: Refusal, result: dict[str, Any]) -> list[str]:
    """Whether nothing was sent, with the error that the refusal tells of."""
    assert refusal.fact in data.facts_of(js.PACKAGE)
    requests, error = result["requests"], result["error"]
    # abortUploadTask reports what went wrong with each task in its result, not as an error
    silent = case["operation"] == "abortUploadTask" and error is None and refusal.code != "operation-missing"
    if not requests and (silent or (error is not None and fits(refusal, error))):
        return []
    return [f"{refusal}, but recorded: {error}, {requests}"]


def compare_scopes(requests: list[dict[str, Any]], signed: list[dict[str, Any]]) -> list[str]:
    """Whether the actions that the SDK asks a key for are those of its requests."""
    asked = sorted(entry["scope"][0]["action"] for entry in signed if entry["scope"])
    sent = sorted(f"name/cos:{request['step']}" for request in requests)
    return [f"asks for {asked}, sends {sent}"] if asked and asked != sent else []


def fits(refusal: Refusal, error: str) -> bool:
    """Whether a recorded error is the one that a refusal tells of."""
    if refusal.code == "operation-missing":
        return "no such operation" in error
    if refusal.code == "region-refused":
        return "Region" in error
    if refusal.option == "ForcePathStyle":
        return "ForcePathStyle is not supported" in error
    return "missing param SecretId" in error  # no credentials


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_derived_is_what_was_recorded(version: str, record_property: Any) -> None:
    """Both ways, for every recorded case: requests, their names, their known values, what is read, and when."""
    cases, results = recordings()["cases"], recordings()["versions"][version]
    assert len(cases) == len(results)
    wrong = []
    for number, (case, result) in enumerate(zip(cases, results, strict=True)):
        wrong += [f"case {number} {case}\n    {line}" for line in compare(version, case, result)]
    record_property("compared cos-js-sdk-v5", len(cases))
    print(f"{version}: {len(cases)} recorded cases compared, {len(wrong)} differences")
    assert len(cases) > 100, "hardly anything was compared"
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong[:5])

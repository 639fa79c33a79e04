"""The profile of cos-js-sdk-v5 against the recordings of every published version from 1.2.20 on."""

from __future__ import annotations

import importlib.util
import itertools
import re
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


def test_data_lists_the_recorded_versions() -> None:
    """Each version on record has a behaviour, and there is none without a recording; oldest first."""
    assert list(js.versions()) == VERSIONS
    assert VERSIONS[0] == data.fact("sdk.cos-js-sdk-v5.recorded").value


def test_every_flag_is_in_the_first_behaviour() -> None:
    """Later behaviours only change flags, and stand in the order of their versions."""
    behaviours = data.load(js.PACKAGE)["behaviours"]
    assert {flag for behaviour in behaviours for flag in behaviour} == set(behaviours[0])
    assert [behaviour["since"] for behaviour in behaviours] == sorted(
        set(data.load(js.PACKAGE)["versions"].values()), key=oracle().order
    )


def test_each_behaviour_is_another_one() -> None:
    """Versions share a behaviour exactly when they were recorded to send and sign the same in every case."""
    results = recordings()["versions"]
    shown = data.load(js.PACKAGE)["versions"]

    def did(version: str) -> list[Any]:  # the words of errors differ within a behaviour
        return [(result["requests"], result["signed"], result["error"] is None) for result in results[version]]

    for left, right in itertools.pairwise(VERSIONS):
        assert (did(left) == did(right)) == (shown[left] == shown[right]), (left, right)


@pytest.mark.online
def test_recording_again_gives_the_same() -> None:
    """npm lists the versions on record, and each does what it did."""
    done = subprocess.run([sys.executable, str(ORACLE), "--check"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_a_request_is_tried_as_often_as_the_data_says(version: str) -> None:
    """Nothing but 5xx answers: the tries of one request, and of a part, which is begun several times."""
    flag = js.flags(version)
    counted = {}
    for case, result in zip(recordings()["cases"], recordings()["versions"][version], strict=True):
        for step, operation in (("PutObject", "putObject"), ("UploadPart", "sliceUploadFile")):
            plain = case["operation"] == operation and not case["options"] and case["expose"] is None
            if plain and case["credentials"] == "temporary" and case["faults"] == {step: ["5xx"] * 9}:
                counted[step] = sum(
                    request["step"] == step and request.get("part", 1) == 1 for request in result["requests"]
                )
    # the tenth would be answered
    parts = min(10, flag["retry-tries"] * flag["chunk-tries"])

    assert counted == {"PutObject": flag["retry-tries"], "UploadPart": parts}


def signing_cases(version: str) -> list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """(case, request, what was signed for it), where the order of both is the same."""
    found = []
    for case, result in zip(recordings()["cases"], recordings()["versions"][version], strict=True):
        several = case["operation"] in ("uploadFile", "sliceUploadFile")
        if several or {"Host", "host"} & set(case["extra"].get("Headers", ())):
            continue
        found += [(case, *pair) for pair in zip(result["requests"], result["signed"], strict=False)]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_the_signed_host_is_what_the_data_says(version: str) -> None:
    """Fact signed-host: which versions sign the host, of which hosts, and where it is another than the one sent to."""
    kind = js.flags(version)["signed-host"]
    compared = 0
    for case, request, signed in signing_cases(version):
        if case["faults"]:
            continue
        host = request["host"]
        if kind == "bucket" and case["options"].get("UseAccelerate") and "cos.accelerate." in host:
            legacy = case["region"] in js.flags(version)["legacy-regions"] and not case["options"].get("Domain")
            host = host.replace("cos.accelerate", case["region"] if legacy else f"cos.{case['region']}")
        of_cos = re.fullmatch(r"([a-z0-9-]+-[0-9]+\.)?cos\.[a-z0-9-]+\.myqcloud\.com", host) is not None
        expected = host if kind == "always" or (kind != "never" and of_cos) else None
        assert signed["host"] == expected, (case, request["host"])
        compared += 1
    assert compared > 500


def test_only_the_way_back_from_the_backup_host_is_signed_for_another_host() -> None:
    """Fact backup-signature: which versions sign the backup host for a request to the main one."""
    fact = data.facts_of(js.PACKAGE)["sdk.cos-js-sdk-v5.backup-signature"].value
    wrong = defaultdict(set)
    for version in VERSIONS:
        for case, request, signed in signing_cases(version):
            if case["faults"] and js.flags(version)["signed-host"] == "always" and signed["host"] != request["host"]:
                wrong[version].add((request["host"], signed["host"]))
    assert sorted(wrong) == fact["versions"]
    for host, signed_host in set().union(*wrong.values()):
        bucket, _, region = host.split(".")[:3]
        texts = (fact["sent-to"], fact["signed-host"])
        filled = [text.replace("<bucket>", bucket).replace("<region>", region) for text in texts]
        assert [host, signed_host] == filled


def test_no_request_carries_cookies_or_needs_a_secure_context() -> None:
    """Facts credentials, secure-context and apis, over everything that was recorded."""
    facts = data.facts_of(js.PACKAGE)
    results = [result for version in VERSIONS for result in recordings()["versions"][version]]
    requests = [request for result in results for request in result["requests"]]
    assert len(requests) > 100_000
    assert {request["credentials"] for request in requests} == {facts["sdk.cos-js-sdk-v5.credentials"].value}
    assert [name for result in results for name in result["secure"]] == facts["sdk.cos-js-sdk-v5.secure-context"].value
    assert {request["api"] for request in requests} == {"XMLHttpRequest"}


def test_the_data_tells_what_uploads_read_of_answers() -> None:
    """An upload in parts ends in an error where ETag is not exposed, and only there."""
    seen = set()
    for case, result in zip(recordings()["cases"], recordings()["versions"][NEWEST], strict=True):
        if case["expose"] == [] and not case["faults"] and result["error"] is not None:
            seen.add((case["operation"], "get ETag error" in result["error"]))
    assert seen == {("postObject", False), ("uploadFile", True), ("sliceUploadFile", True)}
    assert data.fact("sdk.cos-js-sdk-v5.reads").value == js.flags(NEWEST)["reads"]
    assert js.reads(NEWEST, "uploadFile", "name/cos:UploadPart") == ("etag",)
    assert js.reads(NEWEST, "uploadFile", "name/cos:PutObject") == ()
    assert js.reads(NEWEST, "postObject", "name/cos:UploadPart") == ()


def test_the_values_that_are_told() -> None:
    """The type of a file is not; that of the completion is, and the mark of a repeat where there is one."""
    put, complete = "name/cos:PutObject", "name/cos:CompleteMultipartUpload"
    assert js.value(NEWEST, put, "content-type") is None
    assert js.value(NEWEST, put, "cache-control") == ""
    assert js.value(NEWEST, complete, "content-type") == "application/xml"
    assert js.value(NEWEST, put, "x-cos-sdk-retry") == "true"
    assert js.value(VERSIONS[0], put, "x-cos-sdk-retry") is None


# -- conditions ----------------------------------------------------------------------------------------------


def whens(*asked: Any, **named: Any) -> list[str]:
    """The conditions of the first attempts, each once, in order."""
    rows = js.shapes(*asked, **named)
    assert not isinstance(rows, Refusal)
    return list(dict.fromkeys(str(row.when) for row in rows if row.when.retry is None))


def test_upload_file_splits_where_slice_size_says() -> None:
    """Without the option at 1 MiB; resuming only above."""
    plain = whens(NEWEST, "uploadFile", Options(), Auth.CLIENT)
    assert plain == ["up to 1048576", "over 1048576", "over 1048576, resume"]
    assert whens(NEWEST, "uploadFile", Options(SliceSize=5), Auth.CLIENT) == ["up to 5", "over 5", "over 5, resume"]


def test_a_small_file_is_put_whatever_simple_upload_method_says() -> None:
    """The option is the Mini Program SDK's."""
    rows = js.shapes(NEWEST, "uploadFile", Options(SimpleUploadMethod="postObject"), Auth.CLIENT, max_size=5)
    assert not isinstance(rows, Refusal)
    assert {row.action for row in rows} == {"name/cos:PutObject"}
    assert rows[0].when == When()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_backup_host_is_the_default_where_there_is_one(version: str) -> None:
    """Unlike in the Mini Program's SDK; false switches it off, and a server's signature never meets it."""

    def targets(options: Options, auth: Auth = Auth.CLIENT, region: str | None = None) -> set[Target]:
        rows = js.shapes(version, "putObject", options, auth, region=region)
        assert not isinstance(rows, Refusal)
        return {row.target for row in rows}

    both = {Target.BUCKET, Target.BACKUP} if js.flags(version)["backup"] else {Target.BUCKET}
    assert targets(Options()) == targets(Options(AutoSwitchHost=True)) == both
    assert targets(Options(AutoSwitchHost=False)) == targets(Options(), region="cn-south") == {Target.BUCKET}
    assert targets(Options(), Auth.SERVER_TEMPORARY) == {Target.BUCKET}
    assert Target.BACKUP not in targets(Options(UseAccelerate=True)) | targets(Options(Domain="files.example.com"))


@pytest.mark.parametrize(
    ("options", "page", "scheme"),
    [
        (Options(), None, "https"),
        (Options(), "https:", "https"),
        (Options(), "http:", "http"),
        (Options(), "file:", "https"),
        (Options(Protocol="https:"), "http:", "https"),
        (Options(Protocol="http:"), "https:", "http"),
        (Options(Domain="files.example.com"), "http:", "http"),
        (Options(Domain="https://files.example.com", Protocol="http:"), "http:", "https"),
    ],
)
def test_the_page_decides_the_protocol_where_nothing_else_does(options: Options, page: str | None, scheme: str) -> None:
    """The page's, unless `Protocol` names another, unless `Domain` does."""
    target = Target.CUSTOM if options.Domain else Target.BUCKET
    found = js.prefix(NEWEST, options, target, "media-1250000000", "ap-guangzhou", page=page)
    assert isinstance(found, str)
    assert found.partition("://")[0] == scheme


KEYS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.sampled_from(VERSIONS), KEYS)
def test_an_encoded_key_decodes_to_the_key_that_is_used(version: str, key: str) -> None:
    """Percent-encoding loses nothing; only leading slashes may go."""
    from urllib.parse import unquote

    for action in (None, "name/cos:UploadPart"):
        encoded = js.encode_key(version, key, action=action)
        assert unquote(encoded) == js.object_key(version, key, action=action)
        assert encoded.isascii()
        assert not set(encoded) & set(' "#?<>\\^`{|}')


@given(
    st.sampled_from(VERSIONS),
    st.sampled_from(["uploadFile", "sliceUploadFile", "putObject"]),
    st.integers(0, 3 * 1024 * 1024),
    st.integers(0, 3 * 1024 * 1024),
    st.sampled_from([None, 1, 512 * 1024, 2 * 1024 * 1024]),
)
def test_a_range_gives_what_its_sizes_give(
    version: str, operation: str, one: int, two: int, slice_size: int | None
) -> None:
    """No row that no size sends; none is missing."""
    low, high = sorted((one, two))
    options = Options(SliceSize=slice_size)
    rows = js.shapes(version, operation, options, Auth.CLIENT, min_size=low, max_size=high)
    assert not isinstance(rows, Refusal)
    limit = 0 if operation == "sliceUploadFile" else slice_size or 1024 * 1024
    single = set()
    for size in {low, high, *({limit, limit + 1} if low <= limit < high else set())}:
        exact = js.shapes(version, operation, options, Auth.CLIENT, min_size=size, max_size=size)
        assert not isinstance(exact, Refusal)
        single |= set(exact)

    assert {row._replace(when=row.when._replace(over=None, up_to=None)) for row in rows} == single

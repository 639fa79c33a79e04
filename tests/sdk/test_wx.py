"""The profile of cos-wx-sdk-v5 against the recordings of every published version."""

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
from cosaudit.sdk import wx

ORACLE = Path(__file__).parents[1] / "oracles" / "wx_sdk" / "record.py"


@cache
def oracle() -> ModuleType:
    """The recorder, as a module."""
    spec = importlib.util.spec_from_file_location("wx_sdk_record", ORACLE)
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

AUTH = {
    "temporary": (Auth.CLIENT, None),
    "temporary-SecurityToken": (Auth.CLIENT, "SecurityToken"),
    "temporary-XCosSecurityToken": (Auth.CLIENT, "XCosSecurityToken"),
    "permanent": (Auth.CLIENT, None),  # a permanent key in the client is no way of signing that users may
    # describe; it is the same as with a temporary one but for the token, and is compared so
    "server-temporary": (Auth.SERVER_TEMPORARY, None),
    "server-temporary-SecurityToken": (Auth.SERVER_TEMPORARY, "SecurityToken"),
    "server-temporary-XCosSecurityToken": (Auth.SERVER_TEMPORARY, "XCosSecurityToken"),
    "server-permanent": (Auth.SERVER_PERMANENT, None),
    "server-text": (Auth.SERVER_PERMANENT, None),
    "none": (Auth.NONE, None),
}
TOKEN = "x-cos-security-token"

#: After which fault a request may be sent again, by the words of `When.retry`. An answer without a request id
#: counts as a network error to the SDK; None: parts are sent again whatever the error was.
AFTER: dict[str, set[str | None]] = {
    "network": {"network", "host"},
    "timeout": {"network", "host"},
    "5xx": {"5xx"},
    "5xx-bare": {"5xx", "host"},
    "4xx": {None},
    "4xx-bare": {"network", "host", None},
}
#: What must be seen when a step meets nothing but this fault.
MUST = {"network": ("network", "host"), "timeout": ("network", "host"), "5xx": ("5xx",)}

#: A request without its condition: API, method, URL without query, names of query, headers and form.
Sent = tuple[str, str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def derived(version: str, case: dict[str, Any]) -> list[Shape] | Refusal:
    """The shapes that the profile gives for a case and that its size, base library and resuming fit."""
    options = Options(**case["options"])
    auth, token_field = AUTH[case["credentials"]]
    size = case["size"]
    told = wx.flags(version).get("upload-file-size") == "told" and "FileSize" not in case["extra"]
    if case["operation"] == "uploadFile" and told:
        size = 0  # this version then believes that the file is small
    parameters = tuple(name for name in case["extra"] if name not in ("Headers", "FileSize"))
    headers = tuple(case["extra"].get("Headers", ()))
    content_type = "ContentType" in parameters

    def ask(post: bool, low: int, high: int | None) -> tuple[Shape, ...] | Refusal:
        names = wx.header_names(version, parameters, headers, post=post)
        return wx.shapes(
            version,
            case["operation"],
            options,
            auth,
            min_size=low,
            max_size=high,
            base_library=case["base_library"],
            token_field=token_field,
            content_type=content_type,
            headers=tuple(name for name in names if not (content_type and name == "content-type")),
            region=case["region"],
            level=case["level"] or "task",
        )

    def both(low: int, high: int | None) -> list[Shape] | Refusal:
        # postObject ignores the object Headers; every other call sends what is in it
        answer, as_post = ask(False, low, high), ask(True, low, high)
        if isinstance(answer, Refusal):
            assert answer == as_post
            return answer
        assert not isinstance(as_post, Refusal)
        rows = [row for row in answer if row.action != "name/cos:PostObject"]
        return rows + [row for row in as_post if row.action == "name/cos:PostObject"]

    every, exact = both(0, None), both(size, size)
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
    if any(row.when.base_below is not None for row in rows):
        rows = [row for row in rows if row.when.base_below is not None]
        rows = [row._replace(when=row.when._replace(base_below=None)) for row in rows]
    if case["resume"] is None:
        rows = [row for row in rows if not row.when.resume]
    return [row._replace(when=row.when._replace(resume=False)) for row in rows]


def as_sent(version: str, case: dict[str, Any], row: Shape) -> Sent | Refusal:
    """A derived row with bucket, region and key put in."""
    options = Options(**case["options"])
    start = wx.prefix(
        version, options, row.target, case["bucket"], case["region"], operation=case["operation"]
    )
    if isinstance(start, Refusal):
        return start
    url = f"{start}/{wx.encode_key(version, case['key'], action=row.action) if row.keyed else ''}"
    names = (row.query, row.headers, row.form)
    if case["credentials"] == "permanent":
        query, headers, form = (tuple(name for name in list_ if name != TOKEN) for list_ in names)
        names = (query, headers, form)
    return row.api.value, row.method, url, *names


def as_recorded(request: dict[str, Any]) -> Sent:
    """A recorded request in the same form."""
    return (
        request["api"],
        request["method"],
        f"{request['scheme']}://{request['host']}{request['path']}",
        tuple(sorted(request["query"])),
        tuple(request["headers"]),
        tuple(request["form"]),
    )


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
        if "form_key" in request and request["form_key"] != wx.object_key(version, case["key"]):
            wrong.append(f"the form's key is {request['form_key']!r}")
    for step, sents in found.items():
        kinds = set(case["faults"].get(step, ()))
        often = len(case["faults"].get(step, ())) >= 9 and len(kinds) == 1
        must = MUST.get(next(iter(kinds)), ()) if often else ()
        for sent, whens in sents.items():
            for when in whens:
                if when in seen[step][sent]:
                    continue
                needless = case["resume"] == "match" and step in ("InitiateMultipartUpload", "UploadPart")
                if (when is None and error is None and not needless) or when in must:
                    wrong.append(f"derived, not recorded (retry: {when}): {sent}; error {error}")
    if not requests:
        wrong.append(f"nothing was sent: {error}")
    wrong += compare_scopes(requests, result["signed"])
    return wrong


def compare_refusal(case: dict[str, Any], refusal: Refusal, result: dict[str, Any]) -> list[str]:
    """Whether nothing was sent, with the error that the refusal tells of."""
    assert refusal.fact in data.facts_of(wx.PACKAGE)
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
    return "uthorization" in error  # credentials that the version does not take


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_derived_is_what_was_recorded(version: str, record_property: Any) -> None:
    """Both ways, for every recorded case: requests, their names, and the condition of each."""
    cases, results = recordings()["cases"], recordings()["versions"][version]
    assert len(cases) == len(results)
    wrong = []
    for number, (case, result) in enumerate(zip(cases, results, strict=True)):
        wrong += [f"case {number} {case}\n    {line}" for line in compare(version, case, result)]
    record_property("compared", len(cases))
    print(f"{version}: {len(cases)} recorded cases compared, {len(wrong)} differences")
    assert len(cases) > 100, "hardly anything was compared"
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong[:5])


def test_data_lists_the_recorded_versions() -> None:
    """Each version on record has a behaviour, and there is none without a recording; oldest first."""
    assert list(wx.versions()) == VERSIONS


def test_every_flag_is_in_the_first_behaviour_or_told_where_it_begins() -> None:
    """Later behaviours only change flags; the one flag that begins later concerns a later operation."""
    behaviours = data.load(wx.PACKAGE)["behaviours"]
    known = set(behaviours[0])
    begun = [flag for behaviour in behaviours[1:] for flag in behaviour if flag not in known]

    assert set(begun) == {"upload-file-size"}
    assert [behaviour["since"] for behaviour in behaviours] == sorted(
        set(data.load(wx.PACKAGE)["versions"].values()), key=oracle().order
    )


def test_each_behaviour_is_another_one() -> None:
    """Versions share a behaviour exactly when they were recorded to do the same in every case."""
    results = recordings()["versions"]
    shown = data.load(wx.PACKAGE)["versions"]
    for left in VERSIONS:
        for right in VERSIONS:
            assert (results[left] == results[right]) == (shown[left] == shown[right]), (left, right)


@pytest.mark.online
def test_recording_again_gives_the_same() -> None:
    """npm lists the versions on record, and each does what it did."""
    done = subprocess.run(
        [sys.executable, str(ORACLE), "--check"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_a_request_is_tried_as_often_as_the_data_says(version: str) -> None:
    """Nothing but 5xx answers: the tries of one request, and of a part, which is begun several times."""
    flag = wx.flags(version)
    counted = {}
    for case, result in zip(recordings()["cases"], recordings()["versions"][version], strict=True):
        for step in ("PutObject", "UploadPart"):
            plain = case["operation"] in ("putObject", "sliceUploadFile") and not case["options"]
            if plain and case["faults"] == {step: ["5xx"] * 9} and result["requests"]:
                counted[step] = sum(
                    request["step"] == step and request.get("part", 1) == 1 for request in result["requests"]
                )
    expected = {"PutObject": flag["retry-tries"]}
    if "sliceUploadFile" in flag["operations"]:
        # the tenth would be answered
        expected["UploadPart"] = min(10, flag["retry-tries"] * flag["chunk-tries"])

    assert counted == expected


def test_only_the_way_back_from_the_backup_host_is_signed_for_another_host() -> None:
    """Fact backup-signature: which versions sign a host that they do not send to, and which one."""
    wrong = defaultdict(set)
    compared = 0
    for version in VERSIONS:
        for case, result in zip(recordings()["cases"], recordings()["versions"][version], strict=True):
            if case["operation"] not in ("postObject", "putObject", "getObject"):
                continue
            for request, signed in zip(result["requests"], result["signed"], strict=False):
                compared += signed["host"] is not None
                if signed["host"] not in (None, request["host"]):
                    wrong[version].add((request["host"], signed["host"]))
    fact = data.facts_of(wx.PACKAGE)["sdk.cos-wx-sdk-v5.backup-signature"].value

    assert compared > 1000
    assert sorted(wrong) == fact["versions"]
    pattern = (fact["sent-to"], fact["signed-host"])
    for host, signed_host in set().union(*wrong.values()):
        bucket, _, region = host.split(".")[:3]
        filled = [text.replace("<bucket>", bucket).replace("<region>", region) for text in pattern]
        assert [host, signed_host] == filled


# -- conditions ----------------------------------------------------------------------------------------------


def whens(*asked: Any, **named: Any) -> list[str]:
    """The conditions of the first attempts, each once, in order."""
    rows = wx.shapes(*asked, **named)
    assert not isinstance(rows, Refusal)
    return list(dict.fromkeys(str(row.when) for row in rows if row.when.retry is None))


NEWEST = VERSIONS[-1]


def test_upload_file_splits_where_slice_size_says() -> None:
    """Without the option at 1 MiB; resuming only above."""
    assert whens(NEWEST, "uploadFile", Options(), Auth.CLIENT) == [
        "up to 1048576",
        "over 1048576",
        "over 1048576, resume",
    ]
    assert whens(NEWEST, "uploadFile", Options(SliceSize=5), Auth.CLIENT) == [
        "up to 5",
        "over 5",
        "over 5, resume",
    ]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1, 1048576, ["always"]),
        (1048577, None, ["always", "resume"]),
        (1048576, 1048577, ["up to 1048576", "over 1048576", "over 1048576, resume"]),
    ],
)
def test_a_condition_that_always_holds_is_left_out(low: int, high: int | None, expected: list[str]) -> None:
    """A range on one side of SliceSize has no condition on the size, and no requests of the other side."""
    assert whens(NEWEST, "uploadFile", Options(), Auth.CLIENT, min_size=low, max_size=high) == expected


def test_an_old_base_library_adds_the_simple_upload() -> None:
    """The multipart requests stay: only the oldest phones cannot slice."""
    assert whens(NEWEST, "sliceUploadFile", Options(), Auth.CLIENT, base_library="2.9.5") == [
        "always",
        "resume",
        "base library below 2.10.0",
    ]
    assert whens(NEWEST, "uploadFile", Options(), Auth.CLIENT, base_library="2.9.5")[-1] == (
        "over 1048576, base library below 2.10.0"
    )
    assert whens(NEWEST, "sliceUploadFile", Options(), Auth.CLIENT, base_library="2.10.0")[-1] == (
        "base library below 2.20.1"
    )
    for newer in (None, "2.20.1", "3.5.0"):
        assert whens(NEWEST, "sliceUploadFile", Options(), Auth.CLIENT, base_library=newer) == [
            "always",
            "resume",
        ]


def test_an_empty_file_is_put_by_slice_upload_file() -> None:
    """Nothing to slice: a PUT that names its length."""
    rows = wx.shapes(NEWEST, "sliceUploadFile", Options(), Auth.CLIENT, min_size=0, max_size=0)

    assert not isinstance(rows, Refusal)
    assert {row.method for row in rows} == {"PUT"}
    assert "content-length" in rows[0].headers


def test_the_backup_host_needs_a_host_to_switch_from() -> None:
    """Legacy regions have none; the question for the URL itself is refused there."""
    options = Options(AutoSwitchHost=True)

    def targets(region: str | None) -> set[Target]:
        rows = wx.shapes(NEWEST, "putObject", options, Auth.CLIENT, region=region)
        assert not isinstance(rows, Refusal)
        return {row.target for row in rows}

    assert targets(None) == targets("ap-guangzhou") == {Target.BUCKET, Target.BACKUP}
    assert targets("cn-south") == {Target.BUCKET}
    refused = wx.prefix(NEWEST, options, Target.BACKUP, "media-1250000000", "cn-south")
    assert isinstance(refused, Refusal)
    assert refused.code == "no-backup-host"


def test_server_signatures_never_meet_the_backup_host() -> None:
    """A signature handed over is bound to its host; what the client signs, or nobody, may switch."""
    for auth in Auth:
        rows = wx.shapes(NEWEST, "putObject", Options(AutoSwitchHost=True), auth)
        assert not isinstance(rows, Refusal)
        switches = Target.BACKUP in {row.target for row in rows}
        assert switches == (auth in (Auth.CLIENT, Auth.NONE))


def test_main_requests_come_first_and_in_sending_order() -> None:
    """A reader sees the upload as it goes; what may happen besides comes after."""
    rows = wx.shapes(NEWEST, "uploadFile", Options(), Auth.CLIENT)

    assert not isinstance(rows, Refusal)
    assert [row.action.removeprefix("name/cos:") for row in rows[:5]] == [
        "PostObject",
        "ListMultipartUploads",
        "InitiateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
    ]
    assert rows[0].api is Api.UPLOAD_FILE
    assert rows[0].when == When(up_to=1048576)
    assert all(row.when.retry is None and not row.when.resume for row in rows[:5])
    assert all(row.when.retry is not None or row.when.resume for row in rows[5:])


KEYS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.sampled_from(VERSIONS), KEYS)
def test_an_encoded_key_decodes_to_the_key_that_is_used(version: str, key: str) -> None:
    """Percent-encoding loses nothing; only the leading slash may go."""
    from urllib.parse import unquote

    encoded = wx.encode_key(version, key)

    assert unquote(encoded) == wx.object_key(version, key)
    assert encoded.isascii()
    assert not set(encoded) & set(' "#?<>\\^`{|}')


@given(st.sampled_from(VERSIONS), KEYS, KEYS)
def test_encoding_a_key_in_pieces_is_encoding_it_whole(version: str, first: str, second: str) -> None:
    """Templates are encoded piece by piece; a piece inside the key is encoded behind a character."""
    whole = wx.encode_key(version, f"a{first}{second}")

    assert whole == wx.encode_key(version, f"a{first}") + wx.encode_key(version, f"a{second}")[1:]


@given(
    st.sampled_from(VERSIONS),
    st.sampled_from(["uploadFile", "sliceUploadFile", "postObject"]),
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
    rows = wx.shapes(version, operation, options, Auth.CLIENT, min_size=low, max_size=high)
    if isinstance(rows, Refusal):
        assert operation not in wx.flags(version)["operations"]
        return
    limit = 0 if operation == "sliceUploadFile" else slice_size or 1024 * 1024
    sizes = {low, high, *({limit, limit + 1} if low <= limit < high else set())}
    single = set()
    for size in sizes:
        exact = wx.shapes(version, operation, options, Auth.CLIENT, min_size=size, max_size=size)
        assert not isinstance(exact, Refusal)
        single |= set(exact)

    assert {row._replace(when=row.when._replace(over=None, up_to=None)) for row in rows} == single

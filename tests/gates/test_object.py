"""The object gate: keys and sizes row by row, and what the domains of newer buckets give out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.config.load import load
from cosaudit.data import fact
from cosaudit.gates import judge
from cosaudit.model import Inventory, Options, Outcome, Part, Placeholder, Verdict
from cosaudit.run import Run

if TYPE_CHECKING:
    from pathlib import Path

MIB, GIB = 2**20, 2**30
#: The largest object by what is sent, as the vendor's and WeChat's pages have it.
LARGEST = {"PostObject": 5 * GIB, "PutObject": 5 * GIB, "UploadPart": 50_000 * GIB}
READ = 100 * MIB
SDK = "cos-wx-sdk-v5@1.8.0"


@pytest.fixture(scope="module")
def inventories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Inventory]:
    """One upload each, by the SDK's latest version and by hand; tests replace its fields."""
    return {sdk: inventory(tmp_path_factory.mktemp("object"), sdk=sdk) for sdk in (SDK, "none")}


def inventory(
    folder: Path, *, sdk: str = "none", bucket: str = "", client: str = "", flow: str = "", kind: str = "uploads"
) -> Inventory:
    """A configuration of one bucket, one client and one flow."""
    path = folder / "config.yaml"
    path.write_text(
        f"buckets: [{{name: media-1250000000, region: ap-guangzhou, {bucket}}}]\n"
        f"clients: [{{name: shop, platform: wechat-miniprogram, sdk: {sdk}, {client}}}]\n"
        f"{kind}: [{{name: one, client: shop, bucket: media-1250000000, operation: postObject, {flow}}}]\n",
        "utf-8",
    )
    return load(str(path))


def rows(made: Inventory, **changed: Any) -> list[tuple[str, int, int | None, Verdict]]:
    """(action, over, up to, verdict at the gate) of each request that is no repeat."""
    made = made._replace(transfers=(made.transfers[0]._replace(**changed),))
    return [
        (
            one.request.shape.action.removeprefix("name/cos:"),
            one.request.when.over or 0,
            one.request.when.up_to,
            one.at("object"),
        )
        for one in Run(made).judged
        if one.request.shape is not None and one.request.when.retry is None
    ]


def said(made: Inventory, **changed: Any) -> Verdict:
    """The verdict of the only request."""
    ((*_, verdict),) = rows(made, **changed)
    return verdict


# -- sizes ------------------------------------------------------------------------------------------------------------

SIZES = st.integers(1, 60_000 * GIB) | st.sampled_from(
    [around + step for around in (MIB, READ, 5 * GIB, 50_000 * GIB) for step in (-1, 0, 1)]
)


@given(
    operation=st.sampled_from(["postObject", "putObject", "uploadFile", "sliceUploadFile"]),
    options=st.tuples(
        st.none() | st.sampled_from([1, MIB, READ, 5 * GIB, 8 * GIB]), st.none() | st.just("putObject")
    ).map(lambda given: Options(SliceSize=given[0], SimpleUploadMethod=given[1])),
    ends=st.tuples(SIZES, SIZES).map(sorted),
    size=SIZES,
)
def test_each_row_is_sure_and_says_what_is_true_of_every_size_in_it(
    inventories: dict[str, Inventory], operation: str, options: Options, ends: list[int], size: int
) -> None:
    """With both ends described nothing is unknown; a size is blocked exactly where a table of the limits says so."""
    least, most = ends
    size = min(max(size, least), most)
    made = inventories[SDK]
    made = made._replace(clients=(made.clients[0]._replace(options=options),))
    found = rows(made, operation=operation, min_size=least, max_size=most)
    about = [row for row in found if row[1] < size and (row[2] is None or size <= row[2])]
    assert about
    for action, _, _, verdict in about:
        reads = operation == "uploadFile" and action == "PutObject"
        limit = READ if reads else LARGEST.get(action)
        assert verdict.outcome is (Outcome.BLOCKED if limit is not None and size > limit else Outcome.PASS), action
    for action, over, up_to, verdict in found:  # no row holds sizes of two kinds, nor is empty
        if verdict.outcome is Outcome.BLOCKED:
            assert over >= min(READ, LARGEST[action]) or least > READ
        assert over < most and (up_to is None or up_to >= least)


@pytest.mark.parametrize("operation", ["postObject", "putObject", "sliceUploadFile"])
def test_without_a_largest_size_what_a_limit_refuses_is_unknown(
    inventories: dict[str, Inventory], operation: str
) -> None:
    """`max_size` settles it; the row is not cut, since nobody said that files get so large."""
    found = rows(inventories[SDK], operation=operation)
    unknown = [(action, verdict.settle) for action, _, _, verdict in found if verdict.outcome is Outcome.UNKNOWN]
    assert [action for action, _ in unknown] == [action for action, *_ in found if action in LARGEST]
    assert {settle.describe for _, settle in unknown if settle is not None} == {"uploads[0].max_size"}
    assert all(up_to is None for _, _, up_to, _ in found)


def test_small_files_pass_for_sure_without_a_largest_size(inventories: dict[str, Inventory]) -> None:
    """The row up to SliceSize has an end of its own; of the large ones only the parts' own request is open."""
    found = {
        (action, up_to): verdict.outcome for action, _, up_to, verdict in rows(inventories[SDK], operation="uploadFile")
    }
    assert found.pop(("PostObject", MIB)) is Outcome.PASS
    assert found.pop(("UploadPart", None)) is Outcome.UNKNOWN
    assert len(found) == 4 and set(found.values()) == {Outcome.PASS}


def test_a_smallest_size_over_the_limit_is_blocked_whatever_the_largest_is(inventories: dict[str, Inventory]) -> None:
    """Nothing that could be described would change it."""
    assert said(inventories["none"], min_size=5 * GIB + 1).code == "object-too-large"
    assert said(inventories["none"], min_size=5 * GIB).outcome is Outcome.UNKNOWN


def test_what_is_assumed_has_no_object_that_somebody_described(tmp_path: Path) -> None:
    """A bucket alone stays a configuration that is judged as far as it goes."""
    path = tmp_path / "config.yaml"
    path.write_text("buckets: [{name: media-1250000000, region: ap-guangzhou}]\n", "utf-8")
    verdicts = {one.at("object") for one in Run(load(str(path))).judged}
    assert [(one.outcome, one.missing) for one in verdicts] == [(Outcome.NOT_DESCRIBED, "uploads")]


@given(st.integers(1, 50_000 * GIB))
def test_the_parts_of_the_sdks_fit_the_limits_for_every_object_that_does(size: int) -> None:
    """So an upload in parts is refused for the size of its object alone: no rule counts parts."""
    part = next(one for one in fact("limits.sdk.part-sizes").value if one * 10_000 >= size)
    assert fact("limits.multipart.part-min").value <= part <= fact("limits.multipart.part-max").value
    assert -(-size // part) <= fact("limits.multipart.parts-max").value


@pytest.mark.parametrize("key", ["a", "/a", "//a", "/", "a.apk", "{file}"])
@pytest.mark.parametrize(
    "options", [Options(AutoSwitchHost=True), Options(SliceSize=8 * GIB), Options(Domain="f.example.com")]
)
@pytest.mark.parametrize("operation", ["uploadFile", "getObject", "downloadFile", "getBucket", "deleteObject"])
def test_requests_that_a_run_judges_once_have_the_same_verdict_each(
    operation: str, options: Options, key: str, inventories: dict[str, Inventory]
) -> None:
    """What a run takes from a request like it is what the gate says of the request itself."""
    made = inventories[SDK]
    parts = (Part("file", True),) if key == "{file}" else (Part(key, False),)
    for most in (1, 6 * GIB, 10 * GIB, None):
        made = made._replace(
            clients=(made.clients[0]._replace(options=options),),
            transfers=(made.transfers[0]._replace(operation=operation, key=parts, max_size=most),),
        )
        for one in Run(made).judged:
            assert one.at("object") == judge("object", one.request, made)


# -- keys -------------------------------------------------------------------------------------------------------------

#: Characters of one to four bytes, those that no key begins with, and those that none holds.
CHARACTERS = st.sampled_from("ab/\\\x17\x18\x19\x1a\x1b\x1cé图😀")


@given(st.text(CHARACTERS, min_size=1, max_size=8), st.integers(1, 300))
def test_a_key_without_placeholders_is_judged_as_its_text(
    inventories: dict[str, Inventory], text: str, times: int
) -> None:
    """By hand a key is sent as it stands: it has a proper start, no forbidden character, and 850 bytes at most."""
    key = text * times
    wrong = key[0] in "/\\" or any(24 <= ord(char) <= 27 for char in key) or len(key.encode("utf-8")) > 850
    verdict = said(inventories["none"], key=(Part(key, False),), max_size=1)
    assert verdict.outcome is (Outcome.BLOCKED if wrong else Outcome.PASS)


@given(
    alphabet=st.sets(CHARACTERS, min_size=1).map(sorted),
    ends=st.tuples(st.integers(0, 900), st.integers(0, 900)).map(sorted),
    before=st.integers(1, 900),
)
def test_a_declared_length_is_judged_by_its_shortest_and_longest_key(
    inventories: dict[str, Inventory], alphabet: list[str], ends: list[int], before: int
) -> None:
    """Too long at its shortest: blocked. Too long at its longest: unknown, settled by the length. Else it passes."""
    least, most = ends
    made = inventories["none"]
    ranges = tuple((ord(char), ord(char)) for char in alphabet)
    declared = Placeholder("file", False, None, ranges, least, most, True, None)
    made = made._replace(placeholders={"file": declared})
    shortest, longest = (
        len(("k" * before + char * number).encode()) for char, number in ((alphabet[0], least), (alphabet[-1], most))
    )
    verdict = said(made, key=(Part("k" * before, False), Part("file", True)), max_size=1)
    if shortest > 850:
        assert verdict.code == "key-too-long"
    elif longest > 850:
        assert verdict.outcome is Outcome.UNKNOWN and verdict.settle is not None
        assert verdict.settle.describe == "placeholders.file.length"
    else:
        assert verdict.outcome is Outcome.PASS


def test_a_placeholder_without_a_declared_length_asks_nothing(inventories: dict[str, Inventory]) -> None:
    """Nobody describes how long file names get: that is neither a finding nor a question."""
    free = Placeholder("file", False, None, None, 1, None, True, None)
    made = inventories["none"]._replace(placeholders={"file": free})
    assert said(made, key=(Part("k" * 800, False), Part("file", True)), max_size=1).outcome is Outcome.PASS


def test_the_folder_of_a_url_counts_as_part_of_the_key(tmp_path: Path) -> None:
    """`url: https://files.example.com/FOLDER` puts a PUT's object below that folder."""
    long = "f" * 800
    made = inventory(
        tmp_path,
        bucket="domains: [files.example.com]",
        client=f"url: 'https://files.example.com/{long}'",
        flow=f"key: {'k' * 60}, max_size: 1",
    )
    assert said(made, operation="putObject").code == "key-too-long"
    assert said(made, operation="postObject").outcome is Outcome.PASS  # a form has its key in a field


# -- what is given out again ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("created", "key", "code"),
    [
        ("2023-12-30", "a.apk", "within-limits"),
        ("2024-01-01", "a.apk", "download-cutoff-day"),
        ("2024-01-02", "a.apk", "download-refused-type"),
        ("2024-01-02", "a.ipa", "download-refused-type"),
        ("2024-01-02", "a.APK", "download-unsaid"),
        ("2024-01-02", "a.apk.zip", "forced-download"),
        ("2024-01-02", "{file}", "forced-download"),
        ("2023-12-30", "a.jpg", "within-limits"),
        (None, "a.apk", "download-date-unknown"),
        (None, "a.jpg", "within-limits"),
        (None, "{file}", "within-limits"),
    ],
)
def test_what_a_default_domain_gives_out_hangs_on_the_bucket_s_age(
    created: str | None, key: str, code: str, tmp_path: Path
) -> None:
    """The date is asked for only where the key itself says that it is one of the refused types."""
    bucket = f"created: {created}" if created is not None else ""
    made = inventory(tmp_path, bucket=bucket, kind="downloads", flow=f"key: '{key}'")
    verdict = said(made, operation="downloadFile")
    assert verdict.code == code
    settle = {"download-date-unknown": "buckets[0].created"}.get(code)
    assert (verdict.settle.describe if verdict.settle is not None else None) == settle


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://media-1250000000.cos.ap-guangzhou.myqcloud.com", "download-refused-type"),
        ("https://media-1250000000.cos.ap-guangzhou.myqcloud.com:443", "download-refused-type"),
        ("https://media-1250000000.cos-website.ap-guangzhou.myqcloud.com", "download-refused-type"),
        ("https://media-1250000000.cos.accelerate.myqcloud.com", "download-refused-type"),
        ("https://media-1250000000.cos.ap-guangzhou.tencentcos.cn", "download-unsaid"),
        ("https://files.example.com", "within-limits"),
    ],
)
def test_the_notice_names_three_kinds_of_domains(url: str, code: str, tmp_path: Path) -> None:
    """The bucket's, the website's and the acceleration domain; of others it says nothing; one's own is free."""
    made = inventory(
        tmp_path, bucket="created: 2024-05-01", client=f"url: '{url}'", kind="downloads", flow="key: a.apk"
    )
    assert said(made, operation="downloadFile").code == code

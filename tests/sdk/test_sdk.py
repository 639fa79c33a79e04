"""Names, versions and copied builds of SDKs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data, sdk
from cosaudit.sdk import SdkNameError, SdkRef, identify_build, resolve

WX = "cos-wx-sdk-v5"
JS = "cos-js-sdk-v5"
VERSIONS = sdk.wx.versions()
assert VERSIONS, "no versions: a test over nothing proves nothing"
ORACLES = Path(__file__).parents[1] / "oracles"
BUILDS = {
    package: json.loads((ORACLES / folder / "builds.json").read_text("utf-8"))
    for package, folder in ((WX, "wx_sdk"), (JS, "js_sdk"))
}


def test_none_is_no_sdk() -> None:
    """`none` needs no version and assumes nothing."""
    assert resolve("none") == SdkRef("none", None, None, None)


def test_a_bare_name_is_the_newest_recorded_version() -> None:
    """And that is an assumption."""
    found = resolve(WX)

    assert found[:3] == (WX, None, VERSIONS[-1])
    assert found.assumption is not None
    assert VERSIONS[-1] in found.assumption


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recorded_version_is_itself(version: str) -> None:
    """Nothing is assumed."""
    assert resolve(f"{WX}@{version}") == SdkRef(WX, version, version, None)


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("1.8.1", "1.8.0"),
        ("99.0.0", "1.8.0"),
        ("1.8.0-beta.1", "1.7.2"),
        ("1.8.0-0", "1.7.2"),
        ("1.4.9", "1.4.7"),
        ("1.4.10-rc.1", "1.4.7"),
        ("1.5.0", "1.4.13"),
        ("0.7.8", "0.7.7"),
        ("0.5.0", "0.6.0"),
        ("0.6.0-alpha", "0.6.0"),
    ],
)
def test_a_version_without_a_recording_is_the_nearest_older_one(asked: str, taken: str) -> None:
    """By the order of semantic versions; older than all is the oldest. Both are said."""
    found = resolve(f"{WX}@{asked}")

    assert found[:3] == (WX, asked, taken)
    assert found.assumption is not None
    assert asked in found.assumption
    assert taken in found.assumption


@pytest.mark.parametrize("family", sdk.PACKAGES)
def test_every_family_has_a_profile(family: str) -> None:
    """It says which package it is of, and a bare name is its newest version."""
    assert family == sdk.PROFILES[family].PACKAGE
    assert sdk.newest(family) == resolve(family).version == sdk.PROFILES[family].versions()[-1]
    assert list(sdk.PROFILES) == list(sdk.PACKAGES) and len(sdk.PROFILES) == len(sdk.PACKAGES)
    assert sdk.PROFILES.get("none") is None


@pytest.mark.parametrize(
    ("asked", "taken"),
    [("1.2.20", "1.2.20"), ("1.2.21", "1.2.20"), ("1.4.15-beta.0", "1.4.15-beta.0"), ("1.4.15-beta.1", "1.4.15-beta.0"),
     ("1.10.2", "1.10.1"), ("1.9.0", "1.8.7"), ("1.2.19", None), ("1.2.20-rc.1", None), ("0.3.7", None)],
)  # fmt: skip
def test_for_a_web_sdk_older_than_all_that_are_recorded_nothing_is_taken(asked: str, taken: str | None) -> None:
    """What it sends is unknown, which is no assumption."""
    found = resolve(f"{JS}@{asked}")

    assert found[:3] == (JS, asked, taken)
    assert (found.assumption is None) == (taken in (asked, None))


@pytest.mark.parametrize(
    "version",
    ["", "1", "1.8", "v1.8.0", "1.8.0.0", "01.8.0", "1.8.0-", "1.8.0-a..b", "1.8.0-01", "1.8.0 ", "1.8.x",
     "latest", "^1.8.0", "1.8.0+5", "1.8.0\n", "\uff11.8.0", "1.8.0@1"],
)  # fmt: skip
def test_a_malformed_version_is_refused(version: str) -> None:
    """MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-tag, and nothing else."""
    with pytest.raises(SdkNameError) as caught:
        resolve(f"{WX}@{version}")

    assert caught.value.expected
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("cos-wx-sdk", WX),
        ("cos-wx-sdk-v4", WX),
        ("cos-js-sdk", "cos-js-sdk-v5"),
        ("none ", "none"),
        ("", None),
    ],
)
def test_an_unknown_package_is_refused_with_the_nearest_name(text: str, meant: str | None) -> None:
    """No guess where nothing is near."""
    with pytest.raises(SdkNameError) as caught:
        resolve(text)

    assert (caught.value.nearest[0] if caught.value.nearest else None) == meant


def test_a_mistyped_version_gets_near_ones() -> None:
    """What is offered can be typed as it stands."""
    with pytest.raises(SdkNameError) as caught:
        resolve(f"{WX}@v1.8.0")

    assert caught.value.nearest[0] == f"{WX}@1.8.0"


NUMBER = st.integers(0, 30)
TAG = st.lists(
    st.one_of(st.integers(0, 12).map(str), st.from_regex(r"[A-Za-z-][0-9A-Za-z-]{0,4}", fullmatch=True)),
    max_size=3,
).map(lambda words: "-" + ".".join(words) if words else "")
VERSION = st.builds("{}.{}.{}{}".format, NUMBER, NUMBER, NUMBER, TAG)


def precedes(left: str, right: str) -> bool:
    """Whether `left` comes before `right`: section 11 of Semantic Versioning 2.0.0, word by word."""
    one, _, tag_one = left.partition("-")
    two, _, tag_two = right.partition("-")
    if one != two:
        return [int(part) for part in one.split(".")] < [int(part) for part in two.split(".")]
    if not tag_one or not tag_two:
        return bool(tag_one) and not tag_two
    words_one, words_two = tag_one.split("."), tag_two.split(".")
    for a, b in zip(words_one, words_two, strict=False):
        if a == b:
            continue
        if a.isdigit() and b.isdigit():
            return int(a) < int(b)
        if a.isdigit() != b.isdigit():
            return a.isdigit()
        return a < b
    return len(words_one) < len(words_two)


@given(VERSION)
def test_the_version_taken_is_the_newest_that_is_not_newer(version: str) -> None:
    """For any well-formed version, with or without a tag."""
    found = resolve(f"{WX}@{version}")

    assert found.version in VERSIONS
    older = [item for item in VERSIONS if not precedes(version, item)]
    assert found.version == (older[-1] if older else VERSIONS[0])
    assert (found.assumption is None) == (version in VERSIONS)


@given(st.text(max_size=20))
def test_any_text_is_an_sdk_or_refused(text: str) -> None:
    """Nothing but a name error ever comes out, and messages hold no raw control characters."""
    try:
        resolve(f"{WX}@{text}")
    except SdkNameError as error:
        assert error.message.isprintable()


# -- copied builds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", sdk.PACKAGES)
def test_every_published_build_is_in_the_data(package: str) -> None:
    """The digests of the recording and those of the data are the same."""
    recorded = {entry["sha256"]: version for version, files in BUILDS[package].items() for entry in files.values()}

    assert set(recorded.values()) == set(sdk.PROFILES[package].versions())
    assert len(recorded) > len(sdk.PROFILES[package].versions())
    assert data.load(package)["builds"] == recorded
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in recorded)


@pytest.mark.parametrize("package", sdk.PACKAGES)
def test_the_build_that_names_another_version_is_the_recorded_one(package: str) -> None:
    """A text says 0.7.6 when it is the build of 0.7.7: known from the published files."""
    odd = {}
    for version, files in BUILDS[package].items():
        for entry in files.values():
            if version not in entry["said"]:
                said = [text for text in entry["said"] if text[:2] == version[:2] and text != "1.3.5"]  # a library's
                odd[said[0]] = version
    # a text that is another version's own says nothing on its own
    odd = {said: version for said, version in odd.items() if said not in sdk.PROFILES[package].versions()}

    assert odd == data.load(package)["version-in-text"]["published-as"]


MADE_WITH_JSON = (
    'e.exports=JSON.parse(\'{"name":"cos-wx-sdk-v5","version":"%s","description":"x"}\');wx.uploadFile({})'
)
MADE_WITH_ESCAPES = (
    'exports = JSON.parse("{\\"name\\":\\"cos-wx-sdk-v5\\",\\"version\\":\\"%s\\"}"); wx.uploadFile({})'
)
ASSIGNED = 'wx.uploadFile({});l.getAuthorization=i.getAuth,l.version="%s",e.exports=l'
ASSIGNED_PLAINLY = "wx.uploadFile({});\nCOS.getAuthorization = util.getAuth;\n\nCOS.version = '%s';\n"


@pytest.mark.parametrize("text", [MADE_WITH_JSON, MADE_WITH_ESCAPES, ASSIGNED, ASSIGNED_PLAINLY])
@pytest.mark.parametrize(("named", "taken"), [("1.8.0", "1.8.0"), ("1.4.8", "1.4.7"), ("0.7.6", "0.7.7")])
def test_a_changed_build_is_the_version_that_its_text_names(text: str, named: str, taken: str) -> None:
    """Told as an assumption: what was changed nobody knows."""
    found = identify_build((text % named).encode())

    assert found is not None
    assert found[:3] == (WX, named, taken)
    assert found.assumption is not None


JS_WITH_JSON = 'JSON.parse(\'{"name":"cos-js-sdk-v5","version":"%s","description":"J"}\');new XMLHttpRequest'
JS_ASSIGNED = 'new XMLHttpRequest;u.getAuthorization=o.getAuth,u.version="%s",e.exports=u'


@pytest.mark.parametrize("text", [JS_WITH_JSON, JS_ASSIGNED])
@pytest.mark.parametrize(
    ("named", "taken"), [("1.10.1", "1.10.1"), ("1.8.5", "1.8.4"), ("1.8.2", "1.8.3"), ("1.2.14", None)]
)
def test_a_changed_web_build_is_the_version_that_its_text_names(text: str, named: str, taken: str | None) -> None:
    """As with the Mini Program's; for one that is older than all on record nothing is taken."""
    found = identify_build((text % named).encode())

    assert found is not None
    assert found[:3] == (JS, named, taken)
    assert found.assumption is not None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe\x00",
        b"module.exports = {}; wx.uploadFile({})",
        b'{"name": "cos-wx-sdk-v5", "version": "1.8.0"}',  # a package.json sends nothing
        b'JSON.parse(\'{"name":"cos-js-sdk-v5","version":"1.10.1"}\')',
        (ASSIGNED % "1.8.0-").encode(),
        ((ASSIGNED % "1.8.0") + (ASSIGNED % "1.7.2")).encode(),  # two at once: which one runs is unknown
    ],
)
def test_other_text_is_no_build(text: bytes) -> None:
    """No guess."""
    assert identify_build(text) is None


def test_a_copied_file_is_known_by_its_digest_whatever_its_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The published build itself is pinned: nothing is assumed. The data's digests stand for LF."""
    import hashlib

    text = b"line one\nline two"
    digest = hashlib.sha256(text).hexdigest()
    tree = {**data.load(WX), "builds": {digest: "1.7.2"}}
    known = data.load
    monkeypatch.setattr(data, "load", lambda name: tree if name == WX else known(name))
    expected = SdkRef(WX, "1.7.2", "1.7.2", None)

    assert identify_build(text) == expected
    assert identify_build(b"line one\r\nline two\r\n") == expected
    assert identify_build(b"\xef\xbb\xbfline one\nline two\n\n") == expected
    assert identify_build(b"line one\nline 2") is None

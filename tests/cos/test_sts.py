"""What the official STS helpers make of their arguments, against recordings of every published version; limits."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cosaudit import data
from cosaudit.cos import sts

ORACLE = Path(__file__).parents[1] / "oracles" / "sts" / "record.py"


@cache
def oracle() -> ModuleType:
    """The recorder, as a module."""
    spec = importlib.util.spec_from_file_location("sts_record", ORACLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECORDED: dict[str, Any] = oracle().load()
CASES: list[tuple[str, Any, str, dict[str, Any]]] = [
    (case["kind"], case["given"], helper, result)
    for case in RECORDED["cases"]
    for result in case["results"]
    for helper in result["of"]
]
assert len(CASES) > 1500, "no recordings: a test over nothing proves nothing"


def made(kind: str, given: Any, name: str, version: str) -> dict[str, Any] | None:
    """Our policy for a recorded case."""
    if kind == "demo":
        return sts.helper_document(name, version, given).document
    return sts.scopes_document(given, name, version).document


@pytest.mark.parametrize("kind", ["demo", "getPolicy"])
def test_the_policy_is_the_one_that_the_helper_makes(kind: str, record_property: Any) -> None:
    """Every recorded case of every version; where the helper stops with an error, there is none."""
    compared = 0
    for case_kind, given, helper, result in CASES:
        if case_kind == kind:
            name, _, version = helper.partition("@")
            assert made(kind, given, name, version) == result.get("made"), (given, helper)
            assert ("error" in result) == (made(kind, given, name, version) is None)
            compared += 1
    assert compared > 500
    record_property("compared STS helpers", compared)


def test_python_stores_the_slash_that_it_adds(record_property: Any) -> None:
    """A second call with the same scopes is one with leading slashes: from 3.1.6 on no resource is left."""
    compared = 0
    for kind, given, helper, result in CASES:
        if kind == "getPolicyTwice":
            name, _, version = helper.partition("@")
            first, second = result["made"]
            slashed = [{**one, "prefix": f"/{one['prefix'].removeprefix('/')}"} for one in given]
            assert first == made(kind, given, name, version)
            assert second == made(kind, slashed if name == sts.PYPI else given, name, version), helper
            compared += 1
    assert compared == 2 * 18
    record_property("compared STS helpers", compared)


def test_the_npm_helper_sends_undefined_for_a_policy_that_it_is_not_given() -> None:
    """Fact `sts.helper.ignores`: the demo's names are nothing to getCredential."""
    sent = {
        helper: result["made"].get("policy")
        for kind, _, helper, result in CASES
        if kind in ("getCredential", "getRoleCredential") and helper.startswith(sts.NPM) and "policy" in result["made"]
    }
    assert sent == {f"{sts.NPM}@{version}": "undefined" for version in sts.versions(sts.NPM)}
    assert data.fact("sts.helper.ignores").confidence == "high"


def test_both_helpers_ask_for_the_duration_of_the_facts() -> None:
    """Also with AssumeRole, whose own default is longer; the npm helper takes 0 for nothing."""
    default = data.fact("sts.helper.duration").value
    seen = set()
    for kind, given, helper, result in CASES:
        if kind not in ("getCredential", "getRoleCredential") or "duration" not in result["made"]:
            continue
        asked = given.get("durationSeconds")
        falls_back = asked is None or (asked == 0 and helper.startswith(sts.NPM))
        assert result["made"]["duration"] == (default if falls_back else asked), (helper, asked)
        seen.add((kind, helper.partition("@")[0], falls_back))
    assert len(seen) == 8
    assert sts.duration_limits("AssumeRole", "role")[0] > default


def test_the_versions_of_the_data_are_the_recorded_ones() -> None:
    """The recording lists what the registries had."""
    assert {name: list(sts.versions(name)) for name in (sts.NPM, sts.PYPI)} == RECORDED["packages"]


@pytest.mark.parametrize(("name", "function"), [(sts.NPM, "getRoleCredential"), (sts.PYPI, "getRoleCredential")])
def test_which_versions_can_take_on_a_role(name: str, function: str) -> None:
    """The data's word `role` against the recording."""
    able = {
        helper.partition("@")[2]: "missing" not in result["made"]
        for kind, _, helper, result in CASES
        if kind == function and helper.startswith(f"{name}@")
    }
    assert len(able) >= 6
    assert able == {version: sts.does(name, version, "role") for version in sts.versions(name)}


@pytest.mark.online
def test_the_recording_is_what_the_packages_do_today() -> None:
    """Fetches every version again and runs all cases."""
    done = subprocess.run([sys.executable, str(ORACLE), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# -- quirks and origins ---------------------------------------------------------------------------------------------

SCOPE: dict[str, Any] = {
    "action": "name/cos:PutObject",
    "bucket": "media-1250000000",
    "region": "ap-guangzhou",
    "prefix": "a/*",
}
GIVEN: dict[str, Any] = {
    "bucket": "media-1250000000",
    "region": "ap-guangzhou",
    "allowPrefix": "a/*",
    "allowActions": ("name/cos:PutObject", "name/cos:PostObject"),
}


def less(base: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    """The base without some names, with others changed."""
    return {**{name: value for name, value in base.items() if name not in names}, **more}


@pytest.mark.parametrize(
    ("scope", "quirks"),
    [
        (SCOPE, []),
        (less(SCOPE, "prefix"), [("helper-writes-undefined", (0,))]),
        (less(SCOPE, "region"), [("helper-all-regions", (0,))]),
        (less(SCOPE, region=""), [("helper-all-regions", (0, "region"))]),
        (less(SCOPE, prefix="/a/*"), [("helper-double-slash", (0, "prefix"))]),
        (less(SCOPE, bucket="media"), [("helper-splits-bucket", (0, "bucket"))]),
        (less(SCOPE, "bucket"), [("helper-splits-bucket", (0,))]),
        (less(SCOPE, "action"), [("helper-sends-no-action", (0,))]),
        (less(SCOPE, action=()), [("helper-sends-no-action", (0,))]),
        (less(SCOPE, action="name/cos:GetService"), []),
        (less(SCOPE, "bucket", "prefix", "region", action="name/cos:GetService"), []),
        (less(SCOPE, action="cos:GetService"), [("helper-get-service", (0, "action"))]),
        (less(SCOPE, action=("a", "name/cos:GetService")), [("helper-get-service", (0, "action"))]),
        (less(SCOPE, bucket="a-b-c-1250000000"), []),
    ],
)
def test_what_get_policy_makes_of_odd_scopes_is_told(scope: dict[str, Any], quirks: list[tuple[str, Any]]) -> None:
    """With the argument that it is about."""
    found = sts.scopes_document([scope])
    assert [(quirk.code, quirk.at) for quirk in found.quirks] == quirks
    assert all(quirk.found for quirk in found.quirks)


@pytest.mark.parametrize(
    ("version", "given", "quirks"),
    [
        ("3.1.3", GIVEN, []),
        ("2.0.7", GIVEN, [("helper-malformed-resource", ()), ("helper-certificate-unchecked", ())]),
        ("3.1.0", GIVEN, [("helper-certificate-unchecked", ())]),
        ("3.1.1", GIVEN, []),
        ("3.1.3", less(GIVEN, "allowActions"), [("helper-sends-no-action", ())]),
        ("3.1.3", less(GIVEN, "allowPrefix"), [("helper-writes-undefined", ())]),
        ("3.1.3", less(GIVEN, "region"), [("helper-writes-undefined", ())]),
        ("3.1.3", less(GIVEN, region=""), [("helper-all-regions", ("region",))]),
        ("3.1.3", less(GIVEN, "bucket"), [("helper-fails", ())]),
        ("3.1.3", less(GIVEN, bucket="media"), [("helper-splits-bucket", ("bucket",))]),
        ("3.1.3", less(GIVEN, allowPrefix=("a/*", "b/*")), [("helper-joins-prefixes", ("allowPrefix",))]),
        ("3.1.3", less(GIVEN, allowPrefix=("a/*",)), []),
        ("3.1.3", less(GIVEN, allowPrefix="/a/*"), [("helper-double-slash", ("allowPrefix",))]),
    ],
)
def test_what_the_demo_makes_of_odd_arguments_is_told(
    version: str, given: dict[str, Any], quirks: list[tuple[str, Any]]
) -> None:
    """After the one that stands with all of them: getCredential reads none of these names."""
    found = sts.helper_document(sts.NPM, version, given)
    assert [(quirk.code, quirk.at) for quirk in found.quirks] == [("helper-ignores", ()), *quirks]


@pytest.mark.parametrize(
    ("version", "given", "quirks"),
    [
        ("3.1.6", GIVEN, []),
        ("3.1.6", less(GIVEN, allowPrefix="/a/*"), []),
        ("3.1.6", less(GIVEN, "allowActions"), [("helper-sends-no-action", ())]),
        ("3.1.6", less(GIVEN, "region"), [("helper-fails", ())]),
        ("3.0.4", less(GIVEN, "region"), [("helper-writes-none", ())]),
        ("3.1.6", less(GIVEN, "bucket"), [("helper-fails", ())]),
        ("3.1.6", less(GIVEN, "allowPrefix"), [("helper-fails", ())]),
        ("3.1.1", less(GIVEN, allowPrefix=""), [("helper-fails", ())]),
        ("3.1.2", less(GIVEN, allowPrefix=""), []),
        ("3.1.1", less(GIVEN, allowPrefix=("a/*",)), [("helper-fails", ("allowPrefix",))]),
        ("3.1.2", less(GIVEN, allowPrefix=("a/*", "b/*")), []),
        ("3.1.6", less(GIVEN, bucket="media"), [("helper-fails", ("bucket",))]),
    ],
)
def test_what_python_makes_of_odd_arguments_is_told(
    version: str, given: dict[str, Any], quirks: list[tuple[str, Any]]
) -> None:
    """It adds a missing slash and the appid stays in the bucket, which is no quirk."""
    found = sts.helper_document(sts.PYPI, version, given)
    assert [(quirk.code, quirk.at) for quirk in found.quirks] == quirks


@pytest.mark.parametrize(
    ("scope", "quirks"),
    [
        (SCOPE, []),
        (less(SCOPE, prefix="/a/*"), [("helper-loses-resource", (0, "prefix"))]),
        (less(SCOPE, action=("a", "b")), [("helper-nests-actions", (0, "action"))]),
        (less(SCOPE, "region"), [("helper-writes-none", (0,))]),
        (less(SCOPE, "prefix"), [("helper-fails", (0,))]),
    ],
)
def test_what_get_policy_of_python_makes_of_odd_scopes_is_told(
    scope: dict[str, Any], quirks: list[tuple[str, Any]]
) -> None:
    """The newest version."""
    found = sts.scopes_document([scope], sts.PYPI)
    assert [(quirk.code, quirk.at) for quirk in found.quirks] == quirks


@pytest.mark.parametrize(
    ("helper", "able"), [("qcloud-cos-sts@3.0.6", False), ("qcloud-cos-sts@3.1.0", True),
                         ("qcloud-python-sts@3.0.5", False), ("qcloud-python-sts@3.1.0", True)],
)  # fmt: skip
def test_a_version_without_a_call_for_roles_makes_no_key_of_one(helper: str, able: bool) -> None:
    """The older versions know GetFederationToken only."""
    name, _, version = helper.partition("@")
    found = sts.helper_document(name, version, GIVEN, "AssumeRole")
    assert (found.document is not None) is able
    assert ("helper-fails" in [quirk.code for quirk in found.quirks]) is not able
    assert sts.helper_document(name, version, GIVEN).document is not None


def test_each_part_of_the_policy_knows_its_argument() -> None:
    """The longest path that is told wins: a resource comes of its prefix, an action of its place in the list."""
    scopes = sts.scopes_document([SCOPE, less(SCOPE, action=("a", "b"))])
    assert scopes.origins["statement", 0, "resource"] == (0, "prefix")
    assert scopes.origins["statement", 1, "action", 1] == (1, "action", 1)
    python = sts.helper_document(sts.PYPI, "3.1.6", less(GIVEN, allowPrefix=("a/*", "b/*")))
    assert python.origins["statement", 0, "resource", 1] == ("allowPrefix", 1)
    assert python.origins["statement", 0, "action", 1] == ("allowActions", 1)
    demo = sts.helper_document(sts.NPM, "3.1.3", less(GIVEN, "allowPrefix"))
    assert demo.origins["statement", 0, "resource"] == ("bucket",)


# -- names and versions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "judged", "assumed"),
    [
        ("qcloud-cos-sts", "qcloud-cos-sts@3.1.3", "is taken as 3.1.3, the newest recorded"),
        ("qcloud-cos-sts@3.0.6", "qcloud-cos-sts@3.0.6", None),
        ("qcloud-cos-sts@3.1.2", "qcloud-cos-sts@3.1.1", "judged as 3.1.1, the nearest older"),
        ("qcloud-cos-sts@3.1.3-beta", "qcloud-cos-sts@3.1.1", "judged as 3.1.1"),
        ("qcloud-cos-sts@10.0.0", "qcloud-cos-sts@3.1.3", "judged as 3.1.3"),
        ("qcloud-cos-sts@1.0.0", "qcloud-cos-sts@2.0.7", "older than every recorded version"),
        ("qcloud-python-sts", "qcloud-python-sts@3.1.6", "is taken as 3.1.6"),
        ("qcloud-python-sts@2.9.9", "qcloud-python-sts@1.3.5", "judged as 1.3.5"),
    ],
)
def test_a_version_that_is_not_recorded_is_judged_as_the_nearest_older(
    text: str, judged: str, assumed: str | None
) -> None:
    """Each time with the assumption in words."""
    found = sts.resolve(text)
    assert str(found) == judged
    assert (found.assumption is None) if assumed is None else (assumed in str(found.assumption))


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("qcloud-cos-stss", "qcloud-cos-sts"), ("qcloud-sts-python", None), ("", None), ("qcloud-cos-sts@", None),
     ("qcloud-cos-sts@3", None), ("qcloud-cos-sts@03.1.3", None), ("qcloud-cos-sts@3.1.3 ", None)],
)  # fmt: skip
def test_what_names_no_helper_is_refused(text: str, nearest: str | None) -> None:
    """With what was found and expected."""
    with pytest.raises(sts.HelperNameError) as caught:
        sts.resolve(text)
    assert caught.value.found and caught.value.expected
    assert nearest is None or caught.value.nearest == nearest


# -- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api", "kind", "limits"),
    [
        ("GetFederationToken", "root", (1800, 7200)),
        ("GetFederationToken", "sub-account", (1800, 129600)),
        ("GetFederationToken", None, (1800, None)),
        ("GetFederationToken", "role", (1800, None)),
        ("AssumeRole", "root", (7200, 43200)),
        ("AssumeRole", None, (7200, 43200)),
    ],
)
def test_how_long_a_key_may_live(api: str, kind: str | None, limits: tuple[int, int | None]) -> None:
    """Facts `sts.duration.*`, in seconds."""
    assert sts.duration_limits(api, kind) == limits


def test_the_longest_life_whoever_asks() -> None:
    """What is longer is refused for certain."""
    assert sts.longest_duration("GetFederationToken") == 129600
    assert sts.longest_duration("AssumeRole") == 43200


def test_error_codes_that_facts_name_are_explained() -> None:
    """A misspelt code would never be found in a log."""
    known = sts.error_codes()
    assert list(known) == sorted(known)
    named = set()
    for id, fact in data.facts_of("sts").items():
        for value in fact.value if isinstance(fact.value, list) else [fact.value]:
            if isinstance(value, str) and "." in value and not value[0].isdigit():
                assert value in known, id
                named.add(value)
    assert len(named) >= 7

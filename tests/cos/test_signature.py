"""The signature of requests, against what the official signers make of them and against Python's own at random."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosaudit import data
from cosaudit.cos import signature
from cosaudit.cos.pasted_request import sent_of
from cosaudit.cos.signature import Times

ORACLE = Path(__file__).parents[1] / "oracles" / "signature" / "record.py"


@cache
def oracle() -> ModuleType:
    """The recorder, as a module."""
    spec = importlib.util.spec_from_file_location("signature_record", ORACLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECORDED: dict[str, Any] = oracle().load()
VECTORS: list[dict[str, Any]] = RECORDED["vectors"]
URLS = [one for one in RECORDED["urls"] if one["url"] is not None]
DOCUMENTED: list[dict[str, Any]] = json.loads((ORACLE.parent / "documented.json").read_text("utf-8"))
assert len(VECTORS) > 150 and len(URLS) > 15, "no recordings: a test over nothing proves nothing"

#: The signer's mistake that is a fact: lists and pairs in different orders.
MISTAKEN = {"cos-js-sdk-v5:query-order-trap", "cos-wx-sdk-v5:query-order-trap"}


def given_to(vector: dict[str, Any]) -> tuple[str, str, dict[str, str], dict[str, str]]:
    """Method, path, parameters and headers of a vector; a header Host that the signer adds by itself, too."""
    given = vector["input"]
    name = vector["id"].partition(":")[2]
    case = next(one for one in oracle().CASES if one["name"] == name)
    query = {key: "" if value is None else str(value) for key, value in case["query"].items()}
    headers = dict(case["headers"])
    if "host" not in {key.lower() for key in headers}:
        headers["host"] = oracle().HOST
    return str(given.get("Method") or given.get("method") or "get"), oracle()._path(case), query, headers


def listed(pairs: dict[str, str], names: tuple[str, ...]) -> list[tuple[str, str]]:
    """The pairs that a list names."""
    return [(key, value) for key, value in pairs.items() if signature.encode(key).lower() in names]


def test_every_recorded_signature_is_made_again(record_property: Any) -> None:
    """For the lists that the signer chose, letter by letter; two differ by a mistake of the signer's."""
    differ = set()
    for vector in VECTORS:
        read = signature.parse_authorization(vector["authorization"])
        assert read.headers is not None and read.parameters is not None and read.sign_time is not None
        method, path, query, headers = given_to(vector)
        made = signature.authorization(
            oracle().AK, oracle().SK, read.sign_time, method, path,
            listed(query, read.parameters), listed(headers, read.headers),
        )  # fmt: skip
        if made != vector["authorization"]:
            differ.add(vector["id"])
            assert made.rpartition("=")[0] == vector["authorization"].rpartition("=")[0]
    assert differ == MISTAKEN
    assert {vector["id"] for vector in VECTORS if not vector["reference"]["agrees"]} == MISTAKEN
    record_property("compared signers", len(VECTORS) - len(MISTAKEN))


def test_the_canonical_texts_are_those_of_the_second_computation() -> None:
    """HttpString, StringToSign and the key of the time, of every vector."""
    for vector in VECTORS:
        read = signature.parse_authorization(vector["authorization"])
        assert read.headers is not None and read.parameters is not None and read.sign_time is not None
        method, path, query, headers = given_to(vector)
        http = signature.http_string(method, path, listed(query, read.parameters), listed(headers, read.headers))
        reference = vector["reference"]
        if reference["agrees"]:
            assert http == reference["http_string"], vector["id"]
            assert signature.string_to_sign(read.sign_time, http) == reference["string_to_sign"]
        assert signature.sign_key(oracle().SK, read.sign_time) == reference["sign_key"]


def test_a_recorded_signature_is_read_without_a_complaint() -> None:
    """Every part, the times and both lists."""
    for vector in VECTORS:
        read = signature.parse_authorization(vector["authorization"])
        assert read.problems == (), vector["id"]
        assert read.secret_id == oracle().AK and str(read.key_time) == oracle().KEY_TIME
        assert read.carrier == "header" and read.signature == vector["authorization"][-40:]


def test_the_worked_examples_of_the_documentation_are_made_again() -> None:
    """A PUT, a GET and a form policy; the pages mask the last four digits of the first two."""
    assert len(DOCUMENTED) == 3
    for example in DOCUMENTED:
        key, time = example["secret_key"], example["key_time"]
        assert signature.sign_key(key, time) == example["sign_key"]
        if "http_string" in example:
            assert signature.digest(example["http_string"]) == example["sha1_http_string"]
            made = signature.sign(key, time, signature.string_to_sign(time, example["http_string"]))
            assert made == example["signature_recomputed"]
            assert made[:-4] == example["signature_published_masked"][:-4]
        else:
            read = signature.parse_form({"policy": example["policy_base64"]})
            assert read is not None and read.policy is not None
            assert signature.policy_to_sign(read.policy) == example["string_to_sign"]
            start, end = map(int, time.split(";"))
            fields = signature.form_fields("AKID", key, Times(start, end), read.policy)
            assert fields["q-signature"] == example["signature"]
            again = signature.parse_form(fields)
            assert again is not None and again.problems == () and again.carrier == "policy"
            assert again[2:8] == ("AKID", None, Times(start, end), None, None, example["signature"])
            assert again.policy == read.policy


def test_a_signed_url_is_read_and_its_signature_made_again(record_property: Any) -> None:
    """Of all four SDKs: the path decoded, the parameters that are listed."""
    for one in URLS:
        sent = sent_of("GET", one["url"], (), ())
        read = signature.parse_query(sent.query)
        assert read is not None and read.problems == () and read.carrier == "query", one["id"]
        assert read.headers is not None and read.parameters is not None and read.sign_time is not None
        call = one["input"]["call"]
        headers = {"host": sent.host, **{name.lower(): value for name, value in call.get("Headers", {}).items()}}
        made = signature.sign(
            oracle().SK,
            read.sign_time,
            signature.string_to_sign(
                read.sign_time,
                signature.http_string(
                    call.get("Method", "get"), "/" + call["Key"], listed(dict(sent.query), read.parameters),
                    listed(headers, read.headers),
                ),
            ),
        )  # fmt: skip
        assert made == read.signature, one["id"]
        assert (read.token is not None) is ("x-cos-security-token" in one["url"])
    record_property("compared signers", len(URLS))


def test_the_official_signers_sign_for_as_long_as_the_fact_says() -> None:
    """Expires is given in the recorded URLs; the defaults stand in the signers' own tables."""
    life = data.fact("cos.signature.life").value
    assert set(life) == {one["sdk"] for one in VECTORS}
    assert max(life.values()) == life["cos-python-sdk-v5"]


@pytest.mark.online
def test_the_recording_is_what_the_packages_do_today() -> None:
    """Fetches the SDKs again and runs all cases."""
    done = subprocess.run([sys.executable, str(ORACLE), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# -- the official Python signer, at random ----------------------------------------------------------------------------

NAMES = st.one_of(
    st.sampled_from(["host", "Content-Type", "content-md5", "Range", "x-cos-acl", "X-Cos-Meta-Name", "origin"]),
    st.text(alphabet="abcXYZ-", min_size=1, max_size=8).map(lambda name: f"x-cos-meta-{name}"),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=400)
@given(
    method=st.sampled_from(["GET", "put", "Post", "DELETE", "HEAD"]),
    key=TEXTS.filter(lambda text: text not in ("", "/")),
    query=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), TEXTS, max_size=5),
    headers=st.dictionaries(NAMES, TEXTS, max_size=5),
    start=st.integers(1, 2_000_000_000),
    life=st.integers(1, 10_000),
)
def test_random_requests_are_signed_as_the_official_python_sdk_signs_them(
    method: str, key: str, query: dict[str, str], headers: dict[str, str], start: int, life: int
) -> None:
    """The whole text of Authorization, for whatever path, parameters and headers."""
    from qcloud_cos import CosConfig
    from qcloud_cos.cos_auth import CosS3Auth

    def folded(names: dict[str, str]) -> bool:
        return len({signature.encode(name).lower() for name in names}) == len(names)

    if not (folded(query) and folded(headers)):
        return  # which of two names that fold to one wins is not described anywhere
    host = "media-1250000000.cos.ap-guangzhou.myqcloud.com"
    headers = headers if "host" in headers else {"Host": host, **headers}
    request = oracle()._Request(method, f"https://{host}/x", headers)
    config = CosConfig(Region="ap-guangzhou", SecretId="AKIDinvented", SecretKey="invented")
    with mock.patch("qcloud_cos.cos_auth.time.time", return_value=start + 60):
        CosS3Auth(config, key, dict(query), expire=life)(request)
    path = key if key.startswith("/") else f"/{key}"
    time = Times(start, start + 60 + life)
    made = signature.authorization("AKIDinvented", "invented", time, method, path, query, headers)
    assert made == request.headers["Authorization"]
    assert signature.parse_authorization(made).problems == ()


# -- what is malformed ------------------------------------------------------------------------------------------------

GOOD = VECTORS[0]["authorization"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (GOOD.replace("q-sign-algorithm=sha1", "q-sign-algorithm=md5"), ["algorithm"]),
        (GOOD.replace("&q-header-list=", ""), ["missing"]),
        (f"{GOOD}&q-ak=AKIDother", ["repeated"]),
        (GOOD.replace("q-ak=", "Q-AK="), ["unknown-part"]),
        (f"{GOOD}&q-host=a", ["unknown-part"]),
        (GOOD.replace("q-sign-time=1700000000;", "q-sign-time=NaN;"), ["time"]),
        (GOOD.replace("q-sign-time=1700000000;", "q-sign-time=1700000000000;"), ["milliseconds"]),
        (GOOD.replace("q-key-time=1700000000;1700003600", "q-key-time=1700003600;1700000000"), ["time-order"]),
        (GOOD.replace("q-header-list=", "q-header-list=host;content-type"), ["unsorted"]),
        (GOOD.replace("q-url-param-list=", "q-url-param-list=partNumber;uploadid"), ["upper-case"]),
        (GOOD.replace("q-header-list=", "q-header-list=host;host"), ["repeated"]),
        (GOOD.replace("q-header-list=", "q-header-list=host%3Brange"), ["encoded"]),
        (GOOD.replace(";", "%3B"), ["encoded", "encoded"]),
        (GOOD.replace("&", "%26"), ["encoded"]),
        (f"{GOOD}\n", ["blank"]),
        (f'"{GOOD}"', ["quotation"]),
        (GOOD[:-3], ["signature-form"]),
        (GOOD[:-40] + GOOD[-40:].upper(), ["signature-form"]),
        (GOOD.replace("q-ak=AKIDexampleexampleexampleexample0000", "q-ak="), ["missing"]),
        ("AWS4-HMAC-SHA256 Credential=x", ["other-service"]),
        ("TC3-HMAC-SHA256 Credential=x", ["other-service"]),
        ("", ["missing"] * 7),
    ],
)
def test_what_is_wrong_with_a_signature_is_told(text: str, codes: list[str]) -> None:
    """Each with what was found and what was expected, and nothing of the keys in it."""
    found = signature.parse_authorization(text).problems
    assert [problem.code for problem in found] == codes
    assert all(problem.found and problem.expected and "AKID" not in problem.found for problem in found)


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=4))
def test_nothing_that_is_read_raises(text: str, fields: dict[str, str]) -> None:
    """Whatever people paste."""
    signature.parse_authorization(text)
    signature.parse_form({**fields, "policy": text, "q-key-time": text})
    signature.parse_query([*fields.items(), ("q-signature", text), ("q-header-list", text)])


def test_what_carries_no_signature_is_none() -> None:
    """A form with a key, a URL with a prefix; an empty field Signature, which the SDKs send for nobody."""
    assert signature.parse_form({"key": "a", "Signature": ""}) is None
    assert signature.parse_query([("prefix", "q-ak")]) is None

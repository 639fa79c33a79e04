"""Policies of POST forms: read, evaluated against a second small evaluator, and what they leave free."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.cos import form_policy
from cosaudit.cos.form_policy import Holds, evaluate, left_free, loads, moment_of, parts_of, text_of
from cosaudit.model import Part

MANDATORY: list[Any] = [{"q-sign-algorithm": "sha1"}, {"q-ak": "AKID"}, {"q-sign-time": "1;2"}]
SIGNED = {"q-sign-algorithm": "sha1", "q-ak": "AKID", "q-key-time": "1;2"}


def written(*conditions: Any, expiration: str = "2030-01-01T00:00:00.000Z") -> str:
    """A document with the conditions that every one has."""
    return json.dumps({"expiration": expiration, "conditions": [*MANDATORY, *conditions]})


# -- a second evaluator, for concrete forms: reads the document itself, and knows nothing of ours ----------------------


def accepts(document: str, form: dict[str, str], bucket: str, size: int, filename: str, now: int) -> bool:
    """Would COS take the form? After the vendor's page on POST Object, with plain dictionaries."""
    from datetime import datetime

    policy = json.loads(document)
    if now > datetime.fromisoformat(policy["expiration"].replace("Z", "+00:00")).timestamp():
        return False
    fields = {name.lower(): value for name, value in form.items()}
    if "key" in fields:
        fields["key"] = fields["key"].replace("${filename}", filename)
    fields["bucket"] = bucket
    fields.setdefault("q-sign-time", fields.get("q-key-time", ""))
    rows: list[list[Any]] = []
    for one in policy["conditions"]:
        rows += [["eq", f"${name}", value] for name, value in one.items()] if isinstance(one, dict) else [one]
    named = {row[1].lower() for row in rows if row[0] != "content-length-range"}
    if not {"$q-sign-algorithm", "$q-ak", "$q-sign-time"} <= named:
        return False
    for kind, name, value in rows:
        if kind == "content-length-range":
            if not name <= size <= value:
                return False
            continue
        given_value = fields.get(name[1:].lower())
        if given_value is None:
            return False
        if not (given_value == value if kind == "eq" else given_value.startswith(value)):
            return False
    return True


WORDS = st.text(alphabet="ab/.é", max_size=3)
FIELDS = st.sampled_from(["key", "Content-Type", "acl", "success_action_redirect", "bucket", "x-cos-meta-a"])
EXACT = st.one_of(
    st.builds(lambda name, value: {name: value}, FIELDS, WORDS),
    st.builds(lambda name, value: ["eq", f"${name}", value], FIELDS, WORDS),
)
CONDITIONS = st.one_of(
    EXACT,
    st.builds(
        lambda name, value: ["starts-with", f"${name}", value],
        FIELDS.filter(lambda name: not name.startswith("x-cos-")),
        WORDS,
    ),
    st.builds(lambda one, two: ["content-length-range", min(one, two), max(one, two)],
              st.integers(0, 5), st.integers(0, 5)),
)  # fmt: skip


@given(
    conditions=st.lists(CONDITIONS, max_size=4),
    form=st.dictionaries(FIELDS.filter(lambda name: name != "bucket"), WORDS, max_size=4),
    key=st.sampled_from(["a/${filename}", "${filename}", "a", "a/b", None]),
    bucket=WORDS,
    size=st.integers(0, 6),
    filename=WORDS,
    late=st.booleans(),
    without=st.sampled_from([None, 0, 1, 2]),
)
def test_a_form_is_taken_exactly_when_the_second_evaluator_takes_it(
    conditions: list[Any], form: dict[str, str], key: str | None, bucket: str, size: int, filename: str, late: bool,
    without: int | None,
) -> None:  # fmt: skip
    """Whatever the conditions and the form; everything is known, so nothing is unknown."""
    every = [one for number, one in enumerate(MANDATORY) if number != without] + conditions
    document = json.dumps({"expiration": "2026-01-01T00:00:00Z", "conditions": every})
    form = {**SIGNED, **form, **({} if key is None else {"key": key})}
    now = 1767225600 + (1 if late else 0)
    policy = loads(document)
    assert not any(one.fatal for one in policy.oddities)
    answer = evaluate(policy, form, bucket=bucket, sizes=(size, size), filename=filename, now=now)
    assert answer.holds is not Holds.UNKNOWN
    assert (answer.holds is Holds.YES) is accepts(document, form, bucket, size, filename, now)


PLACED = st.lists(st.sampled_from(["a", "/", "{x}", "{y}"]), max_size=4).map("".join)


@given(text=PLACED, other=PLACED, values=st.tuples(st.sampled_from(["", "a", "a/"]), st.sampled_from(["", "b", "/"])))
def test_what_is_sure_of_a_template_is_so_for_every_value(text: str, other: str, values: tuple[str, str]) -> None:
    """Yes and no hold whatever the placeholders stand for; a name is the same text in both."""

    def filled(template: str) -> str:
        return template.replace("{x}", values[0]).replace("{y}", values[1])

    one, two = parts_of(text), parts_of(other)
    for found, real in (
        (form_policy.equal(one, two), filled(text) == filled(other)),
        (form_policy.begins(one, two), filled(text).startswith(filled(other))),
    ):
        assert found is Holds.UNKNOWN or (found is Holds.YES) is real


@given(
    conditions=st.lists(CONDITIONS, max_size=4),
    form=st.dictionaries(FIELDS.filter(lambda name: name != "bucket"), WORDS, min_size=1, max_size=4),
    bucket=WORDS,
    least=st.integers(0, 6),
    more=st.integers(0, 3),
)
def test_an_answer_for_many_forms_holds_for_each(
    conditions: list[Any], form: dict[str, str], bucket: str, least: int, more: int
) -> None:
    """Sizes as a range, and values that are not known: what is said surely is so for each of them."""
    policy = loads(written(*conditions))
    whole = evaluate(policy, {**SIGNED, **dict.fromkeys(form)}, bucket=bucket, sizes=(least, least + more))
    for size in range(least, least + more + 1):
        one = evaluate(policy, {**SIGNED, **form}, bucket=bucket, sizes=(size, size))
        assert whole.holds in (Holds.UNKNOWN, one.holds)


# -- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "code", "line"),
    [
        ("[]", "no-mapping", 1),
        ("", "unreadable", 1),
        ("{", "unreadable", 1),
        ('{"conditions": [{"a": "b"}]}', "no-expiration", 1),
        ('{"expiration": "soon",\n "conditions": []}', "expiration-form", 1),
        ('{"expiration": "2026-13-01T00:00:00Z", "conditions": []}', "expiration-form", 1),
        ('{"expiration": ["2026"], "conditions": []}', "expiration-form", 1),
        ('{"expiration": "2026-01-01T00:00:00Z"}', "no-conditions", 1),
        ('{"expiration": "2026-01-01T00:00:00Z",\n "conditions": {}}', "conditions-form", 2),
        ('{"expiration": "2026-01-01T00:00:00Z", "conditions": [\n"a"]}', "condition-form", 2),
        ('{"expiration": "2026-01-01T00:00:00Z", "conditions": [\n{}]}', "condition-form", 2),
        ('{"expiration": "2026-01-01T00:00:00Z", "conditions": [\n{"a": ["b"]}]}', "condition-form", 2),
        ('{"expiration": "2026-01-01T00:00:00Z", "conditions": [\n["eq", "$key"]]}', "condition-form", 2),
        ('{"expiration": "2026-01-01T00:00:00Z", "conditions": [\n["ends-with", "$key", "a"]]}', "operator", 2),
        ('{"expiration": "2026-01-01T00:00:00Z", "conditions": [\n["eq", "key", "a"]]}', "field", 2),
        ('{"expiration": "2026-01-01T00:00:00Z", "conditions": [\n["content-length-range", 5, 1]]}', "range", 2),
        ('{"expiration": "2026-01-01T00:00:00Z", "conditions": [\n["content-length-range", "a", 1]]}', "range", 2),
    ],
)
def test_a_document_without_a_meaning_says_what_is_wrong_and_where(document: str, code: str, line: int) -> None:
    """The first thing that is wrong, with what was expected there."""
    found = [one for one in loads(document).oddities if one.fatal]
    assert (found[0].code, found[0].place.line) == (code, line)
    assert found[0].found and found[0].expected


@pytest.mark.parametrize(
    ("conditions", "code"),
    [
        ([{"q-ak": "a"}], "mandatory-missing"),
        ([], "mandatory-missing"),
        ([*MANDATORY, ["starts-with", "$x-cos-meta-a", "b"]], "prefix-of-header"),
    ],
)
def test_what_cos_would_refuse_keeps_its_meaning(conditions: list[Any], code: str) -> None:
    """It is judged, not refused as an input."""
    policy = loads(json.dumps({"expiration": "2026-01-01T00:00:00Z", "conditions": conditions}))
    assert [(one.code, one.fatal) for one in policy.oddities] == [(code, False)]
    assert evaluate(policy, {**SIGNED, "x-cos-meta-a": "bc"}).holds is not Holds.YES


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-01T00:00:00Z", 1767225600),
        ("2026-01-01T00:00:00.123Z", 1767225600),
        ("2026-01-01T08:00:00+08:00", 1767225600),
        ("2025-12-31T20:00:00-0400", 1767225600),
        ("2026-01-01T00:00:00", 1767225600),
        ("2026-02-30T00:00:00Z", None),
        ("2026-01-01", None),
        ("", None),
    ],
)
def test_moments_are_read_in_utc(text: str, seconds: int | None) -> None:
    """Local time that is written as UTC expires hours away: the zone counts."""
    assert moment_of(text) == seconds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.sampled_from(["expiration", "conditions", "eq", "$key"]), some),
    max_leaves=8,
)


def test_placeholders_stand_for_what_the_server_puts_in() -> None:
    """Both spellings; the vendor's own `${filename}` is none of them."""
    assert parts_of("a/{openid}/${file}") == (
        Part("a/", False), Part("openid", True), Part("/", False), Part("file", True),
    )  # fmt: skip
    assert parts_of("a/${filename}") == (Part("a/${filename}", False),)
    assert text_of(parts_of("a/{openid}/x")) == "a/{openid}/x"
    assert loads(written(expiration="{end}")).expires is None


@given(JSON)
def test_no_document_makes_the_reader_fail(document: Any) -> None:
    """Whatever JSON it is; what has a meaning can be evaluated."""
    policy = loads(json.dumps(document))
    if not any(one.fatal for one in policy.oddities):
        evaluate(policy, {"key": "a"})
        left_free(policy)


# -- what is left free -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "word", "kind", "value"),
    [
        ([], "key", "free", ""),
        ([["starts-with", "$key", ""]], "key", "free", ""),
        ([["starts-with", "$key", "a/"]], "key", "prefix", "a/"),
        ([["starts-with", "$key", "a/"], ["starts-with", "$Key", "a/b"]], "key", "prefix", "a/b"),
        ([["starts-with", "$key", "a/"], {"key": "a/b"}], "key", "fixed", "a/b"),
        ([["starts-with", "$key", "a/"], {"key": "b"}], "key", "nothing", ""),
        ([{"key": "a"}, {"key": "b"}], "key", "nothing", ""),
        ([["starts-with", "$key", "a"], ["starts-with", "$key", "b"]], "key", "nothing", ""),
        ([{"bucket": "m-1"}], "bucket", "fixed", "m-1"),
        ([["eq", "$content-type", "image/png"]], "type", "fixed", "image/png"),
        ([{"x-cos-storage-class": "STANDARD"}], "storage class", "fixed", "STANDARD"),
        ([["starts-with", "$success_action_redirect", "https://a.b/"]], "redirect", "prefix", "https://a.b/"),
        ([{"ACL": "default"}], "acl", "fixed", "default"),
    ],
)
def test_what_the_conditions_leave_free(conditions: list[Any], word: str, kind: str, value: str) -> None:
    """By the word that people use; names of fields in any letter case."""
    found = left_free(loads(written(*conditions))).fields[word]
    assert (found.kind, text_of(found.value)) == (kind, value)


def test_the_sizes_that_are_left() -> None:
    """The narrowest of all ranges; without one there is no bound."""
    assert left_free(loads(written()))[1:] == (0, None)
    both = loads(written(["content-length-range", 1, 9], ["content-length-range", 3, 20]))
    assert left_free(both)[1:] == (3, 9)

"""`cosaudit facts`: the list, one fact, the JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data
from cosaudit.cli import facts


def test_the_list_names_every_fact():
    """Without a filter nothing is left out."""
    lines = facts.render_list().splitlines()
    ids = [line.split()[0] for line in lines if not line.startswith(" ")]

    assert len(ids) > 50
    assert ids == list(data.facts())
    assert all(len(line) <= 80 for line in lines)


def test_a_filter_looks_into_ids_and_wording():
    """In any letter case; what matches nothing prints nothing."""
    found = [fact.id for fact in facts.select("cos.path-style")]

    assert found == ["cos.path-style.cutoff", "cos.path-style.error"]
    assert "cos.host.cdn" in [fact.id for fact in facts.select("OLD DEFAULT cdn")]
    assert facts.render_list("no such words") == ""


def test_one_fact_is_printed_with_all_that_is_known():
    """What it says, value and unit, how surely, what speaks against it, where it is from."""
    assert facts.render_one(data.fact("cos.host.length-max")) == (
        "the most characters that the default host of a bucket may have\n"
        "\n"
        "value       60\n"
        "unit        characters\n"
        "confidence  high\n"
        "source      Tencent Cloud, COS, bucket overview (2023-07-10)\n"
        "            https://www.tencentcloud.com/document/product/436/13312\n"
        "source      Tencent Cloud, COS, specifications and limits (2023-07-10)\n"
        "            https://www.tencentcloud.com/document/product/436/14518\n"
        "fact        cos.host.length-max (data/regions.yaml)\n"
    )
    assert "against     the Chinese page" in facts.render_one(data.fact("cos.default-host.download-refused"))


def test_every_fact_prints():
    """No shape of a value breaks the text; only an address may be longer than a line."""
    for fact in data.facts().values():
        for line in facts.render_one(fact).splitlines():
            assert line.isprintable()
            assert len(line) <= 80 or len(line.split()) == 1, line


def test_the_json_is_whole():
    """Each fact with its sources, ready to be dumped."""
    every = facts.to_json(facts.select())

    assert every["version"] == 1
    assert [entry["id"] for entry in every["facts"]] == list(data.facts())
    assert json.loads(json.dumps(every)) == every
    first = facts.to_json([data.fact("cos.bucket.unique")])["facts"][0]
    assert first["sources"][0]["key"] == "bucket-overview"
    assert list(first) == ["id", "says", "value", "unit", "confidence", "against", "note", "sources"]


def test_a_mistyped_id_gets_the_near_ones():
    """The nearest first, at most three, none for what is like nothing."""
    assert facts.suggest("cos.path-style.cutof")[0] == "cos.path-style.cutoff"
    assert "cos.host.length-max" in facts.suggest("host.length")
    assert facts.suggest("%%%%") == ()


@given(st.text())
def test_any_id_gets_suggestions_that_exist(text):
    """Whatever is typed."""
    found = facts.suggest(text)

    assert len(found) <= 3
    assert set(found) <= set(data.facts())

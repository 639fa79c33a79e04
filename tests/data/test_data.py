"""Every data file: shape, order, sources, dates; and the tables that code relies on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cosaudit import data, yamltree

FOLDER = Path(data.__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
assert len(NAMES) >= 4, "no data files found: a test over nothing proves nothing"

DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?|undated(, read [0-9]{4}-[0-9]{2}-[0-9]{2})?")
ID = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+){1,3}")
QUANTITY = re.compile(r"\.(length|size|count|keys|rules|parts|part|object|statement|skew)-(max|min)\Z")


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each data file in turn."""
    return request.param


def test_every_file_reads_without_trouble(name):
    """No key stands twice, and the top is a mapping with sources."""
    troubles: list[yamltree.Trouble] = []
    root = yamltree.compose((FOLDER / f"{name}.yaml").read_text("utf-8"), troubles)

    assert root is not None
    assert root.kind == yamltree.MAPPING
    assert troubles == []
    assert data.load(name)["sources"]
    assert name in data.names()


def test_every_source_has_a_title_a_date_and_an_address(name):
    """A source says what it is, of when, and where to look."""
    for key, source in data.load(name)["sources"].items():
        assert isinstance(key, str), key
        assert set(source) <= {"title", "dated", "url", "where"}, key
        assert source["title"].strip(), key
        assert DATE.fullmatch(str(source["dated"])), key
        assert source.get("url") or source.get("where"), key
        if "url" in source:
            assert source["url"].startswith("https://"), key


def test_every_fact_has_its_parts(name):
    """Required keys, known words, known sources, a unit where it is a quantity."""
    tree = data.load(name)
    for entry in tree.get("facts", []):
        id = entry["id"]
        assert ID.fullmatch(id), id
        assert set(entry) <= {"id", "says", "value", "unit", "source", "confidence", "against", "note"}, id
        assert entry["says"].strip(), id
        assert entry["confidence"] in ("high", "medium", "low"), id
        assert entry["source"], id
        assert set(entry["source"]) <= set(tree["sources"]), id
        if QUANTITY.search(id):
            assert entry.get("unit"), id


def test_facts_are_sorted_and_sources_used(name):
    """Facts stand in the order of their ids; a source that nothing cites is left over."""
    tree = data.load(name)
    ids = [entry["id"] for entry in tree.get("facts", [])]
    rows = [row for part in tree.values() if isinstance(part, list) for row in part if isinstance(row, dict)]
    cited = {key for row in rows for key in row.get("source", [])}

    assert ids == sorted(ids)
    if name in ("actions", "bucket", "cam", "conditions", "cors", "cos", "fetch", "limits", "regions", "sts"):
        assert set(tree["sources"]) - cited == set()
        assert cited <= set(tree["sources"])


def test_ids_of_facts_are_unique_over_all_files():
    """`facts()` joins the files: two facts of one id would hide each other."""
    every = [id for name in NAMES for id in data.facts_of(name)]

    assert len(every) > 50
    assert len(every) == len(set(every)) == len(data.facts())
    assert list(data.facts()) == sorted(every)


def test_a_fact_brings_its_sources_along():
    """Sources are resolved to title, date and address."""
    fact = data.fact("cos.path-style.cutoff")

    assert fact.value == "2024-01-01"
    assert fact.file == "cos"
    assert [source.key for source in fact.sources] == ["domain-notice", "path-style-seen"]
    assert fact.sources[0].url == "https://www.tencentcloud.com/document/product/436/57456"


def test_a_fact_is_found_without_reading_the_large_files():
    """What `check` cites must not load the catalogue of actions."""
    data.load.cache_clear()
    data.facts_of.cache_clear()
    data.fact.cache_clear()

    assert str(data.fact("cos.path-style.cutoff").value) == "2024-01-01"
    assert data.load.cache_info().currsize == 1


@pytest.mark.parametrize("id", ["cos.host", "", "cos.host.length-maximum", "nothing"])
def test_an_unknown_fact_raises_key_error(id):
    """There is no fact that is half right."""
    with pytest.raises(KeyError):
        data.fact(id)


@pytest.mark.parametrize("name", ["nothing", "../data/cos", ""])
def test_an_unknown_file_raises_key_error(name):
    """Only the files of the package are read."""
    with pytest.raises(KeyError):
        data.load(name)


def test_regions_have_their_parts():
    """Each region has names, an area, a known kind, a known answer on acceleration."""
    tree = data.load("regions")
    ids = [row["id"] for row in tree["regions"]]

    assert len(ids) >= 25
    assert ids == sorted(set(ids))
    for row in tree["regions"]:
        assert row["name"], row
        assert row["zh"], row
        assert row["area"] in ("mainland", "overseas"), row
        assert row.get("kind", "public") in ("public", "finance", "retired"), row
        assert row.get("accelerate", True) in (True, False, "unknown"), row
        assert row.get("confidence", "high") in ("high", "medium", "low"), row


def test_old_names_of_regions_point_to_regions():
    """A label of the first generation or of the JSON API stands for a region of the list, but for one."""
    tree = data.load("regions")
    ids = {row["id"] for row in tree["regions"]}
    legacy = [row["id"] for row in tree["legacy"]]

    assert legacy == ["cn-east", "cn-north", "cn-south", "cn-south-2", "cn-southwest", "sg"]
    unlisted = {row["id"] for row in tree["legacy"] if row["current"] not in ids}
    assert unlisted == {"cn-south-2"}
    assert {row["current"] for row in tree["json_names"]} <= ids
    assert {row["host"] for row in tree["json_names"]} == {"label", "file", "word"}
    names = [row["id"] for row in tree["json_names"]]
    assert names == sorted(set(names))
    assert not set(names) & (ids | set(legacy))


def test_actions_have_their_parts():
    """Each action has a name, an access class, a resource form that the file explains."""
    tree = data.load("actions")
    forms = {row["id"] for row in tree["resources"]}
    names = [row["action"] for row in tree["actions"]]

    assert len(names) > 80
    assert names == sorted(set(names))
    for row in tree["actions"]:
        assert re.fullmatch(r"name/cos:[A-Z][A-Za-z]+", row["action"]), row
        assert row["level"] in ("service", "bucket", "object"), row
    for row in [*tree["actions"], *tree["ci_actions"]]:
        assert row["resource"] in forms, row
        assert row["access"] in ("read", "write", "list", "permission-management"), row
        assert row["source"], row
        assert row.get("confidence", "high") in ("high", "medium", "low"), row


def test_actions_that_facts_name_are_in_the_catalogue():
    """A misspelt action in a fact would never match a request."""
    known = {row["action"] for row in data.load("actions")["actions"]}
    named = {
        action
        for fact in data.facts().values()
        if fact.file in ("actions", "cos") and isinstance(fact.value, list)
        for action in fact.value
        if str(action).startswith("name/")
    }

    assert len(named) > 15
    assert named <= known


def test_sizes_are_what_the_pages_say():
    """The limits that gates compare with, in bytes."""
    sizes = {id: fact.value for id, fact in data.facts_of("limits").items() if fact.unit == "bytes"}

    assert sizes["limits.put.size-max"] == sizes["limits.post.size-max"] == 5 * 1024**3
    assert sizes["limits.multipart.part-min"] == 1024**2
    assert sizes["limits.key.length-max"] == 850

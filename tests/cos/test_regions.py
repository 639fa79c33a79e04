"""Regions: ids, old names, what people write instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data
from cosaudit.cos import regions


def test_a_region_of_today_is_its_own_current():
    """No alias, no assumption."""
    found = regions.region("ap-guangzhou")

    assert found is not None
    assert found.current == found.id == "ap-guangzhou"
    assert (found.legacy, found.assumed) == (False, False)
    assert (found.name, found.name_zh) == ("Guangzhou", "广州")
    assert (found.kind, found.accelerate, found.confidence) == ("public", "true", "high")


@pytest.mark.parametrize(
    ("id", "current", "confidence"),
    [
        ("cn-south", "ap-guangzhou", "high"),
        ("cn-east", "ap-shanghai", "high"),
        ("cn-southwest", "ap-chengdu", "high"),
        ("cn-north", "ap-beijing-1", "medium"),
        ("sg", "ap-singapore", "medium"),
        ("cn-south-2", "ap-guangzhou-2", "low"),
    ],
)
def test_the_first_generation_is_valid_and_points_to_today(id, current, confidence):
    """XML API labels of the first generation are regions; how sure the mapping is differs."""
    found = regions.region(id)

    assert found is not None
    assert found.legacy
    assert (found.current, found.confidence) == (current, confidence)
    assert id in regions.legacy_ids()


def test_names_of_the_json_api_are_no_regions():
    """`cosgz` and `gz` belong to another API: a hint, never an id."""
    names = [row["id"] for row in data.load("regions")["json_names"]]
    assert names

    for name in names:
        assert regions.region(name) is None
        hint = regions.explain_unknown(name)
        assert hint is not None
        assert "JSON API's name of" in hint


def test_a_declared_region_is_ordinary_and_assumed():
    """`regions:` of the configuration: an ordinary region, marked as an assumption."""
    found = regions.region("ap-mars", ("ap-mars",))

    assert found is not None
    assert found.assumed
    assert (found.current, found.legacy, found.accelerate) == ("ap-mars", False, "true")
    assert regions.region("ap-mars") is None
    known = regions.region("cn-south", ("cn-south",))
    assert known is not None
    assert (known.assumed, known.legacy) == (False, True)


def test_finance_regions_have_no_acceleration():
    """Their network is separate (436/38866); of newer regions nothing is told."""
    fsi = [id for id in regions.ids() if id.endswith("-fsi")]
    assert len(fsi) == 3

    for id in fsi:
        found = regions.region(id)
        assert found is not None
        assert (found.kind, found.accelerate) == ("finance", "false")
    osaka = regions.region("ap-osaka")
    assert osaka is not None
    assert (osaka.accelerate, osaka.confidence) == ("unknown", "low")


@pytest.mark.parametrize(
    ("text", "id", "hint"),
    [
        ("cos.ap-guangzhou", "ap-guangzhou", "the id is written without `cos.`: `ap-guangzhou`"),
        ("ap-guangzhou-3", "ap-guangzhou", "`ap-guangzhou-3` is a zone's name; its region is `ap-guangzhou`"),
        ("AP-GUANGZHOU", "ap-guangzhou", "ids are lower case: `ap-guangzhou`"),
        (" ap-guangzhou ", "ap-guangzhou", "the id is `ap-guangzhou`, without blanks or quotes"),
        ("ap_guangzhou", "ap-guangzhou", "the id is written `ap-guangzhou`"),
        ("广州", "ap-guangzhou", "`广州` is the name of `ap-guangzhou`"),
        ("Guangzhou", "ap-guangzhou", "`Guangzhou` is the name of `ap-guangzhou`"),
        ("华南地区 (广州)", "ap-guangzhou", "`华南地区 (广州)` is the name of `ap-guangzhou`"),
        ("香港", "ap-hongkong", "`香港` is the name of `ap-hongkong`"),
        ("深圳金融", "ap-shenzhen-fsi", "`深圳金融` is the name of `ap-shenzhen-fsi`"),
        ("Hong Kong", "ap-hongkong", "`Hong Kong` is the name of `ap-hongkong`"),
        ("gz", "ap-guangzhou", "`gz` is the JSON API's name of `ap-guangzhou`"),
        ("cosgz", "ap-guangzhou", "`cosgz` is the JSON API's name of `ap-guangzhou`"),
        ("tj", "ap-beijing-1", "`tj` is the JSON API's name of `ap-beijing-1`"),
        ("ap-tianjin", "ap-beijing-1", "a name of before; the region is now `ap-beijing-1`"),
        (
            "cos.ap-osaka.myqcloud.com",
            "ap-osaka",
            "`cos.ap-osaka.myqcloud.com` is a host; its region is `ap-osaka`",
        ),
        ("ap-guangzou", "ap-guangzhou", None),
        ("na-siliconvaley", "na-siliconvalley", None),
        ("ap-sinagpore", "ap-singapore", None),
        ("us-east-1", None, None),
        ("oss-cn-hangzhou", None, None),
        ("xyz", None, None),
        ("", None, None),
        (
            "accelerate",
            None,
            "`accelerate` is no region: it stands in the host of a bucket whose acceleration is on",
        ),
    ],
)
def test_what_people_write_instead_leads_to_the_id(text, id, hint):
    """A sure hint where there is one, a near word where that is all, and no wild guess."""
    assert regions.region(text) is None
    assert regions.nearest(text) == id
    assert regions.explain_unknown(text) == hint


def test_a_known_id_needs_no_explanation():
    """`explain_unknown` is about unknown ids."""
    assert {regions.explain_unknown(id) for id in regions.ids()} == {None}
    assert [regions.nearest(id) for id in regions.ids()] == list(regions.ids())


@given(st.text())
def test_any_text_gets_an_answer(text):
    """Nothing that is typed as a region raises; what is suggested is a region."""
    near = regions.nearest(text)

    assert near is None or regions.region(near) is not None
    hint = regions.explain_unknown(text)
    assert hint is None or hint.isprintable()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ap-guangzhou", "ap-guangzhou", (True, "high")),
        ("cn-south", "ap-guangzhou", (True, "high")),
        ("sg", "ap-singapore", (True, "medium")),
        ("cn-north", "ap-beijing-1", (True, "medium")),
        ("cn-north", "ap-beijing", (False, "medium")),
        ("cn-south-2", "ap-guangzhou", (False, "low")),
        ("cn-south-2", "cn-south-2", (True, "high")),
        ("ap-guangzhou", "ap-shanghai", (False, "high")),
        ("ap-osaka", "ap-tokyo", (False, "high")),
    ],
)
def test_an_old_name_is_the_same_place(one, other, same):
    """The answer is as sure as the mapping, in both directions."""
    assert regions.same_region(one, other) == same
    assert regions.same_region(other, one) == same


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ap-mars", True),
        ("ap-guangzhou", True),
        ("AP", False),
        ("a.b", False),
        ("gz", False),
        ("accelerate", False),
        ("", False),
    ],
)
def test_only_a_label_may_be_declared(text, answer):
    """A declared region becomes a label of hosts; names of the JSON API would be a mistake."""
    assert regions.may_be_id(text) is answer

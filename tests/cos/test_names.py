"""Names of buckets."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.cos import names
from cosaudit.cos.names import BucketName, NameProblem

#: What the vendor's page and the SDKs accept, as one expression: another way to the same answer.
REFERENCE = re.compile(r"(?!-)[a-z0-9-]*[a-z0-9]-[0-9]+", re.ASCII)

NEAR = st.text("abz09-_A. ", max_size=20) | st.from_regex(REFERENCE, fullmatch=True)


@given(NEAR)
def test_a_name_is_what_the_reference_accepts(text):
    """Lower case, digits, hyphens but none at an end, then a hyphen and the appid's digits."""
    assert (names.parsed(text) is not None) == (REFERENCE.fullmatch(text) is not None)


@given(st.from_regex(REFERENCE, fullmatch=True))
def test_the_parts_make_the_whole(text):
    """Name, hyphen, appid: nothing is lost or added."""
    bucket = BucketName.parse(text)

    assert f"{bucket.name}-{bucket.appid}" == bucket.full == text
    assert bucket.appid.isdigit()


@given(st.text())
def test_any_text_is_a_name_or_a_problem(text):
    """Whatever is typed, the answer is a name or a message of one printable line."""
    try:
        assert BucketName.parse(text).full == text
    except NameProblem as problem:
        assert str(problem).isprintable()
        assert len(problem.found) < 250


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "an empty name"),
        ("media", "`media` has no appid at its end"),
        ("1250000000", "`1250000000` is an appid without a name"),
        ("Media-1250000000", "`Media-1250000000` has upper-case letters"),
        ("-media-1250000000", "`-media-1250000000` begins with a hyphen"),
        ("media-", "`media-` ends in a hyphen"),
        ("media--1250000000", "`media--1250000000` has a second hyphen before its appid"),
        ("my_media-1250000000", "`my_media-1250000000` holds `_`, and a name has only a-z, 0-9 and hyphens"),
        (" media-1250000000", "` media-1250000000` has blanks around it"),
        ("media-1250000000\n", "`media-1250000000\\n` has blanks around it"),
        ("a-x--1250000000", "`a-x--1250000000` names a bucket of the product cosrapid, which is not COS"),
        (
            "media-1250000000.cos.ap-guangzhou.myqcloud.com",
            "`media-1250000000.cos.ap-guangzhou.myqcloud.com` is the host of the bucket `media-1250000000`, "
            "not its name",
        ),
        (
            "https://cos.ap-beijing.myqcloud.com/media-1250000000/a",
            "`https://cos.ap-beijing.myqcloud.com/media-1250000000/a` is the address of the bucket "
            "`media-1250000000`, not its name",
        ),
        ("www.example.com", "`www.example.com` looks like a host, not a name"),
    ],
)
def test_a_problem_says_what_is_wrong(text, found):
    """The most telling reason, and what should stand there."""
    with pytest.raises(NameProblem) as caught:
        BucketName.parse(text)

    assert caught.value.found == found
    assert caught.value.expected == names.EXPECTED


def test_digits_of_other_scripts_are_no_appid():
    """The appid is ASCII digits: `\\d` of Unicode would take more."""
    assert names.parsed("media-١٢٣") is None


@pytest.mark.parametrize(
    ("region", "room"),
    [
        ("ap-beijing", 21),
        ("ap-shanghai", 20),
        ("ap-guangzhou", 19),
        ("me-saudi-arabia", 16),
        ("ap-shenzhen-fsi", 16),
        ("na-siliconvalley", 15),
    ],
)
def test_the_room_in_a_host_is_that_of_the_page(region, room):
    """436/13312: with an appid of ten digits the name may have 21 characters in ap-beijing, and so on."""
    assert names.host_room(BucketName.parse(f"{'a' * room}-1250000000"), region) == 0
    assert names.host_room(BucketName.parse(f"{'a' * (room + 1)}-1250000000"), region) == -1


def test_an_old_region_has_no_cos_label_in_its_host():
    """`<bucket>.cn-south.myqcloud.com` is four characters shorter than a host of today would be."""
    bucket = BucketName.parse("media-1250000000")

    assert names.host_room(bucket, "cn-south") == 60 - len("media-1250000000.cn-south.myqcloud.com")
    assert names.host_room(bucket, "ap-beijing") == 60 - len("media-1250000000.cos.ap-beijing.myqcloud.com")


def test_a_host_that_is_too_long_is_a_problem():
    """60 characters pass, 61 do not, and the message has both numbers."""
    names.check_room(BucketName.parse(f"{'a' * 21}-1250000000"), "ap-beijing")

    with pytest.raises(NameProblem, match="has 61 characters; expected at most 60"):
        names.check_room(BucketName.parse(f"{'a' * 22}-1250000000"), "ap-beijing")


@given(st.text())
def test_quoted_text_is_one_short_printable_line(text):
    """Control characters, backticks and length of a user's text do not reach the terminal."""
    shown = names.quoted(text)

    assert shown.isprintable()
    assert shown.count("`") == 2
    assert len(names.quoted("x" * 1000)) == 62


def test_the_examples_hold():
    """The docstrings' examples are the vendor's own."""
    assert doctest.testmod(names).attempted >= 2
    assert doctest.testmod(names).failed == 0

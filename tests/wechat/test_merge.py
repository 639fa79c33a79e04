"""What to put into the console's boxes."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.wechat import merge
from cosaudit.wechat.entries import dead_by_syntax, match, parse_entry, split_entries
from cosaudit.wechat.merge import Box, plan, wechat_api

BUCKET = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
ELSEWHERE = "https://media-1250000000.cos.ap-shanghai.myqcloud.com"


def test_a_box_keeps_what_is_there_adds_what_is_missing_and_drops_what_is_dead():
    """The example of the page on outputs: one entry replaced, all else kept in its order."""
    box = plan(
        "uploadFile",
        [BUCKET],
        ["https://z.example.com", ELSEWHERE, "https://a.example.com"],
        {ELSEWHERE: "the bucket is in ap-guangzhou"},
    )

    assert box == Box(
        "uploadFile",
        (BUCKET,),
        ((ELSEWHERE, "the bucket is in ap-guangzhou"),),
        ("https://z.example.com", "https://a.example.com"),
        f"https://z.example.com;https://a.example.com;{BUCKET}",
        True,
    )
    assert box.size == 3


def test_an_unknown_list_is_only_added_to():
    """Without the list, the line holds what is needed, sorted, and says that it is no whole box."""
    box = plan("request", [BUCKET, "https://a.example.com", BUCKET], None, {})

    assert (box.line, box.known, box.keep) == (f"https://a.example.com;{BUCKET}", False, ())


def test_an_empty_list_is_known():
    """A list that was found empty is replaced by a whole box."""
    assert plan("request", [BUCKET], [], {}).known


@pytest.mark.parametrize(
    ("have", "add"),
    [
        ([BUCKET], ()),
        ([BUCKET.removeprefix("https://")], ()),
        ([f"{BUCKET}/"], (BUCKET,)),
        ([f"{BUCKET}:443"], (BUCKET,)),
        ([BUCKET.replace("https", "http")], (BUCKET,)),
        ([f"{BUCKET};https://a.example.com"], ()),
    ],
)
def test_only_an_entry_that_surely_matches_counts_as_present(have: list[str], add: tuple[str, ...]):
    """A spelling that may not count is kept, and the plain entry added beside it."""
    assert plan("request", [BUCKET], have, {}).add == add


def test_what_is_needed_is_never_dead():
    """A wrong proof cannot remove an entry that a request needs, nor one of the same origin."""
    bare = BUCKET.removeprefix("https://")
    box = plan("request", [BUCKET], [bare, BUCKET], {bare: "wrong", BUCKET: "wrong"})

    assert (box.dead, box.keep) == ((), (bare, BUCKET))
    odd = "http://a.example.com"
    assert plan("request", [odd], [odd], dead_by_syntax([odd])).line == odd


def test_a_dead_text_of_several_entries_kills_none_of_them():
    """Entries joined by a separator are judged one by one."""
    joined = "https://a.example.com;http://b.example.com"
    box = plan("request", [], [joined], {joined: "several", **dead_by_syntax([joined])})

    assert box.line == "https://a.example.com"
    assert [entry for entry, _ in box.dead] == ["http://b.example.com"]


TEXTS = st.one_of(
    st.sampled_from(
        [
            BUCKET,
            f"{BUCKET}/",
            BUCKET.removeprefix("https://"),
            ELSEWHERE,
            "http://a.example.com",
            "https://*.example.com",
            "https://a.example.com;https://b.example.com",
            "https://c.example.com:8080",
            " https://d.example.com ",
            ";",
        ]
    ),
    st.text(max_size=12),
)
NEEDED = st.lists(
    st.sampled_from([BUCKET, ELSEWHERE, "https://a.example.com", "https://c.example.com:8080"]), max_size=4
)


@given(
    NEEDED,
    st.one_of(st.none(), st.lists(TEXTS, max_size=6)),
    st.dictionaries(TEXTS, st.just("dead"), max_size=3),
)
def test_nothing_is_lost_nothing_repeated_and_doing_it_twice_changes_nothing(
    needed: list[str], have: list[str] | None, dead: dict[str, str]
):
    """Every entry that is not dead stays, every needed origin passes, no entry holds a separator."""
    box = plan("request", needed, have, dead)
    entries = box.line.split(";") if box.line else []

    assert len(entries) == len(set(entries)) == box.size
    assert all(split_entries(entry) == (entry,) for entry in entries)
    dropped = {entry for entry, _ in box.dead}
    assert dropped <= set(dead) | {piece for text in dead for piece in split_entries(text)}
    for text in have or []:
        for piece in split_entries(text):
            assert (piece in entries) is not (piece in dropped)
    for entry in needed:
        assert match(entries, f"{entry}/x").outcome.value == "pass"
    again = plan("request", needed, entries, dead)
    assert again.line == box.line
    assert again.add == ()


@given(st.lists(TEXTS, max_size=6))
def test_entries_that_can_never_match_leave_the_box(have: list[str]):
    """With the dead of entries.py, only entries stay that may match."""
    box = plan("request", [], have, dead_by_syntax(have))

    assert not any(parse_entry(entry).never for entry in box.keep)
    assert all(reason for _, reason in box.dead)


def test_the_platform_is_asked_to_add_and_to_delete_but_never_to_set():
    """`set` replaces lists that are not known here."""
    boxes = [
        plan("request", [BUCKET], ["https://a.example.com"], {}),
        plan("uploadFile", [BUCKET], [ELSEWHERE], {ELSEWHERE: "another region"}),
        plan("downloadFile", [], None, {}),
    ]

    assert wechat_api(boxes) == [
        {"action": "add", "requestdomain": [BUCKET], "uploaddomain": [BUCKET], "downloaddomain": []},
        {"action": "delete", "requestdomain": [], "uploaddomain": [ELSEWHERE], "downloaddomain": []},
    ]


def test_a_call_that_would_change_nothing_is_not_made():
    """An empty body is left out: the platform answers 85017 to it."""
    box = plan("request", [BUCKET], [BUCKET], {})

    assert wechat_api([box]) == []
    assert [body["action"] for body in wechat_api([plan("request", [BUCKET], [], {})])] == ["add"]


def test_the_examples_in_the_module_run_as_shown():
    """Each docstring example gives what it says."""
    assert doctest.testmod(merge).attempted >= 2
    assert doctest.testmod(merge).failed == 0

"""The response gate: may every page read the answer, and the headers that the SDK cannot go on without?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gates.pages import PAGES as EVERY
from gates.pages import SDK, WORLD, Rule, Seen, calls, possible, rules, run, sent, together
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cosaudit.cos.cors import actual
from cosaudit.data import fact
from cosaudit.model import Outcome
from cosaudit.web.fetch import can_read, judge_response

if TYPE_CHECKING:
    from pathlib import Path

    from cosaudit.model import Request

FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
PAGE = ["https://www.example.com"]
PARTS = {"sdk": SDK, "operation": "sliceUploadFile"}
WIDE: Rule = {"origins": ["*"], "methods": ["PUT", "POST", "GET", "HEAD", "DELETE"], "headers": ["*"]}


def outcome(request: Request, seen: Seen) -> Outcome:
    """What a page reads: the answer at all, and of a part that the SDK has sent its ETag."""
    answer = actual(seen.cors, seen.request.origin, seen.request.method)
    found = set()
    for one in answer.possible or (answer,):
        read = judge_response(seen.request, one).outcome is Outcome.PASS
        assert request.shape is not None
        if request.shape.action == "name/cos:UploadPart" and request.client.sdk.version:
            read = read and can_read(seen.request, one, "ETag") is True
        found.add(Outcome.PASS if read else Outcome.BLOCKED)
    return found.pop() if len(found) == 1 else Outcome.UNKNOWN


def outcomes(request: Request, pages: tuple[str, ...]) -> dict[str, list[Outcome]]:
    """Page → its outcome; the values of request headers do not matter here."""
    return {page: [outcome(request, seen) for seen in possible(request, page)] for page in pages}


@FOLDER
@given(rules, calls, st.lists(st.sampled_from(EVERY), min_size=1, max_size=3, unique=True))
def test_an_answer_passes_exactly_where_every_page_reads_what_is_needed(
    tmp_path: Path, given_rules: list[Rule], call: dict[str, Any], pages: list[str]
) -> None:
    """Blocked where one page cannot, unknown where COS's answer to one is; every request of the call."""
    rows = sent(run(tmp_path, given_rules, call, pages))
    assert rows
    for one in rows:
        own = tuple(
            [page for page in pages if one.request.page in (None, "http:" if page[:5] == "http:" else "https:")]
        )
        verdict = one.at("response")
        assert verdict.outcome is together(outcomes(one.request, own)), (one.request.shape, verdict)
        if verdict.outcome is Outcome.UNKNOWN:
            assert verdict.settle is not None and fact(verdict.settle.fact or "").confidence == "low"


@FOLDER
@given(rules, calls)
def test_without_described_pages_a_verdict_holds_for_every_page_there_is(
    tmp_path: Path, given_rules: list[Rule], call: dict[str, Any]
) -> None:
    """A rule above the one with `*` may decide for some page, so it must expose what is needed too."""
    for one in sent(run(tmp_path, given_rules, call, None)):
        verdict = one.at("response")
        found = {each for some in outcomes(one.request, WORLD).values() for each in some}
        if verdict.outcome is Outcome.UNKNOWN:
            assert found != {Outcome.PASS}
            assert verdict.settle is not None and verdict.settle.describe == "clients[0].origins"
        else:
            assert found == {verdict.outcome}


def etag(folder: Path, given_rules: list[Rule], pages: list[str] | None) -> tuple[str, str, str]:
    """(outcome, code, reason) of reading the ETag of a part."""
    found = {
        (one.at("response").outcome.value, one.at("response").code, one.at("response").reason)
        for one in sent(run(folder, given_rules, PARTS, pages))
        if one.request.shape is not None and one.request.shape.action == "name/cos:UploadPart"
    }
    (row,) = found
    return row


@pytest.mark.parametrize(
    ("expose", "outcome", "code"),
    [
        ([["ETag"]], "pass", "readable"),
        ([["etag", "Date"]], "pass", "readable"),
        ([[]], "blocked", "header-not-exposed"),
        ([["Content-Length"]], "blocked", "header-not-exposed"),
        ([["*"]], "unknown", "unsure"),  # COS documents no wildcard there
        ([["*", "ETag"]], "pass", "readable"),
        ([[], ["ETag"]], "blocked", "header-not-exposed"),  # the first rule decides
        ([["ETag"], []], "pass", "readable"),
    ],
)
def test_a_part_needs_its_etag(expose: list[list[str]], outcome: str, code: str, tmp_path: Path) -> None:
    """Its name in any letter case; that of the rule that decides, and of no other."""
    given_rules = [{**WIDE, "expose": names} for names in expose]
    found = etag(tmp_path, given_rules, PAGE)
    assert found[:2] == (outcome, code)
    if code == "header-not-exposed":
        assert "`ETag`" in found[2] and "CORS rule 1" in found[2]
    # and whichever page it is
    assert etag(tmp_path, given_rules, None)[0] == outcome


def test_a_rule_for_one_page_decides_for_that_page_only(tmp_path: Path) -> None:
    """The first rule is for one page and does not expose the ETag; the pages are not described: unknown."""
    given_rules = [{**WIDE, "origins": ["https://a.example.com"]}, {**WIDE, "expose": ["ETag"]}]
    assert etag(tmp_path, given_rules, PAGE)[0] == "pass"
    assert etag(tmp_path, given_rules, ["https://a.example.com"])[0] == "blocked"
    assert etag(tmp_path, given_rules, None)[:2] == ("unknown", "origins-unknown")


def test_only_parts_need_the_etag(tmp_path: Path) -> None:
    """Every other request of an upload goes on without it."""
    for one in sent(run(tmp_path, [WIDE], {**PARTS, "operation": "uploadFile"}, PAGE)):
        assert one.request.shape is not None
        blocked = one.request.shape.action == "name/cos:UploadPart"
        assert one.at("response").outcome is (Outcome.BLOCKED if blocked else Outcome.PASS)


def test_a_request_that_no_rule_allows_is_served_and_cannot_be_read(tmp_path: Path) -> None:
    """A plain form goes out without asking; the page never learns what became of it."""
    (one,) = sent(run(tmp_path, [], {"sdk": "none", "operation": "postObject"}, PAGE))
    assert one.at("preflight").outcome is Outcome.PASS
    assert (one.at("response").outcome, one.at("response").code) == (Outcome.BLOCKED, "answer-unreadable")


def test_request_headers_do_not_count_for_the_answer(tmp_path: Path) -> None:
    """The preflight is refused; were the request sent all the same, its answer could be read."""
    call = {"sdk": "none", "operation": "putObject", "content_type": "image/jpeg"}
    (one,) = sent(run(tmp_path, [{**WIDE, "headers": []}], call, PAGE))
    assert one.at("preflight").outcome is Outcome.BLOCKED
    assert one.at("response").outcome is Outcome.PASS

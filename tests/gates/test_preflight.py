"""The preflight gate: a verdict for all pages of a client, whatever it is that nobody knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gates.pages import BACKUP, HOST, SDK, WORLD, Rule, Seen, calls, possible, rules, run, sent, together
from gates.pages import PAGES as EVERY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cosaudit.cos.cors import preflight
from cosaudit.data import fact
from cosaudit.model import Outcome, Target
from cosaudit.web.fetch import judge_preflight, unsafe_names

if TYPE_CHECKING:
    from pathlib import Path

    from cosaudit.model import Request

FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
PAGE = ["https://www.example.com"]
PUT = {"sdk": "none", "operation": "putObject", "content_type": "image/jpeg"}
WIDE: Rule = {"origins": ["*"], "methods": ["PUT", "POST", "GET", "HEAD", "DELETE"], "headers": ["*"]}


def outcome(seen: Seen) -> Outcome:
    """What the browser makes of what COS answers, where every value is known."""
    names = unsafe_names(seen.request.headers)
    assert not names.maybe
    answer = preflight(seen.cors, seen.request.origin, seen.request.method, names.sure)
    return judge_preflight(seen.request, answer).outcome


def outcomes(request: Request, pages: tuple[str, ...]) -> dict[str, list[Outcome]]:
    """Page → the outcomes for all that may be so."""
    return {page: [outcome(seen) for seen in possible(request, page)] for page in pages}


# -- every page --------------------------------------------------------------------------------------------------------


@FOLDER
@given(rules, calls, st.lists(st.sampled_from(EVERY), min_size=1, max_size=3, unique=True))
def test_a_request_passes_exactly_where_the_browser_takes_what_cos_answers_to_each_page(
    tmp_path: Path, given_rules: list[Rule], call: dict[str, Any], pages: list[str]
) -> None:
    """Blocked where a page is stopped whatever the unknown values are; passed where every page passes with all of
    them; unknown in between. Every request counts: retries, the backup host, parts."""
    rows = sent(run(tmp_path, given_rules, call, pages))
    assert rows
    for one in rows:
        own = tuple(
            [page for page in pages if one.request.page in (None, "http:" if page[:5] == "http:" else "https:")]
        )
        verdict = one.at("preflight")
        assert verdict.outcome is together(outcomes(one.request, own)), (one.request.shape, verdict)
        if verdict.outcome is Outcome.UNKNOWN:
            assert verdict.settle is not None
            if verdict.settle.describe is None:
                assert fact(verdict.settle.fact or "").confidence == "low"


@FOLDER
@given(rules, calls)
def test_without_described_pages_a_verdict_holds_for_every_page_there_is(
    tmp_path: Path, given_rules: list[Rule], call: dict[str, Any]
) -> None:
    """Sure only where it is the same for all; unknown asks for `origins`."""
    for one in sent(run(tmp_path, given_rules, call, None)):
        verdict = one.at("preflight")
        found = {each for some in outcomes(one.request, WORLD).values() for each in some}
        if verdict.outcome is Outcome.UNKNOWN:
            assert found not in ({Outcome.PASS}, {Outcome.BLOCKED})
            assert verdict.settle is not None and verdict.settle.describe == "clients[0].origins"
        else:
            assert found == {verdict.outcome}


def test_the_retry_alone_is_refused_and_on_the_backup_host_too(tmp_path: Path) -> None:
    """A rule that names all headers but x-cos-sdk-retry lets the first attempt through, and no other."""
    named = ["authorization", "cache-control", "content-md5", "content-type", "x-cos-security-token"]
    rule = {**WIDE, "headers": named, "expose": ["ETag"]}
    rows = sent(run(tmp_path, [rule], {"sdk": SDK, "operation": "uploadFile"}, ["https://www.example.com"]))
    for one in rows:
        shape, verdict = one.request.shape, one.at("preflight")
        assert shape is not None
        blocked = "x-cos-sdk-retry" in shape.headers
        assert verdict.outcome is (Outcome.BLOCKED if blocked else Outcome.PASS)
        assert not blocked or (verdict.code == "header-not-allowed" and "x-cos-sdk-retry" in verdict.reason)
    prefixes = {one.request.prefix for one in rows if one.at("preflight").outcome is Outcome.BLOCKED}
    assert prefixes == {HOST, BACKUP}
    assert {one.request.shape.target for one in rows if one.request.shape} == {Target.BUCKET, Target.BACKUP}


def test_pages_over_http_and_https_are_judged_by_what_each_sends(tmp_path: Path) -> None:
    """The SDK sends to http from pages over http: two sets of requests, each asked from its own pages only."""
    rule = {**WIDE, "origins": ["https://www.example.com"]}
    call = {"sdk": SDK, "operation": "putObject"}
    pages = ["https://www.example.com", "http://www.example.com"]
    found = {
        (one.request.prefix or "").partition("://")[0]: one.at("preflight").outcome
        for one in sent(run(tmp_path, [rule], call, pages))
    }
    assert found == {"https": Outcome.PASS, "http": Outcome.BLOCKED}


# -- single cases ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_rules", "call", "pages", "outcome", "code"),
    [
        ([], PUT, PAGE, "blocked", "no-rules"),
        ([WIDE], PUT, PAGE, "pass", "preflight-passed"),
        ([WIDE], PUT, ["null"], "pass", "preflight-passed"),
        ([{**WIDE, "methods": ["GET"]}], PUT, PAGE, "blocked", "method-not-allowed"),
        ([{**WIDE, "headers": ["range"]}], PUT, PAGE, "blocked", "header-not-allowed"),
        ([{**WIDE, "origins": ["https://www.example.com/"]}], PUT, PAGE, "blocked", "origin-not-allowed"),
        ([{**WIDE, "origins": ["null"]}], PUT, ["null"], "unknown", "unsure"),
        ([{**WIDE, "headers": ["x-cos-*", "a*", "c*"]}], PUT, PAGE, "unknown", "unsure"),
        ([], {"sdk": "none", "operation": "postObject"}, PAGE, "pass", "no-preflight"),
        ([], {"sdk": "none", "operation": "downloadFile"}, PAGE, "pass", "no-preflight"),
        ([], PUT, None, "blocked", "no-rules"),
        ([WIDE], PUT, None, "pass", "preflight-passed"),
        ([{**WIDE, "origins": ["https://*"]}], PUT, None, "unknown", "origins-unknown"),
        ([{**WIDE, "methods": ["GET"], "origins": ["https://*"]}], PUT, None, "blocked", "method-not-allowed"),
    ],
)  # fmt: skip
def test_a_case_has_its_code(
    given_rules: list[Rule], call: dict[str, Any], pages: list[str] | None, outcome: str, code: str, tmp_path: Path
) -> None:
    """Rules and reports go by these codes."""
    (one,) = sent(run(tmp_path, given_rules, call, pages))
    verdict = one.at("preflight")
    assert (verdict.outcome.value, verdict.code) == (outcome, code)
    assert "any-page.invalid" not in verdict.reason


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ({"sdk": "none", "operation": "putObject"}, "uploads[0].content_type"),
        ({"sdk": "none", "operation": "getObject", "sends": ["range"]}, "uploads[0].headers"),
        ({**PUT, "operation": "getObject", "sends": ["range"]}, "uploads[0].headers"),
    ],
)  # fmt: skip
def test_a_value_that_nobody_told_is_asked_for_by_its_field(call: dict[str, Any], field: str, tmp_path: Path) -> None:
    """Only where it decides: a rule with `*` passes whatever the value is."""
    narrow = {**WIDE, "headers": ["authorization", "x-cos-security-token"]}
    (one,) = sent(run(tmp_path, [narrow], call, ["https://www.example.com"]))
    verdict = one.at("preflight")
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.settle is not None and verdict.settle.describe == field
    (one,) = sent(run(tmp_path, [WIDE], call, ["https://www.example.com"]))
    assert one.at("preflight").outcome is Outcome.PASS


def test_a_page_of_the_buckets_own_domain_asks_nobody(tmp_path: Path) -> None:
    """The same origin: no preflight, and the answer is the page's own. From another page it is asked for."""
    call = {**PUT, "client": {"url": "https://files.example.com"}}
    for pages, expected in ((["https://files.example.com"], "pass"), (["https://www.example.com"], "blocked")):
        (one,) = sent(run(tmp_path, [], call, pages))
        assert {one.at(gate).outcome.value for gate in ("preflight", "response")} == {expected}


def test_what_a_cdn_domain_answers_is_no_affair_of_the_buckets_rules(tmp_path: Path) -> None:
    """Unknown by a fact, at both gates."""
    call = {"sdk": "none", "operation": "getObject", "client": {"url": "https://media-1250000000.file.myqcloud.com"}}
    (one,) = sent(run(tmp_path, [WIDE], call, ["https://www.example.com"]))
    for gate in ("preflight", "response"):
        verdict = one.at(gate)
        assert (verdict.outcome, verdict.code) == (Outcome.UNKNOWN, "cdn")
        assert verdict.settle is not None and fact(verdict.settle.fact or "").confidence == "low"


def test_a_verdict_says_which_page_is_stopped(tmp_path: Path) -> None:
    """Of two pages the second one: its name stands in the reason, and the rule that comes nearest."""
    rule = {**WIDE, "origins": ["https://www.example.com"]}
    other = {**WIDE, "origins": ["https://m.example.com"], "headers": ["authorization"]}
    (one,) = sent(run(tmp_path, [rule, other], PUT, ["https://www.example.com", "https://m.example.com"]))
    verdict = one.at("preflight")
    assert verdict.code == "header-not-allowed"
    assert "https://m.example.com" in verdict.reason and "CORS rule 2" in verdict.reason and "403" in verdict.reason


def test_a_mini_program_is_not_asked(tmp_path: Path) -> None:
    """CORS is an affair of browsers."""
    call = {"sdk": "none", "operation": "putObject", "client": {"platform": "wechat-miniprogram"}}
    (one,) = sent(run(tmp_path, [], call, None))
    for gate in ("preflight", "response"):
        assert (one.at(gate).outcome, one.at(gate).code) == (Outcome.NOT_APPLICABLE, "no-browser")

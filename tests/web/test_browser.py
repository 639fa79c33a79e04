"""A real browser is the judge of CORS: headless Chromium sends requests, and our side of COS answers them.

Each request goes out from a page of one origin to a server of another. What `web.fetch` says of the answers must be
what the browser does: whether it asks first and for what, whether it sends the request, whether the page gets the
answer, and which headers of it the page can read.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote

import pytest
from oracles.browser import cases, driver
from oracles.browser.cases import PAGES, Case
from oracles.browser.server import Exchange, Servers
from oracles.browser.sites import RESOURCE, SCRIPT, Bucket, Site, Upload, is_preflight, requested

from cosaudit import data
from cosaudit.config.load import load
from cosaudit.cos.cors import Cors, CorsRule
from cosaudit.gates import preflight
from cosaudit.model import Outcome
from cosaudit.run import Judged, Run
from cosaudit.web import fetch
from cosaudit.web.fetch import Response, WebRequest


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """The servers behind every host."""
    with Servers() as started:
        yield started


@pytest.fixture(scope="module")
def browser(servers: Servers) -> Iterator[driver.Browser]:
    """The browser as people have it."""
    yield from started(servers)


@pytest.fixture(scope="module")
def strict(servers: Servers) -> Iterator[driver.Browser]:
    """One that keeps to the rule that `*` does not cover Authorization, which Chromium has but leaves off."""
    yield from started(servers, "CorsNonWildcardRequestHeadersSupport")


def started(servers: Servers, *features: str) -> Iterator[driver.Browser]:
    """A browser; without one a failure where it is required, as in CI, else a skip."""
    missing = driver.missing()
    if missing is not None:
        if os.environ.get("COSAUDIT_BROWSER") == "required":
            pytest.fail(missing)
        pytest.skip(f"{missing}; COSAUDIT_BROWSER=required makes this a failure")
    with driver.Browser(servers.plain.server_port, servers.secure.server_port, features) as running:
        yield running


# -- what we expect and what was seen ----------------------------------------------------------------------------------


class Leg(NamedTuple):
    """What one address got: the preflights as (origin, method, names), and the method of the request itself."""

    preflights: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    actual: tuple[str, ...] = ()


class Course(NamedTuple):
    """How a request went: at each address, and what the page got; `read` None where it got nothing."""

    legs: tuple[Leg, ...]
    read: frozenset[str] | None


class Expected(NamedTuple):
    """What cosaudit says of a case, and the codes of its verdicts."""

    course: Course
    codes: tuple[str, ...]


def expected(case: Case) -> Expected:
    """What cosaudit says, step by step through redirects."""
    request, codes = case.request, []
    if fetch.is_forbidden_method(request.method):
        return Expected(Course((Leg(),), None), ("forbidden-method",))
    legs = [Leg() for _ in case.answers]
    for number, answers in enumerate(case.answers):
        method = fetch.normalize_method(request.method)
        needed = fetch.needs_preflight(request).needed
        names = fetch.unsafe_names(request.headers).sure
        asked = ((request.origin, method, names),) if needed else ()
        allowed = answers.preflight(request.origin, method, names)
        first = fetch.judge_preflight(request, allowed)
        codes.append(first.code)
        if first.outcome is not Outcome.PASS:
            legs[number] = Leg(asked)
            break
        legs[number] = Leg(asked if case.times == 1 else asked * asked_times(case, allowed), (method,) * case.times)
        answer = answers.actual(request.origin, method)
        second = fetch.judge_response(request, answer)
        codes.append(second.code)
        if second.outcome is not Outcome.PASS:
            break
        location = dict(answer.headers).get("Location")
        if location is None:
            return Expected(Course(tuple(legs), readable(request, answer)), tuple(codes))
        assert answer.status is not None
        then = fetch.after_redirect(request, answer.status, location)
        if not isinstance(then, WebRequest):
            codes.append(then.code)
            break
        request = then
    return Expected(Course(tuple(legs), None), tuple(codes))


def asked_times(case: Case, answer: Response) -> int:
    """How often a browser asks that sends a request several times at once."""
    return 1 if fetch.preflight_kept(answer.headers, "chromium") else case.times


def readable(request: WebRequest, answer: Response) -> frozenset[str]:
    """The names of the headers of an answer that the page reads."""
    names = [name for name, _ in (*RESOURCE, *answer.headers)] + ["Content-Length"]
    shown = {name.lower(): fetch.can_read(request, answer, name) for name in names}
    assert None not in shown.values()
    return frozenset([name for name, value in shown.items() if value])


def run(browser: driver.Browser, servers: Servers, asked: list[Case]) -> list[Course]:
    """What the browser does, case by case; each page is loaded once."""
    site = Site(asked)
    servers.serve(site)
    by_page: dict[str, list[Case]] = defaultdict(list)
    for case in asked:
        by_page[case.page].append(case)
    results: dict[str, Any] = {}
    for url, group in by_page.items():
        assert open_page(browser, url) == PAGES[url]
        sent = browser.call("sendAll", [case.given() for case in group])
        results.update({case.name: result for case, result in zip(group, sent, strict=True)})
    assert not servers.errors
    return [seen(site, case, results[case.name]) for case in asked]


def open_page(browser: driver.Browser, url: str) -> str:
    """The origin of a page after it is loaded."""
    return browser.open(f"data:text/html,<script>{quote(SCRIPT)}</script>" if url == "data:" else url)


def seen(site: Site, case: Case, result: dict[str, Any]) -> Course:
    """What server and page saw of one case."""
    legs = []
    for leg in range(len(case.answers)):
        exchanges = site.seen[f"/c/{case.name}/{leg}"]
        preflights = [
            (one.headers["origin"], one.headers["access-control-request-method"], requested(one))
            for one in exchanges
            if is_preflight(one)
        ]
        legs.append(Leg(tuple(preflights), tuple([one.method for one in exchanges if not is_preflight(one)])))
    return Course(tuple(legs), None if "error" in result else frozenset(result["names"]))


def differences(asked: list[Case], found: list[Course]) -> list[str]:
    """Where the browser does something else than we say, in words."""
    told = []
    for case, course in zip(asked, found, strict=True):
        ours = expected(case)
        if ours.course != course:
            told.append(f"{case}\n  ours:    {ours}\n  browser: {course}")
    return told


# -- the tests ---------------------------------------------------------------------------------------------------------


def compare(browser: driver.Browser, servers: Servers, asked: list[Case], record_property: Any) -> list[Course]:
    """Compare all of them, and say how many they were."""
    found = run(browser, servers, asked)
    told = differences(asked, found)
    assert not told, f"{len(told)} of {len(asked)} differ:\n" + "\n".join(told[:5])
    record_property("compared headless Chromium", len(asked))
    return found


def test_cos_rules_let_through_in_the_browser_what_we_say(
    browser: driver.Browser, servers: Servers, record_property: Any
) -> None:
    """Requests of web pages to a server that answers as COS by generated rules."""
    groups = list(cases.cos_cases(seed=5, groups=700))
    asked = [case for group in groups for case in group]
    found = compare(browser, servers, asked, record_property)
    by_name = {case.name: course for case, course in zip(asked, found, strict=True)}
    codes = set()
    for group in groups:
        codes |= agrees([(case, by_name[case.name]) for case in group])
    through = sum(course.read is not None for course in found)
    assert 200 <= through <= len(found) - 200
    assert codes == {"allowed", "no-rules", "origin-not-allowed", "method-not-allowed", "header-not-allowed", "unsure"}


def agrees(group: list[tuple[Case, Course]]) -> set[str]:
    """One request with every answer that COS may give: what we say without knowing which, against all that happened.

    What passes, passes for each of them; what is blocked, for none; what is unknown goes either way. The codes of what
    COS answers are returned.
    """
    case, _ = group[0]
    cors = case.answers[0].cors
    assert cors is not None
    asked, answered = cases.ask_cos(cors, case.request)
    sent = {bool(course.legs[0].actual) for _, course in group}
    assert fetch.judge_preflight(case.request, asked).outcome is outcome(sent), case
    if True in sent:
        got = {course.read is not None for _, course in group if course.legs[0].actual}
        assert fetch.judge_response(case.request, answered).outcome is outcome(got), case
    if sent == {True} == got:
        for name in {name.lower() for name, _ in RESOURCE}:
            shown = {name in course.read for _, course in group if course.read is not None}
            assert fetch.can_read(case.request, answered, name) is (shown == {True} if len(shown) == 1 else None), case
    return {asked.code, answered.code}


def outcome(happened: set[bool]) -> Outcome:
    """The verdict that what happened asks for."""
    return {(True,): Outcome.PASS, (False,): Outcome.BLOCKED}.get(tuple(happened), Outcome.UNKNOWN)


def test_any_answer_is_taken_by_the_browser_as_we_say(
    strict: driver.Browser, servers: Servers, record_property: Any
) -> None:
    """Answers that COS never gives too: other statuses, lists, wildcards, spellings, headers that stand twice."""
    asked = cases.free_cases(seed=6, number=1200)
    found = compare(strict, servers, asked, record_property)
    assert 200 <= sum(course.read is not None for course in found) <= len(found) - 200
    codes = {code for case in asked for code in expected(case).codes}
    assert codes >= {
        "no-preflight", "preflight-passed", "preflight-status", "list-malformed", "method-not-allowed",
        "header-not-allowed", "authorization-not-listed", "no-allow-origin", "origin-differs", "same-origin",
        "wildcard-with-credentials", "credentials-not-allowed", "origin-allowed",
    }  # fmt: skip


def test_the_browser_asks_first_where_we_say(browser: driver.Browser, servers: Servers, record_property: Any) -> None:
    """Values at the limits of what needs no asking, forbidden names, methods, bodies, listeners, other ports."""
    compare(browser, servers, cases.limit_cases(), record_property)


def test_the_browser_follows_redirects_as_we_say(
    strict: driver.Browser, servers: Servers, record_property: Any
) -> None:
    """The second request, its origin and its headers; where the browser gives up."""
    asked = cases.redirect_cases(seed=7, number=300)
    found = compare(strict, servers, asked, record_property)
    assert sum(bool(course.legs[1].actual) for course in found) >= 50
    codes = {code for case in asked for code in expected(case).codes}
    assert codes >= {"redirect-scheme", "redirect-credentials"}


def test_the_browser_keeps_the_answer_to_a_preflight_as_we_say(
    browser: driver.Browser, servers: Servers, record_property: Any
) -> None:
    """Whether a request that is sent again at once is asked for again."""
    compare(browser, servers, cases.kept_cases(), record_property)


def test_chromium_leaves_the_standard_only_where_we_know(
    browser: driver.Browser, servers: Servers, record_property: Any
) -> None:
    """Each deviation is still there: when one is gone, Chromium keeps to the standard, and it goes from the list."""
    known = cases.deviations()
    found = run(browser, servers, [one.case for one in known])
    for one, course in zip(known, found, strict=True):
        assert course == expected(one.like).course, one.what
        assert course != expected(one.case).course, f"no longer so: {one.what}"
    record_property("compared headless Chromium", len(known))


# -- the official SDK --------------------------------------------------------------------------------------------------

CONFIG = """
version: 1
buckets: [{{name: {bucket}, region: ap-guangzhou, cors: {{rules: {rules}}}}}]
clients: [{{name: page, platform: web, sdk: cos-js-sdk-v5@{version}, origins: ["{origin}"]}}]
uploads:
  - {{name: a, client: page, bucket: {bucket}, operation: uploadFile, key: "{name}/1.jpg", min_size: {size},
     max_size: {size}, content_type: image/jpeg}}
"""
SIZES = (1000, 2 * 1024 * 1024 + 5)
#: Older ones that pages still load: with the retry header, without it, without the backup host.
OLDER = ("1.8.7", "1.7.1", "1.2.20")


@cache
def recorder() -> ModuleType:
    """The recorder of the SDK, which knows how to get a published version."""
    path = Path(driver.__file__).parents[1] / "js_sdk" / "record.py"
    spec = importlib.util.spec_from_file_location("js_sdk_record", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bucket_rules(asked: list[WebRequest]) -> dict[str, CorsRule]:
    """CORS rules by what is wrong with them, of one bucket each. `asked`: all that the SDK may send."""
    names = sorted({name for request in asked for name in fetch.unsafe_names(request.headers).sure})
    right = CorsRule(None, (PAGES[cases.PAGE],), ("GET", "POST", "PUT"), tuple(names), ("ETag",), 0)
    changed = {
        "nothing": right,
        "nothing, by wildcards": right._replace(origins=("https://*.example.com",), headers=("*",)),
        "the origin": right._replace(origins=("https://example.com",)),
        "the scheme": right._replace(origins=("http://www.example.com",)),
        "ETag is not exposed": right._replace(expose=("x-cos-request-id",)),
    }
    for method in right.methods:
        changed[f"no {method}"] = right._replace(methods=tuple([one for one in right.methods if one != method]))
    for name in names:
        changed[f"no {name}"] = right._replace(headers=tuple([one for one in names if one != name]))
    return changed


def configured(version: str, upload: Upload, folder: Path) -> list[Judged]:
    """The requests of an upload with their verdicts, as `cosaudit check` comes to them."""
    (rule,) = upload.cors.rules
    rules = [{"origins": rule.origins, "methods": rule.methods, "headers": rule.headers, "expose": rule.expose}]
    text = CONFIG.format(
        bucket=cases.BUCKET, rules=json.dumps([{**rules[0], "max_age": rule.max_age}]), version=version,
        origin=PAGES[cases.PAGE], name=upload.name, size=upload.size,
    )  # fmt: skip
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return list(Run(load(str(path))).judged)


#: What tells the requests of an upload apart: origin, method, is it the key's, names in the query, headers asked for.
Sent = tuple[str, str, bool, tuple[str, ...], tuple[str, ...]]


def said(row: Judged) -> Sent:
    """A request as we derive it."""
    shape = row.request.shape
    assert shape is not None
    names = fetch.unsafe_names(preflight.headers(row.request)).sure
    return str(row.request.prefix), shape.method, shape.keyed, tuple(sorted(shape.query)), names


def sent(exchange: Exchange, method: str, names: tuple[str, ...]) -> Sent:
    """A request as it came over the wire."""
    query = tuple(sorted(parse_qs(exchange.query, keep_blank_values=True)))
    return f"{exchange.scheme}://{exchange.host}", method, exchange.path != "/", query, names


@pytest.mark.online
def test_the_official_sdk_uploads_exactly_where_we_say(
    browser: driver.Browser, servers: Servers, tmp_path: Path, record_property: Any
) -> None:
    """A small file and one of several parts, under rules that are right or lack one thing, on good and bad networks."""
    published = recorder().RECORDER
    newest = published.versions()[-1]
    ends: dict[str, set[bool]] = defaultdict(set)
    compared = 0
    for version in (newest, *OLDER):
        package = published.fetch(version, tmp_path)
        scripts = {f"/sdk/{version}.js": published.main_of(package).read_bytes()}
        uploads = list(uploads_of(version, tmp_path))
        site = Bucket([upload for _, upload in uploads], scripts)
        servers.serve(site)
        assert browser.open(f"{cases.PAGE}sdk/{version}") == PAGES[cases.PAGE]
        given = [
            {"bucket": cases.BUCKET, "region": "ap-guangzhou", "key": f"{one.name}/1.jpg", "size": one.size}
            for _, one in uploads
        ]
        done = browser.call("uploadAll", given)
        assert not servers.errors
        for (wrong, upload), ended in zip(uploads, done, strict=True):
            agree(version, upload, site, ended, tmp_path)
            ends[wrong].add(ended)
        compared += len(uploads)
        backup = {one.name for _, one in uploads if any(".tencentcos.cn" in seen.host for seen in site.seen[one.name])}
        moved = {one.fault for wrong, one in uploads if wrong == "nothing" and one.name in backup}
        assert moved == ({"network"} if has_backup(version) else set()), version
    assert ends.pop("nothing") == ends.pop("nothing, by wildcards") == {True}
    assert all(False in found for found in ends.values()), ends
    assert ends["no x-cos-sdk-retry"] == ends["ETag is not exposed"] == {True, False}
    record_property("compared cos-js-sdk-v5 in Chromium", compared)


def uploads_of(version: str, folder: Path) -> Iterator[tuple[str, Upload]]:
    """What is wrong with the rules, and an upload under them, for each size and fault that a version gets over."""
    faults = (None, "503", "network") if has_backup(version) else (None, "503")
    number = itertools.count()
    for size in SIZES:
        any_rule = CorsRule(None, ("*",), ("GET",), max_age=0)
        every = configured(version, Upload("all", Cors((any_rule,)), None, size), folder)
        asked = [preflight.seen(row.request, PAGES[cases.PAGE]) for row in every]
        for fault, (wrong, rule) in itertools.product(faults, bucket_rules(asked).items()):
            yield wrong, Upload(f"run-{next(number)}", Cors((rule,)), fault, size)


def has_backup(version: str) -> bool:
    """Does this version go to the backup host when the network fails?"""
    since: str = data.facts_of(recorder().PACKAGE)["sdk.cos-js-sdk-v5.backup-host"].value["since"]
    return bool(recorder().order(version) >= recorder().order(since))


def agree(version: str, upload: Upload, site: Bucket, ended: bool, folder: Path) -> None:
    """Hold one upload against the verdicts on its requests."""
    verdicts: dict[Sent, tuple[Outcome, Outcome]] = {}
    for row in configured(version, upload, folder):
        gates = row.at("preflight").outcome, row.at("response").outcome
        assert {*gates} <= {Outcome.PASS, Outcome.BLOCKED}, row
        assert verdicts.setdefault(said(row), gates) == gates, row
    names = {name for one in verdicts for name in one[-1]}
    asked, went = defaultdict(set), defaultdict(set)  # by query: each part is a request of its own
    for one in site.seen[upload.name]:
        if is_preflight(one):
            method = one.headers["access-control-request-method"]
            asked[one.query].add(sent(one, method, requested(one)))
        else:
            went[one.query].add(sent(one, one.method, tuple(sorted(names & one.headers.keys()))))
    every = {one for some in asked.values() for one in some}
    assert every, f"{version} sent nothing: {upload}"
    assert every <= verdicts.keys(), f"{version} sends what we do not derive: {every - verdicts.keys()}"
    for query, some in asked.items():
        passing = {one for one in some if verdicts[one][0] is Outcome.PASS}
        assert went[query] <= passing, (version, upload)
        # when one part fails, the SDK stops the others, which may have been asked for
        assert went[query] == passing or (not ended and upload.size == max(SIZES)), (version, upload)
    assert ended == all(set(verdicts[one]) == {Outcome.PASS} for one in every), (version, upload, every)

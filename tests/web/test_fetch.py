"""A browser's half of CORS, held against the expectations that the web platform tests record.

The tables are facts of the web platform tests (web-platform-tests/wpt, files named above each), written anew. Left
out is what the Fetch standard has changed since: `Last-Event-ID` is no safelisted request header any more, and
`Content-Length` became a safelisted response header.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data
from cosaudit.model import Outcome, Settle
from cosaudit.web import fetch
from cosaudit.web.fetch import Needed, Response, WebRequest

PAGE = "https://www.example.com"
REMOTE = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"


def request(method: str = "GET", headers: Any = (), **more: Any) -> WebRequest:
    """A request of the page to another origin."""
    return WebRequest(PAGE, more.pop("url", f"{REMOTE}/key"), method, tuple(headers), **more)


def answer(status: int | None = 200, **headers: str | None) -> Response:
    """An answer with Access-Control-… headers: `allow_origin="*"`."""
    made = tuple([(f"Access-Control-{name.replace('_', '-')}", value) for name, value in headers.items()])
    return Response(status, made)


# -- which requests need a preflight -----------------------------------------------------------------------------------

#: cors/cors-safelisted-request-header.any.js: Content-Type and Range of a POST, and whether a preflight is sent.
CONTENT_TYPES = [
    ("text /plain", True),
    ("text\t/\tplain", True),
    ("text/plain;", False),
    ("text/plain;garbage", False),
    ("text/plain;garbage\x01\x02", True),
    ("text/plain,", True),
    (",text/plain", True),
    ("text/plain,text/plain", True),
    ("text/plain,x/x", True),
    ("text/plain\x0b", True),
    ("text/plain\x0c", True),
    ("application/www-form-urlencoded", True),
    ("application/x-www-form-urlencoded;\x7f", True),
    ("multipart/form-data", False),
    ('multipart/form-data;"', True),
]
RANGES = [
    ("100-200", True),
    ("MB=100-200", True),
    ("bytes=100-200", False),
    ("bytes =100-200", True),
    ("bytes\t=100-200", True),
    ("bytes=  100-200", True),
    ("bytes=\t\t100-200", True),
    ("bytes= \t100-200", True),
    ("bytes=100 -200", True),
    ("bytes=100\t-200", True),
    ("bytes=100- 200", True),
    ("bytes=100-\t200", True),
    ("bytes=100-200hello", True),
    ("bytes=abc-def", True),
    ("bytes=100-200,300-400", True),
    ("bytes=-200", True),
    ("bytes=200-", False),
    ("bytes=200-100", True),
    (f"bytes=1{'0' * 60}-2{'0' * 60}", True),
    ("bytes 100-200", True),
    ("bytes = 100-200", True),
    (",bytes=100-200", True),
    ("bytes=,100-200", True),
]
#: fetch/api/cors/resources/not-cors-safelisted.json: each needs a preflight.
NOT_SAFELISTED = [
    ("accept", '"'),
    ("accept", "0123456789" * 12 + "012345678"),
    ("accept-language", "\x01"),
    ("accept-language", "@"),
    ("authorization", "basics"),
    ("content-language", "\x01"),
    ("content-language", "@"),
    ("content-type", "text/html"),
    ("content-type", "text/plain; long=" + "0123456789" * 11 + "01"),
    ("range", "bytes 0-"),
    ("test", "hi"),
]
#: fetch/api/cors/cors-no-preflight.any.js and cors/simple-requests.htm: none of these does.
SAFELISTED = [
    ("Accept", "*/*"),
    ("Accept", "test"),
    ("Accept-Language", "fr"),
    ("accept-language", "test"),
    ("Content-Language", "fr"),
    ("CONTENT-language", "test"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Content-Type", "multipart/form-data"),
    ("Content-Type", "text/plain"),
    ("Content-Type", "text/plain;charset=utf-8"),
    ("Content-Type", "Text/Plain;charset=utf-8"),
    ("Content-Type", "text/plain; parameter=extra_bonus"),
]
HEADERS = [
    *[("content-type", value, asked) for value, asked in CONTENT_TYPES],
    *[("range", value, asked) for value, asked in RANGES],
    *[(name, value, True) for name, value in NOT_SAFELISTED],
    *[(name, value, False) for name, value in SAFELISTED],
]


@pytest.mark.parametrize(("name", "value", "asked"), HEADERS)
def test_a_header_needs_a_preflight_as_the_web_platform_tests_record(
    name: str, value: str, asked: bool, record_property: Any
) -> None:
    """And only an unsafe name is asked for."""
    found = request("POST", [(name, value)])
    assert fetch.needs_preflight(found).needed is asked
    assert fetch.unsafe_names(found.headers) == ((name.lower(),) if asked else (), ())
    record_property("compared web platform tests", 1)


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        ("GET", False), ("HEAD", False), ("POST", False), ("Get", False), ("post", False),
        ("PUT", True), ("DELETE", True), ("PATCH", True), ("NEW", True), ("patch", True), ("put", True),
    ],
)  # fmt: skip
def test_a_method_needs_a_preflight_as_the_web_platform_tests_record(
    method: str, asked: bool, record_property: Any
) -> None:
    """Files cors-preflight.any.js, cors-no-preflight.any.js and simple-requests.htm."""
    assert fetch.needs_preflight(request(method)).needed is asked
    record_property("compared web platform tests", 1)


def test_only_six_methods_are_written_in_upper_case() -> None:
    """`patch` stays as it is."""
    assert [fetch.normalize_method(word) for word in ("put", "Delete", "options", "patch", "Egg")] == [
        "PUT", "DELETE", "OPTIONS", "patch", "Egg",
    ]  # fmt: skip
    assert [fetch.is_forbidden_method(word) for word in ("trace", "CONNECT", "Track", "PUT")] == [True] * 3 + [False]


def test_a_value_may_have_128_bytes_and_all_together_1024() -> None:
    """One more and they are asked for, the safe ones too."""
    assert fetch.is_safelisted_header("accept", "a" * 128) is True
    assert fetch.is_safelisted_header("accept", "a" * 129) is False
    eight = [("accept", "a" * 128)] * 8
    assert fetch.unsafe_names(tuple(eight)).sure == ()
    assert fetch.unsafe_names((*eight, ("accept-language", "a"))).sure == ("accept", "accept-language")
    assert fetch.unsafe_names((*eight, ("x-a", "a"))).sure == ("x-a",)


def test_the_names_that_are_asked_for_are_sorted_and_in_lower_case() -> None:
    """Each once."""
    headers = (("X-B", "1"), ("authorization", "q"), ("x-b", "2"), ("Accept", "a"), ("Content-Type", "image/png"))
    assert fetch.unsafe_names(headers).sure == ("authorization", "content-type", "x-b")


#: fetch/api/request/request-headers.any.js: headers that a page cannot set, and some that it can.
FORBIDDEN = (
    "Accept-Charset", "accept-charset", "ACCEPT-ENCODING", "Access-Control-Request-Headers",
    "Access-Control-Request-Method", "Connection", "Content-Length", "Cookie", "Cookie2", "Date", "DNT", "Expect",
    "Host", "Keep-Alive", "Origin", "Referer", "Set-Cookie", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via",
    "Proxy-", "proxy-a", "Sec-", "sec-b",
)  # fmt: skip
SETTABLE = ("Content-Type", "Potato", "proxy", "proxya", "sec", "secb", "Set-Cookie2", "User-Agent")


@pytest.mark.parametrize("name", (*FORBIDDEN, *SETTABLE))
def test_a_header_can_be_set_as_the_web_platform_tests_record(name: str, record_property: Any) -> None:
    """One that cannot is never asked for."""
    assert fetch.is_forbidden_header(name, "KO") is (name in FORBIDDEN)
    assert fetch.unsafe_names(((name, "KO"),)).sure == (() if name in FORBIDDEN else (name.lower(),))
    record_property("compared web platform tests", 1)


@pytest.mark.parametrize(
    ("value", "forbidden"),
    [("TRACE", True), ("PUT, track", True), ("connect ,PUT", True), ("PUT", False), (None, None)],
)
def test_a_header_that_overrides_the_method_cannot_name_a_forbidden_one(value: str, forbidden: bool | None) -> None:
    """Other values are headers like any other."""
    assert fetch.is_forbidden_header("X-Method-Override", value) is forbidden
    names = fetch.unsafe_names((("X-Method-Override", value),))
    assert names == {True: ((), ()), False: (("x-method-override",), ()), None: ((), ("x-method-override",))}[forbidden]


def test_listening_to_the_upload_needs_a_preflight() -> None:
    """`xhr.upload.onprogress`, which the JavaScript SDK sets; a stream as body too."""
    assert fetch.needs_preflight(request("POST", upload_listeners=True)).needed is True
    assert fetch.needs_preflight(request("POST", stream_body=True)).needed is True
    assert fetch.needs_preflight(request("POST", upload_listeners=None)) == Needed(
        None, "it rests on whether the code listens to the progress of the upload"
    )


def test_a_request_to_the_pages_own_origin_never_asks() -> None:
    """Whatever its method; a page without an origin of its own has no such requests."""
    own = request("PUT", [("x-a", "1")], url=f"{PAGE}/key", upload_listeners=True)
    assert fetch.needs_preflight(own).needed is False
    assert fetch.judge_preflight(own, answer(403)).code == "no-preflight"
    assert fetch.judge_response(own, answer()).code == "same-origin"
    assert fetch.can_read(own, answer(), "ETag") is True
    assert fetch.needs_preflight(own._replace(origin="null")).needed is True
    assert not fetch.same_origin(own._replace(origin="null", url="file:///key"))


# -- origins -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTPS://WWW.Example.COM/a?b#c", "https://www.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80/", "http://example.com"),
        ("http://example.com:443/", "http://example.com:443"),
        ("https://example.com:8443/a", "https://example.com:8443"),
        ("https://example.com:08443/a", "https://example.com:8443"),
        ("https://example.com:/a", "https://example.com"),
        ("https://user:word@example.com/a", "https://example.com"),
        ("https://user@evil.example@example.com/", "https://example.com"),
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080"),
        ("https://例子.example/a", "https://xn--fsqu00a.example"),
        ("https://ＥＸＡＭＰＬＥ.com", "https://example.com"),
        ("file:///tmp/index.html", "null"),
        ("data:text/html,a", "null"),
        ("about:blank", "null"),
        ("https:///a", None),
        ("example.com", None),
        ("null", None),
        ("https://example.com:65536", None),
        ("https://example.com:٣", None),
        (f"https://{'例' * 64}.example", None),
    ],
)
def test_an_origin_is_written_as_a_browser_sends_it(url: str, origin: str | None) -> None:
    """Lower case, ASCII, no default port; `null` for what is not on the web."""
    assert fetch.serialize_origin(url) == origin
    if origin not in (None, "null"):
        assert fetch.serialize_origin(str(origin)) == origin


# -- the CORS check ----------------------------------------------------------------------------------------------------

#: cors/origin.htm: values of Access-Control-Allow-Origin that let the page's origin through.
PASSING = ("*", " *  ", "\t*", PAGE, f" {PAGE}", f" {PAGE}   \t ", f"\t{PAGE}")
#: The same file: values that do not. HOST is the page's host.
HOST = PAGE.partition("://")[2]
FAILING = (
    f"https://sub.{HOST}", f"//{HOST}", f"://{HOST}", f"ftp://{HOST}", f"https:://{HOST}", f"https:/{HOST}",
    f"https:{HOST}", HOST, f"{PAGE}?", f"{PAGE}/", f"{PAGE} /", f"{PAGE}#", f"{PAGE}%23", f"{PAGE}:443", f"{PAGE}, *",
    f"{PAGE}\0", PAGE.upper(), f"HTTPS://{HOST}", "-", "**", "\0*", "*\0", "'*'", '"*"', "* *", "* null", "*https://*",
    f"*{PAGE}", f"* {PAGE}", f"*, {PAGE}", f"\0{PAGE}", f"null {PAGE}", "http://example.net", "null", "null *", "",
    f"{PAGE}/cors/origin.htm", f"{PAGE}/cors/", "https://www2.example.com/cors/", "example.com", ".example.com",
    "*.example.com", "https://example.com", "https://.example.com", "https://*.example.com",
)  # fmt: skip


@pytest.mark.parametrize("value", (*PASSING, *FAILING))
def test_an_allowed_origin_passes_as_the_web_platform_tests_record(value: str, record_property: Any) -> None:
    """The origin itself or *, character by character."""
    found = fetch.judge_response(request(), answer(allow_origin=value))
    assert found.outcome is (Outcome.PASS if value in PASSING else Outcome.BLOCKED)
    record_property("compared web platform tests", 1)


@pytest.mark.parametrize(("one", "two"), [("", "*"), ("*", ""), ("*", "*"), ("", PAGE), ("*", PAGE), (PAGE, PAGE)])
def test_two_headers_with_an_allowed_origin_fail(one: str, two: str) -> None:
    """cors/origin.htm: they are joined with a comma."""
    both = Response(200, (("Access-Control-Allow-Origin", one), ("access-control-allow-origin", two)))
    assert fetch.judge_response(request(), both).outcome is Outcome.BLOCKED


def test_an_answer_without_allowed_origin_fails() -> None:
    """Whatever its status; with it, a 403 is readable."""
    assert fetch.judge_response(request(), answer()).code == "no-allow-origin"
    assert fetch.judge_response(request(), answer(403, allow_origin="*")).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("true", Outcome.PASS), ("TRUE", Outcome.BLOCKED), ("True", Outcome.BLOCKED), ('"true"', Outcome.BLOCKED),
        ("false", Outcome.BLOCKED), ("1", Outcome.BLOCKED), ("0", Outcome.BLOCKED), ("", Outcome.BLOCKED),
        (None, Outcome.UNKNOWN),
    ],
)  # fmt: skip
def test_a_request_with_credentials_needs_them_allowed(value: str | None, outcome: Outcome) -> None:
    """cors/credentials-flag.htm: `true`, in lower case; without credentials nobody looks."""
    found = answer(allow_origin=PAGE, allow_credentials=value)
    assert fetch.judge_response(request(credentials="include"), found).outcome is outcome
    assert fetch.judge_response(request(), found).outcome is Outcome.PASS
    star = answer(allow_origin="*", allow_credentials="true")
    assert fetch.judge_response(request(credentials="include"), star).code == "wildcard-with-credentials"


def test_the_origin_null_is_allowed_by_its_name_or_a_star() -> None:
    """Sandboxed pages and files."""
    sandboxed = request()._replace(origin="null")
    assert fetch.judge_response(sandboxed, answer(allow_origin="null")).outcome is Outcome.PASS
    assert fetch.judge_response(sandboxed, answer(allow_origin="*")).outcome is Outcome.PASS
    assert fetch.judge_response(sandboxed, answer(allow_origin=PAGE)).code == "origin-differs"


# -- the answer to a preflight -----------------------------------------------------------------------------------------

#: fetch/api/cors/cors-preflight-star.any.js: passes, credentials, allowed methods, allowed headers, method, header.
STARS = [
    (True, False, "get", "x-test", "GET", "X-Test"),
    (True, False, "*", "x-test", "SUPER", "X-Test"),
    (True, False, "*", "*", "OK", "X-Test"),
    (False, True, "*", "*", "OK", "X-Test"),
    (False, True, "*", "", "PUT", None),
    (True, True, "PUT", "*", "PUT", None),
    (False, True, "get", "*", "GET", "X-Test"),
    (False, True, "*", "*", "GET", "X-Test"),
    (True, True, "*", "*", "*", "*"),
    (False, True, "put", "*", "PUT", None),
]


@pytest.mark.parametrize(("passes", "credentials", "methods", "names", "method", "name"), STARS)
def test_a_star_counts_as_the_web_platform_tests_record(
    passes: bool, credentials: bool, methods: str, names: str, method: str, name: str | None, record_property: Any
) -> None:
    """For everything without credentials, for itself with them."""
    asked = request(method, [(name, "1")] if name else [], credentials="include" if credentials else "same-origin")
    given = answer(allow_origin=PAGE, allow_credentials="true", allow_methods=methods, allow_headers=names)
    assert fetch.judge_preflight(asked, given).outcome is (Outcome.PASS if passes else Outcome.BLOCKED)
    record_property("compared web platform tests", 1)


def test_a_star_does_not_cover_authorization() -> None:
    """It must stand there by name, credentials or not."""
    asked = request("PUT", [("Authorization", "q-sign-algorithm=sha1"), ("x-cos-acl", "private")])
    star = answer(allow_origin="*", allow_methods="PUT", allow_headers="*")
    assert fetch.judge_preflight(asked, star).code == "authorization-not-listed"
    named = answer(allow_origin="*", allow_methods="PUT", allow_headers="*, AUTHORIZATION")
    assert fetch.judge_preflight(asked, named).outcome is Outcome.PASS


#: fetch/api/cors/cors-preflight-status.any.js
@pytest.mark.parametrize(
    "status",
    [200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 305, 306, 307, 308, 400, 401, 402, 403, 404, 405,
     501, 502, 503, 504, 505],
)  # fmt: skip
def test_the_status_of_a_preflight_counts_as_the_web_platform_tests_record(status: int, record_property: Any) -> None:
    """200 to 299."""
    asked = request("GET", [("x-force-preflight", "")])
    found = fetch.judge_preflight(asked, answer(status, allow_origin="*", allow_headers="x-force-preflight"))
    assert (found.outcome is Outcome.PASS) is (200 <= status <= 299)
    assert found.code in ("preflight-passed", "preflight-status")
    record_property("compared web platform tests", 1)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"allow_headers": "x-force-preflight,header name with space"}, "list-malformed"),
        ({"allow_headers": "x-force-preflight", "allow_methods": "Bad method name"}, "list-malformed"),
        ({"allow_headers": ",y-lol,x-Force-PREFLIGHT, ,,,Y-PRINT"}, "preflight-passed"),
        ({"allow_headers": ""}, "header-not-allowed"),
        ({}, "header-not-allowed"),
    ],
)
def test_the_lists_of_a_preflight_are_read_as_the_web_platform_tests_record(
    headers: dict[str, str], code: str, record_property: Any
) -> None:
    """Files cors-preflight-response-validation.any.js and cors/request-headers.htm."""
    asked = request("GET", [("x-force-preflight", "")])
    assert fetch.judge_preflight(asked, answer(allow_origin="*", **headers)).code == code
    record_property("compared web platform tests", 1)


def test_methods_of_an_answer_are_compared_in_their_case() -> None:
    """And a safelisted one is allowed without being there."""
    with_header = [("x-a", "1")]
    given = answer(allow_origin="*", allow_methods="put, DELETE", allow_headers="x-a")
    assert fetch.judge_preflight(request("PUT"), given).code == "method-not-allowed"
    assert fetch.judge_preflight(request("delete"), given).outcome is Outcome.PASS
    assert fetch.judge_preflight(request("POST", with_header), given).outcome is Outcome.PASS
    bare = answer(allow_origin="*")
    assert fetch.judge_preflight(request("PUT"), bare).code == "method-not-allowed"
    assert fetch.judge_preflight(request("PUT", upload_listeners=True), bare).outcome is Outcome.PASS


def test_a_preflight_is_judged_with_the_credentials_of_its_request() -> None:
    """It carries none itself."""
    given = answer(allow_origin="*", allow_methods="PUT")
    assert fetch.judge_preflight(request("PUT"), given).outcome is Outcome.PASS
    assert fetch.judge_preflight(request("PUT", credentials="include"), given).code == "wildcard-with-credentials"


def test_a_sure_refusal_is_told_before_what_is_not_known() -> None:
    """The unknown origin cannot save a method that is missing."""
    given = answer(allow_origin=None, allow_methods="GET")
    assert fetch.judge_preflight(request("PUT"), given).code == "method-not-allowed"
    assert fetch.judge_preflight(request("PUT"), answer(allow_origin=None, allow_methods="PUT")).code == "unsure"


# -- what is not known -------------------------------------------------------------------------------------------------


def test_an_unknown_value_leaves_open_whether_a_preflight_is_sent() -> None:
    """Only where the value counts: an unknown token is asked for like a known one."""
    type_ = request("POST", [("Content-Type", None)], describe="uploads[0].content_type")
    assert fetch.needs_preflight(type_).needed is None
    assert fetch.unsafe_names(type_.headers) == ((), ("content-type",))
    assert fetch.unsafe_names((("x-cos-security-token", None),)) == (("x-cos-security-token",), ())
    passing = answer(allow_origin="*", allow_headers="content-type")
    assert fetch.judge_preflight(type_, passing).outcome is Outcome.PASS
    for failing in (answer(403), answer(allow_origin="*")):
        found = fetch.judge_preflight(type_, failing)
        assert (found.outcome, found.settle) == (Outcome.UNKNOWN, Settle(describe="uploads[0].content_type"))


def test_an_unknown_value_in_a_preflight_that_is_sent_anyway_leaves_only_its_header_open() -> None:
    """A PUT always asks."""
    put = request("PUT", [("Content-Type", None), ("authorization", None)], describe="there")
    given = answer(allow_origin="*", allow_methods="PUT", allow_headers="authorization")
    found = fetch.judge_preflight(put, given)
    assert (found.outcome, found.settle) == (Outcome.UNKNOWN, Settle(describe="there"))
    assert fetch.judge_preflight(put, answer(403)).outcome is Outcome.BLOCKED


def test_many_unknown_values_may_be_too_long_together() -> None:
    """Eight of 128 bytes fit, a ninth may not."""
    assert fetch.unsafe_names((("accept", "a" * 128),) * 8 + (("accept-language", None),)).maybe == (
        "accept", "accept-language",
    )  # fmt: skip


def test_several_possible_answers_are_one_verdict_where_they_agree() -> None:
    """Else nobody knows, and the fact that would settle it is told."""
    good, bad = answer(allow_origin="*", allow_methods="PUT"), answer(403)
    either = Response(None, (), "nobody can say", Settle(fact="cos.cors.origin-case"), (good, bad))
    found = fetch.judge_preflight(request("PUT"), either)
    assert (found.outcome, found.settle) == (Outcome.UNKNOWN, Settle(fact="cos.cors.origin-case"))
    assert fetch.judge_preflight(request("PUT"), either._replace(possible=(bad, bad))).code == "preflight-status"
    assert fetch.judge_preflight(request("PUT"), either._replace(possible=(good, good))).outcome is Outcome.PASS
    assert fetch.judge_preflight(request("PUT"), answer(None)).outcome is Outcome.UNKNOWN


# -- what a page reads -------------------------------------------------------------------------------------------------

#: fetch/api/cors/cors-filtering.js and cors/response-headers.htm: readable by default; readable only when exposed;
#: never readable.
BY_DEFAULT = ("Cache-Control", "Content-Language", "Content-Type", "Expires", "Last-Modified", "Pragma")
EXPOSED = ("Age", "Server", "Warning", "X-Powered-By", "Date", "ETag")
NEVER = ("Set-Cookie", "Set-Cookie2")


@pytest.mark.parametrize("name", (*BY_DEFAULT, *EXPOSED, *NEVER))
def test_a_response_header_is_readable_as_the_web_platform_tests_record(name: str, record_property: Any) -> None:
    """By its name in any case."""
    assert fetch.can_read(request(), answer(allow_origin="*"), name) is (name in BY_DEFAULT)
    exposed = answer(allow_origin="*", expose_headers=f"x-a, {name.lower()}")
    assert fetch.can_read(request(), exposed, name) is (name not in NEVER)
    record_property("compared web platform tests", 1)


def test_a_star_exposes_every_header_without_credentials() -> None:
    """fetch/api/cors/cors-expose-star.js: with credentials only the header of that name."""
    star = answer(allow_origin=PAGE, allow_credentials="true", expose_headers="*")
    assert fetch.can_read(request(), star, "test") is True
    assert fetch.can_read(request(), star, "set-cookie") is False
    withheld = request(credentials="include")
    assert fetch.can_read(withheld, star, "test") is False
    assert fetch.can_read(withheld, star, "*") is True
    assert fetch.can_read(withheld, star, "content-type") is True
    two = Response(200, (*answer(allow_origin="*", expose_headers="*").headers, ("access-control-expose-headers", "a")))
    assert fetch.can_read(request(), two, "test") is True


def test_what_cannot_be_seen_cannot_be_read() -> None:
    """And an expose list that is none exposes nothing."""
    assert fetch.can_read(request(), answer(expose_headers="ETag"), "ETag") is False
    assert fetch.can_read(request(), answer(allow_origin="*", expose_headers="ETag x"), "ETag") is False
    assert fetch.can_read(request(), answer(allow_origin="*", expose_headers=None), "ETag") is None
    assert fetch.can_read(request(), answer(allow_origin="*", expose_headers=None), "Expires") is True
    either = Response(None, possible=(answer(allow_origin="*", expose_headers="ETag"), answer(allow_origin="*")))
    assert fetch.can_read(request(), either, "ETag") is None
    assert fetch.can_read(request(), either, "Expires") is True


def test_readable_lists_the_names() -> None:
    """Safelisted ones, those exposed, and * as it stands."""
    found = fetch.readable(answer(expose_headers="ETag, *, Set-Cookie").headers)
    assert found == {name.lower() for name in BY_DEFAULT} | {"content-length", "etag", "*"}


# -- how long an answer is kept ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("60", (60, 60, 60)), ("0", (0, 0, 0)), ("600", (600, 600, 600)), ("100000", (7200, 86400, 600)),
        ("-1", (5, 5, 5)), ("x", (5, 5, 5)), ("9" * 30, (5, 5, 5)),
    ],
)  # fmt: skip
def test_a_browser_keeps_an_answer_up_to_its_own_limit(value: str, kept: tuple[int, ...]) -> None:
    """Five seconds when nothing is said."""
    browsers = ("chromium", "firefox", "safari")
    headers = answer(max_age=value).headers
    assert tuple(fetch.preflight_kept(headers, browser) for browser in browsers) == kept
    assert [fetch.preflight_kept((), browser) for browser in browsers] == [5, 5, 5]
    assert fetch.preflight_kept(answer(max_age=None).headers, "safari") is None


# -- redirects ---------------------------------------------------------------------------------------------------------

#: cors/redirect-origin.htm: where the first request goes and what it allows, where the redirect goes and what that
#: allows, and the origin that arrives there; None: the page gets nothing.
LOCAL, REMOTE2 = f"{PAGE}/a", "https://remote2.example.net/a"
PLACES = {"local": LOCAL, "remote": f"{REMOTE}/a", "remote2": REMOTE2}
REDIRECTS = [
    *[("local", one, "remote", "*", PAGE) for one in ("*", PAGE, "null", None)],
    *[("local", one, "remote", PAGE, PAGE) for one in ("*", PAGE)],
    *[("local", one, "remote", two, None) for one in ("*", PAGE) for two in ("null", None)],
    *[("remote", one, to, two, "null") for one in ("*", PAGE) for to in ("local", "remote2") for two in ("*", "null")],
    *[("remote", one, to, two, None) for one in ("*", PAGE) for to in ("local", "remote2") for two in (PAGE, None)],
    *[("remote", one, to, "*", None) for one in ("null", None) for to in ("local", "remote", "remote2")],
    *[("remote", one, "remote", two, PAGE) for one in ("*", PAGE) for two in ("*", PAGE)],
    *[("remote", one, "remote", two, None) for one in ("*", PAGE) for two in ("null", None)],
    ("remote", "*", "remote", REMOTE, None),
    ("remote", "*", "remote2", REMOTE, None),
    ("remote", REMOTE, "remote", "*", None),
]


@pytest.mark.parametrize(("start", "first", "to", "second", "origin"), REDIRECTS)
def test_a_redirect_ends_as_the_web_platform_tests_record(
    start: str, first: str | None, to: str, second: str | None, origin: str | None, record_property: Any
) -> None:
    """The origin that the second server sees, and whether the page may see its response."""
    found: Any = None
    begun = request(url=PLACES[start])
    if fetch.judge_response(begun, answer(302, **({"allow_origin": first} if first else {}))).outcome is Outcome.PASS:
        on = fetch.after_redirect(begun, 302, PLACES[to])
        assert isinstance(on, WebRequest)
        seen = fetch.judge_response(on, answer(**({"allow_origin": second} if second else {})))
        found = on.origin if seen.outcome is Outcome.PASS else None
    assert found == origin
    record_property("compared web platform tests", 1)


def test_a_redirect_to_another_origin_drops_authorization() -> None:
    """The signature is gone, and with it the right."""
    put = request("PUT", [("Authorization", "q"), ("x-a", "1")])
    on = fetch.after_redirect(put, 307, REMOTE2)
    assert isinstance(on, WebRequest)
    assert (on.method, on.headers, on.url) == ("PUT", (("x-a", "1"),), REMOTE2)
    near = fetch.after_redirect(put, 307, "/other")
    assert isinstance(near, WebRequest)
    assert (near.headers, near.url) == (put.headers, f"{REMOTE}/other")


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [(301, "POST", "GET"), (302, "post", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"), (302, "PUT", "PUT"),
     (307, "POST", "POST"), (308, "POST", "POST")],
)  # fmt: skip
def test_a_redirect_turns_some_methods_into_get(status: int, method: str, after: str) -> None:
    """And then the headers of the body go too."""
    on = fetch.after_redirect(request(method, [("Content-Type", "text/plain"), ("x-a", "1")]), status, "/other")
    assert isinstance(on, WebRequest)
    assert on.method == after
    gone = after == "GET"
    assert [name for name, _ in on.headers] == (["x-a"] if gone else ["Content-Type", "x-a"])


@pytest.mark.parametrize(
    ("location", "more", "code"),
    [
        ("ftp://example.com/", {}, "redirect-scheme"),
        ("data:text/plain,a", {}, "redirect-scheme"),
        ("https://a:b@remote2.example.net/", {}, "redirect-credentials"),
        ("/other", {"stream_body": True}, "redirect-stream"),
    ],
)
def test_a_browser_gives_up_some_redirects(location: str, more: dict[str, bool], code: str) -> None:
    """Another scheme, a user name in a foreign address, a body that cannot be sent again."""
    found = fetch.after_redirect(request("PUT", **more), 307, location)
    assert not isinstance(found, WebRequest)
    assert (found.outcome, found.code) == (Outcome.BLOCKED, code)


# -- properties --------------------------------------------------------------------------------------------------------

names = st.sampled_from(("accept", "Accept-Language", "content-type", "range", "Authorization", "x-a", "Cookie"))
values = st.none() | st.sampled_from(("text/plain", "image/png", "bytes=0-1", "a" * 128, "a" * 129, '"', "en"))
headers_of = st.lists(st.tuples(names, values), max_size=10).map(tuple)
requests = st.builds(
    request,
    st.sampled_from(("GET", "POST", "PUT", "delete")),
    headers_of,
    credentials=st.sampled_from(("omit", "same-origin", "include")),
    upload_listeners=st.sampled_from((True, False)),
)
answers = st.builds(
    answer,
    st.sampled_from((200, 204, 302, 403)),
    allow_origin=st.sampled_from((PAGE, "*", "null", None)),
    allow_credentials=st.sampled_from(("true", "false", None)),
    allow_methods=st.sampled_from(("PUT", "PUT,DELETE", "*", "", None)),
    allow_headers=st.sampled_from(("*", "authorization,x-a", "accept, range, content-type, *", "a b", None)),
)
FILLED = ("text/plain", "image/png", "a" * 129, "bytes=0-1", '"')


@given(headers_of, st.data())
def test_a_name_is_sure_or_maybe_whatever_the_unknown_values_are(headers: Any, drawn: st.DataObject) -> None:
    """With the values filled in, the sure names stay, and no name comes that was not at least maybe."""
    filled = tuple([(name, drawn.draw(st.sampled_from(FILLED)) if one is None else one) for name, one in headers])
    before, after = fetch.unsafe_names(headers), fetch.unsafe_names(filled)
    assert after.maybe == ()
    assert set(before.sure) <= set(after.sure) <= set(before.sure) | set(before.maybe)


@given(requests, answers, st.data())
def test_a_verdict_holds_whatever_the_unknown_values_are(
    asked: WebRequest, given_: Response, drawn: st.DataObject
) -> None:
    """What passes or is blocked with something unknown does so with any value that it may have."""
    verdict = fetch.judge_preflight(asked, given_)
    filled = asked._replace(
        headers=tuple(
            [(name, drawn.draw(st.sampled_from(FILLED)) if one is None else one) for name, one in asked.headers]
        )
    )
    may = {"origin": (PAGE, "*"), "credentials": ("true", "false"), "methods": ("PUT", "*"), "headers": ("x-a", "*")}
    known = tuple(
        [
            (name, drawn.draw(st.sampled_from(may[name.rpartition("-")[2]])) if one is None else one)
            for name, one in given_.headers
        ]
    )
    after = fetch.judge_preflight(filled, given_._replace(headers=known))
    assert after.outcome is not Outcome.UNKNOWN
    if verdict.outcome is not Outcome.UNKNOWN:
        assert after.outcome is verdict.outcome


def test_every_fact_that_a_verdict_names_exists() -> None:
    """Verdicts are made with the end of a fact's id."""
    import ast
    from pathlib import Path

    tree = ast.parse(Path(fetch.__file__).read_text("utf-8"))
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    ends = {
        one.value
        for node in called
        if node.func.id in ("_blocked", "_fact")  # type: ignore[attr-defined]
        for one in node.args[-1:]
        if isinstance(one, ast.Constant)
    }
    whole = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and str(node.value).startswith("web.fetch.") and node.value != "web.fetch."
    }
    assert len(ends) > 15
    for name in {f"web.fetch.{end}" for end in ends} | whole:
        assert data.fact(str(name)).file == "fetch"

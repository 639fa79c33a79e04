"""CORS rules: what COS answers by the vendor's own examples, every form of them read and written, the smallest ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qcloud_cos import CosConfig, CosS3Client

from cosaudit import data, yamltree
from cosaudit.config.load import load
from cosaudit.config.reader import InputError
from cosaudit.cos import cors
from cosaudit.cos.cors import Answer, Cors, CorsRule, Need, actual, minimal, preflight
from cosaudit.model import Outcome, Settle
from cosaudit.web import fetch
from cosaudit.web.fetch import WebRequest

#: The example of the page PUT Bucket cors (436/8279): two rules, of which the second names two origins. The page leaves
#: some methods out by three dots; they stand in the answers of the page OPTIONS Object (436/8288).
VENDOR = """<?xml version='1.0' encoding='utf-8' ?>
<CORSConfiguration>
\t<CORSRule>
\t\t<AllowedOrigin>*</AllowedOrigin>
\t\t<AllowedMethod>GET</AllowedMethod>
\t\t<AllowedMethod>HEAD</AllowedMethod>
\t\t<AllowedHeader>Range</AllowedHeader>
\t\t<AllowedHeader>x-cos-server-side-encryption-customer-algorithm</AllowedHeader>
\t\t<AllowedHeader>x-cos-server-side-encryption-customer-key</AllowedHeader>
\t\t<AllowedHeader>x-cos-server-side-encryption-customer-key-MD5</AllowedHeader>
\t\t<ExposeHeader>Content-Length</ExposeHeader>
\t\t<ExposeHeader>ETag</ExposeHeader>
\t\t<ExposeHeader>x-cos-meta-author</ExposeHeader>
\t\t<MaxAgeSeconds>600</MaxAgeSeconds>
\t</CORSRule>
\t<CORSRule>
\t\t<ID>example-id</ID>
\t\t<AllowedOrigin>https://example.com</AllowedOrigin>
\t\t<AllowedOrigin>https://example.net</AllowedOrigin>
\t\t<AllowedMethod>PUT</AllowedMethod>
\t\t<AllowedMethod>GET</AllowedMethod>
\t\t<AllowedMethod>POST</AllowedMethod>
\t\t<AllowedMethod>DELETE</AllowedMethod>
\t\t<AllowedMethod>HEAD</AllowedMethod>
\t\t<AllowedHeader>*</AllowedHeader>
\t\t<ExposeHeader>Content-Length</ExposeHeader>
\t\t<ExposeHeader>ETag</ExposeHeader>
\t\t<ExposeHeader>x-cos-meta-author</ExposeHeader>
\t\t<MaxAgeSeconds>600</MaxAgeSeconds>
\t</CORSRule>
</CORSConfiguration>
"""


def xml(text: str) -> Cors:
    """The rules in a text of XML that is right."""
    made, troubles = cors.read_xml(text, "c.xml")
    assert troubles == ()
    assert made is not None
    return made


def from_json(text: str) -> Cors:
    """The rules in a text of JSON that is right."""
    root = yamltree.compose(text)
    assert root is not None
    made, troubles = cors.read_json(root, "c.json")
    assert troubles == ()
    assert made is not None
    return made


def rule(
    origins: Iterable[str] = ("https://a.example",),
    methods: Iterable[str] = ("PUT",),
    headers: Iterable[str] = ("*",),
    expose: Iterable[str] = (),
) -> CorsRule:
    """A rule."""
    return CorsRule(None, tuple(origins), tuple(methods), tuple(headers), tuple(expose))


def one(allowed: str) -> Cors:
    """Settings whose only rule allows this origin."""
    return Cors((rule([allowed]),))


# -- the vendor's examples ---------------------------------------------------------------------------------------------


def test_a_put_of_a_named_origin_goes_on_to_the_second_rule() -> None:
    """Page OPTIONS Object, case 1: the first rule has the origin * but not the method."""
    found = preflight(xml(VENDOR), "https://example.com", "PUT", ("content-md5", "content-type", "x-cos-meta-author"))
    assert (found.outcome, found.status, found.rule) == (Outcome.PASS, 200, 1)
    assert dict(found.headers) == {
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Headers": "content-md5,content-type,x-cos-meta-author",
        "Access-Control-Allow-Methods": "PUT,GET,POST,DELETE,HEAD",
        "Access-Control-Allow-Origin": "https://example.com",
        "Access-Control-Expose-Headers": "Content-Length,ETag,x-cos-meta-author",
        "Access-Control-Max-Age": "600",
    }


def test_a_get_with_a_range_is_answered_by_the_first_rule() -> None:
    """Page OPTIONS Object, case 2: * as origin, no credentials, and the rule's own headers in lower case."""
    found = preflight(xml(VENDOR), "https://example.com", "GET", ("range",))
    assert (found.outcome, found.rule) == (Outcome.PASS, 0)
    assert dict(found.headers) == {
        "Access-Control-Allow-Headers": "range,x-cos-server-side-encryption-customer-algorithm,"
        "x-cos-server-side-encryption-customer-key,x-cos-server-side-encryption-customer-key-md5",
        "Access-Control-Allow-Methods": "GET,HEAD",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Content-Length,ETag,x-cos-meta-author",
        "Access-Control-Max-Age": "600",
    }


@pytest.mark.parametrize("settings", [Cors(()), one("https://other.example")])
def test_a_preflight_without_rule_is_refused_without_cors_headers(settings: Cors) -> None:
    """Page OPTIONS Object, case 4: 403."""
    found = preflight(settings, "https://example.com", "PUT")
    assert (found.outcome, found.status, found.headers, found.rule) == (Outcome.BLOCKED, 403, (), None)
    assert found.fact == "cos.cors.refusal"


# -- origins, methods, headers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allowed", "origin", "covered"),
    [
        ("*", "https://a.example", True),
        ("*", "null", True),
        ("https://a.example", "https://a.example", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example:8443", "https://a.example:8443", True),
        ("https://a.example/", "https://a.example", False),
        ("a.example", "https://a.example", False),
        ("http://10.10.10.10", "http://10.10.10.10", True),
        ("https://*.example.com", "https://www.example.com", True),
        ("https://*.example.com", "https://a.b.example.com", True),
        ("https://*.example.com", "https://example.com", False),
        ("https://*.example.com", "https://.example.com", True),
        ("https://*example.com", "https://evil-example.com", True),
        ("https://example.*", "https://example.com.evil.net", True),
        ("https://example.*", "https://example.com:8443", True),
        ("http*://example.com", "https://example.com", True),
        ("https://example.com:*", "https://example.com:8443", True),
        ("https://example.com:*", "https://example.com", False),
        ("https://*", "http://a.example", False),
        ("https://aXa*Xa", "https://aXa", False),
        ("https://*", "null", False),
        ("null", "null", "cos.cors.origin-null"),
        ("*ll", "null", "cos.cors.origin-null"),
        ("https://A.example", "https://a.example", "cos.cors.origin-case"),
        ("HTTPS://*.EXAMPLE.com", "https://a.example.com", "cos.cors.origin-case"),
        ("https://a.example:443", "https://a.example", "cos.cors.origin-default-port"),
        ("http://a.example:80", "http://a.example", "cos.cors.origin-default-port"),
        ("https://a.example:80", "https://a.example", False),
        ("http://a.example:443", "http://a.example", False),
        ("https://*.*.example.com", "https://a.b.example.com", "cos.cors.origin-stars"),
        ("https://*.*.example.com", "https://a.example.com", False),
        ("https://例子.example", "https://xn--fsqu00a.example", "cos.cors.origin-idn"),
        ("https://例子.example", "https://a.example", False),
        (" https://a.example", "https://a.example", False),
    ],
)
def test_an_origin_is_covered(allowed: str, origin: str, covered: bool | str) -> None:
    """One * anywhere for 0 or more characters, all else literally; where nobody knows, the fact that would settle."""
    assert cors.origin_matches(allowed, origin) == covered
    found = preflight(one(allowed), origin, "PUT")
    if isinstance(covered, str):
        assert (found.outcome, found.settle) == (Outcome.UNKNOWN, Settle(fact=covered))
        assert data.fact(covered).confidence == "low"
        assert [answer.status for answer in found.possible] == [200, 403]
    else:
        assert (found.outcome, found.status) == ((Outcome.PASS, 200) if covered else (Outcome.BLOCKED, 403))


@pytest.mark.parametrize(
    ("allowed", "name", "covered"),
    [
        ("*", "authorization", True),
        ("Content-MD5", "content-md5", True),
        ("content-md5", "Content-MD5", True),
        ("content-md5 ", "content-md5", False),
        ("x-cos-*", "x-cos-acl", "cos.cors.header-wildcard"),
        ("X-COS-*", "x-cos-acl", "cos.cors.header-wildcard"),
        ("x-cos-*", "authorization", False),
    ],
)
def test_a_request_header_is_covered(allowed: str, name: str, covered: bool | str) -> None:
    """* alone covers all, a name itself in any case; a * inside is nowhere documented."""
    assert cors.header_matches(allowed, name) == covered
    found = preflight(Cors((rule(headers=[allowed]),)), "https://a.example", "PUT", (name,))
    expected = {True: Outcome.PASS, False: Outcome.BLOCKED}.get(covered, Outcome.UNKNOWN)  # type: ignore[call-overload]
    assert found.outcome is expected


def test_a_rule_without_headers_allows_requests_that_ask_for_none() -> None:
    """And says nothing of headers in its answer."""
    settings = Cors((rule(headers=()),))
    assert preflight(settings, "https://a.example", "PUT").outcome is Outcome.PASS
    assert "Access-Control-Allow-Headers" not in dict(preflight(settings, "https://a.example", "PUT").headers)
    refused = preflight(settings, "https://a.example", "PUT", ("x-b", "x-a"))
    assert (refused.code, refused.missing) == ("header-not-allowed", ("x-b", "x-a"))


def test_a_refusal_names_the_rule_that_comes_nearest() -> None:
    """Origin first, then method, then the fewest headers that are missing."""
    settings = Cors(
        (
            rule(methods=["GET"]),
            rule(headers=["x-a"]),
            rule(headers=["x-a", "x-b"]),
            rule(["https://b.example"], ["DELETE"]),
        )
    )
    found = preflight(settings, "https://a.example", "PUT", ("x-a", "x-b", "x-c"))
    assert (found.code, found.nearest, found.missing) == ("header-not-allowed", 2, ("x-c",))
    assert found.reason == "CORS rule 3 does not allow the request header `x-c`"
    found = preflight(settings, "https://a.example", "DELETE")
    assert (found.code, found.nearest) == ("method-not-allowed", 0)
    found = preflight(settings, "https://c.example", "PUT")
    assert (found.code, found.nearest) == ("origin-not-allowed", None)
    assert preflight(Cors(()), "https://c.example", "PUT").code == "no-rules"


def test_methods_are_compared_as_they_are_written() -> None:
    """A browser sends `put` as PUT, and `patch` is no value of AllowedMethod."""
    assert preflight(one("*"), "https://a.example", "put").code == "method-not-allowed"


def test_a_rule_that_may_match_before_one_that_does_leaves_the_answer_open() -> None:
    """Both answers are held, and they are one when they say the same."""
    maybe = rule(["https://A.example"], expose=["ETag"])
    found = preflight(Cors((maybe, rule())), "https://a.example", "PUT")
    assert (found.outcome, found.fact) == (Outcome.UNKNOWN, "cos.cors.origin-case")
    assert [answer.rule for answer in found.possible] == [0, 1]
    same = preflight(Cors((maybe, rule(expose=["ETag"]))), "https://a.example", "PUT")
    assert (same.outcome, same.possible) == (Outcome.PASS, ())
    after = preflight(Cors((rule(), maybe)), "https://a.example", "PUT")
    assert (after.outcome, after.rule) == (Outcome.PASS, 0)


def test_an_origin_beside_a_star_passes_whichever_is_answered() -> None:
    """Only a request with credentials can tell the two answers apart."""
    found = preflight(Cors((rule(["*", "https://a.example"]),)), "https://a.example", "PUT")
    assert (found.outcome, found.settle) == (Outcome.PASS, Settle(fact="cos.cors.origin-star-beside"))
    assert [dict(answer.headers)["Access-Control-Allow-Origin"] for answer in found.possible] == [
        "https://a.example",
        "*",
    ]
    page = WebRequest("https://a.example", "https://b.example", "PUT")
    assert fetch.judge_preflight(page, found).outcome is Outcome.PASS
    assert fetch.judge_preflight(page._replace(credentials="include"), found).outcome is Outcome.UNKNOWN


def test_an_origin_under_a_wildcard_may_get_credentials_or_not() -> None:
    """Nobody knows; a page without credentials does not care."""
    found = preflight(one("https://*.example"), "https://a.example", "PUT")
    assert dict(found.headers)["Access-Control-Allow-Credentials"] is None
    page = WebRequest("https://a.example", "https://b.example", "PUT")
    assert fetch.judge_preflight(page, found).outcome is Outcome.PASS
    assert fetch.judge_preflight(page._replace(credentials="include"), found).outcome is Outcome.UNKNOWN


# -- actual requests ---------------------------------------------------------------------------------------------------


def test_an_actual_request_gets_the_headers_of_the_first_rule_for_its_origin_and_method() -> None:
    """Headers do not count, so a preflight and its request may be answered by different rules."""
    settings = Cors((rule(headers=["x-a"]), rule(expose=["ETag"])), True)
    assert preflight(settings, "https://a.example", "PUT", ("x-b",)).rule == 1
    found = actual(settings, "https://a.example", "PUT")
    assert (found.rule, found.status, found.fact) == (0, None, "cos.cors.actual-rule")
    assert found.headers == (
        ("Access-Control-Allow-Origin", "https://a.example"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    )


def test_an_actual_request_that_no_rule_allows_is_served_without_cors_headers() -> None:
    """COS enforces nothing; the browser hides the response."""
    found = actual(one("https://b.example"), "https://a.example", "PUT")
    assert (found.outcome, found.status, found.headers) == (Outcome.BLOCKED, None, ())
    assert found.fact == "cos.cors.not-enforced"


@pytest.mark.parametrize(("vary", "added"), [(True, True), (False, False), (None, False)])
def test_vary_is_added_when_it_is_switched_on(vary: bool | None, added: bool) -> None:
    """Without the switch it is off."""
    settings = Cors((rule(),), vary)
    assert (("Vary", "Origin") in actual(settings, "https://a.example", "PUT").headers) is added


def test_every_fact_that_an_answer_names_exists() -> None:
    """And those that nobody knows are of low confidence, the others are not."""
    text = Path(cors.__file__).read_text("utf-8")
    for name in set(re.findall(r'"(cos\.cors\.[a-z-]+)"', text)):
        assert data.fact(name).file == "cors"


# -- a second opinion --------------------------------------------------------------------------------------------------

ORIGINS = ("https://a.example", "https://b.example", "http://a.example", "https://www.a.example", "null")
ALLOWED = (*ORIGINS[:4], "*", "https://*.example", "https://*a.example", "http*://a.example")
METHODS = ("PUT", "GET", "POST", "DELETE", "HEAD")
NAMES = ("authorization", "content-type", "x-cos-acl")

rules = st.builds(
    rule,
    st.lists(st.sampled_from(ALLOWED), min_size=1, max_size=3),
    st.lists(st.sampled_from(METHODS), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(("*", "Authorization", *NAMES)), max_size=3),
    st.lists(st.sampled_from(("ETag", "x-cos-request-id")), max_size=2, unique=True),
)
settings_of_rules = st.builds(Cors, st.lists(rules, max_size=4).map(tuple), st.sampled_from((None, True, False)))


@given(settings_of_rules, st.sampled_from(ORIGINS), st.sampled_from(METHODS), st.sets(st.sampled_from(NAMES)))
def test_preflights_are_answered_as_a_plain_reading_of_the_documents_says(
    settings: Cors, origin: str, method: str, names: set[str]
) -> None:
    """Regular expressions instead of our matching, and the first rule in a list instead of a walk."""

    def covers(one: CorsRule) -> bool:
        by_origin = any(re.fullmatch(re.escape(text).replace(r"\*", ".*"), origin) for text in one.origins)
        lower = [text.lower() for text in one.headers]
        return by_origin and method in one.methods and ("*" in lower or names <= set(lower))

    if origin == "null":  # only * is sure to cover it
        settings = Cors(tuple([one for one in settings.rules if "*" in one.origins]), settings.vary)
    matching = [index for index, one in enumerate(settings.rules) if covers(one)]
    found = preflight(settings, origin, method, sorted(names))
    assert found.rule == (matching[0] if matching else None)
    assert found.outcome is (Outcome.PASS if matching else Outcome.BLOCKED)
    assert found.status == (200 if matching else 403)
    assert (dict(found.headers).get("Vary") == "Origin") is bool(matching and settings.vary)


# -- read and written: round trips -------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12) | st.sampled_from(
    ("*", "https://a.example", "x-cos-*", "true", "null", "'", '"', "<&>", "]]>", "a\\b", "ETag", "😀", "- a: b", "#")
)
any_rules = st.builds(
    CorsRule,
    st.none() | texts,
    st.lists(texts, min_size=1, max_size=3).map(tuple),
    st.lists(st.sampled_from(METHODS), min_size=1, max_size=3).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
    st.none() | st.integers(0, 10**9),
)
any_settings = st.builds(
    Cors, st.lists(any_rules, min_size=1, max_size=3).map(tuple), st.sampled_from((None, True, False))
)


@given(any_settings)
def test_what_is_written_as_xml_is_read_as_the_same_rules(settings: Cors) -> None:
    """Every character that XML can hold."""
    settings = cleaned(settings)
    read = xml(cors.to_xml(settings))
    assert (read.content, read.vary) == (settings.content, settings.vary)
    assert cors.size(settings) <= len(cors.to_xml(settings).encode())


@given(any_settings)
def test_what_is_written_as_json_is_read_as_the_same_rules(settings: Cors) -> None:
    """Read as YAML, which JSON is."""
    settings = cleaned(settings)
    read = from_json(cors.to_json(settings))
    assert (read.content, read.vary) == (settings.content, settings.vary)


@given(any_settings | st.builds(Cors, st.just(()), st.sampled_from((None, True, False))))
def test_what_is_written_as_yaml_is_read_by_the_configuration(settings: Cors) -> None:
    """All but the IDs, for which the configuration has no field."""
    settings = cleaned(settings)
    path = Path("round.yaml")
    head = "buckets:\n  - name: media-1250000000\n    region: ap-guangzhou\n"
    path.write_text(head + cors.to_yaml(settings, indent="    "), "utf-8", newline="")
    read = load(str(path)).buckets[0].cors
    wanted = Cors(tuple([one._replace(id=None) for one in settings.rules]), settings.vary)
    assert (read.content, read.vary) == (wanted.content, wanted.vary)


@pytest.fixture(autouse=True, scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("cors"))
        yield


def cleaned(settings: Cors) -> Cors:
    """The settings without the two characters that XML cannot hold and half of all parsers refuse."""

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return re.sub("[\ufffe\uffff]", "x", value)
        return tuple([clean(one) for one in value]) if isinstance(value, tuple) else value

    return Cors(tuple([CorsRule(*clean(one.content)) for one in settings.rules]), settings.vary)


# -- the official Python SDK reads what we write -----------------------------------------------------------------------


class Sdk:
    """cos-python-sdk-v5 with a network that keeps what is sent and answers what it is told."""

    def __init__(self) -> None:
        self.client = CosS3Client(CosConfig(Region="ap-guangzhou", SecretId="id", SecretKey="key"))
        self.client.send_request = self._send  # type: ignore[method-assign]
        self.answer = b""
        self.sent = b""

    def _send(self, **request: Any) -> Any:
        self.sent = request.get("data", b"")
        return SimpleNamespace(content=self.answer)

    def put(self, tree: dict[str, Any]) -> str:
        """The XML that `put_bucket_cors` sends."""
        self.client.put_bucket_cors(Bucket="media-1250000000", CORSConfiguration=tree)
        return self.sent.decode()

    def get(self, text: str) -> dict[str, Any]:
        """What `get_bucket_cors` makes of an answer."""
        self.answer = text.encode()
        found: dict[str, Any] = self.client.get_bucket_cors(Bucket="media-1250000000")
        return found


@pytest.fixture(scope="module")
def sdk() -> Sdk:
    """One client for all."""
    return Sdk()


@given(settings=any_settings)
def test_the_sdk_sends_our_json_as_the_same_rules(sdk: Sdk, settings: Cors) -> None:
    """Its own converter makes the XML."""
    settings = cleaned(settings)
    read = xml(sdk.put(json.loads(cors.to_json(settings))))
    assert (read.content, read.vary) == (settings.content, settings.vary)


@given(settings=any_settings)
def test_the_sdk_reads_our_xml_as_the_same_rules(sdk: Sdk, settings: Cors) -> None:
    """Its own converter makes a dict of single values and lists, which is one of the forms that we read."""
    settings = cleaned(settings)
    read = from_json(json.dumps(sdk.get(cors.to_xml(settings))))
    assert (read.content, read.vary) == (settings.content, settings.vary)


def test_the_sdk_reads_the_vendors_example_as_we_do(sdk: Sdk) -> None:
    """The answer of GET Bucket cors."""
    assert from_json(json.dumps(sdk.get(VENDOR))).content == xml(VENDOR).content


# -- read: places and what is wrong ------------------------------------------------------------------------------------


def test_every_value_of_the_xml_has_its_place() -> None:
    """Where the text begins, not where its element does."""
    at = xml(VENDOR.replace("</CORSConfiguration>", "<ResponseVary> true</ResponseVary></CORSConfiguration>")).at
    assert at is not None
    assert str(at.place("rules", 1, "origins", 1)) == "c.xml:19:18"
    assert str(at.place("rules", 0, "headers", 3)) == "c.xml:10:18"
    assert str(at.place("rules", 1, "max_age")) == "c.xml:29:18"
    assert str(at.place("rules", 1)) == "c.xml:16:2"
    assert str(at.place("rules", 1, "origins")) == "c.xml:18:18"
    assert str(at.place("rules", 0, "id")) == "c.xml:3:2"
    assert str(at.place("vary")) == "c.xml:31:15"
    assert str(at.place("rules", 7)) == str(at.place()) == "c.xml:2:1"
    own = xml(VENDOR).rules[1].at
    assert own is not None
    assert str(own.place("expose", 2)) == "c.xml:28:17"


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("<a/>", (1, 1), "unknown element `a`"),
        ("<CORSConfiguration>", (1, 20), "this is no XML: no element found"),
        ("<CORSConfiguration><b></CORSConfiguration>", (1, 20), "unknown element `b` in `CORSConfiguration`"),
        ("<!DOCTYPE a><CORSConfiguration/>", (1, 1), "a document type (`<!DOCTYPE`)"),
        (
            '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><CORSConfiguration>&b;</CORSConfiguration>',
            (1, 1),
            "a document type (`<!DOCTYPE`)",
        ),
        ("<CORSConfiguration>&b;</CORSConfiguration>", (1, 20), "this is no XML: undefined entity"),
        ("<CORSConfiguration>\nword</CORSConfiguration>", (2, 1), "the text `word` in `CORSConfiguration`"),
        ("<Error><Code>AccessDenied</Code></Error>", (1, 1), "COS answered the error `AccessDenied`"),
    ],
)
def test_xml_that_is_no_cors_is_told_with_its_place(text: str, place: tuple[int, int], found: str) -> None:
    """A document type is refused before any entity is declared; nothing is fetched, nothing grows."""
    made, troubles = cors.read_xml(text, "c.xml")
    assert made is None
    assert troubles[0][:3] == (*place, found)


def in_rule(text: str) -> str:
    """XML of a rule with this beside an origin and a method."""
    inner = f"<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\n{text}\n"
    return f"<CORSConfiguration><CORSRule>{inner}</CORSRule></CORSConfiguration>"


@pytest.mark.parametrize(
    ("text", "column", "found", "near"),
    [
        ("<AllowedOrigins>a</AllowedOrigins>", 1, "unknown element `AllowedOrigins` in `CORSRule`", "AllowedOrigins"),
        ("<AllowedMethod>get</AllowedMethod>", 16, "unknown method `get`", "get"),
        ("<AllowedMethod>OPTIONS</AllowedMethod>", 16, "unknown method `OPTIONS`", "OPTIONS"),
        ("<AllowedHeader/>", 1, "an empty AllowedHeader", None),
        ("<MaxAgeSeconds>-1</MaxAgeSeconds>", 16, "`-1` is no number of seconds", None),
        ("<MaxAgeSeconds>٣</MaxAgeSeconds>", 16, "`٣` is no number of seconds", None),
        ("<ID>a</ID><ID>b</ID>", 15, "a second ID in one rule", None),
        ("<AllowedHeader>a<b/></AllowedHeader>", 17, "the element `b` inside `AllowedHeader`", None),
    ],
)
def test_a_wrong_value_in_xml_is_told_with_its_place(text: str, column: int, found: str, near: str | None) -> None:
    """With the words that would be right, where it is a word."""
    made, (trouble, *_) = cors.read_xml(in_rule(text), "c.xml")
    assert made is None
    assert (trouble.line, trouble.column, trouble.found) == (2, column, found)
    assert (trouble.near[0] if trouble.near else None) == near


def test_a_rule_without_origin_or_method_is_told() -> None:
    """COS requires both."""
    made, troubles = cors.read_xml("<CORSConfiguration>\n <CORSRule/></CORSConfiguration>", "c.xml")
    assert made is None
    assert [trouble[:3] for trouble in troubles] == [
        (2, 2, "the rule has no AllowedOrigin"),
        (2, 2, "the rule has no AllowedMethod"),
    ]


def test_the_error_of_a_bucket_without_cors_is_read_as_no_rules() -> None:
    """GET /?cors answers 404 NoSuchCORSConfiguration."""
    text = "<?xml version='1.0'?>\n<Error><Code>NoSuchCORSConfiguration</Code><New><Code>a</Code></New></Error>"
    assert xml(text).content == ((), False)


def test_an_unknown_element_is_told_once_whatever_it_holds() -> None:
    """And what stands beside it is told too."""
    text = in_rule("<Allowed><a>b</a><c><d/></c>e</Allowed><AllowedMethod>get</AllowedMethod>")
    made, troubles = cors.read_xml(text, "c.xml")
    assert made is None
    assert [trouble.found for trouble in troubles] == [
        "unknown element `Allowed` in `CORSRule`",
        "unknown method `get`",
    ]


def test_a_text_that_is_nothing_but_wrong_is_not_told_for_ever() -> None:
    """A hundred troubles are enough, and brackets however deep are no danger."""
    wrong = "<a/>" * 1000
    made, troubles = cors.read_xml(f"<CORSConfiguration>{wrong}</CORSConfiguration>", "c.xml")
    assert (made, len(troubles)) == (None, 100)
    deep = "<a>" * 100_000
    made, troubles = cors.read_xml(f"<CORSConfiguration>{deep}", "c.xml")
    assert made is None
    assert [trouble.found for trouble in troubles][:1] == ["unknown element `a` in `CORSConfiguration`"]


def test_a_namespace_and_a_foreign_encoding_do_not_matter() -> None:
    """The file is text already when it is read."""
    text = VENDOR.replace(
        "<CORSConfiguration>", '<CORSConfiguration xmlns="http://www.qcloud.com/document/product/436/7751">'
    )
    assert xml(text.replace("utf-8", "gbk")).content == xml(VENDOR).content


RULE = {"AllowedOrigin": ["https://a.example"], "AllowedMethod": ["PUT"], "ExposeHeader": ["ETag"]}
PLURAL = {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["PUT"], "ExposeHeaders": ["ETag"]}


@pytest.mark.parametrize(
    "tree",
    [
        {"CORSRule": [RULE]},
        {"CORSRule": RULE},
        {"CORSRule": [{"AllowedOrigin": "https://a.example", "AllowedMethod": "PUT", "ExposeHeader": "ETag"}]},
        {"CORSRules": [RULE]},
        {"CORSRules": [PLURAL], "ResponseVary": "false", "statusCode": 200, "headers": {}, "RequestId": "a"},
        {"CORSConfiguration": {"CORSRules": [PLURAL]}},
        {"Bucket": "a-1", "Region": "b", "CORSConfiguration": {"CORSRules": [PLURAL]}, "ResponseVary": False},
        {
            "XMLName": {"Space": "", "Local": "CORSConfiguration"},
            "Rules": [{"ID": "", "AllowedHeaders": None} | PLURAL],
        },
        [RULE],
    ],
)
def test_the_json_of_every_official_tool_is_read(tree: Any) -> None:
    """The Python, JavaScript and Go SDKs, and tools for S3, in their own spellings."""
    wanted = (((None, ("https://a.example",), ("PUT",), (), ("ETag",), None),), False)
    assert from_json(json.dumps(tree)).content == wanted


def test_the_javascript_sdks_demo_is_read() -> None:
    """Its demo writes numbers and switches as text."""
    text = json.dumps(
        {
            "ResponseVary": "true",
            "CORSRules": [
                {
                    "AllowedOrigin": ["*"],
                    "AllowedMethod": ["GET", "POST", "PUT", "DELETE", "HEAD"],
                    "AllowedHeader": ["*"],
                    "ExposeHeader": ["ETag", "Date"],
                    "MaxAgeSeconds": "5",
                }
            ],
        }
    )
    found = from_json(text)
    assert found.vary is True
    assert found.rules[0].max_age == 5


@pytest.mark.parametrize("tree", [{"CORSRules": []}, {"CORSRule": []}, {"Rules": None}, []])
def test_an_empty_list_in_json_is_no_rules(tree: Any) -> None:
    """The JavaScript SDK returns it for a bucket without CORS, Go writes null."""
    assert from_json(json.dumps(tree)).content == ((), False)


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("{}", (1, 1), "no list of CORS rules"),
        ('{"CORSRuls": []}', (1, 2), "unknown key `CORSRuls` in the CORS settings"),
        ('{"CORSRule": [5]}', (1, 15), "no object where a CORS rule is expected"),
        ('{"CORSRule": [],\n "Rules": []}', (2, 2), "`Rules` beside `CORSRule`"),
        ('{"CORSRule": [], "ResponseVary": "on"}', (1, 34), "`on` where a switch is expected"),
        ('[{"AllowedOrigin": ["*"], "AllowedMethod": ["GET"],\n"AllowHeader": ["*"]}]', (2, 1), "unknown key"),
        ('[{"AllowedOrigin": [5], "AllowedMethod": ["GET"]}]', (1, 21), "no text where a value of AllowedOrigin"),
        ('[{"AllowedOrigin": ["*"], "AllowedMethod": [["GET"]]}]', (1, 45), "no text where a value of AllowedMethod"),
        (
            '[{"AllowedOrigin": ["*"], "AllowedOrigins": ["*"], "AllowedMethod": "GET"}]',
            (1, 27),
            "`AllowedOrigins` beside",
        ),
        ('[{"AllowedOrigin": "*", "AllowedMethod": "GET", "MaxAgeSeconds": 1.5}]', (1, 66), "no text where a value of"),
    ],
)
def test_json_that_is_wrong_is_told_with_its_place(text: str, place: tuple[int, int], found: str) -> None:
    """And nothing is guessed."""
    root = yamltree.compose(text)
    assert root is not None
    made, troubles = cors.read_json(root, "c.json")
    assert made is None
    assert troubles[0][:2] == place
    assert troubles[0].found.startswith(found)


# -- in a configuration ------------------------------------------------------------------------------------------------

HEAD = "buckets:\n  - name: media-1250000000\n    region: ap-guangzhou\n"


def configured(fields: str, **files: str) -> Any:
    """The CORS settings of a configuration's only bucket."""
    for name, text in files.items():
        Path(name.replace("_", ".")).write_text(text, "utf-8")
    Path("c.yaml").write_text(f"{HEAD}    {fields}\n", "utf-8")
    return load("c.yaml").buckets[0].cors


def test_inline_rules_have_the_places_of_their_values() -> None:
    """The line of the very value, through the same names as in the other forms."""
    found = configured(
        "cors:\n      vary: true\n      rules:\n        - origins: [https://a.example, 'https://b.example']\n"
        "          methods: [PUT]\n          max_age: 5"
    )
    assert found.content == (((None, ("https://a.example", "https://b.example"), ("PUT",), (), (), 5),), True)
    assert str(found.rules[0].at.place("origins", 1)) == "c.yaml:7:40"
    assert str(found.rules[0].at.place("max_age")) == "c.yaml:9:20"
    assert str(found.at.place("vary")) == "c.yaml:5:13"
    assert str(found.at.place("rules", 0, "methods", 0)) == "c.yaml:8:21"
    listed = configured("cors: [{origins: ['*'], methods: [GET]}]")
    assert str(listed.at.place("rules", 0)) == str(listed.rules[0].at.place()) == "c.yaml:4:12"


def test_an_empty_list_is_no_rules_and_no_field_is_not_described() -> None:
    """`[]` refuses every preflight."""
    assert configured("cors: []").content == ((), False)
    assert configured("owner: me") is None


def test_a_file_is_read_once_in_either_form() -> None:
    """XML begins with `<`."""
    found = configured("cors: c.xml", c_xml=VENDOR)
    assert found.content == xml(VENDOR).content
    assert str(found.rules[1].at.place("origins", 0)) == "c.xml:18:18"
    found = configured("cors: c.json", c_json=cors.to_json(xml(VENDOR)))
    assert found.content == xml(VENDOR).content
    assert str(found.rules[0].at.place("methods", 1)) == "c.json:9:9"


def test_a_wrong_word_in_a_file_is_told_with_the_nearest_one() -> None:
    """File, line, column, found, expected, nearest."""
    with pytest.raises(InputError) as caught:
        configured("cors: c.xml", c_xml=in_rule("<ExposeHeaders>ETag</ExposeHeaders>"))
    (problem,) = caught.value.problems
    assert str(problem.place) == "c.xml:2:1"
    assert problem.nearest == "ExposeHeader"
    assert problem.message == "unknown element `ExposeHeaders` in `CORSRule`"
    assert problem.line == "<ExposeHeaders>ETag</ExposeHeaders>"


# -- the smallest rules ------------------------------------------------------------------------------------------------

PAGES = ("https://a.example", "https://b.example", "http://localhost:8080")
ASKED = ("authorization", "content-type", "x-cos-sdk-retry", "x-cos-security-token")
READ = ("ETag", "x-cos-request-id", "Content-Length")

needs_of_pages = st.lists(
    st.builds(
        Need,
        st.sampled_from(PAGES),
        st.sampled_from(METHODS),
        st.sets(st.sampled_from(ASKED)).map(lambda names: tuple(sorted(names))),
        st.sets(st.sampled_from(READ)).map(lambda names: tuple(sorted(names))),
    ),
    min_size=1,
    max_size=6,
)


def met(settings: Cors, need: Need) -> bool:
    """Do both sides let it through, and does the page read what it needs?"""
    page = WebRequest(need.origin, "https://b-1.cos.ap-guangzhou.myqcloud.com/", need.method, pairs(need.headers))
    asked = fetch.unsafe_names(page.headers).sure
    before = fetch.judge_preflight(page, preflight(settings, need.origin, need.method, asked))
    answer = actual(settings, need.origin, need.method)
    after = fetch.judge_response(page, answer)
    reads = all(fetch.can_read(page, answer, name) for name in need.read)
    return before.outcome is Outcome.PASS and after.outcome is Outcome.PASS and reads


def pairs(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Headers of these names with values that are never safelisted."""
    return tuple([(name, '"') for name in names])


def smaller(settings: Cors) -> Iterable[Cors]:
    """The settings with one value less, each in turn; the safelisted `Content-Length` is exposed for older browsers."""
    for index, one in enumerate(settings.rules):
        for field in ("origins", "methods", "headers", "expose"):
            for value in getattr(one, field):
                if value != "Content-Length":
                    less = one._replace(**{field: tuple([other for other in getattr(one, field) if other != value])})
                    yield Cors((*settings.rules[:index], less, *settings.rules[index + 1 :]))


@given(needs_of_pages)
def test_the_smallest_rules_let_through_what_is_needed(needs: list[Need]) -> None:
    """On COS's side and on the browser's, whichever order the needs come in."""
    settings = minimal(needs)
    assert all(met(settings, need) for need in needs)
    assert minimal(reversed(needs)) == settings
    assert settings.vary is (True if len({need.origin for need in needs}) > 1 else None)
    assert len(settings.rules) <= len({need.origin for need in needs})


@given(needs_of_pages)
def test_the_smallest_rules_cannot_lose_a_value(needs: list[Need]) -> None:
    """Without any origin, method or header something that is needed is blocked."""
    for less in smaller(minimal(needs)):
        assert not all(met(less, need) for need in needs)


@given(needs_of_pages)
def test_the_smallest_rules_let_nothing_else_through(needs: list[Need]) -> None:
    """No other origin, no method that its pages do not use, no header that they do not send or read."""
    settings = minimal(needs)
    for origin, method in product((*PAGES, "https://evil-a.example", "null"), METHODS):
        declared = [need for need in needs if need.origin == origin]
        found = preflight(settings, origin, method)
        assert (found.outcome is Outcome.PASS) is any(need.method == method for need in declared)
        for name in (*ASKED, "x-cos-acl"):
            asked = preflight(settings, origin, method, (name,))
            if not any(name in need.headers for need in declared):
                assert asked.outcome is Outcome.BLOCKED
        shown = dict(actual(settings, origin, method).headers).get("Access-Control-Expose-Headers") or ""
        assert set(filter(None, shown.split(","))) <= {name for need in declared for name in need.read}


def test_origins_that_need_the_same_share_a_rule() -> None:
    """Methods in the vendor's order, names sorted, the vendor's max-age."""
    needs = [
        Need("https://b.example", "POST", ("Content-Type",)),
        Need("https://a.example", "PUT", ("authorization", "content-type"), ("ETag", "etag")),
        Need("https://a.example", "POST"),
        Need("https://b.example", "PUT", ("authorization",), ("ETag",)),
    ]
    assert minimal(needs) == Cors(
        (
            CorsRule(
                None,
                ("https://a.example", "https://b.example"),
                ("PUT", "POST"),
                ("authorization", "content-type"),
                ("ETag",),
                600,
            ),
        ),
        True,
    )
    assert minimal([]) == Cors(())


def test_the_vendors_recommended_rule_lets_every_upload_through() -> None:
    """All methods, every header, ETag exposed: what the quick start of the JavaScript SDK asks for."""
    settings = Cors((rule(["https://a.example"], METHODS, ["*"], ["ETag", "Content-Length", "x-cos-request-id"]),))
    for method in METHODS:
        assert met(settings, Need("https://a.example", method, ASKED, READ))
    assert not met(settings, Need("https://b.example", "PUT"))


def test_an_answer_is_taken_by_the_browsers_side() -> None:
    """The two halves fit: `*` for headers covers Authorization because COS answers with the list it was asked for."""
    page = WebRequest(
        "https://a.example", "https://b.example/k", "PUT", (("Authorization", "q"), ("x-cos-acl", "private"))
    )
    asked = fetch.unsafe_names(page.headers).sure
    answer: Answer = preflight(one("*"), page.origin, "PUT", asked)
    assert fetch.judge_preflight(page, answer).outcome is Outcome.PASS
    assert answer.fact == "cos.cors.allow-headers-answer"
    starred = fetch.Response(
        200,
        (
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "PUT"),
            ("Access-Control-Allow-Headers", "*"),
        ),
    )
    assert fetch.judge_preflight(page, starred).code == "authorization-not-listed"

"""Random requests of pages, CORS rules that nearly fit them, and free answers: what the browser is asked to judge.

Everything is drawn from a seeded source, so every run asks the same. Most of what is drawn begins as what lets the
request through and is then changed in a place or two: the cases lie close to the line between yes and no.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from oracles.cam.generator import Pick

from cosaudit.cos.cors import Answer, Cors, CorsRule, actual, preflight
from cosaudit.web.fetch import Response, WebRequest, normalize_method, unsafe_names

#: The pages, and the origin that each must have. A page with `/sandboxed` is in a sandbox, so it has none of its own.
PAGES = {
    "https://www.example.com/": "https://www.example.com",
    "https://shop.example.com/": "https://shop.example.com",
    "https://www.example.com:8443/": "https://www.example.com:8443",
    "http://www.example.com/": "http://www.example.com",
    "http://localhost:8080/": "http://localhost:8080",
    "https://商店.example.com/": "https://xn--czrs0t.example.com",
    "https://www.example.com/sandboxed": "null",
    "data:": "null",
}
PAGE = next(iter(PAGES))
_USUAL = (*[PAGE] * 4, *PAGES)

BUCKET = "media-1250000000"
HOSTS = (
    *[f"{BUCKET}.cos.ap-guangzhou.myqcloud.com"] * 3,
    f"{BUCKET}.cos.ap-guangzhou.tencentcos.cn",
    f"{BUCKET}.cos.accelerate.myqcloud.com",
    "cos.ap-guangzhou.myqcloud.com",
    "files.example.com",
)


class Case(NamedTuple):
    """One request of a page, and what is answered. `name` is in the path of its URL, and no other request has it:
    the browser keeps answers to preflights by URL."""

    name: str
    page: str
    request: WebRequest
    api: str  # "fetch" or "xhr"
    body: str | None  # as page.js names it
    code: tuple[tuple[str, str], ...]  # the headers that the code sets
    answers: tuple[Answers, ...]  # the second is for the address that a redirect leads to
    times: int = 1

    def given(self) -> dict[str, Any]:
        """As page.js takes it."""
        return {
            "api": self.api,
            "url": self.request.url,
            "method": self.request.method,
            "headers": self.code,
            "body": self.body,
            "credentials": self.request.credentials,
            "listens": self.request.upload_listeners,
            "times": self.times,
        }


class Answers(NamedTuple):
    """What a server answers: as COS by rules, where `which` says which of the answers that it may give, or fixed."""

    cors: Cors | None = None
    which: tuple[int, int] = (0, 0)
    fixed: tuple[Response, Response] | None = None

    def preflight(self, origin: str, method: str, headers: Sequence[str]) -> Response:
        """The answer to a preflight."""
        if self.fixed is not None:
            return self.fixed[0]
        assert self.cors is not None
        return variants(preflight(self.cors, origin, method, headers))[self.which[0]]

    def actual(self, origin: str, method: str) -> Response:
        """The answer to the request itself, the headers of CORS only."""
        if self.fixed is not None:
            return self.fixed[1]
        assert self.cors is not None
        return variants(actual(self.cors, origin, method))[self.which[1]]


def variants(answer: Answer) -> list[Response]:
    """Every answer that COS may give: each possible one, and each value of a header that nobody knows."""
    found: list[Response] = []
    for one in answer.possible or (answer,):
        open_ = [name for name, value in one.headers if value is None]
        assert set(open_) <= {"Access-Control-Allow-Credentials"}, "there are values for no other header here"
        for values in itertools.product(("true", None), repeat=len(open_)):
            chosen = dict(zip(open_, values, strict=True))
            headers = [(name, chosen.get(name) if value is None else value) for name, value in one.headers]
            found.append(Response(one.status, tuple([header for header in headers if header[1] is not None])))
    return found


# -- requests ----------------------------------------------------------------------------------------------------------

#: The headers that the SDK and people's own code set. Values matter for safelisted names only.
_SDK = (("authorization", "q-sign-algorithm=sha1"), ("x-cos-security-token", "t"))
_CODE: tuple[tuple[tuple[str, str], ...], ...] = (
    (*_SDK, ("cache-control", ""), ("content-type", "image/png")),
    (*_SDK, ("cache-control", ""), ("content-type", "")),
    (*_SDK, ("cache-control", ""), ("content-type", "image/png"), ("x-cos-sdk-retry", "true")),
    (*_SDK, ("content-md5", "m"), ("content-type", "application/xml")),
    (*_SDK, ("Content-MD5", "m"), ("Content-Type", "application/xml"), ("X-Cos-Sdk-Retry", "true")),
    _SDK,
    _SDK[:1],
    (("Authorization", "a"), ("x-cos-acl", "private"), ("x-cos-meta-note", "n")),
    (("Content-Type", "image/png"),),
    (("Content-Type", "text/plain"),),
    (("content-type", "application/octet-stream"),),
    (("x-cos-forbid-overwrite", "true"), ("x-cos-meta-a", "1"), ("x-cos-meta-b", "2")),
    (("Pic-Operations", "{}"), ("if-none-match", "*")),
    (),
    (),
)
_METHODS = ("PUT", "PUT", "PUT", "POST", "POST", "GET", "HEAD", "DELETE", "put", "post", "get", "delete", "head")
_BODIES = (None, "text", "bytes", "blob", "image", "text-file", "form", "fields")
#: The type that the browser takes from a body where the code names none.
_TYPES = {
    "text": "text/plain;charset=UTF-8",
    "image": "image/png",
    "text-file": "text/plain",
    "form": "multipart/form-data; boundary=----WebKitFormBoundary0123456789abcdef",
    "fields": "application/x-www-form-urlencoded;charset=UTF-8",
}


def source(seed: int) -> Pick:
    """A source of choices."""
    return Pick(random.Random(seed).randrange)  # noqa: S311


class Draft(NamedTuple):
    """A request that has no answers yet."""

    page: str
    request: WebRequest
    api: str
    body: str | None
    code: tuple[tuple[str, str], ...]

    def case(self, name: str, *answers: Answers, times: int = 1) -> Case:
        """With answers, below a path of its own."""
        request = self.request._replace(url=f"{self.request.url}/c/{name}/0")
        return Case(name, self.page, request, self.api, self.body, self.code, answers, times)


def draft(
    page: str,
    host: str | None,
    method: str,
    code: tuple[tuple[str, str], ...] = (),
    *,
    api: str = "fetch",
    body: str | None = None,
    credentials: str = "same-origin",
    listens: bool = False,
) -> Draft:
    """A request; `host` None is the page's own. What a page over https sends goes over https."""
    origin = PAGES[page]
    scheme = "http" if origin.startswith("http:") else "https"
    target = f"{scheme}://{host}" if host is not None else origin if origin != "null" else "https://www.example.com"
    if normalize_method(method) in ("GET", "HEAD"):
        body = None
    own = _TYPES.get(body or "")
    typed = any(name.lower() == "content-type" for name, _ in code)
    headers = code if own is None or typed else (*code, ("content-type", own))
    request = WebRequest(origin, target, method, headers, credentials, listens, body == "stream")
    return Draft(page, request, api, body, code)


def drafts(pick: Pick, methods: Sequence[str] = _METHODS, own: bool = False) -> Draft:
    """Any request; with `own` now and then to the page's own origin."""
    page = pick(_USUAL)
    api = pick(("fetch", "xhr"))
    host = None if own and pick.once_in(25) else pick(HOSTS)
    credentials = pick(("same-origin", "same-origin", "include", *["omit"] * (api == "fetch")))
    method, body = pick(methods), pick(_BODIES)
    sends = body is not None and normalize_method(method) not in ("GET", "HEAD")
    listens = api == "xhr" and sends and pick((False, True))  # without a body Chromium does not ask for their sake
    return draft(page, host, method, pick(_CODE), api=api, body=body, credentials=credentials, listens=listens)


# -- rules -------------------------------------------------------------------------------------------------------------

_COS_METHODS = ("PUT", "GET", "POST", "DELETE", "HEAD")
_EXPOSE: tuple[tuple[str, ...], ...] = (
    (), ("ETag",), ("etag", "x-cos-request-id"), ("*",), ("ETag", "Content-Length", "x-cos-request-id", "Set-Cookie"),
    ("x-cos-hash-crc64ecma",), ("Date", "Server", "Access-Control-Allow-Origin"),
)  # fmt: skip


def _origins(pick: Pick, origin: str) -> tuple[str, ...]:
    scheme, _, host = origin.partition("://")
    parent = host.partition(".")[2] or host
    other = "http" if scheme == "https" else "https"
    near = (
        "*", "*", origin, origin, origin, f"{scheme}://*.{parent}", f"{scheme}://*{parent}", f"{scheme}://{host[:3]}*",
        f"*://{host}", f"{scheme}://{host}:*", "https://*", "http*", f"{other}://{host}", f"{origin}:443",
        f"{origin}:80", f"{origin}:8443", origin.upper(), f"{origin}/", f"{scheme}://*.*", f"{scheme}://{parent}",
        "null", "https://www.example.com", "https://shop.example.com", "https://商店.example.com",
        "https://*.example.com:8443",
    )  # fmt: skip
    return tuple([pick(near) for _ in range(pick((1, 1, 2)))])


def _rule(pick: Pick, request: WebRequest) -> CorsRule:
    method = normalize_method(request.method)
    asked = unsafe_names(request.headers).sure
    spared = tuple([name for name in asked if name != pick(asked)])
    fitting = (
        ("*",), ("*",), asked, asked, asked, tuple([name.upper() for name in asked]), (*asked, "x-cos-sdk-retry"),
        spared, (), ("x-cos-*", "authorization", "content-type"), ("Authorization", "Content-Type"), ("*", "ETag"),
    )  # fmt: skip
    methods = ((method,), _COS_METHODS, ("GET", "HEAD", method), tuple([one for one in _COS_METHODS if one != method]))
    return CorsRule(
        None,
        _origins(pick, request.origin),
        pick((*methods[:3] * 2, methods[3])),
        pick(fitting),
        pick(_EXPOSE),
        pick((None, 0, 5, 600)),
    )


def rules(pick: Pick, request: WebRequest) -> Cors:
    """The rules of a bucket, of which one often lets the request through."""
    number = pick((0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4))
    return Cors(tuple([_rule(pick, request) for _ in range(number)]), pick((None, False, True)))


def cos_cases(seed: int, groups: int) -> Iterator[list[Case]]:
    """Requests to COS with rules. A group is one request with each answer that COS may give to it."""
    pick = source(seed)
    number = 0
    for _ in range(groups):
        made = drafts(pick)
        cors = rules(pick, made.request)
        group = []
        asked, answered = ask_cos(cors, made.request)
        for which in itertools.product(range(len(variants(asked))), range(len(variants(answered)))):
            group.append(made.case(f"cos-{number}", Answers(cors, which)))
            number += 1
        yield group


def ask_cos(cors: Cors, request: WebRequest) -> tuple[Answer, Answer]:
    """What COS answers to the preflight and to the request itself."""
    method = normalize_method(request.method)
    names = unsafe_names(request.headers).sure
    return preflight(cors, request.origin, method, names), actual(cors, request.origin, method)


# -- free answers ------------------------------------------------------------------------------------------------------

_ANY_METHODS = (*_METHODS, "PATCH", "patch", "OPTIONS", "egg")


def _answer(pick: Pick, request: WebRequest, ask: bool) -> Response:
    """An answer that lets the request through, changed in up to two places. None is a header that is left out."""
    origin, method = request.origin, request.method
    sent = normalize_method(method)
    asked = ", ".join(unsafe_names(request.headers).sure)
    include = request.credentials == "include"
    values: dict[str, str | None] = {
        "Access-Control-Allow-Origin": origin if include or pick((False, True)) else "*",
        "Access-Control-Allow-Credentials": "true" if include or pick((False, True)) else None,
        "Access-Control-Expose-Headers": pick((None, "ETag", "*", "etag,,X-COS-Request-Id", "a b", "ETag, *", " ETag")),
    }
    if ask:
        values["Access-Control-Allow-Methods"] = pick((sent, f"GET,{sent}", f" {sent} ,, HEAD"))
        values["Access-Control-Allow-Headers"] = pick((asked, asked.upper(), f"{asked}, x-other"))
    odd: dict[str, tuple[str | None, ...]] = {
        "Access-Control-Allow-Origin": (
            None, "*", origin.upper(), f"{origin}/", "null", f"{origin}, {origin}", f"{origin}, *", f"{origin} ", "**",
            "https://evil.example.net", "", f"{origin}:443",
        ),
        "Access-Control-Allow-Credentials": (None, "true", "TRUE", "false", "true, true", " true ", ""),
        "Access-Control-Expose-Headers": ("*", "ETag;", "Set-Cookie", "etag,x-cos-request-id,date"),
        "Access-Control-Allow-Methods": (
            None, "*", "", sent.lower(), method, "PUT;POST", "GET HEAD", f"{sent}\t,POST", "PATCH", "*, GET",
            f'"{sent}"',
        ),
        "Access-Control-Allow-Headers": (
            None, "*", "", "*, authorization", "Authorization", f"{asked} x", f"{asked};", f'"{asked}"', "x-cos-*",
            asked.partition(", ")[2], "authorization, *, x",
        ),
    }  # fmt: skip
    for _ in range(pick((0, 1, 1, 1, 2))):
        name = pick(tuple(values))
        values[name] = pick(odd[name])
    headers = [(name, value) for name, value in values.items() if value is not None]
    if headers and pick.once_in(12):
        headers.append(pick(headers))  # the same header twice
    statuses = (*[200] * 5, 204, 206, 299, 301, 304, 400, 403, 404, 500) if ask else (200, 404, 503)
    return Response(pick(statuses), tuple(headers))


def free_cases(seed: int, number: int) -> list[Case]:
    """Requests to a server that answers anything."""
    pick = source(seed)
    found = []
    for index in range(number):
        made = drafts(pick, _ANY_METHODS, own=True)
        asked = _answer(pick, made.request, True)
        answers = Answers(fixed=(asked, _answer(pick, made.request, False)))
        if not any(header == "Access-Control-Allow-Methods" for header, _ in asked.headers):
            made = _without_listeners(made)  # a deviation, see below
        found.append(made.case(f"free-{index}", answers))
    return found


# -- the limits of what needs no preflight -----------------------------------------------------------------------------

_SIGNS = tuple([chr(code) for code in range(0x20, 0x7F) if not chr(code).isalnum()])
_VALUES: tuple[tuple[str, str], ...] = (
    *[("Accept", "a" * size) for size in (127, 128, 129)],
    *[("accept-language", "a" * size) for size in (127, 128, 129)],
    *[("Content-Language", "a" * size) for size in (128, 129)],
    *[("Content-Type", "text/plain;a=" + "b" * size) for size in (115, 116)],
    *[("Range", f"bytes=0-{'9' * size}") for size in (1, 10)],
    *[("Accept", f"a{char}b") for char in _SIGNS],
    *[("Accept-Language", f"a{char}b") for char in _SIGNS],
    *[("Content-Type", f"text/plain{char}x") for char in _SIGNS],
    *[("Content-Type", f"text/plain; a={char}x") for char in _SIGNS],
    *[("Range", f"bytes={text}") for text in ("0-", "5-4", "5-5", "-5", "0-1,3-4")],
    ("Range", "BYTES=0-1"), ("Range", "0-1"), ("Accept", "a\x7fb"),
    ("Content-Type", "TEXT/PLAIN"), ("Content-Type", "text/plain ; x"), ("Content-Type", "text"), ("Content-Type", ""),
    ("Content-Type", "multipart/form-data"), ("Content-Type", "application/x-www-form-urlencoded; charset=gbk"),
    ("Content-Type", "application/json"), ("Content-Type", "text/plain, image/png"), ("Accept", ""), ("Accept", "a\tb"),
    ("Accept-Language", ""), ("Cache-Control", ""), ("Cache-Control", "no-cache"), ("If-None-Match", "*"),
    ("Origin", "https://evil.example.net"), ("Host", "a"), ("Content-Length", "5"), ("Referer", "https://a.example/"),
    ("Sec-X", "1"), ("Proxy-X", "1"), ("Expect", "100-continue"), ("Date", "now"), ("Cookie", "a=b"), ("Via", "a"),
    ("X-HTTP-Method-Override", "TRACE"), ("X-HTTP-Method-Override", "PUT"), ("X-Method-Override", "GET,connect"),
    ("DNT", "1"), ("TE", "trailers"), ("Last-Event-ID", "1"), ("X-Requested-With", "a"),
)  # fmt: skip


def limit_cases() -> list[Case]:
    """Every value near a limit, with fetch and with XMLHttpRequest, to a server that allows no header at all, so that
    the browser lets through exactly what it does not ask for; listeners, bodies, ports and own origins likewise."""
    made = [
        draft(PAGE, HOSTS[0], "POST", (header,), api=api, body="bytes")
        for header, api in itertools.product(_VALUES, ("fetch", "xhr"))
    ]
    made += [draft(PAGE, HOSTS[0], "GET", pair) for pair in itertools.combinations(_VALUES[:12:2], 2) if _apart(pair)]
    for method, listens, host in itertools.product(_ANY_METHODS, (False, True), (HOSTS[0], None)):
        bodiless = normalize_method(method) in ("GET", "HEAD")
        made.append(draft(PAGE, host, method, api="xhr", body="bytes", listens=listens and not bodiless))
    made += [draft(PAGE, HOSTS[0], "POST", api=api, body=body) for body in _BODIES for api in ("fetch", "xhr")]
    made += [draft(PAGE, HOSTS[0], method) for method in ("CONNECT", "trace", "Track", "TRACE")]
    own = ("www.example.com", "www.example.com:443", "www.example.com:8443", "WWW.Example.com", "example.com")
    made += [draft(PAGE, host, "GET") for host in own]
    found = [one.case(f"limit-{number}", BARE) for number, one in enumerate(made)]
    # a body that is a stream goes over HTTP/2 only, so what is seen of it here is that the browser asks
    refused = Answers(fixed=(Response(403, _ALLOW), Response(200, _ALLOW)))
    return [*found, draft(PAGE, HOSTS[0], "POST", body="stream").case("limit-stream", refused)]


def _apart(pair: Sequence[tuple[str, str]]) -> bool:
    """Do two headers have different names?"""
    return pair[0][0].lower() != pair[1][0].lower()


_ALLOW = (("Access-Control-Allow-Origin", PAGES[PAGE]), ("Access-Control-Allow-Methods", "PUT"))
#: Allows the page and PUT, but no header.
BARE = Answers(fixed=(Response(200, _ALLOW), Response(200, _ALLOW)))


# -- where Chromium leaves the standard --------------------------------------------------------------------------------


class Deviation(NamedTuple):
    """A request that Chromium treats otherwise than the Fetch standard says: as the standard treats another one."""

    what: str
    case: Case
    like: Case


def deviations() -> list[Deviation]:
    """All that are known. Each is named, so that it is noticed when one is gone."""
    host = HOSTS[0]
    listening = draft(PAGE, host, "GET", api="xhr", listens=True)
    patch = draft(PAGE, host, "PATCH", api="xhr", body="bytes", listens=True)
    nothing = Answers(fixed=(Response(200, _ALLOW[:1]), Response(200, _ALLOW[:1])))
    hint = draft(PAGE, host, "GET", (("Save-Data", "on"),))
    twice = draft(PAGE, host, "GET", (("Accept", "a" * 64), ("Accept", "b" * 63)))
    signed = draft(PAGE, host, "PUT", _SDK)
    found = [
        ("listeners on an upload without a body ask for nothing", listening, BARE, _without_listeners(listening), BARE),
        ("listeners do not spare Access-Control-Allow-Methods", patch, nothing, patch, BARE),
        ("client hints are safelisted", hint, BARE, draft(PAGE, host, "GET"), BARE),
        ("values of one name are joined before they are measured", twice, BARE,
         draft(PAGE, host, "GET", (("Accept", "a" * 129),)), BARE),
        ("* covers Authorization", signed, _listing("*"), signed, _listing("authorization, x-cos-security-token")),
    ]  # fmt: skip
    named = [
        Deviation(what, one.case(f"deviation-{number}", answers), like.case(f"deviation-{number}", others))
        for number, (what, one, answers, like, others) in enumerate(found)
    ]
    kept = {age: signed.case("deviation-kept", _listing("authorization, *", age), times=2) for age in ("-1", "0")}
    return [*named, Deviation("a negative Access-Control-Max-Age is 0", kept["-1"], kept["0"])]


def _without_listeners(made: Draft) -> Draft:
    return made._replace(request=made.request._replace(upload_listeners=False))


def _listing(headers: str, age: str = "600") -> Answers:
    said = (*_ALLOW, ("Access-Control-Allow-Headers", headers), ("Access-Control-Max-Age", age))
    return Answers(fixed=(Response(200, said), Response(200, said)))


# -- redirects ---------------------------------------------------------------------------------------------------------


def redirect_cases(seed: int, number: int) -> list[Case]:
    """Requests that are sent on to another address. Both servers mostly allow what comes."""
    pick = source(seed)
    found = []
    for index in range(number):
        made = drafts(pick, own=True)
        first = _open(pick, made.request.origin)
        own = made.request.origin if made.request.origin != "null" else "https://www.example.com"
        here = made.request.url
        scheme = here.partition("://")[0]
        place = pick(
            (here, "", f"{scheme}://{HOSTS[0]}", f"{scheme}://{HOSTS[3]}", f"{scheme}://files.example.com", own)
        )
        path = f"{place}/c/redirect-{index}/1"
        if pick.once_in(10):
            path = path.replace("://", "://user:word@")
        location = pick((path,) * 12 + ("data:text/plain,a", f"{path}#part"))
        status = pick((301, 302, 303, 307, 308))
        redirect = first[1]._replace(status=status, headers=(*first[1].headers, ("Location", location)))
        later = "null" if pick((False, True)) else made.request.origin
        second = Answers(fixed=_open(pick, later))
        found.append(made.case(f"redirect-{index}", Answers(fixed=(first[0], redirect)), second))
    return found


def _open(pick: Pick, origin: str) -> tuple[Response, Response]:
    allowed = "*, authorization, content-type, cache-control, x-cos-security-token, x-cos-sdk-retry, content-md5"
    headers = [("Access-Control-Allow-Origin", pick(("*", origin, origin)))]
    headers += [("Access-Control-Allow-Credentials", "true")]
    ask = [
        ("Access-Control-Allow-Methods", pick(("*", "GET,PUT,POST,DELETE,HEAD", "PUT,GET"))),
        ("Access-Control-Allow-Headers", pick((allowed, allowed, "*"))),
    ]
    return Response(200, tuple(headers + ask)), Response(200, tuple(headers) if not pick.once_in(8) else ())


# -- the answer to a preflight is kept ---------------------------------------------------------------------------------


def kept_cases() -> list[Case]:
    """The same request twice: is the second one asked for again?"""
    found = []
    for number, age in enumerate((None, "0", "600", "86400", "x", "5x", " 600 ", "1.5", "", "+5")):
        made = draft(PAGE, HOSTS[0], "PUT", _CODE[0], body="image")
        headers = [*_ALLOW, ("Access-Control-Allow-Headers", ", ".join(unsafe_names(made.request.headers).sure))]
        headers += [("Access-Control-Max-Age", age)] if age is not None else []
        both = Response(200, tuple(headers))
        found.append(made.case(f"kept-{number}", Answers(fixed=(both, both)), times=2))
    return found

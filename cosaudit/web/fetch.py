"""A browser's half of CORS, after the Fetch standard: when it asks first, and what it makes of the answers.

The other half, what COS answers, is `cos.cors`; its `Answer` and a plain `Response` are both taken here. The value of
a header may be unknown (None): what rests on it is then unknown too. A list that is not known is taken to be a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple, Protocol

from cosaudit import data
from cosaudit.model import Outcome, Settle, Verdict

Headers = tuple[tuple[str, str | None], ...]


class WebRequest(NamedTuple):
    """A request that a page makes with `fetch` or XMLHttpRequest in the mode `cors`.

    `origin`: the page's, as `serialize_origin` writes it. `headers`: those that the code sets and the `Content-Type`
    that the browser takes from the body (that of a file, where the code sets none); a value of None is not known.
    `upload_listeners`: the code listens on `xhr.upload`. `describe`: the field that would say what is not known.
    """

    origin: str
    url: str
    method: str
    headers: Headers = ()
    credentials: str = "same-origin"  # "omit", "same-origin" or "include"
    upload_listeners: bool | None = False
    stream_body: bool = False
    describe: str | None = None


class Answered(Protocol):
    """What is judged: `cos.cors.Answer` or `Response`. A header's value of None is one that nobody knows."""

    @property
    def status(self) -> int | None: ...  # noqa: D102

    @property
    def headers(self) -> Headers: ...  # noqa: D102

    @property
    def reason(self) -> str: ...  # noqa: D102

    @property
    def settle(self) -> Settle | None: ...  # noqa: D102

    @property
    def possible(self) -> Sequence[Answered]: ...  # noqa: D102


class Response(NamedTuple):
    """A response as it came. `possible`: every answer there may be, where it is not sure which."""

    status: int | None
    headers: Headers = ()
    reason: str = ""
    settle: Settle | None = None
    possible: tuple[Response, ...] = ()


class Needed(NamedTuple):
    """Whether a preflight is sent, and why (not). None: not known."""

    needed: bool | None
    reason: str


class Names(NamedTuple):
    """Names of request headers that a preflight asks for, in lower case and sorted: those that it surely asks for,
    and those that it may, because their value is not known."""

    sure: tuple[str, ...]
    maybe: tuple[str, ...]


def _quoted(text: str) -> str:
    """In backticks and short; what does not print is the reports' affair."""
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"


@cache
def _fact(name: str) -> Any:
    value = data.facts_of("fetch")[f"web.fetch.{name}"].value
    return frozenset(value) if isinstance(value, list) else value


# -- origins -----------------------------------------------------------------------------------------------------------

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#\\]*))?")
_AUTHORITY = re.compile(r"(?:.*@)?(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?\Z", re.S)


@lru_cache(maxsize=4096)  # a page sends many requests to the same few hosts
def serialize_origin(url: str) -> str | None:
    """The origin of a URL as a browser sends it: lower case, the host in ASCII, no default port.

    `null` for a scheme other than http and https (`file:`, `data:`); None for what is no URL with a host.

    >>> serialize_origin("HTTPS://Example.COM:443/a")
    'https://example.com'
    """
    match = _URL.match(url)
    if match is None:
        return None
    scheme = match[1].lower()
    ports = _fact("default-ports")
    if scheme not in ports:
        return "null"
    authority = _AUTHORITY.match(match[2] or "")
    if authority is None:
        return None
    host, port = authority[1].lower(), authority[2]
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return None
    number = int(port) if port else ports[scheme]
    if number > 65535:
        return None
    return f"{scheme}://{host}" + (f":{number}" if number != ports[scheme] else "")


def same_origin(request: WebRequest) -> bool:
    """Does the request stay on the page's own origin, so that CORS does not touch it?"""
    return request.origin != "null" and serialize_origin(request.url) == request.origin


# -- the request -------------------------------------------------------------------------------------------------------


def normalize_method(method: str) -> str:
    """A method as the browser sends it: `put` becomes `PUT`, `patch` stays."""
    upper = method.upper()
    return upper if upper in _fact("methods-normalized") else method


def is_forbidden_method(method: str) -> bool:
    """Does the browser refuse to send this method at all?"""
    return method.upper() in _fact("forbidden-methods")


_BLANKS = "\t\n\r "


def is_forbidden_header(name: str, value: str | None = None) -> bool | None:
    """Can no page set this request header, so that setting it does nothing?"""
    name = name.lower()
    if name in _fact("forbidden-request-headers") or name.startswith(tuple(_fact("forbidden-prefixes"))):
        return True
    if name in _fact("method-override-headers"):
        return None if value is None else any(is_forbidden_method(one.strip(_BLANKS)) for one in value.split(","))
    return False


@cache
def _unsafe() -> re.Pattern[str]:
    return re.compile("[\x00-\x08\x0a-\x1f" + "".join([re.escape(chr(code)) for code in _fact("unsafe-bytes")]) + "]")


@cache
def _language() -> re.Pattern[str]:
    return re.compile(f"[{_fact('language-characters')}]*\\Z")


_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105
_TYPE = re.compile(rf"[\t\n\r ]*({_TOKEN}/{_TOKEN})[\t\n\r ]*(?:;.*)?\Z", re.S)
_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)\Z")


def is_safelisted_header(name: str, value: str | None) -> bool | None:
    """May a request have this header without a preflight? None when that rests on the value and it is not known."""
    name = name.lower()
    if name not in _fact("safelisted-request-headers"):
        return False
    if value is None:
        return None
    value = value.strip(_BLANKS)
    if len(value) > _fact("value-size-max"):
        return False
    if name in ("accept-language", "content-language"):
        return _language().match(value) is not None
    if name == "range":
        found = _RANGE.match(value)
        return found is not None and (not found[2] or int(found[1]) <= int(found[2]))
    if _unsafe().search(value):
        return False
    if name == "content-type":
        type_ = _TYPE.match(value)
        return type_ is not None and type_[1].lower() in _fact("content-types")
    return True


@lru_cache(maxsize=4096)  # an SDK sends the same few sets of headers
def unsafe_names(headers: Headers) -> Names:
    """The names that a preflight asks for (`Access-Control-Request-Headers`). Headers that no page can set are left
    out, as the browser leaves them out."""
    sure: set[str] = set()
    maybe: set[str] = set()
    safe: list[tuple[str, int | None]] = []
    for name, value in headers:
        name = name.lower()
        forbidden = is_forbidden_header(name, value)
        safelisted = is_safelisted_header(name, value)
        if forbidden:
            continue
        if forbidden is None or safelisted is None:
            maybe.add(name)
        elif not safelisted:
            sure.add(name)
        if safelisted is not False:
            safe.append((name, None if value is None else len(value.strip(_BLANKS))))
    most = _fact("values-size-max")
    least = sum([size for _, size in safe if size is not None])
    if least > most:
        sure.update([name for name, _ in safe])
    elif least + _fact("value-size-max") * [size for _, size in safe].count(None) > most:
        maybe.update([name for name, _ in safe])
    return Names(tuple(sorted(sure)), tuple(sorted(maybe - sure)))


def needs_preflight(request: WebRequest) -> Needed:
    """Does the browser ask the server first?"""
    if same_origin(request):
        return Needed(False, "the request stays on the page's own origin")
    method = normalize_method(request.method)
    if method not in _fact("safelisted-methods"):
        return Needed(True, f"the method {_quoted(method)} is always asked for first")
    names = unsafe_names(request.headers)
    if names.sure:
        return Needed(True, f"the {_headers(names.sure)} must be asked for first")
    if request.upload_listeners:
        return Needed(True, "the code listens to the progress of the upload")
    if request.stream_body:
        return Needed(True, "the body is a stream")
    if names.maybe:
        return Needed(None, f"it rests on the value of the {_headers(names.maybe)}")
    if request.upload_listeners is None:
        return Needed(None, "it rests on whether the code listens to the progress of the upload")
    return Needed(False, "method and headers need no asking first")


def _headers(names: Sequence[str]) -> str:
    return ("header " if len(names) == 1 else "headers ") + ", ".join([_quoted(name) for name in names])


# -- the answers -------------------------------------------------------------------------------------------------------

_UNKNOWN = "\0"  # stands in no header's value


def _get(headers: Headers, name: str) -> str | None:
    """The values of a header joined as a browser joins them; None when it is absent, `_UNKNOWN` when not known."""
    values = [value for key, value in headers if key.lower() == name]
    if not values:
        return None
    known = [value.strip(_BLANKS) for value in values if value is not None]
    return ", ".join(known) if len(known) == len(values) else _UNKNOWN


_WORD = re.compile(rf"{_TOKEN}\Z")


@lru_cache(maxsize=4096)  # the same rules answer many requests
def _list(value: str) -> tuple[str, ...] | None:
    """The words of a list of methods or names; None when it is none (a word with a blank inside, say)."""
    words = [word for part in value.split(",") if (word := part.strip("\t "))]
    return tuple(words) if all(_WORD.match(word) for word in words) else None


def _sorted_out(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The first sure refusal, else the first that is not known, else the last of those that pass."""
    found: Verdict | None = None
    for verdict in verdicts:
        if verdict.outcome is Outcome.BLOCKED:
            return verdict
        if found is None or found.outcome is Outcome.PASS:
            found = verdict
    return found


def _blocked(code: str, reason: str, fact: str) -> Verdict:
    return Verdict(Outcome.BLOCKED, code, reason, f"web.fetch.{fact}")


def _unsure(reason: str, settle: Settle | None) -> Verdict:
    return Verdict(Outcome.UNKNOWN, "unsure", reason, settle.fact if settle is not None else None, settle)


def cors_check(request: WebRequest, headers: Headers, settle: Settle | None = None) -> Verdict:
    """May a page of this origin see a response with these headers?"""
    allowed = _get(headers, "access-control-allow-origin")
    include = request.credentials == "include"
    if allowed is None:
        return _blocked("no-allow-origin", "the answer has no `Access-Control-Allow-Origin`", "origin-check")
    if allowed == _UNKNOWN:
        return _unsure("nobody knows the answer's `Access-Control-Allow-Origin`", settle)
    if allowed == "*" and include:
        return _blocked(
            "wildcard-with-credentials",
            "`Access-Control-Allow-Origin: *` does not count for a request with credentials",
            "credentials",
        )
    if allowed not in ("*", request.origin):
        return _blocked(
            "origin-differs",
            f"`Access-Control-Allow-Origin` is {_quoted(allowed)}, and the page is from {_quoted(request.origin)}",
            "origin-check",
        )
    credentials = _get(headers, "access-control-allow-credentials")
    if include and credentials == _UNKNOWN:
        return _unsure("nobody knows the answer's `Access-Control-Allow-Credentials`", settle)
    if include and credentials != "true":
        return _blocked(
            "credentials-not-allowed",
            "the request has credentials, and the answer lacks `Access-Control-Allow-Credentials: true`",
            "credentials",
        )
    return Verdict(Outcome.PASS, "origin-allowed", f"the answer allows {_quoted(allowed)}", "web.fetch.origin-check")


def judge_preflight(request: WebRequest, answer: Answered) -> Verdict:
    """What the browser makes of the answer to the preflight of a request.

    Passes with the code `no-preflight` where none is sent. Codes of refusals: `preflight-status`, those of
    `cors_check`, `list-malformed`, `method-not-allowed`, `authorization-not-listed`, `header-not-allowed`.
    """
    needed = needs_preflight(request)
    if needed.needed is False:
        return Verdict(Outcome.PASS, "no-preflight", needed.reason, "web.fetch.preflight")
    verdict = _of_all(answer, lambda one: _preflight(request, one))
    if needed.needed is None and verdict.outcome is not Outcome.PASS:
        reason = f"a preflight may be sent ({needed.reason}), and it would fail: {verdict.reason}"
        return _unsure(reason, verdict.settle or Settle(describe=request.describe))
    return verdict


def judge_response(request: WebRequest, answer: Answered) -> Verdict:
    """May the page see the response to the actual request? Its status does not count. Codes: those of `cors_check`,
    and `same-origin`."""
    if same_origin(request):
        return Verdict(Outcome.PASS, "same-origin", "the page's own origin", "web.fetch.origin-check")
    return _of_all(answer, lambda one: cors_check(request, one.headers, one.settle))


def _of_all(answer: Answered, judge: Any) -> Verdict:
    """The verdict on every answer that there may be."""
    if not answer.possible:
        one: Verdict = judge(answer)
        return one
    verdicts: list[Verdict] = [judge(one) for one in answer.possible]
    if len({verdict.outcome for verdict in verdicts}) == 1:
        return verdicts[0]
    return _unsure(answer.reason, answer.settle)


def _preflight(request: WebRequest, answer: Answered) -> Verdict:
    if answer.status is None:
        return _unsure(answer.reason or "nobody knows the answer to the preflight", answer.settle)
    if not 200 <= answer.status <= 299:
        reason = f"the preflight is answered with {answer.status}" + (f": {answer.reason}" if answer.reason else "")
        return _blocked("preflight-status", reason, "preflight-status")
    verdict = _sorted_out(
        (
            cors_check(request, answer.headers, answer.settle),
            _methods(request, answer),
            _allowed_headers(request, answer),
        )
    )
    assert verdict is not None
    return verdict


def _malformed(header: str, value: str) -> Verdict:
    return _blocked("list-malformed", f"{header} is no list of names: {_quoted(value)}", "allow-header")


def _methods(request: WebRequest, answer: Answered) -> Verdict:
    value = _get(answer.headers, "access-control-allow-methods")
    method = normalize_method(request.method)
    if value == _UNKNOWN:
        if method in _fact("safelisted-methods"):
            return Verdict(Outcome.PASS, "method-allowed", f"{_quoted(method)} needs no asking")
        return _unsure("nobody knows the answer's `Access-Control-Allow-Methods`", answer.settle)
    methods = _list(value or "")
    if methods is None:
        return _malformed("`Access-Control-Allow-Methods`", value or "")
    if value is None and (request.upload_listeners or request.stream_body):
        methods = (method,)  # the standard fills the list in where the preflight is for their sake
    if (
        method in methods
        or method in _fact("safelisted-methods")
        or ("*" in methods and request.credentials != "include")
    ):
        return Verdict(Outcome.PASS, "method-allowed", f"the answer allows {_quoted(method)}", "web.fetch.allow-method")
    return _blocked(
        "method-not-allowed",
        f"`Access-Control-Allow-Methods` lacks {_quoted(method)}" + (f": {_quoted(value)}" if value else ""),
        "allow-method",
    )


def _allowed_headers(request: WebRequest, answer: Answered) -> Verdict:
    value = _get(answer.headers, "access-control-allow-headers")
    names = unsafe_names(request.headers)
    if value == _UNKNOWN:
        if not names.sure and not names.maybe:
            return Verdict(Outcome.PASS, "headers-allowed", "no header needs asking")
        return _unsure("nobody knows the answer's `Access-Control-Allow-Headers`", answer.settle)
    listed = _list(value or "")
    if listed is None:
        return _malformed("`Access-Control-Allow-Headers`", value or "")
    allowed = {name.lower() for name in listed}
    wildcard = "*" in allowed and request.credentials != "include"
    exempt = _fact("non-wildcard-request-headers")

    def lacking(asked: tuple[str, ...]) -> list[str]:
        return [name for name in asked if name not in allowed and (name in exempt or not wildcard)]

    missing = lacking(names.sure)
    if missing and wildcard:
        reason = f"`Access-Control-Allow-Headers: *` does not cover the {_headers(missing)}"
        return _blocked("authorization-not-listed", reason, "non-wildcard-request-headers")
    if missing:
        reason = f"`Access-Control-Allow-Headers` lacks the {_headers(missing)}"
        return _blocked("header-not-allowed", reason, "allow-header")
    doubtful = lacking(names.maybe)
    if doubtful:
        reason = f"`Access-Control-Allow-Headers` lacks the {_headers(doubtful)}, whose value is not known"
        return _unsure(reason, Settle(describe=request.describe))
    return Verdict(Outcome.PASS, "preflight-passed", "the answer allows method and headers", "web.fetch.preflight")


def preflight_kept(headers: Headers, browser: str) -> int | None:
    """For how many seconds a browser (`chromium`, `firefox`, `safari`) keeps the answer to a preflight; None when
    nobody knows the answer's `Access-Control-Max-Age`."""
    value = _get(headers, "access-control-max-age")
    if value == _UNKNOWN:
        return None
    seconds = int(value) if value and re.fullmatch(r"[0-9]{1,18}", value) else _fact("max-age-default")
    return int(min(seconds, _fact("max-age-caps")[browser]))


# -- what the page reads -----------------------------------------------------------------------------------------------


def readable(headers: Headers, credentials: str = "same-origin") -> frozenset[str]:
    """The names, in lower case, of response headers that a page of another origin may read, `*` for every name.
    `headers`: those of the response; only its `Access-Control-Expose-Headers` matters."""
    value = _get(headers, "access-control-expose-headers")
    listed = _list(value) if value is not None and value != _UNKNOWN else None
    exposed = {name.lower() for name in listed or ()}
    return frozenset((exposed | _fact("safelisted-response-headers")) - _fact("forbidden-response-headers"))


def can_read(request: WebRequest, answer: Answered, name: str) -> bool | None:
    """May the page read this header of the response? None where nobody knows which answer it gets."""
    name = name.lower()
    if name in _fact("forbidden-response-headers"):
        return False
    if same_origin(request):
        return True
    found: set[bool | None] = set()
    for one in answer.possible or (answer,):
        outcome = judge_response(request, one).outcome
        if outcome is Outcome.BLOCKED:
            found.add(False)
            continue
        names = readable(one.headers)
        shown: bool | None = name in names or ("*" in names and request.credentials != "include")
        if not shown and _get(one.headers, "access-control-expose-headers") == _UNKNOWN:
            shown = None
        found.add(shown if outcome is Outcome.PASS or not shown else None)
    return found.pop() if len(found) == 1 else None


# -- redirects ---------------------------------------------------------------------------------------------------------


def after_redirect(request: WebRequest, status: int, location: str) -> WebRequest | Verdict:
    """The request that follows a redirect, or why the browser gives up. CORS is judged anew for it; the response
    that redirects must itself have passed `judge_response`."""
    from urllib.parse import urljoin

    url = urljoin(request.url, location)
    there, here = serialize_origin(url), serialize_origin(request.url)
    if there is None or there == "null":
        return _blocked("redirect-scheme", f"the redirect goes to {_quoted(url)}", "redirect")
    crossing = not same_origin(request) or there != request.origin
    if crossing and "@" in (re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]):
        return _blocked("redirect-credentials", "the redirect's address holds a user name", "redirect")
    if status != 303 and request.stream_body:
        return _blocked("redirect-stream", "a body that is a stream cannot be sent again", "redirect")
    method, headers, stream = normalize_method(request.method), request.headers, request.stream_body
    if (status in (301, 302) and method == "POST") or (status == 303 and method not in ("GET", "HEAD")):
        method, stream = "GET", False
        headers = tuple([one for one in headers if one[0].lower() not in _fact("body-headers")])
    if there != here:
        headers = tuple([one for one in headers if one[0].lower() not in _fact("non-wildcard-request-headers")])
    origin = "null" if there != here and here != request.origin else request.origin
    return request._replace(url=url, method=method, headers=headers, stream_body=stream, origin=origin)

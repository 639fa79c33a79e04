"""The preflight gate: does the browser get the answer from the bucket that lets the request go out?

The browser's half is `web.fetch`, after the Fetch standard; COS's half is `cos.cors`. Each page origin of the client
is asked for; a request passes only where it passes for all of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.flows import page_origins
from cosaudit.gates import later
from cosaudit.model import Form, Outcome, Settle, Target, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cosaudit.cos.cors import Answer, Cors
    from cosaudit.model import Inventory, Request, Shape
    from cosaudit.web.fetch import Headers, WebRequest

    Judge = Callable[["Rules", WebRequest], "Judged"]

#: The official SDK for web pages.
JS = "cos-js-sdk-v5"

#: The fields of an upload that may say what a header's value is.
_FIELDS = ("content_type", "headers")

#: Stands for every page where nobody says which pages there are.
ANY_PAGE = "https://any-page.invalid"


class Rules:
    """A bucket's CORS rules as a key of what was judged already: the same object is the same, whatever it holds.

    Many buckets name one file of rules, and comparing a hundred rules for each request would cost more than judging.
    """

    __slots__ = ("cors",)

    def __init__(self, cors: Cors) -> None:
        self.cors = cors

    def __hash__(self) -> int:
        return id(self.cors)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rules) and self.cors is other.cors


class Judged(NamedTuple):
    """What became of a request from one page. `origin` None: from any page, since none is described."""

    origin: str | None
    verdict: Verdict
    answer: Answer | None = None  # what COS answers, where it was asked
    missing: tuple[str, ...] = ()  # of a refusal: every name that a person should add


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict of CORS on a request of a web page, for every origin that the page has."""
    outside = described(request)
    return outside if outside is not None else settled(worst(pages(request)), request)


def settled(verdict: Verdict, request: Request) -> Verdict:
    """A verdict with the whole name of the field that would settle it: until here it is that of any upload."""
    settle = verdict.settle
    if settle is None or settle.describe not in _FIELDS:
        return verdict
    return verdict._replace(settle=Settle(describe=later.field(request, settle.describe)))


def described(request: Request) -> Verdict | None:
    """The verdict on a request that CORS is not asked for, or that nothing is known of; None otherwise."""
    beyond = later.outside(request)
    if beyond is not None:
        return beyond
    if request.client.platform != "web":
        return later.NO_BROWSER
    assert request.bucket is not None
    if request.bucket.cors is None:
        return later.missing(f"buckets[{request.bucket.index}].cors")
    if request.shape is None:
        return later.unrecorded(request)
    if page_origins(request) == ():
        return later.missing(_origins(request))
    return elsewhere(request)


def elsewhere(request: Request) -> Verdict | None:
    """The verdict on a request to a host that does not answer by the bucket's rules; None otherwise."""
    if request.shape is None or request.shape.target is not Target.CUSTOM or not _is_cdn(request.prefix or ""):
        return None
    fact = "cos.cors.cdn"
    reason = "what a CDN domain answers to CORS is a setting of the CDN, which is not described"
    return Verdict(Outcome.UNKNOWN, "cdn", reason, fact, Settle(fact=fact))


def _origins(request: Request) -> str:
    return f"clients[{request.client.index}].origins"


@lru_cache(maxsize=4096)
def _is_cdn(prefix: str) -> bool:
    from cosaudit.cos.hosts import classify

    host = prefix.partition("://")[2].partition("/")[0].partition(":")[0]
    return classify(host.lower())[0] is Form.CDN


def worst(found: Iterable[Judged]) -> Verdict:
    """The first refusal, else the first that is not known, else the pass."""
    kept: Verdict | None = None
    for one in found:
        if one.verdict.outcome is Outcome.BLOCKED:
            return one.verdict
        if kept is None or kept.outcome is Outcome.PASS:
            kept = one.verdict
    assert kept is not None
    return kept


def pages(request: Request) -> list[Judged]:
    """What becomes of a request that `described` lets through, from each page."""
    return over_pages(request, _preflight, _from_anywhere)


def over_pages(request: Request, judge_one: Judge, from_anywhere: Judge) -> list[Judged]:
    """A gate's verdict for each page of a client; for all together where the client's origins are not described."""
    origins = page_origins(request)
    assert request.bucket is not None
    rules = Rules(request.bucket.cors)
    if origins is None:
        found = from_anywhere(rules, seen(request, ANY_PAGE))
        if found.verdict.outcome is Outcome.UNKNOWN:
            reason = "which pages send this is not described, so nothing says whether a CORS rule lets them"
            settle = Settle(describe=_origins(request))
            found = Judged(None, Verdict(Outcome.UNKNOWN, "origins-unknown", reason, None, settle))
        return [found]
    return [judge_one(rules, seen(request, page)) for page in dict.fromkeys(origins)]


# -- the request as a browser sees it ----------------------------------------------------------------------------------


def seen(request: Request, page: str) -> WebRequest:
    """A request as a browser sees it that sends it from a page.

    Its URL is left out where it is of another origin than the page, as all but a few are: to CORS such URLs are alike.
    """
    from cosaudit.web.fetch import WebRequest

    shape = request.shape
    assert shape is not None
    origin = _serialized(page) or page
    url = request.prefix or ""
    return WebRequest(
        origin,
        url if _serialized(url) == origin else "",
        shape.method,
        headers(request),
        # the SDK shows how far an upload is; hand-written code is taken to be `fetch`, which cannot
        upload_listeners=request.client.sdk.package != "none" and shape.method in ("PUT", "POST"),
    )


@lru_cache(maxsize=65536)
def _serialized(url: str) -> str | None:
    from cosaudit.web.fetch import serialize_origin

    return serialize_origin(url)


def headers(request: Request) -> Headers:
    """The request headers with their values, as far as they are known."""
    shape, transfer, used = request.shape, request.transfer, request.client.sdk
    assert shape is not None and transfer is not None
    version = used.version if used.package == JS else None
    return _headers(shape, tuple(transfer.values.items()), transfer.content_type, version)


@lru_cache(maxsize=65536)
def _headers(
    shape: Shape, values: tuple[tuple[str, str], ...], content_type: str | None, version: str | None
) -> Headers:
    given = dict(values)
    found: list[tuple[str, str | None]] = []
    for name in shape.headers:
        value = given.get(name)
        if value is None and name == "content-type":
            value = content_type
        if value is None and version is not None:
            from cosaudit.sdk import js

            value = js.value(version, shape.action, name)
        found.append((name, value))
    if shape.form and "content-type" not in shape.headers:
        found.append(("content-type", "multipart/form-data; boundary=x"))  # a browser writes it for a form
    return tuple(found)


#: A value that no safelisted header may have.
_UNSAFE = '"'


def _extremes(request: WebRequest) -> tuple[WebRequest, ...]:
    """The request with the values that are not known such that no header is asked for, and such that each one is.

    What COS lets through in the second case it lets through in every case between, since a rule that allows more
    headers allows fewer of them too.
    """
    from cosaudit.web.fetch import unsafe_names

    maybe = unsafe_names(request.headers).maybe
    if not maybe:
        return (request,)
    kept = tuple([one for one in request.headers if one[0] not in maybe])
    asked = tuple([(name, _UNSAFE) for name in maybe])
    return request._replace(headers=kept), request._replace(headers=(*kept, *asked))


# -- the verdicts ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)  # equal requests of many uploads are asked once
def _preflight(rules: Rules, request: WebRequest) -> Judged:
    """The verdict on a request from one page."""
    least, *more = [_known(rules.cors, one) for one in _extremes(request)]
    if not more:
        return least
    most = more[0]
    if least.verdict.outcome is Outcome.BLOCKED:
        return least._replace(missing=most.missing or least.missing)
    if most.verdict.outcome is Outcome.BLOCKED:
        reason = f"it rests on the value of a request header that is not known: {most.verdict.reason}"
        # without the upload that has it, so that equal requests of many uploads are one: see `settled`
        own = "content-type" in [name for name, value in request.headers if value is None]
        settle = Settle(describe=_FIELDS[0] if own else _FIELDS[1])
        return Judged(request.origin, Verdict(Outcome.UNKNOWN, "unsure", reason, None, settle))
    return most


def _known(cors: Cors, request: WebRequest) -> Judged:
    """The verdict on a request whose headers are asked for or not, for sure."""
    from cosaudit.cos.cors import preflight
    from cosaudit.web.fetch import judge_preflight, needs_preflight, unsafe_names

    names = unsafe_names(request.headers).sure
    answer = preflight(cors, request.origin, request.method, names)
    verdict = judge_preflight(request, answer)
    if not needs_preflight(request).needed:
        return Judged(request.origin, verdict)
    if verdict.outcome is Outcome.BLOCKED and answer.outcome is Outcome.BLOCKED:
        # the reason is COS's, so that a person mends the rules
        where = "" if request.origin in answer.reason else f", asked from {request.origin}"
        reason = f"COS answers the preflight with {answer.status}: {answer.reason}{where}"
        verdict = Verdict(Outcome.BLOCKED, answer.code, reason, answer.fact)
    return Judged(request.origin, verdict, answer, answer.missing)


def _from_anywhere(rules: Rules, request: WebRequest) -> Judged:
    """The verdict on a request from pages that nobody describes: sure only where it is the same for all of them."""
    opened = rules.cors._replace(rules=tuple([rule._replace(origins=("*",)) for rule in rules.cors.rules]))
    found = _preflight(Rules(opened), request)
    if found.verdict.outcome is Outcome.BLOCKED:  # whichever page it is: no rule has the method and the headers
        reason = found.verdict.reason.replace(f", asked from {ANY_PAGE}", "")
        reason = reason.replace(f" for the origin `{ANY_PAGE}`", "")
        return found._replace(origin=None, verdict=found.verdict._replace(reason=reason))
    # `null` is an origin that only `*` surely covers, and `*` covers every other one too
    found = _preflight(rules, request._replace(origin="null"))
    if found.verdict.outcome is Outcome.PASS:
        return found._replace(origin=None)
    return Judged(None, Verdict(Outcome.UNKNOWN, "origins-unknown", found.verdict.reason))


__all__ = [
    "ANY_PAGE", "JS", "Judged", "Rules", "described", "elsewhere", "headers", "judge", "over_pages", "pages", "seen",
    "settled", "worst",
]  # fmt: skip

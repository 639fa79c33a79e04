"""The preflight gate: does the browser get the answer from the bucket that lets the request go out?

The browser's half is `web.fetch`, after the Fetch standard; COS's half is `cos.cors`. Each page origin of the client
is asked for; a request passes only where it passes for all of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.flows import page_origins
from cosaudit.gates import later
from cosaudit.model import Outcome, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.cos.cors import Answer, Cors
    from cosaudit.model import Inventory, Request
    from cosaudit.web.fetch import Headers, WebRequest

#: The official SDK for web pages.
JS = "cos-js-sdk-v5"

#: A page that no rule names: what it may do, every page may.
ANY_PAGE = "https://any-page.invalid"


class Asked(NamedTuple):
    """What a page asks of a bucket: the request as the browser sees it, and the rules that answer."""

    request: WebRequest
    cors: Cors


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict of CORS on a request of a web page, for every origin that the page has."""
    outside = described(request)
    if outside is not None:
        return outside
    return over_origins(request, lambda asked: _preflight(asked.cors, asked.request))


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
    return None


def over_origins(request: Request, judge_one: Judge) -> Verdict:
    """The verdict for all origins of a client: the first refusal, else the first that is not known, else the pass."""
    origins = page_origins(request)
    field = f"clients[{request.client.index}].origins"
    if origins is None:
        verdict = judge_one(asked(request, ANY_PAGE))
        assert request.bucket is not None
        if verdict.outcome is Outcome.PASS or not request.bucket.cors.rules:
            return verdict
        reason = "which pages send this is not described, so nothing says whether a CORS rule lets them"
        return Verdict(Outcome.UNKNOWN, "origins-unknown", reason, None, Settle(describe=field))
    if not origins:
        return later.missing(field)
    found: Verdict | None = None
    for origin in dict.fromkeys(origins):
        verdict = judge_one(asked(request, origin))
        if verdict.outcome is Outcome.BLOCKED:
            return verdict
        if found is None or found.outcome is Outcome.PASS:
            found = verdict
    assert found is not None
    return found


def asked(request: Request, page: str) -> Asked:
    """A request as a browser sees it that sends it from a page."""
    from cosaudit.web.fetch import WebRequest, serialize_origin

    shape = request.shape
    assert shape is not None and request.bucket is not None and request.transfer is not None
    origin = serialize_origin(page) or "null"
    describe = None
    if request.transfer.content_type is None:
        describe = later.field(request, "content_type")
    own = request.client.sdk.package != "none"
    return Asked(
        WebRequest(
            origin,
            request.prefix or "",
            shape.method,
            headers(request),
            upload_listeners=own and shape.method in ("PUT", "POST"),
            describe=describe,
        ),
        request.bucket.cors,
    )


def headers(request: Request) -> Headers:
    """The request headers with their values, as far as they are known."""
    shape, transfer, used = request.shape, request.transfer, request.client.sdk
    assert shape is not None and transfer is not None
    found: list[tuple[str, str | None]] = []
    for name in shape.headers:
        value = transfer.values.get(name)
        if value is None and name == "content-type":
            value = transfer.content_type
        if value is None and used.version is not None and used.package == JS:
            from cosaudit.sdk import js

            value = js.value(used.version, shape.action, name)
        found.append((name, value))
    if shape.form and "content-type" not in shape.headers:
        found.append(("content-type", "multipart/form-data; boundary=x"))  # a browser writes it for a form
    return tuple(found)


@lru_cache(maxsize=65536)  # equal requests of many uploads are asked once
def _preflight(cors: Cors, request: WebRequest) -> Verdict:
    from cosaudit.cos.cors import preflight
    from cosaudit.web.fetch import judge_preflight, needs_preflight, unsafe_names

    names = unsafe_names(request.headers)
    verdicts: list[Verdict] = []
    # a header whose value is not known may be asked for or not: COS may answer differently
    for listed in dict.fromkeys([names.sure, tuple(sorted({*names.sure, *names.maybe}))]):
        answer = preflight(cors, request.origin, request.method, listed)
        verdict = judge_preflight(request, answer)
        if verdict.outcome is Outcome.BLOCKED and answer.outcome is Outcome.BLOCKED:
            verdict = _refused(answer, request)
        verdicts.append(verdict)
    outcomes = {one.outcome for one in verdicts}
    if outcomes == {Outcome.PASS, Outcome.BLOCKED}:
        needed = needs_preflight(request).reason
        settle = Settle(describe=request.describe) if request.describe else Settle(fact="cos.cors.header-each")
        return Verdict(Outcome.UNKNOWN, "unsure", f"{verdicts[-1].reason} ({needed})", None, settle)
    return next((one for one in verdicts if one.outcome is not Outcome.PASS), verdicts[0])


def _refused(answer: Answer, request: WebRequest) -> Verdict:
    """COS refuses the preflight: the reason is COS's, so that a person mends the rules."""
    where = "" if request.origin in answer.reason else f", asked from {request.origin}"
    return Verdict(
        Outcome.BLOCKED, answer.code, f"COS answers the preflight with 403: {answer.reason}{where}", answer.fact
    )


def answers(request: Request) -> list[tuple[str, Answer]]:
    """(origin, what COS answers to the preflight) of a request that is judged, for each origin that the page has."""
    from cosaudit.cos.cors import preflight
    from cosaudit.web.fetch import unsafe_names

    found = []
    for page in dict.fromkeys(page_origins(request) or (ANY_PAGE,)):
        one = asked(request, page)
        names = unsafe_names(one.request.headers)
        listed = tuple(sorted({*names.sure, *names.maybe}))
        found.append((one.request.origin, preflight(one.cors, one.request.origin, one.request.method, listed)))
    return found


if TYPE_CHECKING:
    from collections.abc import Callable

    Judge = Callable[[Asked], Verdict]


__all__ = ["ANY_PAGE", "Asked", "answers", "asked", "described", "headers", "judge", "over_origins"]

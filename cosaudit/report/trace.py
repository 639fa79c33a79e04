"""Each request and what each gate says of it, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit import flows
from cosaudit.model import GATES, NEVER, Outcome
from cosaudit.report.allowlist import condition
from cosaudit.report.plain import Paint, bullets, safe, wrap
from cosaudit.report.text import columns

if TYPE_CHECKING:
    from cosaudit.model import Request, Verdict, When
    from cosaudit.run import Judged

_WORDS = {
    Outcome.PASS: ("ok", "green"),
    Outcome.BLOCKED: ("BLOCKED", "red"),
    Outcome.UNKNOWN: ("unknown", "yellow"),
}


def render(rows: list[Judged], assumptions: tuple[str, ...], width: int, paint: Paint) -> str:
    """The verdict in words, then all requests in the order in which they are sent.

    Requests of one upload that go the same way (API, host, condition) and meet the same answers stand together,
    with the answers said once; what is sent again to the same host is a word on the request that it repeats.
    """
    out: list[str] = []
    if rows:
        out += [*wrap(_verdict(rows), width), ""]
    title: str | None = None
    silent: list[str] = []
    for group in _groups(rows):
        request, verdicts = group[0]
        head = _head(request)
        if head != title:
            if title is not None:
                out += [*silent, ""]
            out.append(paint(head, "bold"))
            title, silent = head, []
        said = _silent(verdicts, width)
        if silent and said != silent:
            out += silent
        silent = said
        out += _group(group, width, paint)
    out += silent
    if not rows:
        out.append("No request is described, so nothing is sent.")
    if assumptions:
        out += ["", "Assumed:"]
        out += bullets(list(map(safe, assumptions)), width)
    return "\n".join(out) + "\n"


def _verdict(rows: list[Judged]) -> str:
    names: dict[str, None] = {}
    stopped: dict[str, None] = {}
    unsure: dict[str, None] = {}
    number = 0
    for row in rows:
        name = _name(row.request)
        names[name] = None
        if any(verdict.outcome is Outcome.BLOCKED for verdict in row.verdicts):
            stopped[name] = None
            number += 1
        elif any(verdict.outcome is Outcome.UNKNOWN for verdict in row.verdicts):
            unsure[name] = None
    some = ", ".join([f'"{safe(name)}"' for name in list(stopped or unsure)[:3]])
    more = len(stopped or unsure) - 3
    some += f" and {more} more" if more > 0 else ""
    if stopped:
        requests = f"{number} of {len(rows)} requests" if len(rows) > 1 else "the only request"
        return f"STOPPED  {some}: {requests} {'is' if number == 1 else 'are'} stopped on the way"
    if unsure:
        return f"UNDECIDED  {some}: nothing is stopped for sure, and not all is known"
    return f"Nothing is stopped by what was judged, of {len(rows)} {'request' if len(rows) == 1 else 'requests'}"


def _name(request: Request) -> str:
    if request.endpoint is not None:
        return request.endpoint.url
    return request.flow or request.operation or "?"


def _head(request: Request) -> str:
    of = request.client.name or "Mini Program"
    if request.endpoint is not None:
        return f"{safe(request.endpoint.url)}  {safe(of)}, your server"
    name = f"{safe(request.flow)}  {request.operation}" if request.flow is not None else f"{request.operation}"
    to = f" to {request.bucket.name}" if request.bucket is not None else ""
    return f"{name}  {safe(of)}{to}"


def _groups(rows: list[Judged]) -> list[list[Judged]]:
    """Requests that differ only in method and path, or in being sent again to the same host."""
    found: dict[object, list[Judged]] = {}
    for row in rows:
        request, verdicts = row
        transfer = request.transfer
        key = (
            request.client.index,
            request.flow,
            request.operation,
            (transfer.kind, transfer.index, transfer.bucket) if transfer is not None else None,
            request.endpoint.url if request.endpoint is not None else None,
            request.api,
            request.prefix,
            _without_repeats(request.when),
            verdicts,
        )
        found.setdefault(key, []).append(row)
    return list(found.values())


def _without_repeats(when: When) -> When:
    return when._replace(retry=None) if when.retry in ("network", "5xx") else when


def _group(group: list[Judged], width: int, paint: Paint) -> list[str]:
    first = group[0]
    request = first.request
    if request.when == NEVER:
        known = request.refusal is None or request.refusal.code != "not-recorded"
        out = ["  nothing is sent" if known else "  what is sent is not recorded"]
    else:
        when = condition(str(_without_repeats(request.when)))
        api = request.api.value if request.api is not None else ""
        through = f"wx.{api}" if request.client.platform == "wechat-miniprogram" else api
        out = [f"  {when}, through {through}"]
        out += _requests(group, width)
    return [*out, *_answers(first.verdicts, width, paint)]


def _requests(group: list[Judged], width: int) -> list[str]:
    """One request a line with what it carries; repeats are words on the request that they repeat."""
    lines: dict[tuple[str, str, str], tuple[Request, dict[str, frozenset[str]]]] = {}
    for row in group:
        request = row.request
        shape = request.shape
        query = f"?{'&'.join(shape.query)}" if shape is not None and shape.query else ""
        key = (shape.method if shape is not None else "", f"{flows.url(request)}{query}", shape.action if shape else "")
        again = lines.setdefault(key, (request, {}))[1]
        if request.when.retry in ("network", "5xx"):
            sent = frozenset(shape.headers if shape is not None else ())
            again.setdefault(request.when.retry, sent)
    out = []
    same = {_again(request, again) for request, again in lines.values()}
    for (method, url, action), (request, again) in lines.items():
        out.append(f"    {f'{method} ' if method else ''}{safe(url)}")
        shape = request.shape
        if shape is None:
            continue
        out.append(f"      as {action}")
        if shape.headers:
            out += wrap(safe(", ".join(shape.headers)), width, "      headers ", "              ")
        if shape.form:
            out += wrap(safe(", ".join(shape.form)), width, "      form    ", "              ")
        if again and len(same) > 1:
            out += wrap(f"sent again {_again(request, again)}", width, "      ")
    if len(same) == 1 and any(again for _, again in lines.values()):
        out += wrap(f"{'each is ' if len(lines) > 1 else ''}sent again {same.pop()}", width, "      ")
    return out


def _again(request: Request, again: dict[str, frozenset[str]]) -> str:
    """After what a request is sent again, and which headers it carries then."""
    sent = frozenset(request.shape.headers) if request.shape is not None else frozenset()
    faults = " or ".join([{"network": "a network error", "5xx": "a 5xx answer"}[retry] for retry in again])
    more = sorted(frozenset().union(*again.values()) - sent)
    return f"after {faults}" + (f", then with {', '.join(more)}" if more else "")


def _answers(verdicts: tuple[Verdict, ...], width: int, paint: Paint) -> list[str]:
    """What each check says."""
    out: list[str] = []
    for gate, verdict in zip(GATES, verdicts, strict=True):
        if verdict.outcome not in _WORDS:
            continue
        word, style = _WORDS[verdict.outcome]
        fact = f" [{verdict.fact}]" if verdict.fact is not None else ""
        field = verdict.settle.describe if verdict.settle is not None else None
        settle = f"; describe {field}" if field is not None else ""
        head = f"    {columns()[gate]:<9}  {word:<7}  "
        lines = wrap(f"{safe(verdict.reason)}{safe(settle)}{fact}", width, head, " " * len(head))
        if paint.on:
            lines[0] = lines[0].replace(f" {word}", f" {paint(word, style)}", 1)
        out += lines
    return out


def _silent(verdicts: tuple[Verdict, ...], width: int) -> list[str]:
    """The checks without an answer, with the field that would give one."""
    out: list[str] = []
    missing: dict[str, list[str]] = {}
    for gate, verdict in zip(GATES, verdicts, strict=True):
        called = columns()[gate]
        if verdict.outcome is Outcome.NOT_DESCRIBED:
            missing.setdefault(verdict.missing or "", []).append(called)
    said = [f"{', '.join(names)} ({safe(field)})" for field, names in missing.items()]
    if said:
        out += wrap(f"not described: {'; '.join(said)}", width, "  ", "    ")
    return out

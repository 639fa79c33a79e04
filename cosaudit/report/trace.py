"""Each request and what each gate says of it, as text: a matrix, then why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit import flows
from cosaudit.model import GATES, NEVER, Outcome
from cosaudit.report.allowlist import condition
from cosaudit.report.plain import Paint, bullets, safe, wrap
from cosaudit.report.text import COLUMNS, Column, matrix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cosaudit.model import Request, Verdict, When
    from cosaudit.run import Judged

_WORDS = {
    Outcome.PASS: "ok",
    Outcome.BLOCKED: "BLOCKED",
    Outcome.UNKNOWN: "unknown",
    Outcome.NOT_DESCRIBED: "-",
    Outcome.NOT_APPLICABLE: "-",
}
_STYLES = {"BLOCKED": "red", "unknown": "yellow"}
_LEGEND = (
    "ok gets through, BLOCKED is refused, unknown is not decided, - is not asked or not described; each is judged as "
    "if those before it had let the request through."
)
#: First what is sent, then what is sent again, then what goes to the backup domain.
_ORDER = {None: 0, "network": 1, "5xx": 1, "host": 2}


def render(rows: list[Judged], assumptions: tuple[str, ...], width: int, paint: Paint) -> str:
    """The verdict in words, then for each upload a matrix of its requests, and each request with what stops it.

    Requests come in the order in which they are sent, repeats last; what is sent again to the same host, and meets
    the same answers, is a word on the request that it repeats.
    """
    out: list[str] = []
    if rows:
        out += [*wrap(_verdict(rows), width), "", *wrap(_LEGEND, width), ""]
    for head, lines in _parts(rows):
        out += [paint(head, "bold"), *_matrix(lines, width, paint), ""]
        for line in lines:
            out += _details(line, width, paint)
        out += [*_passed(lines, width), *_silent(lines, width), ""]
    if not rows:
        out += ["No request is described, so nothing is sent.", ""]
    if assumptions:
        out += ["Assumed:", *bullets(list(map(safe, assumptions)), width)]
    else:
        out.pop()
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


class _Line(NamedTuple):
    """One request in the matrix, with its repeats."""

    number: int
    request: Request
    verdicts: tuple[Verdict, ...]
    again: dict[str, frozenset[str]]  # what it is sent again after → the headers that it carries then


def _parts(rows: list[Judged]) -> list[tuple[str, list[_Line]]]:
    """The requests of each upload under its heading, repeats folded."""
    parts: dict[str, dict[object, _Line]] = {}
    for request, verdicts in rows:
        lines = parts.setdefault(_head(request), {})
        shape = request.shape
        sent = (shape.method, shape.query, shape.form, shape.action) if shape is not None else None
        key = (request.api, _url(request), sent, _without_repeats(request.when), verdicts)
        line = lines.setdefault(key, _Line(0, request, verdicts, {}))
        if line.request is not request and request.when.retry in ("network", "5xx"):
            line.again.setdefault(request.when.retry, frozenset(shape.headers if shape is not None else ()))
    return [(head, _numbered(lines.values())) for head, lines in parts.items()]


def _numbered(lines: Iterable[_Line]) -> list[_Line]:
    ordered = sorted(lines, key=lambda line: _ORDER[line.request.when.retry])
    return [line._replace(number=number) for number, line in enumerate(ordered, 1)]


def _head(request: Request) -> str:
    of = request.client.name or "Mini Program"
    if request.endpoint is not None:
        return f"{safe(request.endpoint.url)}  {safe(of)}, your server"
    name = f"{safe(request.flow)}  {request.operation}" if request.flow is not None else f"{request.operation}"
    to = f" to {request.bucket.name}" if request.bucket is not None else ""
    return f"{name}  {safe(of)}{to}"


def _without_repeats(when: When) -> When:
    return when._replace(retry=None) if when.retry in ("network", "5xx") else when


def _columns(lines: list[_Line]) -> list[Column]:
    """All nine gates, the first of them under the name of the platform; an upload has one client, so one platform."""
    platform = lines[0].request.client.platform
    return [column for column in COLUMNS if column.platform in (None, platform)]


def _matrix(lines: list[_Line], width: int, paint: Paint) -> list[str]:
    columns = _columns(lines)
    cells: list[tuple[str, ...]] = []
    titles: dict[int, str] = {}
    for line in lines:
        when = _when(line)
        if not titles or when != list(titles.values())[-1]:
            titles[len(cells)] = when
        words = {gate: _WORDS[verdict.outcome] for gate, verdict in zip(GATES, line.verdicts, strict=True)}
        cells.append((f"{line.number} {_label(line.request)}", *[words[column.gate] for column in columns]))
    head, *drawn = matrix([column.heading for column in columns], cells, width, paint)
    out = [head]
    for number, line_ in enumerate(drawn):
        if number in titles:
            out += wrap(titles[number], width, "  ")
        out.append(line_)
    return out


def _when(line: _Line) -> str:
    """When it is sent, and through what."""
    request = line.request
    if request.refusal is not None and request.refusal.code == "not-recorded":
        return "what is sent is not recorded"
    if request.when == NEVER:
        return "nothing is sent"
    when = condition(str(request.when))
    if request.when.retry is not None and line.again:
        when = f"{condition(str(_without_repeats(request.when)))}, again {_after([request.when.retry, *line.again])}"
    api = request.api.value if request.api is not None else ""
    through = f"wx.{api}" if request.client.platform == "wechat-miniprogram" else api
    return f"{when}, through {through}" if through else when


def _after(retries: Iterable[str]) -> str:
    """What a request is sent again after."""
    faults = {"network": "a network error", "5xx": "a 5xx answer"}
    return f"after {' or '.join([faults[retry] for retry in faults if retry in retries])}"


def _label(request: Request) -> str:
    if request.shape is not None:
        return request.shape.action.removeprefix("name/cos:")
    return "your server" if request.endpoint is not None else ""


def _details(line: _Line, width: int, paint: Paint) -> list[str]:
    """One request with what it carries, what it is sent again after, and the answers that are no pass."""
    request, shape = line.request, line.request.shape
    number = f"{line.number:>3}  "
    room = " " * len(number)
    method = f"{shape.method} " if shape is not None else ""
    target = _url(request)
    out = [f"{number}{method}{safe(target)}".rstrip() if target else f"{number}{_when(line)}"]
    if shape is not None:
        out.append(f"{room}as {shape.action}")
        for name, values in (("headers", shape.headers), ("form", shape.form)):
            if values:
                out += wrap(safe(", ".join(values)), width, f"{room}{name:<8}", room + " " * 8)
        if line.again and request.when.retry not in ("network", "5xx"):
            more = sorted(frozenset().union(*line.again.values()) - frozenset(shape.headers))
            then = f", then with {', '.join(more)}" if more else ""
            out += wrap(safe(f"sent again {_after(line.again)}{then}"), width, room)
    answers: dict[Verdict, list[str]] = {}
    for column, verdict in zip(_columns([line]), line.verdicts, strict=True):
        if verdict.outcome in (Outcome.BLOCKED, Outcome.UNKNOWN):
            answers.setdefault(verdict, []).append(column.heading)
    for verdict, names in answers.items():
        word = _WORDS[verdict.outcome]
        field = verdict.settle.describe if verdict.settle is not None else None
        settle = f"; describe {field}" if field is not None else ""
        said = f"{safe(verdict.reason)}{safe(settle)}{_fact(verdict)}"
        if len(names) > 1:
            answer = [f"{room}{', '.join(names)}: {word}", *wrap(said, width, f"{room}  ")]
        else:
            head = f"{room}{names[0]:<9} {word:<7}  "
            answer = wrap(said, width, head, " " * len(head))
        if paint.on:
            answer[0] = answer[0].replace(f" {word}", f" {paint(word, _STYLES[word])}", 1)
        out += answer
    return [*out, ""]


def _url(request: Request) -> str:
    shape = request.shape
    query = f"?{'&'.join(shape.query)}" if shape is not None and shape.query else ""
    return f"{flows.url(request) or ''}{query}"


def _fact(verdict: Verdict) -> str:
    return f" [{verdict.fact}]" if verdict.fact is not None else ""


def _passed(lines: list[_Line], width: int) -> list[str]:
    """Why the rest gets through, each reason once, with the numbers of the requests where it is not all of them."""
    out: list[str] = []
    for place, column in enumerate(_columns(lines)):
        reasons: dict[str, list[int]] = {}
        for line in lines:
            verdict = line.verdicts[place]
            if verdict.outcome is Outcome.PASS:
                reasons.setdefault(f"{verdict.reason}{_fact(verdict)}", []).append(line.number)
        for reason, numbers in reasons.items():
            of = f"{_numbers(numbers)}: " if len(numbers) < len(lines) else ""
            head = f"  {column.heading:<9}  ok  "
            out += wrap(f"{of}{safe(reason)}", width, head, " " * len(head))
    return out


def _numbers(numbers: list[int]) -> str:
    """Ascending numbers with their runs drawn together: `1, 3-5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join([str(first) if first == last else f"{first}-{last}" for first, last in runs])


def _silent(lines: list[_Line], width: int) -> list[str]:
    """The checks without an answer, with the field that would give one."""
    missing: dict[str, dict[str, None]] = {}
    for line in lines:
        for column, verdict in zip(_columns(lines), line.verdicts, strict=True):
            if verdict.outcome is Outcome.NOT_DESCRIBED:
                missing.setdefault(verdict.missing or "", {})[column.heading] = None
    said = [f"{', '.join(names)} ({safe(field)})" for field, names in missing.items()]
    return wrap(f"not described: {'; '.join(said)}", width, "  ", "    ") if said else []

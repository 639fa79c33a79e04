"""Each request and what each gate says of it, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit import flows
from cosaudit.model import GATES, Outcome
from cosaudit.report.plain import Paint, safe, wrap

if TYPE_CHECKING:
    from cosaudit.run import Judged

_WORDS = {
    Outcome.PASS: ("ok", "green"),
    Outcome.BLOCKED: ("BLOCKED", "red"),
    Outcome.UNKNOWN: ("unknown", "yellow"),
    Outcome.NOT_DESCRIBED: ("-", "dim"),
    Outcome.NOT_APPLICABLE: ("-", "dim"),
}


def render(rows: list[Judged], assumptions: tuple[str, ...], width: int, paint: Paint) -> str:
    """All requests in the order in which they are sent."""
    out: list[str] = []
    title = None
    for row in rows:
        request = row.request
        of = request.client.name or "Mini Program"
        name = request.endpoint.url if request.endpoint is not None else request.flow or "assumed"
        head = f"{safe(name)}  {safe(of)}" + (f"  {request.operation}" if request.operation else "")
        if head != title:
            if title is not None:
                out.append("")
            out.append(paint(head, "bold"))
            title = head
        out += _request(row, width, paint)
    if not rows:
        out.append("No request is described.")
    if assumptions:
        out += ["", "Assumed:"]
        for text in assumptions:
            out += wrap(safe(text), width, "  - ", "    ")
    return "\n".join(out) + "\n"


def _request(row: Judged, width: int, paint: Paint) -> list[str]:
    request, verdicts = row
    shape = request.shape
    url = flows.url(request)
    if url is None:
        out = [f"  nothing is sent ({request.when})" if request.when.never else "  not derived yet"]
    else:
        api = request.api.value if request.api is not None else ""
        method = f"{shape.method} " if shape is not None else ""
        query = f"?{'&'.join(shape.query)}" if shape is not None and shape.query else ""
        through = f"wx.{api}" if request.client.platform == "wechat-miniprogram" else api
        out = [f"  {method}{safe(url)}{safe(query)}"]
        out.append(f"    through {through}, {request.when}" + (f", as {shape.action}" if shape is not None else ""))
        if shape is not None and shape.headers:
            out += wrap(safe(", ".join(shape.headers)), width, "    headers ", "            ")
        if shape is not None and shape.form:
            out += wrap(safe(", ".join(shape.form)), width, "    form    ", "            ")
    silent = []
    for gate, verdict in zip(GATES, verdicts, strict=True):
        word, style = _WORDS[verdict.outcome]
        if verdict.outcome is Outcome.NOT_DESCRIBED or verdict.outcome is Outcome.NOT_APPLICABLE:
            silent.append(gate)
            continue
        fact = f" [{verdict.fact}]" if verdict.fact is not None else ""
        lines = wrap(f"{safe(verdict.reason)}{fact}", width, f"    {gate:<10} {word:<8} ", " " * 24)
        if paint.on:
            lines[0] = lines[0].replace(f" {word}", f" {paint(word, style)}", 1)
        out += lines
    if silent:
        out += wrap(f"{', '.join(silent)}: not described or not met", width, "    ", "    ")
    return out

"""The causes of an error message as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from cosaudit.report.plain import Paint, clip, quoted, safe, wrap
from cosaudit.why import is_ip

if TYPE_CHECKING:
    from cosaudit.model import Finding
    from cosaudit.why import Answer, Diagnosis, Found, Judgement

#: Causes that are told whole, and findings of one cause; the rest is told in a line each.
WHOLE, FINDINGS = 4, 3


def render(diagnosis: Diagnosis, config: str | None, width: int, paint: Paint) -> str:
    """The whole text: what it is, what was read, the causes in order."""
    out: list[str] = []
    if not diagnosis.answers:
        out += _unknown(diagnosis, width, paint)
    for number, answer in enumerate(diagnosis.answers):
        sure = "certain" if answer.certain else "likely"
        if number:
            out += ["", *_wrap(f"It also fits: {answer.entry.title} ({sure})", width)]
            out += _brief([one for one in answer.causes if one.state != "excluded"][:FINDINGS], width)
            continue
        title = _wrap(f"{answer.entry.title} ({sure})", width)
        out += [paint(line, "bold") for line in title]
        out += _read(diagnosis.found, width)
        out.append("")
        out += _causes(answer, diagnosis.found, config, width, paint)
    for note in diagnosis.notes:
        out += ["", *_wrap(safe(note[:1].upper() + note[1:]), width)]
    if diagnosis.cut:
        out += ["", *_wrap("The text is long: only its beginning and its end were read.", width)]
    if diagnosis.answers and config is None:
        more = "With --config CONFIG, causes that it excludes are struck out, and those that it proves come first."
        out += ["", *_wrap(more, width)]
    return "\n".join(out) + "\n"


def _unknown(diagnosis: Diagnosis, width: int, paint: Paint) -> list[str]:
    question = diagnosis.question
    assert question is not None  # there is one where there is no answer
    head = "Not known: this text holds no message of WeChat, an SDK, COS, a browser or STS that is recorded here"
    out = [paint(line, "bold") for line in _wrap(head, width)]
    out += [*_read(diagnosis.found, width), "", "One question halves what it can be:"]
    out += _wrap(question.asks, width, "  ")
    out += _wrap(question.yes, width, "  yes   ", "        ")
    out += _wrap(question.no, width, "  no    ", "        ")
    return out


def _read(found: Found, width: int) -> list[str]:
    """What was read out of the text, a line each."""
    where = " in ".join([one for one in (found.bucket, found.region) if one is not None])
    answer = " ".join([str(one) for one in (found.status, found.code) if one is not None])
    call = f"wx.{found.api}" if found.api is not None else ""
    if found.list is not None:
        call += f", checked against the {found.list} list"
    rows = [
        ("call", call),
        ("method", found.method or ""),
        ("host", found.host or ""),
        ("bucket", where),
        ("key", found.key or ""),
        ("page", found.origin or ""),
        ("header", found.header or ""),
        ("field", found.field or ""),
        ("answer", answer),
        ("errno", "" if found.errno is None else str(found.errno)),
        ("request", found.request_id or ""),
    ]
    return [f"  {name:<8}{clip(safe(value), width - 10)}" for name, value in rows if value]


def _causes(answer: Answer, found: Found, config: str | None, width: int, paint: Paint) -> list[str]:
    proven = [one for one in answer.causes if one.state == "proven"]
    left = [one for one in answer.causes if one.state == "open"]
    excluded = [one for one in answer.causes if one.state == "excluded"]
    whole = [*proven, *left[: max(WHOLE - len(proven), 0)]]
    out: list[str] = []
    for number, one in enumerate(whole, 1):
        out += _whole(number, one, found, config, width, paint)
    if len(left) > len(whole) - len(proven):
        out += ["", "Less often (--format json has how to check them):"]
        out += _brief(left[len(whole) - len(proven) :], width)
    if excluded:
        file = safe(config or "")
        out += ["", *_wrap(f"Struck out by {file}:", width)]
        for one in excluded:
            out += _wrap(one.cause.says, width, "  x ", "    ")
            out += _wrap(safe(f"not so: {one.reason}"), width, "    ")
    return out


def _whole(number: int, one: Judgement, found: Found, config: str | None, width: int, paint: Paint) -> list[str]:
    mark = f"{number} "
    if one.state == "proven":
        head = _wrap(f"PROVEN {one.cause.says}", width, mark, "  ")
        head[0] = head[0].replace("PROVEN", paint("PROVEN", "red", "bold"), 1)
        out = head
        for finding in one.findings[:FINDINGS]:
            out += _finding(finding, width)
        if len(one.findings) > FINDINGS:
            more = f"and {len(one.findings) - FINDINGS} more: cosaudit check {quoted(config or '')}"
            out += _wrap(more, width, "  ")
        return out
    out = _wrap(one.cause.says, width, mark, "  ")
    if one.reason is not None:
        out += _wrap(safe(one.reason), width, "  config  ", "          ")
    for finding in one.findings[:FINDINGS]:
        out += _finding(finding, width)
    out += _wrap(_filled(one.cause.check, found, config), width, "  check   ", "          ")
    return out + _wrap(_filled(one.cause.mend, found, config), width, "  mend    ", "          ")


def _finding(finding: Finding, width: int) -> list[str]:
    return [
        f"  at      {safe(str(finding.place))}  {finding.rule}",
        *_wrap(safe(finding.message), width, "          "),
        *_wrap(safe(finding.fix), width, "  mend    ", "          "),
    ]


def _filled(text: str, found: Found, config: str | None) -> str:
    """A text of the data with what is known in place of HOST, BUCKET and CONFIG. The region may be the mistake."""
    host = found.host if found.host is not None and not is_ip(found.host) else None
    for name, value in (
        ("HOST", host),
        ("BUCKET", found.bucket),
        ("CONFIG", quoted(config) if config is not None else None),
    ):
        if value is not None:
            text = text.replace(name, safe(value))
    return text


def _brief(causes: list[Judgement], width: int) -> list[str]:
    return [line for one in causes for line in _wrap(one.cause.says, width, "  - ", "    ")]


def _wrap(text: str, width: int, indent: str = "", later: str | None = None) -> list[str]:
    """Lines of at most so many columns; Chinese characters take two."""
    wide = sum(east_asian_width(char) in "WF" for char in text)
    return wrap(text, max(width - wide, width // 2), indent, later)


# -- JSON -------------------------------------------------------------------------------------------------------------


def as_json(diagnosis: Diagnosis) -> str:
    """`cosaudit why --format json`."""
    from cosaudit.report.json_ import dump

    question = diagnosis.question
    return dump(
        {
            "version": 1,
            "answered": bool(diagnosis.answers),
            "found": diagnosis.found._asdict(),
            "answers": [_answer(answer) for answer in diagnosis.answers],
            "question": None
            if question is None
            else {"id": question.id, "asks": question.asks, "yes": question.yes, "no": question.no},
            "notes": list(diagnosis.notes),
            "cut": diagnosis.cut,
        }
    )


def _answer(answer: Answer) -> dict[str, Any]:
    entry = answer.entry
    return {
        "id": entry.id,
        "title": entry.title,
        "gate": entry.gate,
        "confidence": "certain" if answer.certain else "likely",
        "causes": [_cause(one) for one in answer.causes],
    }


def _cause(one: Judgement) -> dict[str, Any]:
    cause = one.cause
    return {
        "id": cause.id,
        "says": cause.says,
        "state": one.state,
        "reason": one.reason,
        "check": cause.check,
        "mend": cause.mend,
        "gate": cause.gate,
        "rules": list(cause.rules),
        "facts": list(cause.facts),
        "findings": [
            {
                "rule": finding.rule,
                "message": finding.message,
                "fix": finding.fix,
                "location": finding.place._asdict(),
                "witness": dict(finding.witness) if finding.witness is not None else None,
            }
            for finding in one.findings
        ],
    }

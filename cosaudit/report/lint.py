"""A policy read closely, as text: what the key can do, then what is odd about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.report.plain import Paint, clip, safe, wrap
from cosaudit.report.text import frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cosaudit.excess.abilities import Abilities
    from cosaudit.model import Finding
    from cosaudit.run import Unknown

#: Lines of the opening at most.
MOST = 6
_CAN, _CANNOT, _PHONE = "This key can     ", "This key cannot  ", "A phone gets 403 "


def opening(able: Abilities, width: int) -> list[str]:
    """What the key can and cannot do, in six lines at most."""
    can = [f"{_joined(words)} {place}" for words, place in able.can]
    tail: list[str] = []
    if able.cannot:
        tail += wrap(", ".join(able.cannot), width, _CANNOT, " " * len(_CANNOT))[:2]
    if able.no_post and able.no_put:
        tail.append(f"{_PHONE}for files up to SliceSize   (neither PostObject nor PutObject)")
    elif able.no_post:
        tail.append(f"{_PHONE}from wx.uploadFile and cos.postObject   (no PostObject)")
    elif able.no_put:
        tail.append(f"{_PHONE}from cos.putObject   (no PutObject)")
    if able.no_parts:
        lead = _PHONE if not (able.no_post or able.no_put) else " " * len(_PHONE)
        tail.append(f"{lead}for files over SliceSize, 1 MiB unless set   (no multipart)")
    room = MOST - len(tail)
    notes = []
    if able.any_user:
        notes.append("(no user in that path: every user's files)")
    if able.only_if:
        notes.append("(some of it under conditions)")
    if able.disputed:
        notes.append(f"(if COS asks for {able.disputed[0]}: pages disagree)")
    told = can or ["do nothing that is known here"]
    if able.sets:
        more = f" and {len(able.sets) - 1} more" if len(able.sets) > 1 else ""
        told = [*can, f"do what {able.sets[0]}{more} holds, which is written nowhere"]
    blank = " " * len(_CAN)
    lines = [_cut(line, width) for text in told for line in wrap(safe(clip(text, 4 * width)), width, blank)]
    if len(lines) + len(notes) > room:  # one line for each, and as many as there is room for
        notes = notes[: max(0, room - len(told))]
        shown = told if len(told) + len(notes) <= room else told[: room - len(notes) - 1]
        lines = [blank + _cut(safe(text), width - len(blank)) for text in shown]
        if len(shown) < len(told):
            lines.append(f"{blank}and {len(told) - len(shown)} more")
    lines[0] = _CAN + lines[0][len(blank) :]
    return [*lines, *[blank + note for note in notes], *tail]


def _cut(text: str, width: int) -> str:
    """A text cut to a number of columns; characters of Chinese, Japanese and Korean take two."""
    from unicodedata import east_asian_width

    if len(text) * 2 <= width:
        return text
    columns = 0
    for index, char in enumerate(text):
        columns += 2 if east_asian_width(char) in "WF" else 1
        if columns > width:
            return clip(text[:index], max(1, index - 2)) if index else ""
    return text


def _joined(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def render(
    able: Abilities,
    findings: Sequence[Finding],
    unknowns: Sequence[Unknown],
    lines: Callable[[str, int], str],
    width: int,
    paint: Paint,
    code: int,
) -> str:
    """The whole text: the opening, then each finding with its place and mend."""
    out = [*opening(able, width), ""]
    for finding in findings:
        out.append(f"{paint(finding.severity.value, 'bold'):<8}  {finding.rule}  {safe(str(finding.place))}")
        out += wrap(safe(finding.message), width, "   ")
        out += frame(finding.place, lines, width)
        out += wrap(safe(finding.fix), width, "   mend    ", "           ")
        out.append("")
    for unknown in unknowns:
        out += [f"{paint('unknown', 'bold')}", *wrap(safe(unknown.reason), width, "   "), ""]
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.severity.value] = counts.get(finding.severity.value, 0) + 1
    told = ", ".join([f"{number} {name}" for name, number in counts.items()]) or "no findings"
    told += f"; {len(unknowns)} unknown" if unknowns else ""
    out.append(f"{told}; exit {code}")
    return "\n".join(out) + "\n"

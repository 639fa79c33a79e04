"""What `sign explain` found, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.report.plain import Paint, bullets, clip, safe, wrap

if TYPE_CHECKING:
    from cosaudit.cos.signature_explain import Difference, Explanation

_HEADS = {
    "fit": ("FITS", "green", "what was signed is what was sent, as far as can be seen"),
    "differ": ("DIFFERS", "red", ""),
    "unknown": ("CANNOT TELL", "yellow", "nothing that can be seen here is wrong"),
}
#: Causes that are shown at most; JSON has them all.
_MOST = 5


def render_json(found: Explanation) -> str:
    """The explanation as JSON; keys and tokens are hidden in it already."""
    from cosaudit.report.json_ import dump

    return dump(
        {
            "version": 1,
            "outcome": found.outcome,
            "signature": dict(found.signed),
            "lines": [row._asdict() for row in found.rows],
            "differences": [one._asdict() for one in found.differences],
            "causes": [one._asdict() for one in found.causes],
            "notes": list(found.notes),
        }
    )


def render(found: Explanation, width: int, paint: Paint) -> str:
    """The explanation as text: the verdict, what differs and what to change, then what was signed and sent."""
    head, style, text = _HEADS[found.outcome]
    if found.outcome == "differ":
        number = len(found.differences)
        text = "1 thing to change" if number == 1 else f"{number} things to change, the likeliest first"
    out = [paint(head, "bold", style) + f"  {text}"]
    for number, one in enumerate(found.differences, 1):
        out += ["", *_told(one, f"{number}. ", width)]
    if found.causes:
        out += ["", "It may also be:" if found.differences else "It may be, likeliest first:"]
        for one in found.causes[:_MOST]:
            out += _told(one, "  - ", width)
    out += _lines(found, width)
    if found.signed:
        out += ["", "The signature says:"]
        out += [f"  {name:<17} {safe(value)}" for name, value in found.signed.items() if value is not None]
    if found.notes:
        out += ["", "Mind:", *bullets([safe(note) for note in found.notes], width)]
    return "\n".join([line.rstrip() for line in out]) + "\n"


def _told(one: Difference, mark: str, width: int) -> list[str]:
    later = " " * len(mark)
    out = wrap(safe(one.text), width, mark, later)
    out += wrap(safe(one.mend), width, f"{later}mend  ", f"{later}      ")
    return [*out, f"{later}fact  {one.fact}"]


def _lines(found: Explanation, width: int) -> list[str]:
    """HttpString line by line, each side that is known; equal ones once."""
    out: list[str] = []
    for row in found.rows:
        sides = zip(("signed", "sent", "arrived"), row[1:], strict=True)
        known = [(name, text) for name, text in sides if text is not None]
        if not known:
            continue
        if len({text for _, text in known}) == 1:
            known = [(", ".join([name for name, _ in known]), known[0][1])]
        out.append(f"  {row.line}")
        out += [clip(f"    {name:<22} {safe(text) or '(nothing)'}", max(width, 100)) for name, text in known]
    return ["", "Line by line:", *out] if out else []

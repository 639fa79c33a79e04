"""`cosaudit facts`: what is known, from where, and how surely. The command itself only parses and prints."""

from __future__ import annotations

from typing import Any

from cosaudit import data
from cosaudit.data import Fact

_WIDTH = 80


def select(filter: str | None = None) -> list[Fact]:
    """The facts whose id or wording holds the text, in any letter case; all without a text. Sorted by id."""
    every = list(data.facts().values())
    if not filter:
        return every
    wanted = filter.casefold()
    return [fact for fact in every if wanted in fact.id or wanted in fact.says.casefold()]


def suggest(id: str) -> tuple[str, ...]:
    """Up to three ids that are near to one that there is not, the nearest first."""
    import difflib

    known = list(data.facts())
    wanted = id.strip().casefold()[:100]
    found = difflib.get_close_matches(wanted, known, n=3, cutoff=0.6)
    inside = [name for name in known if wanted and wanted in name and name not in found]
    return tuple([*found, *inside][:3])


def render_list(filter: str | None = None) -> str:
    """One fact a paragraph: id, confidence, what it says. Empty when the filter lets none through."""
    lines = []
    for fact in select(filter):
        lines.append(f"{fact.id}  {fact.confidence}")
        lines += _wrapped(fact.says, "  ", "  ")
    return "\n".join(lines) + "\n" if lines else ""


def render_one(fact: Fact) -> str:
    """All that is known about one fact, for people."""
    lines = _wrapped(fact.says, "", "  ")
    lines.append("")
    if fact.value is not None:
        lines += _value(fact.value, fact.unit)
    lines.append(f"confidence  {fact.confidence}")
    for word, text in (("against", fact.against), ("note", fact.note)):
        if text:
            lines += _wrapped(text, f"{word:<12}", " " * 12)
    for source in fact.sources:
        lines += _wrapped(f"{source.title} ({source.dated})", f"{'source':<12}", " " * 12)
        place = source.url or source.where
        if place:
            lines += _wrapped(place, " " * 12, " " * 12)
    lines.append(f"fact        {fact.id} (data/{fact.file}.yaml)")
    return "\n".join(lines) + "\n"


def to_json(facts: list[Fact]) -> dict[str, Any]:
    """The facts as the JSON of `cosaudit facts`."""
    return {
        "version": 1,
        "facts": [
            {
                "id": fact.id,
                "says": fact.says,
                "value": _json(fact.value),
                "unit": fact.unit,
                "confidence": fact.confidence,
                "against": fact.against,
                "note": fact.note,
                "sources": [source._asdict() for source in fact.sources],
            }
            for fact in facts
        ],
    }


def _json(value: Any) -> Any:
    """A value whose mappings have text as keys, as JSON wants them."""
    if isinstance(value, dict):
        return {_text(key): _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if isinstance(value, list) else value


def _value(value: Any, unit: str | None) -> list[str]:
    if isinstance(value, dict):
        shown = [f"{key}: {_text(item)}" for key, item in value.items()]
    elif isinstance(value, list):
        shown = [_text(item) for item in value]
    else:
        shown = [_text(value)]
    lines = []
    for number, item in enumerate(shown):
        lines += _wrapped(item, f"{'value' if number == 0 else '':<12}", " " * 12)
    if unit:
        lines.append(f"unit        {unit}")
    return lines


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return str(value)


def _wrapped(text: str, first: str, more: str) -> list[str]:
    import textwrap

    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    )

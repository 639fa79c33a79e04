"""Is a text JSON, as the services take policies? They take no comments, single quotes or commas at the end.

YAML reads more than that, so a policy that only YAML can read would pass unnoticed here and be refused there. Source:
fact `cam.document.json`.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn


class Slip(NamedTuple):
    """The first thing that is no JSON; line and column count from 1."""

    line: int
    column: int
    found: str
    expected: str


#: Each piece ends in one way only, also where it is never closed: nothing is tried twice.
_TEXT = r'"(?:\\.|[^"\\])*(?:"|\Z)'
_COMMENT = r"//[^\n]*(?:\n|\Z)|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)"
#: What may stand before the document, and behind its bracket.
_SPACE = rf"(?:\s|#[^\n]*(?:\n|\Z)|{_COMMENT})*"
_BEGINS = re.compile(_SPACE + r"\{" + _SPACE + "[\"'}]")
_YAML = (".yaml", ".yml")


def meant(text: str, file: str) -> bool:
    """Is a text meant to be JSON? By the name of its file, else by how it begins."""
    name = file.lower()
    return name.endswith(".json") or (not name.endswith(_YAML) and _BEGINS.match(text) is not None)


_COMMENTS = re.compile(rf"{_TEXT}|'[^'\n]*'|{_COMMENT}", re.DOTALL)
_CONSTANTS = re.compile(rf"{_TEXT}|(-?Infinity|NaN)", re.DOTALL)


def readable(text: str) -> str:
    """The text with spaces in the place of comments that YAML does not know: read as it was meant, places unchanged."""
    if "//" not in text and "/*" not in text:
        return text
    return _COMMENTS.sub(lambda one: one[0] if one[0][0] in "\"'" else re.sub(r"[^\n]", " ", one[0]), text)


class _Constant(Exception):  # noqa: N818
    """A number that JSON does not have."""


def _constant(name: str) -> NoReturn:
    raise _Constant(name)


def _none(text: str) -> None:
    """Numbers are not made: one of ten thousand digits is JSON too."""


def slip(text: str) -> Slip | None:
    """The first thing that makes a text no JSON; None for JSON."""
    import json

    try:
        json.loads(text, parse_constant=_constant, parse_int=_none, parse_float=_none)
    except json.JSONDecodeError as error:
        return _slip(text, error.pos)
    except _Constant:
        found = next(one for one in _CONSTANTS.finditer(text) if one[1])
        return _slip(text, found.start())
    except RecursionError:  # deeper than any policy is read
        return None
    return None


def _slip(text: str, at: int) -> Slip:
    rest = text[at : at + 200].lstrip()
    before = text[:at].rstrip()
    comma = rest[:1] == "," and rest[1:].lstrip()[:1] in ("]", "}")
    if comma or (rest[:1] in ("]", "}") and before.endswith(",")):
        if not comma:
            at = len(before) - 1
        closing = rest[1:].lstrip()[:1] if comma else rest[0]
        found, expected = f"a comma before `{closing}`", "JSON, which has none behind the last element"
    elif rest.startswith(("//", "/*", "#")):
        found, expected = "a comment", "JSON, which has none"
    elif rest.startswith("'"):
        found, expected = "a text in single quotes", "JSON, whose texts stand in double quotes"
    else:
        word = re.match(r"[^\s,:\[\]{}\"]{1,40}", rest)
        found = f"`{word[0] if word is not None else rest[0]}`" if rest else "the end of the text"
        expected = "JSON, whose names and texts stand in double quotes" if word is not None else "JSON"
    line = text.count("\n", 0, at) + 1
    return Slip(line, at - text.rfind("\n", 0, at), found, expected)


__all__ = ["Slip", "meant", "readable", "slip"]

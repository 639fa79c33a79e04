"""Text for terminals and logs: escaping, wrapping, colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: Columns when nobody knows better.
WIDTH = 80

_CODES = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "dim": "2"}


def safe(text: str) -> str:
    """User text for a terminal: what does not print (control, bidi, invisible) becomes an escape that does.

    >>> safe("a\\x1b[31m")
    'a\\\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(
        [char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode() for char in text]
    )


def quoted(word: str) -> str:
    """A word of a command line, as a shell takes it, safe to print."""
    plain = all(char.isalnum() or char in "@%+=:,./_-" for char in word)
    return safe(word if word and plain else "'" + word.replace("'", "'\\''") + "'")


def argument(word: str) -> str:
    """A positional word of a command line: quoted, with `--` before what looks like an option."""
    return f"-- {quoted(word)}" if word.startswith("-") else quoted(word)


class Paint:
    """Colours, or none."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, *styles: str) -> str:
        """The text in these styles."""
        if not self.on:
            return text
        return f"\x1b[{';'.join([_CODES[style] for style in styles])}m{text}\x1b[0m"


def wrap(text: str, width: int, indent: str = "", later: str | None = None) -> list[str]:
    """Lines of at most `width` characters, broken at blanks; a word that is longer stands alone."""
    later = indent if later is None else later
    lines: list[str] = []
    line, empty = indent, True
    for word in text.split():
        if not empty and len(line) + 1 + len(word) > width:
            lines.append(line)
            line, empty = later, True
        line = line + word if empty else f"{line} {word}"
        empty = False
    if not empty:
        lines.append(line)
    return lines


def bullets(texts: Collection[str], width: int, most: int | None = None) -> list[str]:
    """Safe texts as a list of points; beyond `most` of them they are counted."""
    out: list[str] = []
    for text in list(texts)[:most]:
        out += wrap(text, width, "  - ", "    ")
    if most is not None and len(texts) > most:
        out.append(f"  - and {len(texts) - most} more (--format json has them all)")
    return out


def clip(text: str, width: int) -> str:
    """The text, cut to `width` characters with a `~` at the end."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "~"


def table(rows: Iterable[tuple[str, ...]], gap: str = "  ") -> list[str]:
    """Rows as aligned columns, without blanks at the ends of lines."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return [gap.join([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]).rstrip() for row in rows]

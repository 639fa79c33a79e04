"""Reads configuration files: finds them, decodes their bytes, keeps places, gathers every problem of a run."""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple

from cosaudit import yamltree
from cosaudit.config.fields import short, shown
from cosaudit.model import Place
from cosaudit.yamltree import Node


class Problem(NamedTuple):
    """One thing that is wrong with the input: place, what was found, what was expected, the nearest valid word."""

    place: Place
    message: str
    expected: str | None = None
    nearest: str | None = None
    help: str | None = None
    also: Place | None = None
    also_text: str = "the first one"
    line: str | None = None  # the text of the line, for a code frame


class InputError(Exception):
    """The input cannot be used; `problems` says all of why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problem(s) in the input")
        self.problems = problems


#: More problems than this are counted, not kept: nobody reads them, and a 30 MB file of nonsense has millions.
MAX_PROBLEMS = 1000


class Source:
    """A file (or flag) that values come from."""

    __slots__ = ("_lines", "folder", "name", "text")

    def __init__(self, name: str, text: str, folder: str) -> None:
        self.name = name
        self.text = text
        self.folder = folder  # what its relative paths start from
        self._lines: list[str] | None = None

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its end; empty when there is none."""
        if self._lines is None:
            self._lines = self.text.splitlines()
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""


class NodePlaces:
    """Places of a configured value, looked up in its node when somebody asks."""

    __slots__ = ("node", "source")

    def __init__(self, source: Source, node: Node) -> None:
        self.source = source
        self.node = node

    def place(self, *path: str | int) -> Place:
        """The place of the value at `path`, or of the nearest part above it that exists."""
        node = self.node
        for step in path:
            if isinstance(step, int):
                below = node.value[step] if node.kind == yamltree.SEQUENCE and step < len(node.value) else None
            else:
                below = node.get(step)
            if below is None:
                break
            node = below
        return Place(self.source.name, node.line, node.column)


class Reader:
    """State of one reading: the source at hand, all sources, all problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.dropped = 0
        self.sources: dict[str, Source] = {}
        self.source = Source("", "", "")
        self.regions: tuple[str, ...] = ()
        self.assumptions: list[str] = []
        self.notes: list[str] = []

    # -- problems ---------------------------------------------------------------------------------------------

    def problem(
        self,
        node: Node,
        message: str,
        expected: str | None = None,
        *,
        near: tuple[str, tuple[str, ...]] | None = None,
        nearest: str | None = None,
        help: str | None = None,
        also: Place | None = None,
        also_text: str = "the first one",
    ) -> Any:
        """Tell that something is wrong with a node of the source at hand; None, as what it decodes to."""
        if near is not None and len(self.problems) < MAX_PROBLEMS:
            nearest = nearest_word(*near)
        place = Place(self.source.name, node.line, node.column)
        self.add(Problem(place, message, expected, nearest, help, also, also_text, self.source.line(node.line)))
        return None

    def wrong(self, node: Node, expected: str, *, help: str | None = None) -> Any:
        """Tell that something else was expected than stands there; None, as what it decodes to."""
        return self.problem(node, f"{shown(node)} where {expected} is expected", expected, help=help)

    def add(self, problem: Problem) -> None:
        """Keep a problem, up to the limit."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)
        else:
            self.dropped += 1

    def stop_if_wrong(self) -> None:
        """Raise InputError when anything was wrong."""
        if self.problems:
            if self.dropped:
                last = self.problems[-1]
                self.problems.append(Problem(last.place, f"and {self.dropped} more problems"))
            raise InputError(self.problems)

    # -- files ------------------------------------------------------------------------------------------------

    def path(self, text: str) -> str:
        """The path of a file that the source at hand names."""
        return os.path.normpath(os.path.join(self.source.folder, text)) if self.source.folder else os.path.normpath(text)

    def open(self, path: str, *, named_by: Node | None = None) -> Source | None:
        """Read a file as text; None after telling why it cannot be read. `-` is standard input."""
        known = self.sources.get(path)
        if known is not None:
            return known
        try:
            text = decode(read_bytes(path))
        except Unusable as error:
            if named_by is not None:
                self.problem(named_by, f"{short(path)}: {error.reason}", "a file that can be read", help=error.help)
            else:
                place = Place(path, error.line, error.column)
                self.add(Problem(place, error.reason, None, None, error.help))
            return None
        source = Source(path, text, "" if path == "-" else os.path.dirname(path))
        self.sources[path] = source
        return source

    def compose(self, source: Source) -> Node | None:
        """The tree of a source; None after telling what is wrong, or for an empty document."""
        troubles: list[yamltree.Trouble] = []
        try:
            root = yamltree.compose(source.text, troubles)
        except yamltree.Unreadable as error:
            troubles.append(error.trouble)
            root = None
        for line, column, message, also in troubles:
            also_place = Place(source.name, *also) if also is not None else None
            self.add(
                Problem(Place(source.name, line, column), message, None, None, None, also_place, "the first one", source.line(line))
            )
        if root is None and not troubles:
            self.add(Problem(Place(source.name, 1, 1), "the file is empty", "a mapping"))
        return root

    def places(self, node: Node) -> NodePlaces:
        """The places of a value of the source at hand."""
        return NodePlaces(self.source, node)

    def place(self, node: Node) -> Place:
        """The place of a node of the source at hand."""
        return Place(self.source.name, node.line, node.column)


class Unusable(Exception):
    """A file that cannot be read as text."""

    def __init__(self, reason: str, line: int = 1, column: int = 1, help: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column
        self.help = help


def read_bytes(path: str) -> bytes:
    """The bytes of a file or of standard input (`-`); at most `yamltree.MAX_BYTES`, else Unusable."""
    limit = yamltree.MAX_BYTES
    try:
        if path == "-":
            data: bytes = sys.stdin.buffer.read(limit + 1)
        else:
            if os.path.isdir(path):
                raise Unusable("this is a folder; expected a file")
            with open(path, "rb") as stream:
                data = stream.read(limit + 1)
    except FileNotFoundError:
        raise Unusable("there is no such file") from None
    except PermissionError:
        raise Unusable("the file may not be read (permission denied)") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise Unusable(f"the file cannot be read: {reason}") from None
    if len(data) > limit:
        raise Unusable(f"the file has more than {limit // 2**20} MiB, the most that is read")
    return data


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 and UTF-32 with a byte order mark. Anything else is Unusable."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            break
    else:
        encoding = "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        start = error.start
    if encoding not in ("utf-8", "utf-8-sig"):
        raise Unusable(f"the byte order mark says {encoding.upper()}, but the bytes are not")
    before = data[:start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    help_ = "save the file as UTF-8"
    if _is_gbk(data):
        raise Unusable("the file is not UTF-8; its bytes read as GBK (GB 18030)", line, column, help_)
    raise Unusable(f"the byte 0x{data[start]:02x} is not UTF-8", line, column, help_)


def _is_gbk(data: bytes) -> bool:
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def nearest_word(word: str, words: tuple[str, ...]) -> str | None:
    """The valid word that a person most likely meant, or None: no wild guess."""
    from difflib import get_close_matches

    lower = word.lower()
    for candidate in words:
        if candidate.lower() == lower:
            return candidate
    found = get_close_matches(word[:80], words, 1, 0.6)
    return found[0] if found else None

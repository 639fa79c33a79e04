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


#: Words compared in one run to find the nearest ones: a second or two at most, however much is misspelled.
MAX_COMPARISONS = 50_000
#: More problems than this are counted, not kept: nobody reads them, and a 30 MB file of nonsense has millions.
MAX_PROBLEMS = 1000


class Source:
    """A file (or flag) that values come from."""

    __slots__ = ("_lines", "folder", "name", "text", "tree")

    def __init__(self, name: str, text: str, folder: str) -> None:
        self.name = name
        self.text = text
        self.folder = folder  # what its relative paths start from
        self._lines: list[str] | None = None
        self.tree: Node | bool | None = False  # False: not parsed yet

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
        self._told: set[tuple[Place, str]] = set()
        self._comparisons = MAX_COMPARISONS
        #: An included file could not be read: what it may hold is not missed.
        self.partial = False
        #: What was made of files that several places name, by path.
        self.made: dict[tuple[str, str], Any] = {}
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
        if near is not None and len(self.problems) < MAX_PROBLEMS and self._comparisons > 0:
            self._comparisons -= len(near[1])
            nearest = nearest_word(*near)
        place = Place(self.source.name, node.line, node.column)
        self.add(Problem(place, message, expected, nearest, help, also, also_text, self.source.line(node.line)))
        return None

    def wrong(self, node: Node, expected: str, *, help: str | None = None) -> Any:
        """Tell that something else was expected than stands there; None, as what it decodes to."""
        return self.problem(node, f"{shown(node)} where {expected} is expected", expected, help=help)

    def add(self, problem: Problem) -> None:
        """Keep a problem, up to the limit; the same one at the same place once."""
        known = (problem.place, problem.message)
        if known in self._told:
            return
        self._told.add(known)
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)
        else:
            self.dropped += 1

    def stop_if_wrong(self) -> None:
        """Raise InputError when anything was wrong."""
        if self.problems:
            files = {name: number for number, name in enumerate(self.sources)}
            self.problems.sort(key=lambda one: (files.get(one.place.file, len(files)), one.place[1:]))
            if self.dropped:
                last = self.problems[-1]
                self.problems.append(Problem(last.place, f"and {self.dropped} more problems"))
            raise InputError(self.problems)

    # -- files ------------------------------------------------------------------------------------------------

    def path(self, text: str) -> str:
        """The path of a file that the source at hand names. `-` is standard input on the command line only."""
        if text == "-" and not self.source.folder:
            return os.path.join(".", text)
        return (
            os.path.normpath(os.path.join(self.source.folder, text)) if self.source.folder else os.path.normpath(text)
        )

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
                place = Place(path or "''", error.line, error.column)
                self.add(Problem(place, error.reason, None, None, error.help))
            return None
        source = Source(path, text, "" if path == "-" else os.path.dirname(path))
        self.sources[path] = source
        return source

    def compose(self, source: Source, text: str | None = None) -> Node | None:
        """The tree of a source; None after telling what is wrong, or for an empty document. Parsed once.

        `text`: what is read in its place, with the same places.
        """
        if not isinstance(source.tree, bool):
            return source.tree
        source.tree = None
        troubles: list[yamltree.Trouble] = []
        try:
            root = yamltree.compose(source.text if text is None else text, troubles)
        except yamltree.Unreadable as error:
            troubles.append(error.trouble)
            root = None
        for line, column, message, also in troubles:
            also_place = Place(source.name, *also) if also is not None else None
            self.add(
                Problem(
                    Place(source.name, line, column),
                    message,
                    None,
                    None,
                    None,
                    also_place,
                    "the first one",
                    source.line(line),
                )
            )
        if root is None and not troubles:
            self.add(Problem(Place(source.name, 1, 1), "the file is empty", "a mapping"))
        source.tree = root
        return root

    def places(self, node: Node) -> NodePlaces:
        """The places of a value of the source at hand."""
        return NodePlaces(self.source, node)

    def place(self, node: Node) -> Place:
        """The place of a node of the source at hand."""
        return Place(self.source.name, node.line, node.column)


class Unusable(Exception):  # noqa: N818
    """A file that cannot be read as text."""

    def __init__(self, reason: str, line: int = 1, column: int = 1, help: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column
        self.help = help


def on_disk(path: str) -> str | bytes:
    """A path as the system takes it, in locales too that know no Chinese. Raises ValueError when it is none."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogateescape")
    return path


def identity(path: str) -> str:
    """The same text for all names of one file; `-` is standard input."""
    if path == "-":
        return path
    try:
        return os.fsdecode(os.path.realpath(on_disk(path)))
    except ValueError:  # no name that a file can have
        return path


def read_bytes(path: str) -> bytes:
    """The bytes of a file or of standard input (`-`); at most `yamltree.MAX_BYTES`, else Unusable."""
    limit = yamltree.MAX_BYTES
    try:
        if path == "-":
            if sys.stdin is None:
                raise Unusable("standard input is closed")
            data: bytes = sys.stdin.buffer.read(limit + 1)
        else:
            name = on_disk(path)
            if os.path.isdir(name):
                raise Unusable("this is a folder; expected a file")
            with open(name, "rb") as stream:
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
    """The text of a file: UTF-8, UTF-16 or UTF-32. Anything else is Unusable.

    Without a byte order mark, the zeros around the first character tell (YAML 1.2.2, chapter 5.2).
    """
    mark, encoding = next((one for one in _MARKS if data.startswith(one[0])), (b"", ""))
    if not mark:
        encoding = _WITHOUT_MARK.get(tuple([byte == 0 for byte in data[:4]]), "utf-8")
        if encoding == "utf-8" and len(data) > 1 and (data[0] == 0) != (data[1] == 0):
            encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        start = error.start
    if encoding not in ("utf-8", "utf-8-sig"):
        raise Unusable(
            f"it begins as {encoding[:6].upper()}, but cannot be read as that", help="save the file as UTF-8"
        )
    data = data[len(mark) :]
    before = data[:start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    help_ = "save the file as UTF-8"
    if _is_gbk(data):
        raise Unusable("the file is not UTF-8; its bytes read as GBK (GB 18030)", line, column, help_)
    raise Unusable(f"the byte 0x{data[start]:02x} is not UTF-8", line, column, help_)


_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WITHOUT_MARK: dict[tuple[bool, ...], str] = {
    (True, True, True, False): "utf-32-be",
    (False, True, True, True): "utf-32-le",
}


def _is_gbk(data: bytes) -> bool:
    """Is this Chinese in GBK, rather than UTF-8 with a broken byte, or a text in a Western encoding?"""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    read = data.decode("utf-8", "replace")
    broken = read.count("\ufffd")
    if sum(char > "\x7f" for char in read) - broken > broken:
        return False
    chinese = [char for char in text if "\u4e00" <= char <= "\u9fff"]
    common = sum(len(char.encode("gb2312", "ignore")) for char in chinese)  # the 6763 characters in use
    return bool(chinese) and common >= len(chinese)


def nearest_word(word: str, words: tuple[str, ...]) -> str | None:
    """The valid word that a person most likely meant, or None: no wild guess."""
    from difflib import get_close_matches

    lower = word.lower()
    for candidate in words:
        if candidate.lower() == lower:
            return candidate
    found = get_close_matches(word[:80], words, 1, 0.6)
    if found:
        return found[0]
    longer = [candidate for candidate in words if len(word) > 3 and candidate.lower().startswith(lower)]
    return longer[0] if len(longer) == 1 else None

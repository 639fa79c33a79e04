"""A small XML file as a tree with positions. No document type, so no entities of its own and nothing from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit.config.reader import Problem
from cosaudit.model import Place

if TYPE_CHECKING:
    from cosaudit.config.reader import Reader, Source

#: Deeper than any answer of COS.
MAX_DEPTH = 50
#: COS takes settings of 64 KB; a file of another kind is refused early.
MAX_LENGTH = 2**20


class Element(NamedTuple):
    """An element: its name without a namespace's prefix, its text without outer blanks, and what it holds."""

    name: str
    place: Place
    children: tuple[Element, ...]
    text: str

    def all(self, name: str) -> list[Element]:
        """The children of a name."""
        return [child for child in self.children if child.name == name]


class _Refused(Exception):  # noqa: N818
    def __init__(self, found: str, expected: str, place: Place) -> None:
        super().__init__(found)
        self.found = found
        self.expected = expected
        self.place = place


def parse(source: Source, reader: Reader) -> Element | None:
    """The root element of a source; None after telling what is wrong with it."""
    from xml.parsers import expat

    if len(source.text) > MAX_LENGTH:
        _tell(reader, source, Place(source.name, 1, 1), "more than a million characters", "the XML of a setting")
        return None
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    stack: list[tuple[str, Place, list[Element], list[str]]] = [("", Place(source.name, 1, 1), [], [])]

    def here() -> Place:
        # columns in characters: the parser counts bytes
        line = source.line(parser.CurrentLineNumber).encode()
        column = len(line[: parser.CurrentColumnNumber].decode("utf-8", "ignore")) + 1
        return Place(source.name, parser.CurrentLineNumber, column)

    def start(name: str, attributes: Any) -> None:
        if len(stack) > MAX_DEPTH:
            raise _Refused(f"elements more than {MAX_DEPTH} deep", "the XML of a setting", here())
        stack.append((name.rpartition(":")[2], here(), [], []))

    def end(_: str) -> None:
        name, place, children, texts = stack.pop()
        stack[-1][2].append(Element(name, place, tuple(children), "".join(texts).strip()))

    def doctype(*_: Any) -> None:  # the parser calls it behind the name
        before = source.text[: max(0, source.text.find("<!DOCTYPE"))]
        place = Place(source.name, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise _Refused("a document type (`<!DOCTYPE …>`)", "XML without one, as COS returns it", place)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: stack[-1][3].append(text)
    parser.StartDoctypeDeclHandler = doctype
    text = source.text.lstrip("\ufeff")
    leading = len(text) - len(text.lstrip())
    # a declaration must stand first; blank lines before it keep their number as nothing else would
    text = text if not leading or not text.lstrip().startswith("<?xml") else _blanked(text)
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except _Refused as error:
        _tell(reader, source, error.place, error.found, error.expected)
        return None
    except expat.ExpatError as error:
        place = Place(source.name, error.lineno, error.offset + 1)
        _tell(reader, source, place, f"this is no XML: {expat.ErrorString(error.code)}", "well-formed XML")
        return None
    return stack[0][2][0]


def _blanked(text: str) -> str:
    """The text with its XML declaration turned into blanks: what stands in it is not needed."""
    begin = text.index("<?xml")
    end = text.find("?>", begin)
    if end < 0:
        return text
    middle = "".join([char if char == "\n" else " " for char in text[begin : end + 2]])
    return text[:begin] + middle + text[end + 2 :]


def _tell(reader: Reader, source: Source, place: Place, found: str, expected: str) -> None:
    reader.add(Problem(place, found, expected, line=source.line(place.line)))


__all__ = ["Element", "parse"]

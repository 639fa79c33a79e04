"""YAML text to a tree of nodes with a position for every key and value. Imports nothing of ours.

Made from the events of PyYAML's C parser by a loop of our own: no recursion (composing with the C loader dies of a
segmentation fault on 30,000 nested brackets), YAML 1.2 core scalars (as editors' language servers read them), limits
on depth, size and aliases, and all that is wrong with a document told with its place. JSON is YAML, so it reads both.
"""

from __future__ import annotations

import gc
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

import yaml
from yaml.reader import ReaderError

#: Limits. A configuration of ten thousand buckets has some 5 MB and a depth of seven.
MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 100
#: Values in one document: ten thousand buckets have some 400,000. More would take minutes and gigabytes.
MAX_VALUES = 4_000_000
#: More keys that stand twice are not told: nobody reads them.
MAX_TROUBLES = 10_000
#: Values that aliases and merge keys may add to a document beyond those that stand in it.
MAX_ALIASED = 1_000_000

SCALAR, SEQUENCE, MAPPING = 0, 1, 2


class Node:
    """A value and where it starts. `value`: text, list of nodes, or a flat list key, value, key, value …

    `line` and `column` count from 1 and in characters. `plain`: an unquoted scalar, the only kind that can be a
    number, a bool or null. Nodes behind an alias are shared.
    """

    __slots__ = ("column", "kind", "line", "plain", "value")

    def __init__(self, kind: int, value: Any, line: int, column: int, plain: bool = False) -> None:
        self.kind = kind
        self.value = value
        self.line = line
        self.column = column
        self.plain = plain

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """The keys and values of a mapping, in the order of the file."""
        items = iter(self.value)
        return zip(items, items, strict=True)

    def get(self, key: str) -> Node | None:
        """The value of a key of a mapping, or None."""
        if self.kind == MAPPING:
            value = self.value
            for index in range(0, len(value), 2):
                if value[index].value == key:
                    return value[index + 1]  # type: ignore[no-any-return]
        return None


class Trouble(NamedTuple):
    """One thing that is wrong with a document; line and column count from 1."""

    line: int
    column: int
    message: str
    also: tuple[int, int] | None = None  # a second place: the first of two equal keys


class Unreadable(Exception):  # noqa: N818
    """The text is no YAML document; `trouble` says what and where."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCT = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INF = re.compile(r"[-+]?\.(inf|Inf|INF)\Z")
_WORDS: dict[str, Any] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def scalar(node: Node) -> Any:
    """The value of a scalar after the core schema of YAML 1.2: None, bool, int, float or str.

    `on`, `22:22`, `2020-01-01` and `1_000` are text; `017` is text too (YAML 1.2 would read 17, YAML 1.1 reads 15,
    and whoever wrote it meant the characters). Source: YAML 1.2.2, chapter 10.3.
    """
    text: str = node.value
    if not node.plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first not in "+-.0123456789":
        return text
    if _INT.match(text):
        digits = text.lstrip("+-")
        if len(digits) > 1 and digits[0] == "0":
            return text
        return int(text) if len(digits) <= 4000 else text
    if _FLOAT.match(text):
        return float(text)
    if _OCT.match(text):
        return int(text[2:], 8)
    if _HEX.match(text):
        return int(text[2:], 16) if len(text) < 4000 else text
    if _INF.match(text):
        return float("-inf" if first == "-" else "inf")
    return float("nan") if text in (".nan", ".NaN", ".NAN") else text


def plain(node: Node) -> Any:
    """The tree below a node as dicts, lists and scalars. Call it on trusted or checked documents only."""
    if node.kind == SCALAR:
        return scalar(node)
    if node.kind == SEQUENCE:
        return [plain(item) for item in node.value]
    return {scalar(key): plain(value) for key, value in node.pairs()}


#: Made of libyaml; the parser that is written in Python stands in where PyYAML was built without it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: libyaml tells where a character is that it refuses in bytes, the other parser in characters.
_BYTES = _LOADER is not yaml.SafeLoader


def compose(text: str, troubles: list[Trouble] | None = None) -> Node | None:
    """Read one YAML document.

    Args:
        text: the document.
        troubles: receives what is wrong but does not end the reading (duplicate keys).

    Returns:
        The root node, or None for an empty document.

    Raises:
        Unreadable: the text is no YAML, holds several documents, or passes a limit.
    """
    troubles = troubles if troubles is not None else []
    collecting = gc.isenabled()
    gc.disable()  # the collector walks the growing tree again and again: four times the time
    try:
        try:
            return _read(text, troubles)
        except Unreadable as error:
            if error.trouble.message != _BAD_ESCAPE or _PAIR.search(text) is None:
                raise
        troubles.clear()
        return _read_pairs(text, troubles)
    finally:
        if collecting:
            gc.enable()


def _read(text: str, troubles: list[Trouble]) -> Node | None:
    if not _BYTES and (half := _HALF.search(text)) is not None:  # that parser takes half characters
        raise Unreadable(_at_index(text, half.end() - 4, _BAD_ESCAPE))
    try:
        return _compose(text, troubles)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_from_marked(error, text)) from None
    except ReaderError as error:
        index = len(text.encode()[: error.position].decode("utf-8", "ignore")) if _BYTES else error.position
        raise Unreadable(_at_index(text, index, _control(text, index))) from None
    except UnicodeEncodeError as error:
        raise Unreadable(_at_index(text, error.start, "half of a character pair, which no file can hold")) from None


_BAD_ESCAPE = "an escape that names no character"
#: JSON writes a character beyond U+FFFF as two escapes, which YAML does not know.
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_HALF = re.compile(r"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
#: Line breaks as libyaml counts them.
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


def _read_pairs(text: str, troubles: list[Trouble]) -> Node | None:
    """Read JSON with escaped pairs: each becomes one escape that YAML knows, and places are mended afterwards."""
    shifts: dict[int, list[int]] = {}  # line -> columns behind each replaced pair, as the new text counts
    gone = start = at = 0
    line = 1

    def one(match: re.Match[str]) -> str:
        nonlocal gone, line, start, at
        for found in _BREAK.finditer(text, at, match.start()):
            line, start, gone = line + 1, found.end(), 0
        at = match.end()
        gone += 2  # twelve characters become ten
        shifts.setdefault(line, []).append(at - start - gone + 1)
        code = 0x10000 + ((int(match[2], 16) & 0x3FF) << 10) + (int(match[3], 16) & 0x3FF)
        return f"{match[1]}\\U{code:08X}"

    def column(line: int, column: int) -> int:
        return column + 2 * bisect_right(shifts.get(line, ()), column)

    def mended(trouble: Trouble) -> Trouble:
        also = (trouble.also[0], column(*trouble.also)) if trouble.also is not None else None
        return trouble._replace(column=column(trouble.line, trouble.column), also=also)

    replaced = _PAIR.sub(one, text)
    try:
        root = _read(replaced, troubles)
    except Unreadable as error:
        raise Unreadable(mended(error.trouble)) from None
    troubles[:] = [mended(trouble) for trouble in troubles]
    seen = set()
    stack = [root] if root is not None else []
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            node.column = column(node.line, node.column)
            if node.kind != SCALAR:
                stack += node.value
    return root


class _Open:
    """A collection that is being read: its node, its anchor, and the node count when it began."""

    __slots__ = ("anchor", "begun", "node")

    def __init__(self, node: Node, anchor: str | None, begun: int) -> None:
        self.node = node
        self.anchor = anchor
        self.begun = begun


def _fail(mark: Any, message: str) -> NoReturn:
    raise Unreadable(Trouble(mark.line + 1, mark.column + 1, message))


def _compose(text: str, troubles: list[Trouble]) -> Node | None:
    loader = _LOADER(text)
    next_event = loader.get_event
    next_event()  # the start of the stream
    event = next_event()
    if type(event) is yaml.StreamEndEvent:
        return None
    root: Node | None = None
    stack: list[_Open] = []
    top: Any = None  # the list that the next node goes into
    anchors: dict[str, tuple[Node | None, int]] = {}  # name -> node (None while it is open), nodes below it
    count = aliased = 0
    while True:
        event = next_event()
        kind = type(event)
        if kind is yaml.ScalarEvent:
            mark = event.start_mark
            node = Node(SCALAR, event.value, mark.line + 1, mark.column + 1, event.implicit[0])
            if event.tag is not None:
                _check_tag(event, node)
            count += 1
            if count > MAX_VALUES:
                _fail(mark, f"more than {MAX_VALUES:,} values, the most that is read")
            if event.anchor is not None:
                anchors[event.anchor] = (node, 1)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            mark = event.start_mark
            node = Node(MAPPING if kind is yaml.MappingStartEvent else SEQUENCE, [], mark.line + 1, mark.column + 1)
            if event.tag is not None:
                _check_tag(event, node)
            count += 1
            if len(stack) >= MAX_DEPTH:
                _fail(mark, f"nested more than {MAX_DEPTH} levels deep")
            if event.anchor is not None:
                anchors[event.anchor] = (None, 0)
            if top is None:
                root = node
            else:
                top.append(node)
            stack.append(_Open(node, event.anchor, count + aliased))
            top = node.value
            continue
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            closed = stack.pop()
            if kind is yaml.MappingEndEvent:
                aliased += _close_mapping(closed.node, troubles)
            if closed.anchor is not None:
                anchors[closed.anchor] = (closed.node, count + aliased - closed.begun + 1)
            if not stack:
                break
            top = stack[-1].node.value
            continue
        elif kind is yaml.AliasEvent:
            target = anchors.get(event.anchor)
            if target is None:
                _fail(event.start_mark, f"`*{event.anchor[:40]}` has no anchor `&{event.anchor[:40]}` before it")
            found, below = target
            if found is None:
                _fail(event.start_mark, f"`*{event.anchor[:40]}` stands inside its own anchor")
            node = found
            aliased += below
            if aliased > MAX_ALIASED:
                _fail(event.start_mark, f"aliases blow the document up to more than {MAX_ALIASED:,} values")
        else:  # only the end of the document is left, after a scalar
            break
        if top is None:
            root = node
            break
        top.append(node)
    while type(event) is not yaml.StreamEndEvent:
        event = next_event()
        if type(event) is yaml.DocumentStartEvent:
            _fail(event.start_mark, "a second document begins here; expected one document a file")
    if aliased and root is not None:
        _check_depth(root)
    return root


def _check_depth(root: Node) -> None:
    """Aliases may nest deeper than the text does: a chain of them is refused like nested brackets."""
    below: dict[int, int] = {}  # id of a collection -> levels below it
    stack = [root]
    while stack:
        node = stack[-1]
        levels = 0
        for item in node.value if node.kind != SCALAR else ():
            if item.kind != SCALAR:
                known = below.get(id(item))
                if known is None:
                    stack.append(item)
                else:
                    levels = max(levels, known + 1)
        if stack[-1] is node:
            stack.pop()
            below[id(node)] = levels
            if levels >= MAX_DEPTH:
                raise Unreadable(
                    Trouble(node.line, node.column, f"nested more than {MAX_DEPTH} levels deep by aliases")
                )


_COLLECTION_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


def _check_tag(event: Any, node: Node) -> None:
    tag: str = event.tag
    if tag == "!" or tag == "tag:yaml.org,2002:str":
        node.plain = False
    elif node.kind != SCALAR and tag in _COLLECTION_TAGS:
        return
    elif tag in (
        "tag:yaml.org,2002:int",
        "tag:yaml.org,2002:float",
        "tag:yaml.org,2002:bool",
        "tag:yaml.org,2002:null",
    ):
        node.plain = True
    else:
        shown = "!!" + tag[18:] if tag.startswith("tag:yaml.org,2002:") else tag
        _fail(event.start_mark, f"the tag `{shown[:40]}` has no meaning here")


def _close_mapping(node: Node, troubles: list[Trouble]) -> int:
    """Check the keys of a finished mapping and carry out its merge keys; returns how many values these added."""
    value = node.value
    seen: dict[str, Node] = {}
    merges: list[Node] | None = None
    for index in range(0, len(value), 2):
        key = value[index]
        text = key.value
        if key.kind != SCALAR:
            raise Unreadable(Trouble(key.line, key.column, "a list or a mapping as a key; expected a name"))
        if text == "<<" and key.plain:
            merges = merges if merges is not None else []
            merges.append(value[index + 1])
        elif text in seen:
            first = seen[text]
            if len(troubles) >= MAX_TROUBLES:
                continue
            troubles.append(
                Trouble(key.line, key.column, f"`{text[:60]}` stands here a second time", (first.line, first.column))
            )
        else:
            seen[text] = key
    if merges is None:
        return 0
    return _merge(node, merges, seen)


def _merge(node: Node, merges: list[Node], seen: dict[str, Node]) -> int:
    """The merge key of YAML 1.1 (`<<: *base` or a list of bases): what stands in the mapping itself wins."""
    value = node.value
    own = [
        item
        for at in range(0, len(value), 2)
        if not (value[at].value == "<<" and value[at].plain)
        for item in value[at : at + 2]
    ]
    added = 0
    for merge in merges:
        for base in merge.value if merge.kind == SEQUENCE else (merge,):
            if base.kind != MAPPING:
                raise Unreadable(Trouble(base.line, base.column, "`<<` takes a mapping or a list of mappings"))
            for key, item in base.pairs():
                if key.value not in seen:
                    seen[key.value] = key
                    own += (key, item)
                    added += 2
    node.value = own
    return added


_CLOSERS = {"[": "]", "{": "}"}


def _from_marked(error: yaml.MarkedYAMLError, text: str) -> Trouble:
    """A message of our own for what the parser refuses: its own ones do not name the character."""
    mark = error.problem_mark or error.context_mark
    assert mark is not None  # the C parser marks every problem
    lines = text.splitlines() or [""]
    line, column = mark.line, mark.column
    at_end = line >= len(lines)
    rest = "" if at_end else lines[line][column:]
    problem = error.problem or "cannot be read"
    opened = error.context_mark
    if "flow" in (error.context or "") and opened is not None and "expected" in problem:
        bracket = lines[opened.line][opened.column : opened.column + 1] if opened.line < len(lines) else ""
        if bracket in _CLOSERS and at_end:
            return Trouble(
                opened.line + 1, opened.column + 1, f"`{bracket}` is never closed with `{_CLOSERS[bracket]}`"
            )
        what = f"found `{rest[:1]}`" if rest else "the line ends"
        if bracket in _CLOSERS:
            return Trouble(
                min(line, len(lines) - 1) + 1,
                column + 1,
                f"{what}; expected `,` or `{_CLOSERS[bracket]}` (`{bracket}` opens on line {opened.line + 1})",
            )
    quoted = "quoted scalar" in (error.context or "")
    if quoted and ("end of stream" in problem or "document indicator" in problem) and opened is not None:
        return Trouble(opened.line + 1, opened.column + 1, "a quotation mark that is never closed")
    if at_end:
        line, column = len(lines) - 1, len(lines[-1])
    if rest.startswith("\t") or "tab character" in problem:
        message = "a tab where YAML wants spaces"
    elif "cannot start any token" in problem:
        message = f"a value cannot begin with `{rest[:1]}`; put it in quotation marks"
    elif "mapping values are not allowed" in problem:
        message = "a second `:` in one line, or wrong indentation; put text with `: ` in quotation marks"
    elif "block collection" in (error.context or "") or "block mapping" in (error.context or ""):
        message = "the indentation fits nothing above; expected " + (
            "a key" if "mapping" in (error.context or "") else "`- ` like the items above"
        )
    elif "could not find expected ':'" in problem:
        message = "a name without `:` after it"
    elif "undefined tag handle" in problem:
        message = "a tag (`!...`) that nothing defines; put text that begins with `!` in quotation marks"
    elif "escape character" in problem:
        message = f"`{rest[:2]}` is no escape; write `\\\\` for a backslash, or single quotation marks"
    elif "Unicode character escape" in problem:
        message = _BAD_ESCAPE
    elif "node content" in problem:
        message = f"{f'`{rest[:1]}`' if rest else 'nothing'} where a value is expected"
    elif "block sequence entries" in problem:
        message = "`- ` cannot stand here; a list begins on a line of its own"
    elif "incompatible YAML" in problem:
        message = "a version of YAML that nobody has written yet; expected `%YAML 1.2`, or none"
    elif "document start" in problem:
        message = "text after the end of the document"
    else:
        message = problem
    return Trouble(line + 1, column + 1, message)


def _control(text: str, index: int) -> str:
    code = ord(text[index]) if index < len(text) else 0
    return f"the control character U+{code:04X}, which YAML does not allow"


def _at_index(text: str, index: int, message: str) -> Trouble:
    line, start = 1, 0
    for found in _BREAK.finditer(text, 0, index):
        line, start = line + 1, found.end()
    return Trouble(line, index - start + 1, message)

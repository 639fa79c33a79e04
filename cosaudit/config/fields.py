"""The kinds of fields. One table of them drives the decoder, the JSON Schema and the documentation.

A kind decodes a node into a value (telling problems to the reader, never raising), and says its JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit.yamltree import MAPPING, SCALAR, SEQUENCE, Node, scalar

if TYPE_CHECKING:
    from cosaudit.config.reader import Reader

#: What a field decodes to when it is absent or wrong.
NOTHING = None

Schema = dict[str, Any]


def short(text: str, limit: int = 60) -> str:
    """Text from a file for a message: in backticks and not longer than `limit` characters."""
    return f"`{text}`" if len(text) <= limit else f"`{text[: limit - 1]}…`"


def shown(node: Node) -> str:
    """What stands there, in words, for a message."""
    if node.kind == SEQUENCE:
        return "a list"
    if node.kind == MAPPING:
        return "a mapping"
    value = scalar(node)
    if value is None:
        return "nothing"
    if value is True or value is False:
        return f"the bool {short(node.value)}"
    if isinstance(value, str):
        return short(value) if value else "an empty text"
    return f"the number {short(node.value)}"


def fits(pattern: str, text: str) -> bool:
    """Does the text fit, as JSON Schema reads the pattern: `$` is the very end, not the place before a line end?"""
    return re.search(pattern, text) is not None and not (pattern.endswith("$") and text.endswith("\n"))


class Kind:
    """A kind of value."""

    #: What is expected, in words.
    expected = "a value"

    def decode(self, node: Node, reader: Reader) -> Any:
        """The value of a node, or None after telling the reader what is wrong."""
        raise NotImplementedError

    def schema(self) -> Schema:
        """The JSON Schema (draft 7) of what `decode` takes."""
        raise NotImplementedError


class Text(Kind):
    """Text. A bare number, bool or null is an error: names, keys and versions would lose digits."""

    def __init__(
        self,
        expected: str = "text",
        *,
        pattern: str | None = None,
        check: Callable[[str, Node, Reader], Any] | None = None,
        empty: bool = False,
    ) -> None:
        self.expected = expected
        self.pattern = pattern
        self.check = check
        self.empty = empty

    def decode(self, node: Node, reader: Reader) -> Any:
        """The text, or what `check` makes of it."""
        if node.kind != SCALAR:
            return reader.wrong(node, self.expected)
        value = node.value if not node.plain else scalar(node)
        if not isinstance(value, str):
            help_ = "put it in quotation marks" if value is not None else None
            return reader.problem(node, f"{shown(node)} where text is expected", self.expected, help=help_)
        if not value and not self.empty:
            return reader.wrong(node, self.expected)
        if self.pattern is not None and not fits(self.pattern, value):
            return reader.wrong(node, self.expected)
        return value if self.check is None else self.check(value, node, reader)

    def schema(self) -> Schema:
        """A string."""
        schema: Schema = {"type": "string"}
        if self.pattern:
            schema["pattern"] = self.pattern
        elif not self.empty:
            schema["minLength"] = 1
        return schema


class Choice(Kind):
    """One word of a closed list."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.expected = "one of " + ", ".join(f"`{word}`" for word in words)

    def decode(self, node: Node, reader: Reader) -> Any:
        """The word."""
        if node.kind == SCALAR and node.value in self.words:
            return node.value
        if node.kind == SCALAR and isinstance(scalar(node), str) and node.value:
            return reader.problem(
                node, f"unknown word {short(node.value)}", self.expected, near=(node.value, self.words)
            )
        return reader.wrong(node, self.expected)

    def schema(self) -> Schema:
        """An enumeration."""
        return {"enum": list(self.words)}


class Bool(Kind):
    """`true` or `false`, as YAML 1.2 has them."""

    expected = "`true` or `false`"

    def decode(self, node: Node, reader: Reader) -> Any:
        """The bool."""
        value = scalar(node) if node.kind == SCALAR else None
        if value is True or value is False:
            return value
        help_ = None
        if node.kind == SCALAR and node.value.lower() in ("on", "off", "yes", "no", "true", "false"):
            help_ = "YAML 1.2 knows only `true` and `false`, without quotation marks"
        return reader.wrong(node, self.expected, help=help_)

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


class Int(Kind):
    """A whole number, bare or quoted."""

    def __init__(self, least: int = 0, most: int | None = None, what: str = "a whole number") -> None:
        self.least = least
        self.most = most
        self.expected = what + (f" of at least {least}" if most is None else f" from {least} to {most}")
        if least == most:
            self.expected = f"{what} ({least})"

    def decode(self, node: Node, reader: Reader) -> Any:
        """The number."""
        text = node.value
        if node.kind == SCALAR and text.isascii() and text.isdigit() and len(text) <= 18:
            value = int(text)
            if value >= self.least and (self.most is None or value <= self.most):
                return value
        return reader.wrong(node, self.expected)

    def schema(self) -> Schema:
        """An integer, or its digits."""
        number: Schema = {"type": "integer", "minimum": self.least, "maximum": 10**18 - 1}
        digits: Schema = {"type": "string", "pattern": "^[0-9]{1,18}$"}
        if self.most is not None:
            number["maximum"] = self.most
        if self.least == self.most:
            digits["pattern"] = f"^0*{self.least}$"
        elif self.least > 0:
            digits["pattern"] = "^(?=.*[1-9])[0-9]{1,18}$"
        return {"anyOf": [number, digits]}


_SIZE = r"([0-9]{1,15})(\.[0-9]{1,6})? ?([KkMmGgTt][Ii]?[Bb]|[Bb])?\Z"
_UNITS = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}


class Size(Kind):
    """A number of bytes: `1048576`, `5MiB` (2^20 each) or `20MB` (10^6 each)."""

    expected = "a size such as `1048576`, `5MiB` or `20MB`"

    def decode(self, node: Node, reader: Reader) -> Any:
        """The number of bytes."""
        if node.kind == SCALAR:
            match = re.match(_SIZE, node.value)
            if match is not None:
                whole, part, unit = match.groups()
                factor = _UNITS[(unit or "b").lower()]
                if part is None:
                    return int(whole) * factor
                scale = 10 ** (len(part) - 1)
                bytes_, rest = divmod((int(whole) * scale + int(part[1:])) * factor, scale)
                if not rest:
                    return bytes_
        return reader.wrong(node, self.expected)

    def schema(self) -> Schema:
        """A number of bytes, or text with a unit."""
        return {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "number", "minimum": 0, "multipleOf": 1},
                {"type": "string", "pattern": "^[0-9]{1,15}(\\.[0-9]{1,6})? ?[KkMmGgTt][Ii]?[Bb]$"},
                {"type": "string", "pattern": "^[0-9]{1,15}(\\.0{1,6})? ?[Bb]?$"},
            ]
        }


class Listing(Kind):
    """A list whose items are all of one kind."""

    def __init__(self, item: Kind, *, one: bool = False, what: str | None = None, least: int = 0) -> None:
        self.item = item
        self.one = one  # a single value may stand for a list of one
        self.least = least
        self.expected = what or f"a list; each item: {item.expected}"

    def decode(self, node: Node, reader: Reader) -> Any:
        """The items that are right, as a tuple."""
        if node.kind == SEQUENCE:
            if len(node.value) < self.least:
                return reader.problem(node, "an empty list", self.expected)
            decode = self.item.decode
            return tuple([value for item in node.value if (value := decode(item, reader)) is not None])
        if self.one and node.kind == SCALAR:
            value = self.item.decode(node, reader)
            return () if value is None else (value,)
        return reader.wrong(node, self.expected)

    def schema(self) -> Schema:
        """An array."""
        array: Schema = {"type": "array", "items": self.item.schema()}
        if self.least:
            array["minItems"] = self.least
        return {"anyOf": [array, self.item.schema()]} if self.one else array


class Mapped(Kind):
    """A mapping from free names to values of one kind; `ignore`: names that begin with `x-` are the person's own."""

    def __init__(
        self, item: Kind, *, name: str = "a name", pattern: str | None = None, ignore: bool = False
    ) -> None:
        self.item = item
        self.ignore = ignore
        self.name = name
        self.pattern = pattern
        self.expected = f"a mapping from {name} to {item.expected}"

    def decode(self, node: Node, reader: Reader) -> Any:
        """A dict of what is right."""
        if node.kind != MAPPING:
            return reader.wrong(node, self.expected)
        result: dict[str, Any] = {}
        for key, value in node.pairs():
            if self.ignore and key.value.startswith("x-"):
                continue
            if not isinstance(scalar(key), str):
                reader.wrong(key, self.name, help="put it in quotation marks")
                continue
            if self.pattern is not None and not fits(self.pattern, key.value):
                reader.problem(key, f"{short(key.value)} is not {self.name}", self.name)
                continue
            got = self.item.decode(value, reader)
            if got is not None:
                result[key.value] = got
        return result

    def schema(self) -> Schema:
        """An object whose properties are all of one kind."""
        schema: Schema = {"type": "object", "additionalProperties": self.item.schema()}
        if self.pattern:
            schema["propertyNames"] = {"pattern": self.pattern}
        if self.ignore:
            schema["patternProperties"] = {"^x-": {}}
        return schema


class Field(NamedTuple):
    """One field of a record: its kind, and what it is for."""

    name: str
    kind: Kind
    doc: str
    required: bool = False


class Record(Kind):
    """A mapping with known fields, decoded to `make(*values in the order of the fields, reader, node)`."""

    def __init__(
        self,
        title: str,
        fields: tuple[Field, ...],
        make: Callable[[list[Any], Node, Reader], Any] | None = None,
        *,
        ignore: bool = True,
    ) -> None:
        self.title = title
        self.fields = fields
        self.make = make
        self.expected = f"a mapping that describes {title}"
        self.table: dict[str, tuple[int, Callable[[Node, Reader], Any]]] = {
            field.name: (index, field.kind.decode) for index, field in enumerate(fields)
        }
        self.required = tuple((index, field.name) for index, field in enumerate(fields) if field.required)
        self.ignore = ignore  # keys that begin with x- are the person's own

    def decode(self, node: Node, reader: Reader) -> Any:
        """What `make` makes of the values, or a dict; None when a required field is absent or wrong."""
        if node.kind != MAPPING:
            return reader.wrong(node, self.expected)
        values: list[Any] = [NOTHING] * len(self.fields)
        table = self.table
        items = node.value
        seen = set()
        for at in range(0, len(items), 2):
            key = items[at]
            name = key.value
            entry = table.get(name)
            if entry is None:
                if not (self.ignore and name.startswith("x-")):
                    reader.problem(
                        key,
                        f"unknown key {short(name)} in {self.title}",
                        "one of " + ", ".join(f"`{field.name}`" for field in self.fields),
                        near=(name, tuple(table)),
                    )
                continue
            seen.add(name)
            values[entry[0]] = entry[1](items[at + 1], reader)
        broken = False
        for index, name in self.required:
            if values[index] is None:
                broken = True
                if name not in seen:
                    reader.problem(node, f"{self.title} has no {short(name)}", f"a key {short(name)}")
        if broken:
            return None
        if self.make is not None:
            return self.make(values, node, reader)
        return {field.name: value for field, value in zip(self.fields, values, strict=True) if value is not None}

    def schema(self) -> Schema:
        """An object."""
        schema: Schema = {
            "type": "object",
            "properties": {field.name: {**field.kind.schema(), "description": field.doc} for field in self.fields},
            "additionalProperties": False,
        }
        if self.ignore:
            schema["patternProperties"] = {"^x-": {}}
        required = [field.name for field in self.fields if field.required]
        if required:
            schema["required"] = required
        return schema


class Either(Kind):
    """One kind for a scalar, another for a mapping, another for a list."""

    def __init__(self, *, text: Kind | None = None, mapping: Kind | None = None, listing: Kind | None = None) -> None:
        self.kinds: Mapping[int, Kind] = {
            kind: decoder
            for kind, decoder in ((SCALAR, text), (MAPPING, mapping), (SEQUENCE, listing))
            if decoder is not None
        }
        self.expected = ", or ".join(kind.expected for kind in self.kinds.values())

    def decode(self, node: Node, reader: Reader) -> Any:
        """What the kind for this shape makes of it."""
        kind = self.kinds.get(node.kind)
        return kind.decode(node, reader) if kind is not None else reader.wrong(node, self.expected)

    def schema(self) -> Schema:
        """Any of them."""
        return {"anyOf": [kind.schema() for kind in self.kinds.values()]}


class Document(Kind):
    """A JSON document that another gate reads closely; here only its outer form is checked."""

    def __init__(self, expected: str, *, listing: bool = False) -> None:
        self.expected = expected
        self.listing = listing

    def decode(self, node: Node, reader: Reader) -> Any:
        """The node itself."""
        if node.kind == MAPPING or (self.listing and node.kind == SEQUENCE):
            return node
        return reader.wrong(node, self.expected)

    def schema(self) -> Schema:
        """An object (or array) with anything in it."""
        return {"type": ["object", "array"] if self.listing else "object"}

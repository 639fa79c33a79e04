"""Facts as data files, and the one module that reads them.

Each file is YAML with `sources:` (key → title, date, address), `facts:` (sorted by id) and whatever tables
its area needs. A file is read when first used and kept; nothing is read at import.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any, NamedTuple

from cosaudit import yamltree

# os.path, not pathlib nor importlib.resources: those cost more to import than reading the files
_FOLDER = os.path.dirname(__file__)


class Source(NamedTuple):
    """Where a fact comes from. `dated`: the date of the page or the recording as it writes it, text."""

    key: str
    title: str
    dated: str
    url: str | None
    where: str | None  # when there is no address: which document, which recording


class Fact(NamedTuple):
    """A sourced statement. `confidence`: high, medium or low; what rests on a low one is unknown."""

    id: str
    says: str
    value: Any
    unit: str | None
    sources: tuple[Source, ...]
    confidence: str
    against: str | None  # what speaks against it, and why it is not followed
    note: str | None
    file: str  # the data file's name, without its ending


@cache
def names() -> tuple[str, ...]:
    """The names of the data files that there are, sorted."""
    entries = os.listdir(_FOLDER)
    return tuple(sorted(entry[:-5] for entry in entries if entry.endswith(".yaml")))


@cache
def load(name: str) -> dict[str, Any]:
    """One data file as dicts, lists and scalars. It is shared by all callers: do not change it.

    Args:
        name: the file's name without its ending, such as `regions`.

    Raises:
        KeyError: there is no such data file.
    """
    if name not in names():
        raise KeyError(name)
    with open(os.path.join(_FOLDER, f"{name}.yaml"), encoding="utf-8") as file:
        text = file.read()
    root = yamltree.compose(text)
    tree: dict[str, Any] = {} if root is None else yamltree.plain(root)
    return tree


def _source(key: str, entry: dict[str, Any]) -> Source:
    return Source(key, entry["title"], str(entry["dated"]), entry.get("url"), entry.get("where"))


@cache
def facts_of(name: str) -> dict[str, Fact]:
    """The facts of one data file by id, in the order of the file. Raises KeyError for an unknown file."""
    tree = load(name)
    sources = {key: _source(key, entry) for key, entry in tree.get("sources", {}).items()}
    return {
        entry["id"]: Fact(
            id=entry["id"],
            says=entry["says"],
            value=entry.get("value"),
            unit=entry.get("unit"),
            sources=tuple(sources[key] for key in entry.get("source", ())),
            confidence=entry["confidence"],
            against=entry.get("against"),
            note=entry.get("note"),
            file=name,
        )
        for entry in tree.get("facts", ())
    }


@cache
def facts() -> dict[str, Fact]:
    """Every fact of every data file by id, sorted by id. Reads all files, the large ones too."""
    every = [item for name in names() for item in facts_of(name).items()]
    return dict(sorted(every))


@cache
def fact(id: str) -> Fact:
    """The fact with this id. Raises KeyError when there is none.

    Looks first into a file that is named like a word of the id, then into the others, small files first, so
    that a report which names one fact need not read them all.
    """
    words = id.split(".")
    for name in sorted(names(), key=lambda name: (name not in words, _size(name), name)):
        found = facts_of(name).get(id)
        if found is not None:
            return found
    raise KeyError(id)


def _size(name: str) -> int:
    return os.stat(os.path.join(_FOLDER, f"{name}.yaml")).st_size

"""Regions of COS: the ids of today and the labels of the first generation."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from cosaudit import data
from cosaudit.cos.names import quoted

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_ZONE = re.compile(r"(.*[a-z])-[0-9]{1,2}\Z")
_WORSE = {"high": 0, "medium": 1, "low": 2}


class Region(NamedTuple):
    """A region. A label of the first generation (`cn-south`) has `legacy` set and its modern id in `current`.

    `accelerate` is true, false or unknown: does the region have global acceleration? `confidence` says how
    sure it is that the region exists, and for a legacy label that it stands for `current`. `assumed`: the
    user declared it, the data do not know it.
    """

    id: str
    current: str
    legacy: bool
    kind: str  # public, finance, retired
    accelerate: str
    confidence: str
    note: str | None
    name: str
    name_zh: str
    assumed: bool


def _truth(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, "unknown")


@cache
def _table() -> dict[str, Region]:
    tree = data.load("regions")
    table = {
        row["id"]: Region(
            id=row["id"],
            current=row["id"],
            legacy=False,
            kind=row.get("kind", "public"),
            accelerate=_truth(row.get("accelerate", True)),
            confidence=row.get("confidence", "high"),
            note=row.get("note"),
            name=row["name"],
            name_zh=row["zh"],
            assumed=False,
        )
        for row in tree["regions"]
    }
    for row in tree["legacy"]:
        current = table.get(row["current"])
        table[row["id"]] = Region(
            id=row["id"],
            current=row["current"],
            legacy=True,
            kind="public" if current is None else current.kind,
            accelerate="unknown" if current is None else current.accelerate,
            confidence=row.get("confidence", "high"),
            note=row.get("note"),
            name=row["id"] if current is None else current.name,
            name_zh=row["id"] if current is None else current.name_zh,
            assumed=False,
        )
    return table


@cache
def _json_names() -> dict[str, tuple[str, str]]:
    """Names of the JSON API → (region of today, where the name stands in a host)."""
    return {row["id"]: (row["current"], row["host"]) for row in data.load("regions")["json_names"]}


@lru_cache(maxsize=4096)
def region(id: str, extra: tuple[str, ...] = ()) -> Region | None:
    """The region with this id, or None.

    Args:
        id: as written in a configuration or a host; lower case.
        extra: ids that the user declared: ordinary regions, marked `assumed`, unless the data know them.

    Source: fact `cos.region.known` and the table of `regions.yaml`.
    """
    found = _table().get(id)
    if found is None and id in extra:
        note = "declared in the configuration, not in the data: taken as an ordinary region"
        return Region(id, id, False, "public", "true", "low", note, id, id, True)
    return found


@cache
def ids() -> tuple[str, ...]:
    """All ids that are valid as a region, sorted, the labels of the first generation among them."""
    return tuple(sorted(_table()))


@cache
def legacy_ids() -> frozenset[str]:
    """The labels of the first generation: hosts with them have no `cos.`."""
    return frozenset(id for id, entry in _table().items() if entry.legacy)


@cache
def json_labels() -> dict[str, str]:
    """JSON API names that were a label of a bucket's host (`cosgz`) → the region of today."""
    return {name: current for name, (current, where) in _json_names().items() if where == "label"}


@cache
def json_files() -> dict[str, str]:
    """JSON API names that stood before `.file.myqcloud.com` (`gz`) → the region of today."""
    return {name: current for name, (current, where) in _json_names().items() if where == "file"}


def may_be_id(text: str) -> bool:
    """Could this be the id of a region that the data do not know yet? Then it may be declared."""
    return len(text) <= 40 and _ID.match(text) is not None and text not in ("accelerate", *_json_names())


@lru_cache(maxsize=4096)
def same_region(one: str, other: str) -> tuple[bool, str]:
    """Do two ids name the same place, and how sure is that (high, medium, low)?

    Two ids of today differ or not, surely; a label of the first generation is as sure as its row in the data.
    """
    if one == other:
        return True, "high"
    table = _table()
    sure = "high"
    places = []
    for id in (one, other):
        entry = table.get(id)
        places.append(id if entry is None else entry.current)
        if entry is not None and entry.legacy and _WORSE[entry.confidence] > _WORSE[sure]:
            sure = entry.confidence
    return places[0] == places[1], sure


@cache
def _words() -> dict[str, str]:
    """What people call a region (lower case, without blanks) → its id."""
    words: dict[str, str] = {}
    for entry in _table().values():
        if not entry.legacy:
            for word in (entry.name, entry.name_zh, entry.id.partition("-")[2]):
                words.setdefault(_squeezed(word), entry.id)
    words["香港"] = "ap-hongkong"
    return words


def _squeezed(text: str) -> str:
    return "".join(char for char in text.casefold() if char not in " -_")


def _guess(text: str) -> tuple[str, str] | None:
    """(region, what the text really is) where that is no matter of likeness."""
    wanted = text.strip().strip("\"'`").casefold()
    if not wanted or len(wanted) > 100:
        return None
    if wanted in _table():
        return wanted, "case" if wanted != text.strip() else "blanks"
    if wanted in _json_names():
        return _json_names()[wanted][0], "json"
    if "myqcloud.com" in wanted or "tencentcos.cn" in wanted:
        from cosaudit.cos import hosts  # only for messages; hosts itself needs this module

        host = hosts.identify(wanted)
        if host is not None and host.region is not None and host.region_known:
            return host.region, "host"
        return None
    if wanted.startswith("cos."):
        inner = _guess(wanted[4:])
        return None if inner is None else (inner[0], "cos")
    zone = _ZONE.match(wanted)
    if zone and zone[1] in _table() and zone[1] not in legacy_ids():
        return zone[1], "zone"
    squeezed = _squeezed(wanted)
    for id in ids():
        if squeezed == _squeezed(id):
            return id, "written"
    if squeezed in _words():
        return _words()[squeezed], "name"
    if not wanted.isascii():
        # a name among other words, as the console shows it: the longest that stands in the text
        inside = [word for word in _words() if not word.isascii() and word in squeezed]
        if inside:
            return _words()[max(inside, key=lambda word: (len(word), word))], "name"
    tail = wanted.partition("-")[2]
    if tail in _json_names():  # ap-tianjin
        return _json_names()[tail][0], "old"
    return None


def nearest(text: str) -> str | None:
    """The id of a region that is probably meant, or None when nothing is near."""
    sure = _guess(text)
    if sure is not None:
        return sure[0]
    import difflib

    found = difflib.get_close_matches(text.strip().casefold()[:60], ids(), n=1, cutoff=0.78)
    return found[0] if found else None


def explain_unknown(text: str) -> str | None:
    """One line on what a text is that is no region's id, or None when there is no more to say than that."""
    if text.strip().casefold() == "accelerate":
        return "`accelerate` is no region: it stands in the host of a bucket whose acceleration is on"
    sure = _guess(text)
    if sure is None:
        return None
    id, kind = sure
    shown = quoted(text)
    lines = {
        "json": f"{shown} is the JSON API's name of `{id}`",
        "host": f"{shown} is a host; its region is `{id}`",
        "cos": f"the id is written without `cos.`: `{id}`",
        "old": f"a name of before; the region is now `{id}`",
        "written": f"the id is written `{id}`",
        "zone": f"{shown} is a zone's name; its region is `{id}`",
        "name": f"{shown} is the name of `{id}`",
        "case": f"ids are lower case: `{id}`",
        "blanks": f"the id is `{id}`, without blanks or quotes",
    }
    return None if text == id else lines[kind]

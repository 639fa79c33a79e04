"""What to put into the console's boxes: what is missing, what is dead, and everything else as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from cosaudit.data import facts_of
from cosaudit.model import CATEGORIES
from cosaudit.wechat.entries import Entry, parse_entry, split_entries


class Box(NamedTuple):
    """One box of the console: a category's list as it should be."""

    category: str
    add: tuple[str, ...]  # sorted
    dead: tuple[tuple[str, str], ...]  # entry as written, and why no request can need it
    keep: tuple[str, ...]  # as written, in the order of the list
    line: str  # the whole box, ready to paste; without a known list only what is needed
    known: bool  # False: the list is not known, so `line` is to be added, never to replace the box
    #: The whole box if a pasted list that has no heading should be this box's; empty when there is none.
    whole: str = ""

    @property
    def size(self) -> int:
        """How many entries the box holds afterwards; compare it with `entries.LIMIT`."""
        return len(self.keep) + len(self.add)


def _origin(entry: Entry) -> tuple[str, str, str | None] | None:
    """What an entry lets through; None if that is nothing, or not settled."""
    return (entry.scheme, entry.host, entry.port) if entry.problem is None else None


def _pieces(entries: Iterable[str]) -> list[str]:
    """Entries without repeats, those apart that a separator joins: a box is one text, split at `;`."""
    return list(dict.fromkeys(piece for entry in entries for piece in split_entries(entry)))


def plan(category: str, needed: Sequence[str], have: Sequence[str] | None, dead: Mapping[str, str]) -> Box:
    """Plan one box: nothing that may still be used is lost.

    Args:
        category: `request`, `uploadFile` or `downloadFile`.
        needed: the entries that must be there, as `entries.canonical` writes them.
        have: the list as it is, in its order; None if it is not known.
        dead: entries of it, as written, that are proved to be of no use, with the reason. What is needed is
            never dead.

    Returns:
        The box. A needed entry counts as present if an entry names the same origin, `https://` assumed where
        it lacks; one in a spelling that may not count (a slash at the end) is kept, and the plain one added.

    Source: fact `wechat.console.box`.

    >>> plan("request", ["https://b.example.com"], ["https://a.example.com"], {}).line
    'https://a.example.com;https://b.example.com'
    """
    wanted = _pieces(needed)
    if have is None:
        add = tuple(sorted(wanted))
        return Box(category, add, (), (), _join(add), known=False)
    origins = {origin for entry in wanted if (origin := _origin(parse_entry(entry))) is not None}
    keep: list[str] = []
    dropped: list[tuple[str, str]] = []
    texts = set(wanted)
    present: set[tuple[str, str, str | None] | str | None] = set()
    # a dead text of several entries does not make each of them dead
    reasons = {
        pieces[0]: reason for entry, reason in dead.items() if len(pieces := split_entries(entry)) == 1
    }
    for entry in _pieces(have):
        origin = _origin(parse_entry(entry))
        if entry in reasons and entry not in texts and (origin is None or origin not in origins):
            dropped.append((entry, reasons[entry]))
        else:
            keep.append(entry)
            present |= {entry, origin}
    present.discard(None)
    missing = (
        entry for entry in wanted if entry not in present and _origin(parse_entry(entry)) not in present
    )
    add = tuple(sorted(missing))
    return Box(category, add, tuple(dropped), tuple(keep), _join((*keep, *add)), known=True)


def _join(entries: Iterable[str]) -> str:
    separator: str = facts_of("wechat")["wechat.console.box"].value
    return separator.join(entries)


def wechat_api(boxes: Iterable[Box]) -> list[dict[str, Any]]:
    """The bodies for the platform's call `modify_domain` that do what the boxes say.

    One body adds, one deletes; a body without entries is left out. Never `set`: it replaces whole lists,
    those that are not known here too (fact `wechat.platform-api.modify`).

    >>> wechat_api([plan("request", ["https://b.example.com"], [], {})])[0]["requestdomain"]
    ['https://b.example.com']
    """
    names: dict[str, str] = facts_of("wechat")["wechat.domain.lists"].value
    by_category = {box.category: box for box in boxes}
    add: dict[str, Any] = {"action": "add"}
    delete: dict[str, Any] = {"action": "delete"}
    for category in CATEGORIES:
        box = by_category.get(category)
        add[names[category]] = list(box.add) if box is not None else []
        delete[names[category]] = [entry for entry, _ in box.dead] if box is not None else []
    return [body for body in (add, delete) if any(body[names[category]] for category in CATEGORIES)]

"""Referer rules (hotlink protection): which pages may use a bucket's files without a signature.

Three answers: True, False, and None where the documents do not say. Sources: facts `bucket.referer.*`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cosaudit import data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cosaudit.model import Place


class Entry(NamedTuple):
    """One domain of the list, as written."""

    text: str
    place: Place


class Referers(NamedTuple):
    """The rules of a bucket. `allow`: a list of those let in, else of those kept out; `empty`: no referer is let in."""

    enabled: bool
    allow: bool
    entries: tuple[Entry, ...]
    empty: bool
    place: Place


class Sent(NamedTuple):
    """What a client sends as its referer: a text; `open`: what follows it is not known. Empty text: none is sent."""

    text: str
    open: bool = False


NONE = Sent("")

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST = re.compile(r"[^/?#]*")
_NAME = re.compile(r"[^/?#:]*")


def mini_program(appid: str | None) -> Sent:
    """The referer of a Mini Program; without its AppID only the beginning is known."""
    form: str = data.facts_of("bucket")["bucket.referer.mini-program"].value
    start = form.partition("{appid}")[0]
    return Sent(start if appid is None else f"{start}{appid}/", True)


def _bare(text: str) -> str:
    """Without the scheme, the host in lower case."""
    rest = text[match.end() :] if (match := _SCHEME.match(text)) is not None else text
    host = _HOST.match(rest)
    assert host is not None  # the pattern takes the empty text
    return host[0].lower() + rest[host.end() :]


def matches(entry: str, sent: Sent) -> bool | None:
    """Does an entry match a referer? It is a prefix; `*.` stands for any labels before a domain.

    None: it hangs on what is not known of the referer, or the documents do not say (the bare domain of a `*.` entry,
    a `*` elsewhere, an entry with a scheme).
    """
    if not sent.text:
        return False
    pattern, text = _bare(entry), _bare(sent.text)
    if not pattern:
        return None
    if "*" in pattern:
        found = _wild(pattern, text)
        elsewhere = "/" in pattern or not pattern.startswith("*.") or "*" in pattern[1:]
        if found is False and sent.open and elsewhere:  # what follows may match it
            found = None
    elif text.startswith(pattern):
        found = True
    else:
        found = None if sent.open and pattern.startswith(text) else False
    return None if found and _SCHEME.match(entry) is not None else found


def _wild(pattern: str, text: str) -> bool | None:
    rest = pattern[1:]
    if pattern.startswith("*.") and "*" not in rest:
        host = _HOST.match(text)
        assert host is not None
        at = text.find(rest, 1, host.end() + len(rest))
        while 0 < at < host.end():
            after = text[at + len(rest) :]
            if "/" in rest or not after or after[0] in "/:?#":
                return True
            at = text.find(rest, at + 1)
        # a longer domain begins like it, and the pages differ on the bare one
        return None if rest in host[0] or text.startswith(rest[1:]) else False
    parts = [re.escape(part) for part in pattern.split("*")]
    return None if re.match(".*".join(parts), text, re.DOTALL) is not None else False


def admits(rules: Referers, sent: Sent) -> bool | None:
    """Do the rules let in a request without a signature that sends this referer?"""
    if not rules.enabled:
        return True
    if not sent.text:
        return rules.empty
    found = [matches(entry.text, sent) for entry in rules.entries]
    if True in found:
        return rules.allow
    return None if None in found else not rules.allow


def all_admitted(rules: Referers, several: Sequence[Sent]) -> bool | None:
    """The same for all of several referers: False where one of them is refused."""
    found = [admits(rules, one) for one in several]
    return False if False in found else None if None in found else True


def stranger(entry: str) -> str | None:
    """A foreign domain that an entry matches because it is a prefix; None where none can be: it ends in a slash or has
    a path, a port, or is an address of numbers."""
    text = _bare(entry)
    if text == _bare(data.facts_of("bucket")["bucket.referer.mini-program"].value).partition("/")[0]:
        return None  # as the vendor's page advises
    host = _NAME.match(text)
    assert host is not None
    if "*" in text or host[0] != text or not re.search(r"\.[a-z][a-z0-9-]*\Z", text):
        return None
    return f"{text}.cn" if not text.endswith(".cn") else f"{text}.com"


__all__ = [
    "NONE",
    "Entry",
    "Referers",
    "Sent",
    "admits",
    "all_admitted",
    "matches",
    "mini_program",
    "stranger",
]

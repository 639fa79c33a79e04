"""Entries of WeChat's domain lists: how one is spelled, and which requests it lets through.

An entry is an origin; WeChat compares it with a request's origin as a whole (fact `wechat.domain.exact`).
What no source settles (a trailing slash, capital letters …) is neither a match nor a refusal: it is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from cosaudit.data import facts_of
from cosaudit.model import Outcome

#: How many entries a list takes; read from the data on first use.
LIMIT: int


def __getattr__(name: str) -> Any:
    if name == "LIMIT":
        return facts_of("wechat-values")["wechat.domain.limit"].value
    raise AttributeError(name)


class Problem(NamedTuple):
    """Something odd about an entry. `never`: it is certain that no request can match it; else nobody knows.

    `fact` is what that rests on; a fact of low confidence names what would have to be known.
    """

    code: str
    says: str
    fact: str
    never: bool


def _table(*rows: tuple[str, str, str, bool]) -> dict[str, Problem]:
    return {row[0]: Problem(*row) for row in rows}


#: Everything that can be odd about an entry, by code; what comes first is told first.
PROBLEMS: dict[str, Problem] = _table(
    ("empty", "the entry is empty", "wechat.entry.syntax", True),
    ("several", "several URLs stand in one entry", "wechat.entry.syntax", True),
    ("garbage", "this is no URL of a host", "wechat.entry.syntax", True),
    ("bad-character", "the host has a character that no host name has", "wechat.entry.syntax", True),
    ("bad-label", "the host name has an empty or too long part", "wechat.entry.syntax", True),
    ("bad-port", "the port is no number from 1 to 65535", "wechat.entry.syntax", True),
    ("wildcard", "WeChat knows no wildcards", "wechat.domain.no-wildcard", True),
    ("localhost", "the phone itself can never be called", "wechat.domain.no-localhost", True),
    ("ip", "an IP address cannot be an entry", "wechat.domain.no-ip", True),
    ("lan-ip", "local addresses are called without an entry", "wechat.domain.lan-ip", False),
    ("forbidden-host", "WeChat never registers this host", "wechat.domain.forbidden", True),
    ("userinfo", "a user name before `@` has no place in an entry", "wechat.entry.syntax", True),
    ("scheme-http", "http cannot be registered, requests must be https", "wechat.domain.https", True),
    ("scheme-socket", "a wss, ws, tcp or udp entry lets no https request in", "wechat.domain.https", True),
    ("scheme-other", "only https entries let https requests in", "wechat.domain.https", True),
    ("single-label", "a host without a dot", "wechat.entry.single-label", False),
    ("non-ascii-host", "the host has letters outside ASCII", "wechat.entry.non-ascii", False),
    ("full-width", "full-width characters", "wechat.entry.full-width", False),
    ("invisible", "invisible characters or blanks", "wechat.entry.invisible", False),
    ("separator", "a separator at the end or the beginning", "wechat.entry.separator", False),
    ("slashes", "other slashes than `://` after the scheme", "wechat.entry.slashes", False),
    ("escaped-host", "percent-encoded characters in the host", "wechat.entry.escaped", False),
    ("letter-case", "capital letters", "wechat.entry.letter-case", False),
    ("trailing-dot", "a dot at the end of the host", "wechat.entry.trailing-dot", False),
    ("empty-port", "a `:` without a port, or a port with leading zeros", "wechat.entry.empty-port", False),
    ("path", "a path or query after the origin", "wechat.entry.path", False),
    ("trailing-slash", "a slash at the end", "wechat.entry.trailing-slash", False),
)

_RANK = {code: rank for rank, code in enumerate(PROBLEMS)}


class Entry(NamedTuple):
    """One entry of a list. `host` is in small letters, without a dot at its end; `port` as written."""

    text: str
    scheme: str  # small letters; https where none stands
    scheme_assumed: bool
    host: str
    port: str | None
    path: str  # what stands after the origin, as written
    problem: str | None  # a code of PROBLEMS
    instead: str | None  # what to enter instead, where that can be said
    hosts: tuple[str, ...] = ()  # problem `several`: the hosts that stand in it

    @property
    def never(self) -> bool:
        """Is it certain that no request can match this entry?"""
        return self.problem is not None and PROBLEMS[self.problem].never


class Origin(NamedTuple):
    """The origin of a URL. `host` is in small letters, without a dot at its end; `port` as written."""

    scheme: str
    host: str
    port: str | None
    problem: str | None = None  # a code of PROBLEMS; "garbage" for what is no URL


class _Read(NamedTuple):
    """A text read as an origin, with all that is odd about it."""

    scheme: str | None
    host: str
    port: str | None
    path: str
    codes: frozenset[str]


_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x3002: 0x2E, 0xFF61: 0x2E}
#: Characters without a shape that come along when people copy from pages.
INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
#: Schemes that are recognised although the slashes after them are not `//`.
_ODD_SLASHES = re.compile(r"(https?|wss?|tcp|udp):(?!//(?![/\\]))([/\\]*)", re.IGNORECASE)
_SOCKET = frozenset(("ws", "wss", "tcp", "udp"))
_AUTHORITY_END = re.compile(r"[/?#\\]")
_HOST = re.compile(r"[a-z0-9_.-]*\Z")
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
_DIGITS = re.compile(r"[0-9]+\Z")
#: `;`, `,`, their full-width twins, the Chinese enumeration comma, blanks.
_SEPARATORS = re.compile("[;,\uff1b\uff0c\u3001\\s]+")
_GLUED = re.compile(r"(?:https?|wss?)://", re.IGNORECASE)
#: Longer than any host with scheme and port; what is longer is not looked at closely.
_LONG = 2048


def split_entries(text: str) -> tuple[str, ...]:
    """The entries in a text, separated by `;`, `,`, their Chinese twins or blanks: no host can have these.

    >>> split_entries("https://a.example.com; https://b.example.com;")
    ('https://a.example.com', 'https://b.example.com')
    """
    return tuple(piece for piece in _SEPARATORS.split(text) if piece)


def _numbers(host: str) -> str | None:
    """What an address in numbers is: "ip", "lan-ip", "localhost" or "bad-label"; None for a name.

    A host whose last part is a number is an IPv4 address or nothing.

    Source: WHATWG URL standard, host parsing, "ends in a number".
    """
    parts = host.split(".")
    if not _NUMBER.match(parts[-1]):
        return None
    if len(parts) > 4:
        return "bad-label"
    value = 0
    for index, part in enumerate(parts):
        if not _NUMBER.match(part) or len(part) > 20:
            return "bad-label"
        if part.startswith("0x"):
            number = int(part[2:] or "0", 16)
        elif len(part) > 1 and part[0] == "0":
            if "8" in part or "9" in part:
                return "bad-label"
            number = int(part, 8)
        else:
            number = int(part)
        room = 4 - index if index == len(parts) - 1 else 1  # bytes that this part fills
        if number >= 256**room:
            return "bad-label"
        value = (value << (8 * room)) | number
    return _kind_of_v4(value)


def _kind_of_v4(value: int) -> str:
    first, second = value >> 24, (value >> 16) & 255
    if first in (0, 127):
        return "localhost"
    if (
        first == 10
        or (first, second) in ((192, 168), (169, 254))
        or (first == 172 and 16 <= second < 32)
        or (first == 100 and 64 <= second < 128)  # between a provider and its customers
    ):
        return "lan-ip"
    return "ip"


def _kind_of_v6(text: str) -> str:
    import ipaddress

    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return "garbage"
    if address.ipv4_mapped is not None:
        return _kind_of_v4(int(address.ipv4_mapped))
    if address.is_loopback or address.is_unspecified:
        return "localhost"
    return "lan-ip" if address.is_link_local or int(address) >> 121 == 0xFC >> 1 else "ip"


def _is_name(host: str) -> bool:
    """Can these characters, some outside ASCII, stand in a host name: letters, digits, marks?"""
    import unicodedata

    return all(
        char in "-_." or ("a" <= char <= "z") or ("0" <= char <= "9")
        if char.isascii()
        else unicodedata.category(char)[0] in "LMN"
        for char in host
    )


def _read(text: str) -> _Read:
    codes: set[str] = set()
    whole = text
    if not text.isascii():
        narrow = text.translate(_WIDE)
        if narrow != text:
            codes.add("full-width")
        text = narrow.translate(_INVISIBLE)
        if text != narrow:
            codes.add("invisible")
    stripped = text.strip()
    if stripped != text:
        codes.add("invisible")
        text = stripped
    if not text:
        return _Read(None, "", None, "", frozenset(("empty",)))
    scheme: str | None = None
    rest = text
    odd = _ODD_SLASHES.match(text)
    if odd is not None and not (odd[2] == "" and text[odd.end() : odd.end() + 1].isdigit()):
        codes.add("slashes")
        scheme, rest = odd[1], text[odd.end() :]
    elif text[:2] in ("//", "\\\\"):
        codes.add("slashes")
        rest = text.lstrip("/\\")
    else:
        before, mark, after = text[:_LONG].partition("://")
        if mark and _AUTHORITY_END.search(before) is None:
            if not _SCHEME.match(before):
                return _Read(None, "", None, "", frozenset(("garbage",)))
            scheme, rest = before, text[len(before) + 3 :]
    if scheme is not None and scheme != scheme.lower():
        codes.add("letter-case")
        scheme = scheme.lower()
    end = _AUTHORITY_END.search(rest)
    authority, path = (rest, "") if end is None else (rest[: end.start()], rest[end.start() :])
    if path == "/":
        codes.add("trailing-slash")
    elif path:
        codes.add("path")
    if "@" in authority:
        codes.add("userinfo")
        authority = authority.rpartition("@")[2]
    port: str | None = None
    if authority[:1] == "[":
        inside, mark, after = authority[1:].partition("]")
        if not mark or len(inside) > 60 or (after and after[0] != ":"):
            return _Read(scheme, "", None, path, frozenset((*codes, "garbage")))
        host = f"[{inside.lower()}]"
        port = after[1:] if after else None
        codes.add(_kind_of_v6(inside))
    else:
        host, mark, after = authority.partition(":")
        if mark:
            port = after
        if host != host.lower():
            codes.add("letter-case")
            host = host.lower()
        _judge_host(host, codes)
        if host[-1:] == "." and len(host) > 1:
            host = host[:-1]
    if port is not None:
        if port and not (_DIGITS.match(port) and 0 < int(port.lstrip("0")[:6] or "0") < 65536):
            codes.add("bad-port")
        elif port[:1] in ("", "0"):
            codes.add("empty-port")
    if len(whole) > _LONG and end is None:
        codes.add("bad-label")
    return _Read(scheme, host, port, path, frozenset(codes))


def _judge_host(host: str, codes: set[str]) -> None:
    """Add what is odd about a host in small letters."""
    if not host:
        codes.add("garbage")
        return
    if "*" in host:
        codes.add("wildcard")
        host = host.replace("*", "x")
    if "%" in host:
        codes.add("escaped-host")
        return
    name = host
    if name[-1] == ".":
        codes.add("trailing-dot")
        name = name[:-1]
    if not name:
        codes.add("garbage")
        return
    if not (_HOST.match(name) if name.isascii() else _is_name(name)):
        codes.add("bad-character")
    elif len(name) > 253 or ".." in name or name[0] == "." or max(map(len, name.split("."))) > 63:
        codes.add("bad-label")
    elif not name.isascii():
        codes.add("non-ascii-host")
    kind = _numbers(name)
    if kind is not None:
        codes.add(kind)
    elif name == "localhost" or name.endswith(".localhost"):
        codes.add("localhost")
    elif "." not in name:
        codes.add("single-label")
    elif name in _forbidden():
        codes.add("forbidden-host")


@cache
def _forbidden() -> frozenset[str]:
    return frozenset(facts_of("wechat-values")["wechat.domain.forbidden"].value)


@lru_cache(maxsize=4096)
def _puny(host: str) -> str:
    """The xn-- form of a host, or the host itself where it has none."""
    if host.isascii():
        return host
    try:
        encoded = host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
    return encoded if _HOST.match(encoded) else host


def _worst(codes: Iterable[str]) -> str | None:
    return min(codes, key=_RANK.__getitem__, default=None)


#: Problems of the host or port itself: no other spelling of the entry mends them.
HOPELESS = frozenset(
    ("empty", "several", "garbage", "bad-character", "bad-label", "bad-port", "wildcard", "localhost", "ip")
) | {"forbidden-host", "lan-ip", "single-label", "escaped-host"}


_NO_HOST = frozenset(("garbage", "bad-character", "bad-label"))


#: An https origin with nothing odd about it, as nearly every entry and URL is: spares the close reading.
_PLAIN = re.compile(r"https://((?:[a-z0-9-]{1,63}\.)+[a-z]{2,63})(?=/|\Z)")


def _plain_host(text: str) -> str | None:
    """The host of a plain https origin, with or without a path; None for all that must be read closely."""
    found = _PLAIN.match(text)
    if found is None:
        return None
    host = found[1]
    return None if len(host) > 253 or host.endswith(".localhost") or host in _forbidden() else host


@lru_cache(maxsize=65536)
def parse_entry(text: str) -> Entry:
    """Read one entry of a list.

    Args:
        text: the entry as it stands in the list. Anything goes; nothing is raised.

    Returns:
        The entry, with the first of PROBLEMS that it has, and what to enter instead where that can be said.
        An entry without a scheme is taken as https, and says so (fact `wechat.entry.no-scheme`).

    >>> parse_entry("https://api.example.com/").instead
    'https://api.example.com'
    """
    plain = _plain_host(text)
    if plain is not None and len(plain) + len("https://") == len(text):
        return Entry(text, "https", False, plain, None, "", None, None)
    urls = spread_entries(text)
    if len(urls) > 1:
        parts = [parse_entry(url) for url in urls]
        named = [part.host for part in parts if _names_host(part)]
        if len(named) < 2:
            return Entry(text, "https", True, "", None, "", "garbage", None, tuple(named))
        both = None if len(named) < len(parts) else ";".join(part.instead or part.text for part in parts)
        return Entry(text, "https", True, "", None, "", "several", both, tuple(dict.fromkeys(named)))
    core = urls[0] if urls else ""
    read = _read(core)
    codes = set(read.codes)
    if core != text:
        codes.add("separator" if text.strip() != core else "invisible")
    if read.scheme is None and "single-label" in codes and "wildcard" not in codes:
        codes.add("garbage")  # a word
    scheme = read.scheme or "https"
    if scheme == "http":
        codes.add("scheme-http")
    elif scheme in _SOCKET:
        codes.add("scheme-socket")
    elif scheme != "https":
        codes.add("scheme-other")
    problem = _worst(codes)
    instead = None
    if problem is not None and not codes & HOPELESS:
        instead = _sound(canonical(Origin("https", read.host, read.port)), text)
    return Entry(text, scheme, read.scheme is None, read.host, read.port, read.path, problem, instead)


def _names_host(entry: Entry) -> bool:
    """Is a piece of a text one of several hosts? A piece without a dot is a part of a broken one, or a word."""
    if not entry.host or entry.problem in _NO_HOST:
        return False
    return "." in entry.host or entry.host[0] == "[" or entry.host == "localhost"


def _sound(entry: str, instead_of: str = "") -> str | None:
    """The entry, if nothing is odd about it."""
    return entry if entry != instead_of and parse_entry(entry).problem is None else None


def spread_entries(text: str) -> list[str]:
    """The URLs in a text, separated or glued together; one in another's path or query does not count."""
    urls = []
    for piece in split_entries(text):
        begin = 0
        while True:
            scheme = piece.find("://", begin)
            end = _AUTHORITY_END.search(piece, scheme + 3 if scheme >= 0 else begin)
            glued = _GLUED.search(piece, begin + 1, len(piece) if end is None else end.start() + 2)
            if glued is None:
                urls.append(piece[begin:])
                break
            urls.append(piece[begin : glued.start()])
            begin = glued.start()
    return urls


@lru_cache(maxsize=65536)
def origin_of(url: str) -> Origin:
    """The origin of a request's URL; nothing is raised.

    The path and query may hold anything, placeholders too. `problem` says what is odd about the origin: a URL
    without scheme or host has the problem "garbage".

    >>> origin_of("https://media-1250000000.cos.ap-guangzhou.myqcloud.com/a/{file}").host
    'media-1250000000.cos.ap-guangzhou.myqcloud.com'
    """
    plain = _plain_host(url)
    if plain is not None:
        return Origin("https", plain, None)
    before, mark, _ = url[:_LONG].partition("://")
    begin = len(before) + 3 if mark and _SCHEME.match(before.strip()) else 0
    end = _AUTHORITY_END.search(url, begin)  # only the origin is read: keys may be long and odd
    read = _read(url if end is None else url[: end.start()])
    codes = set(read.codes)
    if read.scheme is None and "empty" not in codes:
        codes.add("garbage")
    return Origin(read.scheme or "", read.host, read.port, _worst(codes))


def canonical(origin: Origin | Entry) -> str:
    """The entry to type for an origin: `https://host[:port]`, small letters, no slash.

    A host outside ASCII is written in its xn-- form where it has one. The scheme is https whatever the
    origin's: no other can be registered for these requests (fact `wechat.domain.https`).
    """
    host = _puny(origin.host)
    port = (origin.port or "").lstrip("0")
    return f"https://{host}:{port}" if port else f"https://{host}"


class Match(NamedTuple):
    """What a list says to a URL. `at` is the entry's place in the list, counted from 0."""

    outcome: Outcome  # PASS, UNKNOWN or BLOCKED
    code: str  # a key of CODES
    reason: str
    fact: str
    entry: Entry | None = None  # the one that matches, may match, or comes nearest
    at: int | None = None
    instead: str | None = None  # what to enter, where that can be said


#: The codes of a match: what it says, and the fact it rests on (None: that of the entry's or URL's problem).
CODES: dict[str, tuple[Outcome, str, str | None]] = {
    "listed": (Outcome.PASS, "the list names this origin", "wechat.domain.exact"),
    "listed-without-scheme": (
        Outcome.PASS,
        "the list names this host; `https://` is assumed before it",
        "wechat.entry.no-scheme",
    ),
    "entry-unsettled": (Outcome.UNKNOWN, "an entry names this origin in a spelling that may not count", None),
    "url-unsettled": (Outcome.UNKNOWN, "the URL spells a listed origin in a way that may not count", None),
    "url-lan-ip": (
        Outcome.UNKNOWN,
        "an address of the phone's local network is called without the list; others are refused",
        "wechat.domain.lan-ip",
    ),
    "not-listed": (Outcome.BLOCKED, "the list does not name this host", "wechat.domain.exact"),
    "port-differs": (Outcome.BLOCKED, "the list names this host with another port", "wechat.domain.port"),
    "http-listed": (Outcome.BLOCKED, "the list names this host with http", "wechat.domain.https"),
    "other-scheme-listed": (
        Outcome.BLOCKED,
        "the list names this host with a scheme that is not https",
        "wechat.domain.https",
    ),
    "broken-listed": (Outcome.BLOCKED, "the host stands in an entry that cannot match", None),
    "wildcard-listed": (
        Outcome.BLOCKED,
        "a wildcard entry would cover this host, but WeChat knows no wildcards",
        "wechat.domain.no-wildcard",
    ),
    "parent-listed": (
        Outcome.BLOCKED,
        "the list names a parent domain, which does not cover this host",
        "wechat.domain.no-parent",
    ),
    "scheme-http": (Outcome.BLOCKED, "the URL is http; only https is let through", "wechat.domain.https"),
    "scheme-other": (Outcome.BLOCKED, "the URL is not https", "wechat.domain.https"),
    "url-is-ip": (
        Outcome.BLOCKED,
        "the URL names an IP address, which no list can hold",
        "wechat.domain.no-ip",
    ),
    "url-localhost": (
        Outcome.BLOCKED,
        "the URL names the phone itself, which can never be called",
        "wechat.domain.no-localhost",
    ),
    "forbidden-host": (Outcome.BLOCKED, "WeChat never registers this host", "wechat.domain.forbidden"),
    "url-malformed": (Outcome.BLOCKED, "the URL is not a URL of a host", "wechat.domain.url-form"),
}

_URL_CODES = {
    "localhost": "url-localhost",
    "ip": "url-is-ip",
    "forbidden-host": "forbidden-host",
    "lan-ip": "url-lan-ip",
}
_MALFORMED = frozenset(("empty", "garbage", "bad-character", "bad-label", "bad-port", "wildcard", "slashes"))
_NO_MENDING = frozenset(("url-localhost", "url-is-ip", "forbidden-host", "url-malformed", "url-lan-ip"))


def _match(
    code: str,
    origin: Origin,
    near: tuple[int, Entry] | None = None,
    problem: str | None = None,
) -> Match:
    outcome, reason, fact = CODES[code]
    at, entry = near if near is not None else (None, None)
    if problem is None and entry is not None:
        problem = entry.problem
    if fact is None:
        spelled = PROBLEMS[problem or "garbage"]
        reason = f"{reason}: {spelled.says}"
        fact = "wechat.entry.userinfo" if code == "url-unsettled" and problem == "userinfo" else spelled.fact
    instead = None if outcome is Outcome.PASS or code in _NO_MENDING else _sound(canonical(origin))
    return Match(outcome, code, reason, fact, entry, at, instead)


class DomainList:
    """A list of entries with an index by host: a look-up takes the same time whatever the list's length."""

    __slots__ = ("_at", "_memo", "_wild", "entries")

    def __init__(self, entries: Iterable[Entry | str]) -> None:
        """Takes entries, read or as text, in the order of the list."""
        self.entries: tuple[Entry, ...] = tuple(
            parse_entry(entry) if isinstance(entry, str) else entry for entry in entries
        )
        self._at: dict[str, list[tuple[int, Entry]]] = {}  # host -> entries that name it
        self._wild: dict[str, tuple[int, Entry]] = {}  # what stands after `*.` -> entry
        self._memo: dict[Origin, Match] = {}
        for near in enumerate(self.entries):
            entry = near[1]
            if entry.problem == "wildcard":
                star, _, suffix = entry.host.partition("*")
                if not star and suffix[:1] in (".", "") and "*" not in suffix:
                    self._wild.setdefault(suffix[1:], near)
            else:
                for host in entry.hosts or ((entry.host,) if entry.host else ()):
                    self._at.setdefault(_puny(host), []).append(near)

    def match(self, url: str) -> Match:
        """What this list says to a request for `url`; see `match`."""
        origin = origin_of(url)
        found = self._memo.get(origin)
        if found is None:
            if len(self._memo) >= 65536:
                self._memo.clear()
            found = self._memo[origin] = self._judge(origin)
        return found

    def _judge(self, origin: Origin) -> Match:
        problem = origin.problem
        if problem is not None:
            code = _URL_CODES.get(problem) or ("url-malformed" if problem in _MALFORMED else None)
            if code is not None:
                return _match(code, origin)
        if origin.scheme != "https":
            near = self._listed(origin)
            return _match("scheme-http" if origin.scheme == "http" else "scheme-other", origin, near)
        return self._compare(origin)

    def _listed(self, origin: Origin) -> tuple[int, Entry] | None:
        same_host = self._at.get(_puny(origin.host), ())
        return next((near for near in same_host if near[1].port == origin.port), None)

    def _compare(self, origin: Origin) -> Match:
        same_host = self._at.get(_puny(origin.host), ())
        unsettled: tuple[int, Entry] | None = None
        assumed: tuple[int, Entry] | None = None
        rest: dict[str, tuple[int, Entry]] = {}
        for near in same_host:
            entry = near[1]
            same_port = (entry.port or "").lstrip("0") == (origin.port or "").lstrip("0")
            if entry.never:
                rest.setdefault(_NEAR.get(entry.problem or "", "broken-listed"), near)
            elif not same_port:
                rest.setdefault("port-differs", near)
            elif entry.problem is not None:
                unsettled = unsettled or near
            elif origin.problem is not None:
                return _match("url-unsettled", origin, near, origin.problem)
            elif entry.scheme_assumed:
                assumed = assumed or near
            else:
                return _match("listed", origin, near)
        if assumed is not None:
            return _match("listed-without-scheme", origin, assumed)
        if unsettled is not None:
            return _match("entry-unsettled", origin, unsettled)
        for code in _NEAREST_FIRST:
            if code in rest:
                return _match(code, origin, rest[code])
        return self._above(origin)

    def _above(self, origin: Origin) -> Match:
        """No entry names the host: look for a wildcard or a parent that people believe covers it."""
        parent: tuple[int, Entry] | None = None
        host = _puny(origin.host)
        while True:
            _, dot, host = host.partition(".")
            wild = self._wild.get(host)
            if wild is not None:
                return _match("wildcard-listed", origin, wild)
            if not dot:
                break
            if parent is None:
                parent = next((near for near in self._at.get(host, ()) if not near[1].hosts), None)
        if parent is not None:
            return _match("parent-listed", origin, parent)
        return _match("not-listed", origin)


_NEAR = {
    "scheme-http": "http-listed",
    "scheme-socket": "other-scheme-listed",
    "scheme-other": "other-scheme-listed",
}
_NEAREST_FIRST = ("port-differs", "http-listed", "other-scheme-listed", "broken-listed")


def match(entries: DomainList | Sequence[Entry | str], url: str) -> Match:
    """Does a list let a request through?

    Args:
        entries: the list of the API's category; make a `DomainList` of it where several URLs are asked for.
        url: the request's URL; the port counts as it stands, so that `:443` differs from no port.

    Returns:
        PASS with the entry that names the origin; UNKNOWN with an entry in a spelling that no source settles
        (or for an address of a local network); or BLOCKED with the nearest reason. Nothing is raised.

    Source: facts `wechat.domain.exact`, `wechat.domain.port`, `wechat.domain.https`.

    >>> match(["https://api.example.com"], "https://api.example.com:443/key").code
    'port-differs'
    """
    domains = entries if isinstance(entries, DomainList) else DomainList(entries)
    return domains.match(url)


def dead_by_syntax(entries: Iterable[str]) -> dict[str, str]:
    """The entries that can never match by their own spelling, with the reason; in the order of the list.

    Entries that a separator joins are judged one by one. What is merely not settled is not dead.
    """
    dead = {}
    for text in entries:
        for piece in split_entries(text):
            problem = parse_entry(piece).problem
            if problem is not None and PROBLEMS[problem].never:
                dead[piece] = PROBLEMS[problem].says
    return dead

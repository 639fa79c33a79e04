"""What an error message on a screen says: who refused, the causes in order, and what a configuration knows of each.

The messages are data (`data/why.yaml`). They are literal words, never regular expressions, and are looked for in a text
of bounded length, so no paste can make this slow. What is read out of a text (host, bucket, key, …) is all of it that
ever comes out again; keys, tokens and signatures are taken away before anything else is read.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit import data
from cosaudit.flows import origin
from cosaudit.model import GATES, Form, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cosaudit.cos.hosts import Host
    from cosaudit.model import Finding, Request, Verdict
    from cosaudit.run import Judged, Run

#: Characters of a paste that are read: the beginning, where an error object starts, and the end, where a log has it.
HEAD, TAIL = 49_152, 16_384

#: Answers that are given at most.
MOST = 3

#: Gates that are met before COS is.
_BEFORE_COS = ("platform", "preflight", "response")

#: Characters that a `*` of a message may stand for.
GAP = 300

# -- the data ---------------------------------------------------------------------------------------------------------


class Pattern(NamedTuple):
    """A message: pieces that follow each other, in small letters and without blanks. A code is one word."""

    pieces: tuple[str, ...]
    code: bool  # one word
    inside: bool = False  # may stand inside a word

    @property
    def weight(self) -> int:
        """How much it takes to match: the longer message is the more telling one."""
        return sum(map(len, self.pieces))


class Cause(NamedTuple):
    """Why a message is shown. `check` is what a person looks at; gate and rules are what cosaudit looks at."""

    id: str
    says: str
    check: str
    mend: str
    gate: str | None  # where this gate lets a request through, this is not the cause
    rules: tuple[str, ...]  # findings that prove it
    facts: tuple[str, ...]
    signs: tuple[Pattern, ...]  # words in the text that make it the first one to look at
    ip: bool  # so does an IP address for a host
    large: bool  # large files only
    against: tuple[Pattern, ...]  # words in the text that rule it out
    elsewhere: bool  # of hosts that are not COS's own


class Entry(NamedTuple):
    """A message with its causes. `certain`: it says itself who refused."""

    id: str
    title: str
    gate: str
    certain: bool
    platform: str | None  # "wechat-miniprogram" or "web", where only that shows it
    patterns: tuple[Pattern, ...]
    raw: tuple[Pattern, ...]  # looked for before anything is decoded
    errno: tuple[int, ...]
    status: tuple[int, ...]
    forms: tuple[str, ...]  # of the host that the text names
    weak: bool  # counts only where nothing else matches
    server: bool  # seen on the server that hands out keys: the host in the text is none that a client calls
    covers: tuple[str, ...]  # entries that say less of the same
    causes: tuple[Cause, ...]


class Question(NamedTuple):
    """Asked where the text is unknown. Yes speaks for causes at these gates, or for those of large files."""

    id: str
    asks: str
    yes: str
    no: str
    gates: tuple[str, ...]
    large: bool
    platform: str | None  # asked of this platform only
    answered: bool  # asked only where COS answered

    def speaks_for(self, cause: Cause, gate: str) -> bool:
        """Is yes the answer where this is the cause?"""
        return cause.large if self.large else gate in self.gates


def pattern(text: str, code: bool = False, inside: bool = False) -> Pattern:
    """A message as the data writes it; ` * ` stands for anything that is not long."""
    return Pattern(tuple(["".join(_folded(piece).split()) for piece in f" {text} ".split(" * ")]), code, inside)


def _patterns(row: dict[str, Any], name: str, code: bool = False) -> tuple[Pattern, ...]:
    return tuple([pattern(text, code) for text in row.get(name, ())])


@cache
def entries() -> tuple[Entry, ...]:
    """All messages that are known, in the order of the data."""
    return tuple(
        [
            Entry(
                id=row["id"],
                title=row["title"],
                gate=row["gate"],
                certain=row["certain"],
                platform=row.get("platform"),
                patterns=_patterns(row, "texts") + _patterns(row, "codes", True),
                raw=tuple([pattern(text, inside=True) for text in row.get("raw", ())]),
                errno=tuple(row.get("errno", ())),
                status=tuple(row.get("status", ())),
                forms=tuple(row.get("forms", ())),
                weak=row.get("weak", False),
                server=row.get("server", False),
                covers=tuple(row.get("covers", ())),
                causes=tuple([_cause(one) for one in row["causes"]]),
            )
            for row in data.load("why")["entries"]
        ]
    )


def _cause(row: dict[str, Any]) -> Cause:
    return Cause(
        id=row["id"],
        says=row["says"],
        check=row["check"],
        mend=row["mend"],
        gate=row.get("gate"),
        rules=tuple(row.get("rules", ())),
        facts=tuple(row.get("facts", ())),
        signs=_patterns(row, "signs"),
        ip=row.get("ip", False),
        large=row.get("large", False),
        against=_patterns(row, "against"),
        elsewhere=row.get("elsewhere", False),
    )


@cache
def questions() -> tuple[Question, ...]:
    """The questions that an unknown text may be answered with."""
    return tuple(
        [
            Question(
                id=row["id"],
                asks=row["asks"],
                yes=row["yes"],
                no=row["no"],
                gates=tuple(row.get("gates", ())),
                large=row.get("large", False),
                platform=row.get("platform"),
                answered=row.get("answered", False),
            )
            for row in data.load("why")["questions"]
        ]
    )


# -- the text ---------------------------------------------------------------------------------------------------------

_TERMINAL = re.compile(r"\x1b\[[0-9;:?]{0,40}[ -/]{0,4}[@-~]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.S)
_LETTERS = {"n": "\n", "r": "\n", "t": " ", "b": " ", "f": " "}

#: Full-width characters, and quotes that editors and browsers curl, as plain ones; invisible ones away.
_PLAIN = (
    {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(map(ord, "‘’‚‛`´"), "'")
    | dict.fromkeys(map(ord, "“”„‟«»"), '"')
    | {ord("。"): ".", ord("，"): ","}
    | dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
)

_NAMES = (
    "tmp_?secret_?(?:key|id)|secret_?(?:key|id)|secret_?access_?key|access_?key(?:_?id)?|aws_?access_?key_?id|"
    "session_?token|security_?token|x-cos-security-token|x-ci-security-token|xcossecuritytoken|token|q-signature|q-ak|"
    "signature|authorization|passw(?:or)?d|cookie|session_?key"
)
#: `name: value`, `name=value`, `"name": "value"` and `<name>value</name>` of what must never come out again.
_SECRET = re.compile(rf"(?i)(?:{_NAMES})[\"']?(?:\s{{0,8}}[:=]\s{{0,8}}[\"']?|>)([^\s\"'&,;<>]{{1,8192}})")
_APART = re.compile(r"[\s\"'<>]|://")
_KEY_ID = re.compile(r"AKID[A-Za-z0-9_-]{4,512}")


def _folded(text: str) -> str:
    return text.translate(_PLAIN).casefold()


def _decoded(text: str, urls: bool = True) -> str:
    """Without the escapes of HTML, JSON and URLs, however often they were put on top of each other."""
    from html import unescape
    from urllib.parse import unquote

    for _ in range(4):
        before = text
        if "&" in text:
            text = unescape(text)
        if "\\" in text:
            text = _ESCAPE.sub(_unescaped, text)
        if urls and "%" in text:
            text = unquote(text, errors="replace")
        if text == before:
            break
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # halves of pairs, as JSON writes them


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    return chr(int(digits, 16)) if digits else _LETTERS.get(found[3], found[3])


class Text:
    """A text to look in: without blanks, since a terminal breaks lines anywhere, and where blanks have been."""

    def __init__(self, text: str) -> None:
        words: list[str] = []
        self.breaks: set[int] = set()  # a word ends here
        self.blanks: set[int] = set()  # and it is no line break that ends it
        at = 0
        for line in text.splitlines():
            row = line.split()
            for number, word in enumerate(row):
                self.breaks.add(at)
                if number:
                    self.blanks.add(at)
                folded = _folded(word)
                words.append(folded)
                at += len(folded)
        self.breaks.add(at)
        self.squeezed = "".join(words)

    def has(self, wanted: Pattern) -> bool:
        """Does the text hold this message? Work grows with the length of the text, whatever stands in it."""
        ends: list[int] | None = None  # where what came before may end
        for number, piece in enumerate(wanted.pieces):
            last = number == len(wanted.pieces) - 1
            ends = self._after(ends, piece, wanted, last)
            if not ends:
                return False
        return True

    def _after(self, ends: list[int] | None, piece: str, wanted: Pattern, last: bool) -> list[int]:
        """The ends of a piece, where it begins behind one of these ends and not far from it."""
        found: list[int] = []
        near = 0
        for start in self.occurrences(piece):
            end = start + len(piece)
            if ends is not None:
                while near < len(ends) and ends[near] + GAP < start:
                    near += 1
                if near == len(ends):
                    break
                if ends[near] > start:
                    continue
            if not wanted.inside and not (self._edge(start) and self._edge(end)):
                continue
            if wanted.code and any(at in self.blanks for at in range(start + 1, end)):
                continue
            found.append(end)
            if last:
                break
        return found

    def occurrences(self, piece: str) -> Iterator[int]:
        """Where a piece stands."""
        at = self.squeezed.find(piece)
        while at >= 0:
            yield at
            at = self.squeezed.find(piece, at + 1)

    def _edge(self, at: int) -> bool:
        """Does a word begin or end here? Chinese is written without blanks."""
        if at in self.breaks or at <= 0 or at >= len(self.squeezed):
            return True
        return not (_is_letter(self.squeezed[at - 1]) and _is_letter(self.squeezed[at]))


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()


# -- what is read out of it -------------------------------------------------------------------------------------------


class Found(NamedTuple):
    """What a text names. Nothing else of it is ever shown."""

    api: str | None = None  # the WeChat API: `uploadFile`
    list: str | None = None  # the domain list that it is checked against
    method: str | None = None
    host: str | None = None
    form: str | None = None  # a word of `model.Form`
    bucket: str | None = None
    region: str | None = None
    key: str | None = None
    origin: str | None = None  # of the page
    header: str | None = None  # that a preflight refused
    field: str | None = None  # of a form, that its policy refused
    status: int | None = None
    code: str | None = None
    errno: int | None = None
    request_id: str | None = None


_API = re.compile(r"\b([A-Za-z.]{4,40}?)(?:\s{0,3}:\s{0,3}(?:fail|ok)\b|\s{1,3}url not in\b)")
_TOOLS_LIST = re.compile(r"不在以下\s{0,3}(request|uploadFile|downloadFile|socket)\s{0,3}合法域名")
_METHOD = re.compile(r"\b(GET|PUT|POST|HEAD|DELETE|OPTIONS)\s{1,3}(?:https?://|/)")
_REFUSED_METHOD = re.compile(r"\bmethod\s{1,3}['\"]?([A-Za-z]{3,16})['\"]?\s{1,3}is not allowed\b", re.I)
_FIELD = re.compile(
    r"\bcondition key\s{1,3}['\"]?\$?([A-Za-z0-9-]{1,60})['\"]?\s{1,3}(?:doesn't|does not) match\b", re.I
)
_ORIGIN = re.compile(r"\borigin\s{1,3}['\"]?((?:https?://[^\s'\"<>]{1,255})|null)\b", re.I)
_HEADER = re.compile(
    r"(?:request header field|missing token|header)\s{1,3}['\"]?([A-Za-z0-9-]{2,60})['\"]?\s{1,3}"
    r"(?:is not allowed|in cors header)",
    re.I,
)
_STATUS = (
    re.compile(r"(?:status(?:\s?code)?|状态码)['\"]?\s{0,3}(?:of|[:=])?\s{0,3}([1-5][0-9]{2})\b", re.I),
    re.compile(r"\bHTTP/[0-9.]{1,3}\s{1,3}([1-5][0-9]{2})\b", re.I),
    re.compile(r"(?<![\w.:-])([45][0-9]{2})\s{0,3}\(?(?:Forbidden|Bad Request|Not Found|Method Not|Conflict)", re.I),
    re.compile(r"\A\W{0,8}(?:HTTP\s)?([45][0-9]{2})(?![\w.-])", re.I),
    re.compile(r"\s([45][0-9]{2})\W{0,8}\Z"),
)
_CODE = (
    re.compile(r"<Code>\s{0,40}([A-Za-z][A-Za-z.]{2,60})\s{0,40}</Code>"),
    re.compile(r"\bcode['\"]?\s{0,3}[:=]\s{0,3}['\"]?([A-Z][A-Za-z.]{2,60})\b", re.I),
)
_ERRNO = re.compile(r"\b(?:errno|errcode)['\"]?(?:\s{0,3}[:=]\s{0,3}|\s{1,3})['\"]?(-?[0-9]{1,8})\b", re.I)
_NUMBER = re.compile(r"\s{0,40}(-?[0-9]{4,8})\s{0,40}")
_REQUEST_ID = re.compile(
    r"(?:<RequestId>|\b(?:x-cos-)?request-?\s?id['\"]?\s{0,3}[:=]\s{0,3}['\"]?)\s{0,40}([A-Za-z0-9_=+/-]{8,64})(?![\w=+/])",
    re.I,
)
_RESOURCE = re.compile(r"<Resource>\s{0,40}/([^<\s]{1,850})</Resource>")
_LISTED = re.compile(r"domain list\s{0,3}:\s{0,3}([^\s'\"},;<>]{1,300})", re.I)
_WORD = re.compile(r"[^\s\"'<>()\[\]{},;|，；]{4,2048}")
_BUCKET = re.compile(r"(?<![\w.-])([a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?-1[0-9]{9})(?![\w-])")
_REGION = re.compile(r"(?<![\w.-])([a-z]{2,3}-[a-z]{3,20}(?:-[a-z0-9]{1,4})?)(?![\w-])")

#: Addresses in a text that are looked at; a page of them names no one host.
_ADDRESSES = 60


def read(text: str) -> tuple[Found, Text, Text]:
    """What a paste names, the paste to look in for messages, and the same before anything was decoded."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    raw = _TERMINAL.sub("", text)
    clear = _decoded(raw)[: 2 * (HEAD + TAIL)]
    # an address keeps its escapes, which tell where it ends; a text that is one long escape has none of these
    kept = _decoded(raw, urls=False)[: 2 * (HEAD + TAIL)]
    if _APART.search(kept) is None:
        kept = clear
    secrets = {one[1] for some in (clear, kept) for one in _SECRET.finditer(some)}
    secrets |= {one for some in (clear, kept) for one in _KEY_ID.findall(some)}
    found = _read(_KEY_ID.sub("***", _SECRET.sub(_hide, kept)).translate(_PLAIN))
    long = [secret for secret in secrets if len(secret) >= 8]
    found = found._replace(
        **{
            name: None
            for name, value in found._asdict().items()
            if isinstance(value, str) and any(secret in value for secret in long)
        }
    )
    return found, Text(clear), Text(raw)


def _hide(found: re.Match[str]) -> str:
    return found[0][: found.start(1) - found.start()] + "***"


def _read(text: str) -> Found:
    from urllib.parse import unquote

    api = _first(_API, text)
    known = data.load("why")["apis"]
    api = next((name for name in known if api is not None and api.lower().endswith(name.lower())), None)
    category = known.get(api)
    if category is None and (category := _first(_TOOLS_LIST, text)) is not None:
        api = next((name for name, one in known.items() if one == category), None)
    page = _first(_ORIGIN, text)
    host = _host(text, page)
    bucket = (host.bucket if host is not None else None) or _first(_BUCKET, text)
    region = host.region if host is not None and host.region_known else None
    key = _first(_RESOURCE, text)
    if host is not None:
        path = host.path.lstrip("/")
        key = (path.partition("/")[2] if host.bucket_in_path else path) or key
    errno = _first(_ERRNO, text) or (alone[1] if (alone := _NUMBER.fullmatch(text)) else None)
    status = next((found for one in _STATUS if (found := _first(one, text)) is not None), None)
    return Found(
        api=api,
        list=category,
        method=_method(text),
        host=host.host if host is not None else None,
        form=host.form.value if host is not None else None,
        bucket=bucket,
        region=region or _region(text),
        key=unquote(key, errors="replace")[:850] if key is not None and key.strip() else None,
        origin=page,
        header=_first(_HEADER, text),
        field=_first(_FIELD, text),
        status=int(status) if status is not None else None,
        code=next((found for one in _CODE if (found := _first(one, text)) is not None), None),
        errno=int(errno) if errno is not None else None,
        request_id=_first(_REQUEST_ID, text),
    )


def _method(text: str) -> str | None:
    refused = _first(_REFUSED_METHOD, text)
    return refused.upper() if refused is not None else _first(_METHOD, text)


def _first(wanted: re.Pattern[str], text: str) -> str | None:
    found = wanted.search(text)
    return found[1] if found is not None else None


def _region(text: str) -> str | None:
    from cosaudit.cos.regions import ids

    known = frozenset(ids())
    return next((word for word in _REGION.findall(text) if word in known), None)


def _host(text: str, page: str | None) -> Host | None:
    """The host that a text is about: of COS, or the first address that is neither the page nor a manual."""
    from cosaudit.cos.hosts import identify

    skipped = set(data.load("why")["manuals"])
    if page is not None:
        skipped.add(page.partition("://")[2].partition(":")[0].lower())
    listed = _first(_LISTED, text)
    best: Host | None = None
    words = [word for word in _WORD.findall(text) if "://" in word or ".myqcloud." in word or ".tencentcos." in word]
    for word in [*([listed] if listed is not None else []), *words[:_ADDRESSES]]:
        host = identify(word)
        if host is None or host.host in skipped or not _is_host(host.host):
            continue
        if host.form is not Form.CUSTOM and host.problem is None:
            return host
        if best is None or (best.form is Form.CUSTOM and host.form is not Form.CUSTOM):
            best = host
    if "\n" in text:  # a terminal may have broken the line inside the address
        joined = identify("".join([line.strip() for line in text.splitlines()]))
        if joined is not None and joined.form is not Form.CUSTOM and joined.problem is None and _is_host(joined.host):
            return joined._replace(path="", bucket_in_path=False)
    return best


def _is_host(host: str) -> bool:
    return len(host) <= 253 and all(char.isalnum() or char in ".-:" for char in host)


# -- the answer -------------------------------------------------------------------------------------------------------


_STATES = ("proven", "open", "excluded")


class Judgement(NamedTuple):
    """A cause, and what the configuration says of it: a word of `_STATES`, and why."""

    cause: Cause
    state: str
    reason: str | None = None
    findings: tuple[Finding, ...] = ()


class Answer(NamedTuple):
    """One reading of the text: what it is, and its causes in order."""

    entry: Entry
    certain: bool
    causes: tuple[Judgement, ...]


class Diagnosis(NamedTuple):
    """All that is said of a text; without answers, the one question that halves the causes."""

    found: Found
    answers: tuple[Answer, ...]
    question: Question | None
    notes: tuple[str, ...]
    cut: bool  # the text was too long to be read whole


def explain(text: str, run: Run | None = None, findings: Sequence[Finding] = ()) -> Diagnosis:
    """What a message says, and with an audit what this configuration proves or excludes.

    Args:
        text: what is on the screen: an errMsg, an error object, an XML answer, a line of a console.
        run, findings: an audited configuration.
    """
    found, clear, raw = read(text)
    matching = _matching(found, clear, raw)
    notes: dict[str, None] = {}
    rows = list(run.judged) if run is not None else []
    answers = []
    for entry in matching[:MOST]:
        about = _about(entry, found, run, notes) if run is not None and rows else []
        causes = _in_order(entry, found, clear, about, findings)
        if all(one.state == "excluded" for one in causes):
            notes["the configuration excludes every cause that is known: is it of the version that runs?"] = None
        # other stores of objects answer in the same words, and a host that is not COS's own may be one of them
        elsewhere = found.form == Form.CUSTOM.value and entry.gate not in _BEFORE_COS
        answers.append(Answer(entry, entry.certain and not elsewhere, causes))
    asked = None
    if not answers:
        asked = _question(found, clear, rows)
        if run is not None and run.blocked:
            notes[f"`cosaudit check` finds {run.blocked} requests of the configuration that are stopped"] = None
    return Diagnosis(found, tuple(answers), asked, tuple(notes), len(text) > HEAD + TAIL)


def _matching(found: Found, clear: Text, raw: Text) -> list[Entry]:
    """The entries that a text shows, the most telling first."""
    ranked = []
    for number, entry in enumerate(entries()):
        weights = [one.weight for one in entry.patterns if clear.has(one)]
        weights += [one.weight for one in entry.raw if raw.has(one)]
        if found.errno is not None and found.errno in entry.errno:
            weights.append(len(str(found.errno)))
        if (found.status is not None and found.status in entry.status) or found.form in entry.forms:
            weights.append(1)
        if weights:
            ranked.append((entry.weak, -max(weights), number, entry))
    ranked.sort(key=lambda one: one[:3])
    matching = [entry for _, _, _, entry in ranked]
    if any(not entry.weak for entry in matching):
        matching = [entry for entry in matching if not entry.weak]
    covered = {id for entry in matching for id in entry.covers}
    return [entry for entry in matching if entry.id not in covered]


def _in_order(
    entry: Entry, found: Found, clear: Text, rows: list[Judged], findings: Sequence[Finding]
) -> tuple[Judgement, ...]:
    """The causes: what is proven, what the text or the configuration points to, what is left, what is excluded."""
    stopped = _Stopped(rows)
    named = _Named(found, rows, clear)
    causes = [cause for cause in entry.causes if not any(clear.has(word) for word in cause.against)]
    judged = [_judge(cause, stopped, findings, named) for cause in causes]
    own = found.form is not None and found.form not in (Form.CUSTOM.value, Form.CDN.value)
    by_ip = found.host is not None and is_ip(found.host)
    settled = {one.cause.gate for one in judged if one.state == "proven"}
    ranked = []
    for number, one in enumerate(judged):
        if one.state == "open" and one.cause.gate in settled:
            one = Judgement(one.cause, "open")  # why the gate blocks is told already
        pointed = bool(one.findings) or (one.cause.ip and by_ip) or any(clear.has(sign) for sign in one.cause.signs)
        ranked.append((_STATES.index(one.state), one.cause.elsewhere and own, not pointed, number, one))
    ranked.sort(key=lambda item: item[:4])
    return tuple([item[4] for item in ranked])


_NOT_DESCRIBED = "the configuration describes no {}, so nothing is struck out: is it the one that runs?"


def _about(entry: Entry, found: Found, run: Run, notes: dict[str, None]) -> list[Judged]:
    """The requests of the configuration that a text is about; none where it names what the configuration lacks."""
    rows = list(run.judged)
    if entry.platform is not None:
        rows = [row for row in rows if row.request.client.platform == entry.platform]
        if not rows:
            what = "web client" if entry.platform == "web" else "Mini Program"
            notes[f"the configuration describes no {what}, so nothing is struck out"] = None
            return []
    if entry.server:
        return rows
    narrower: tuple[tuple[str | None, str, Any], ...] = (
        (found.list, "request through wx.{}", lambda one: one.api is not None and one.api.value == found.list),
        (found.host, "request to {}", lambda one: _host_of(one) == found.host),
        (found.bucket, "request to bucket {}", lambda one: one.bucket is not None and one.bucket.name == found.bucket),
    )
    for value, words, fits in narrower:
        if value is None:
            continue
        rows = [row for row in rows if fits(row.request)]
        if not rows:
            notes[_NOT_DESCRIBED.format(words.format(value))] = None
            return []
    if found.method is not None and found.method != "OPTIONS":
        sent = [row for row in rows if row.request.shape is None or row.request.shape.method == found.method]
        if not any(row.request.shape is not None for row in sent) and any(row.request.shape for row in rows):
            notes[_NOT_DESCRIBED.format(f"request with the method {found.method}")] = None
            return []
        rows = sent
    if entry.platform == "web" and found.header is not None:
        rows = [row for row in rows if _sends(row.request, found.header)]
        if not rows:
            notes[_NOT_DESCRIBED.format(f"request with the header {found.header}")] = None
            return []
    if entry.platform == "web" and found.origin is not None:
        rows = [one for row in rows if (one := _from_page(row, found.origin, run)) is not None]
        if not rows:
            notes[_NOT_DESCRIBED.format(f"page at {found.origin}")] = None
            return []
    if found.key is not None:
        rows = _of_key(found.key, rows, notes)
    return rows


def _sends(request: Request, header: str) -> bool:
    from cosaudit.gates import preflight

    if request.shape is None or request.transfer is None:
        return False
    return header.lower() in [name.lower() for name, _ in preflight.headers(request)]


def _from_page(row: Judged, page: str, run: Run) -> Judged | None:
    """A request as one page sends it, judged again for this page alone; None where another page sends it."""
    from cosaudit.flows import page_origins
    from cosaudit.gates import preflight, response
    from cosaudit.web.fetch import serialize_origin

    request = row.request
    pages = page_origins(request)
    if not pages:  # not described: so say the verdicts
        return row
    wanted = serialize_origin(page) or page
    its = tuple([one for one in pages if (serialize_origin(one) or one) == wanted])
    if not its:
        return None
    if len(its) == len(pages):
        return row
    request = request._replace(client=request.client._replace(origins=its))
    verdicts = list(row.verdicts)
    for gate, module in (("preflight", preflight), ("response", response)):
        verdicts[GATES.index(gate)] = module.judge(request, run.inventory)
    return row._replace(request=request, verdicts=tuple(verdicts))


def _of_key(key: str, rows: list[Judged], notes: dict[str, None]) -> list[Judged]:
    """The requests whose key may be this one; all of them where none may."""
    from cosaudit.cam.condition import glob

    keys: dict[tuple[str, int], bool] = {}
    kept = []
    for row in rows:
        transfer = row.request.transfer
        if transfer is None:
            continue
        name = (transfer.kind, transfer.index)
        if name not in keys:
            wild = "".join(["*" if part.placeholder else part.text for part in transfer.key])
            keys[name] = glob(wild, key)
        if keys[name]:
            kept.append(row)
    if not kept and any(row.request.transfer is not None and row.request.transfer.key for row in rows):
        notes["no upload or download of the configuration has a key of this form: is the key what it should be?"] = None
    return kept or rows


def is_ip(host: str) -> bool:
    """Is a host an IP address rather than a name?"""
    return ":" in host or host.replace(".", "").isdecimal()


def _host_of(request: Request) -> str | None:
    sent_to = origin(request)
    if sent_to is None:
        return None
    return sent_to.partition("://")[2].partition(":")[0].lower()


class _Stopped:
    """The requests that a text can be about, and which of them each gate blocks; looked through once a gate."""

    def __init__(self, rows: list[Judged]) -> None:
        self.rows = rows
        #: gate → (flow, when) of the blocked requests → their API and origin
        self._at: dict[str, dict[tuple[str | None, str], set[tuple[str | None, str | None]]]] = {}

    def at(self, gate: str) -> dict[tuple[str | None, str], set[tuple[str | None, str | None]]]:
        """What a gate blocks."""
        known = self._at.get(gate)
        if known is None:
            known = self._at[gate] = {}
            number = GATES.index(gate)
            for request, verdicts in self.rows:
                if verdicts[number].outcome is Outcome.BLOCKED:
                    api = request.api.value if request.api is not None else None
                    known.setdefault((request.flow, str(request.when)), set()).add((api, origin(request)))
        return known

    def are_told_by(self, finding: Finding) -> bool:
        """Does a finding say why one of them is blocked? One about the form of a policy is about all."""
        if not finding.affects:
            bucket = finding.subject.get("bucket")
            return bucket is None or any(one.bucket is not None and one.bucket.name == bucket for one, _ in self.rows)
        calls = [self.at(finding.gate).get(one) for one in finding.affects]
        if finding.gate != "platform":
            return any(calls)
        witness = finding.witness or {}  # of the same list, and the same origin
        call = witness.get("api"), "/".join((witness.get("url") or "").split("/", 3)[:3])
        return any(call in some for some in calls if some is not None)


class _Named:
    """The header, field or size that a text names: a finding about another one proves nothing."""

    def __init__(self, found: Found, rows: list[Judged], clear: Text) -> None:
        self.found = found
        self.rows = rows
        self._of_flow: dict[tuple[str | None, str], list[Judged]] = {}  # looked through once
        words: dict[str, list[str]] = data.load("why")["sizes"]
        self.size = next((name for name, some in words.items() if any(clear.has(pattern(one)) for one in some)), None)

    def is_of(self, finding: Finding) -> bool:
        """Is a finding about what the text names?"""
        if finding.rule == "cors-header-missing" and self.found.header is not None:
            return any(self._lacks(one.request, self.found.header.lower()) for one in self._affected(finding))
        if finding.rule == "form-policy-refuses" and (self.found.field is not None or self.size is not None):
            return any(self._refuses(one.request) for one in self._affected(finding))
        return True

    def _affected(self, finding: Finding) -> Iterator[Judged]:
        if not self._of_flow:
            for row in self.rows:
                self._of_flow.setdefault((row.request.flow, str(row.request.when)), []).append(row)
        return (row for one in finding.affects for row in self._of_flow.get(one, ()))

    def lacks(self, cause: Cause) -> str | None:
        """Why a cause that nothing proves is not struck out either: nothing that is described has the field."""
        if "form-policy-refuses" not in cause.rules or self.found.field is None:
            return None
        if any(self._has(one.request, self.found.field.lower()) for one in self.rows):
            return None
        return f"no form policy that is described has a condition on `{self.found.field}`"

    @staticmethod
    def _lacks(request: Request, header: str) -> bool:
        from cosaudit.gates import preflight

        if preflight.described(request) is not None:
            return False
        return any(header in [name.lower() for name in one.missing] for one in preflight.pages(request))

    @staticmethod
    def _policy(request: Request) -> Any:
        signed = request.transfer.signature if request.transfer is not None else None
        return signed.get("form_policy") if isinstance(signed, dict) and request.shape is not None else None

    def _has(self, request: Request, field: str) -> bool:
        policy = self._policy(request)
        return policy is not None and any(
            field in (one.name, one.operator, one.field.lower()) for one in policy.conditions
        )

    def _refuses(self, request: Request) -> bool:
        """Does the form's policy refuse a request for the field and the size that the text names?"""
        from cosaudit.gates.signature import answer

        policy = self._policy(request)
        if policy is None:
            return False
        assert request.transfer is not None
        worst = answer(request, request.transfer, policy).worst
        one = worst.condition if worst is not None else None
        if one is None:
            return False
        if self.found.field is not None and self.found.field.lower() not in (one.name, one.operator, one.field.lower()):
            return False
        if self.size is None:
            return True
        least, most = request.transfer.min_size, request.transfer.max_size
        if one.operator != "content-length-range":
            return False
        return least < one.least if self.size == "small" else most is None or most > one.most


def _judge(cause: Cause, stopped: _Stopped, findings: Sequence[Finding], named: _Named) -> Judgement:
    """What an audited configuration says of a cause."""
    rows = stopped.rows
    if not rows:
        return Judgement(cause, "open")
    # what stops nothing by itself, such as a hidden rule, is a cause only where something is stopped
    idle = cause.gate is not None and not stopped.at(cause.gate)
    told = [
        one for one in findings if one.rule in cause.rules and (one.affects or not idle) and stopped.are_told_by(one)
    ]
    proof = tuple([one for one in told if named.is_of(one)])
    if proof:
        return Judgement(cause, "proven", None, proof)
    if (reason := named.lacks(cause)) is not None:
        return Judgement(cause, "open", reason)
    if told:
        return Judgement(cause, "open", "what is found there is about another header, field or size than the text")
    if cause.gate is None:
        return Judgement(cause, "open")
    verdicts = [row.at(cause.gate) for row in rows]
    blocked = next((verdict for verdict in verdicts if verdict.outcome is Outcome.BLOCKED), None)
    if blocked is not None and not cause.rules:
        seen = [one for one in findings if one.gate == cause.gate and one.affects and stopped.are_told_by(one)]
        return Judgement(cause, "open", f"something is stopped there: {blocked.reason}", tuple(seen))
    for verdict in verdicts:
        if verdict.outcome in (Outcome.UNKNOWN, Outcome.NOT_DESCRIBED):
            return Judgement(cause, "open", _lacking(verdict))
    if blocked is not None:
        return Judgement(cause, "excluded", f"it is stopped for another reason, {blocked.reason}")
    reasons = list(dict.fromkeys([verdict.reason for verdict in verdicts]))
    return Judgement(cause, "excluded", reasons[0] if len(reasons) == 1 else _all(len(verdicts)))


def _all(number: int) -> str:
    return f"all {number} requests that the text can be about get through there"


def _lacking(verdict: Verdict) -> str:
    """What the configuration would have to say, for a cause that it leaves open."""
    if verdict.missing is not None:
        return f"`{verdict.missing}` is not described"
    if verdict.settle is not None and verdict.settle.describe is not None:
        return f"{verdict.reason}: describe `{verdict.settle.describe}`"
    return verdict.reason


# -- the question -----------------------------------------------------------------------------------------------------


def _question(found: Found, clear: Text, rows: list[Judged]) -> Question:
    """The question whose answer leaves the fewest causes, whichever it is."""
    platform = _platform(found, clear)
    left = set(_candidates(found, platform, rows)) or set(_candidates(Found(), platform, []))
    answered = found.status is not None or found.code is not None or found.request_id is not None

    def worst(question: Question) -> int:
        yes = sum(question.speaks_for(cause, gate) for cause, gate in left)
        return max(yes, len(left) - yes)

    fitting = [
        one
        for one in questions()
        if (platform is None or one.platform in (None, platform)) and (answered or not one.answered)
    ]
    return min(fitting, key=worst)


def _platform(found: Found, clear: Text) -> str | None:
    """Where a text was seen; None when nothing tells."""
    words: dict[str, list[str]] = data.load("why")["words_of"]
    if found.api is not None:
        return "wechat-miniprogram"
    if found.origin is not None:
        return "web"
    return next((name for name, some in words.items() if any(clear.has(pattern(word)) for word in some)), None)


def _candidates(found: Found, platform: str | None, rows: list[Judged]) -> Iterator[tuple[Cause, str]]:
    """The causes that a text without a known message leaves, each with its gate."""
    gone = {gate for gate in GATES if rows and _passes(gate, rows)}
    if found.status is not None:
        gone |= {"platform", "preflight"}  # what is answered has passed these
    if platform == "wechat-miniprogram":
        gone |= {"preflight", "response"}
    for entry in entries():
        if platform is None or entry.platform in (None, platform):
            for cause in entry.causes:
                gate = cause.gate or entry.gate
                if gate not in gone:
                    yield cause, gate


def _passes(gate: str, rows: list[Judged]) -> bool:
    at = GATES.index(gate)
    return all(row.verdicts[at].outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE) for row in rows)

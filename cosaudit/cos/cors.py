"""CORS rules of a bucket: read and written in every form that people have them, and answered as COS answers.

What COS does with an `Origin` is the server's half of CORS; the browser's half is `web.fetch`. Where nobody knows
what COS does (fact of low confidence), the answer is unknown and holds every answer that is possible.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit import data
from cosaudit.cos.names import quoted
from cosaudit.model import Outcome, Place, Settle

if TYPE_CHECKING:
    from cosaudit.model import Places
    from cosaudit.yamltree import Node

# -- the rules ---------------------------------------------------------------------------------------------------------


class CorsRule(NamedTuple):
    """One rule. `at` finds its values by our own names, whatever form they were read from: `at.place("origins", 0)`,
    `at.place("max_age")`."""

    id: str | None
    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age: int | None = None
    at: Places | None = None

    @property
    def content(self) -> tuple[Any, ...]:
        """All but where it stands: two rules of the same content do the same."""
        return self[:6]


class Cors(NamedTuple):
    """A bucket's CORS settings; no rules: every preflight is refused. `vary` None: not said, which is false
    (fact `cos.cors.vary`). `at.place("rules", 0)` is a rule, `at.place("vary")` the switch."""

    rules: tuple[CorsRule, ...]
    vary: bool | None = None
    at: Places | None = None

    @property
    def content(self) -> tuple[Any, ...]:
        """All but where it stands."""
        return tuple([rule.content for rule in self.rules]), bool(self.vary)


class Need(NamedTuple):
    """What one request of a page needs: where the page is from, the method, the names of the headers that a
    preflight asks for (lower case), and the response headers that the page reads."""

    origin: str
    method: str
    headers: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What COS answers.

    `status`: of a preflight; None for an actual request, whose status CORS does not touch. `headers`: those of CORS,
    in COS's spelling; a value of None is one that nobody knows. `rule`: index of the rule that decided, None where
    none did; `nearest`: on a refusal the rule that comes nearest, and `missing` the request headers that it does not
    allow. `possible`: every answer that COS may give where it is not sure which; `headers` are then the first's.
    """

    outcome: Outcome
    code: str  # allowed, no-rules, origin-not-allowed, method-not-allowed, header-not-allowed, unsure
    reason: str
    status: int | None = None
    headers: tuple[tuple[str, str | None], ...] = ()
    rule: int | None = None
    nearest: int | None = None
    missing: tuple[str, ...] = ()
    fact: str | None = None
    settle: Settle | None = None
    possible: tuple[Answer, ...] = ()


# -- what COS answers --------------------------------------------------------------------------------------------------

#: True or False, or the id of the fact that nobody knows.
Truth = bool | str

_DEFAULT_PORT = re.compile(r"(?:(http:)|(https:))(//.*?)(?(1):80|:443)\Z", re.S)


def _glob(pattern: str, text: str) -> bool:
    """Does a pattern whose `*` stand for 0 or more characters fit the whole text?"""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    last = rest.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in rest:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _ascii(origin: str) -> str:
    """An origin with its host in ASCII (`xn--…`), as browsers send it; unchanged when it cannot be had."""
    scheme, slashes, host = origin.partition("://")
    try:
        return scheme + slashes + host.encode("idna").decode()
    except UnicodeError:
        return origin


def origin_matches(allowed: str, origin: str) -> Truth:
    """Does an AllowedOrigin cover an origin, given as a browser sends it (`https://www.example.com`, `null`)?

    Facts: `cos.cors.origin-wildcard` and `cos.cors.origin-exact`; those of low confidence are the answer where
    only they decide.
    """
    if allowed == "*":
        return True
    stars = allowed.count("*")
    if origin == "null":  # no scheme, so no documented form covers it
        return "cos.cors.origin-null" if _glob(allowed, origin) else False
    if stars > 1:
        return "cos.cors.origin-stars" if _glob(allowed.lower(), origin) else False
    if _glob(allowed, origin):
        return True
    if stars:
        return "cos.cors.origin-case" if _glob(allowed.lower(), origin) else False
    if not allowed.isascii() and _ascii(allowed.lower()) == origin:
        return "cos.cors.origin-idn"
    port = _DEFAULT_PORT.match(allowed.lower())
    if port is not None and (port[1] or port[2]) + port[3] == origin:
        return "cos.cors.origin-default-port"
    return "cos.cors.origin-case" if allowed.lower() == origin else False


def origins_match(rule: CorsRule, origin: str) -> Truth:
    """Does any AllowedOrigin of a rule cover an origin?"""
    return _any([origin_matches(allowed, origin) for allowed in rule.origins])


def header_matches(allowed: str, name: str) -> Truth:
    """Does an AllowedHeader cover the name of a request header? Upper and lower case are the same."""
    if allowed == "*" or allowed.lower() == name.lower():
        return True
    if "*" in allowed and _glob(allowed.lower(), name.lower()):
        return "cos.cors.header-wildcard"
    return False


def headers_match(rule: CorsRule, names: Iterable[str]) -> Truth:
    """Does a rule allow every one of these request headers?"""
    return _all([_any([header_matches(allowed, name) for allowed in rule.headers]) for name in names])


def _any(truths: list[Truth]) -> Truth:
    if True in truths:
        return True
    return next((truth for truth in truths if truth), False)


def _all(truths: list[Truth]) -> Truth:
    if False in truths:
        return False
    return next((truth for truth in truths if truth is not True), True)


def rule_matches(rule: CorsRule, origin: str, method: str, headers: Iterable[str] = ()) -> Truth:
    """Does COS answer this preflight by this rule, if no rule before it does (fact `cos.cors.first-match`)?"""
    if method not in rule.methods:
        return False
    return _all([origins_match(rule, origin), headers_match(rule, headers)])


def preflight(cors: Cors, origin: str, method: str, headers: Iterable[str] = ()) -> Answer:
    """What COS answers to a preflight: 200 with the headers of the first rule that matches, or 403.

    Args:
        cors: the bucket's settings.
        origin: as the browser sends it.
        method: what `Access-Control-Request-Method` says.
        headers: the names in `Access-Control-Request-Headers`, in their order.
    """
    return _answer(cors, origin, method, tuple(headers), True)


def actual(cors: Cors, origin: str, method: str) -> Answer:
    """The CORS headers that COS adds to the response to an actual request. It never refuses one for CORS: without a
    rule that matches, the outcome is blocked because the headers are left out (fact `cos.cors.not-enforced`)."""
    return _answer(cors, origin, method, (), False)


def _answer(cors: Cors, origin: str, method: str, asked: tuple[str, ...], ask: bool) -> Answer:
    unsure: str | None = None
    possible: list[Answer] = []
    for index, rule in enumerate(cors.rules):
        truth = rule_matches(rule, origin, method, asked)
        if truth is False:
            continue
        possible += _allowed(cors, index, origin, asked, ask)
        if truth is True:
            break
        unsure = unsure or str(truth)
    else:
        possible.append(_refused(cors, origin, method, asked, ask))
    first = possible[0]
    if all(one.headers == first.headers and one.status == first.status for one in possible):
        return possible[-1] if len(possible) > 1 else first
    if unsure is None:  # one rule, and only what it answers is not sure
        fact = "cos.cors.expose-star" if "*" in cors.rules[index].expose else "cos.cors.origin-star-beside"
        return first._replace(settle=Settle(fact=fact), possible=tuple(possible))
    says = data.fact(unsure).says
    return Answer(
        Outcome.UNKNOWN,
        "unsure",
        f"nobody can say whether the rules cover the origin {quoted(origin)}: {says}"
        if ".origin-" in unsure
        else f"nobody can say whether the rules allow these headers: {says}",
        None,
        first.headers,
        fact=unsure,
        settle=Settle(fact=unsure),
        possible=tuple(possible),
    )


def _allowed(cors: Cors, index: int, origin: str, asked: tuple[str, ...], ask: bool) -> Iterator[Answer]:
    """The answers that a rule may give: two where `*` and the origin itself are both on its list, and two where `*`
    stands in its ExposeHeader."""
    rule = cors.rules[index]
    exposed = list(dict.fromkeys([rule.expose, tuple([name for name in rule.expose if name != "*"])]))
    covering = [allowed for allowed in rule.origins if origin_matches(allowed, origin) is not False]
    named = [allowed for allowed in covering if allowed != "*"]
    echoes = ([True] if named else []) + ([False] if len(named) < len(covering) else [])
    for echo, expose in [(echo, expose) for echo in echoes for expose in exposed]:
        headers: list[tuple[str, str | None]] = [("Access-Control-Allow-Origin", origin if echo else "*")]
        if echo:  # the vendor shows it for an origin that is named; for one under a wildcard nobody has looked
            sure = any("*" not in allowed for allowed in named)
            headers.append(("Access-Control-Allow-Credentials", "true" if sure else None))
        if ask:
            headers.append(("Access-Control-Allow-Methods", ",".join(rule.methods)))
            # where a pattern such as x-cos-* counts at all, its text is no answer that helps: the asked list is
            wild = any("*" in allowed for allowed in rule.headers)
            names = asked if wild else [allowed.lower() for allowed in rule.headers]
            if names:
                headers.append(("Access-Control-Allow-Headers", ",".join(names)))
        if expose:
            headers.append(("Access-Control-Expose-Headers", ",".join(expose)))
        if ask and rule.max_age is not None:
            headers.append(("Access-Control-Max-Age", str(rule.max_age)))
        if cors.vary:
            headers.append(("Vary", "Origin"))
        yield Answer(
            Outcome.PASS,
            "allowed",
            f"CORS rule {index + 1} allows it",
            200 if ask else None,
            tuple(headers),
            index,
            fact="cos.cors.actual-rule"
            if not ask
            else "cos.cors.allow-headers-answer"
            if asked
            else "cos.cors.first-match",
        )


def _refused(cors: Cors, origin: str, method: str, asked: tuple[str, ...], ask: bool) -> Answer:
    status = 403 if ask else None
    fact = "cos.cors.refusal" if ask else "cos.cors.not-enforced"
    if not cors.rules:
        return Answer(Outcome.BLOCKED, "no-rules", "the bucket has no CORS rules", status, fact=fact)
    reached = [index for index, rule in enumerate(cors.rules) if origins_match(rule, origin) is not False]
    if not reached:
        reason = f"no CORS rule allows the origin {quoted(origin)}"
        return Answer(Outcome.BLOCKED, "origin-not-allowed", reason, status, fact=fact)
    by_method = [index for index in reached if method in cors.rules[index].methods]
    if not by_method:
        reason = f"no CORS rule allows {quoted(method)} for the origin {quoted(origin)}"
        return Answer(Outcome.BLOCKED, "method-not-allowed", reason, status, nearest=reached[0], fact=fact)
    missing = {
        index: tuple([name for name in asked if headers_match(cors.rules[index], (name,)) is False])
        for index in by_method
    }
    nearest = min(by_method, key=lambda index: (len(missing[index]), index))
    names = ", ".join([quoted(name) for name in missing[nearest]])
    reason = f"CORS rule {nearest + 1} does not allow the request header{'s'[: len(missing[nearest]) > 1]} {names}"
    return Answer(
        Outcome.BLOCKED, "header-not-allowed", reason, status, nearest=nearest, missing=missing[nearest], fact=fact
    )


# -- the smallest rules ------------------------------------------------------------------------------------------------


def max_age() -> int:
    """The seconds that rules made here let a browser keep a preflight's answer (fact `cos.cors.max-age-made`)."""
    value: int = data.facts_of("cors")["cos.cors.max-age-made"].value
    return value


def minimal(needs: Iterable[Need]) -> Cors:
    """The smallest rules under which every request that is needed goes through and nothing else does.

    One rule for all origins that need the same, so each origin stands in one rule and their order means nothing.
    Origins, methods and headers stand there by name: `*` for headers, which the vendor recommends because a header
    is easily forgotten, would allow more than is needed. `vary` is on where pages of several origins may share a
    cached answer.
    """
    wanted: dict[str, tuple[set[str], dict[str, str], dict[str, str]]] = {}
    for need in needs:
        methods, headers, expose = wanted.setdefault(need.origin, (set(), {}, {}))
        methods.add(need.method)
        headers.update({name.lower(): name.lower() for name in need.headers})
        for name in need.read:
            expose[name.lower()] = min(expose.get(name.lower(), name), name)
    alike: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[str]] = {}
    order = data.facts_of("cors")["cos.cors.methods"].value
    for origin in sorted(wanted):
        methods, headers, expose = wanted[origin]
        key = (
            tuple(sorted(methods, key=lambda method: (order.index(method) if method in order else len(order), method))),
            tuple(sorted(headers)),
            tuple([expose[name] for name in sorted(expose)]),
        )
        alike.setdefault(key, []).append(origin)
    rules = [
        CorsRule(None, tuple(origins), methods, headers, expose, max_age())
        for (methods, headers, expose), origins in alike.items()
    ]
    return Cors(tuple(rules), True if len(wanted) > 1 else None)


# -- written -----------------------------------------------------------------------------------------------------------

#: Element of COS's XML and key of the tools' JSON → our field, in the order in which the vendor writes them.
_ELEMENTS = {
    "ID": "id",
    "AllowedOrigin": "origins",
    "AllowedMethod": "methods",
    "AllowedHeader": "headers",
    "ExposeHeader": "expose",
    "MaxAgeSeconds": "max_age",
}
_LISTS = ("origins", "methods", "headers", "expose")

#: What no XML can hold, whatever the escape (XML 1.0, production 2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml_text(text: str) -> str:
    text = _NOT_XML.sub("\ufffd", text)
    for char, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(char, escape)
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() else f"&#{ord(char)};" for char in text])


def _said(rule: CorsRule) -> Iterator[tuple[str, Any]]:
    """(element, value) of all that a rule says; lists as lists."""
    for element, field in _ELEMENTS.items():
        value = getattr(rule, field)
        if value is not None and value != ():
            yield element, list(value) if field in _LISTS else value


def to_xml(cors: Cors, *, indent: str = "  ") -> str:
    """The XML that COS takes (`PUT /?cors`). A character that XML cannot hold becomes U+FFFD."""
    out = ["<CORSConfiguration>"]
    for rule in cors.rules:
        out.append(f"{indent}<CORSRule>")
        for element, value in _said(rule):
            for one in value if isinstance(value, list) else [value]:
                out.append(f"{indent * 2}<{element}>{_xml_text(str(one))}</{element}>")
        out.append(f"{indent}</CORSRule>")
    if cors.vary is not None:
        out.append(f"{indent}<ResponseVary>{'true' if cors.vary else 'false'}</ResponseVary>")
    out.append("</CORSConfiguration>")
    return "\n".join(out) + "\n"


def size(cors: Cors) -> int:
    """The bytes of the XML without blanks: what counts against the fact `limits.cors.size-max`."""
    return len(to_xml(cors, indent="").replace("\n", "").encode("utf-8", "replace"))


def to_json(cors: Cors) -> str:
    """The JSON of the official tools: the dict that cos-python-sdk-v5's `put_bucket_cors` takes."""
    import json

    tree: dict[str, Any] = {"CORSRule": [dict(_said(rule)) for rule in cors.rules]}
    if cors.vary is not None:
        tree["ResponseVary"] = "true" if cors.vary else "false"
    text = json.dumps(tree, ensure_ascii=False, indent=2)
    if text.replace("\n", "").isprintable():
        return text + "\n"
    return "".join([char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text]) + "\n"


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*\Z")
_WORDS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n")


def _yaml_text(text: str) -> str:
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    out = []
    for char in text:
        if char in '"\\':
            out.append(f"\\{char}")
        elif char.isprintable():
            out.append(char)
        else:
            out.append(f"\\U{ord(char):08X}" if char > "\uffff" else f"\\u{ord(char):04X}")
    return '"' + "".join(out) + '"'


def to_yaml(cors: Cors, *, indent: str = "") -> str:
    """The field `cors` of a bucket in this configuration's YAML. It has no place for an ID."""
    out = ["cors:"]
    deeper = "  "
    if cors.vary is not None:
        out += [f"  vary: {'true' if cors.vary else 'false'}", "  rules:" if cors.rules else "  rules: []"]
        deeper = "    "
    elif not cors.rules:
        out = ["cors: []"]
    for rule in cors.rules:
        start = "- "
        for field in (*_LISTS, "max_age"):
            value = getattr(rule, field)
            if value is None or (value == () and field not in ("origins", "methods")):
                continue
            text = str(value) if field == "max_age" else "[" + ", ".join([_yaml_text(one) for one in value]) + "]"
            out.append(f"{deeper}{start}{field}: {text}")
            start = "  "
    return "".join([f"{indent}{line}\n" for line in out])


# -- read --------------------------------------------------------------------------------------------------------------


class Trouble(NamedTuple):
    """One thing that is wrong with a text of rules. `near`: a word that is not known, and the words that are."""

    line: int
    column: int
    found: str
    expected: str
    near: tuple[str, tuple[str, ...]] | None = None


_SECONDS = re.compile(r"[0-9]{1,18}\Z")


class CorsPlaces:
    """Places of what was read, by our own names."""

    __slots__ = ("places",)

    def __init__(self, places: dict[tuple[str | int, ...], Place]) -> None:
        self.places = places

    def place(self, *path: str | int) -> Place:
        """The place of the value at `path`, or of the nearest part above it that exists."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]


class _Making:
    """Rules in the making; what is wrong is gathered, and nothing is guessed."""

    def __init__(self, file: str, line: int, column: int) -> None:
        self.file = file
        self.troubles: list[Trouble] = []
        self.places: dict[tuple[str | int, ...], Place] = {(): Place(file, line, column)}
        self.rules: list[CorsRule] = []
        self.vary: bool | None = None
        self.methods = tuple(data.facts_of("cors")["cos.cors.methods"].value)
        self.own: dict[tuple[str | int, ...], Place] = {}
        self.values: dict[str, list[str]] = {}

    def trouble(
        self, line: int, column: int, found: str, expected: str, near: tuple[str, tuple[str, ...]] | None = None
    ) -> None:
        self.troubles.append(Trouble(line, column, found, expected, near))

    def begin(self, line: int, column: int) -> None:
        self.own = {(): Place(self.file, line, column)}
        self.values = {}

    def value(self, element: str, text: str, line: int, column: int) -> None:
        """One value of the rule that is begun."""
        field = _ELEMENTS[element]
        values = self.values.setdefault(field, [])
        place = Place(self.file, line, column)
        if not text:
            self.trouble(line, column, f"an empty {element}", "a value, or no such element")
        elif field == "methods" and text not in self.methods:
            words = ", ".join([f"`{word}`" for word in self.methods])
            self.trouble(line, column, f"unknown method {quoted(text)}", f"one of {words}", (text, self.methods))
        elif field == "max_age" and not _SECONDS.match(text):
            self.trouble(line, column, f"{quoted(text)} is no number of seconds", "a whole number of at least 0")
        elif field not in _LISTS and values:
            self.trouble(line, column, f"a second {element} in one rule", f"one {element} at most")
        self.own.setdefault((field,), place)
        if field in _LISTS:
            self.own[field, len(values)] = place
        values.append(text)

    def end(self) -> None:
        """The rule that is begun is whole."""
        place = self.own[()]
        for element in ("AllowedOrigin", "AllowedMethod"):
            if _ELEMENTS[element] not in self.values:
                self.trouble(place.line, place.column, f"the rule has no {element}", f"at least one {element}")
        index = len(self.rules)
        self.places.update({("rules", index, *path): where for path, where in self.own.items()})
        values = {field: tuple(self.values.get(field, ())) for field in _ELEMENTS.values()}
        seconds = values["max_age"]
        self.rules.append(
            CorsRule(
                values["id"][0] if values["id"] else None,
                values["origins"],
                values["methods"],
                values["headers"],
                values["expose"],
                int(seconds[0]) if seconds and _SECONDS.match(seconds[0]) else None,
                CorsPlaces(self.own),
            )
        )

    def set_vary(self, text: str, line: int, column: int) -> None:
        """The switch `ResponseVary`."""
        if text.lower() not in ("true", "false"):
            self.trouble(line, column, f"{quoted(text)} where a switch is expected", "`true` or `false`")
        self.vary = text.lower() == "true"
        self.places["vary",] = Place(self.file, line, column)

    def made(self) -> tuple[Cors | None, tuple[Trouble, ...]]:
        """The rules, or None where anything is wrong."""
        if self.troubles:
            return None, tuple(self.troubles)
        return Cors(tuple(self.rules), self.vary, CorsPlaces(self.places)), ()


#: More troubles of one text are not told: nobody reads them.
_MAX_TROUBLES = 100


class _Stop(Exception):  # noqa: N818
    """Nothing more is read."""


def read_xml(text: str, file: str) -> tuple[Cors | None, tuple[Trouble, ...]]:
    """The rules in the XML that `GET /?cors` returns, or what is wrong with it.

    The error that COS answers for a bucket without CORS is read as no rules. A document type, and with it every
    entity, is refused; the text decides its encoding, not the XML declaration.
    """
    from xml.parsers import expat

    parser = expat.ParserCreate()
    making = _Making(file, 1, 1)
    path: list[str] = []
    start: list[tuple[int, int]] = []
    said: list[str] = []
    begun: list[bool] = []  # holds something once text that is no blank has come
    error: dict[str, str] = {}

    def here() -> tuple[int, int]:
        return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1

    def open_(name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        free = "?" in path or path[:1] == ["Error"]
        known = None if free else _CHILDREN.get(tuple(path))
        if not free and (known is None or name not in known):
            if known is None:
                making.trouble(*here(), f"the element {quoted(name)} inside {quoted(path[-1])}", "text")
            else:
                words = ", ".join([f"`{word}`" for word in known])
                within = f" in {quoted(path[-1])}" if path else ""
                making.trouble(*here(), f"unknown element {quoted(name)}{within}", f"one of {words}", (name, known))
            if not path or len(making.troubles) >= _MAX_TROUBLES:
                raise _Stop
            name = "?"
        path.append(name)
        start[:] = [here()]
        said.clear()
        begun.clear()
        if path == ["CORSConfiguration"]:
            making.places[()] = Place(file, *here())
        if path == ["CORSConfiguration", "CORSRule"]:
            making.begin(*here())

    def text_(characters: str) -> None:
        if not begun and characters.strip():
            start[:] = [here()]
            begun.append(True)
        said.append(characters)

    def close(name: str) -> None:
        whole = "".join(said)
        if path[0] == "Error":
            if len(path) == 2:
                error[path[1]] = whole.strip()
        elif "?" in path:
            pass
        elif tuple(path) in _CHILDREN:
            if whole.strip():
                making.trouble(*start[0], f"the text {quoted(whole.strip())} in {quoted(path[-1])}", "elements only")
            if path == ["CORSConfiguration", "CORSRule"]:
                making.end()
        elif path == ["CORSConfiguration", "ResponseVary"]:
            making.set_vary(whole.strip(), *start[0])
        else:
            making.value(path[-1], whole, *start[0])
        path.pop()
        said.clear()
        begun.clear()

    def refuse(*_: Any) -> None:
        before = text[: text.find("<!DOCTYPE")]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        making.trouble(line, column, "a document type (`<!DOCTYPE`)", "the XML as COS returns it, which has none")
        raise _Stop

    parser.StartElementHandler = open_
    parser.EndElementHandler = close
    parser.CharacterDataHandler = text_
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.encode("utf-8", "replace").decode("utf-8"), True)
    except expat.ExpatError as wrong:
        making.trouble(
            wrong.lineno, wrong.offset + 1, f"this is no XML: {expat.ErrorString(wrong.code)}", "well-formed XML"
        )
    except _Stop:
        pass
    if error and not making.troubles and error.get("Code") != "NoSuchCORSConfiguration":
        making.trouble(1, 1, f"COS answered the error {quoted(error.get('Code', ''))}", "the rules of the bucket")
    return making.made()


_RULE = tuple(_ELEMENTS)
_CHILDREN: dict[tuple[str, ...], tuple[str, ...]] = {
    (): ("CORSConfiguration", "Error"),
    ("CORSConfiguration",): ("CORSRule", "ResponseVary"),
    ("CORSConfiguration", "CORSRule"): _RULE,
}

#: Other spellings in the JSON of the official tools: the JavaScript, PHP and Go SDKs and tools for S3 write plurals.
_TOP = {"CORSRule": "rules", "CORSRules": "rules", "Rules": "rules", "ResponseVary": "vary"}
_KEYS = {name: name for name in _ELEMENTS} | {f"{name}s": name for name, field in _ELEMENTS.items() if field in _LISTS}
#: What their answers hold beside the rules.
_BESIDE = ("statusCode", "headers", "RequestId", "XMLName")


def read_json(root: Node, file: str) -> tuple[Cors | None, tuple[Trouble, ...]]:
    """The rules in the JSON of the official tools, or what is wrong with it.

    That is the dict of cos-python-sdk-v5 (`{"CORSRule": [{"AllowedOrigin": [...]}]}`, single values without a list
    too), the object of the JavaScript SDK and of tools for S3 (`{"CORSRules": [{"AllowedOrigins": [...]}]}`), of the
    Go SDK (`Rules`), with or without `CORSConfiguration` around it, or the list of rules alone.
    """
    from cosaudit.yamltree import MAPPING, SEQUENCE

    making = _Making(file, root.line, root.column)
    if root.kind == SEQUENCE:
        _json_rules(root, making)
        return making.made()
    inner = root.get("CORSConfiguration")
    if inner is not None and inner.kind == MAPPING:
        for key, value in root.pairs():
            if key.value == "ResponseVary":  # beside it in the JavaScript SDK's call
                _json_vary(value, making)
            elif key.value not in ("CORSConfiguration", "Bucket", "Region", *_BESIDE):
                _unknown(key, (*_TOP, "CORSConfiguration"), "the CORS settings", making)
        root = inner
        making.places[()] = Place(file, root.line, root.column)
    seen: Node | None = None
    for key, value in root.pairs():
        field = _TOP.get(key.value)
        if field == "vary":
            _json_vary(value, making)
        elif field == "rules":
            if seen is not None:
                making.trouble(key.line, key.column, f"{quoted(key.value)} beside {quoted(seen.value)}", "one list")
            seen = key
            _json_rules(value, making)
        elif key.value not in _BESIDE:
            _unknown(key, tuple(_TOP), "the CORS settings", making)
    if seen is None and not making.troubles:
        making.trouble(root.line, root.column, "no list of CORS rules", "a key `CORSRule` or `CORSRules`")
    return making.made()


def _unknown(key: Node, known: tuple[str, ...], where: str, making: _Making) -> None:
    words = ", ".join([f"`{word}`" for word in known])
    making.trouble(
        key.line, key.column, f"unknown key {quoted(key.value)} in {where}", f"one of {words}", (key.value, known)
    )


def _json_vary(node: Node, making: _Making) -> None:
    from cosaudit.yamltree import SCALAR

    making.set_vary(node.value if node.kind == SCALAR else "", node.line, node.column)


def _json_rules(node: Node, making: _Making) -> None:
    from cosaudit.yamltree import MAPPING, SCALAR, SEQUENCE, scalar

    for rule in node.value if node.kind == SEQUENCE else [node]:
        if rule.kind != MAPPING:
            if node.kind == SCALAR and scalar(node) is None:
                return  # Go and JavaScript write null for an empty list
            making.trouble(rule.line, rule.column, "no object where a CORS rule is expected", "an object")
            continue
        making.begin(rule.line, rule.column)
        seen: dict[str, str] = {}
        for key, value in rule.pairs():
            element = _KEYS.get(key.value)
            if element is None:
                _unknown(key, tuple(_KEYS), "a CORS rule", making)
                continue
            if element in seen:
                both = f"{quoted(key.value)} beside {quoted(seen[element])}"
                making.trouble(key.line, key.column, both, "one of the two")
                continue
            seen[element] = key.value
            _json_values(element, value, making)
        making.end()


def _json_values(element: str, node: Node, making: _Making) -> None:
    from cosaudit.yamltree import SCALAR, SEQUENCE, scalar

    listed = node.kind == SEQUENCE and _ELEMENTS[element] in _LISTS
    for one in node.value if listed else [node]:
        value = scalar(one) if one.kind == SCALAR else one
        if value is None and not listed:
            continue
        if not isinstance(value, str) and not (element in ("MaxAgeSeconds", "ID") and type(value) is int):
            making.trouble(one.line, one.column, f"no text where a value of {element} is expected", "a text")
            continue
        if element == "ID" and value == "":
            continue  # Go writes the empty text where there is none
        making.value(element, one.value, one.line, one.column)


__all__ = [
    "Answer", "Cors", "CorsPlaces", "CorsRule", "Need", "Trouble", "actual", "header_matches", "headers_match",
    "max_age", "minimal", "origin_matches", "origins_match", "preflight", "read_json", "read_xml", "rule_matches",
    "size", "to_json", "to_xml", "to_yaml",
]  # fmt: skip

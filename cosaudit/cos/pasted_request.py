"""A failing request as people have it: a raw request, a curl command, what a browser copies, COS's error in XML.

What is not certain is refused, never guessed: a wrong host or a header that was missed would make a wrong answer.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: More than this is no request that a person looks at.
MAX_TEXT = 2**20


class Sent(NamedTuple):
    """A request as it was sent. `host`: of the header Host, else of the URL. `path`: as in the URL, still encoded.

    `query`: decoded names and values in their order; header names are in lower case.
    """

    method: str | None
    host: str | None
    path: str | None
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        """The value of a header; None when it is not sent."""
        return next((value for one, value in self.headers if one == name), None)


class Server(NamedTuple):
    """What COS answered. `format_string` and `string_to_sign`: what it made of the request; None: not in the answer."""

    code: str | None
    message: str | None
    string_to_sign: str | None
    format_string: str | None


class Pasted(NamedTuple):
    """What a text holds. `problem`: why it holds nothing that can be used."""

    sent: Sent | None
    server: Server | None
    problem: str | None


class NotRead(ValueError):  # noqa: N818
    """A text that is no request; `found` never holds any of it."""

    def __init__(self, found: str, expected: str) -> None:
        """The two halves of the message."""
        super().__init__(found)
        self.found = found
        self.expected = expected


_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]?(.*)\Z")
_START = re.compile(r"(?:> )?([A-Za-z]{3,7}) +(\S+)(?: +HTTP/[0-9.]+)?[ \t]*\Z")
_XML = re.compile(r"<\?xml[^>]*>\s*<Error>.*?</Error>|<Error>.*?</Error>", re.S)
_TAG = "<{0}>(.*?)</{0}>"
_NO_FORM = "a text that is not one of the forms that are read"
_EXPECTED = "`METHOD URL` with headers below it, a curl command, or COS's answer in XML"


def sent_of(
    method: str | None, url: str, headers: tuple[tuple[str, str], ...], form: tuple[tuple[str, str], ...]
) -> Sent:
    """A request of a method, a URL, headers and form fields.

    Raises:
        NotRead: the URL is none.
    """
    from urllib.parse import unquote

    scheme, slashes, rest = url.partition("://")
    if not slashes or scheme.lower() not in ("http", "https"):
        raise NotRead(
            "no URL that begins with https:// or http://", "a full URL such as `https://BUCKET.cos.….com/KEY`"
        )
    end = next((index for index, char in enumerate(rest) if char in "/?#"), len(rest))
    authority, target = rest[:end].rpartition("@")[2], rest[end:].partition("#")[0]
    path, _, query = target.partition("?")
    given = tuple([(name.lower(), value) for name, value in headers])
    own = next((value for name, value in given if name == "host"), None)
    host = (own or authority).strip().lower()
    if not host or any(char.isspace() for char in host):
        raise NotRead("a URL without a host", "a full URL such as `https://BUCKET.cos.….com/KEY`")
    host = host.removesuffix(":443" if scheme.lower() == "https" else ":80")
    pairs = []
    for piece in query.split("&") if query else []:
        name, _, value = piece.partition("=")
        pairs.append((unquote(name), unquote(value)))
    return Sent(method.upper() if method else None, host, path or "/", tuple(pairs), given, form)


def read(text: str) -> Pasted:
    """What a pasted text holds: a request, COS's answer, or both. Nothing is raised."""
    if len(text) > MAX_TEXT:
        return Pasted(None, None, "more than a million characters")
    server = _server(text)
    rest = _XML.sub("", text).strip("\ufeff \t\r\n")
    try:
        sent = _request(rest) if rest else None
    except NotRead as error:
        return Pasted(None, server, None if server is not None else error.found)
    if sent is None and server is None:
        return Pasted(None, None, "nothing that is a request or an answer of COS")
    return Pasted(sent, server, None)


def _server(text: str) -> Server | None:
    found = _XML.search(text)
    body = found[0] if found is not None else text if "<StringToSign>" in text or "<FormatString>" in text else None
    if body is None:
        return None
    values = [_element(body, name) for name in ("Code", "Message", "StringToSign", "FormatString")]
    return Server(*values) if any(value is not None for value in values) else None


def _element(body: str, name: str) -> str | None:
    from html import unescape

    found = re.search(_TAG.format(name), body, re.S)
    return None if found is None else unescape(found[1]).replace("\r\n", "\n")


def _request(text: str) -> Sent | None:
    if re.match(r"(?:[$#>] *)?curl(?:\.exe)?\s", text):
        return _curl(text)
    if re.match(r"(?:await +)?fetch\(", text):
        return _fetch(text)
    if re.search(r"(?im)^\s*(?:\$\w+ *= *)?(?:Invoke-(?:WebRequest|RestMethod)|iwr|irm)\s", text):
        return _powershell(text)
    lines = text.replace("\r\n", "\n").split("\n")
    start = next((index for index, line in enumerate(lines) if _starts(line)), None)
    if start is None:
        if _URL.fullmatch(text):
            return sent_of(None, text, (), ())
        raise NotRead(_NO_FORM, _EXPECTED)
    found = _START.match(lines[start])
    assert found is not None
    headers: list[tuple[str, str]] = []
    body_at = len(lines)
    for index in range(start + 1, len(lines)):
        line = lines[index].removeprefix("> ")
        if not line.strip() or line.startswith("HTTP/"):
            body_at = index + 1
            break
        header = _HEADER.match(line)
        if header is not None:
            headers.append((header[1].lower(), header[2].rstrip("\r")))
    method, target = found[1], found[2]
    host = next((value for name, value in headers if name == "host"), None)
    if target.startswith("/"):
        if host is None:
            raise NotRead("a request without a header Host", _EXPECTED)
        target = f"https://{host.strip()}{target}"
    content_type = next((value for name, value in headers if name == "content-type"), "")
    form = _multipart("\n".join(lines[body_at:]), content_type)
    return sent_of(method, target, tuple(headers), form)


def _starts(line: str) -> bool:
    found = _START.match(line)
    return found is not None and found[1].upper() in _METHODS and (found[2].startswith("/") or "://" in found[2])


def _multipart(body: str, content_type: str) -> tuple[tuple[str, str], ...]:
    """The fields of a multipart body that are text; the file's own part has no value here."""
    found = re.search(r"boundary=\"?([^\";\s]+)", content_type)
    if found is None:
        return ()
    fields = []
    for piece in body.split(f"--{found[1]}")[1:]:
        head, _, value = piece.lstrip("\n").partition("\n\n")
        name = re.search(r'[; ]name="([^"]*)"', head)
        if name is not None:
            fields.append((name[1], "" if "filename=" in head else value.rstrip("\n")))
    return tuple(fields)


#: Options of curl that take a value, short and long (its manual, 7.88, and what later versions added).
_SHORT = "AbcCdDeEFHKmoPQrtTuUwxXyYzh"
_LONG = frozenset(
    re.findall(
        r"\S+",
        """
    abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout connect-to
    continue-at cookie cookie-jar create-file-mode crlfile curves data data-ascii data-binary data-raw data-urlencode
    delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine
    etag-compare etag-save expect100-timeout form form-string ftp-account ftp-alternative-to-user ftp-method ftp-port
    ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip header help hostpubmd5 hostpubsha256 hsts interface
    ip-tos ipfs-gateway json keepalive-cnt keepalive-time key key-type krb libcurl limit-rate local-port login-options
    mail-auth mail-from mail-rcpt max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir
    parallel-max pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert proxy-capath proxy-cert
    proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey
    proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-user proxy1.0 pubkey
    quote random-file range rate referer request request-target resolve retry retry-delay retry-max-time sasl-authzid
    service-name socks4 socks4a socks5 socks5-gssapi-service socks5-hostname speed-limit speed-time stderr
    telnet-option tftp-blksize time-cond tls-max tls13-ciphers tlsauthtype tlspassword tlsuser trace trace-ascii
    trace-config unix-socket upload-file url url-query user user-agent variable vlan-priority write-out
    """,
    )
)
#: Options without a value: a word without https:// behind another one is not surely a URL.
_FLAGS = frozenset(
    re.findall(
        r"\S+",
        "compressed fail fail-with-body get globoff head http1.0 http1.1 http2 http3 include insecure ipv4 ipv6 "
        "location location-trusted no-buffer path-as-is progress-bar show-error silent verbose",
    )
)
#: The short options that are looked at, by their long name.
_NAMES = {"X": "request", "H": "header", "F": "form", "T": "upload-file", "d": "data", "A": "user-agent",
          "e": "referer", "G": "get", "I": "head", "g": "globoff", ":": "next", "K": "config"}  # fmt: skip
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
_ANSI = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|(.))", re.S)
_PIECE = re.compile(
    r"""(?P<blank>\s+)|\$'(?P<ansi>(?:[^'\\]|\\.)*)'|'(?P<single>[^']*)'|\$?"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<one>.)"""
    r"""|(?P<plain>[^\s'"\\$]+|\$)""",
    re.S,
)
_UNCERTAIN = "a curl command whose URL is not certain"
_ONE_URL = "one URL that begins with https://, written out"


def _ansi(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        code = found[1] or found[2] or found[3]
        if code or found[4]:
            number = int(code, 16) if code else int(found[4], 8)
            return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
        return _ESCAPES.get(found[5], found[5])

    return _ANSI.sub(one, text)


def _words(text: str) -> list[str]:
    """The words of one command as a POSIX shell and bash read them; a redirection and what follows it is left out."""
    words: list[str] = []
    word: str | None = None
    at = 0
    bare = True
    while at <= len(text):
        found = _PIECE.match(text, at)
        if found is None and at < len(text):
            raise NotRead("a curl command whose quotation marks do not close", "the whole command")
        if found is None or found["blank"] is not None:
            if bare and word is not None and re.fullmatch(r"[|;&]+|\d?>.*|<.*", word, re.S):
                break
            if word is not None:
                words.append(word)
            word, bare = None, True
            at = found.end() if found is not None else at + 1
            continue
        kind = found.lastgroup
        value = found[kind or 0]
        bare = bare and kind == "plain"
        if kind == "ansi":
            value = _ansi(value)
        elif kind == "double":
            value = re.sub(r'\\([$`"\\\n])', lambda one: one[1].strip("\n"), value)
        word = (word or "") + value
        at = found.end()
    return words


def _cmd_words(text: str) -> list[str]:
    """The words of a command for Windows: `^` outside of quotation marks escapes, then `\\"` is a quotation mark."""
    plain: list[str] = []
    quoted = False
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "^" and not quoted:
            if text[at : at + 1] == "\n":  # the line goes on; a second line end is meant
                at += 1
            plain.append(text[at : at + 1])
            at += 1
            continue
        quoted = not quoted if char == '"' else quoted
        plain.append(char)
    words: list[str] = []
    word: str | None = None
    quoted = False
    for piece in re.findall(r'\\+"|""|"|\s|[^\s"\\]+|\\+', "".join(plain)):
        if piece.isspace() and not quoted:
            if word is not None:
                words.append(word)
            word = None
            continue
        value = piece
        if piece == '""':
            value = '"' if quoted else ""
        elif piece.endswith('"'):
            slashes = len(piece) - 1
            value = "\\" * (slashes // 2) + ('"' if slashes % 2 else "")
            quoted = quoted if slashes % 2 else not quoted
        word = (word or "") + value
    if quoted:
        raise NotRead("a curl command whose quotation marks do not close", "the whole command")
    return words if word is None else [*words, word]


def _options(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Options by their long names with their values, and the words that may be URLs."""
    options: list[tuple[str, str]] = []
    plain: list[str] = []
    unsure = False  # may this word be the value of an option that is not known?
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not word.startswith("-") or word == "-":
            plain.append("" if unsure and "://" not in word else word)
            unsure = False
            continue
        unsure = False
        if word.startswith("--"):
            name, there, value = word[2:].partition("=")
            takes, there_is = name in _LONG, bool(there)
            unsure = not takes and not there_is and name not in _FLAGS and not name.startswith("no-") and bool(name)
        else:
            letters = word[1:]
            end = next((index for index, char in enumerate(letters) if char in _SHORT), len(letters) - 1)
            options += [(_NAMES.get(char, char), "") for char in letters[:end]]
            name, value = _NAMES.get(letters[end], letters[end]), letters[end + 1 :]
            takes, there_is = letters[end] in _SHORT, bool(value)
        if takes and not there_is:
            if at >= len(words):
                raise NotRead("a curl command that ends in an option without its value", "the whole command")
            value = words[at]
            at += 1
        options.append((name, value))
    return options, plain


def _url_of(options: list[tuple[str, str]], plain: list[str]) -> str:
    named = [value for name, value in options if name == "url"]
    full = [word for word in plain if re.match(r"(?i)https?://", word)]
    urls = [*named, *(full or plain)]
    if not urls:
        raise NotRead("a curl command without a URL", "the whole command")
    url = urls[0]
    if len(urls) > 1 or not url or any(name == "next" for name, _ in options):
        raise NotRead(_UNCERTAIN, _ONE_URL)
    scheme, slashes, _ = url.partition("://")
    url = url if slashes and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) else f"https://{url}"
    host = re.split(r"[/?#]", url.partition("://")[2])[0]
    globbed = not any(name == "globoff" for name, _ in options) and re.search(r"[{}\[\]]", url)
    if globbed or re.search(r"[$%`!<>|^\\(){}]", host) or re.search(r"\$\{|\$\(|`", url):
        raise NotRead(_UNCERTAIN, _ONE_URL)
    return url


def _piece(name: str, value: str) -> str:
    """What an option with data adds to the URL."""
    from urllib.parse import quote

    if name == "url-query" and value.startswith("+"):
        return value[1:]
    if name in ("data-urlencode", "url-query"):
        found = re.match(r"([^=@]*)([=@]?)(.*)\Z", value, re.S)
        assert found is not None
        if found[2] != "@":
            key, mark, content = found.groups() if found[2] else ("", "", value)
            return f"{key}{mark if key else ''}{quote(content, safe='-._~')}"
    elif not value.startswith("@") or name == "data-raw":
        return value
    raise NotRead("a curl command with a part of its URL in a file", _ONE_URL)


def _uploaded(url: str, file: str) -> str:
    """curl puts the name of an uploaded file behind a URL that ends in a slash."""
    from urllib.parse import quote

    before, mark, _ = url.partition("#")[0].partition("?")
    if "/" not in before.partition("://")[2]:
        before += "/"
    if not before.endswith("/") or file in ("-", "."):
        return url
    if mark or re.search(r"[{}\[\]$`]", file):
        raise NotRead(_UNCERTAIN, "a URL that ends in the object's key")
    return before + quote(re.split(r"[/\\]", file)[-1], safe="-._~")


def _curl(text: str) -> Sent:
    text = text.lstrip("$#> ").replace("\r\n", "\n")
    cmd = "\\\n" not in text and re.search(r"\s\^\"|\^\n|\^\Z", text) is not None
    words = _cmd_words(text) if cmd else _words(text.replace("\\\n", " ").replace("`\n", " "))
    options, plain = _options(words[1:])
    url = _url_of(options, plain)
    names = {name for name, _ in options}
    method: str | None = None
    headers: list[tuple[str, str]] = []
    form: list[tuple[str, str]] = []
    query: list[str] = []
    implied = "GET"
    for name, value in options:
        if name == "request":
            method = value
        elif name == "header":
            if value.startswith("@"):
                raise NotRead("a curl command whose headers are in a file", "the headers in the command")
            found, colon, rest = value.partition(":")
            if rest.strip():
                headers.append((found.strip().lower(), rest.strip()))
            elif not colon and found.endswith(";"):
                headers.append((found[:-1].strip().lower(), ""))
        elif name in ("user-agent", "referer"):
            headers.append((name, value))
        elif name in ("form", "form-string"):
            implied = "POST"
            found, _, rest = value.partition("=")
            form.append((found, "" if rest.startswith(("@", "<")) and name == "form" else rest))
        elif name == "upload-file":
            implied = "PUT"
            url = _uploaded(url, value)
        elif name == "url-query" or (name.startswith("data") and "get" in names):
            query.append(_piece(name, value))
        elif name.startswith("data") or name == "json":
            implied = "POST"
        elif name in ("request-target", "config", "variable") or name.startswith("expand-"):
            raise NotRead("a curl command with a part of the request elsewhere", _ONE_URL)
    if "head" in names:
        implied = "HEAD"
    if query:
        url = url.partition("#")[0]
        url += ("&" if "?" in url else "?") + "&".join(query)
    if not form:
        body = next((value for name, value in options if name in ("data-raw", "data-binary")), "")
        sent_type = next((value for name, value in headers if name == "content-type"), "")
        form = list(_multipart(body.replace("\r\n", "\n"), sent_type))
    return sent_of(method or implied, url, tuple(headers), tuple(form))


def _fetch(text: str) -> Sent:
    """`fetch("URL", {…})` as browsers copy it: its arguments are JSON."""
    import json

    decoder = json.JSONDecoder()
    try:
        url, at = decoder.raw_decode(text, re.compile(r"[^(]*\(\s*").match(text).end())  # type: ignore[union-attr]
        options: object = {}
        rest = re.compile(r"\s*,\s*(?=\{)").match(text, at)
        if rest is not None:
            options, at = decoder.raw_decode(text, rest.end())
    except (ValueError, RecursionError):
        raise NotRead(_NO_FORM, _EXPECTED) from None
    headers = options.get("headers") or {} if isinstance(options, dict) else None
    if not isinstance(url, str) or not isinstance(options, dict) or not isinstance(headers, dict):
        raise NotRead(_NO_FORM, _EXPECTED)
    if not re.fullmatch(r"\s*,?\s*\)\s*;?\s*", text[at:]):
        raise NotRead(_NO_FORM, _EXPECTED)
    given = tuple([(str(name).lower(), str(value)) for name, value in headers.items()])
    body = options.get("body")
    of_type = next((value for name, value in given if name == "content-type"), "")
    form = _multipart(body.replace("\r\n", "\n"), of_type) if isinstance(body, str) else ()
    return sent_of(str(options.get("method") or "GET"), url, given, form)


_PS_STRING = r"""(?:"(?:[^"`]|`.|"")*"|'(?:[^']|'')*')"""
_PS_PAIR = re.compile(rf"\s*({_PS_STRING}|[\w-]+)\s*=\s*({_PS_STRING})\s*;?", re.S)


def _ps_text(word: str) -> str:
    if word[:1] == "'":
        return word[1:-1].replace("''", "'")
    inner = word[1:-1] if word[:1] == '"' else word
    plain = re.sub(r"`.", "", inner, flags=re.S)
    if "$" in plain:
        raise NotRead("a PowerShell command with variables in what it sends", "the values written out")
    escapes = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
    return re.sub(r"`(.)|\"\"", lambda one: '"' if one[1] is None else escapes.get(one[1], one[1]), inner, flags=re.S)


def _powershell(text: str) -> Sent:
    """`Invoke-WebRequest -Uri "URL" -Method "PUT" -Headers @{…}` as browsers copy it."""
    start = re.search(r"(?i)(?:Invoke-(?:WebRequest|RestMethod)|iwr|irm)\s", text)
    assert start is not None
    rest = text[start.end() :]

    def given(name: str) -> str | None:
        found = re.search(rf"(?i)(?:^|\s)-{name}\s+({_PS_STRING}|[^\s\"'@-]\S*)", rest, re.S)
        return None if found is None else _ps_text(found[1])

    url = given("Uri")
    headers: list[tuple[str, str]] = []
    table = re.search(r"(?i)\s-Headers\s+(@\{)?", rest)
    if url is None or (table is not None and table[1] is None):
        raise NotRead(_NO_FORM, _EXPECTED)
    if table is not None:
        at = table.end()
        while (pair := _PS_PAIR.match(rest, at)) is not None:
            headers.append((_ps_text(pair[1]).lower(), _ps_text(pair[2])))
            at = pair.end()
        if rest[at:].lstrip()[:1] != "}":
            raise NotRead(_NO_FORM, _EXPECTED)
    of_type = given("ContentType")
    if of_type is not None:
        headers.append(("content-type", of_type))
    return sent_of(given("Method") or "GET", url, tuple(headers), ())

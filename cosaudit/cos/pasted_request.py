"""A failing request as people have it: a raw request, a curl command, COS's error in XML, or all in one text."""

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
        raise NotRead("no URL that begins with https:// or http://", "a full URL such as `https://BUCKET.cos.….com/KEY`")
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
    lines = text.replace("\r\n", "\n").split("\n")
    start = next((index for index, line in enumerate(lines) if _starts(line)), None)
    if start is None:
        url = _URL.search(text)
        return sent_of(None, url[0], (), ()) if url is not None else None
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


#: Options of curl that take a value and say nothing about the request's signature.
_SKIPPED = ("-o", "--output", "-u", "--user", "-A", "--user-agent", "-e", "--referer", "-m", "--max-time", "-x",
            "--proxy", "-w", "--write-out", "--connect-timeout", "--resolve", "--cacert", "-b", "--cookie", "-c",
            "--cookie-jar", "--retry", "-D", "--dump-header", "--limit-rate")  # fmt: skip
_READ = ("-X", "--request", "-H", "--header", "-F", "--form", "--form-string", "-T", "--upload-file", "--url")
_DATA = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode")
_SHORT = ("-X", "-H", "-F", "-T", "-d", "-o", "-u", "-A", "-e", "-m", "-x", "-w", "-b", "-c", "-D")


def _curl(text: str) -> Sent:
    import shlex

    try:
        words = shlex.split(text.lstrip("$#> ").replace("\\\r\n", " ").replace("\\\n", " ").replace("^\n", " "))[1:]
    except ValueError:
        raise NotRead("a curl command whose quotation marks do not close", "the whole command") from None
    method: str | None = None
    url: str | None = None
    headers: list[tuple[str, str]] = []
    form: list[tuple[str, str]] = []
    implied = "GET"
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        value: str | None = None
        if word.startswith("--") and "=" in word:
            word, _, value = word.partition("=")
        elif word[:2] in _SHORT and len(word) > 2:
            word, value = word[:2], word[2:]
        if value is None and word in (*_READ, *_SKIPPED, *_DATA):
            value = words[at] if at < len(words) else ""
            at += 1
        if word in ("-X", "--request"):
            method = value
        elif word in ("-H", "--header"):
            name, _, rest = (value or "").partition(":")
            headers.append((name.strip().lower(), rest.removeprefix(" ")))
        elif word in ("-F", "--form", "--form-string"):
            implied = "POST"
            name, _, rest = (value or "").partition("=")
            form.append((name, "" if rest.startswith(("@", "<")) and word != "--form-string" else rest))
        elif word in ("-T", "--upload-file"):
            implied = "PUT"
        elif word in _DATA:
            implied = "POST"
        elif word in ("-I", "--head"):
            implied = "HEAD"
        elif word == "--url":
            url = value
        elif not word.startswith("-") and url is None:
            url = word
    if url is None:
        raise NotRead("a curl command without a URL", "the whole command")
    return sent_of(method or implied, url if "://" in url else f"https://{url}", tuple(headers), tuple(form))

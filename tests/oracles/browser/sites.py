"""What answers the browser: pages with our script, the cases of `cases.py`, and a bucket that takes uploads.

What is asked is taken from the wire, never from what we think the browser should have asked.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs

from oracles.browser.cases import Answers, Case
from oracles.browser.server import Exchange, Reply

from cosaudit.cos.cors import Cors
from cosaudit.web.fetch import Response

SCRIPT = (Path(__file__).parent / "page.js").read_text("utf-8")
#: What COS says of an object beside the headers of CORS, safelisted names and others.
RESOURCE = (
    ("ETag", '"0123456789abcdef0123456789abcdef"'),
    ("x-cos-request-id", "NjAw"),
    ("x-cos-hash-crc64ecma", "1"),
    ("Date", "Mon, 23 Nov 2026 00:00:00 GMT"),
    ("Server", "tencent-cos"),
    ("Last-Modified", "Mon, 23 Nov 2026 00:00:00 GMT"),
    ("Cache-Control", "no-store"),
    ("Content-Type", "application/xml"),
    ("Content-Language", "en"),
    ("Expires", "0"),
    ("Pragma", "no-cache"),
    ("Set-Cookie", "a=b"),
)


def page(exchange: Exchange) -> Reply:
    """A page with our script; at `/sandboxed` one without an origin of its own, at `/sdk/VERSION` one with the SDK."""
    headers = [("Content-Type", "text/html; charset=utf-8")]
    if exchange.path == "/sandboxed":
        headers.append(("Content-Security-Policy", "sandbox allow-scripts"))
    sdk = f'<script src="{exchange.path}.js"></script>' if exchange.path.startswith("/sdk/") else ""
    return Reply(200, tuple(headers), f"<!doctype html>{sdk}<script>{SCRIPT}</script>".encode())


def is_preflight(exchange: Exchange) -> bool:
    """Is this request the browser's own question?"""
    return exchange.method == "OPTIONS" and "access-control-request-method" in exchange.headers


def requested(exchange: Exchange) -> tuple[str, ...]:
    """The names of headers that a preflight asks for."""
    text = exchange.headers.get("access-control-request-headers", "")
    return tuple([name.strip() for name in text.split(",") if name.strip()])


def _reply(answers: Answers, exchange: Exchange, status: int = 200, body: bytes = b"") -> Reply:
    """What is sent back: the answer to a preflight, or the resource with the headers of CORS."""
    origin = exchange.headers.get("origin", "")
    if is_preflight(exchange):
        method = exchange.headers["access-control-request-method"]
        found = answers.preflight(origin, method, requested(exchange))
        assert found.status is not None
        return Reply(found.status, _said(found))
    found = answers.actual(origin, exchange.method)
    return Reply(found.status or status, (*RESOURCE, *_said(found)), body)


def _said(response: Response) -> tuple[tuple[str, str], ...]:
    return tuple([(name, str(value)) for name, value in response.headers])


class Site:
    """Answers the cases' requests, and remembers them by the path of their URL."""

    def __init__(self, asked: Iterable[Case]) -> None:
        self.answers = {f"/c/{case.name}/{leg}": one for case in asked for leg, one in enumerate(case.answers)}
        self.seen: dict[str, list[Exchange]] = defaultdict(list)

    def __call__(self, exchange: Exchange) -> Reply:
        """What is sent back."""
        answers = self.answers.get(exchange.path)
        if answers is None:
            return page(exchange)
        self.seen[exchange.path].append(exchange)
        return _reply(answers, exchange, body=b"<a/>")


# -- a bucket ----------------------------------------------------------------------------------------------------------


class Upload(NamedTuple):
    """One upload to a bucket with these rules; its key begins with `name/`.

    `fault`: "network": the main host cuts the connection of every request, "503": it answers so once to each request.
    Of parts, which are sent side by side, only the first meets it.
    """

    name: str
    cors: Cors
    fault: str | None
    size: int


class Bucket:
    """A bucket as far as an upload sees it, on its own host and on the backup host; and the pages with the SDK."""

    def __init__(self, uploads: Iterable[Upload], scripts: Mapping[str, bytes]) -> None:
        self.uploads = {upload.name: upload for upload in uploads}
        self.scripts = scripts
        self.seen: dict[str, list[Exchange]] = defaultdict(list)
        self._met: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()

    def __call__(self, exchange: Exchange) -> Reply | None:
        """What is sent back; None cuts the connection."""
        if exchange.path in self.scripts:
            return Reply(200, (("Content-Type", "text/javascript"),), self.scripts[exchange.path])
        query = parse_qs(exchange.query, keep_blank_values=True)
        name = (query["prefix"][0] if "prefix" in query else exchange.path.lstrip("/")).partition("/")[0]
        upload = self.uploads.get(name)
        if upload is None:
            return page(exchange)
        self.seen[name].append(exchange)
        answers = Answers(upload.cors)
        if not is_preflight(exchange) and query.get("partNumber", ["1"]) == ["1"]:
            if upload.fault == "network" and exchange.host.endswith(".myqcloud.com"):
                return None
            with self._lock:
                step = name, exchange.method, " ".join(query)
                met = step in self._met
                self._met.add(step)
            if upload.fault == "503" and not met:
                return _reply(answers, exchange, 503, b"<Error><Code>ServiceUnavailable</Code></Error>")
        return _reply(answers, exchange, body=_body(exchange.method, query, name).encode())


def _body(method: str, query: Mapping[str, list[str]], name: str) -> str:
    """The XML with which COS answers a step of an upload."""
    if "uploads" in query and method == "GET":
        return "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
    if "uploads" in query:
        return f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId></InitiateMultipartUploadResult>"
    if method == "POST":
        return "<CompleteMultipartUploadResult><Location>a</Location><ETag>0</ETag></CompleteMultipartUploadResult>"
    return ""

"""One web server for every host that a page names: the browser is told that all of them are here.

It hands each request to a function and sends what that says. Nothing is known here of CORS.
"""

from __future__ import annotations

import contextlib
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import trustme


class Exchange(NamedTuple):
    """One request as it came over the wire. `host` has the port where it is not the scheme's own."""

    scheme: str
    host: str
    method: str
    path: str
    query: str
    headers: dict[str, str]  # names in lower case


class Reply(NamedTuple):
    """What is sent back."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


#: None: the connection is cut without a word, as a bad network does.
App = Callable[[Exchange], Reply | None]


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections that stay open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_one_request(self) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError):  # the browser went away
            super().handle_one_request()
            return
        self.close_connection = True

    def parse_request(self) -> bool:
        """A request with any method goes to the app."""
        if not super().parse_request():
            return False
        size = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(size)
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        exchange = Exchange(self.server.scheme, headers.get("host", ""), str(self.command), path, query, headers)
        reply = self.server.app(exchange)
        if reply is None:
            self.close_connection = True
            return False
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self.wfile.flush()
        return False  # answered: nothing is left for a do_METHOD


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    scheme = "http"

    def __init__(self) -> None:
        self.app: App = lambda exchange: Reply(404)
        super().__init__(("127.0.0.1", 0), _Handler)
        self.errors: list[BaseException | None] = []

    def handle_error(self, *_: object) -> None:
        """A fault of the app is a fault of the test, which asks for it."""
        self.errors.append(sys.exception())

    def finish_request(self, request: Any, client_address: Any) -> None:
        """A handshake is made in the thread of its connection: a slow one holds up nobody."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            if isinstance(request, ssl.SSLSocket):
                request.do_handshake()
            super().finish_request(request, client_address)


class Servers:
    """One server for http and one for https, with a certificate that is made on the spot; use with `with`."""

    def __init__(self) -> None:
        self.plain = _Server()
        self.secure = _Server()
        self.secure.scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            pem = Path(folder) / "server.pem"
            made = trustme.CA().issue_cert("localhost")
            made.private_key_and_cert_chain_pem.write_to_path(str(pem))
            context.load_cert_chain(pem)
        self.secure.socket = context.wrap_socket(self.secure.socket, server_side=True, do_handshake_on_connect=False)
        self._threads = [threading.Thread(target=one.serve_forever, args=(0.05,)) for one in (self.plain, self.secure)]

    def serve(self, app: App) -> None:
        """From now on this function answers."""
        self.plain.app = self.secure.app = app

    @property
    def errors(self) -> list[BaseException | None]:
        """What went wrong while answering."""
        return self.plain.errors + self.secure.errors

    def __enter__(self) -> Servers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self.plain, self.secure):
            one.shutdown()
            one.server_close()
        for thread in self._threads:
            thread.join()

"""A loopback HTTPS server around a stand-in, started and stopped as a context manager."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lab.serve.certs import certify, server_context
from lab.serve.exchange import App, Promise, Request
from lab.serve.faults import Script
from lab.serve.handler import Handler
from lab.serve.journal import Journal
from lab.serve.site import Site

GONE = (ConnectionError, ssl.SSLError, TimeoutError)  # the client went away, or never spoke TLS


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: where it is, whom to trust, what happened, and what is to go wrong."""

    url: str
    ca: Path
    journal: Journal
    faults: Script


@contextmanager
def serve(
    app: App,
    folder: Path,
    *,
    faults: Script | None = None,
    contract: Promise | None = None,
    latency: Callable[[Request], float] = lambda _: 0.0,
) -> Iterator[Running]:
    """Serve a stand-in on a port of 127.0.0.1 until the block ends; the folder takes the certificates.

    `latency` gives the seconds until a request is answered, what the stand-in needs for it included. With a contract every
    exchange is checked: one that breaks it is answered by 500 and kept in the journal. On leaving, open connections are
    closed and every thread has ended. Raises ExceptionGroup then, if the server itself broke.
    """
    certificates = certify(folder)
    site = Site(app, faults or Script(), Journal(), contract, latency)
    server = Server(site, server_context(certificates))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="lab-server")
    thread.start()
    try:
        yield Running(f"https://127.0.0.1:{server.server_port}", certificates.ca, site.journal, site.faults)
    finally:
        server.stop()
        thread.join()
    if server.broken:
        raise ExceptionGroup("the lab's server broke", server.broken)


class Server(ThreadingHTTPServer):
    """One thread a connection; keeps its connections so that stopping can close them."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self, site: Site, context: ssl.SSLContext) -> None:
        self.site, self.context = site, context
        self.broken: list[Exception] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Take a connection; the handshake is left to its own thread, so that a silent client holds nobody up."""
        plain, address = super().get_request()
        secure = self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(secure)
        return secure, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        self.close_request(request)  # without shutdown: a cut connection is to look cut

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 (socketserver's signature)
        error = sys.exc_info()[1]
        if isinstance(error, Exception) and not isinstance(error, GONE):
            self.broken.append(error)

    def stop(self) -> None:
        """Stop accepting, wake what waits, close what is open, and wait for every thread."""
        self.site.stopping.set()
        self.shutdown()
        with self._lock:
            for connection in self._open:
                _close(connection)
        self.server_close()


def _close(connection: socket.socket) -> None:
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:  # the client has closed it already
        return

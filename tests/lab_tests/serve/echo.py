"""A stand-in of nothing: it says back what it was asked, for laws about the frame alone."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from lab.serve.exchange import Answer, Request
from lab.serve.faults import Refusal
from lab.serve.server import Running


class Echo:
    """Answers with the request; counts its work, so that laws see whether it was done."""

    dated = True

    def __init__(self) -> None:
        self.worked = 0
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        if request.path == "/broken":
            raise RuntimeError("on purpose")
        with self._lock:
            self.worked += 1
        said = {"path": request.path, "query": dict(request.query), "body": request.body.decode(), "pad": "x" * 2000}
        return Answer(200, said, {"X-Echo": "yes"}, search=f"search-{request.number}")

    def refuse(self, request: Request, refusal: Refusal) -> Answer:
        return Answer(refusal.status, {"refused": refusal.kind, "path": request.path})


def ask(running: Running, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Any:
    """Ask once over TLS with the lab's CA and return (status, headers, JSON or None)."""
    with_ca = ssl.create_default_context(cafile=running.ca)
    where = urlsplit(running.url)
    connection = HTTPSConnection(where.hostname or "", where.port, context=with_ca, timeout=10)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        told = reply.read()
        return reply.status, dict(reply.getheaders()), json.loads(told) if told else None
    finally:
        connection.close()


def together(work: Callable[[], object], times: int) -> None:
    """Do the same from many threads and wait for all."""
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

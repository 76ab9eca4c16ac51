"""Send the calls of a hunt again by a client that does nothing else: what machine and lab allow, whoever asks."""

from __future__ import annotations

import queue
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from urllib.parse import urlencode, urlsplit

from lab.serve.journal import Entry
from lab.serve.server import Running


def replayed(running: Running, calls: Sequence[Entry], *, times: int, at_once: int, authorization: str) -> float:
    """Return the seconds it takes to send the calls so many times, known before and so many at once, and read the answers."""
    left: queue.SimpleQueue[Entry] = queue.SimpleQueue()
    for one in [*calls] * times:
        left.put(one)
    context = ssl.create_default_context(cafile=running.ca)
    begun = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        ends = [pool.submit(_send, running, left, context, authorization) for _ in range(at_once)]
    for end in ends:
        end.result()
    return time.monotonic() - begun


def _send(running: Running, left: queue.SimpleQueue[Entry], context: ssl.SSLContext, authorization: str) -> None:
    where = urlsplit(running.url)
    connection = HTTPSConnection(where.hostname or "", where.port, context=context)
    headers = {"authorization": authorization, "accept": "application/json", "accept-encoding": "gzip"}
    while True:
        try:
            one = left.get_nowait()
        except queue.Empty:
            connection.close()
            return
        more = {"content-type": "application/json"} if one.body else {}
        target = f"{one.path}?{urlencode(one.query)}" if one.query else one.path
        connection.request(one.method, target, one.body.encode() or None, headers | more)
        answer = connection.getresponse()
        answer.read()
        if answer.status != one.status:
            raise AssertionError(f"{one.method} {one.path}: {answer.status} instead of {one.status}")

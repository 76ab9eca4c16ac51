"""Bytes on the socket: read a request's body, write an answer whole, cut or stalled."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import BinaryIO

import orjson

from lab.serve.exchange import Answer
from lab.serve.faults import Blank, Cut, Stall

PACKED_AT = 3  # gzip's level, as Elasticsearch's http.compression_level


class Hung(Exception):
    """The connection is to be closed now."""


def read_body(headers: Mapping[str, str], stream: BinaryIO) -> bytes:
    """Read a body by its length or in chunks, and unpack gzip."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b"".join(iter(lambda: _chunk(stream), b""))
    else:
        body = stream.read(int(headers.get("content-length") or 0))
    return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body


def encoded(answer: Answer) -> bytes:
    """Return an answer's body as bytes: what is bytes already stays so, as the pages of proxies do; datetimes are UTC."""
    if isinstance(answer.body, bytes):
        return answer.body
    return b"" if answer.body is None else orjson.dumps(answer.body, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)


def packed(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Return what goes over the wire and its header: gzip where the client takes it."""
    if body and "gzip" in headers.get("accept-encoding", ""):
        return gzip.compress(body, PACKED_AT), {"Content-Encoding": "gzip"}
    return body, {}


def begin(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    fault: Cut | Stall | Blank | None,
    pause: Callable[[float], None],
) -> bytes:
    """Write an answer up to its last bytes and return those; raises Hung where the script cuts the connection."""
    if isinstance(fault, Blank):
        status, body = fault.status, b""
        headers = {name: value for name, value in headers.items() if not name.startswith("Content-")}
    if fault == Cut("after"):
        raise Hung
    handler.send_response_only(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    if status != 204:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    half = len(body) // 2 if isinstance(fault, Cut | Stall) else 0
    if half:
        handler.wfile.write(body[:half])
        handler.wfile.flush()
    if isinstance(fault, Cut):
        raise Hung
    if isinstance(fault, Stall):
        pause(fault.seconds)
    return b"" if handler.command == "HEAD" else body[half:]


def _chunk(stream: BinaryIO) -> bytes:
    size = int(stream.readline().split(b";")[0], 16)
    data = stream.read(size)
    stream.readline()
    return data

"""One connection's requests: read, let the script and the stand-in answer, write, note in the journal."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from lab.serve.exchange import Answer, Request
from lab.serve.faults import Bend, Blank, Cut, Refusal, Skew, Stall, What
from lab.serve.journal import KEPT, Entry, covered, without_secrets
from lab.serve.site import HasSite, Site
from lab.serve.wire import Hung, begin, encoded, packed, read_body


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request; `status` 0 is no answer."""

    status: int
    body: bytes
    search: str
    violation: str


class Handler(BaseHTTPRequestHandler):
    """Keeps a connection open from request to request, as HTTP/1.1 does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do(self) -> None:
        """Answer one request."""
        started, at = time.monotonic(), datetime.now(UTC)
        site = cast("HasSite", self.server).site
        request, hits = self._read(site, at)
        outcome, last = Outcome(0, b"", "", ""), b""
        try:
            outcome, last = self._begun(site, request, hits, started)
        except (Hung, ConnectionError, ssl.SSLError):
            self.close_connection = True
        site.journal.add(_entry(request, outcome, hits, at, started))  # before the client can have seen the end
        self.wfile.write(last)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do  # noqa: N815 (http.server's names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's signature)
        """Say nothing: the journal knows."""

    def _read(self, site: Site, at: datetime) -> tuple[Request, tuple[What, ...]]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = read_body(headers, self.rfile)  # type: ignore[arg-type]  # a buffered reader in all but name
        parts = urlsplit(self.path)
        hits = site.faults.hits(self.command, parts.path, f"{parts.query}\n{body.decode(errors='replace')}")
        ahead = timedelta(seconds=sum(one.seconds for one in hits if isinstance(one, Skew)))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        bends = tuple(one for one in hits if isinstance(one, Bend))
        number, now = next(site.numbers), at + ahead
        return Request(number, self.command, parts.path, query, headers, body, now, bends, site.pause), hits

    def _begun(self, site: Site, request: Request, hits: tuple[What, ...], started: float) -> tuple[Outcome, bytes]:
        """Let half of the latency pass before the stand-in acts: a caller may be killed on either side of that."""
        wires = [one for one in hits if isinstance(one, Cut | Stall | Blank)]
        wire = wires[0] if wires else None
        latency = site.latency(request)
        site.pause(latency / 2)
        if wire == Cut("before"):
            raise Hung
        answer, violation = _answer(site, request, hits)
        site.pause(started + latency - time.monotonic())
        body = encoded(answer)
        sent, packing = packed(body, request.headers)
        headers = {**answer.headers, **packing}
        if site.app.dated:
            headers["Date"] = format_datetime(request.now, usegmt=True)
        last = begin(self, answer.status, sent, headers, wire, site.pause)
        return Outcome(answer.status, body, answer.search, violation), last


def _answer(site: Site, request: Request, hits: tuple[What, ...]) -> tuple[Answer, str]:
    """Let the script refuse, or the stand-in answer; a stand-in that breaks says so by 500 and in the journal."""
    app, contract = site.app, site.contract
    refusal = next((one for one in hits if isinstance(one, Refusal)), None)
    if refusal:
        answer = app.refuse(request, refusal)
        return Answer(refusal.status, answer.body, {**answer.headers, **_retry_after(refusal, request.now)}), ""
    try:
        answer = app.answer(request)
        violation = contract.broken_by(request, answer) if contract else ""
    except Exception as broken:  # noqa: BLE001 (whatever it is, the law that meets it must be able to read it)
        violation = f"the stand-in broke: {broken!r}"
    return (Answer(500, {"lab": violation}), violation) if violation else (answer, "")


def _retry_after(refusal: Refusal, now: datetime) -> dict[str, str]:
    if refusal.wait is None:
        return {}
    if refusal.as_date:
        return {"Retry-After": format_datetime(now + timedelta(seconds=refusal.wait), usegmt=True)}
    return {"Retry-After": str(refusal.wait)}


def _entry(request: Request, outcome: Outcome, hits: tuple[What, ...], at: datetime, started: float) -> Entry:
    return Entry(
        number=request.number,
        method=request.method,
        path=request.path,
        query=request.query,
        headers=covered(request.headers),
        body=without_secrets(request.body.decode(errors="replace")),
        status=outcome.status,
        answer=without_secrets(outcome.body[:KEPT].decode(errors="replace")),
        answer_bytes=len(outcome.body),
        at=at,
        started=started,
        ended=time.monotonic(),
        faults=tuple(map(repr, hits)),
        search=outcome.search,
        violation=outcome.violation,
    )

"""Laws of the frame: TLS by its own CA, keep-alive, packing, a journal without secrets, nothing left behind."""

from __future__ import annotations

import gzip
import json
import ssl
import threading
import time
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lab.serve.exchange import Answer, Request
from lab.serve.journal import busiest, in_flight
from lab.serve.server import serve
from lab_tests.serve.echo import Echo, ask, together


def test_a_client_without_the_labs_ca_is_not_served(tmp_path: Path) -> None:
    """A hunter that skips verification must be seen: its own trust store does not know this CA."""
    with serve(Echo(), tmp_path) as running:
        where = urlsplit(running.url)
        connection = HTTPSConnection(where.hostname or "", where.port, context=ssl.create_default_context(), timeout=5)
        with pytest.raises(ssl.SSLCertVerificationError):
            connection.request("GET", "/")
        connection.close()


def test_a_connection_serves_request_after_request(tmp_path: Path) -> None:
    """Real servers keep connections open; a client that mixes up answers would pass over one that does not."""
    with serve(Echo(), tmp_path) as running:
        where = urlsplit(running.url)
        context = ssl.create_default_context(cafile=running.ca)
        connection = HTTPSConnection(where.hostname or "", where.port, context=context, timeout=5)
        said = []
        for path in ("/a", "/b?x=1"):
            connection.request("GET", path)
            reply = connection.getresponse()
            said.append(json.loads(reply.read())["path"])
            kept = not reply.will_close
        connection.close()

    assert (["/a", "/b"], True) == (said, kept)


def test_bodies_travel_packed_both_ways(tmp_path: Path) -> None:
    """Clients pack requests and take packed answers: the frame must read the one and write the other."""
    with serve(Echo(), tmp_path) as running:
        body = gzip.compress(b"hello")
        where = urlsplit(running.url)
        context = ssl.create_default_context(cafile=running.ca)
        connection = HTTPSConnection(where.hostname or "", where.port, context=context, timeout=5)
        connection.request("POST", "/", body, {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"})
        reply = connection.getresponse()
        packed, encoding = reply.read(), reply.getheader("Content-Encoding")
        connection.close()

    assert ("hello", "gzip") == (json.loads(gzip.decompress(packed))["body"], encoding)


def test_the_journal_holds_the_exchange_and_no_credential(tmp_path: Path) -> None:
    """Laws read the journal, and it may be kept: a secret must not be in it, but who asked must be told apart."""
    with serve(Echo(), tmp_path) as running:
        ask(running, "/p?q=1", method="POST", body=b"{}", Authorization="ApiKey c2VjcmV0")
        ask(running, "/p", Authorization="ApiKey b3RoZXI=")
        running.journal.write(tmp_path / "journal.ndjson")
        first, second = running.journal.entries()

    assert ("POST", "/p", {"q": "1"}, "{}", 200, "search-1") == (
        first.method, first.path, first.query, first.body, first.status, first.search,
    )  # fmt: skip
    assert first.headers["authorization"].startswith("ApiKey sha256:")
    assert first.headers["authorization"] != second.headers["authorization"]
    assert "c2VjcmV0" not in (tmp_path / "journal.ndjson").read_text()
    assert 2 == len((tmp_path / "journal.ndjson").read_text().splitlines())


def test_the_journal_tells_how_many_were_in_flight(tmp_path: Path) -> None:
    """Limits on parallelism are laws about moments, not about totals."""
    with serve(Echo(), tmp_path, latency=lambda _: 0.3) as running:
        together(lambda: ask(running, "/"), 8)
        ask(running, "/alone")
        entries = running.journal.entries()

    assert (8, 1) == (busiest(entries), in_flight(entries, entries[-1].started))


def test_waiting_requests_cost_a_thread_and_no_time(tmp_path: Path) -> None:
    """Fifty tenants at one second a search are 24 or more sleepers: they must sleep at once, not in turn."""
    with serve(Echo(), tmp_path, latency=lambda _: 1.0) as running:
        started = time.monotonic()
        together(lambda: ask(running, "/"), 40)
        took = time.monotonic() - started

    assert 1.0 <= took < 3.0


def test_a_latency_holds_what_the_stand_in_needs_and_lies_on_both_sides_of_it(tmp_path: Path) -> None:
    """A slow machine must not look like a slow hunter; and a caller may be killed before its request acts, or after."""
    acted: list[float] = []

    class Busy(Echo):
        def answer(self, request: Request) -> Answer:
            acted.append(time.monotonic())
            time.sleep(0.3)
            return super().answer(request)

    with serve(Busy(), tmp_path, latency=lambda _: 1.0) as running:
        ask(running, "/")
        (entry,) = running.journal.entries()

    assert 1.0 <= entry.ended - entry.started < 1.25
    assert acted[0] - entry.started >= 0.5


def test_leaving_closes_what_is_open_and_leaves_no_thread(tmp_path: Path) -> None:
    """A suite of hundreds of servers cannot afford one left thread each."""
    before = set(threading.enumerate())
    with serve(Echo(), tmp_path, latency=lambda request: 60.0 if request.path == "/slow" else 0.0) as running:
        where = urlsplit(running.url)
        context = ssl.create_default_context(cafile=running.ca)
        idle = HTTPSConnection(where.hostname or "", where.port, context=context, timeout=5)
        idle.request("GET", "/slow")
        silent = HTTPSConnection(where.hostname or "", where.port, context=context, timeout=5)
        silent.connect()
        time.sleep(0.1)
        started = time.monotonic()
    took = time.monotonic() - started
    idle.close()
    silent.close()

    assert set() == set(threading.enumerate()) - before
    assert took < 2


def test_a_stand_in_that_breaks_answers_500_and_says_so_in_the_journal(tmp_path: Path) -> None:
    """A defect of the lab must not look like a fault of the platform that a hunter rightly retries."""
    with serve(Echo(), tmp_path) as running:
        status, _, body = ask(running, "/broken")
        violations = running.journal.violations()

    assert (500, ("GET /broken: the stand-in broke: RuntimeError('on purpose')",)) == (status, violations)
    assert {"lab": "the stand-in broke: RuntimeError('on purpose')"} == body

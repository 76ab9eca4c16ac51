"""A small deployment for laws: one source over three months, driven by the real SDK or by plain HTTP."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from splunklib import binding, client

from lab.moments import burst, spread
from lab.serve.faults import Fault, Script
from lab.serve.server import Running, serve
from lab.splunk.app import SplunkLab
from lab.splunk.plant import plant
from lab.splunk.settings import HUNTER, TOKEN, SplunkSettings
from lab.splunk.store import Store

INDEX = "sysmon"
SOURCE = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"
FIELDS = {"host": "WS-1", "source": SOURCE, "sourcetype": "XmlWinEventLog", "EventCode": "1", "Image": "C:\\a.exe"}
OTHER = {**FIELDS, "host": "WS-2", "EventCode": "22", "QueryName": "a.example"}
ALL = f"search index={INDEX}"
JOBS = "/services/search/v2/jobs"


def at(text: str) -> int:
    """Return a moment's milliseconds; UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def epoch(text: str) -> float:
    return at(text) / 1000


@dataclass(slots=True)
class Clock:
    """Time by hand, so that no law depends on how busy the machine is."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True, slots=True)
class Deployed:
    lab: SplunkLab
    clock: Clock
    running: Running
    service: client.Service

    def http(self, method: str, path: str, headers: Mapping[str, str] | None = None, **said: Any) -> Any:
        """Ask as any HTTP client may, with a bearer token unless told otherwise; returns status, headers and JSON."""
        where = urlsplit(self.running.url)
        context = ssl.create_default_context(cafile=self.running.ca)
        connection = HTTPSConnection(where.hostname or "", where.port, context=context, timeout=20)
        given = urlencode({"output_mode": "json", **said}, doseq=True)
        shown = {"Authorization": f"Bearer {TOKEN.encoded}"} if headers is None else dict(headers)
        target, body = (path, given) if method == "POST" else (f"{path}?{given}", None)
        connection.request(method, target, body, shown)
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        return reply.status, dict(reply.getheaders()), json.loads(text) if text else None

    def job(self, search: str = ALL, **said: Any) -> client.Job:
        """Make a job by the SDK and let time pass until it is done."""
        made = self.service.jobs.create(search, **said)
        for _ in range(20):
            if made.is_done():
                return made
            self.clock.pass_by(0.5)
        raise TimeoutError(search)

    def rows(self, search: str = ALL, **said: Any) -> list[dict[str, Any]]:
        """Return the rows of a search, all of them up to 50,000."""
        return list(read(self.job(search, **said), count=0)["results"])


def read(job: client.Job, **said: Any) -> Any:
    """Return a page of a job's results as JSON."""
    return json.loads(job.results(output_mode="json", **said).read())


def content(job: client.Job) -> Any:
    """Return a job's properties as the SDK has them now: text."""
    return job.refresh().content


@contextmanager
def deployed(
    folder: Path, store: Store | None = None, settings: SplunkSettings | None = None, *faults: Fault
) -> Iterator[Deployed]:
    """Serve a store to an SDK that logged in by name and password; nothing may break the stand-in."""
    clock = Clock()
    lab = SplunkLab(store or small(), settings or SplunkSettings(), clock=clock)
    with serve(lab, folder, faults=Script(*faults)) as running:
        yield Deployed(lab, clock, running, connect(running, username=HUNTER.name, password=HUNTER.password))
        if violations := running.journal.violations():
            raise AssertionError("\n".join(violations))


def connect(running: Running, **said: Any) -> client.Service:
    """Connect by the SDK, with TLS verified against the lab's own CA."""
    where = urlsplit(running.url)
    context = ssl.create_default_context(cafile=running.ca)
    handler = binding.handler(timeout=20, verify=True, context=context)
    return client.connect(handler=handler, host=where.hostname, port=where.port, **said)


def small(per_month: int = 30) -> Store:
    """Return a store of three months, so many events each, evenly."""
    store = Store()
    store.add(INDEX, plant(spread(3 * per_month, at("2023-01-01"), at("2023-04-01")), FIELDS))
    return store


def crowd(count: int, moment: str = "2023-03-10T12:00:00") -> Store:
    """Return a store with so many events in one second."""
    store = Store()
    store.add(INDEX, plant(burst(count, at(moment)), FIELDS))
    return store

"""A small cluster for laws: one stream of processes over three months, driven by the real client or by plain HTTP."""

from __future__ import annotations

import json
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import elasticsearch
from elasticsearch import Elasticsearch

from lab.elastic.app import ElasticLab
from lab.elastic.contract import vendor_contract
from lab.elastic.documents import Document, Tier
from lab.elastic.mapping import mapping_of
from lab.elastic.plant import burst, plant, spread
from lab.elastic.settings import HUNTER, ElasticSettings, Key
from lab.elastic.store import Store
from lab.serve.faults import Fault, Script
from lab.serve.server import Running, serve

STREAM = "logs-made.process-default"
RUN = {"event.category": ["process"], "process.name": "a.exe", "host.name": "WS-1", "process.pid": 7}
OTHER = {"event.category": ["process"], "process.name": "b.exe", "host.name": "WS-2", "process.pid": 8}
MAPPING = mapping_of([RUN, OTHER])
ANY = "any where true"
VERSION = {8: "8.19.3", 9: "9.1.0"}[elasticsearch.__version__[0]]  # what the installed client speaks to


def at(text: str) -> int:
    """Return a moment's milliseconds; UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Cluster:
    lab: ElasticLab
    running: Running
    client: Elasticsearch

    def http(self, method: str, path: str, body: Any = None, *, key: Key = HUNTER, **headers: str) -> Any:
        """Ask as any HTTP client may; returns status, headers and JSON."""
        where = urlsplit(self.running.url)
        context = ssl.create_default_context(cafile=self.running.ca)
        connection = HTTPSConnection(where.hostname or "", where.port, context=context, timeout=20)
        said = {"Authorization": f"ApiKey {key.encoded}", "Content-Type": "application/json"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, None if body is None else json.dumps(body), said)
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        return reply.status, dict(reply.getheaders()), json.loads(text) if text else None

    def eql(self, text: str = ANY, target: str = STREAM, **said: Any) -> Any:
        """Search by plain HTTP; names of the query string start with `q_`, the others stand in the body."""
        query = {name[2:]: value for name, value in said.items() if name.startswith("q_")}
        body = {name: value for name, value in said.items() if not name.startswith("q_")}
        path = f"/{target}/_eql/search" + (f"?{urlencode(query)}" if query else "")
        return self.http("POST", path, {"query": text, **body})


@contextmanager
def cluster(
    folder: Path, store: Store | None = None, settings: ElasticSettings | None = None, *faults: Fault, key: Key = HUNTER
) -> Iterator[Cluster]:
    """Serve a store, held to the vendor's specification where that is at hand; no exchange may break it."""
    lab = ElasticLab(store or small(), settings or ElasticSettings(version=VERSION))
    with serve(lab, folder, faults=Script(*faults), contract=vendor_contract()) as running:
        client = Elasticsearch(running.url, ca_certs=str(running.ca), api_key=key.encoded, max_retries=0)
        with client, warnings.catch_warnings():
            yield Cluster(lab, running, client)
        if violations := running.journal.violations():
            raise AssertionError("\n".join(violations))


def small(per_month: int = 30) -> Store:
    """Return a store of three months, so many events each, evenly; the first is frozen, the second cold."""
    store = Store()
    tiers: dict[str, Tier] = {"2023-01": "frozen", "2023-02": "cold"}
    months = [("2023-01-01", "2023-02-01"), ("2023-02-01", "2023-03-01"), ("2023-03-01", "2023-04-01")]
    documents = [
        one
        for turn, (start, end) in enumerate(months)
        for one in plant(spread(per_month, at(start), at(end)), RUN, MAPPING, name=f"m{turn}", latency=0)
    ]
    store.add(STREAM, MAPPING, documents, tier=lambda month: tiers.get(month, "hot"))
    return store


def holding(*documents: Document) -> Store:
    """Return a store with one stream of documents."""
    store = Store()
    store.add(STREAM, MAPPING, documents)
    return store


def crowd(count: int, moment: str = "2023-03-10T12:00:00") -> Store:
    """Return a store with so many events in one millisecond."""
    return holding(*plant(burst(count, at(moment)), RUN, MAPPING, latency=0))


def ids(answer: Any) -> list[str]:
    return [event["_id"] for event in answer["hits"]["events"]]

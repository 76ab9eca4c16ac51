"""The Elasticsearch stand-in as a ground: asked over TLS by the real client, with the real defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from conformance.hunting.ground import Asked, Planted, Trouble
from huntline.model.window import Window
from huntline.ports import Hunter, Platform
from huntline_elastic.plugin import PLATFORM
from lab.elastic.app import ElasticLab
from lab.elastic.contract import vendor_contract
from lab.elastic.documents import Document, searchable
from lab.elastic.mapping import mapping_of
from lab.elastic.settings import HUNTER, ElasticSettings, Key, Remote
from lab.elastic.store import Store
from lab.serve.faults import Bend, Fault, Refusal, Script, Stall, When
from lab.serve.server import Running, serve

STREAM = "logs-endpoint.events.process-default"
KIND = {
    "event.module": "endpoint",
    "event.category": ["process"],
    "event.type": ["start"],
    "host.os.type": "windows",
    "process.executable": "C:\\Windows\\a.exe",
}
MAPPING = mapping_of([{**KIND, "host.name": "ws-1", "process.command_line": "x"}])
SEARCH = "_eql/search"
FAULTS: Mapping[Trouble, Fault] = {
    "busy": Fault(Refusal(429, wait=1), When(path=SEARCH, nth=1)),
    "late_answer": Fault(Stall(3), When(path=SEARCH, nth=1)),
    "partial": Fault(Bend("shard_failures"), When(path=SEARCH, times=None)),
    "revoked": Fault(Bend("revoked_key"), When(times=None)),
    "slow": Fault(Bend("slow", 1.2), When(path=SEARCH, times=None)),
    "forgotten": Fault(Bend("lost_search"), When(method="GET", path=SEARCH)),
    "away": Fault(Bend("skipped_cluster", name="eu"), When(times=None)),
}


@dataclass(slots=True)
class ElasticGround:
    lab: ElasticLab
    store: Store
    running: Running
    cluster: str  # where its data stands
    key: Key
    timeout: float = 2
    sources: Mapping[str, object] = field(default_factory=dict)
    lacks: Mapping[str, str] = field(default_factory=dict)
    platform: Platform = PLATFORM
    rows: int = 9

    @property
    def settings(self) -> dict[str, object]:
        known: dict[str, object] = {
            "url": self.running.url,
            "api_key": "env:HUNTER_KEY",
            "ca": str(self.running.ca),
            "timeout": self.timeout,
        }
        return (
            known
            | ({"clusters": [self.cluster]} if self.cluster else {})
            | ({"sources": self.sources} if self.sources else {})
        )

    def connect(self) -> Hunter:
        assert PLATFORM.hunter is not None
        return PLATFORM.hunter(self.settings, lambda _: self.key.encoded)

    def plant(self, events: Sequence[Planted]) -> None:
        """Add events to the stream; those that arrive after it was made go to its newest index."""
        made = [document(one) for one in events]
        if self.store.indices(self.cluster):
            self.store.ingest(STREAM, made, cluster=self.cluster)
        else:
            self.store.add(STREAM, MAPPING, made, cluster=self.cluster)

    def trouble(self, kind: Trouble) -> None:
        self.running.faults.add(FAULTS[kind])

    def asked(self) -> Sequence[Asked]:
        sent = [one for one in self.running.journal.entries() if one.method == "POST" and one.path.endswith(SEARCH)]
        return tuple(
            Asked(window_of(json.loads(one.body)), one.started) for one in sorted(sent, key=lambda e: e.started)
        )

    def requests(self) -> int:
        return len(self.running.journal.entries())

    def left(self) -> int:
        return len(self.lab.tasks.left())


@contextmanager
def elastic_ground(
    folder: Path, settings: ElasticSettings | None = None, *, cluster: str = "", key: Key = HUNTER
) -> Iterator[ElasticGround]:
    """Serve an empty cluster; no exchange may break the vendor's specification where that is at hand."""
    made = settings or ElasticSettings()
    if cluster:
        made = replace(made, remotes=(Remote(cluster),))
    store = Store()
    lab = ElasticLab(store, made)
    with serve(lab, folder, faults=Script(), contract=vendor_contract()) as running:
        yield ElasticGround(lab, store, running, cluster, key)
        assert () == running.journal.violations()


def document(one: Planted) -> Document:
    source = {**KIND, "host.name": one.host, **({"process.command_line": one.word} if one.word else {})}
    at = _millis(one.time)
    return Document(one.id, at, _millis(one.arrived) if one.arrived else at, source, searchable(source, MAPPING))


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def window_of(body: Mapping[str, object]) -> Window:
    """Read the window of a search from its body."""
    text = json.dumps(body["filter"])
    start, end = (re.search(rf'"{edge}": "([^"]+)"', text) for edge in ("gte", "lt"))
    assert start
    assert end
    return Window(_read(start[1]), _read(end[1]))


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)

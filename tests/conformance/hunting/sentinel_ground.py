"""The Sentinel stand-in as a ground: asked over TLS by the real clients, its one table kept long enough to be queried."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from conformance.hunting.ground import Asked, Planted, Trouble
from huntline.model.window import Window
from huntline.ports import Hunter, Platform
from huntline_sentinel.plugin import PLATFORM
from lab.kql.model import KqlType
from lab.sentinel.app import SentinelLab
from lab.sentinel.contract import vendor_contract
from lab.sentinel.settings import HUNTER, Application, SentinelSettings
from lab.sentinel.store import Keep, Store
from lab.serve.faults import Bend, Fault, Refusal, Script, When
from lab.serve.journal import Entry
from lab.serve.server import Running, serve

TABLE, SCOPE = "SecurityEvent", "security-event"
TYPES: Mapping[str, KqlType] = {"string": "string", "int": "int", "long": "long", "datetime": "datetime"}
KIND = {
    "EventID": 4688,
    "EventSourceName": "Microsoft-Windows-Security-Auditing",
    "NewProcessName": "C:\\Windows\\a.exe",
}
HITS = "HuntlineId"  # stands in every search for hits, and in no other query
MOMENT = re.compile(r"datetime\(([^)]+)\)")
FAULTS: Mapping[Trouble, Fault] = {
    "busy": Fault(Refusal(429, wait=1), When(says=HITS, nth=1)),
    "late_answer": Fault(Bend("timeout"), When(says=HITS, nth=1)),
    "partial": Fault(Bend("partial"), When(says=HITS, times=None)),
    "revoked": Fault(Bend("wrong_secret"), When(path="/token", times=None)),
}
ENDLESS = Keep("Analytics", interactive=4_000, total=4_000)


@dataclass(slots=True)
class SentinelGround:
    lab: SentinelLab
    running: Running
    keep: Keep
    who: Application
    more: dict[str, Any] = field(default_factory=dict)  # settings beside those of the connection
    lacks: Mapping[str, str] = field(
        default_factory=lambda: {"jobs": "a query has no id to be taken up by; search jobs have laws of their own"}
    )
    platform: Platform = PLATFORM
    rows: int = 9

    @property
    def settings(self) -> dict[str, object]:
        said = self.lab.settings
        return {
            "tenant": said.tenant,
            "client": self.who.id,
            "secret": "env:HUNTER_SECRET",
            "subscription": said.subscription,
            "resource_group": said.group,
            "workspace": said.name,
            "workspace_id": said.workspace,
            "authority": self.running.url,
            "management": self.running.url,
            "analytics": self.running.url,
            "audiences": {"management": "https://management.azure.com", "analytics": "https://api.loganalytics.io"},
            "ca": str(self.running.ca),
            **self.more,
        }

    def connect(self) -> Hunter:
        assert PLATFORM.hunter is not None
        return PLATFORM.hunter(self.settings, lambda _: self.who.secret)

    def plant(self, events: Sequence[Planted]) -> None:
        made = [_row(one) for one in events]
        if TABLE in self.lab.store.tables():
            self.lab.store.ingest(TABLE, made)
        else:
            self.lab.store.add(TABLE, columns_of(SCOPE), made, keep=self.keep)

    def trouble(self, kind: Trouble) -> None:
        self.running.faults.add(FAULTS[kind])

    def entries(self, says: str = "") -> list[Entry]:
        """Return what was sent with a text in it, in order."""
        return sorted((e for e in self.running.journal.entries() if says in e.body), key=lambda e: e.started)

    def asked(self) -> Sequence[Asked]:
        return tuple(
            Asked(window_of(one.body), one.started) for one in self.entries(HITS) if one.path.startswith("/v1/")
        )

    def requests(self) -> int:
        """Return how many calls were sent; to ask where the authority's addresses are is none."""
        return sum(".well-known" not in one.path for one in self.running.journal.entries())

    def left(self) -> int:
        return sum(name.endswith("_SRCH") for name in self.lab.store.tables())


@contextmanager
def sentinel_ground(
    folder: Path,
    settings: SentinelSettings | None = None,
    *,
    keep: Keep = ENDLESS,
    who: Application = HUNTER,
    more: Mapping[str, Any] | None = None,
) -> Iterator[SentinelGround]:
    """Serve an empty workspace; no exchange may break the vendor's specification where that is at hand."""
    made = settings or SentinelSettings(applications=(who,))
    lab = SentinelLab(Store(made), made)
    with serve(lab, folder, faults=Script(), contract=vendor_contract()) as running:
        yield SentinelGround(lab, running, keep, who, dict(more or {}))
        assert () == running.journal.violations()


def columns_of(scope: str) -> dict[str, KqlType]:
    """Return the stored columns of a scope, as its source says."""
    store = PLATFORM.compiler({}).bounds[scope].store  # type: ignore[attr-defined]  # of a platform with sources
    kept = {name: kind for name, kind in store.fields.items() if "*" not in name and not store.expression_of(name)}
    return {name: kind for name, kind in kept.items() if name != "TimeGenerated"}


def window_of(body: str) -> Window:
    """Read the window of a search from its query, else from its timespan."""
    sent = json.loads(body)
    found = MOMENT.findall(sent["query"]) or sent["timespan"].split("/")
    return Window(datetime.fromisoformat(found[0]), datetime.fromisoformat(found[1]))


def _row(one: Planted) -> dict[str, Any]:
    seen = one.arrived or one.time + timedelta(minutes=1)
    word = {"CommandLine": one.word} if one.word else {}
    times = {"TimeGenerated": one.time, "_TimeReceived": one.time + timedelta(minutes=1), "_IngestedAt": seen}
    return {**KIND, **word, **times, "Computer": one.host, "_ItemId": one.id}

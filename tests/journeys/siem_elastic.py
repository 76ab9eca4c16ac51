"""Elasticsearch as the journeys of a SIEM know it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.hunting.elastic_ground import KIND, MAPPING, STREAM, window_of
from huntline.model.window import Window
from journeys.siem import BEAT, DAYS, SMALL, Secret, Size, Strike, Truth, asks, window
from lab.elastic.app import ElasticLab
from lab.elastic.contract import vendor_contract
from lab.elastic.documents import Document
from lab.elastic.plant import plant
from lab.elastic.settings import ElasticSettings, Key, Remote
from lab.elastic.store import Store
from lab.serve.exchange import Request
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, Script, Skew, Stall, What, When
from lab.serve.journal import Entry
from lab.serve.server import Running, serve

SEARCH = "_eql/search"
GOOD = Key("planted", "planted-siem-secret-7e41")
WRONG = Key("planted", "planted-wrong-secret-03bd")
FULL = Size(cap=10_000, hits=10_000, flood=500_000, burst=12_000)


def secret_of(key: Key) -> Secret:
    return Secret(key.encoded, (key.encoded, key.secret))


RIGHT, OTHER = secret_of(GOOD), secret_of(WRONG)


@dataclass(frozen=True, slots=True)
class Elastic:
    """Fills `Siem`. `bad` tenants are let in nowhere, of `unseen` ones something is not seen."""

    name: str = "elastic"
    scope: str = "elastic-defend-process"
    search: str = SEARCH
    good: Secret = RIGHT
    wrong: Secret = OTHER
    full: Size = FULL
    small: Size = SMALL
    bad: tuple[str, ...] = ("wrong", "expired", "revoked", "proxy")
    unseen: tuple[str, ...] = ("eu", "short")

    @property
    def strikes(self) -> tuple[Strike, ...]:
        """Return every fault that hits a search and lets the hunt go on, each kind at a window of its own."""
        return (
            Strike(0, (_at(0, Refusal(429)),)),
            Strike(1, (_at(1, Refusal(429, wait=1)),)),
            Strike(2, (_at(2, Refusal(429, wait=2, as_date=True)),)),
            Strike(4, (_at(4, Refusal(500)),), "error"),
            Strike(6, (_at(6, Refusal(502)),)),
            Strike(8, (_at(8, Refusal(503)),)),
            Strike(10, (_at(10, Refusal(504)),)),
            Strike(12, (_at(12, Cut("before")),)),
            Strike(14, (_at(14, Cut("middle")),)),
            Strike(16, (_at(16, Cut("after")),)),
            Strike(20, (_at(20, Stall(3)),)),
            Strike(22, (_at(22, Bend("slow", 1.5)),)),
            Strike(24, (_at(24, Bend("capped", 4)),)),
            Strike(26, (_at(26, Bend("is_partial"), times=None),), "partial"),
            Strike(28, (_at(28, Blank()),)),
            Strike(30, (_at(30, Bend("timed_out")),)),
            Strike(32, (_at(32, Bend("shard_failures"), times=None),), "partial"),
            Strike(34, (_at(34, Bend("slow", 1.5)), Fault(Bend("lost_search"), When(method="GET", path=SEARCH)))),
            Strike(36, (_at(36, Refusal(429, "circuit_breaker_permanent")),)),
            Strike(38, (_at(38, Refusal(403)),), "denied"),
            Strike(40, (_at(40, Bend("warning", name="old"), times=None),)),
        )

    def store(self, told: Truth, *, days: int = DAYS) -> Store:
        store = Store()
        planted = [one for word, moments in told.planted.items() for one in _events(word, moments)]
        store.add(STREAM, MAPPING, [*_events(BEAT, told.beat(days)), *planted])
        return store

    @contextmanager
    def serve(
        self,
        folder: Path,
        store: Store,
        *,
        cap: int | None = None,
        faults: Sequence[Fault] = (),
        trouble: str = "",
        latency: Callable[[Request], float] = lambda _: 0.0,
        checked: bool = True,
        tenants: int = 1,  # noqa: ARG002 (it limits nobody)
    ) -> Iterator[Running]:
        folder.mkdir(parents=True, exist_ok=True)
        script = Script(*faults, *TROUBLES.get(trouble, ()))
        contract = vendor_contract() if checked else None
        lab = ElasticLab(store, _settings(trouble, cap or 10_000))
        with serve(lab, folder, faults=script, contract=contract, latency=latency) as running:
            yield running
            assert () == running.journal.violations()

    def settings(self, running: Running, secret: str) -> dict[str, Any]:
        return {"url": running.url, "ca": str(running.ca), "api_key": secret}

    def asked(self, entries: Sequence[Entry]) -> list[tuple[Window, Entry]]:
        sent = [one for one in entries if one.method == "POST" and one.path.endswith(SEARCH)]
        return [(window_of(json.loads(one.body)), one) for one in sorted(sent, key=lambda one: one.started)]

    def event(self, hit: Mapping[str, Any]) -> str:
        return str(hit["event"].split("/")[1])

    def searching(self, entry: Entry) -> bool:
        return SEARCH in entry.path

    def calls(self, entries: Sequence[Entry]) -> list[str]:
        return [asks(one) for one in entries]

    @property
    def repeats(self) -> str:
        return f"ApiKey {self.good.text}"


TROUBLES: Mapping[str, tuple[Fault, ...]] = {
    "revoked": (Fault(Bend("revoked_key"), When(path=SEARCH, nth=15, times=None)),),
    "proxy": (Fault(Bend("not_elastic"), When(times=None)),),
    "eu": (Fault(Bend("skipped_cluster", name="eu"), When(times=None)),),
    "skew": (Fault(Skew(3_600), When(times=None)),),
    "short": (Fault(Bend("terminated_early"), When(path="/_search", times=None)),),
}


def _settings(trouble: str, cap: int) -> ElasticSettings:
    whole = ElasticSettings(keys=(GOOD,), max_result_window=cap)
    if trouble == "expired":
        return replace(whole, keys=(replace(GOOD, expires=datetime(2023, 1, 1, tzinfo=UTC)),))
    return replace(whole, remotes=(Remote("eu"),)) if trouble == "eu" else whole


def _events(word: str, moments: Sequence[int]) -> tuple[Document, ...]:
    fields = {**KIND, "host.name": "ws-1", "process.command_line": f"run {word}"}
    return plant(moments, fields, MAPPING, name=word)


def _at(number: int, what: What, *, times: int | None = 1) -> Fault:
    """Hit the searches that begin where a window begins."""
    start = f"{window(number).start:%Y-%m-%dT%H:%M:%S}.000Z"
    return Fault(what, When(path=SEARCH, says=f'"gte":"{start}"', times=times))

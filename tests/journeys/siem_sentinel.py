"""A workspace whose table is kept for as long as anybody wants, as the journeys of a SIEM know it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.hunting.sentinel_ground import ENDLESS, HITS, KIND, SCOPE, TABLE, columns_of, window_of
from huntline.model.window import Window
from journeys.siem import BEAT, DAYS, Secret, Size, Strike, Truth, asks, window
from lab.office import workspace
from lab.sentinel.app import SentinelLab
from lab.sentinel.contract import vendor_contract
from lab.sentinel.plant import plant
from lab.sentinel.settings import Application, SentinelSettings
from lab.sentinel.store import Store
from lab.serve.exchange import Request
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, Script, Skew, Stall, What, When
from lab.serve.journal import Entry
from lab.serve.server import Running, serve

SEARCH = "/query$"
APP = Application("3c5d0f7e-bbbb-4ccc-8ddd-0123456789ab", "planted-siem-secret-7e41")
RIGHT = Secret(APP.secret, (APP.secret,))
OTHER = Secret("planted-wrong-secret-03bd", ("planted-wrong-secret-03bd",))
SMALL = Size(
    cap=2_000, hits=1_000, flood=5_000, burst=120, few=(0, 1)
)  # more rows than days: they are counted in one answer
FULL = Size(cap=500_000, hits=10_000, flood=500_000, burst=60_000, few=(0, 1))
SAID = SentinelSettings()


@dataclass(frozen=True, slots=True)
class Sentinel:
    """Fills `Siem`. `bad` tenants are let in nowhere, of `unseen` ones something is not seen."""

    name: str = "sentinel"
    scope: str = SCOPE
    search: str = SEARCH
    good: Secret = RIGHT
    wrong: Secret = OTHER
    full: Size = FULL
    small: Size = SMALL
    bad: tuple[str, ...] = ("wrong", "expired", "revoked")
    unseen: tuple[str, ...] = ("short",)
    repeats: str = ""  # a token is not kept

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
            Strike(18, (_at(18, Stall(3)),)),
            Strike(20, (_at(20, Bend("slow", 1.5)),)),
            Strike(22, (_at(22, Bend("timeout")),)),
            Strike(24, (_at(24, Bend("capped", 4)),)),
            Strike(26, (_at(26, Bend("partial"), times=None),), "partial"),
            Strike(28, (_at(28, Blank()),)),
            Strike(30, (_at(30, Bend("partial_without_table"), times=None),), "partial"),
            Strike(32, (_at(32, Bend("empty")),)),
            Strike(34, (_at(34, Bend("no_content")),)),
            Strike(36, (_at(36, Bend("queue_full", 1)),)),
            Strike(38, (_at(38, Refusal(403)),), "denied"),
            Strike(40, (_at(40, Refusal(502, "proxy")),)),
        )

    def store(self, told: Truth, *, days: int = DAYS) -> Store:
        store = Store(SAID)
        store.add(TABLE, columns_of(SCOPE), (), keep=ENDLESS)
        for word, moments in {BEAT: told.beat(days), **told.planted}.items():
            fields = {**KIND, "Computer": "ws-1", "CommandLine": f"run {word}"}
            plant(store, TABLE, (datetime.fromtimestamp(at / 1000, UTC) for at in moments), fields, name=word)
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
        tenants: int = 1,
    ) -> Iterator[Running]:
        folder.mkdir(parents=True, exist_ok=True)
        lab = SentinelLab(store, _settings(trouble, cap or SAID.rows, tenants))
        script = Script(*faults, *TROUBLES.get(trouble, ()))
        contract = vendor_contract() if checked else None
        with serve(lab, folder, faults=script, contract=contract, latency=latency) as running:
            yield running
            assert () == running.journal.violations()

    def settings(self, running: Running, secret: str) -> dict[str, Any]:
        return {**workspace(SAID, running), "client": APP.id, "secret": secret}

    def asked(self, entries: Sequence[Entry]) -> list[tuple[Window, Entry]]:
        sent = sorted(filter(self.searching, entries), key=lambda one: one.started)
        return [(window_of(one.body), one) for one in sent]

    def event(self, hit: Mapping[str, Any]) -> str:
        return str(hit["event"])

    def searching(self, entry: Entry) -> bool:
        return entry.path.startswith("/v1/") and HITS in entry.body

    def calls(self, entries: Sequence[Entry]) -> list[str]:
        return [asks(one) for one in entries]


TROUBLES: Mapping[str, tuple[Fault, ...]] = {
    "revoked": (Fault(Bend("revoked"), When(path=SEARCH, says=HITS, nth=15, times=None)),),
    "skew": (Fault(Skew(3_600), When(times=None)),),
    "short": (Fault(Bend("partial"), When(path=SEARCH, says="| summarize", times=None)),),
}


def _settings(trouble: str, cap: int, tenants: int) -> SentinelSettings:
    return replace(
        SAID,
        applications=(replace(APP, expired=trouble == "expired"),),
        rows=cap,
        running=SAID.running * tenants,
        queued=SAID.queued * tenants,
        a_window=SAID.a_window * tenants,
        reads=SAID.reads * tenants,
        writes=SAID.writes * tenants,
    )


def _at(number: int, what: What, *, times: int | None = 1) -> Fault:
    """Hit the searches of a whole window: a count is never of that time."""
    start, end = (f"datetime({edge:%Y-%m-%dT%H:%M:%S.%f}Z)" for edge in (window(number).start, window(number).end))
    return Fault(what, When(path=SEARCH, says=f"{start} and TimeGenerated < {end}", times=times))

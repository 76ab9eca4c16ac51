"""Splunk as the journeys of a SIEM know it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.hunting.splunk_ground import HUNTED, INDEX, JOBS, KIND, searches_of
from huntline.model.window import Window
from journeys.siem import BEAT, DAYS, SMALL, Secret, Size, Strike, Truth, asks, window
from lab.serve.exchange import Request
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, Script, Skew, Stall, What, When
from lab.serve.journal import Entry
from lab.serve.server import Running, serve
from lab.splunk.app import SplunkLab
from lab.splunk.events import Made
from lab.splunk.plant import plant
from lab.splunk.settings import HUNTER, Role, SplunkSettings, Token, User
from lab.splunk.store import Store

GOOD = Token("planted", "planted-siem-secret-7e41", HUNTER.name)
WRONG = Token("planted", "planted-wrong-secret-03bd", HUNTER.name)
NAMED = re.compile(r"huntline_\w+")  # a job's id
READ = "/results$"
LOOKED = "jobs/huntline_[a-z0-9]{40}$"
RIGHT = Secret(GOOD.encoded, (GOOD.encoded, GOOD.secret))
OTHER = Secret(WRONG.encoded, (WRONG.encoded, WRONG.secret))
FULL = Size(cap=50_000, hits=10_000, flood=500_000, burst=60_000, few=(0, 99, 100, 101))


@dataclass(frozen=True, slots=True)
class Splunk:
    """Fills `Siem`. `bad` tenants are let in nowhere, of `unseen` ones something is not seen."""

    name: str = "splunk"
    scope: str = "sysmon"
    search: str = JOBS
    good: Secret = RIGHT
    wrong: Secret = OTHER
    full: Size = FULL
    small: Size = SMALL
    bad: tuple[str, ...] = ("wrong", "expired", "revoked")
    unseen: tuple[str, ...] = ("down", "short")

    @property
    def strikes(self) -> tuple[Strike, ...]:
        """Return every fault that hits a search and lets the hunt go on, each kind at a window of its own."""
        return (
            Strike(0, (_at(0, Refusal(503)),)),
            Strike(1, (_at(1, Refusal(503, wait=1)),)),
            Strike(2, (_at(2, Refusal(429, wait=2, as_date=True)),)),
            Strike(4, (_at(4, Refusal(500)),), "error"),
            Strike(6, (_at(6, Refusal(502)),)),
            Strike(8, (_at(8, Refusal(504)),)),
            Strike(10, (_at(10, Cut("before")),)),
            Strike(12, (_at(12, Cut("middle")),)),
            Strike(14, (_at(14, Cut("after")),)),
            Strike(16, (_at(16, Stall(3)),)),
            Strike(20, (_at(20, Bend("slow", 1.5)),)),
            Strike(22, (_at(22, Bend("queued", 1.5)),)),
            Strike(24, (_at(24, Bend("capped", 4)),), "partial"),
            Strike(26, (_at(26, Bend("peer_lost"), times=None),), "partial"),
            Strike(28, (_at(28, Blank()),)),
            Strike(30, (_at(30, Bend("auto_finalized", name="time")),)),
            Strike(32, (_at(32, Bend("several_messages"), times=None),), "partial"),
            Strike(34, (_at(34, Bend("slow", 1.5)), Fault(Bend("lost_job"), When(method="GET", path=LOOKED)))),
            Strike(36, (_at(36, Bend("zombie")),), "partial"),
            Strike(38, (_at(38, Refusal(403)),), "denied"),
            Strike(40, (_at(40, Bend("failed")),), "partial"),
            Strike(42, (Fault(Bend("short_page", 2), When(path=READ, nth=40)),)),
            Strike(44, (Fault(Bend("preview"), When(path=READ, nth=50)),)),
        )

    def store(self, told: Truth, *, days: int = DAYS) -> Store:
        store = Store()
        planted = [one for word, moments in told.planted.items() for one in _events(word, moments)]
        store.add(INDEX, [*_events(BEAT, told.beat(days)), *planted])
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
        checked: bool = True,  # noqa: ARG002 (no vendor specifies splunkd)
        tenants: int = 1,
    ) -> Iterator[Running]:
        """`cap` is how many rows an answer has at most."""
        folder.mkdir(parents=True, exist_ok=True)
        lab = SplunkLab(store, _settings(trouble, cap or 50_000, tenants))
        script = Script(*faults, *TROUBLES.get(trouble, ()))
        with serve(lab, folder, faults=script, latency=latency) as running:
            yield running
            assert () == running.journal.violations()
            assert [] == [sid for sid in lab.jobs.left() if not sid.startswith("huntline_table_")]

    def settings(self, running: Running, secret: str) -> dict[str, Any]:
        return {"url": running.url, "ca": str(running.ca), "token": secret}

    def asked(self, entries: Sequence[Entry]) -> list[tuple[Window, Entry]]:
        return searches_of(entries)

    def event(self, hit: Mapping[str, Any]) -> str:
        return str(hit["raw"].replace(" n=", "-"))

    def searching(self, entry: Entry) -> bool:
        return HUNTED.search(f"{entry.path} {entry.body}") is not None

    def calls(self, entries: Sequence[Entry]) -> list[str]:
        """A job goes by what it searches: ids are of one run."""
        jobs = {of[0]: f"job of {NAMED.sub('', one.body)}" for one in entries if (of := NAMED.search(one.body))}
        return [NAMED.sub(lambda named: jobs.get(named[0], named[0]), asks(one)) for one in entries]

    @property
    def repeats(self) -> str:
        return ""  # a job has its id


TROUBLES: Mapping[str, tuple[Fault, ...]] = {
    "revoked": (Fault(Bend("revoked"), When(path=JOBS, says="&max_count=50000&", nth=15, times=None)),),
    "down": (Fault(Bend("peer_lost"), When(path=JOBS, times=None)),),
    "skew": (Fault(Skew(3_600), When(times=None)),),
    "short": (Fault(Bend("several_messages"), When(path=JOBS, says="tstats", times=None)),),
}


def _settings(trouble: str, cap: int, tenants: int) -> SplunkSettings:
    role = Role(disk_megabytes=10_000, jobs=Role().jobs * tenants)
    token = replace(GOOD, expires=datetime(2023, 1, 1, tzinfo=UTC)) if trouble == "expired" else GOOD
    return SplunkSettings(users=(User(HUNTER.name, HUNTER.password, role),), tokens=(token,), page_rows=cap)


def _events(word: str, moments: Sequence[int]) -> Iterator[Made]:
    fields = {**KIND, "host": "ws-1", "Computer": "ws-1", "CommandLine": f"run {word}"}
    return plant(moments, fields, raw=word)


def _at(number: int, what: What, *, times: int | None = 1) -> Fault:
    """Hit the searches of a whole window: a count is never of that time."""
    start, end = (int(edge.timestamp()) for edge in (window(number).start, window(number).end))
    return Fault(what, When(path=JOBS, says=f"&earliest_time={start}&latest_time={end}&", times=times))

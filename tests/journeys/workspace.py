"""A workspace with planted truth, hunted by the real command over TLS: recent, archived, Basic and expired data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from conformance.hunting.sentinel_ground import HITS, KIND, columns_of, window_of
from huntline.model.window import Window
from journeys.siem import SINCE, Office, Secret
from journeys.siem_sentinel import SAID
from lab.office import workspace
from lab.sentinel.app import SentinelLab
from lab.sentinel.contract import vendor_contract
from lab.sentinel.plant import plant, spread
from lab.sentinel.roles import CONTRIBUTOR
from lab.sentinel.settings import Application, SentinelSettings
from lab.sentinel.store import Keep, Store
from lab.serve.exchange import Request
from lab.serve.faults import Script
from lab.serve.journal import Entry
from lab.serve.server import Running, serve

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
UNTIL = NOW.replace(hour=0, minute=0, second=0, microsecond=0)  # retention is of today, so what is wanted is, too
TO = ("--until", f"{UNTIL:%Y-%m-%d}")
PAYER = Application("9d1c7a44-aaaa-4bbb-8ccc-0123456789ab", "planted-workspace-secret-51fe", role=CONTRIBUTOR)
SECURITY, SYSMON = "SecurityEvent", "Event"
SCOPES: Mapping[str, str] = {SECURITY: "security-event", SYSMON: "sysmon-event"}
KEEPS: Mapping[str, Keep] = {
    SECURITY: Keep("Analytics", interactive=730, total=1_100),  # recent, archived and expired
    SYSMON: Keep("Basic", 30, 1_600),  # recent for thirty days, then archived
}
WORDS = ("alpha", "bravo", "charlie", "delta")  # each has every fourth day
PAY = ("--allow-search-jobs", "--budget-gb", "1000")


GOOD = Secret(PAYER.secret, (PAYER.secret,))
WRONG = Secret("wrong-workspace-secret-88f0", ("wrong-workspace-secret-88f0",))


@dataclass(frozen=True, slots=True)
class Workspace:
    """Fills `Guarded`."""

    said: SentinelSettings = SAID
    name: str = "sentinel"
    good: Secret = GOOD
    wrong: Secret = WRONG

    def settings(self, running: Running, secret: str) -> dict[str, Any]:
        return {**workspace(self.said, running), "client": PAYER.id, "secret": secret, "jobs": {"poll": 0.05}}


@dataclass(frozen=True, slots=True)
class Served:
    lab: SentinelLab
    running: Running

    def searches(self, entries: tuple[Entry, ...]) -> list[tuple[Window, Entry]]:
        """Return the searches for hits, in the order they were sent."""
        sent = [one for one in entries if one.path.startswith("/v1/") and HITS in one.body]
        return [(window_of(one.body), one) for one in sorted(sent, key=lambda one: one.started)]


def events_of(table: str, word: str) -> dict[str, Any]:
    """Return the fields of a process start whose command line says a word."""
    if table == SECURITY:
        return {**KIND, "Computer": "ws-1", "CommandLine": f"run {word}"}
    data = f'<Data Name="Image">C:\\a.exe</Data><Data Name="CommandLine">run {word}</Data>'
    return {"Source": "Microsoft-Windows-Sysmon", "EventID": 1, "Computer": "ws-1", "EventData": data}


def moments(hits: int) -> dict[str, list[datetime]]:
    """Return the moments of hits by word, evenly over all that is wanted."""
    found: dict[str, list[datetime]] = {word: [] for word in WORDS}
    for at in spread(hits, SINCE, UNTIL):
        found[WORDS[(at - SINCE) // DAY % len(WORDS)]].append(at)
    return found


def filled(settings: SentinelSettings, hits: int) -> Store:
    """Return a store of both tables: hits, and a harmless event at noon of every day until now."""
    store = Store(settings)
    noons = [SINCE + n * DAY + DAY / 2 for n in range((NOW - SINCE) // DAY)]
    for table, keep in KEEPS.items():
        store.add(table, columns_of(SCOPES[table]), (), keep=keep)
        plant(store, table, noons, events_of(table, "harmless"), name=f"{table}-noon")
        for word, times in moments(hits).items():
            plant(store, table, times, events_of(table, word), name=f"{table}-{word}")
    return store


@contextmanager
def served(
    folder: Path, hits: int, *, latency: Callable[[Request], float] = lambda _: 0.0, **settings: Any
) -> Iterator[Served]:
    """Serve a workspace whose search jobs take a few looks; every exchange is held to the vendor's specification."""
    made = replace(SentinelSettings(applications=(PAYER,), job_looks=6), **settings)
    lab = SentinelLab(filled(made, hits), made)
    folder.mkdir(parents=True, exist_ok=True)
    with serve(lab, folder, faults=Script(), contract=vendor_contract(), latency=latency) as running:
        yield Served(lab, running)
        assert () == running.journal.violations()


def office(folder: Path, running: Running, *, parallel: int = 2, **more: Any) -> Office:
    """Return a folder with rules for the words and the workspace as its one tenant."""
    folder.mkdir(parents=True)
    made = Office(folder, Workspace())
    made.rules(*WORDS)
    made.tenant("acme", running, parallel=parallel, **{"timeout": 600, **more})
    return made


def reachable(table: str, *, paying: bool) -> Window:
    """Return the time of a table that a hunt can see; parts begin at the midnight after retention ends."""
    keep = KEEPS[table]
    days = keep.total if paying else keep.interactive
    edge = (NOW - days * DAY).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    return Window(max(SINCE, edge), UNTIL)


def expected(hits: int, *, paying: bool) -> Counter[str]:
    """Return the ids of the hits that a hunt can see."""
    found: Counter[str] = Counter()
    for table in KEEPS:
        span = reachable(table, paying=paying)
        for word, times in moments(hits).items():
            found.update(f"{table}-{word}-{n}" for n, at in enumerate(times) if span.start <= at < span.end)
    return found


def had(case: Mapping[str, Any]) -> Counter[str]:
    return Counter(hit["event"] for hit in case["hits"])


def standing(case: Mapping[str, Any], table: str, word: str) -> dict[date, tuple[str, str]]:
    """Return a detection's verdict and its reason on each day of a table."""
    (told,) = [one["id"] for one in case["detections"] if one["title"] == f"Word {word}"]
    cells = [one for one in case["verdicts"] if (one["detection"], one["scope"]) == (told, SCOPES[table])]
    return {
        date.fromisoformat(cell["first"]) + n * DAY: (cell["verdict"], cell["why"])
        for cell in cells
        if cell["first"]
        for n in range((date.fromisoformat(cell["last"]) - date.fromisoformat(cell["first"])).days + 1)
    }

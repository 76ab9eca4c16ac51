"""A SIEM with planted truth, hunted by the real command over TLS: what is planted, who is asked, what may leak."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from conformance.hunting.elastic_ground import KIND, MAPPING, STREAM
from huntline.model.window import Window
from journeys.cli import Ended, clean_env, command
from journeys.warm import Warm
from lab.elastic.app import ElasticLab
from lab.elastic.contract import vendor_contract
from lab.elastic.documents import Document
from lab.elastic.plant import burst, plant, spread
from lab.elastic.settings import ElasticSettings, Key
from lab.elastic.store import Store
from lab.serve.exchange import Request
from lab.serve.faults import Fault, Script
from lab.serve.journal import Entry
from lab.serve.server import Running, serve

SINCE, UNTIL = datetime(2022, 12, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
DAYS = (UNTIL - SINCE).days
STEP = timedelta(days=31)  # the windows a hunt begins with
MILLISECOND = timedelta(milliseconds=1)
WORDS = ("alpha", "bravo", "charlie", "delta")  # each has every fourth day, so that all have days without hits
CROWD = "crowd"
SEARCH = "_eql/search"
SCOPE = "elastic-defend-process"
GOOD = Key("planted", "planted-siem-secret-7e41")
WRONG = Key("planted", "planted-wrong-secret-03bd")
RULE = """title: Word {word}
id: {number:08d}-1111-4111-8111-111111111111
logsource: {{category: process_creation, product: windows}}
detection: {{selection: {{CommandLine|contains: {word}}}, condition: selection}}
level: high
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the truth is; `cap` is what a search gives back at most."""

    cap: int
    hits: int
    flood: int
    burst: int

    @property
    def crowds(self) -> dict[int, int]:
        """Return how many events of the crowd stand in which window."""
        few = (0, 9, 10, 11, self.cap - 1, self.cap, self.cap + 1)
        return {2 * turn + 3: count for turn, count in enumerate(few)}

    @property
    def bare(self) -> frozenset[int]:
        """Return the windows where nothing but the crowd is planted, so that its number is the window's."""
        return frozenset((*self.crowds, BURST))


FLOOD, BURST = 17, 19  # windows
SMALL = Size(cap=100, hits=1_000, flood=5_000, burst=120)
FULL = Size(cap=10_000, hits=10_000, flood=500_000, burst=12_000)


def window(number: int) -> Window:
    """Return one of the windows a hunt from SINCE to UNTIL begins with."""
    start = SINCE + number * STEP
    return Window(start, min(start + STEP, UNTIL))


def millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is planted: events by word, and the days on which nothing at all is stored."""

    planted: dict[str, tuple[Document, ...]]
    empty: frozenset[date] = frozenset()

    def days(self, word: str) -> frozenset[date]:
        return frozenset(datetime.fromtimestamp(one.at // 1000, UTC).date() for one in self.planted.get(word, ()))

    def ids(self, *without: Window) -> Counter[str]:
        """Return the ids of all events of a word, but those in some windows."""
        spans = [(millis(one.start), millis(one.end)) for one in without]
        named = (one for events in self.planted.values() for one in events)
        return Counter(one.id for one in named if not any(start <= one.at < end for start, end in spans))


def truth(size: Size) -> Truth:
    """Plant hits evenly over the days, crowds in windows of their own, and leave a week of a window empty."""
    open_windows = [number for number in range(-(-DAYS // STEP.days)) if number not in size.bare]
    moments = list(_evenly(size.hits, [window(number) for number in open_windows]))
    found = {
        word: _events(word, [at for at in moments if (at - millis(SINCE)) // 86_400_000 % len(WORDS) == turn])
        for turn, word in enumerate(WORDS)
    }
    crowd = [at for number, count in size.crowds.items() for at in spread(count, *_edges(window(number)))]
    crowd += spread(size.flood, *_edges(window(FLOOD)))
    crowd += burst(size.burst, millis(window(BURST).start + timedelta(days=3, hours=5)))
    quiet = window(min(size.crowds)).start  # the window without an event
    empty = frozenset((quiet + timedelta(days=day)).date() for day in range(7))
    return Truth({**found, CROWD: _events(CROWD, crowd)}, empty)


def small_truth(days: int, hits: int) -> Truth:
    """Plant a few hits evenly over the first days."""
    return Truth({WORDS[0]: _events(WORDS[0], spread(hits, *_edges(Window(SINCE, SINCE + timedelta(days=days)))))})


def _evenly(count: int, windows: Sequence[Window]) -> Iterator[int]:
    for turn, one in enumerate(windows):
        here = count * (turn + 1) // len(windows) - count * turn // len(windows)
        yield from spread(here, *_edges(one))


def _edges(one: Window) -> tuple[int, int]:
    return millis(one.start), millis(one.end)


def _events(word: str, moments: Sequence[int] | Iterator[int]) -> tuple[Document, ...]:
    fields = {**KIND, "host.name": "ws-1", "process.command_line": f"run {word}"}
    return plant(moments, fields, MAPPING, name=word)


def stored(told: Truth, *, days: int = DAYS) -> Store:
    """Store what is planted, and a harmless event for every day that is not empty."""
    kept = [day for day in range(days) if (SINCE + timedelta(days=day)).date() not in told.empty]
    beat = _events("harmless", [millis(SINCE + timedelta(days=day, hours=12)) for day in kept])
    store = Store()
    store.add(STREAM, MAPPING, [*beat, *(one for events in told.planted.values() for one in events)])
    return store


@contextmanager
def siem(
    folder: Path,
    store: Store,
    *,
    cap: int = 10_000,
    faults: Sequence[Fault] = (),
    settings: ElasticSettings | None = None,
    latency: Callable[[Request], float] = lambda _: 0.0,
    checked: bool = True,
) -> Iterator[Running]:
    """Serve a store as Elasticsearch; with `checked` every exchange is held to the vendor's specification."""
    made = settings or ElasticSettings(keys=(GOOD,), max_result_window=cap)
    folder.mkdir(parents=True, exist_ok=True)
    contract = vendor_contract() if checked else None
    with serve(ElasticLab(store, made), folder, faults=Script(*faults), contract=contract, latency=latency) as running:
        yield running
        assert () == running.journal.violations()


@dataclass(slots=True)
class Office:
    """A folder with a pack, a key and a tenants file, where the command is run.

    `keys` are those that must not leak. `warm` runs commands at less cost, and nobody looks at the processes then.
    """

    folder: Path
    tenants: list[dict[str, Any]] = field(default_factory=list)
    rings: list[str] = field(default_factory=list)
    keys: tuple[Key, ...] = (GOOD, WRONG)
    warm: Warm | None = None
    ends: list[Ended] = field(default_factory=list)
    processes: set[str] = field(default_factory=set)
    peak: float = 0  # MiB, of the last command

    def tenant(self, name: str, running: Running, *, key: Key = GOOD, parallel: int = 2, **settings: Any) -> None:
        """Add a tenant; its key is in a file of its own."""
        secret = self.secret(name, key)
        asked = {"url": running.url, "ca": str(running.ca), "api_key": secret, "timeout": 2, **settings}
        made = {"name": name, "platform": "elastic", "settings": asked, "limits": {"parallel": parallel}}
        self.tenants.append(made)
        self.save()

    def secret(self, name: str, key: Key) -> str:
        """Write a key into a file, and return the reference to it."""
        path = self.folder / f"{name}.key"
        path.write_text(f"{key.encoded}\n", encoding="utf-8")
        path.chmod(0o600)
        return f"file:{path.name}"

    def save(self) -> None:
        """Write the tenants file."""
        whole = {"rings": self.rings, "customers": [{"name": "Acme", "tenants": self.tenants}]}
        (self.folder / "tenants.yml").write_text(json.dumps(whole, indent=1), encoding="utf-8")

    def rules(self, *words: str) -> None:
        """Write a pack of detections of words."""
        pack = self.folder / "rules"
        pack.mkdir(exist_ok=True)
        for number, word in enumerate(words):
            (pack / f"{word}.yml").write_text(RULE.format(word=word, number=number), encoding="utf-8")

    def run(self, *words: str | Path) -> Ended:
        """Run the command to its end, and look at the list of processes meanwhile."""
        if self.warm:
            self.ends.append(self.warm.run(*words, cwd=self.folder))
            return self.ends[-1]
        running = self.begin(*words)
        watcher = threading.Thread(target=self._watch, args=(running,))
        watcher.start()
        out, err = running.communicate()
        watcher.join()
        self.ends.append(Ended(running.returncode, out, err))
        return self.ends[-1]

    def begin(self, *words: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(*words),
            cwd=self.folder,
            env=clean_env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hunt(self, *more: str) -> Ended:
        return self.run(*self.hunting(*more))

    def hunting(self, *more: str) -> tuple[str, ...]:
        return ("hunt", "--pack", "rules", "--until", f"{UNTIL:%Y-%m-%d}", *more)

    def report(self) -> dict[str, Any]:
        """Write the report and return its one case."""
        ended = self.run("report", "--out", "report")
        assert 0 == ended.code, ended.err
        (case,) = json.loads((self.folder / "report" / "report.json").read_text(encoding="utf-8"))["cases"]
        told: dict[str, Any] = case
        return told

    def _watch(self, running: subprocess.Popen[str]) -> None:
        self.peak, turn = 0, 0
        watched = psutil.Process(running.pid)
        while running.poll() is None:
            with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                self.peak = max(self.peak, watched.memory_info().rss / 2**20)
            if turn % 10 == 0:
                listed = psutil.process_iter(["cmdline"])
                self.processes |= {" ".join(process.info["cmdline"] or ()) for process in listed}
            turn += 1
            time.sleep(0.1)

    def leaks(self) -> list[str]:
        """Return where a planted key stands, whole or in part: files, terminals, the list of processes."""
        texts = {str(path.relative_to(self.folder)): path.read_bytes() for path in _files(self.folder)}
        texts |= {f"terminal {turn}": (end.out + end.err).encode() for turn, end in enumerate(self.ends)}
        texts["processes"] = "\n".join(self.processes).encode()
        planted = [text.encode() for key in self.keys for text in (key.encoded, key.secret)]
        return [
            name for name, text in texts.items() if not name.endswith(".key") and any(one in text for one in planted)
        ]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def asked_of(entries: Sequence[Entry]) -> list[tuple[Window, Entry]]:
    """Return the searches of a journal with their windows, in the order they were sent."""
    sent = [one for one in entries if one.method == "POST" and one.path.endswith(SEARCH)]
    return [(_window(one.body), one) for one in sorted(sent, key=lambda one: one.started)]


def _window(body: str) -> Window:
    asked = json.loads(body)["filter"]
    span = (asked["range"] if "range" in asked else asked["bool"]["filter"][0]["range"])["@timestamp"]
    return Window(datetime.fromisoformat(span["gte"]), datetime.fromisoformat(span["lt"]))


def found(case: dict[str, Any], tenant: str) -> Counter[str]:
    """Return how often each document is among a tenant's hits."""
    return Counter(hit["event"].split("/")[1] for hit in case["hits"] if hit["tenant"] == tenant)


def verdicts(case: dict[str, Any], tenant: str, word: str) -> dict[date, tuple[str, str]]:
    """Return a detection's verdict and its reason on each day of the scope where the events stand."""
    (told,) = [one["id"] for one in case["detections"] if one["title"] == f"Word {word}"]
    cells = [
        cell for cell in case["verdicts"] if (cell["tenant"], cell["detection"], cell["scope"]) == (tenant, told, SCOPE)
    ]
    return {
        day: (cell["verdict"], cell["why"])
        for cell in cells
        if cell["first"]
        for day in _days(date.fromisoformat(cell["first"]), date.fromisoformat(cell["last"]))
    }


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=turn) for turn in range((last - first).days + 1))

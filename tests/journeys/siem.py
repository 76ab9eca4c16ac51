"""A SIEM with planted truth, hunted by the real command over TLS: what is planted, who is asked, what may leak."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psutil

from huntline.model.window import Window
from journeys.cli import Ended, Warm, clean_env, command
from lab.moments import burst, spread
from lab.serve.exchange import Request
from lab.serve.faults import Fault
from lab.serve.journal import Entry
from lab.serve.server import Running

SINCE, UNTIL = datetime(2022, 12, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
DAYS = (UNTIL - SINCE).days
STEP = timedelta(days=31)  # the windows a hunt begins with
MILLISECOND = timedelta(milliseconds=1)
WORDS = ("alpha", "bravo", "charlie", "delta")  # each has every fourth day, so that all have days without hits
CROWD = "crowd"
BEAT = "harmless"
RULE = """title: Word {word}
id: {number:08d}-1111-4111-8111-111111111111
logsource: {{category: process_creation, product: windows}}
detection: {{selection: {{CommandLine|contains: {word}}}, condition: selection}}
level: high
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the truth is; `cap` is what a search gives back at most, `few` what is near its other bounds."""

    cap: int
    hits: int
    flood: int
    burst: int
    few: tuple[int, ...] = (0, 9, 10, 11)

    @property
    def crowds(self) -> dict[int, int]:
        """Return how many events of the crowd stand in which window."""
        counts = (*self.few, self.cap - 1, self.cap, self.cap + 1)
        return {2 * turn + 3: count for turn, count in enumerate(counts)}

    @property
    def bare(self) -> frozenset[int]:
        """Return the windows where nothing but the crowd is planted, so that its number is the window's."""
        return frozenset((*self.crowds, BURST))


FLOOD, BURST = 17, 19  # windows
SMALL = Size(cap=100, hits=1_000, flood=2_000, burst=120)


@dataclass(frozen=True, slots=True)
class Secret:
    """A credential as a tenant's file holds it; `parts`: what of it may stand nowhere else."""

    text: str
    parts: tuple[str, ...]


class Guarded(Protocol):
    """A platform, the secret it lets in, and one it does not."""

    @property
    def name(self) -> str: ...

    @property
    def good(self) -> Secret: ...

    @property
    def wrong(self) -> Secret: ...

    def settings(self, running: Running, secret: str) -> dict[str, Any]:
        """Return a tenant's settings; `secret` is a reference."""
        ...


class Siem(Guarded, Protocol):
    """A platform as these journeys know it: its stand-in, what it is asked, and what comes of it."""

    @property
    def scope(self) -> str:
        """Where the events stand."""
        ...

    @property
    def search(self) -> str:
        """What the path of a search ends in, an expression."""
        ...

    @property
    def full(self) -> Size: ...

    @property
    def small(self) -> Size:
        """What is planted where nobody waits for long."""
        ...

    @property
    def bad(self) -> tuple[str, ...]:
        """Troubles of a tenant that is let in nowhere."""
        ...

    @property
    def unseen(self) -> tuple[str, ...]:
        """Troubles of a tenant of which something is not seen."""
        ...

    @property
    def strikes(self) -> tuple[Strike, ...]: ...

    def store(self, told: Truth, *, days: int = DAYS) -> Any:
        """Store what is planted, and a harmless event for every day that is not empty."""
        ...

    def serve(
        self,
        folder: Path,
        store: Any,
        *,
        cap: int | None = None,
        faults: Sequence[Fault] = (),
        trouble: str = "",
        latency: Callable[[Request], float] = lambda _: 0.0,
        checked: bool = True,
        tenants: int = 1,
    ) -> AbstractContextManager[Running]:
        """Serve a store; `trouble` is that of a whole tenant, `checked` holds exchanges to a specification if there is one.

        `tenants`: so many workspaces or deployments it stands for, each with limits of its own.
        """
        ...

    def asked(self, entries: Sequence[Entry]) -> list[tuple[Window, Entry]]:
        """Return the searches of a journal with their windows, in the order they were sent."""
        ...

    def event(self, hit: Mapping[str, Any]) -> str:
        """Return the name under which a hit's event was planted."""
        ...

    def searching(self, entry: Entry) -> bool:
        """Say whether a call is of a search for events, its end included."""
        ...

    def calls(self, entries: Sequence[Entry]) -> list[str]:
        """Return what each call asks for, the same for two that ask the same under different ids."""
        ...

    @property
    def repeats(self) -> str:
        """Return the header by which calls of a journal can be sent again, "" where none can."""
        ...


@dataclass(frozen=True, slots=True)
class Strike:
    """Faults of the searches that begin at a window; `verdict`: how its days stand until they are searched again.

    "" where the hunt recovers from it by itself.
    """

    window: int
    faults: tuple[Fault, ...]
    verdict: str = ""


def asks(one: Entry) -> str:
    """Return what a call says: method, path, query and body."""
    return " ".join([one.method, one.path, str(sorted(one.query.items())), one.body])


def all_faults(struck: Sequence[Strike]) -> tuple[Fault, ...]:
    return tuple(fault for strike in struck for fault in strike.faults)


def window(number: int) -> Window:
    """Return one of the windows a hunt from SINCE to UNTIL begins with."""
    start = SINCE + number * STEP
    return Window(start, min(start + STEP, UNTIL))


def millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is planted: moments (milliseconds) by word, and the days on which nothing at all is stored."""

    planted: dict[str, tuple[int, ...]]
    empty: frozenset[date] = frozenset()

    def days(self, word: str) -> frozenset[date]:
        return frozenset(map(_day, self.planted.get(word, ())))

    def by_day(self, word: str) -> dict[date, list[str]]:
        """Return the names of a word's events by the day they are of."""
        named: dict[date, list[str]] = {}
        for turn, at in enumerate(self.planted.get(word, ())):
            named.setdefault(_day(at), []).append(f"{word}-{turn}")
        return named

    def ids(self, *without: Window) -> Counter[str]:
        """Return the names of all events, a word and its turn, but those in some windows."""
        spans = [(millis(one.start), millis(one.end)) for one in without]
        named = ((f"{word}-{turn}", at) for word, moments in self.planted.items() for turn, at in enumerate(moments))
        return Counter(name for name, at in named if not any(start <= at < end for start, end in spans))

    def beat(self, days: int) -> list[int]:
        """Return the noons of all days that are not empty."""
        kept = [day for day in range(days) if (SINCE + timedelta(days=day)).date() not in self.empty]
        return [millis(SINCE + timedelta(days=day, hours=12)) for day in kept]


def _day(at: int) -> date:
    return datetime.fromtimestamp(at // 1000, UTC).date()


def truth(size: Size) -> Truth:
    """Plant hits evenly over the days, crowds in windows of their own, and leave a week of a window empty."""
    open_windows = [number for number in range(-(-DAYS // STEP.days)) if number not in size.bare]
    moments = list(_evenly(size.hits, [window(number) for number in open_windows]))
    found = {
        word: tuple(at for at in moments if (at - millis(SINCE)) // 86_400_000 % len(WORDS) == turn)
        for turn, word in enumerate(WORDS)
    }
    crowd = [at for number, count in size.crowds.items() for at in spread(count, *_edges(window(number)))]
    crowd += spread(size.flood, *_edges(window(FLOOD)))
    crowd += burst(size.burst, millis(window(BURST).start + timedelta(days=3, hours=5)))
    quiet = window(min(size.crowds)).start  # the window without an event
    empty = frozenset((quiet + timedelta(days=day)).date() for day in range(7))
    return Truth({**found, CROWD: tuple(crowd)}, empty)


def small_truth(days: int, hits: int) -> Truth:
    """Plant a few hits evenly over the first days."""
    return Truth({WORDS[0]: tuple(spread(hits, *_edges(Window(SINCE, SINCE + timedelta(days=days)))))})


def _evenly(count: int, windows: Sequence[Window]) -> Iterator[int]:
    for turn, one in enumerate(windows):
        here = count * (turn + 1) // len(windows) - count * turn // len(windows)
        yield from spread(here, *_edges(one))


def _edges(one: Window) -> tuple[int, int]:
    return millis(one.start), millis(one.end)


@dataclass(slots=True)
class Office:
    """A folder with a pack, secrets and a tenants file, where the command is run.

    `secrets`: more than the platform's own that must not leak. `warm` runs commands at less cost, and nobody looks at the
    processes then.
    """

    folder: Path
    siem: Guarded
    tenants: list[dict[str, Any]] = field(default_factory=list)
    rings: list[str] = field(default_factory=list)
    secrets: tuple[Secret, ...] = ()
    warm: Warm | None = None
    ends: list[Ended] = field(default_factory=list)
    processes: set[str] = field(default_factory=set)
    peak: float = 0  # MiB, of the last command
    cpu: float = 0  # seconds of it

    def tenant(
        self, name: str, running: Running, *, secret: Secret | None = None, parallel: int = 2, **settings: Any
    ) -> None:
        """Add a tenant; its secret is in a file of its own."""
        kept = self.secret(name, secret or self.siem.good)
        asked = {**self.siem.settings(running, kept), "timeout": 2, **settings}
        made = {"name": name, "platform": self.siem.name, "settings": asked, "limits": {"parallel": parallel}}
        self.tenants.append(made)
        self.save()

    def secret(self, name: str, secret: Secret) -> str:
        """Write a secret into a file, and return the reference to it."""
        path = self.folder / f"{name}.key"
        path.write_text(f"{secret.text}\n", encoding="utf-8")
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
                spent = watched.cpu_times()
                self.cpu = spent.user + spent.system
            if turn % 10 == 0:
                listed = psutil.process_iter(["cmdline"])
                self.processes |= {" ".join(process.info["cmdline"] or ()) for process in listed}
            turn += 1
            time.sleep(0.1)

    def leaks(self) -> list[str]:
        """Return where a planted secret stands, whole or in part: files, terminals, the list of processes."""
        texts = {str(path.relative_to(self.folder)): path.read_bytes() for path in _files(self.folder)}
        texts |= {f"terminal {turn}": (end.out + end.err).encode() for turn, end in enumerate(self.ends)}
        texts["processes"] = "\n".join(self.processes).encode()
        guarded = (self.siem.good, self.siem.wrong, *self.secrets)
        planted = [text.encode() for secret in guarded for text in secret.parts]
        return [
            name for name, text in texts.items() if not name.endswith(".key") and any(one in text for one in planted)
        ]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def found(siem: Siem, case: Mapping[str, Any], tenant: str) -> Counter[str]:
    """Return how often each planted event is among a tenant's hits."""
    return Counter(siem.event(hit) for hit in case["hits"] if hit["tenant"] == tenant)


def verdicts(siem: Siem, case: Mapping[str, Any], tenant: str, word: str) -> dict[date, tuple[str, str]]:
    """Return a detection's verdict and its reason on each day of the scope where the events stand."""
    (told,) = [one["id"] for one in case["detections"] if one["title"] == f"Word {word}"]
    cells = [
        cell
        for cell in case["verdicts"]
        if (cell["tenant"], cell["detection"], cell["scope"]) == (tenant, told, siem.scope)
    ]
    return {
        day: (cell["verdict"], cell["why"])
        for cell in cells
        if cell["first"]
        for day in _days(date.fromisoformat(cell["first"]), date.fromisoformat(cell["last"]))
    }


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=turn) for turn in range((last - first).days + 1))

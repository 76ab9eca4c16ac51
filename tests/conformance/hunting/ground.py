"""What a platform brings to the laws of hunting: events at moments, faults by name, and what it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from engine.words import detection_of, means_of
from huntline.crew import Line, work
from huntline.errors import HuntlineError
from huntline.hunt.means import Means
from huntline.hunt.run import Result, hunting
from huntline.ledger.store import Ledger
from huntline.model.case import Case, Verdict
from huntline.model.pack import Detection, LogSource
from huntline.model.predicate import Test
from huntline.model.tenant import Tenant
from huntline.model.window import Window
from huntline.ports import Hunter, Platform
from huntline.remote import Patience
from huntline.report.case import cases

START = datetime(2023, 3, 1, tzinfo=UTC)
UNTIL = START + timedelta(days=62)
WANTED = Window(START, UNTIL)
STARTED = LogSource("windows", "process_creation")
MILLISECOND = timedelta(milliseconds=1)

Trouble: TypeAlias = Literal[
    "busy",  # asks to be left alone for a second, once
    "late_answer",  # gives no answer in time, once
    "partial",  # answers without a part of its data, always
    "revoked",  # takes no credentials any more
    "slow",  # searches outlive a single answer
    "forgotten",  # has forgotten the searches it held, once asked for them
    "away",  # a store behind it is not connected, and it does not say so unasked
]


@dataclass(frozen=True, slots=True)
class Planted:
    """A process start whose command line is `word`, "" for none; `arrived` None: as it happened."""

    id: str
    time: datetime
    word: str = "evil"
    host: str = "ws-1"
    arrived: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A search the platform was sent."""

    window: Window
    at: float  # seconds of a monotonic clock


class Ground(Protocol):
    """One tenant's data on one platform."""

    @property
    def platform(self) -> Platform: ...

    @property
    def lacks(self) -> Mapping[str, str]:
        """What the platform does not have, and why: a law about it has nothing to say there."""
        ...

    @property
    def rows(self) -> int:
        """The most rows a search gives back here: few where time divides, so that a cap is soon met."""
        ...

    def connect(self) -> Hunter:
        """Return a hunter as a new process would have it."""
        ...

    @property
    def settings(self) -> dict[str, object]: ...

    def plant(self, events: Sequence[Planted]) -> None: ...

    def trouble(self, kind: Trouble) -> None: ...

    def asked(self) -> Sequence[Asked]:
        """Return the searches it was sent, in order; a file's reading is one."""
        ...

    def requests(self) -> int:
        """Return how many calls of any kind it was sent."""
        ...

    def left(self) -> int:
        """Return how many searches it still holds."""
        ...


def detection(word: str) -> Detection:
    """A detection of process starts whose command line holds a word."""
    return detection_of(word, Test("CommandLine", "contains", (word,)), STARTED)


def means(ground: Ground, *words: str, tenant: str = "t") -> Means:
    """Compile detections of words and connect."""
    return means_of(
        [detection(word) for word in words or ("evil",)],
        tenant=Tenant(tenant, f"customer of {tenant}", ground.platform.name, {}),
        scopes=tuple(ground.platform.scopes(ground.settings)),
        compiler=ground.platform.compiler(ground.settings),
        hunter=ground.connect(),
        rows=ground.rows,
        patience=Patience(3, timedelta(seconds=5)),
    )


def hunt(ground: Ground, ledger: Ledger, *words: str, wanted: Window = WANTED) -> Result:
    """Hunt one tenant to its end. Raises the error it ends with."""
    made = means(ground, *words)
    ((_, end),) = work([Line("t", hunting(made, wanted, ledger, lambda _: None), 2)], threads=2)
    if isinstance(end, HuntlineError):
        raise end
    return end


def case_of(ledger: Ledger) -> Case:
    (case,) = cases(ledger, customer=None)
    return case


def found(ledger: Ledger) -> list[datetime]:
    """Return the times of all hits, each as often as it was found."""
    return sorted(hit.time for hit in case_of(ledger).hits if hit.time)


def verdict_on(ledger: Ledger, day: datetime, word: str = "evil") -> set[Verdict]:
    """Return how a detection stands on a day, over the scopes that hold anything of the ground."""
    case = case_of(ledger)
    held = {row.scope for row in case.coverage if row.events}
    return {
        cell.verdict
        for cell in case.cells
        if cell.detection == word
        and (cell.scope in held or not held)
        and cell.first is not None
        and cell.last is not None
        and cell.first <= day.date() <= cell.last
    }


def every(count: int, apart: timedelta, word: str = "evil", start: datetime = START) -> tuple[Planted, ...]:
    """Return so many events, evenly apart; a beat of other events keeps every day alive."""
    return tuple(Planted(f"{word}-{n}", start + n * apart, word) for n in range(count))


def beat(start: datetime = START, days: int = 62) -> tuple[Planted, ...]:
    """Return a harmless event for every day."""
    return tuple(Planted(f"beat-{n}", start + timedelta(days=n, hours=12), "harmless") for n in range(days))


def folder(base: Path, name: str) -> Path:
    """Return a new folder below the base."""
    made = base / name
    made.mkdir(parents=True, exist_ok=True)
    return made

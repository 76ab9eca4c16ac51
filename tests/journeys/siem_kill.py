"""A hunt of a SIEM killed at a moment and run again, and what of it was searched or paid for twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from huntline.model.window import Window
from journeys.cli import pages, warm
from journeys.siem import Office, Siem, Size, truth, window
from lab.serve.journal import Entry
from lab.serve.server import Running

PARALLEL = 2
WORDS = ("alpha", "bravo", "charlie", "delta", "crowd")
SIZE = Size(cap=20, hits=500, flood=120, burst=30)  # a few windows hold more than one answer
SPAN = ("--since", f"{window(13).start:%Y-%m-%d}", "--until", f"{window(20).start:%Y-%m-%d}")
LATENCY = 0.03  # seconds an answer takes, so that a kill meets searches in flight
EARLIEST = 0.3  # of an undisturbed run: before that the command is still being loaded


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that was sent; `place`: where two of one window do not ask the same."""

    place: str
    window: Window
    status: int

    def meets(self, other: Asked) -> bool:
        mine, theirs = self.window, other.window
        return self.place == other.place and mine.start < theirs.end and theirs.start < mine.end

    def inside(self, other: Asked) -> bool:
        mine, theirs = self.window, other.window
        return self.place == other.place and mine != theirs and theirs.start <= mine.start and mine.end <= theirs.end


class Prey(Protocol):
    """What is hunted: an estate of a platform, and how it is asked."""

    @property
    def name(self) -> str: ...

    @property
    def span(self) -> tuple[str, ...]:
        """What of it is hunted, as the command is told."""
        ...

    def served(self, folder: Path) -> AbstractContextManager[Running]:
        """Serve the estate; in the end nothing may be left running or stored there."""
        ...

    def office(self, folder: Path, running: Running) -> Office: ...

    def asked(self, entries: Sequence[Entry]) -> list[Asked]: ...

    def paid(self, entries: Sequence[Entry]) -> list[str]:
        """Return the names of the jobs that were paid for."""
        ...


@dataclass(frozen=True, slots=True)
class Estate:
    """Fills `Prey` with a SIEM that takes no money."""

    siem: Siem
    span: tuple[str, ...] = SPAN

    @property
    def name(self) -> str:
        return self.siem.name

    @contextmanager
    def served(self, folder: Path) -> Iterator[Running]:
        store = self.siem.store(truth(SIZE))
        with self.siem.serve(folder, store, cap=SIZE.cap, latency=lambda _: LATENCY) as running:
            yield running

    def office(self, folder: Path, running: Running) -> Office:
        folder.mkdir(parents=True)
        office = Office(folder, self.siem)
        office.rules(*WORDS)
        office.tenant("acme", running, parallel=PARALLEL)
        return office

    def asked(self, entries: Sequence[Entry]) -> list[Asked]:
        return [Asked("", span, one.status) for span, one in self.siem.asked(entries)]

    def paid(self, entries: Sequence[Entry]) -> list[str]:  # noqa: ARG002 (nothing costs)
        return []


@dataclass(frozen=True, slots=True)
class Quiet:
    """An undisturbed run: its reports, the seconds it took, and how many jobs it paid for."""

    pages: dict[str, bytes]
    took: float
    jobs: int


@dataclass(frozen=True, slots=True)
class Killed:
    """How a killed hunt ended after it was run again."""

    alike: bool  # its reports are those of an undisturbed run, byte for byte
    searched: int  # windows that the killed run had an answer for
    twice: int  # of them, those that the next run asked for again
    wasted: int  # jobs paid for beyond those of an undisturbed run, or under one name again
    begun: int  # jobs the killed run had started
    leaks: tuple[str, ...]


def quiet(prey: Prey, folder: Path, running: Running) -> Quiet:
    office, before = prey.office(folder, running), len(running.journal.entries())
    begun = time.monotonic()
    office.hunt(*prey.span)
    took = time.monotonic() - begun
    office.warm = warm()
    office.report()
    return Quiet(pages(office.folder), took, len(prey.paid(running.journal.entries()[before:])))


def killed(prey: Prey, folder: Path, running: Running, expected: Quiet, number: int) -> Killed:
    """Kill a hunt at a random moment and run it again; each number has its moment."""
    office, before = prey.office(folder, running), len(running.journal.entries())
    hunt = office.begin(*office.hunting(*prey.span))
    time.sleep(random.Random(number).uniform(EARLIEST, 0.98) * expected.took)
    os.kill(hunt.pid, signal.SIGKILL)
    hunt.communicate()
    time.sleep(0.3)  # for the server to end what it was still answering
    office.warm = warm()
    middle = len(running.journal.entries())
    office.hunt(*prey.span)
    first, second = running.journal.entries()[before:middle], running.journal.entries()[middle:]
    office.report()
    had, again, begun = _answered(prey, first), prey.asked(second), prey.paid(first)
    paid = (*begun, *prey.paid(second))
    return Killed(
        alike=expected.pages == pages(office.folder),
        searched=len(had),
        twice=sum(any(one.meets(other) for other in again) for one in had),
        wasted=max(len(paid) - expected.jobs, len(paid) - len(set(paid))),
        begun=len(begun),
        leaks=tuple(office.leaks()),
    )


def _answered(prey: Prey, entries: Sequence[Entry]) -> list[Asked]:
    """Return the searches that were answered; one that had to be split is told by its halves."""
    had = [one for one in prey.asked(entries) if one.status in (200, 201)]
    return [one for one in had if not any(other.inside(one) for other in had)]

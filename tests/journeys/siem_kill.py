"""A hunt of a SIEM killed at a moment and run again, and what of it was searched twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huntline.model.window import Window
from journeys.cli import pages
from journeys.siem import Office, Siem, Size, truth, window
from lab.serve.journal import Entry
from lab.serve.server import Running

PARALLEL = 2
WORDS = ("alpha", "bravo", "charlie", "delta", "crowd")
SIZE = Size(cap=20, hits=500, flood=120, burst=30)  # a few windows hold more than one answer
SPAN = ("--since", f"{window(13).start:%Y-%m-%d}", "--until", f"{window(20).start:%Y-%m-%d}")
EARLIEST = 0.3  # of an undisturbed run: before that the command is still being loaded


@dataclass(frozen=True, slots=True)
class Killed:
    """How a killed hunt ended after it was run again."""

    alike: bool  # its reports are those of an undisturbed run, byte for byte
    searched: int  # windows that the killed run had an answer for
    twice: int  # of them, those that the next run asked for again
    leaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quiet:
    """An undisturbed run: its reports, and the seconds it took."""

    pages: dict[str, bytes]
    took: float


@contextmanager
def estate(siem: Siem, folder: Path) -> Iterator[Running]:
    """Serve an estate whose every answer takes a while, so that a kill meets searches in flight."""
    with siem.serve(folder, siem.store(truth(SIZE)), cap=SIZE.cap, latency=lambda _: 0.03) as running:
        yield running


def quiet(siem: Siem, folder: Path, running: Running) -> Quiet:
    office = _office(siem, folder, running)
    begun = time.monotonic()
    office.hunt(*SPAN)
    took = time.monotonic() - begun
    office.report()
    return Quiet(pages(office.folder), took)


def killed(siem: Siem, folder: Path, running: Running, expected: Quiet, number: int) -> Killed:
    """Kill a hunt at a random moment and run it again; each number has its moment."""
    office, before = _office(siem, folder, running), len(running.journal.entries())
    hunt = office.begin(*office.hunting(*SPAN))
    time.sleep(random.Random(number).uniform(EARLIEST, 0.98) * expected.took)
    os.kill(hunt.pid, signal.SIGKILL)
    hunt.communicate()
    time.sleep(0.3)  # for the server to end what it was still answering
    middle = len(running.journal.entries())
    office.hunt(*SPAN)
    first, second = running.journal.entries()[before:middle], running.journal.entries()[middle:]
    office.report()
    had, again = _answered(siem, first), [asked for asked, _ in siem.asked(second)]
    twice = sum(any(one.start < other.end and other.start < one.end for other in again) for one in had)
    return Killed(expected.pages == pages(office.folder), len(had), twice, tuple(office.leaks()))


def _answered(siem: Siem, entries: Sequence[Entry]) -> list[Window]:
    """Return the windows whose search was answered; one that had to be split is told by its halves."""
    had = [asked for asked, one in siem.asked(entries) if one.status in (200, 201)]
    return [one for one in had if not any(_inside(other, one) for other in had)]


def _inside(small: Window, large: Window) -> bool:
    return small != large and large.start <= small.start and small.end <= large.end


def _office(siem: Siem, folder: Path, running: Running) -> Office:
    folder.mkdir(parents=True)
    office = Office(folder, siem)
    office.rules(*WORDS)
    office.tenant("acme", running, parallel=PARALLEL)
    return office

"""A hunt of a SIEM killed at a moment and run again, and what of it was searched twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from journeys.cli import pages
from journeys.siem import Office, asked_of
from lab.serve.journal import Entry
from lab.serve.server import Running

PARALLEL = 2
EARLIEST = 0.1  # of an undisturbed run: before that the command is still being loaded


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


def quiet(folder: Path, running: Running, words: Sequence[str]) -> Quiet:
    office = _office(folder, running, words)
    begun = time.monotonic()
    office.hunt()
    took = time.monotonic() - begun
    office.report()
    return Quiet(pages(office.folder), took)


def killed(folder: Path, running: Running, words: Sequence[str], expected: Quiet, number: int) -> Killed:
    """Kill a hunt at a random moment and run it again; each number has its moment."""
    office, before = _office(folder, running, words), len(running.journal.entries())
    hunt = office.begin(*office.hunting())
    time.sleep(random.Random(number).uniform(EARLIEST, 0.98) * expected.took)
    os.kill(hunt.pid, signal.SIGKILL)
    hunt.communicate()
    time.sleep(0.3)  # for the server to end what it was still answering
    middle = len(running.journal.entries())
    office.hunt()
    first, second = running.journal.entries()[before:middle], running.journal.entries()[middle:]
    office.report()
    had, again = _answered(first), [asked for asked, _ in asked_of(second)]
    twice = sum(any(one.start < other.end and other.start < one.end for other in again) for one in had)
    return Killed(expected.pages == pages(office.folder), len(had), twice, tuple(office.leaks()))


def _answered(entries: Sequence[Entry]) -> list[Window]:
    """Return the windows whose search was answered whole: an answer as large as it may be only made it smaller."""
    return [asked for asked, one in asked_of(entries) if '"_id"' not in one.answer or not _capped(one)]


def _office(folder: Path, running: Running, words: Sequence[str]) -> Office:
    folder.mkdir(parents=True)
    office = Office(folder)
    office.rules(*words)
    office.tenant("acme", running, parallel=PARALLEL)
    return office

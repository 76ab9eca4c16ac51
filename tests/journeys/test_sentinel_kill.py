"""A hunt of a workspace killed at any moment, search jobs among them, ends in byte-identical reports and pays once."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from journeys.cli import pages
from journeys.workspace import PAY, TO, UNTIL, Served, office, served

KILLS = 6
HITS = 120
SPAN = ("--since", f"{UNTIL - timedelta(days=900):%Y-%m-%d}", *TO)  # archived at first, then recent
EARLIEST = 0.3  # of an undisturbed run: before that the command is still being loaded


@dataclass(frozen=True, slots=True)
class Quiet:
    """An undisturbed run: its reports, the seconds it took, and the jobs it paid for."""

    pages: dict[str, bytes]
    took: float
    jobs: int


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Answers take a while, so that a kill meets searches in flight."""
    with served(tmp_path_factory.mktemp("server"), HITS, latency=lambda _: 0.03, jobs_a_day=10_000) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(at: Served, tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    made = office(tmp_path_factory.mktemp("quiet") / "office", at)
    begun = time.monotonic()
    made.hunt(*SPAN, *PAY)
    took = time.monotonic() - begun
    made.report()
    return Quiet(pages(made.folder), took, len(at.lab.jobs.history()))


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_and_run_again_is_byte_identical_and_pays_for_each_window_once(
    number: int, at: Served, undisturbed: Quiet, tmp_path: Path
) -> None:
    """SIGKILL leaves no chance to tidy up: a job is known by the name that its order gives it."""
    made, before = office(tmp_path / "office", at), len(at.lab.jobs.history())
    hunt = made.begin(*made.hunting(*SPAN, *PAY))
    time.sleep(random.Random(number).uniform(EARLIEST, 0.98) * undisturbed.took)
    os.kill(hunt.pid, signal.SIGKILL)
    hunt.communicate()
    time.sleep(0.3)  # for the server to end what it was still answering
    made.hunt(*SPAN, *PAY)
    made.report()
    paid = Counter(one.order.name for one in at.lab.jobs.history()[before:])

    assert undisturbed.pages == pages(made.folder)
    assert ({1}, undisturbed.jobs) == (set(paid.values()), len(paid))
    assert ((), []) == (at.lab.jobs.left(), made.leaks())

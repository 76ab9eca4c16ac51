"""A hunt killed at any moment and run again ends in byte-identical reports."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from journeys.cli import UNTIL, beacon, clean_env, command, hunt, lookup, pages, report, write_lines

KILLS = 20
SOON = 2  # of them by `make test`, the others by `make bench`


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight files of a few thousand events each, hits in all of them and some events in two."""
    folder = tmp_path_factory.mktemp("logs")
    for number in range(8):
        quiet = [lookup(n, RecordNumber=number * 10_000 + n) for n in range(4000)]
        loud = [beacon(n, RecordNumber=number * 10_000 + 5000 + n) for n in range(20)]
        shared = [beacon(n, RecordNumber=900_000 + n) for n in range(5)]
        write_lines(folder / f"part{number}.ndjson", [*quiet, *loud, *shared])
    return folder


@pytest.fixture(scope="module")
def quiet(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """The reports of an undisturbed run, and how long it took."""
    cwd = tmp_path_factory.mktemp("quiet")
    begun = time.monotonic()
    hunt(logs, cwd)
    took = time.monotonic() - begun
    report(cwd)
    return pages(cwd), took


@pytest.mark.parametrize(
    "number", [pytest.param(turn, marks=[pytest.mark.bench] if turn >= SOON else []) for turn in range(KILLS)]
)
def test_killed_and_run_again_is_byte_identical(
    number: int, logs: Path, quiet: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    """SIGKILL leaves no chance to tidy up; whatever the moment, no hit is lost, doubled or called new twice."""
    expected, took = quiet
    moment = random.Random(number).uniform(0.15, 0.98) * took
    running = subprocess.Popen(
        command("hunt", "--logs", logs, "--until", UNTIL), cwd=tmp_path, env=clean_env(), stderr=subprocess.DEVNULL
    )
    time.sleep(moment)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    hunt(logs, tmp_path)
    report(tmp_path)

    assert expected == pages(tmp_path)


def test_interrupted_by_ctrl_c_ends_cleanly_and_says_so(logs: Path, tmp_path: Path) -> None:
    # A shell starts its background jobs with SIGINT ignored, and a child would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        command("hunt", "--logs", logs, "--until", UNTIL),
        cwd=tmp_path,
        env=clean_env(),
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    assert running.stderr
    running.stderr.readline()  # the plan is told: the search has begun
    running.send_signal(signal.SIGINT)
    told = running.stderr.read()
    running.stderr.close()

    assert (130, True, False) == (running.wait(), "run the same command again" in told, "Traceback" in told)

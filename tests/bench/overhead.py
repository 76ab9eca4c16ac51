"""Hunt many tenants on a slow platform, and hold the time against the shortest list of calls that could do it."""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.replay import replayed
from bench.rows import ROOT, Row, at_most, told
from journeys.cli import Ended
from journeys.siem import Office, Siem, small_truth
from lab.serve.journal import Entry, busiest
from lab.serve.server import Running

AT_ONCE, LATENCY, SHORT = 24, 1.0, 0.1
MONTHS = ("--since", "2022-11-01", "--until", "2026-11-01")  # 48
BAR, MOST = 1.25, 300  # times the ideal; MiB
FEW, MANY = 60, 600  # hits of each tenant
RULE = """title: Alpha
id: 11111111-1111-4111-8111-111111111111
status: test
description: A word that is planted.
logsource: {category: process_creation, product: windows}
detection: {selection: {CommandLine|contains: alpha}, condition: selection}
tags: [stage.install]
level: high
"""


@dataclass(frozen=True, slots=True)
class Slow:
    took: float  # seconds of the whole command
    start: float  # seconds to the first request
    least: int  # calls of the shortest list, of all tenants
    mean: float  # seconds of a call as the lab took them
    busiest: int
    calls: int
    peak: float
    cpu: float  # seconds of the command
    alone: float  # seconds of the shortest list, sent right after by a client that does nothing else; 0 where none can

    @property
    def ideal(self) -> float:
        return self.least * LATENCY / AT_ONCE

    @property
    def served(self) -> float:
        """Return the ideal with every call as long as the mean of them all."""
        return self.least * self.mean / AT_ONCE


def overhead(siem: Siem, folder: Path, options: argparse.Namespace) -> list[Row]:
    """Hunt many tenants, and again with ten times the hits; memory does not wait, so that answers come sooner then."""
    least = shortest(siem, folder / "one")
    once = _slow(siem, folder / "once", options.tenants, FEW, least, latency=LATENCY)
    tenfold = _slow(siem, folder / "tenfold", options.tenants, MANY, least, latency=SHORT)
    what = f"{options.tenants} tenants, 48 months: seconds over the ideal"
    return [
        at_most(f"{what} of {once.ideal:.0f} s", once.took / once.ideal, BAR, ".2f"),
        told(f"{what} of {once.served:.0f} s, each call as long as the lab took", f"{once.took / once.served:.2f}"),
        *_beside(once),
        told("seconds of CPU the hunt took", f"{once.cpu:.0f}"),
        told("seconds until the first request", f"{once.start:.0f}"),
        at_most("most requests under way at once", once.busiest, AT_ONCE),
        told("calls sent beyond the shortest list", f"{once.calls - once.least:,} of {once.calls:,}"),
        at_most(f"peak MiB with {FEW * options.tenants:,} hits", once.peak, MOST),
        at_most(f"peak MiB with {MANY * options.tenants:,} hits", tenfold.peak, MOST),
    ]


def shortest(siem: Siem, folder: Path) -> tuple[Entry, ...]:
    """Return the calls a hunter that knew all before would send for one tenant: each once, and the count in the end again."""
    with _served(siem, folder, 1, FEW, 0.0) as (running, office):
        _whole(_hunted(office), 1, FEW)
        entries = sorted(running.journal.entries(), key=lambda one: one.started)
    last = max(turn for turn, one in enumerate(entries) if siem.searching(one))
    return (*_once(siem, entries[: last + 1]), *_once(siem, entries[last + 1 :]))


def _once(siem: Siem, entries: Sequence[Entry]) -> Sequence[Entry]:
    return tuple(dict(zip(siem.calls(entries), entries, strict=True)).values())


def _slow(siem: Siem, folder: Path, tenants: int, hits: int, least: Sequence[Entry], *, latency: float) -> Slow:
    with _served(siem, folder, tenants, hits, latency) as (running, office):
        begun = time.monotonic()
        ended = _hunted(office)
        took, entries = time.monotonic() - begun, running.journal.entries()
        _whole(ended, tenants, hits)
        alone = 0.0
        if siem.repeats and latency == LATENCY:
            alone = replayed(running, least, times=tenants, at_once=AT_ONCE, authorization=siem.repeats)
    return Slow(
        took=took,
        start=min(one.started for one in entries) - begun,
        least=tenants * len(least),
        mean=sum(one.ended - one.started for one in entries) / len(entries),
        busiest=busiest(entries),
        calls=len(entries),
        peak=office.peak,
        cpu=office.cpu,
        alone=alone,
    )


@contextmanager
def _served(siem: Siem, folder: Path, tenants: int, hits: int, latency: float) -> Iterator[tuple[Running, Office]]:
    office = Office(folder / "office", siem)
    office.folder.mkdir(parents=True)
    shutil.copytree(ROOT / "detections" / "3cx-2023", office.folder / "rules")
    (office.folder / "rules" / "rules" / "install" / "alpha.yml").write_text(RULE, encoding="utf-8")
    store = siem.store(small_truth(1_400, hits))
    with siem.serve(folder / "siem", store, latency=lambda _: latency, checked=False, tenants=tenants) as running:
        for number in range(tenants):
            office.tenant(f"tenant{number}", running, timeout=60)
        yield running, office


def _hunted(office: Office) -> Ended:
    return office.hunt("--parallel", str(AT_ONCE), *MONTHS)


def _whole(ended: Ended, tenants: int, hits: int) -> None:
    assert 3 == ended.code, ended.err[-2000:]
    assert tenants == sum(f"{hits} events known" in line for line in ended.out.splitlines()), ended.out


def _beside(once: Slow) -> list[Row]:
    """Compare with a client that does nothing else, where the calls could be sent again."""
    if not once.alone:
        return []
    what = f"the same over {once.alone:.0f} s, the same calls sent right after by a client that only reads the answers"
    return [told(what, f"{once.took / once.alone:.2f}")]

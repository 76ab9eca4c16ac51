"""Measure what hunting over a SIEM must show, against the lab's stand-ins; writes sections of performance.md."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from bench.overhead import overhead
from bench.parts import measure
from bench.rows import Row, at_most, equals, told
from bench.workspace import reached
from journeys.siem import CROWD, WORDS, Office, Siem, all_faults, small_truth, truth, window
from journeys.siem_elastic import Elastic
from journeys.siem_kill import PARALLEL, Estate, Prey, killed, quiet
from journeys.siem_sentinel import Sentinel
from journeys.siem_splunk import Splunk
from journeys.siem_truth import TENANT, collected, counted, lies
from journeys.workspace_kill import Archive

SIEMS: dict[str, Siem] = {one.name: one for one in (Elastic(), Sentinel(), Splunk())}
PREY: dict[str, Prey] = {one.name: one for one in (Estate(Elastic()), Archive(), Estate(Splunk()))}
TITLES = {"elastic": "Elastic", "sentinel": "Microsoft Sentinel", "splunk": "Splunk"}


def planted(siem: Siem, folder: Path, _options: argparse.Namespace) -> list[Row]:
    """Hunt the full estate under every fault, then again when all is well."""
    estate, office = truth(siem.full), _office(siem, folder / "office")
    office.rules(*WORDS, CROWD)
    store, faults = siem.store(estate), all_faults(siem.strikes)
    with siem.serve(folder / "siem", store, cap=siem.full.cap, faults=faults, checked=False) as running:
        office.tenant(TENANT, running, timeout=300)
        begun = time.perf_counter()
        office.hunt()
        took, peak = time.perf_counter() - begun, office.peak
        lost = {window(one.window): one.verdict for one in siem.strikes if one.verdict}
        wrong_days = list(lies(siem, estate, office.report(), lost))
        met = {fault for one in running.journal.entries() for fault in one.faults}
        running.faults.clear()
        office.hunt()
        case = office.report()
        sent = len(siem.asked(running.journal.entries()))
    missing, wrong = collected(siem, estate, case)
    wrong_days += lies(siem, estate, case, {})
    print(*wrong_days[:5], *list(missing)[:5], *list(wrong)[:5], sep="\n")
    events, scripted = sum(map(len, estate.planted.values())), {repr(fault.what) for fault in faults}
    return [
        equals("events planted, each found once or counted", events - missing.total(), events),
        told("of them counted as a flood, not collected", f"{counted(case).total():,}"),
        equals("events found twice, or never planted", wrong.total(), 0),
        equals("days told otherwise than they are, of both hunts", len(wrong_days), 0),
        equals("kinds of faults met", len(scripted & met), len(scripted)),
        told("searches of both hunts; seconds and MiB of the first", f"{sent}; {took:.0f}; {peak:.0f}"),
        equals("places where a planted key was found", len(office.leaks()), 0),
    ]


def kills(siem: Siem, folder: Path, options: argparse.Namespace) -> list[Row]:
    """Kill a hunt at random moments."""
    prey = PREY[siem.name]
    with prey.served(folder / "siem") as running:
        expected = quiet(prey, folder / "quiet", running)
        ends = [killed(prey, folder / f"{turn}", running, expected, turn) for turn in range(options.kills)]
    rows = [
        equals(f"of {len(ends)} killed hunts, byte-identical after a rerun", sum(e.alike for e in ends), len(ends)),
        at_most(
            f"most windows searched twice ({sum(e.twice for e in ends)} in all)", max(e.twice for e in ends), PARALLEL
        ),
    ]
    if expected.jobs:
        rows += [
            told(
                f"of them, killed when of {expected.jobs} search jobs some were begun", sum(e.begun > 0 for e in ends)
            ),
            equals("search jobs paid for beyond an undisturbed run's", sum(e.wasted for e in ends), 0),
        ]
    return rows


def searches(siem: Siem, folder: Path, _options: argparse.Namespace) -> list[Row]:
    """Hunt for 1, 30 and 300 detections."""
    sent = []
    with siem.serve(folder / "siem", siem.store(small_truth(40, 80)), checked=False) as running:
        for count in (1, 30, 300):
            before, office = len(running.journal.entries()), _office(siem, folder / f"{count}")
            office.rules(WORDS[0], *(f"absent{number}" for number in range(count - 1)))
            office.tenant(TENANT, running)
            office.hunt()
            sent.append(len(siem.asked(running.journal.entries()[before:])))
    seen = ", ".join(map(str, sent))
    return [Row("searches with 1, 30 and 300 detections", seen, "equal", len(set(sent)) == 1)]


def _office(siem: Siem, folder: Path) -> Office:
    folder.mkdir(parents=True)
    return Office(folder, siem)


PARTS: dict[str, Callable[[Siem, Path, argparse.Namespace], list[Row]]] = {
    "planted": planted,
    "kills": kills,
    "reached": reached,
    "searches": searches,
    "overhead": overhead,
}


if __name__ == "__main__":
    measure(__doc__, SIEMS, TITLES, PARTS, kills=50)

"""Measure what rolling out to many tenants must show, against the lab's stand-ins; writes sections of performance.md."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.parts import measure
from bench.rows import Row, at_most, equals, told
from journeys.cli import warmed
from journeys.rollout import content
from journeys.rollout_first import PARALLEL, killed_first
from journeys.rollout_first import RULES as FIRST
from journeys.rollout_fleets import Heads, Kibana, Workspaces
from journeys.rollout_kill import APPLY, Place, brought_back, killed, place, put_back, unstamped
from journeys.rollout_many import Fleet, Many, many, shortest
from lab.serve.journal import busiest

RULES, AT_ONCE, LATENCY = 30, 24, 1.0
BAR = 1.3  # times the ideal
FLEETS: dict[str, Fleet] = {one.name: one for one in (Kibana(), Workspaces(), Heads())}
TITLES = {"elastic": "Kibana", "sentinel": "Sentinel's rules", "splunk": "Splunk's saved searches"}


@dataclass(frozen=True, slots=True)
class Applied:
    took: float  # seconds of the whole command
    start: float  # seconds to the first request
    mean: float  # seconds of a call as the lab took them
    calls: int
    written: int
    listed: int
    busiest: int
    peak: float  # MiB


def rollout(fleet: Fleet, folder: Path, options: argparse.Namespace) -> list[Row]:
    """Apply a plan of creations to all tenants, twice, and hold the first against the calls of a single tenant."""
    with many(fleet, folder / "one", 1, RULES) as there:
        before = len(there.entries())
        assert 0 == there.office.run("apply", "plan.json").code
        least = options.tenants * shortest(fleet, there.entries()[before:])
    with many(fleet, folder / "all", options.tenants, RULES) as there:
        there.latency = LATENCY
        first, second, wanted = _applied(there), _applied(there), there.rules
        leaks = there.office.leaks()
    ideal, served = least * LATENCY / AT_ONCE, least * first.mean / AT_ONCE
    what = f"{options.tenants} tenants, {RULES} rules each, first apply: seconds over the ideal"
    return [
        at_most(f"{what} of {ideal:.0f} s", first.took / ideal, BAR, ".2f"),
        told(f"{what} of {served:.0f} s, each call as long as the lab took", f"{first.took / served:.2f}"),
        told("seconds until the first request", f"{first.start:.0f}"),
        told(
            "calls of one tenant; for each rule", f"{least // options.tenants}; {least / options.tenants / RULES:.1f}"
        ),
        told("calls sent beyond the shortest list", f"{first.calls - least} of {first.calls}"),
        equals("rules written", first.written, options.tenants * RULES),
        told("objects written, with what rules need", f"{wanted}"),
        at_most("most requests under way at once", first.busiest, AT_ONCE),
        told("peak MiB", f"{first.peak:.0f}"),
        equals("second apply of the plan: writes", second.written, 0),
        at_most("second apply: listings for each tenant", second.listed / options.tenants, 1),
        told("second apply: seconds, calls", f"{second.took:.0f}, {second.calls}"),
        equals("places where a planted key was found", len(leaks), 0),
    ]


def _applied(there: Many) -> Applied:
    fleet, before, begun = there.fleet, len(there.entries()), time.monotonic()
    ended = there.office.run("apply", "plan.json", "--parallel", str(AT_ONCE))
    took = time.monotonic() - begun
    assert 0 == ended.code, ended.err[-2000:]
    entries = there.entries()[before:]
    return Applied(
        took=took,
        start=entries[0].started - begun,
        mean=sum(one.ended - one.started for one in entries) / len(entries),
        calls=len(entries),
        written=sum(map(fleet.wrote, entries)),
        listed=sum(map(fleet.listed, entries)),
        busiest=busiest(entries),
        peak=there.office.peak,
    )


def kills(fleet: Fleet, folder: Path, options: argparse.Namespace) -> list[Row]:
    """Kill first applies at random moments; where it is told how a world is put back, applies of changes and rollbacks too."""
    with warmed() as warm:
        ends = [killed_first(fleet, folder / f"{turn}", turn, warm) for turn in range(options.kills)]
        changes = _changes(folder, options.kills) if fleet.name == "elastic" else []
    good = sum((one.code, one.verified, one.left) == (0, 0, 0) for one in ends)
    what = f"of {len(ends)} killed first applies: after a rerun all stands, is verified, and nothing is left to plan"
    return [
        equals(what, good, len(ends)),
        told("of them, killed when some rules stood and some did not", sum(0 < one.begun < FIRST for one in ends)),
        at_most("most rules written once more", max(one.more for one in ends), PARALLEL),
        *changes,
    ]


def _changes(folder: Path, count: int) -> list[Row]:
    with warmed() as warm, place(folder / "place", warm) as there:
        ends = [_killed(there, turn) for turn in range(count)]
    what = f"of {count} killed applies, then killed rollbacks: both as undisturbed ones after a rerun"
    return [
        equals(what, sum(one for one, _ in ends), count),
        at_most("most objects written once more", max(more for _, more in ends), PARALLEL),
    ]


def _killed(there: Place, turn: int) -> tuple[bool, int]:
    put_back(there)
    applied = killed(there, APPLY, turn)
    same = unstamped(there.wanted) == unstamped(content(there.there))
    back = killed(there, ("rollback", there.plan, "--yes"), turn)
    same = same and (there.before, {"off True"}) == brought_back(there)
    return same and (applied.code, back.code) == (0, 0), max(applied.more, back.more)


PARTS: dict[str, Callable[[Fleet, Path, argparse.Namespace], list[Row]]] = {"kills": kills, "rollout": rollout}


if __name__ == "__main__":
    measure(__doc__, FLEETS, TITLES, PARTS, kills=20)

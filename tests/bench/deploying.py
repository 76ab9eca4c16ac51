"""Measure what rolling out to many tenants must show, against the lab's Kibana; writes a section of performance.md."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.hunting import HEADING as HUNTING
from bench.hunting import PAGE, Row
from journeys.rollout import content, listings, writes
from journeys.rollout_kill import APPLY, PARALLEL, Place, brought_back, killed, place, put_back, unstamped
from journeys.rollout_many import Many, many
from journeys.warm import warmed
from lab.serve.journal import busiest

HEADING = "## Deploying to many tenants"
TENANTS, RULES, AT_ONCE, LATENCY = 50, 30, 24, 1.0
BAR = 1.3  # times the ideal


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", nargs="*", choices=sorted(PARTS), default=sorted(PARTS))
    asked.add_argument("--tenants", type=int, default=TENANTS)
    asked.add_argument("--kills", type=int, default=20)
    options = asked.parse_args()
    rows: list[Row] = []
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            rows += PARTS[name](Path(folder), options)
        print(*rows, sep="\n", flush=True)
    if len(options.only) == len(PARTS):
        before, after = _around()
        PAGE.write_text(f"{before}\n{section(rows)}{after}", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Applied:
    took: float  # seconds of the whole command
    start: float  # seconds to the first request
    ideal: float  # seconds of the shortest list of calls
    served: float  # the same with every call as long as the mean of them all
    calls: int
    more: int  # calls beyond the shortest list
    written: int
    listed: int
    busiest: int
    peak: float  # MiB


def rollout(folder: Path, options: argparse.Namespace) -> list[Row]:
    """Apply a plan of creations to all tenants, twice."""
    with many(folder, options.tenants, RULES) as there:
        there.latency = LATENCY
        first, second = _applied(there), _applied(there)
    ratio, served, wanted = first.took / first.ideal, first.took / first.served, options.tenants * RULES
    once = second.listed == options.tenants
    what = f"{options.tenants} tenants, {RULES} rules each, first apply: seconds over the ideal"
    return [
        Row(f"{what} of {first.ideal:.0f} s", f"{ratio:.2f}", f"{BAR}", ratio <= BAR),
        Row(f"{what} of {first.served:.0f} s, each call as long as the lab took", f"{served:.2f}", "", held=True),
        Row("seconds until the first request", f"{first.start:.0f}", "", held=True),
        Row("calls sent beyond the shortest list", f"{first.more} of {first.calls}", "0", not first.more),
        Row("rules written", str(first.written), str(wanted), first.written == wanted),
        Row("most requests under way at once", str(first.busiest), str(AT_ONCE), first.busiest <= AT_ONCE),
        Row("peak MiB", f"{first.peak:.0f}", "", held=True),
        Row("second apply of the plan: writes", str(second.written), "0", not second.written),
        Row("second apply: listings for each tenant", f"{second.listed / options.tenants:.0f}", "1", once),
        Row("second apply: seconds, calls", f"{second.took:.0f}, {second.calls}", "", held=True),
    ]  # fmt: skip


def _applied(there: Many) -> Applied:
    kibana, data = len(there.there.rules.journal.entries()), len(there.there.data.journal.entries())
    begun = time.monotonic()
    ended = there.office.run("apply", "plan.json", "--parallel", str(AT_ONCE))
    took = time.monotonic() - begun
    assert 0 == ended.code, ended.err[-2000:]
    of_rules = there.there.rules.journal.entries()[kibana:]
    entries = (*of_rules, *there.there.data.journal.entries()[data:])
    minimal = there.minimal(entries)
    mean = sum(one.ended - one.started for one in entries) / len(entries)
    return Applied(
        took=took,
        start=min(one.started for one in entries) - begun,
        ideal=minimal * LATENCY / AT_ONCE,
        served=minimal * mean / AT_ONCE,
        calls=len(entries),
        more=len(entries) - minimal,
        written=len(writes(of_rules)),
        listed=len(listings(of_rules)),
        busiest=busiest(entries),
        peak=there.office.peak,
    )


def kills(folder: Path, options: argparse.Namespace) -> list[Row]:
    """Kill applies and rollbacks at random moments, and run each again."""
    with warmed() as warm, place(folder, warm) as there:
        ends = [_killed(there, turn) for turn in range(options.kills)]
    good, more = sum(one for one, _ in ends), max(more for _, more in ends)
    count = len(ends)
    what = f"of {count} killed applies, then killed rollbacks: both as undisturbed ones after a rerun"
    return [
        Row(what, str(good), str(count), good == count),
        Row("most objects written once more", str(more), str(PARALLEL), more <= PARALLEL),
    ]


def _killed(there: Place, turn: int) -> tuple[bool, int]:
    put_back(there)
    applied = killed(there, APPLY, turn)
    same = unstamped(there.wanted) == unstamped(content(there.there))
    back = killed(there, ("rollback", there.plan, "--yes"), turn)
    same = same and (there.before, {"off True"}) == brought_back(there)
    return same and (applied.code, back.code) == (0, 0), max(applied.more, back.more)


def _around() -> tuple[str, str]:
    """Return what stands before our section, and what after it: that of hunting, which is written anew to the page's end."""
    page = PAGE.read_text(encoding="utf-8")
    before, found, rest = page.partition(HUNTING)
    return before.partition(HEADING)[0].rstrip() + "\n", f"\n{found}{rest}" if found else ""


def section(rows: list[Row]) -> str:
    told = "\n".join(map(str, rows))
    made = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return f"""{HEADING}

Made by `make bench` on {made}, against the lab's Kibana and Elasticsearch over TLS.
Lab and Huntline share the machine, so absolute times say little.

| what | seen | bar | held |
|---|---|---|---|
{told}

Every answer takes {LATENCY:.0f} s, and {AT_ONCE} are under way at once. The ideal is the shortest list of calls of all
tenants, as if all were known before: what `apply` looks at before it writes (identity, privileges, licence, the space), one
listing, one request for each rule, and one listing to read back. The time measured is that of the whole command
`apply PLAN`. A killed apply creates, updates and retires ten rules, one of them with the customer's exceptions and actions;
the kill comes while it writes.
"""


PARTS: dict[str, Callable[[Path, argparse.Namespace], list[Row]]] = {"kills": kills, "rollout": rollout}


if __name__ == "__main__":
    main()

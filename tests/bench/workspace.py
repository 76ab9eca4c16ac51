"""Hunt a workspace whose events are recent, archived, in a Basic table and expired, at full size and under faults."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from bench.rows import Row, equals, told
from journeys.siem import Siem
from journeys.workspace import PAY, TO, expected, had, office, served
from journeys.workspace_kill import LIMITS
from journeys.workspace_truth import FREE_STRIKES, STRIKES, lies, unproved

HITS = 10_000


def reached(siem: Siem, folder: Path, _options: argparse.Namespace) -> list[Row]:
    """Hunt for nothing, then for money while jobs fail, then once more; only one platform has archives at a price."""
    if siem.name != "sentinel":
        return []
    with served(folder / "siem", HITS, **LIMITS) as at:
        made, begun = office(folder / "office", at.running), time.monotonic()
        at.running.faults.add(*FREE_STRIKES)
        made.hunt(*TO)
        free, took = made.report(), time.monotonic() - begun
        at.running.faults.add(*STRIKES)
        made.hunt(*TO, *PAY)
        struck, peak = made.report(), made.peak
        at.running.faults.clear()
        made.hunt(*TO, *PAY)
        paid, history = made.report(), at.lab.jobs.history()
        ended = made.hunt(*TO, *PAY)
        met = {fault for one in at.running.journal.entries() for fault in one.faults}
        left, again = len(at.lab.jobs.left()), len(at.lab.jobs.history()) - len(history)
    assert "nothing new to search" in ended.out, ended.out
    scripted = {repr(fault.what) for fault in (*FREE_STRIKES, *STRIKES)}
    wanted = expected(HITS, paying=True)
    missing = wanted - had(struck)
    wrong = [*lies(free, HITS, paying=False), *unproved(struck, missing, HITS), *lies(paid, HITS, paying=True)]
    print(*wrong[:5], sep="\n")
    doubled = sum((had(case) - wanted).total() for case in (free, struck, paid))
    twice = Counter(one.order.name for one in history if not one.fails)  # one that failed is asked for again
    free_wanted = expected(HITS, paying=False)
    return [
        equals("without paying: hits within reach, each found", _both(had(free), free_wanted), free_wanted.total()),
        equals("paying: hits within reach, each found", _both(had(paid), wanted), wanted.total()),
        equals("hits found twice, or never planted", doubled, 0),
        equals("days told otherwise than they are, of all hunts: reason and price included", len(wrong), 0),
        equals("kinds of faults met by Basic tables and search jobs", len(scripted & met), len(scripted)),
        told("search jobs; of them failed by the lab", f"{len(history)}; {sum(one.fails for one in history)}"),
        equals("search jobs paid for twice, and by one more hunt", sum(n - 1 for n in twice.values()) + again, 0),
        equals("tables of jobs left behind", left, 0),
        told("seconds of the hunt that pays nothing; MiB of the one that pays", f"{took:.0f}; {peak:.0f}"),
        equals("places where a planted key was found", len(made.leaks()), 0),
    ]  # fmt: skip


def _both(one: Counter[str], other: Counter[str]) -> int:
    return (one & other).total()

"""The laws of a workspace's planted truth, at any size: what a hunt may say of each day, by what holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from journeys.siem import SINCE
from journeys.workspace import KEEPS, UNTIL, WORDS, moments, reachable, standing
from lab.serve.faults import Bend, Cut, Fault, Refusal, When

DAY = timedelta(days=1)
JOB, BASIC = "_SRCH$", "/search$"
STRIKES = (
    Fault(Refusal(429, wait=1), When(method="PUT", path=JOB)),
    Fault(Cut("after"), When(method="PUT", path=JOB, nth=3)),
    Fault(Bend("search_job_slow", 20), When(method="PUT", path=JOB, nth=4)),
    Fault(Bend("search_job_failed"), When(method="PUT", path=JOB, nth=5)),
    Fault(Refusal(503), When(method="GET", path=JOB, nth=7)),
    Fault(Cut("middle"), When(method="GET", path=JOB, nth=11)),
)
"""What may happen to search jobs; the one that failed is asked for again by the next hunt."""

FREE_STRIKES = (
    Fault(Refusal(429), When(path=BASIC)),
    Fault(Bend("capped", 4), When(path=BASIC, nth=3)),
    Fault(Cut("middle"), When(path=BASIC, nth=5)),
)
"""What may happen to searches of a Basic table, and costs a hunt nothing."""


def lies(case: Mapping[str, Any], hits: int, *, paying: bool) -> Iterator[str]:
    """Yield where a report differs from what is planted and kept, day by day, reason and price included."""
    for table in KEEPS:
        for word in WORDS:
            said, planted = standing(case, table, word), {at.date() for at in moments(hits)[word]}
            for n in range((UNTIL - SINCE) // DAY):
                day = (SINCE + n * DAY).date()
                verdict, why = said.get(day, ("", ""))
                if not _may_stand(verdict, why, table, day, hits=day in planted, paying=paying):
                    yield f"{table} {word} {day}: {verdict} {why}"


def _may_stand(verdict: str, why: str, table: str, day: date, *, hits: bool, paying: bool) -> bool:
    if day < reachable(table, paying=True).start.date():
        return verdict == "no_data" and "older than" in why
    if day < reachable(table, paying=paying).start.date():
        return verdict == "not_searchable" and "search job" in why and "price" in why
    if day == (UNTIL - DAY).date() and verdict == "waiting":
        return True
    return verdict == ("hits" if hits else "clean")


def unproved(case: Mapping[str, Any], missing: Mapping[str, int], hits: int) -> Iterator[str]:
    """Yield days that are called clean, or empty, of which a hit is missing."""
    for table in KEEPS:
        for word, times in moments(hits).items():
            said = standing(case, table, word)
            for n, at in enumerate(times):
                if f"{table}-{word}-{n}" in missing and said[at.date()][0] in ("clean", "no_data"):
                    yield f"{table} {word} {at}: {said[at.date()]}"

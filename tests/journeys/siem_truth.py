"""The laws of planted truth, at any size: what a hunt under every fault may say, and what the next one must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from huntline.model.window import Window
from journeys.siem import CROWD, DAYS, SINCE, WORDS, Siem, Truth, found, verdicts

TENANT = "acme"


def lies(siem: Siem, told: Truth, case: Mapping[str, Any], lost: Mapping[Window, str]) -> Iterator[str]:
    """Yield where a report differs, day by day, from what is planted and what faults took away.

    `lost`: the verdict of windows that could not be searched, whose hits may be missing.
    """
    for word in (*WORDS, CROWD):
        hits, said = told.days(word), verdicts(siem, case, TENANT, word)
        for day in (SINCE.date() + timedelta(days=turn) for turn in range(DAYS)):
            verdict, why = said.get(day, ("", ""))
            if verdict not in _allowed(day, hits, told, lost):
                yield f"{word} {day}: {verdict} {why}"
            if verdict in set(lost.values()) and not why:
                yield f"{word} {day}: {verdict} without a reason"


def _allowed(day: date, hits: frozenset[date], told: Truth, lost: Mapping[Window, str]) -> set[str]:
    missed = {verdict for span, verdict in lost.items() if span.start.date() <= day < span.end.date()}
    if missed:
        return missed | ({"hits"} if day in hits else set())
    if day in hits:
        return {"hits"}
    if day in told.empty:
        return {"no_data"}
    return {"waiting"} if day == SINCE.date() + timedelta(days=DAYS - 1) else {"clean"}


def counted(case: Mapping[str, Any]) -> Counter[date]:
    """Return how many events of each day were counted and not collected."""
    found: Counter[date] = Counter()
    for one in case["counted"]:
        if one["tenant"] == TENANT:
            found[date.fromisoformat(one["day"])] += one["count"]
    return found


def collected(siem: Siem, told: Truth, case: Mapping[str, Any]) -> tuple[Counter[str], Counter[str]]:
    """Return what is missing among the hits, and what is there too often or was never planted.

    Of a crowd that floods, a day's missing events are not missing where as many were counted on that very day.
    """
    had, planted, found_by_day = found(siem, case, TENANT), told.ids(), counted(case)
    missing = planted - had
    for day, crowd in told.by_day(CROWD).items():
        flooded = Counter(one for one in crowd if one in missing)
        if flooded and flooded.total() == found_by_day.pop(day, 0):
            missing -= flooded
    return missing, (had - planted) + Counter({f"counted on {day}": count for day, count in found_by_day.items()})

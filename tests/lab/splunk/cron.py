"""Cron schedules as Splunk takes them: five fields of numbers, no names of months or days (1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PART = re.compile(r"(?:(\*)|(\d+)(?:-(\d+))?)(?:/(\d+))?")
_YEARS = 9  # 29 February may be eight years away


def fields(text: str) -> tuple[frozenset[int], ...]:
    """Return the numbers of each field; raises ValueError for what is no schedule.

    >>> sorted(fields("*/20 1-2 * * *")[0])
    [0, 20, 40]
    """
    parts = text.split()
    if len(parts) != len(_BOUNDS):
        raise ValueError(text)
    return tuple(_numbers(part, *bounds) for part, bounds in zip(parts, _BOUNDS, strict=True))


def times(text: str, low: float, high: float) -> list[int]:
    """Return when a schedule is due in low <= time < high; epoch seconds, UTC."""
    return list(takewhile(lambda moment: moment < high, _due(text, low)))


def upcoming(text: str, after: float) -> int | None:
    """Return the first time a schedule is due after a moment, None for never."""
    return next(islice(_due(text, after + 1), 1), None)


def _due(text: str, low: float) -> Iterator[int]:
    minutes, hours, days, months, weekdays = fields(text)
    restricted = [part != "*" for part in text.split()]
    day = datetime.fromtimestamp(low, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(366 * _YEARS):
        weekday = day.isoweekday() % 7 in {one % 7 for one in weekdays}
        dated = day.day in days
        # Of two restricted day fields either is enough (crontab's old rule; for Splunk inf).
        fits = (dated or weekday) if restricted[2] and restricted[4] else (dated and weekday)
        if day.month in months and fits:
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    moment = int(day.timestamp()) + hour * 3600 + minute * 60
                    if moment >= low:
                        yield moment
        day += timedelta(days=1)


def _numbers(text: str, low: int, high: int) -> frozenset[int]:
    return frozenset(number for part in text.split(",") for number in _range(part, low, high))


def _range(part: str, low: int, high: int) -> range:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(part)
    step = int(found[4] or 1)
    first = low if found[1] else int(found[2])
    last = high if found[1] or (found[4] and not found[3]) else int(found[3] or found[2])
    if not (low <= first <= last <= high and step):
        raise ValueError(part)
    return range(first, last + 1, step)

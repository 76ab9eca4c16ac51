"""Made-up events at chosen moments, as many as a law needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from lab.sentinel.columns import TIME
from lab.sentinel.store import Store


def plant(
    store: Store,
    table: str,
    moments: Iterable[datetime],
    fields: Mapping[str, Any],
    *,
    name: str = "planted",
    latency: timedelta = timedelta(seconds=3),
) -> None:
    """Add an event for each moment to a table, all with the same fields; each `_ItemId` is the name and a number from 0."""
    several = list(moments)
    if several:
        row = {TIME: several[0], "_TimeReceived": several[0] + latency, **fields}
        store.repeat(table, row, several, ids=f"{name}-")


def spread(count: int, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield so many moments evenly over start <= moment < end."""
    return (start + (end - start) * turn / count for turn in range(count))


def burst(count: int, at: datetime) -> Iterator[datetime]:
    """Yield the same moment so many times."""
    return (at for _ in range(count))

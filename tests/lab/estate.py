"""The estate: all that happened between 2022-12-01 and 2023-05-31, in order, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from lab.events import KIND, Scene, WebRequest
from lab.hosts import HOSTS
from lab.near import near_misses, research
from lab.noise import ordinary_day
from lab.stories import stories

SEED = 29059
FIRST, LAST = date(2022, 12, 1), date(2023, 5, 31)  # inclusive
HOLE = (datetime(2023, 2, 1, tzinfo=UTC), datetime(2023, 2, 15, tzinfo=UTC))  # the proxy kept nothing


def estate(*, seed: int = SEED) -> tuple[Scene, ...]:
    """Return every event of the company as its sensors could record it, by time.

    The proxy's hole and what a host's sensor is not told to record are already left out.
    """
    scenes = [scene for scene in _everything(seed) if _recorded(scene)]
    return tuple(sorted(scenes, key=_when))


def days() -> Iterator[date]:
    """Yield the estate's days, in order."""
    day = FIRST
    while day <= LAST:
        yield day
        day += timedelta(days=1)


def _everything(seed: int) -> Iterator[Scene]:
    for host in HOSTS:
        for day in days():
            yield from ordinary_day(host, day, seed=seed)
    yield from near_misses()
    yield from research()
    yield from stories()


def _recorded(scene: Scene) -> bool:
    event = scene.event
    if isinstance(event, WebRequest) and HOLE[0] <= event.time < HOLE[1]:
        return False
    return KIND[type(event)] in event.host.records


def _when(scene: Scene) -> datetime:
    return scene.event.time

"""The indexes of a deployment, their settings and buckets; changes while searches run."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter

from lab.splunk.events import Event, Made, Place
from lab.splunk.settings import Peer

by_time = attrgetter("made.moment")


@dataclass(frozen=True, slots=True)
class Keeping:
    """An index's settings (indexes.conf [S16]): frozen after six years, and then deleted."""

    frozen_seconds: int = 188_697_600
    frozen_dir: str = ""
    archiving: bool = False
    disabled: bool = False
    max_megabytes: int = 500_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """`events` by time, oldest first; a bucket is never empty."""

    place: Place
    events: tuple[Event, ...]

    @property
    def start(self) -> float:
        return self.events[0].moment

    @property
    def end(self) -> float:
        return self.events[-1].moment

    def between(self, low: float, high: float) -> tuple[Event, ...]:
        """Return the events of low <= time < high."""
        if low <= self.start and self.end < high:
            return self.events
        return self.events[bisect_left(self.events, low, key=by_time) : bisect_left(self.events, high, key=by_time)]


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    keeping: Keeping = field(default_factory=Keeping)
    buckets: tuple[Bucket, ...] = ()

    @property
    def count(self) -> int:
        return sum(len(bucket.events) for bucket in self.buckets)


class Store:
    """Indexes by name; what a search has taken it keeps, whatever changes meanwhile.

    Events go in turn to the peers, and there into a bucket for each month of their own time.
    """

    def __init__(self, *peers: Peer) -> None:
        self.peers = peers or (Peer("idx1"), Peer("idx2"))
        self._lock = threading.Lock()
        self._indexes: dict[str, Index] = {}
        self._numbers: dict[str, int] = defaultdict(int)

    def add(self, name: str, events: Iterable[Made], *, keeping: Keeping | None = None) -> None:
        """Add events to an index in new buckets, as a flush or late data does; a new index is made."""
        groups: dict[tuple[str, int], list[Made]] = defaultdict(list)
        for turn, one in enumerate(events):
            groups[_month(one.moment), turn % len(self.peers)].append(one)
        with self._lock:
            found = self._indexes.get(name, Index(name))
            made = tuple(self._bucket(name, self.peers[peer], inside) for (_, peer), inside in sorted(groups.items()))
            self._indexes[name] = replace(found, keeping=keeping or found.keeping, buckets=(*found.buckets, *made))

    def freeze(self, name: str, before: float) -> int:
        """Take away the buckets whose newest event is older than a moment; return how many events went."""
        with self._lock:
            found = self._indexes[name]
            kept = tuple(one for one in found.buckets if one.end >= before)
            self._indexes[name] = replace(found, buckets=kept)
        return found.count - sum(len(one.events) for one in kept)

    def keep(self, name: str, keeping: Keeping) -> None:
        """Change an index's settings."""
        with self._lock:
            self._indexes[name] = replace(self._indexes.get(name, Index(name)), keeping=keeping)

    def indexes(self) -> tuple[Index, ...]:
        """Return all indexes by name."""
        with self._lock:
            return tuple(one for _, one in sorted(self._indexes.items()))

    def _bucket(self, name: str, peer: Peer, events: Sequence[Made]) -> Bucket:
        place = Place(name, peer.name, peer.guid, self._numbers[name])
        self._numbers[name] += 1
        ordered = sorted(events, key=attrgetter("moment"))
        return Bucket(place, tuple(Event(one, place, 10 + 97 * turn) for turn, one in enumerate(ordered)))


def newest_first(indexes: Iterable[Index], low: float, high: float, *, without: frozenset[str]) -> list[Event]:
    """Return the events of low <= time < high, but for those on lost peers."""
    buckets = (one for index in indexes for one in index.buckets if one.place.peer not in without)
    found = [event for bucket in buckets for event in bucket.between(low, high)]
    found.sort(key=by_time, reverse=True)
    return found


def _month(moment: float) -> str:
    return _month_of(int(moment // 86_400))


@cache
def _month_of(day: int) -> str:
    return f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m}"

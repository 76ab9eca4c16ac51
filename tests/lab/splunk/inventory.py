"""Rows of the commands that tell of buckets, counts and settings (docs: dbinspect, metadata, eventcount, rest)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from lab.spl import Row, SplError
from lab.splunk.errors import Unbuilt
from lab.splunk.settings import Role, SplunkSettings
from lab.splunk.store import Bucket, Index


def buckets(indexes: Iterable[Index], low: float, high: float, lost: frozenset[str]) -> Iterator[Row]:
    """Yield a row for each bucket that reaches into a time, with the times of its oldest and newest event.

    Which path and state each bucket has, and its size, is the lab's choice.
    """
    for bucket in _reached(indexes, low, high, lost):
        place = bucket.place
        name = f"db_{int(bucket.end)}_{int(bucket.start)}_{place.number}"
        yield {
            "bucketId": place.id,
            "endEpoch": str(int(bucket.end)),
            "startEpoch": str(int(bucket.start)),
            "eventCount": str(len(bucket.events)),
            "guId": place.guid,
            "hostCount": str(len({one["host"] for one in bucket.events})),
            "id": str(place.number),
            "index": place.index,
            "path": f"/opt/splunk/var/lib/splunk/{place.index}/db/{name}",
            "sizeOnDiskMB": f"{len(bucket.events) / 5_000:.6f}",
            "splunk_server": place.peer,
            "state": "warm",
            "tsidxState": "full",
        }


def metadata(kind: str, indexes: Iterable[Index], low: float, high: float, lost: frozenset[str]) -> Iterator[Row]:
    """Yield first and last time and the count of each host, source or source type, of whole buckets (1.3: no gaps)."""
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    counts: Counter[str] = Counter()
    for bucket in _reached(indexes, low, high, lost):
        for event in bucket.events:
            name = str(event[kind])
            first[name] = min(event.moment, first.get(name, event.moment))
            last[name] = max(event.moment, last.get(name, event.moment))
            counts[name] += 1
    for name, count in sorted(counts.items()):
        times = {"firstTime": str(int(first[name])), "lastTime": str(int(last[name]))}
        yield {kind: name, **times, "recentTime": times["lastTime"], "totalCount": str(count), "type": f"{kind}s"}


def counted(indexes: Iterable[Index], *, summed: bool) -> Iterator[Row]:
    """Yield the count of events, whatever the time of the search [S17]."""
    if summed:
        yield {"count": str(sum(one.count for one in indexes))}
        return
    for index in indexes:
        peers: Counter[str] = Counter()
        for bucket in index.buckets:
            peers[bucket.place.peer] += len(bucket.events)
        for peer, count in sorted(peers.items()):
            yield {"count": str(count), "index": index.name, "server": peer}


def rest(path: str, settings: SplunkSettings, role: Role) -> Iterator[Row]:
    """Yield a setting as a row with its value (inf); raises SplError for a path the role may not read."""
    if path != "/services/properties/limits/search/search_retry":
        raise Unbuilt(f"| rest {path}")
    if "list_settings" not in role.capabilities:
        raise SplError("the role may not read settings", 0)
    yield {"value": str(settings.search_retry).lower(), "splunk_server": settings.name}


def _reached(indexes: Iterable[Index], low: float, high: float, lost: frozenset[str]) -> Iterator[Bucket]:
    for index in indexes:
        for bucket in index.buckets:
            if bucket.place.peer not in lost and bucket.start < high and bucket.end >= low:
                yield bucket

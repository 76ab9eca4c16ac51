"""Go through documents in order of time and take those that match: the same walk for every kind of search."""

from __future__ import annotations

import heapq
import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.elastic.documents import Document, Index
from lab.elastic.leaves import Holds
from lab.elastic.query import Query


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """One document found, and its place in its index."""

    index: Index
    document: Document
    place: int


def matches(
    indices: Iterable[Index], query: Query, also: Holds | None = None, *, newest: bool = False
) -> Iterator[Hit]:
    """Yield what matches a query and a further test, by time, the newest first if asked."""
    walks = [_walk(index, query, also, newest=newest) for index in indices if index.between(query.low, query.high)]
    if len(walks) == 1:
        return walks[0]
    return heapq.merge(*walks, key=_time, reverse=newest)


def count(indices: Iterable[Index], query: Query, also: Holds | None, most: int | None) -> int:
    """Count what matches, no further than one over `most`."""
    several = tuple(indices)
    if query.holds is None and also is None:
        return sum(len(index.between(query.low, query.high)) for index in several)
    found = matches(several, query, also)
    return sum(1 for _ in (found if most is None else itertools.islice(found, most + 1)))


def by_moment(hits: Iterable[Hit], key: Callable[[Hit], Any]) -> Iterator[Hit]:
    """Put the hits of one millisecond in order of a key; they come by time, and sorting is in milliseconds [E2]."""
    for _, together in itertools.groupby(hits, _time):
        alike = list(together)
        yield from alike if len(alike) == 1 else sorted(alike, key=key)


def chance(number: int) -> Callable[[Hit], int]:
    """Return an order that nobody can rely on, another one for each request: without a tiebreaker there is none [E2]."""
    return lambda hit: zlib.crc32(f"{number}/{hit.index.base}/{hit.document.id}".encode())


def _walk(index: Index, query: Query, also: Holds | None, *, newest: bool) -> Iterator[Hit]:
    places = index.between(query.low, query.high)
    documents, holds = index.documents, query.holds
    for place in reversed(places) if newest else places:
        document = documents[place]
        if (holds is None or holds(document, index)) and (also is None or also(document, index)):
            yield Hit(index, document, place)


def _time(hit: Hit) -> int:
    return hit.document.at

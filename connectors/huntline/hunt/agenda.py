"""Wanted minus finished: which orders are left for a part."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from huntline.model.jsonable import dumps, moment_text
from huntline.model.query import Query
from huntline.model.scope import Binding
from huntline.model.search import Order, Part
from huntline.model.window import Window, halves, meet, missing
from huntline.ports import Compiler

ALWAYS = Window(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""The interval of a part that is searched as a whole: it holds whatever times its events bear."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Queries to be searched together in a window of a part: an order before it has a text and a ticket."""

    part: Part
    window: Window
    queries: tuple[Query, ...]  # by hash
    want: Literal["rows", "count"]


def is_whole(part: Part) -> bool:
    return part.widest is None


def errands(
    part: Part,
    queries: Sequence[Query],
    finished: Mapping[tuple[str, str], Sequence[Window]],
    *,
    wanted: Window,
    begun: Sequence[Window] = (),
) -> Iterator[Errand]:
    """Yield what of `wanted` is not finished for the part's queries, queries of equal windows together.

    Every query that misses any of a window takes part in it; windows are at most the part's widest. `begun`: windows of
    searches that run already; they are kept as they are, so that their searches are taken up.
    """
    mine = sorted((q for q in queries if q.scope in part.scopes), key=lambda q: q.hash)
    by_window: dict[Window, list[Query]] = defaultdict(list)
    for query in mine:
        done = finished.get((part.store, query.hash), ())
        for window in _open_windows(part, done, wanted, begun):
            by_window[window].append(query)
    for window in sorted(by_window):
        yield Errand(part, window, tuple(by_window[window]), "rows")


def orders(
    errand: Errand, *, tenant: str, compiler: Compiler, binding: Mapping[str, Binding], rows: int
) -> Iterator[Order]:
    """Yield the errand's orders: one, or several where the language's limits cut the text."""
    for fused in compiler.fuse(errand.queries, binding, errand.part.path):
        identity = (
            tenant,
            errand.part.key,
            moment_text(errand.window.start),
            moment_text(errand.window.end),
            sorted(fused.queries),
            rows,
            errand.want,
        )
        ticket = hashlib.sha256(dumps(identity).encode()).hexdigest()[:40]
        yield Order(tenant, errand.part, errand.window, fused, rows, errand.want, ticket)


def smaller(errand: Errand) -> tuple[Errand, ...]:
    """Ask for less: half the time where time divides, else half the queries; a lone query is counted. () when at the floor."""
    part = errand.part
    if part.narrowest is not None and (cut := halves(errand.window, floor=part.narrowest)):
        return tuple(Errand(part, window, errand.queries, errand.want) for window in cut)
    if fewer := bisected(errand):
        return fewer
    if errand.want == "rows":
        return (Errand(part, errand.window, errand.queries, "count"),)
    return ()


def bisected(errand: Errand) -> tuple[Errand, ...]:
    """Ask for half of the queries at a time; () for a lone one. A text that is refused is so in any window."""
    if len(errand.queries) < 2:
        return ()
    middle = len(errand.queries) // 2
    return tuple(replace(errand, queries=half) for half in (errand.queries[:middle], errand.queries[middle:]))


def _open_windows(part: Part, done: Sequence[Window], wanted: Window, begun: Sequence[Window]) -> Iterator[Window]:
    if is_whole(part):
        if not done:
            yield ALWAYS
        return
    start, end = max(part.window.start, wanted.start), min(part.window.end, wanted.end)
    if start >= end:
        return
    for hole in missing(Window(start, end), done):
        held = [one for one in begun if meet(one, hole)]
        yield from held
        for rest in missing(hole, held):
            yield from _steps(rest, part.widest or timedelta.max)


def _steps(window: Window, widest: timedelta) -> Iterator[Window]:
    at = window.start
    while at < window.end:
        after = min(at + widest, window.end) if widest < window.end - at else window.end
        yield Window(at, after)
        at = after

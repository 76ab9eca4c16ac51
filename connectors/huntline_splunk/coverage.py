"""What a scope holds, by UTC day: all events, those of each population, what proves it alive, filled fields, and host names.

All events are counted from the index alone (tstats); populations and fields are made at search time, which is a scan. Days
are made of seconds since 1970: spans of a day begin at the midnight of whoever asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from huntline.errors import QueryRejected
from huntline.model.facts import Day, Fact, Fill, Seen
from huntline.model.pack import LogSource
from huntline.model.predicate import Every
from huntline.model.window import Window, day_window, days_of, merged
from huntline.translate.translator import Bound
from huntline_splunk.census import DAY, Population, Tally, census, events_of, says
from huntline_splunk.ground import terms_of
from huntline_splunk.jobs import epoch
from huntline_splunk.literals import name
from huntline_splunk.rows import day_of, when
from huntline_splunk.table import Tables

EVERYTHING = LogSource()  # all events of a scope, where no population is that
QUARTER = timedelta(minutes=15)  # the narrowest step at which the world's clocks stand apart from UTC
MOST_DAYS = timedelta(days=500)  # of one count, so that its quarters are fewer than 50,000
GAP = timedelta(days=7)
LARGE = 1_000_000  # events; of more than these fields are looked at in a sample first
SAMPLE = 100_000  # events of it


def totals(tables: Tables, bound: Bound, window: Window, since: datetime | None = None) -> Counter[date]:
    """Count all events by day, those that arrived at or after `since` where that is given; days of none are left out."""
    found: Counter[date] = Counter()
    for piece in _pieces(window, tables.longest):
        for row in tables.rows(total(bound, since), piece):
            found[day_of(row["day"])] += int(float(row["count"]))
    return found


def checked(
    tables: Tables, bound: Bound, window: Window, found: Counter[date]
) -> tuple[Counter[date], frozenset[date]]:
    """Return all events by day, of which `found` were counted, and the days that a search, too, finds empty.

    A source type may be renamed as it is searched, which tstats does not see: that it counts nothing says nothing alone.
    Shorter gaps than a week are not looked into.
    """
    none = [day for day in days_of(window) if not found[day]]
    if not bound.native("search"):
        return found, frozenset(none)
    empty: set[date] = set()
    for gap in merged(piece for day in none if (piece := _inside(day_window(day), window))):
        if gap.end - gap.start < GAP:
            continue
        for piece in _pieces(gap, tables.longest):
            for row in tables.rows(f"{events_of(bound)} | eval {DAY} | stats count by day", piece):
                found[day_of(row["day"])] += int(row["count"])
            empty |= {day for day in days_of(piece) if not found[day]}
    return Counter({day: count for day, count in found.items() if count}), frozenset(empty)


def whole_of(bound: Bound) -> LogSource:
    """Return the population that is all events of a scope as `totals` counts them, EVERYTHING where there is none."""
    scope, base = bound.store.scope, bound.native("search")
    exact = not base or terms_of(bound) in (None, " ".join(base.split()))
    kinds = (kind for kind in sorted(scope.logsources, key=str) if kind not in scope.alive)
    return next((kind for kind in kinds if exact and scope.logsources[kind] == Every(())), EVERYTHING)


def counted(tables: Tables, bound: Bound, window: Window, reads: Sequence[str], held: Counter[date]) -> Iterator[Fact]:
    """Yield days and fills of the days that hold anything, by `held`. Raises what `Tables` raises."""
    populations = _populations(bound, reads)
    days = [day_window(day) for day in held]
    for stored in merged(piece for day in days if (piece := _inside(day, window))):
        for piece in _pieces(stored, tables.longest):
            inside = sum(count for day, count in held.items() if piece.start <= day_window(day).start < piece.end)
            yield from _scanned(tables, bound, piece, populations, inside)


def hosts(tables: Tables, bound: Bound, window: Window) -> Iterator[Seen]:
    """Yield the host names of each month, all of them."""
    names = bound.store.scope.entities.get("host", ())
    if not names:
        return
    for piece in _pieces(window, tables.longest):
        for row in tables.rows(_hosts(bound, names, piece), piece):
            yield Seen(bound.store.scope.name, day_of(row["month"]), str(row["name"]))


def span_of(tables: Tables, bound: Bound, window: Window) -> tuple[datetime, datetime] | None:
    """Return the times of the first and the last event, from the index alone."""
    asked = _from(bound).replace("count", "min(_time) AS first max(_time) AS last", 1)
    for row in tables.rows(f"| tstats {asked}", window):
        first, last = when(row.get("first")), when(row.get("last"))
        if first and last:
            return first, last
    return None


def indexes_of(tables: Tables, bound: Bound, window: Window) -> frozenset[str]:
    """Return the indexes that hold any of the scope's events."""
    counted = f"| tstats {_from(bound)} by index"
    return frozenset(
        str(row["index"]) for piece in _pieces(window, tables.longest) for row in tables.rows(counted, piece)
    )


def _scanned(
    tables: Tables, bound: Bound, window: Window, populations: Sequence[Population], inside: int
) -> Iterator[Fact]:
    """Count a window's populations. Where it is large, a sample proves what is filled, and a count only what is not."""
    if inside <= LARGE:
        for day, tally in census(tables, bound, window, populations, fields=True).items():
            yield from _days(bound, populations, day, tally)
            yield from _fills(bound, populations, day, tally)
        return
    sampled = _sampled(tables, bound, window, populations, sample=max(2, inside // SAMPLE))
    left: list[Window] = []
    for day, tally in census(tables, bound, window, populations, fields=False).items():
        yield from _days(bound, populations, day, tally)
        fills = list(
            _fills(bound, populations, day, Tally(tally.events, tally.alive, sampled.get(day, Tally()).filled))
        )
        yield from (fill for fill in fills if fill.filled)
        if (tally.cut.total() or not all(fill.filled for fill in fills)) and (
            piece := _inside(day_window(day), window)
        ):
            left.append(piece)
    for piece in merged(left):
        for day, tally in census(tables, bound, piece, populations, fields=True).items():
            yield from _fills(bound, populations, day, tally)


def _sampled(
    tables: Tables, bound: Bound, window: Window, populations: Sequence[Population], *, sample: int
) -> Mapping[date, Tally]:
    """Look at a sample; nothing comes of it where the server takes none."""
    try:
        return census(tables, bound, window, populations, fields=True, sample=sample)
    except QueryRejected:
        return {}


def _days(bound: Bound, populations: Sequence[Population], day: date, tally: Tally) -> Iterator[Day]:
    scope = bound.store.scope
    for n, one in enumerate(populations):
        events = tally.events[n]
        alive = tally.alive[n] if one.logsource in scope.alive else events
        if events or alive:
            yield Day(scope.name, one.logsource, day, events, alive)


def _fills(bound: Bound, populations: Sequence[Population], day: date, tally: Tally) -> Iterator[Fill]:
    """Yield what is filled. Where events were cut, a field that any event lacks may have stood behind the cut."""
    for n, one in enumerate(populations):
        for known in one.fields if tally.events[n] else ():
            filled = tally.filled[n, known]
            lost = tally.cut[n] > 0 and filled < tally.events[n]
            yield Fill(bound.store.scope.name, one.logsource, known, day, None if lost else filled > 0)


def total(bound: Bound, since: datetime | None = None) -> str:
    """Write the count of all events by day. What came late is counted by a search: tstats misses renamed source types."""
    if since:
        return f"search _index_earliest={epoch(since)} ({bound.native('search')}) | eval {DAY} | stats count by day"
    if bound.native("search") and terms_of(bound) is None:
        return f"{events_of(bound)} | eval {DAY} | stats count by day"
    quarters = f"| tstats {_from(bound)} by _time span={QUARTER // timedelta(minutes=1)}m"
    return f"{quarters} | eval {DAY} | stats sum(count) AS count by day"


def _from(bound: Bound) -> str:
    """Write what is counted. Summaries of a data model as it was before would count what a search does not find today."""
    terms = terms_of(bound)
    if bound.native("search"):
        return f"count where {terms or bound.native('search')}"
    return f"summariesonly=false allow_old_summaries=false count from datamodel={bound.native('datamodel')}"


def _hosts(bound: Bound, names: Sequence[str], window: Window) -> str:
    """Write the names by the first day of their month: months by name would be those of who asks."""
    firsts, first = [], window.start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while first < window.end:
        following = (first + timedelta(days=32)).replace(day=1)
        firsts.append(f"_time<{epoch(following)}, {int(first.timestamp()) // 86400}")
        first = following
    said = ", ".join(f"mvindex({says(one, bound.source.absent)}, 0)" for one in names)
    kept = ", ".join(name(one) for one in ("_time", *names))
    return (
        f"{events_of(bound)} | fields {kept} | eval month=case({', '.join(firsts)}), name=coalesce({said})"
        " | stats count by month, name"
    )


def _populations(bound: Bound, reads: Sequence[str]) -> list[Population]:
    kinds = sorted(bound.store.scope.logsources, key=str)
    return [Population(kind, tuple(one for one in reads if bound.reads(one, kind))) for kind in kinds]


def _inside(day: Window, window: Window) -> Window | None:
    start, end = max(day.start, window.start), min(day.end, window.end)
    return Window(start, end) if start < end else None


def _pieces(window: Window, longest: timedelta | None) -> Iterator[Window]:
    """Cut a window at midnights, since days are counted whole, so that no piece is longer than may be."""
    step = max(min(longest or MOST_DAYS, MOST_DAYS) // timedelta(days=1), 1) * timedelta(days=1)
    midnight, start = window.start.replace(hour=0, minute=0, second=0, microsecond=0), window.start
    while start < window.end:
        midnight += step
        end = min(midnight, window.end)
        yield Window(start, end)
        start = end

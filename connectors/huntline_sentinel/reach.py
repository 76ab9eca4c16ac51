"""How far back a table can be asked, and by which way: the time of each plan and retention is a part of its own.

A plain query over archived time gives no rows and no error, so no window is ever asked by a way that does not hold it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from huntline.model.search import Cost, Part, PartState
from huntline.model.window import Window
from huntline.translate.translator import Bound
from huntline_sentinel.arm import Table
from huntline_sentinel.settings import Settings

QUERY, SEARCH, JOB, OWN = "query", "search", "job", "own"
"""Ways to a table: plain queries, queries of Basic and Auxiliary tables, search jobs, queries by the event's own clock."""
WIDEST = timedelta(days=31)
NARROWEST = timedelta(seconds=1)
BASIC = timedelta(
    days=30
)  # what a Basic table keeps to be queried (Microsoft Learn, "Basic and Auxiliary table plans")
DAY = timedelta(days=1)
STAMPED = timedelta(days=2)  # so late an event is stamped with its arrival (Microsoft Learn, "Standard columns")
LIGHTHOUSE = "search jobs are refused through Lighthouse: it takes an app of the customer's own tenant"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a table's time and the way to it."""

    kind: str
    window: Window
    state: PartState
    words: str


@dataclass(frozen=True, slots=True)
class Daily:
    """What a table takes in by the day, in GB, by the workspace's own count of its usage."""

    gb: Mapping[str, float]


def parts_of(
    bound: Bound, table: Table | None, wanted: Window, now: datetime, settings: Settings, daily: Daily
) -> Iterator[Part]:
    """Yield the parts of a scope, the oldest first."""
    scope, name = bound.store.scope, bound.native("table")
    if table is None:
        lacking = Span("lacking", wanted, "gone", f"the workspace has no table {name}")
        yield _part(scope.name, scope.title, lacking, None, settings)
        return
    for span in spans_of(table, wanted, now, settings):
        title = (
            scope.title
            if span.kind in (QUERY, SEARCH)
            else f"{scope.title}, {'archived' if span.kind == JOB else 'expired'}"
        )
        yield _part(scope.name, title, span, _price(span, daily.gb.get(name)), settings)
    if bound.source.happened != bound.source.time and table.plan == "Analytics" and now - wanted.end >= STAMPED:
        yield _restamped(scope.name, scope.title, wanted)


def _restamped(scope: str, title: str, wanted: Window) -> Part:
    """Return the part of events that came so late that they bear the time of their arrival: after what is wanted.

    It lies in recent time, whatever its events' own clocks say, so halves of a window would scan as much as the whole.
    """
    span = Span(OWN, wanted, "searchable", "")
    part = _part(f"{scope}", f"{title}, stamped on arrival", span, None, None)
    return replace(part, place=f"{scope}@{OWN}", widest=wanted.end - wanted.start, narrowest=None)


def spans_of(table: Table, wanted: Window, now: datetime, settings: Settings) -> Iterator[Span]:
    """Yield the stretches of a table within `wanted`; they meet at midnights, UTC, so that each day has one way."""
    near = QUERY if table.plan == "Analytics" else SEARCH
    recent = reaches(table)
    expired, archived = _midnight(now - table.total), _midnight(now - recent)
    days, gone = recent // DAY, table.total // DAY
    refused = LIGHTHOUSE if settings.lighthouse else ""
    job: PartState = "not_searchable" if refused else "searchable"
    words = f"older than the {days} days that queries reach, and within the {gone} days kept: {refused or 'by search job only'}"
    old = f"older than the {gone} days that table {table.name} is kept"
    yield from _span("expired", wanted.start, min(expired, wanted.end), "gone", old)
    yield from _span(JOB, max(expired, wanted.start), min(archived, wanted.end), job, words)
    yield from _span(near, max(archived, wanted.start), wanted.end, "searchable", "")


def reaches(table: Table) -> timedelta:
    """Return how far back a table can be queried without a job: by its plan."""
    match table.plan:
        case "Analytics":
            return table.interactive
        case "Basic":
            return min(BASIC, table.interactive or BASIC, table.total)
    return table.total


def _span(kind: str, start: datetime, end: datetime, state: PartState, words: str) -> Iterator[Span]:
    if start < end:
        yield Span(kind, Window(start, end), state, words)


def _midnight(moment: datetime) -> datetime:
    """Return the next midnight: of the day in which retention ends, a part has gone already."""
    floor = datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
    return floor if floor == moment else floor + DAY


def _price(span: Span, gb_a_day: float | None) -> Cost | None:
    if span.kind != JOB:
        return None
    return Cost("GB", None if gb_a_day is None else gb_a_day * ((span.window.end - span.window.start) / DAY))


def _part(scope: str, title: str, span: Span, cost: Cost | None, settings: Settings | None) -> Part:
    job = span.kind == JOB
    return Part(
        key=f"{scope}@{span.kind}",
        title=title,
        scopes=(scope,),
        window=span.window,
        state=span.state,
        place=scope,
        path=span.kind,
        fingerprint="",
        size=0,
        widest=timedelta(days=settings.jobs.days) if job and settings else WIDEST,
        narrowest=DAY if job else NARROWEST,
        cost=cost,
        words=_worded(span, cost),
    )


def _worded(span: Span, cost: Cost | None) -> str:
    if span.state == "not_searchable" and cost and cost.amount is not None:
        return f"{span.words}; it would scan about {cost.amount:.4g} {cost.unit}"
    return span.words

"""A platform with dialled faults: events in memory, caps, refusals, partial answers and kills at any call."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from engine.words import detection_of, means_of
from huntline.detections.match import match
from huntline.errors import QueryRejected
from huntline.hunt.means import Means
from huntline.model.facts import Day, Fact, Fill, Flood, on_every_day
from huntline.model.pack import Detection, LogSource
from huntline.model.predicate import Every, Test
from huntline.model.query import Fused, Query, Read, Refused
from huntline.model.row import Row
from huntline.model.scope import Binding, Scope
from huntline.model.search import Cost, Order, Outcome, Page, Part, Waiting
from huntline.model.tenant import Tenant
from huntline.model.window import Window, day_window
from huntline.ports import Search
from huntline.remote import Patience

SOURCE = LogSource(category="test")
SCOPE = Scope("table", "A table", {SOURCE: Every(())}, {}, timedelta(0), frozenset({"hunt"}), {})
START = datetime(2023, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    time: datetime
    word: str
    arrived: datetime | None = None


@dataclass(slots=True)
class Store:
    """What the dummy holds and how it misbehaves; `calls` counts what was asked of it."""

    events: tuple[Event, ...] = ()
    cap: int = 1000
    whole: bool = False  # searched as a whole, like a file
    refuses: frozenset[str] = frozenset()  # words whose query is refused
    stray: tuple[Event, ...] = ()  # given back by every search of their time, whatever it asks
    partial: Window | None = None  # the tainted window of every answer
    fails: Callable[[str], None] = lambda _: None  # called before every call; may raise
    now: datetime | None = None  # its own clock; None: it keeps no time of arrival
    price: float | None = None  # what a day costs; None: nothing
    told: bool = True  # whether it says so before
    looks: int = 0  # at a search before it has ended
    aged: datetime | None = None  # what is older is reached by a path that costs `price`; the rest is free
    expired: datetime | None = None  # what is older than this is gone
    again: tuple[str, ...] = ()  # scopes that show its events once more
    searches: list[Order] = field(default_factory=list)
    running: dict[str, int] = field(default_factory=dict)  # ticket -> looks so far; kept until it is released
    # By ticket, what each search found when it began; None: none outlives a run.
    jobs: dict[str, tuple[Event, ...]] | None = None


@dataclass(frozen=True, slots=True)
class DummyCompiler:
    def compile(self, detection: Detection, scope: Scope, _binding: Binding) -> Query | Refused:
        return Query(
            detection=detection.id,
            scope=scope.name,
            logsource=SOURCE,
            population=Every(()),
            predicate=detection.predicate,
            reads=(Read("word", ("word",)),),
            branches=detection.branches,
            shape="event",
            text=detection.id,
            exact=True,
            hash=hashlib.sha256(repr((scope.name, detection.predicate)).encode()).hexdigest(),
        )

    def fuse(self, queries: Sequence[Query], _binding: Mapping[str, Binding], _path: str) -> Sequence[Fused]:
        return (Fused(" ".join(q.text for q in queries), tuple(q.hash for q in queries)),)


@dataclass(frozen=True, slots=True)
class DummyHunter:
    store: Store

    def clock(self) -> datetime | None:
        return self.store.now

    def reach(self, _scopes: Sequence[Scope], _binding: Mapping[str, Binding], wanted: Window) -> Sequence[Part]:
        self.store.fails("reach")
        size = None if self.store.whole else timedelta(days=10)
        floor = None if self.store.whole else timedelta(milliseconds=1)
        whole = Part("all", "all", (SCOPE.name,), wanted, "searchable", "all", "all", "", 0, size, floor, None, "")
        border = self.store.aged
        if border is None:
            again = (replace(whole, key=one, place=one, title=one, scopes=(one,), path=one) for one in self.store.again)
            return (replace(whole, cost=self._cost(wanted)), *again)
        old, young = Window(self.store.expired or wanted.start, border), Window(border, wanted.end)
        return (
            replace(whole, key="old", title="old", window=old, path="old", cost=self._cost(old), words="it is old"),
            replace(whole, window=young),
        )

    def _cost(self, window: Window) -> Cost | None:
        if self.store.price is None:
            return None
        days = (window.end - window.start) / timedelta(days=1)
        return Cost("GB", self.store.price * days if self.store.told else None)

    def coverage(self, scope: Scope, _part: Part, window: Window, reads: Sequence[str]) -> Sequence[Fact] | None:
        self.store.fails("coverage")
        if self.store.whole:
            return None
        facts = _facts(_within(self.store.events, window), scope.name)
        return facts if reads else on_every_day(facts, scope.name, scope.logsources, window)

    def late(self, _scope: Scope, _part: Part, since: datetime) -> Sequence[Window] | None:
        if self.store.now is None:
            return None
        days = {event.time.date() for event in self.store.events if event.arrived and event.arrived >= since}
        return tuple(day_window(day) for day in sorted(days))

    def start(self, order: Order, queries: Sequence[Query]) -> Search:
        self.store.fails("start")
        self.store.searches.append(order)
        if order.part.cost:
            self.store.running[order.ticket] = 0
        if self.store.jobs is None:
            return DummySearch(self.store, order, tuple(queries), order.ticket if order.part.cost else None)
        self.store.jobs[order.ticket] = self.store.events
        return DummySearch(self.store, order, tuple(queries), order.ticket, self.store.events)

    def adopt(self, order: Order, queries: Sequence[Query], reference: str | None) -> Search | None:
        if order.ticket in self.store.running:
            return DummySearch(self.store, order, tuple(queries), order.ticket)
        seen = (self.store.jobs or {}).get(reference or "")
        return None if seen is None else DummySearch(self.store, order, tuple(queries), reference, seen)

    def release(self, ticket: str, _reference: str | None) -> None:
        self.store.fails("release")
        self.store.running.pop(ticket, None)


@dataclass(frozen=True, slots=True)
class DummySearch:
    store: Store
    order: Order
    queries: tuple[Query, ...]
    reference: str | None = None
    seen: tuple[Event, ...] | None = None  # what was there when it began; None: what is there now

    def poll(self) -> Waiting | None:
        self.store.fails("poll")
        if not self.order.part.cost:
            return None
        self.store.running[self.order.ticket] += 1
        looks = self.store.running[self.order.ticket]
        done = min(1.0, looks / (self.store.looks + 1))
        return None if done == 1 else Waiting(timedelta(milliseconds=1), done, done * self._spent)

    @property
    def _spent(self) -> float:
        window = self.order.window
        return (self.store.price or 0) * ((window.end - window.start) / timedelta(days=1))

    def page(self, _cursor: str | None) -> Page:
        self.store.fails("page")
        if any(q.detection in self.store.refuses for q in self.queries):
            raise QueryRejected("cannot parse")
        there = self.store.events if self.seen is None else self.seen
        held = there if self.store.whole else _within(there, self.order.window)
        scope = self.order.part.scopes[0]
        stray = tuple(_row(e, scope) for e in _within(self.store.stray, self.order.window))
        rows = stray + tuple(
            _row(e, scope)
            for e in held
            if any(match(q.predicate, {"word": (e.word,)}) is not None for q in self.queries)
        )
        if self.order.want == "count":
            (query,) = self.queries
            days = Counter(row.time.date() for row in rows if row.time)
            floods = tuple(Flood(query.hash, day, days[day]) for day in sorted(days))
            return Page((), None, Outcome("whole", True, "", "", floods))
        if len(rows) > self.store.cap:
            return Page((), None, Outcome("split", False, "capped", "too many"))
        facts = _facts(held, scope) if self.store.whole else ()
        taint, asked = self.store.partial, self.order.window
        if taint and taint.start < asked.end and asked.start < taint.end:
            outcome = Outcome("partial", True, "shards", "2 of 5 shards failed", facts, (taint,), len(held))
            return Page(rows, None, outcome)
        return Page(rows, None, Outcome("whole", True, "", "", facts, (), len(held), spent=self._spent))


def detection(word: str) -> Detection:
    """A detection that matches events whose word is `word`."""
    return detection_of(word, Test("word", "is", (word,)), SOURCE)


def means(store: Store, *words: str) -> Means:
    return means_of(
        [detection(word) for word in words],
        tenant=Tenant("t", "c", "dummy", {}),
        scopes=(SCOPE, *(replace(SCOPE, name=one, title=one) for one in store.again)),
        compiler=DummyCompiler(),
        hunter=DummyHunter(store),
        rows=store.cap,
        patience=Patience(2, timedelta(milliseconds=1)),
    )


def _within(events: Iterable[Event], window: Window) -> tuple[Event, ...]:
    return tuple(event for event in events if window.start <= event.time < window.end)


def _row(event: Event, scope: str) -> Row:
    return Row(scope, event.id, event.time, event.time, {"word": (event.word,)}, {"host": "h"}, event.word)


def _facts(events: Iterable[Event], scope: str) -> tuple[Fact, ...]:
    count: dict[object, int] = {}
    for event in events:
        count[event.time.date()] = count.get(event.time.date(), 0) + 1
    days = sorted({event.time.date() for event in events})
    return (
        *(Day(scope, SOURCE, day, count[day], count[day]) for day in days),
        *(Fill(scope, SOURCE, "word", day, filled=True) for day in days),
    )

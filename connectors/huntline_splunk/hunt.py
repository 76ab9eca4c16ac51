"""Hunt a deployment: how far it can be seen, what it holds by day, and one search job for a window."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from huntline.model.facts import Day, Fact, on_every_day
from huntline.model.query import Query
from huntline.model.scope import Binding, Scope
from huntline.model.search import Order, Outcome, Part
from huntline.model.window import Window, day_window, days_of, halves, merged
from huntline.translate.bearing import Shape
from huntline.translate.compiler import SourceCompiler
from huntline.translate.translator import Bound
from huntline_splunk import jobs
from huntline_splunk.client import Client
from huntline_splunk.coverage import checked, counted, hosts, indexes_of, total, totals, whole_of
from huntline_splunk.jobs import Ask
from huntline_splunk.pages import SplunkSearch, Terms, take_up, unseen, utc_now
from huntline_splunk.reach import NARROWEST, Beyond, Lay, beyond, hidden, lay_of, part_of, too_far_back
from huntline_splunk.rows import fields_asked
from huntline_splunk.settled import Settled
from huntline_splunk.shared import Shared
from huntline_splunk.table import Tables

CROWD = 500_000  # events of one second that are collected at most: [search] max_count
DAY = timedelta(days=1)


@dataclass(slots=True)
class SplunkHunter:
    """Fills `ports.Hunter`. What is learnt of the deployment is kept for as long as the hunt runs."""

    client: Client
    compiler: SourceCompiler
    lay: Lay | None = None
    beyonds: dict[str, tuple[Beyond, ...]] = field(default_factory=dict)  # by scope
    empty: dict[str, set[date]] = field(default_factory=dict)  # by scope: days that were seen to hold nothing
    shared: Shared = field(default_factory=Shared)
    turn: threading.RLock = field(default_factory=threading.RLock)

    def clock(self) -> datetime | None:
        """Return the search head's time, as its answers bear it."""
        answer = self.client.ask("GET", "authentication/current-context")
        try:
            return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            return None

    def reach(self, scopes: Sequence[Scope], binding: Mapping[str, Binding], wanted: Window) -> Sequence[Part]:  # noqa: ARG002 (bound already)
        with self.turn:
            self.lay = lay_of(self.client, self.clock() or utc_now())
            self.beyonds.clear()
            self.empty.clear()
            self.shared.forget()
            return [part_of(self.compiler.bounds[scope.name], self.lay, wanted) for scope in scopes]

    def coverage(self, scope: Scope, part: Part, window: Window, reads: Sequence[str]) -> Sequence[Fact] | None:  # noqa: ARG002 (one part a scope)
        """Count a window's days. Without `reads` only all events are counted: whether a day changed shows in that.

        Scopes that read the same are counted at once, until a search starts: what was counted before it says nothing after.
        """
        bound, tables = self.compiler.bounds[scope.name], self._tables()
        reached = self._in_reach(window)
        if reached is None:
            return ()
        held = self.shared.count((total(bound), reached), lambda: totals(tables, bound, reached))
        (found, empty), kind = checked(tables, bound, reached, held), whole_of(bound)
        facts: list[Fact] = [Day(scope.name, kind, day, found[day], found[day]) for day in sorted(found)]
        if not reads:
            return on_every_day(facts, scope.name, [kind], reached)
        facts += counted(tables, bound, reached, reads, found)
        facts += hosts(tables, bound, reached) if found else ()
        with self.turn:
            self.empty.setdefault(scope.name, set()).update(empty)
        return facts

    def late(self, scope: Scope, part: Part, since: datetime) -> Sequence[Window] | None:
        """Return days by the time of indexing; None for a data model, which does not say when its events came."""
        bound = self.compiler.bounds[scope.name]
        reached = self._in_reach(part.window)
        if not bound.native("search") or reached is None:
            return None
        return merged(day_window(day) for day in totals(self._tables(), bound, reached, since))

    def start(self, order: Order, queries: Sequence[Query]) -> SplunkSearch | Settled:
        """Send a search, but for a window that is known to hold nothing, or of which none or only a piece is in reach."""
        self.shared.forget()
        terms = self._terms(order, queries)
        if settled := self._settled(terms):
            return Settled(settled)
        search = SplunkSearch(terms)
        search.begin()
        return search

    def adopt(self, order: Order, queries: Sequence[Query], reference: str | None) -> SplunkSearch | None:  # noqa: ARG002 (the id is ours)
        self.shared.forget()
        return take_up(SplunkSearch(self._terms(order, queries)))

    def release(self, ticket: str, reference: str | None) -> None:  # noqa: ARG002 (the id is ours)
        if reference:
            jobs.remove(self.client, reference)

    def _terms(self, order: Order, queries: Sequence[Query]) -> Terms:
        bound, lay = self.compiler.bounds[order.part.scopes[0]], self._laid()
        shape, counting = Shape.of(bound, queries), order.want == "count"
        floor = halves(order.window, floor=NARROWEST) is None
        days = len(list(days_of(order.window)))
        rows = days + 1 if counting else CROWD if floor else order.rows + 1
        out = [one for one in self._beyond(bound, order.part) if one.until > order.window.start]
        return Terms(
            client=self.client,
            order=order,
            ask=Ask(f"huntline_{order.ticket}", _text(order, shape), _whole_seconds(order.window), rows),
            shape=shape,
            hidden="; ".join(filter(None, (*dict.fromkeys(one.words for one in out), hidden(bound, lay)))),
            stands=out[0].stands if out else "partial",
            unbounded=not lay.limits.known,
            now=utc_now,
        )

    def _settled(self, terms: Terms) -> Outcome | None:
        """Return the outcome that is known without a search; None where only a search tells.

        A window that is partly out of reach is halved, so that as little as can be is called so.
        """
        order, bound = terms.order, terms.shape.bound
        window = order.window
        out = [one for one in self._beyond(bound, order.part) if one.until > window.start]
        if window.end - window.start > DAY and any(one.until < window.end for one in out):
            return Outcome("split", settled=False, reason="reach", words=terms.hidden)
        if any(one.stands == "denied" and one.until >= window.end for one in out):
            return unseen(terms)
        if self._empty(bound, window):
            return unseen(terms) if terms.hidden else Outcome("whole", settled=True, reason="", words="")
        return None

    def _empty(self, bound: Bound, window: Window) -> bool:
        """Say whether the days of a window were counted since this hunt began, and hold nothing."""
        with self.turn:
            return self.empty.get(bound.store.scope.name, set()).issuperset(days_of(window))

    def _beyond(self, bound: Bound, part: Part) -> tuple[Beyond, ...]:
        with self.turn:
            name = bound.store.scope.name
            if name not in self.beyonds:
                holds = lambda: indexes_of(self._tables(), bound, part.window)  # noqa: E731
                self.beyonds[name] = beyond(bound, self._laid(), holds)
            return self.beyonds[name]

    def _in_reach(self, window: Window) -> Window | None:
        """Cut off what the role may not look back to: a search of it would be narrowed, and say nothing of the rest."""
        start = max((one.until for one in too_far_back(self._laid())), default=window.start)
        return Window(max(start, window.start), window.end) if start < window.end else None

    def _laid(self) -> Lay:
        with self.turn:
            if self.lay is None:  # an order of another process
                self.lay = lay_of(self.client, self.clock() or utc_now())
            return self.lay

    def _tables(self) -> Tables:
        lay = self._laid()
        return Tables(self.client, lay.limits.longest, unbounded=not lay.limits.known)


def _text(order: Order, shape: Shape) -> str:
    """Write what is sent: the order's text, its window where that is no whole seconds, and what is wanted of the events."""
    asked, window = _whole_seconds(order.window), order.window
    exact = (
        []
        if asked == window
        else [f"where _time>={window.start.timestamp():.3f} AND _time<{window.end.timestamp():.3f}"]
    )
    counted = "eval day=floor(_time/86400) | stats count by day"
    return " | ".join([order.fused.text, *exact, counted if order.want == "count" else fields_asked(shape)])


def _whole_seconds(window: Window) -> Window:
    """Widen a window to whole seconds."""
    start, end = window.start.replace(microsecond=0), window.end.replace(microsecond=0)
    return Window(start, end if end == window.end else end + timedelta(seconds=1))

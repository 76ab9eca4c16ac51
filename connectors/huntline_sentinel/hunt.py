"""Hunt a workspace: how far back each table reaches, what it holds by day, and one search for a window by its way."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from huntline.errors import HuntlineError, QueryRejected, Unauthenticated, Unreadable
from huntline.model.facts import Day, Fact, on_every_day
from huntline.model.pack import LogSource
from huntline.model.query import Query
from huntline.model.scope import Binding, Scope
from huntline.model.search import Order, Part
from huntline.model.window import Window
from huntline.ports import Secrets
from huntline.translate.compiler import SourceCompiler
from huntline.translate.mapped import MappedTexts
from huntline.translate.translator import Bound
from huntline_sentinel import coverage, pages, searchjob
from huntline_sentinel.arm import Arm, Table
from huntline_sentinel.client import SLACK, Answer, Logs
from huntline_sentinel.coverage import Ground
from huntline_sentinel.http import Http
from huntline_sentinel.nothing import NothingToAsk
from huntline_sentinel.reach import JOB, OWN, QUERY, SEARCH, Daily, parts_of, reaches
from huntline_sentinel.rows import Shape
from huntline_sentinel.searchjob import JobSearch, Places, table_of
from huntline_sentinel.settings import Settings, expect_connection
from huntline_sentinel.texts import View, restamped, result, stored
from huntline_sentinel.tokens import Tokens
from huntline_sentinel.witness import Slices, days_in, job_text, slices, told

WEEK = timedelta(days=7)
MONTH = timedelta(days=30)


def connected(settings: Settings, compiler: SourceCompiler, secrets: Secrets) -> SentinelHunter:
    """Return the hunter of a tenant; nothing is sent. Raises ConfigError."""
    expect_connection(settings)
    tokens = Tokens(settings, secrets, Http(settings, read=SLACK))
    logs, arm, places = Logs(settings, tokens), Arm(settings, tokens), Places(settings.jobs.at_once)
    return SentinelHunter(logs, arm, compiler, settings, places, MappedTexts(compiler))


@dataclass(slots=True)
class SentinelHunter:
    """Fills `ports.Hunter`. What is learnt of the workspace is kept for as long as the hunt runs."""

    logs: Logs
    arm: Arm
    compiler: SourceCompiler
    settings: Settings
    places: Places
    texts: MappedTexts
    tables: Mapping[str, Table] | None = None
    ahead: timedelta | None = None  # the platform's clock before ours
    turn: threading.Lock = field(default_factory=threading.Lock)

    def clock(self) -> datetime | None:
        now = self.arm.now()
        self.ahead = now - datetime.now(UTC) if now else None
        return now

    def reach(self, scopes: Sequence[Scope], binding: Mapping[str, Binding], wanted: Window) -> Sequence[Part]:  # noqa: ARG002 (bound already)
        """Look at the plan and retention of every table."""
        with self.turn:
            self.tables = self.arm.tables()
        bounds = [self.compiler.bounds[scope.name] for scope in scopes if "hunt" in scope.serves]
        held = [(bound, self.table(bound)) for bound in bounds]
        daily = self._daily() if any(table and table.total > reaches(table) for _, table in held) else Daily({})
        now = self.now()
        return [part for bound, table in held for part in parts_of(bound, table, wanted, now, self.settings, daily)]

    def coverage(self, scope: Scope, part: Part, window: Window, reads: Sequence[str]) -> Sequence[Fact] | None:
        """Count what a part holds. What is archived tells it with the job's own result."""
        if part.path in (JOB, OWN):
            return None
        ground = self._ground(self.compiler.bounds[scope.name], part.path)
        ask = self._asker(part.path)
        facts: list[Fact] = list(coverage.counted(ask, ground, window, reads))
        if not reads:
            return on_every_day(facts, scope.name, scope.logsources, window)
        return [*facts, *coverage.hosts(ask, ground, window)]

    def late(self, scope: Scope, part: Part, since: datetime) -> Sequence[Window] | None:
        """Ask for records by the time they became searchable.

        None reach archived time late: what is over two days old when it arrives bears the time of its arrival.
        """
        if part.path == JOB:
            return ()
        bound = self.compiler.bounds[scope.name]
        ground, ask = self._ground(bound, part.path), self._asker(part.path)
        if part.path == OWN:
            stamped, recent = self._stamped(part, bound)
            ground, ask = replace(ground, view=restamped(bound, stamped)), lambda asked, _: self.logs.ask(asked, recent)
        try:
            return coverage.arrived(ask, ground, part.window, since)
        except QueryRejected:  # a plan whose queries do not know the function
            if part.path == QUERY:
                raise
            return None

    def start(self, order: Order, queries: Sequence[Query]) -> pages.TableSearch | JobSearch | NothingToAsk:
        """Prepare a query, or start a search job unless it is there. Raises QueryRejected where it may not be asked."""
        bound = self.compiler.bounds[order.part.scopes[0]]
        text = self._text(order, queries, bound)
        if text is None:
            kinds = {query.logsource: 0 for query in queries} if order.part.path == JOB else {}
            return NothingToAsk(tuple(told((), bound.store.scope.name, Slices(kinds), order.window)))
        if order.part.path == JOB:
            search = JobSearch(self._job(order, queries, bound, text))
            search.begin()
            return search
        if order.part.path == OWN:
            return self._restamped(order, queries, bound, text)
        shape = Shape.of(bound, self._view(bound, order.part.path), queries)
        asker = self._asker(order.part.path, order.ticket)
        return pages.TableSearch(pages.Terms(asker, order, text, shape, lambda: self._oldest(bound)))

    def adopt(self, order: Order, queries: Sequence[Query], reference: str | None) -> JobSearch | None:  # noqa: ARG002 (the name is of the ticket)
        """Take up a search job by its name, which is its order's. Queries have nothing to adopt."""
        bound = self.compiler.bounds[order.part.scopes[0]]
        text = self._text(order, queries, bound) if order.part.path == JOB else None
        if text is None:
            return None
        found = JobSearch(self._job(order, queries, bound, text))
        found.job = self.arm.job(table_of(order.ticket))
        return found if found.job else None

    def release(self, ticket: str, reference: str | None) -> None:
        """Stop and remove a search job with its table. Of an order without reference, only what was seen is looked for."""
        name = table_of(ticket)
        if not reference and name not in (self.tables or {}):
            return
        self.places.leave(name)
        self.arm.cancel(name)
        self.arm.remove(name)

    def now(self) -> datetime:
        """Return the platform's time, as far as it is known."""
        return datetime.now(UTC) + (self.ahead or timedelta(0))

    def table(self, bound: Bound) -> Table | None:
        """Return how a scope's table is kept, None where the workspace has none of the name."""
        with self.turn:
            if self.tables is None:  # an order of another process
                self.tables = self.arm.tables()
            return self.tables.get(bound.native("table"))

    def _restamped(self, order: Order, queries: Sequence[Query], bound: Bound, text: str) -> pages.TableSearch:
        """Ask for events of the window among those that came so late that they are stamped after it."""
        since, recent = self._stamped(order.part, bound)
        shape = Shape.of(bound, restamped(bound, since), queries)
        ask = lambda asked, _: self.logs.ask(asked, recent, ticket=order.ticket)  # noqa: E731
        return pages.TableSearch(pages.Terms(ask, order, text, shape, lambda: order.window.start))

    def _stamped(self, part: Part, bound: Bound) -> tuple[datetime, Window]:
        """Return from when on such events are stamped, and the time in which they lie."""
        since = max(part.window.end, self._oldest(bound))
        return since, Window(since, max(self.now(), since + WEEK))

    def _oldest(self, bound: Bound) -> datetime:
        table = self.table(bound)
        return self.now() - (reaches(table) if table else timedelta(0))

    def _view(self, bound: Bound, path: str) -> View:
        return stored(bound, bare=path == SEARCH)

    def _asker(self, path: str, ticket: str = "") -> pages.Asked:
        ask = self.logs.search if path == SEARCH else self.logs.ask
        return lambda text, window: ask(text, window, ticket=ticket)

    def _there(self, bound: Bound, name: str) -> bool:
        table = self.table(bound)
        columns = table.columns if table else None
        return columns is None or name in columns or bool(bound.store.expression_of(name))

    def _ground(self, bound: Bound, path: str) -> Ground:
        return Ground(self.compiler.language, bound, self._view(bound, path), lambda name: self._there(bound, name))

    def _text(self, order: Order, queries: Sequence[Query], bound: Bound) -> str | None:
        """Return the order's text for the columns that are there; None where no event can match."""
        named = {*bound.store.fields, *bound.overrides.types, *bound.overrides.fields.values()}
        named |= {read.field for query in queries for read in query.reads}
        there = frozenset(name for name in named if "*" not in name and self._there(bound, name))
        return self.texts.text(order, queries, there)

    def _job(self, order: Order, queries: Sequence[Query], bound: Bound, text: str) -> searchjob.Terms:
        kinds = {query.logsource for query in queries}
        reads = sorted({read.field for query in queries for read in query.reads})
        view, language, rows = result(table_of(order.ticket)), self.compiler.language, self.settings.jobs.rows
        ground = Ground(language, bound, view, lambda name: self._there(bound, name))

        def ask(asked: str, _: Window | None = None) -> Answer:
            return self.logs.ask(asked, ticket=order.ticket)

        def facts(kept: Slices) -> Sequence[Fact]:
            found = [*coverage.counted(ask, ground, order.window, reads), *coverage.hosts(ask, ground, order.window)]
            return tuple(told(found, bound.store.scope.name, kept, order.window))

        return searchjob.Terms(
            arm=self.arm,
            ask=ask,
            order=order,
            limits=self.settings.jobs,
            places=self.places,
            text=lambda kept: job_text(text, bound, language, kept),
            slices=lambda: slices(kinds, self._volumes(bound), days=days_in(order.window), rows=rows),
            fused=text,
            shape=Shape.of(bound, view, queries),
            facts=facts,
            now=self.now,
        )

    def _volumes(self, bound: Bound) -> Mapping[LogSource, float]:
        """Return what a day of each population holds of late; nothing where nobody can tell."""
        table, now = self.table(bound), self.now()
        path = QUERY if table and table.plan == "Analytics" else SEARCH
        events: dict[LogSource, list[int]] = {}
        try:
            recent = Window(now - WEEK, now)
            for fact in coverage.counted(self._asker(path), self._ground(bound, path), recent, ()):
                if isinstance(fact, Day):
                    events.setdefault(fact.logsource, []).append(fact.events)
        except (QueryRejected, Unreadable):
            return {}
        return {kind: sum(counts) / len(counts) for kind, counts in events.items()}

    def _daily(self) -> Daily:
        """Ask what tables take in by the day; a workspace that does not say has jobs of unknown price."""
        now = self.now()
        text = "Usage\n| summarize mb = sum(Quantity), oldest = min(TimeGenerated) by DataType"
        try:
            answer = self.logs.ask(text, Window(now - MONTH, now))
        except Unauthenticated:
            raise
        except HuntlineError:
            return Daily({})
        return Daily({str(one["DataType"]): _gb_a_day(one["mb"], one["oldest"], now) for one in answer.rows})


def _gb_a_day(megabytes: object, oldest: object, now: datetime) -> float:
    days = (now - oldest) / timedelta(days=1) if isinstance(oldest, datetime) else 30.0
    return float(str(megabytes or 0)) / 1024 / max(1.0, days)

"""One search job as the engine drives it: whole, split or partial, and nothing taken for whole that was not looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from huntline.errors import Terminal, Transient, Unauthenticated
from huntline.model.facts import Flood
from huntline.model.row import Row
from huntline.model.search import Order, Outcome, Page, Waiting
from huntline.translate.bearing import Shape
from huntline_splunk import jobs
from huntline_splunk.client import Client
from huntline_splunk.faults import Missing, TimedOut
from huntline_splunk.jobs import WAITING, Ask, Standing
from huntline_splunk.rows import day_of, row_of

LONGEST = timedelta(minutes=30)  # a search may run; that it waits for a place does not count
UNKNOWN = timedelta(minutes=2)  # a job may be unknown after it was begun
SHORTEST = timedelta(hours=6)
"""A window as short as this that gets no answer is told as partial: else a store that never answers is halved for ever."""
FIRST, SLOWEST = timedelta(milliseconds=200), timedelta(seconds=5)  # from one look at a job to the next


@dataclass(frozen=True, slots=True)
class Terms:
    """How a search is made. `hidden`: why even a whole answer is not all there is, and `stands` how that is called.

    `unbounded`: nobody knows the role's limits of time, so that the job itself must tell which time it searched.
    """

    client: Client
    order: Order
    ask: Ask
    shape: Shape
    hidden: str
    stands: Literal["partial", "not_searchable", "denied"]
    unbounded: bool
    now: Callable[[], datetime]


@dataclass(slots=True)
class SplunkSearch:
    """Fills `ports.Search`. A page is as many rows as one answer gives."""

    terms: Terms
    reference: str | None = None
    standing: Standing | None = None  # of the job, once it has ended
    end: Outcome | None = None  # known without a page
    begun: datetime | None = None  # it is seen to run since
    asked: datetime | None = None  # it was looked for since
    again: timedelta = FIRST
    made: tuple[str | None, Page] | None = None  # the last page with its cursor, should it be asked for again
    equals: Counter[str] = field(default_factory=Counter)  # events had, by what they are
    read: int = 0
    days: Counter[date] = field(default_factory=Counter)
    told: tuple[tuple[str, str], ...] = ()  # messages of results

    def begin(self) -> None:
        """Start the job. Raises Transient, QueryRejected or Denied; no answer in time asks for less."""
        try:
            jobs.create(self.terms.client, self.terms.ask)
        except TimedOut as error:
            forget(self.terms.client, self.terms.ask.sid)
            self.end = self._less("timeout", error.problem)
            return
        self.reference = self.terms.ask.sid

    def poll(self) -> Waiting | None:
        """Look whether the job has ended."""
        if self.end or self.standing or self.reference is None:
            return None
        found, now = jobs.look(self.terms.client, self.reference), self.terms.now()
        self.asked = self.asked or now
        if found is None:
            self.end = self._less("timeout", "the search had expired")
            return None
        if found.state not in WAITING:
            self.begun = self.begun or now
        if found.done:
            self.standing = found
        elif overdue(found.state, self.asked, self.begun, now):
            self.end = self._less("timeout", "the search was still running")
        else:
            wait, self.again = self.again, min(2 * self.again, SLOWEST)
            return Waiting(wait, found.progress)
        return None

    def page(self, cursor: str | None) -> Page:
        """Read the page at a cursor, the number of rows before it."""
        if self.made and self.made[0] == cursor:
            return self.made[1]
        page = Page((), None, self.end) if self.end else self._page(int(cursor or 0))
        self.made = (cursor, page)
        return page

    def _page(self, offset: int) -> Page:
        standing = self.standing
        if standing is None:
            raise Transient("the search has not ended")
        if less := self._smaller(standing):
            return Page((), None, less)
        if standing.state == "FAILED" or not standing.results:
            return Page((), None, self._outcome(standing))
        try:
            rows, count = self._rows(offset)
        except Missing:
            return Page((), None, self._less("timeout", "the search had expired"))
        if count and self.read < standing.results:
            return Page(rows, str(self.read), None)
        return Page(rows, None, self._outcome(standing))

    def _rows(self, offset: int) -> tuple[tuple[Row, ...], int]:
        """Read an answer's rows, and how many those are; of a count there are none to keep."""
        if offset:
            jobs.control(self.terms.client, self.terms.ask.sid, action="touch")
        answer = jobs.results(self.terms.client, self.terms.ask.sid, offset=offset)
        # Copies, so that a page that is read again finds them as they were.
        equals, days, rows, count = self.equals.copy(), self.days.copy(), list[Row](), 0
        for row in answer:
            count += 1
            if self.terms.order.want == "count":
                days[day_of(row["day"])] += int(row["count"])
            else:
                rows.append(row_of(row, self.terms.shape, equals))
        if answer.preview:
            raise Transient("results of a search that goes on")
        self.equals, self.days, self.read = equals, days, self.read + count
        self.told += tuple(answer.messages)
        return tuple(rows), count

    def _smaller(self, standing: Standing) -> Outcome | None:
        """Ask for less where it holds as many rows as it may, or was ended by a quota of space or time."""
        if standing.results >= self.terms.ask.rows:
            return Outcome("split", settled=False, reason="capped", words=f"more than {standing.results - 1} events")
        if standing.finalized and not self._short:
            words = jobs.harmful(standing.messages)
            return self._less("size", f"the search was ended early: {words}".removesuffix(": "))
        return None

    def _outcome(self, standing: Standing) -> Outcome:
        reason, words = self._missing(standing)
        whole = Outcome("whole", settled=True, reason="", words="", rows=self.read)
        if reason == "hidden":
            whole = replace(unseen(self.terms), rows=self.read)
        elif reason:
            whole = replace(whole, end="partial", settled=False, reason=reason, words=words)
        if self.terms.order.want == "rows":
            return whole
        query = self.terms.order.fused.queries[0]
        floods = tuple(Flood(query, day, self.days[day]) for day in sorted(self.days))
        return replace(whole, facts=floods, rows=self.days.total())

    def _missing(self, standing: Standing) -> tuple[str, str]:
        """Return why what was found is not all there is: a stable reason and words; none where it is."""
        ask = self.terms.ask
        told = jobs.harmful((*standing.messages, *self.told))
        if standing.lost or told:
            return "ended", "; ".join(filter(None, (standing.lost, told)))
        if narrow := narrower(standing, ask, unbounded=self.terms.unbounded):
            return "narrowed", narrow
        if self.terms.order.want == "rows" and standing.events > standing.available:
            return "events", f"{standing.available} of {standing.events} events are available"
        if self.read != standing.results:
            return "rows", f"{self.read} of {standing.results} rows were given"
        return ("hidden", self.terms.hidden) if self.terms.hidden else ("", "")

    def _less(self, reason: str, words: str) -> Outcome:
        """Ask for less time, but for a window that is short already."""
        return Outcome("partial" if self._short else "split", settled=False, reason=reason, words=words)

    @property
    def _short(self) -> bool:
        window = self.terms.order.window
        return window.end - window.start <= SHORTEST


def unseen(terms: Terms) -> Outcome:
    """Return the outcome of a search that could not see all there is."""
    return Outcome("partial", settled=False, reason="hidden", words=terms.hidden, stands=terms.stands)


def overdue(state: str, asked: datetime, begun: datetime | None, now: datetime) -> bool:
    """Say whether a job runs too long, or nobody knows it. One that waits for its turn may wait as long as it must."""
    if begun is None:
        return not state and now > asked + UNKNOWN
    return now > begun + LONGEST


def narrower(standing: Standing, ask: Ask, *, unbounded: bool) -> str:
    """Return the words where a job searched less time than it was asked for; `unbounded`: it must say that it did not."""
    start, end = standing.earliest, standing.latest
    if start is None or end is None:
        return "it does not say which time it searched, and nobody tells the role's limits" if unbounded else ""
    if start > ask.window.start or end < ask.window.end:
        return f"it searched {start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} only"
    return ""


def take_up(search: SplunkSearch) -> SplunkSearch | None:
    """Look for a job that another run began; None when it is not there for us any more."""
    try:
        found = jobs.look(search.terms.client, search.terms.ask.sid)
    except Unauthenticated:
        raise
    except Terminal:
        return None
    if found is None:
        return None
    search.reference = search.terms.ask.sid
    return search


def forget(client: Client, sid: str) -> None:
    """Let a job go that may have come to be; it ends by itself where that cannot be asked for."""
    try:
        jobs.remove(client, sid)
    except (Transient, Terminal):
        return


def utc_now() -> datetime:
    return datetime.now(UTC)

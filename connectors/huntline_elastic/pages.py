"""One EQL search as the engine drives it: whole, split or partial, and nothing taken for whole that was not looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from huntline.errors import Denied, Transient, Unauthenticated
from huntline.model.facts import Flood
from huntline.model.search import Order, Outcome, Page, Waiting
from huntline.translate.bearing import Shape
from huntline_elastic.client import Client
from huntline_elastic.ending import Wrong, ended
from huntline_elastic.eql import Ask, fetch, remove, submit
from huntline_elastic.faults import Missing, ShardsFailed, TimedOut, TooBig, words_of
from huntline_elastic.rows import row_of, when

BRIEF = timedelta(milliseconds=100)
AGAIN = timedelta(seconds=2)
SHORTEST = timedelta(hours=6)
"""A window as short as this that gets no answer is told as partial: else a store that never answers is halved for ever."""
MOST_LEFT_OUT = 50_000  # ids one request names at most
MOST_COUNTED = 5_000_000  # events of one order that are counted at most


@dataclass(frozen=True, slots=True)
class Terms:
    """How a search is made. `cluster`: the remote one that is searched; "" for the cluster that is asked.

    `left_out` asks, after an answer, what it was given without and does not say.
    """

    client: Client
    order: Order
    ask: Ask
    shape: Shape
    cluster: str
    left_out: Callable[[], Wrong | None]
    wait: timedelta  # for one answer
    deadline: datetime  # a search that runs on then asks for less
    now: Callable[[], datetime]


Told: TypeAlias = Mapping[str, Any] | Outcome


@dataclass(slots=True)
class EqlSearch:
    """Fills `ports.Search`. A window is one page, but for crowds in one millisecond and for counts, which go on by time.

    Documents with values that no index holds are a page of their own, the last.
    """

    terms: Terms
    reference: str | None = None
    got: Told | None = None  # what came for the page to be made
    ask: Ask | None = None  # that of the next page; None: the first
    made: tuple[str | None, Page] | None = None  # the last page with its cursor, should it be asked for again
    wrong: Wrong | None = None
    days: Counter[date] = field(default_factory=Counter)

    def begin(self) -> None:
        """Send the search. Raises Transient, QueryRejected or Denied; whatever only asks for less is kept for the page."""
        told = self._submitted(self.terms.ask)
        if not isinstance(told, Outcome) and told.get("is_running"):
            self.reference = str(told["id"])
        else:
            self.got = told

    def poll(self) -> Waiting | None:
        """Look whether the search has ended; each look keeps it alive."""
        if self.got is not None or self.reference is None:
            return None
        told = self._fetched(self.reference)
        if not isinstance(told, Outcome) and told.get("is_running"):
            if self.terms.now() < self.terms.deadline:
                return Waiting(AGAIN, None)
            told = _split("timeout", "the search was still running")
        self.got = told
        return None

    def page(self, cursor: str | None) -> Page:
        """Make a page of what came, asking for it where it is not the first."""
        if self.made and self.made[0] == cursor:
            return self.made[1]
        if self.got is None:
            self.got = self._at_once(self.ask or self.terms.ask)
        told = self.got
        if not isinstance(told, Outcome) and not told.get("is_running") and "hits" not in told:
            self.got = None
            raise Transient("an answer without hits")  # nothing was found is said by hits that are empty
        page = self._settled(Page((), None, told) if isinstance(told, Outcome) else self._page(told))
        self.made, self.got = (cursor, page), None
        return page

    def _settled(self, page: Page) -> Page:
        end = page.outcome
        if end and end.reason in ("timeout", "size") and self._short:
            return Page(page.rows, None, replace(end, end="partial"))
        return page

    @property
    def _short(self) -> bool:
        window = self.terms.order.window
        return window.end - window.start <= SHORTEST

    def _submitted(self, ask: Ask) -> Told:
        return _tried(lambda lenient: submit(self.terms.client, ask, wait=self.terms.wait, lenient=lenient))

    def _fetched(self, reference: str) -> Told:
        ask = self.terms.ask

        def once(lenient: bool) -> Mapping[str, Any] | None:
            if lenient:
                return submit(self.terms.client, ask, wait=self.terms.wait, lenient=True)
            return fetch(self.terms.client, reference, ask.ticket, wait=BRIEF)

        return _tried(once)

    def _at_once(self, ask: Ask) -> Told:
        """Ask for a later page; one that goes on running is not waited for."""
        told = self._submitted(ask)
        if not isinstance(told, Outcome) and told.get("is_running"):
            remove(self.terms.client, str(told["id"]))
            return _split("timeout", "the search was still running")
        return told

    def _page(self, told: Mapping[str, Any]) -> Page:
        ask = self.ask or self.terms.ask
        events: Sequence[Mapping[str, Any]] = told.get("hits", {}).get("events", ())
        if told.get("is_running") or (told.get("timed_out") and not self._short):
            return Page((), None, _split("timeout", "the search timed out"))
        if _cut(told, events, ask.size) or (len(events) >= ask.size and not self._goes_on(ask, events)):
            return Page((), None, _split("capped", f"more than {max(len(events) - 1, 0)} events"))
        self.wrong = self.wrong or self._wrong(told)
        if len(events) >= ask.size:
            return self._next(ask, events)
        return self._turn(events) if ask.unindexed and not ask.from_source else self._last(events)

    def _goes_on(self, ask: Ask, events: Sequence[Mapping[str, Any]]) -> bool:
        """Say whether to go on in time: no smaller window would take apart what is of one millisecond."""
        time, counting = self.terms.ask.time, self.terms.order.want == "count"
        first, last = when(events[0], time), when(events[-1], time)
        return last is not None and (counting or bool(ask.without) or first == last)

    def _wrong(self, told: Mapping[str, Any]) -> Wrong | None:
        """Return what an answer was given without."""
        if told.get("timed_out"):
            return "timeout", "the search timed out"
        failures = told.get("shard_failures") or ()
        if failures or told.get("is_partial"):
            why = "; ".join(dict.fromkeys(words_of(one.get("reason") or {}) for one in failures))
            return "shards", f"{len(failures) or 'some'} shards failed: {why}".removesuffix(": ")
        return self.terms.left_out()

    def _last(self, events: Sequence[Mapping[str, Any]]) -> Page:
        outcome = ended(self.wrong, self.terms.cluster)
        if self.terms.order.want == "count":
            days = self.days + self._by_day(events)
            query = self.terms.order.fused.queries[0]
            floods = tuple(Flood(query, day, days[day]) for day in sorted(days))
            return Page((), None, replace(outcome, facts=floods, rows=days.total()))
        rows = tuple(row_of(event, self.terms.shape) for event in events)
        return Page(rows, None, replace(outcome, rows=len(rows)))

    def _turn(self, events: Sequence[Mapping[str, Any]]) -> Page:
        """Go on with the documents that were left out, from the window's start."""
        self.ask = replace(self.terms.ask, from_source=True)
        if self.terms.order.want == "count":
            self.days = self.days + self._by_day(events)
            return Page((), "from source", None)
        return Page(tuple(row_of(event, self.terms.shape) for event in events), "from source", None)

    def _next(self, ask: Ask, events: Sequence[Mapping[str, Any]]) -> Page:
        """Go on at the millisecond of the last event, without what was had of it."""
        last = max(time for event in events if (time := when(event, ask.time)))
        had = {index: list(ids) for index, ids in ask.without.items()} if last == ask.start else {}
        for event in events:
            if when(event, ask.time) == last:
                had.setdefault(event["_index"], []).append(event["_id"])
        left_out, counted = sum(map(len, had.values())), self.days + self._by_day(events)
        if left_out > MOST_LEFT_OUT or counted.total() > MOST_COUNTED:
            return Page((), None, _split("capped", f"more than {max(left_out, counted.total())} events"))
        counting = self.terms.order.want == "count"
        self.days = counted if counting else Counter()
        self.ask = replace(ask, start=last, without=had)
        rows = () if counting else tuple(row_of(event, self.terms.shape) for event in events)
        return Page(rows, f"{last.isoformat(timespec='milliseconds')} without {left_out}", None)

    def _by_day(self, events: Sequence[Mapping[str, Any]]) -> Counter[date]:
        times = (when(event, self.terms.ask.time) for event in events)
        return Counter(time.date() for time in times if time)


def _tried(call: Callable[[bool], Mapping[str, Any] | None]) -> Told:
    """Make a call; where shards failed make it again for what the others hold, and tell what asks for less."""
    try:
        try:
            told = call(False)
        except ShardsFailed:
            told = call(True)
    except TimedOut as error:
        return _split("timeout", error.problem)
    except TooBig as error:
        return _split("size", error.problem)
    except ShardsFailed as error:
        return Outcome("partial", settled=False, reason="shards", words=error.problem)
    except Missing as error:
        return Outcome("partial", settled=False, reason="index_gone", words=error.problem)
    return told or _split("timeout", "the search had expired")


def _cut(told: Mapping[str, Any], events: Sequence[object], size: int) -> bool:
    """Say whether an answer counts more than it shows, and shows less than it was asked for."""
    total = told.get("hits", {}).get("total", {}).get("value", 0)
    return bool(len(events) < min(size, total))


def _split(reason: str, words: str) -> Outcome:
    return Outcome("split", settled=False, reason=reason, words=words)


def take_up(search: EqlSearch) -> EqlSearch | None:
    """Ask for a search that another run began; None when it is not there for us any more."""
    try:
        told = fetch(search.terms.client, search.reference or "", search.terms.ask.ticket, wait=BRIEF)
    except Unauthenticated:
        raise
    except (Denied, ShardsFailed, TimedOut, TooBig):
        return None
    if told is None:
        return None
    search.got = None if told.get("is_running") else told
    return search


def utc_now() -> datetime:
    return datetime.now(UTC)

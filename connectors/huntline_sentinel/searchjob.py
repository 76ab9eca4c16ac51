"""One search job as the engine drives it: started once for its window, waited for, read from its table, removed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from huntline.errors import QueryRejected, Transient, Unreadable
from huntline.model.facts import Fact, Flood
from huntline.model.jsonable import logsource_of
from huntline.model.search import Order, Outcome, Page, Waiting
from huntline.model.window import Window
from huntline_sentinel.arm import Arm, Job
from huntline_sentinel.client import MOST_ROWS, Answer, Record
from huntline_sentinel.pages import counts
from huntline_sentinel.rows import Shape, row_of
from huntline_sentinel.settings import Jobs
from huntline_sentinel.texts import count_text, page_text, rows_text
from huntline_sentinel.witness import Slices

RUNNING = frozenset({"Updating", "InProgress"})
DONE = "Succeeded"
LAG = timedelta(minutes=30)
"""How long a job that was started, or rows of one that has ended, may not be seen yet."""
BRIEF = timedelta(seconds=20)
"""How long a job that was refused may be there all the same, of a run that was killed a moment ago."""
TICK = timedelta(microseconds=1)


def table_of(ticket: str) -> str:
    """Return the name of a job's table: of its order, so that no window is ever paid for twice."""
    return f"HL{ticket}_SRCH"


class Places:
    """How many jobs of a tenant run at once."""

    def __init__(self, most: int) -> None:
        self._most, self._held, self._turn = most, set[str](), threading.Lock()

    def take(self, name: str) -> bool:
        with self._turn:
            if len(self._held) < self._most:
                self._held.add(name)
            return name in self._held

    def leave(self, name: str) -> None:
        with self._turn:
            self._held.discard(name)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a job is made and read. `text` its query, `slices` what it keeps beside matches; `facts` tells what its table holds."""

    arm: Arm
    ask: Callable[[str], Answer]
    order: Order
    limits: Jobs
    places: Places
    text: Callable[[Slices], str]
    slices: Callable[[], Slices]
    fused: str  # the same search, to be asked of the job's table
    shape: Shape  # of the job's table
    facts: Callable[[Slices], Iterable[Fact]]
    now: Callable[[], datetime]

    @property
    def table(self) -> str:
        return table_of(self.order.ticket)


@dataclass(slots=True)
class JobSearch:
    """Fills `ports.Search`. The name of the table is known before the job is: whoever comes later finds it."""

    terms: Terms
    job: Job | None = None
    begun: datetime | None = None  # when this run started it
    ended: datetime | None = None  # when this run first saw that it had ended
    refused: QueryRejected | None = None  # the platform would not start it
    over: Outcome | None = None  # it ended without a result
    seen: int = -1  # rows of its table that can be read; -1: not looked
    hits: int = 0
    made: tuple[str | None, Page] | None = None
    floods: list[Flood] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return self.terms.table

    def begin(self) -> None:
        """Start the job unless it is there. Raises QueryRejected, Denied or Transient."""
        self.job = self.terms.arm.job(self.terms.table)
        if self.job is None and self.terms.places.take(self.terms.table):
            kept, now = self.terms.slices(), self.terms.now()
            limit, window = self.terms.limits.rows, self.terms.order.window
            note = note_of(kept, now)
            try:
                self.terms.arm.begin(self.terms.table, self.terms.text(kept), window, limit=limit, note=note)
            except QueryRejected as refused:  # so is a second job of the name, of which the first is not seen yet
                self.refused = refused
            self.begun = now

    def poll(self) -> Waiting | None:
        """Look how the job stands."""
        if self.over or self.seen >= 0:
            return None
        again = timedelta(seconds=self.terms.limits.poll)
        if self.job is None and self.begun is None:
            self.begin()
            if self.job is None:
                return Waiting(again, None)
        found = self.terms.arm.job(self.terms.table)
        if found is None:
            self._expect_later()
            return Waiting(again, None)
        self.job = found
        if self.job.state in RUNNING and not self._endless(self.job):
            return Waiting(again, self.job.progress, self.job.scanned)
        self.terms.places.leave(self.terms.table)
        if self.job.state != DONE or _stopped(self.job):
            self.over = _over(self.job)
            return None
        return None if self._readable(self.job) else Waiting(again, 1.0, self.job.scanned)

    def page(self, cursor: str | None) -> Page:
        """Read the job's table by time."""
        if self.made and self.made[0] == cursor:
            return self.made[1]
        if self.over:
            return Page((), None, self.over)
        page = self._counted() if self.terms.order.want == "count" else self._rows(cursor)
        self.made = (cursor, page)
        return page

    def _expect_later(self) -> None:
        """A job that was just started may not be seen yet; one that was seen and is no more was removed by somebody."""
        if self.job is not None:
            raise Transient(f"the search job's table {self.terms.table} is not seen any more")
        if self.refused and self.begun and self.terms.now() - self.begun > BRIEF:
            self.terms.places.leave(self.terms.table)
            raise self.refused
        if self.begun is None or self.terms.now() - self.begun > LAG:
            raise Unreadable(f"the search job's table {self.terms.table} is not there any more")

    def _endless(self, job: Job) -> bool:
        """The platform gives a job up after so many hours: then less is asked for."""
        began = began_of(job.note)
        if began is None or self.terms.now() - began < timedelta(hours=self.terms.limits.hours):
            return False
        self.terms.arm.cancel(self.terms.table)
        return True

    def _readable(self, job: Job) -> bool:
        """Count the rows of the table: what is not there yet would be missing from the answer without a word."""
        try:
            (told,) = _whole(self.terms.ask(f"{self.terms.table}\n| summarize records = count()"))
            rows = int(told["records"])
        except QueryRejected:  # the table is not known to queries yet
            rows = -1
        self.ended = self.ended or self.terms.now()
        if rows >= job.records:
            self.seen = rows
            return True
        if self.terms.now() - self.ended > LAG:
            words = f"{max(rows, 0)} of the {job.records} rows of the job can be read"
            self.over = replace(_over(job), reason="rows", words=words)
        return self.over is not None

    def _rows(self, cursor: str | None) -> Page:
        order, view = self.terms.order, self.terms.shape.view
        window = Window(datetime.fromisoformat(cursor), order.window.end) if cursor else order.window
        found = _whole(self.terms.ask(page_text(self.terms.fused, view, window, self.terms.shape.made, order.rows)))
        after: datetime | None = None
        if len(found) > order.rows:
            after = _time(found[-1], view.time)
            kept = [one for one in found if _time(one, view.time) < after]
            if not kept:  # all of one moment: that is asked for as a whole
                one = Window(after, after + TICK)
                kept = list(_whole(self.terms.ask(rows_text(self.terms.fused, view, one, self.terms.shape.made, None))))
                after += TICK
            found = kept
        rows = tuple(row_of(one, self.terms.shape) for one in found)
        goes_on = after is not None and after < order.window.end
        page = Page(rows, after.isoformat(), None) if after and goes_on else Page(rows, None, self._end(len(rows)))
        self.hits += len(rows)
        return page

    def _counted(self) -> Page:
        found = _whole(self.terms.ask(count_text(self.terms.fused, self.terms.shape.view, self.terms.order.window)))
        self.floods = list(counts(found, self.terms.order.fused.queries[0]))
        return Page((), None, self._end(sum(one.count for one in self.floods)))

    def _end(self, more: int) -> Outcome:
        job = self.job
        if job is None:
            raise Unreadable("the search job was never seen")
        end = Outcome("whole", settled=True, reason="", words="", rows=self.hits + more, spent=job.scanned)
        if job.records >= self.terms.limits.rows:
            words = f"the job stopped at {job.records} rows"
            if self.terms.order.want == "count":  # nothing smaller can be asked
                return replace(end, end="partial", reason="capped", words=words, facts=tuple(self.floods))
            return replace(end, end="split", settled=False, reason="capped", words=words)
        return replace(end, facts=(*self.terms.facts(slices_of(job.note)), *self.floods))


def note_of(kept: Slices, now: datetime) -> str:
    """Write what a later run must know of a job."""
    return json.dumps({"began": now.isoformat(), "slices": {str(kind): width for kind, width in kept.of.items()}})


def slices_of(note: str) -> Slices:
    """Read the slices of a job; of a job without a note nothing is known to be kept."""
    return Slices({logsource_of(kind): int(width) for kind, width in _note(note).get("slices", {}).items()})


def began_of(note: str) -> datetime | None:
    text = _note(note).get("began")
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _note(note: str) -> dict[str, Any]:
    try:
        read = json.loads(note)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _stopped(job: Job) -> bool:
    """A job that somebody cancelled has succeeded, too: only its progress tells."""
    return job.progress is not None and job.progress < 1


def _over(job: Job) -> Outcome:
    words = f"the search job ended as {job.state or 'nothing'} after {job.scanned:.4g} GB"
    if job.state in RUNNING:
        return Outcome("split", settled=False, reason="timeout", words=words, spent=job.scanned)
    return Outcome("partial", settled=False, reason="job", words=words, spent=job.scanned)


def _whole(answer: Answer) -> Sequence[Record]:
    """Return the rows of an answer. Raises Transient where some are missing: the table stays, and is asked again."""
    if answer.wrong or len(answer.rows) >= MOST_ROWS:
        raise Transient(answer.wrong or "more rows than an answer holds")
    return answer.rows


def _time(record: Record, column: str) -> datetime:
    value = record[column]
    if not isinstance(value, datetime):
        raise Unreadable(f"{column} of a search job's row is no time")
    return value.astimezone(UTC)

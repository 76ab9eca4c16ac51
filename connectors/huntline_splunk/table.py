"""A search that answers with a table, run to its end: all of it, or an error."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from huntline.errors import Transient, Unreadable
from huntline.model.window import Window
from huntline_splunk import jobs
from huntline_splunk.client import Client
from huntline_splunk.faults import Missing
from huntline_splunk.jobs import Ask, Standing
from huntline_splunk.pages import FIRST, LONGEST, SLOWEST, forget, narrower, overdue, utc_now

MOST = 500_000  # rows, [search] max_count
ALONE = 120  # seconds until a count is given up that a killed run left behind


@dataclass(frozen=True, slots=True)
class Tables:
    """Asks for tables. `longest`: a search may be; `unbounded`: jobs must tell which time they searched."""

    client: Client
    longest: timedelta | None = None
    unbounded: bool = False
    now: Callable[[], datetime] = utc_now
    rest: Callable[[float], None] = field(default=sleep, compare=False)

    def rows(self, text: str, window: Window, *, sample: int = 1) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of a search. Raises Unreadable where they are not all there is to tell, and Transient."""
        ask = Ask(f"huntline_table_{secrets.token_hex(16)}", text, window, MOST, sample, ALONE)
        try:
            jobs.create(self.client, ask)
            standing = self.ended(ask)
            if lost := standing.lost or jobs.harmful(standing.messages):
                raise Unreadable(f"{lost}: {jobs.harmful(standing.messages)}".removesuffix(": "))
            if narrow := narrower(standing, ask, unbounded=self.unbounded):
                raise Unreadable(narrow)
            yield from self._read(ask, standing)
        except Missing:
            raise Transient("the search was gone before it was read") from None
        finally:
            forget(self.client, ask.sid)

    def ended(self, ask: Ask) -> Standing:
        """Wait for a job to end. Raises Transient where it is gone, Unreadable where it takes too long."""
        begun, again = None, FIRST
        first = self.now()
        while True:
            found = jobs.look(self.client, ask.sid)
            if found is None:
                raise Transient("the search had expired")
            if found.done:
                return found
            begun = begun or (self.now() if found.state not in jobs.WAITING else None)
            if overdue(found.state, first, begun, self.now()):
                raise Unreadable(f"no answer in {LONGEST // timedelta(minutes=1)} minutes")
            self.rest(again.total_seconds())
            again = min(2 * again, SLOWEST)

    def _read(self, ask: Ask, standing: Standing) -> Iterator[Mapping[str, Any]]:
        if standing.results >= ask.rows:
            raise Unreadable(f"more than {standing.results - 1} rows")
        read = 0
        while read < standing.results:
            answer, before = jobs.results(self.client, ask.sid, offset=read), read
            for row in answer:
                read += 1
                yield row
            if told := jobs.harmful(tuple(answer.messages)):
                raise Unreadable(told)
            if answer.preview or read == before:
                raise Transient(f"{read} of {standing.results} rows were given")

"""Search jobs of a workspace: what runs, how far it is, and what it has cost; by time, or by how often one looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from lab.kql import duck
from lab.sentinel.columns import HIDDEN, INGESTED, ORIGINAL, OWN, SHOWN, TIME
from lab.sentinel.engine import Engine, Result
from lab.sentinel.errors import arm_failed
from lab.sentinel.job_text import TRACKED, source_of, tracked
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.store import Keep, Store, Table
from lab.sentinel.timespan import Span

UPDATING: Final = 0.1  # of a job's time, until its table has a schema (lab)
FAILS_AT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """What a job was asked for; both ends of its range are inclusive (lab)."""

    name: str
    query: str
    start: datetime
    end: datetime
    limit: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it runs: `rows` are those it will have when done, `gb` what it will have scanned.

    It ends by `seconds` since `begun` (monotonic), or after `looks` looks at it. `stopped` is how far it was when it was
    cancelled or failed, from 0 to 1. `deleted` is when its table was (monotonic).
    """

    order: Order
    source: str
    rows: int
    gb: float
    at: datetime
    begun: float
    seconds: float
    looks: int | None
    looked: int = 0
    fails: bool = False
    stopped: float | None = None
    deleted: float | None = None

    @property
    def done(self) -> float:
        """Return how far it is, from 0 to 1."""
        if self.stopped is not None:
            return self.stopped
        whole = self.seconds if self.looks is None else self.looks
        gone = time.monotonic() - self.begun if self.looks is None else self.looked
        return min(1.0, gone / whole) if whole > 0 else 1.0

    @property
    def running(self) -> bool:
        return self.stopped is None and self.done < 1 and self.deleted is None

    @property
    def state(self) -> str:
        """Return its provisioningState; that of a failed one is not in the specification's list, which is open."""
        if self.deleted is not None:
            return "Deleting"
        if self.fails and self.stopped is not None:
            return "Failed"
        return "Succeeded" if not self.running else "Updating" if self.done < UPDATING else "InProgress"


class Jobs:
    """All jobs of a workspace; `history` keeps those whose tables are gone."""

    def __init__(self, store: Store, engine: Engine, settings: SentinelSettings) -> None:
        self._store, self._engine, self._settings = store, engine, settings
        self._lock = threading.RLock()
        self._jobs: list[Job] = []

    def start(self, order: Order, now: datetime, *, slower: float, fails: bool) -> None:
        """Start a job; raises Failed for what it may not be, and when there are too many [M5]."""
        with self._lock:
            source = source_of(order.query, self._store.tables())
            self._room(order, now)
            found = self._search(order, source, now)
            limited = replace(found, rows=found.rows[: order.limit])
            self._store.add(order.name, *_results(limited, now), keep=Keep(), kind="SearchResults")
            said = self._settings
            looks = None if said.job_looks is None else said.job_looks + round(slower)
            gb = found.scanned * said.gb_a_row
            job = Job(
                order,
                source.name,
                len(limited.rows),
                gb,
                now,
                time.monotonic(),
                said.job_seconds + slower,
                looks,
                fails=fails,
            )
            self._jobs.append(job)
            self._show(job)

    def cancel(self, name: str) -> None:
        """Stop a job where it is; what it has found stays. Raises Failed (404) for no job."""
        with self._lock:
            job = self._current(name)
            if job is None:
                raise arm_failed(404, "ResourceNotFound", f"There is no search job '{name}'.")
            if job.running:
                self._change(job, stopped=job.done)

    def delete(self, name: str) -> bool:
        """Delete a job's table; tell whether there was one."""
        with self._lock:
            job = self._current(name)
            if job is None or job.deleted is not None:
                return False
            self._store.drop(name)
            self._change(job, deleted=time.monotonic(), stopped=job.done)
            return True

    def lose(self, name: str) -> None:
        """Let a table be gone from every read's sight, as if somebody had deleted it long ago."""
        with self._lock:
            if self.delete(name) and (job := self._current(name, ever=True)):
                self._change(job, deleted=float("-inf"))

    def look(self, name: str) -> None:
        """Count a look at a job."""
        with self._lock:
            if job := self._current(name):
                self._change(job, looked=job.looked + 1)

    def visible(self, name: str) -> bool:
        """Tell whether reads know of a table yet."""
        job = self._current(name)
        return job is None or time.monotonic() >= job.begun + self._settings.lag

    def leaving(self, name: str) -> Job | None:
        """Return the job whose deleted table reads still know of."""
        job = self._current(name)
        return job if job and job.deleted is not None else None

    def told(self, name: str) -> dict[str, Any]:
        """Return what a job's table says of it, {} for a table of another kind."""
        with self._lock:
            job = self._current(name)
            if job is None:
                return {}
            if job.fails and job.done >= FAILS_AT:
                job = self._change(job, stopped=FAILS_AT)
            self._show(job)
            return written(job)

    def history(self) -> tuple[Job, ...]:
        """Return every job that was ever started, in order."""
        with self._lock:
            return tuple(self._jobs)

    def left(self) -> tuple[str, ...]:
        """Return the result tables that nobody deleted."""
        return tuple(sorted(one.order.name for one in self.history() if one.deleted is None))

    def spent(self) -> float:
        """Return the gigabytes scanned by all jobs so far."""
        return sum(one.gb * one.done for one in self.history())

    def _room(self, order: Order, now: datetime) -> None:
        said, known = self._settings, self.history()
        if self._store.tables().get(order.name) or self.leaving(order.name):
            words = "This operation is not permitted as properties.searchResult is immutable."  # (seen)
            raise arm_failed(400, "InvalidParameter", words)
        if sum(one.running for one in known) >= said.jobs_running:
            raise arm_failed(429, "TooManyRequests", f"{said.jobs_running} search jobs run in this workspace already.")
        if sum(one.at.date() == now.date() for one in known) >= said.jobs_a_day:
            raise arm_failed(429, "TooManyRequests", f"{said.jobs_a_day} search jobs were run in this workspace today.")
        if len(self.left()) >= said.result_tables:
            words = f"The workspace has {said.result_tables} search result tables already."
            raise arm_failed(400, "InvalidParameter", words)

    def _search(self, order: Order, source: Table, now: datetime) -> Result:
        kept = Span(now - source.keep.days, order.end)
        return self._engine.run(
            order.query, lambda _: Span(order.start, order.end).within(kept), now, also=TRACKED, spelling=tracked
        )

    def _current(self, name: str, *, ever: bool = False) -> Job | None:
        """Return the last job of that name, unless its deleted table is out of every read's sight."""
        with self._lock:
            found = next((one for one in reversed(self._jobs) if one.order.name == name), None)
        gone = (
            not ever and found and found.deleted is not None and time.monotonic() >= found.deleted + self._settings.lag
        )
        return None if gone else found

    def _change(self, job: Job, **said: Any) -> Job:
        changed = replace(job, **said)
        self._jobs[self._jobs.index(job)] = changed
        return changed

    def _show(self, job: Job) -> None:
        """Let queries see as many results as there are yet."""
        if job.deleted is None and job.order.name in self._store.tables():
            self._store.change(job.order.name, shown=int(job.rows * job.done))


def written(job: Job) -> dict[str, Any]:
    """Write the properties that only a search job's table has."""
    order = job.order
    asked = {
        "query": order.query,
        "limit": order.limit,
        "startSearchTime": _zulu(order.start),
        "endSearchTime": _zulu(order.end),
        "sourceTable": job.source,
    } | ({"description": order.description} if order.description else {})
    found = {
        "progress": round(100 * job.done, 1),
        "ingestedRecords": int(job.rows * job.done),
        "scannedGb": job.gb * job.done,
    }
    return {"searchResults": asked, "resultStatistics": found, "provisioningState": job.state}


def _results(found: Result, now: datetime) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """Return the columns and rows of a result table: TimeGenerated is when the job ran [M5]."""
    kinds = dict(found.columns)
    columns = {name: kind for name, kind in kinds.items() if name not in {*SHOWN, *HIDDEN, *OWN}}
    own = {TIME: now, "_TimeReceived": now, INGESTED: now}
    kept = [
        (at, name, kind) for at, (name, kind) in enumerate(found.columns) if name in columns or name == "_ResourceId"
    ]
    rows = [{name: _typed(kind, row[at]) for at, name, kind in kept if row[at] is not None} | own for row in found.rows]
    return {**columns, **ORIGINAL}, rows


def _typed(kind: str, value: Any) -> Any:
    if kind == "dynamic":
        return duck.parsed(value)
    return duck.utc(value) if kind == "datetime" else value


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

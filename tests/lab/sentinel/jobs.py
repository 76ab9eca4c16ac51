"""Search jobs of a workspace: what runs, how far it is, and what it has cost; by time, or by how often one looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from lab.kql import duck
from lab.sentinel.columns import HIDDEN, INGESTED, ORIGINAL, OWN, SHOWN, TIME
from lab.sentinel.engine import Engine, Result
from lab.sentinel.errors import arm_failed
from lab.sentinel.job import FAILS_AT, Job, Order, written
from lab.sentinel.job_text import TRACKED, source_of, tracked
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.store import Keep, Store, Table
from lab.sentinel.timespan import Span


class Jobs:
    """All jobs of a workspace; `history` keeps those whose tables are gone."""

    def __init__(self, store: Store, engine: Engine, settings: SentinelSettings) -> None:
        self._store, self._engine, self._settings = store, engine, settings
        self._lock = threading.RLock()
        self._jobs: list[Job] = []

    def start(self, order: Order, now: datetime, *, slower: float, fails: bool) -> None:
        """Start a job; raises Failed for what it may not be, and when there are too many [M5]."""
        source = source_of(order.query, self._store.tables())
        self._room(order, now)
        found = self._search(order, source, now)
        kept = replace(found, rows=found.rows[: order.limit])
        with self._lock:
            self._room(order, now)
            self._store.add(order.name, *_results(kept, now), keep=Keep(), kind="SearchResults")
            job = self._job(order, source.name, kept, now)
            job = replace(job, seconds=job.seconds + slower, fails=fails)
            if job.looks is not None:
                job = replace(job, looks=job.looks + round(slower))
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

    def refresh(self) -> None:
        """Let queries see what there is by now, whether or not anybody has looked at the jobs."""
        for job in self.history():
            self.told(job.order.name)

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

    def _job(self, order: Order, source: str, found: Result, now: datetime) -> Job:
        said = self._settings
        gb = found.scanned * said.gb_a_row
        return Job(order, source, len(found.rows), gb, now, time.monotonic(), said.job_seconds, said.job_looks)

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

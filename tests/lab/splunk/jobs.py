"""Search jobs between calls: who waits for whom, what runs, what is done, what has expired."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from lab.spl import Row
from lab.splunk.errors import Failed, Message, unknown_sid
from lab.splunk.settings import User

GOING_ON: Final = frozenset({"QUEUED", "PARSING", "RUNNING"})


@dataclass(frozen=True, slots=True)
class Found:
    """What a search will have found: worked out at once, told when it is done.

    `events` and `rows` are what is kept of them, the counts what there were; `low` and `high` (epoch seconds) the times
    that were searched, None for no bound.
    """

    events: Sequence[Row] = ()
    rows: Sequence[Row] = ()
    event_count: int = 0
    low: float | None = None
    high: float | None = None
    transforming: bool = False
    finalized: bool = False
    failed: bool = False
    zombie: bool = False
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """Monotonic seconds, but for `made` (epoch): `held` is when it may start, `known` when it is no longer answered by 204.

    A search that goes on and that nobody asked after for `auto_cancel` seconds, since `used`, is given up (docs).
    """

    sid: str
    user: User
    text: str
    request: Mapping[str, str]
    found: Found
    parses: float
    needs: float
    ttl: int
    made: float
    held: float
    known: float
    started: float | None = None
    touched: float = 0.0
    used: float = 0.0
    auto_cancel: float = float("inf")

    @property
    def done_at(self) -> float:
        """Return when it is done; a job that has not started is never."""
        return float("inf") if self.started is None else self.started + self.parses + self.needs

    def over(self, now: float) -> bool:
        """Tell whether nobody finds it any more: its life is over, or nobody cared for it."""
        if now >= max(self.done_at, self.touched) + self.ttl:
            return True
        return self.state(now) in GOING_ON and now >= self.used + self.auto_cancel

    def state(self, now: float) -> str:
        if self.started is None:
            return "QUEUED"
        if now < self.done_at:
            return "PARSING" if now < self.started + self.parses else "RUNNING"
        return "FAILED" if self.found.failed else "DONE"


@dataclass(slots=True)
class Jobs:
    """All jobs in the order they were made; safe for many threads.

    As many of a user's run at once as the role's quota says, the others wait in their order [S3a]; one that is done
    makes room. `clock` gives seconds that never go back.
    """

    clock: Callable[[], float]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: dict[str, Job] = field(default_factory=dict)
    _made: int = 0

    def number(self) -> int:
        """Return the next number for an id of Splunk's own."""
        with self._lock:
            self._made += 1
            return self._made

    def add(self, job: Job, *, replacing: bool) -> None:
        """Take a new job; raises Failed if its id is there already and is not to be replaced."""
        with self._lock:
            self._settle()
            if job.sid in self._held and not replacing:
                raise Failed(400, f"A search job with the id '{job.sid}' already exists.", kind="FATAL")
            self._held.pop(job.sid, None)
            self._held[job.sid] = job
            self._settle()

    def job(self, sid: str, user: User) -> Job:
        """Return a job; raises Failed for one that expired, was cancelled or is another user's (inf)."""
        with self._lock:
            self._settle()
            found = self._held.get(sid)
            if found is None or found.user.name != user.name:
                raise unknown_sid()
            self._held[sid] = replace(found, used=self.clock())
            return self._held[sid]

    def of(self, user: User) -> tuple[Job, ...]:
        """Return a user's jobs, the newest first."""
        with self._lock:
            self._settle()
            return tuple(one for one in reversed(self._held.values()) if one.user.name == user.name)

    def change(self, job: Job) -> None:
        """Put a changed job in the place of itself."""
        with self._lock:
            if job.sid in self._held:
                self._held[job.sid] = job
            self._make_room(job.user)

    def drop(self, sid: str) -> None:
        """Cancel and forget a job."""
        with self._lock:
            found = self._held.pop(sid, None)
            if found:
                self._make_room(found.user)

    def forget(self, user: User) -> None:
        """Lose all jobs of a user, as a search head that dies does."""
        with self._lock:
            self._held = {sid: one for sid, one in self._held.items() if one.user.name != user.name}

    def running(self, user: User) -> int:
        """Count what runs now."""
        now = self.clock()
        return sum(one.state(now) in {"PARSING", "RUNNING"} for one in self.of(user))

    def left(self) -> tuple[str, ...]:
        """Return the ids of jobs that nobody cancelled and that did not expire."""
        with self._lock:
            self._settle()
            return tuple(self._held)

    def _make_room(self, user: User) -> None:
        """Let what waits start from now on, not from when it was made."""
        now = self.clock()
        for sid, one in self._held.items():
            if one.user.name == user.name and one.started is None:
                self._held[sid] = replace(one, held=max(one.held, now))
        self._settle()

    def _settle(self) -> None:
        """Start what may have started by now, and forget what has expired."""
        now = self.clock()
        waiting: set[str] = set()
        for sid, one in list(self._held.items()):
            if one.started is None and one.user.name not in waiting:
                start = self._start(one)
                if start <= now:
                    self._held[sid] = replace(one, started=start)
                elif one.held <= now:  # it waits for room, and who came later waits behind it
                    waiting.add(one.user.name)
        self._held = {sid: one for sid, one in self._held.items() if not one.over(now)}

    def _start(self, job: Job) -> float:
        ends = sorted(
            one.done_at
            for one in self._held.values()
            if one.started is not None and one.user.name == job.user.name and one.done_at > job.held
        )
        over = len(ends) - job.user.role.jobs
        return job.held if over < 0 else ends[over]

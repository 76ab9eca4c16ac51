"""What a cluster keeps between calls: searches that go on without their caller, and points in time."""

from __future__ import annotations

import base64
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lab.elastic.documents import Index
from lab.elastic.errors import Failed


@dataclass(frozen=True, slots=True)
class Task:
    """An async search: done at `ready`, forgotten at `expires` (both monotonic seconds); `started` in server milliseconds.

    `answer` is what it will have found: worked out at once, told when it is ready.
    """

    id: str
    kind: str
    owner: str
    started: int
    begun: float
    ready: float
    expires: float
    keep_alive: int
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pit:
    """A point in time: the indices as they were. `id` changes from search to search (2.3: always the newest).

    `context` stays: what its ids stand for.
    """

    id: str
    context: str
    indices: tuple[Index, ...]
    asked: Mapping[str, str]
    skipped: tuple[str, ...]
    expires: float
    before: str = ""


class Tasks:
    """All tasks and points in time; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}
        self._pits: dict[str, Pit] = {}
        self._active = 0

    def keep(self, task: Task) -> None:
        with self._lock:
            self._tasks[task.id] = task

    def task(self, kind: str, name: str, owner: str) -> Task:
        """Return a task; raises Failed for one that expired, was deleted or is another key's."""
        with self._lock:
            found = self._tasks.get(name)
        if found is None or found.expires <= time.monotonic() or (found.kind, found.owner) != (kind, owner):
            raise Failed(404, "resource_not_found_exception", name)
        return found

    def extend(self, task: Task, keep_alive: int) -> Task:
        """Let a task live on from now."""
        longer = replace(task, keep_alive=keep_alive, expires=time.monotonic() + keep_alive / 1000)
        self.keep(longer)
        return longer

    def drop(self, kind: str, name: str, owner: str) -> None:
        """Cancel and forget a task."""
        self.task(kind, name, owner)
        with self._lock:
            self._tasks.pop(name, None)

    def open(self, pit: Pit) -> None:
        with self._lock:
            self._pits[pit.id] = pit

    def pit(self, name: str) -> Pit:
        """Return a point in time; using a newer id ends the one before it. Raises Failed for one that is gone."""
        with self._lock:
            found = self._pits.get(name)
            if found is None or found.expires <= time.monotonic():
                raise _no_context(name)
            self._pits.pop(found.before, None)
        return found

    def renew(self, pit: Pit, keep_alive: int | None) -> Pit:
        """Give a point in time its next id; the old one stays good until the new one is used, as answers get lost."""
        expires = pit.expires if keep_alive is None else time.monotonic() + keep_alive / 1000
        renewed = replace(pit, id=new_id(), expires=expires, before=pit.id)
        self.open(renewed)
        return renewed

    def close(self, name: str) -> int:
        """Forget a point in time under all its ids; return how many there were."""
        with self._lock:
            found = self._pits.get(name)
            if found:
                self._pits = {one.id: one for one in self._pits.values() if one.context != found.context}
        return int(found is not None)

    def forget(self) -> None:
        """Lose everything, as a restarted node does."""
        with self._lock:
            self._tasks.clear()
            self._pits.clear()

    def left(self) -> tuple[str, ...]:
        """Return the ids of what is still kept: tasks and points in time that nobody deleted and that did not expire."""
        now = time.monotonic()
        with self._lock:
            tasks = [one.id for one in self._tasks.values() if one.expires > now]
            return (*tasks, *{one.context for one in self._pits.values() if one.expires > now})

    def running(self) -> tuple[str, ...]:
        """Return the ids of tasks that still search."""
        now = time.monotonic()
        with self._lock:
            return tuple(one.id for one in self._tasks.values() if now < min(one.ready, one.expires))

    def enter(self, most: int) -> None:
        """Take a place in the search pool; raises Failed when there is none (2.3, [E17])."""
        with self._lock:
            if self._active >= most:
                reason = "rejected execution on QueueResizingEsThreadPoolExecutor[name = lab/search]"
                raise Failed(429, "es_rejected_execution_exception", reason)
            self._active += 1

    def leave(self) -> None:
        with self._lock:
            self._active -= 1


def new_id() -> str:
    """Return an id that nobody can guess, as long as the platform's."""
    return base64.urlsafe_b64encode(secrets.token_bytes(33)).decode()


def _no_context(name: str) -> Failed:
    reason = f"No search context found for id [{name[:12]}]"
    return Failed(404, "search_phase_execution_exception", "all shards failed", phase="query", grouped=True,
                  inner={"type": "search_context_missing_exception", "reason": reason})  # fmt: skip

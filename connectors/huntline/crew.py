"""Work of many tenants on few threads: so many pieces at once overall, and no tenant more than its slots."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Generic, TypeAlias, TypeVar

from huntline.errors import HuntlineError

T = TypeVar("T")
Piece: TypeAlias = Iterator[timedelta]
"""Something to do. Each value it yields is a wait, for which it keeps its tenant's slot and gives back its thread."""
Course: TypeAlias = Generator[Sequence[Piece], None, T]
"""A tenant's work: batches of pieces, each batch done before the next is asked for, and in the end a result.

A HuntlineError of a piece is raised in it, once the pieces that were running have ended; those not begun are dropped.
"""
PATIENCE = 2.0  # seconds for running pieces to end when all is stopped; what they do is safe to be killed


@dataclass(slots=True)
class Line(Generic[T]):
    """One tenant's course, and what of it is under way."""

    name: str
    course: Course[T]
    slots: int  # most pieces at once
    ready: deque[Piece] = field(default_factory=deque)
    asleep: list[tuple[float, Piece]] = field(default_factory=list)  # with the moment each goes on; they are running
    running: int = 0
    failed: HuntlineError | None = None


def work(lines: Sequence[Line[T]], *, threads: int) -> Generator[tuple[Line[T], T | HuntlineError], None, None]:
    """Yield each line with its end as it comes. What is no HuntlineError stops all lines and is raised here."""
    crew = _Crew(lines, threads)
    useful = min(threads, sum(line.slots for line in lines))
    hands = [threading.Thread(target=crew.serve, name=f"hunt {n + 1}", daemon=True) for n in range(useful)]
    for hand in hands:
        hand.start()
    try:
        for _ in lines:
            end = crew.ends.get()
            if isinstance(end, BaseException):
                raise end
            yield end
    finally:
        crew.stop()
        until = monotonic() + PATIENCE
        for hand in hands:
            hand.join(max(until - monotonic(), 0))
        for line in lines:
            if line.running == len(line.asleep):  # else a thread is still in it, and dies with the process
                line.course.close()


class _Crew(Generic[T]):
    """What the threads share; the lines are read and written under one lock."""

    def __init__(self, lines: Sequence[Line[T]], threads: int) -> None:
        self.ends: queue.SimpleQueue[tuple[Line[T], T | HuntlineError] | BaseException] = queue.SimpleQueue()
        self._unopened = deque(lines)
        self._open: list[Line[T]] = []
        self._threads, self._most_open = threads, threads + (threads + 1) // 2
        self._stopped = False
        self._change = threading.Condition()

    def serve(self) -> None:
        """Do pieces until none is left."""
        try:
            while taken := self._take():
                self._do(*taken)
        except BaseException as error:  # noqa: BLE001 (raised again in the thread that asked for the work)
            self.ends.put(error)
            self.stop()

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def _take(self) -> tuple[Line[T], Piece | None] | None:
        """Return a line with its next piece, None for its first batch; None when there is nothing left to do."""
        with self._change:
            while not self._stopped and (self._unopened or self._open):
                if self._unopened and len(self._open) < self._most_open:
                    line = self._unopened.popleft()
                    self._open.append(line)
                    line.running += 1
                    return line, None
                if found := self._due() or self._fresh():
                    return found
                soonest = min((at for line in self._open for at, _ in line.asleep), default=None)
                self._change.wait(None if soonest is None else max(soonest - monotonic(), 0))
            return None

    def _due(self) -> tuple[Line[T], Piece] | None:
        now = monotonic()
        for line in self._open:
            for number, (at, piece) in enumerate(line.asleep):
                if at <= now:
                    del line.asleep[number]
                    return line, piece
        return None

    def _fresh(self) -> tuple[Line[T], Piece] | None:
        """Take of the line that is nearest to its end, or of the furthest where that would be left alone, with few threads busy.

        Were all to go on side by side, lines that wait would be opened when the others have ended, and hunt alone; and all
        would count and tidy at once in the end, when no search is left that could go on meanwhile.
        """
        free = [line for line in self._open if line.ready and line.running < line.slots]
        if not free:
            return None
        known = sum(len(line.ready) for line in self._open)
        left = known + len(self._unopened) * known / len(self._open)  # as if those were like the ones we know
        line = max(free, key=lambda one: len(one.ready) / one.slots)
        if len(line.ready) / line.slots < left / self._threads:
            line = min(free, key=lambda one: len(one.ready))
        line.running += 1
        return line, line.ready.popleft()

    def _do(self, line: Line[T], piece: Piece | None) -> None:
        again: timedelta | None = None
        failed: HuntlineError | None = None
        try:
            again = next(piece, None) if piece else None
        except HuntlineError as error:
            failed = error
        except BaseException:
            with self._change:
                line.running -= 1
                self._stopped = True  # at once: the piece is not done, so that the line must not go on without it
            raise
        with self._change:
            line.failed = line.failed or failed
            if line.failed:
                line.ready.clear()
                line.running -= len(line.asleep)
                line.asleep.clear()
            last = False
            if piece and again is not None and not line.failed:
                line.asleep.append((monotonic() + again.total_seconds(), piece))
            elif not (last := line.running == 1 and not line.ready and not self._stopped):
                line.running -= 1
            self._change.notify_all()
        if last:
            self._go_on(line)

    def _go_on(self, line: Line[T]) -> None:
        """Ask for the next batch; nothing else of the line runs beside it."""
        failed, line.failed = line.failed, None
        end: T | HuntlineError
        try:
            batch = line.course.throw(failed) if failed else next(line.course)
            while not batch:
                batch = next(line.course)
        except StopIteration as stop:
            end = stop.value
        except HuntlineError as error:
            end = error
        else:
            with self._change:
                line.running -= 1
                line.ready.extend(batch)
                self._change.notify_all()
            return
        with self._change:
            line.running -= 1
            self._open.remove(line)
            self._change.notify_all()
        self.ends.put((line, end))

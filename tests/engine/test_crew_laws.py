"""Laws of the crew: everything once, never too much at once, one tenant's failure is its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntline.crew import Course, Line, Piece, work
from huntline.errors import Transient

BRIEF = timedelta(milliseconds=1)


@dataclass(slots=True)
class Log:
    """What the pieces did, and how many ran at once: overall and per line."""

    done: list[tuple[str, int]] = field(default_factory=list)
    most: dict[str, int] = field(default_factory=dict)
    now: dict[str, int] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, *names: str) -> None:
        with self.turn:
            for name in names:
                self.now[name] = self.now.get(name, 0) + 1
                self.most[name] = max(self.most.get(name, 0), self.now[name])

    def leave(self, *names: str) -> None:
        with self.turn:
            for name in names:
                self.now[name] -= 1


def piece(log: Log, name: str, number: int, waits: int = 0, error: Exception | None = None) -> Piece:
    for _ in range(waits):
        yield BRIEF
    log.enter(name, "all")
    time.sleep(0.001)
    log.leave(name, "all")
    if error:
        raise error
    with log.turn:
        log.done.append((name, number))


def course(log: Log, name: str, batches: Sequence[int], waits: int = 0) -> Course[str]:
    for batch, size in enumerate(batches):
        yield [piece(log, name, batch * 100 + n, waits) for n in range(size)]
    return f"{name} ended"


@settings(max_examples=25, deadline=None)
@given(
    batches=st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=1, max_size=6),
    slots=st.integers(1, 3),
    threads=st.integers(1, 5),
    waits=st.integers(0, 2),
)
def test_every_piece_is_done_once_within_slots_and_threads(
    batches: list[list[int]], slots: int, threads: int, waits: int
) -> None:
    log = Log()
    lines = [Line(f"t{n}", course(log, f"t{n}", sizes, waits), slots) for n, sizes in enumerate(batches)]
    ends = {line.name: end for line, end in work(lines, threads=threads)}

    assert {line.name: f"{line.name} ended" for line in lines} == ends
    assert sorted(log.done) == sorted(
        (f"t{n}", batch * 100 + k)
        for n, sizes in enumerate(batches)
        for batch, size in enumerate(sizes)
        for k in range(size)
    )
    assert log.most.get("all", 0) <= threads
    assert all(most <= slots for name, most in log.most.items() if name != "all")


def test_a_batch_ends_before_the_next_begins() -> None:
    """Coverage is asked before the first search, and the hunt is closed after the last."""
    log = Log()
    list(work([Line("t", course(log, "t", (4, 4, 4)), 3)], threads=4))

    assert [0, 1, 2] == sorted({number // 100 for _, number in log.done})
    assert [n // 100 for _, n in log.done] == sorted(n // 100 for _, n in log.done)


def test_a_failing_line_ends_with_its_error_and_hurts_no_other() -> None:
    log, seen = Log(), list[str]()

    def failing() -> Course[str]:
        try:
            yield [
                piece(log, "bad", 0, error=Transient("down")),
                *(piece(log, "bad", n, waits=50) for n in range(1, 9)),
            ]
        finally:
            seen.append("closed")
        return "unreachable"

    lines = [Line("bad", failing(), 2), Line("good", course(log, "good", (9, 9)), 2)]
    ends = {line.name: str(end) for line, end in work(lines, threads=3)}

    assert ({"bad": "down", "good": "good ended"}, ["closed"]) == (ends, seen)


def test_a_course_may_mend_the_failure_of_a_batch() -> None:
    def mending() -> Course[str]:
        try:
            yield [piece(Log(), "t", 0, error=Transient("down"))]
        except Transient as error:
            return f"mended {error}"
        return "unreachable"

    ((_, end),) = work([Line("t", mending(), 1)], threads=1)

    assert end == "mended down"


def test_waiting_holds_a_slot_and_no_thread() -> None:
    """Jobs of hours would otherwise keep all threads from all tenants; and a tenant's limit is about its platform."""
    log = Log()

    def long() -> Piece:
        yield timedelta(seconds=0.4)
        log.done.append(("long", 0))

    def waiting() -> Course[str]:
        yield [long(), piece(log, "long", 1)]
        return "ended"

    list(work([Line("long", waiting(), 1), Line("other", course(log, "other", (5,)), 1)], threads=1))

    assert [*(("other", n) for n in range(5)), ("long", 0), ("long", 1)] == log.done


def test_a_defect_stops_all_and_is_raised_where_the_work_was_asked_for() -> None:
    """An exception that is none of ours must not look like a tenant's failure."""
    log, closed = Log(), list[str]()

    def course_with_lease() -> Course[str]:
        try:
            yield [piece(log, "t", 0, error=ZeroDivisionError())]
        finally:
            closed.append("lease given back")
        return "unreachable"

    with pytest.raises(ZeroDivisionError):
        list(work([Line("t", course_with_lease(), 1)], threads=2))

    assert ["lease given back"] == closed


def test_a_line_never_goes_on_without_a_piece_that_was_cut_off() -> None:
    """The next batch may be the hunt's end: it would call itself finished with a hole in it."""
    cut, reached = threading.Event(), list[str]()

    def killed() -> Piece:
        yield BRIEF
        cut.set()
        raise KeyboardInterrupt

    def beside() -> Piece:
        yield BRIEF
        cut.wait()
        time.sleep(0.05)

    def course_of_two() -> Course[str]:
        yield [beside(), killed()]
        reached.append("second batch")
        return "ended"

    with pytest.raises(KeyboardInterrupt):
        list(work([Line("t", course_of_two(), 2)], threads=2))

    assert [] == reached


def test_lines_that_are_not_asked_for_any_more_are_closed() -> None:
    """Ctrl-C in the reader of the ends."""
    closed = list[str]()

    def endless(name: str) -> Course[str]:
        def forever() -> Piece:
            while True:
                yield BRIEF

        try:
            yield [forever()]
        finally:
            closed.append(name)
        return "unreachable"

    ends = work([Line("quick", iter_course(), 1), Line("a", endless("a"), 1), Line("b", endless("b"), 1)], threads=2)
    next(ends)
    ends.close()

    assert ["a", "b"] == sorted(closed)


def iter_course() -> Course[str]:
    yield from ()
    return "ended"


def test_lines_end_one_after_another() -> None:
    """What a line does in its end goes on beside the searches of others, and makes room for those that wait."""
    assert ends_of([10] * 6)[1] < 30


@pytest.mark.parametrize("sizes", [[10] * 10, [10] * 9 + [40], [40] + [10] * 9])
def test_no_line_is_left_alone_at_the_end(sizes: list[int]) -> None:
    """It would keep as many threads busy as it has slots, and the others idle."""
    assert ends_of(sizes)[-2] >= sum(sizes) - 10


def ends_of(sizes: Sequence[int]) -> list[int]:
    """Return how many pieces had begun when each line began its last one, sorted; two slots each, four threads."""
    starts: list[str] = []

    def noting(name: str, number: int) -> Iterator[timedelta]:
        starts.append(name)
        yield from piece(Log(), name, number)

    def one(name: str, size: int) -> Course[str]:
        yield [noting(name, n) for n in range(size)]
        return name

    list(work([Line(f"t{n}", one(f"t{n}", size), 2) for n, size in enumerate(sizes)], threads=4))
    return sorted(max(at for at, other in enumerate(starts) if other == name) for name in set(starts))


def test_a_short_first_batch_does_not_wait_behind_long_ones() -> None:
    """What it makes room for may be long: coverage is one piece, the searches behind it are many."""
    log = Log()
    sizes = {"brief": [1], "long": [1, 30], "behind": [1, 30]}  # the third is opened when the first has ended
    list(work([Line(name, course(log, name, batches), 1) for name, batches in sizes.items()], threads=1))

    assert log.done.index(("behind", 0)) < 10

"""Laws of limits: never more calls in a minute, never more searches at once, and no thread that spins while it waits."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dummy import START, Store
from engine.platform import hunted
from huntline.errors import Transient
from huntline.fleet.hunt import Failed
from huntline.hunt.run import Result
from huntline.model.tenant import Limits, Tenant
from huntline.model.window import Window
from huntline.remote import Pace, Patience, patient

WANTED = Window(START, START + timedelta(days=60))  # six searches of ten days


class Clock:
    """Time that passes only by sleeping, which may last longer than was asked for."""

    def __init__(self, late: list[float]) -> None:
        self.now, self.rests, self._late = 1000.0, 0, late

    def rest(self, seconds: float) -> None:
        assert seconds > 0
        self.rests += 1
        self.now += seconds + (self._late.pop() if self._late else 0)


@given(
    per_minute=st.integers(1, 600),
    between=st.lists(st.floats(0, 90), min_size=1, max_size=60),
    late=st.lists(st.floats(0, 5), max_size=30),
)
def test_no_minute_holds_more_calls_than_allowed(per_minute: int, between: list[float], late: list[float]) -> None:
    """Whenever the calls are wanted, and however late the machine wakes up."""
    clock, made = Clock(late), list[float]()
    pace = Pace(per_minute, clock=lambda: clock.now, rest=clock.rest)
    for idle in between:
        clock.now += idle
        pace.keep()
        made.append(clock.now)

    tolerance = 1e-6  # seconds; binary fractions of a minute do not add up to it
    most = max(bisect_left(made, start + 60 - tolerance) - number for number, start in enumerate(made))
    assert most <= per_minute


def test_calls_are_spaced_evenly_and_nobody_waits_twice() -> None:
    """A burst at the start of each minute would keep the letter of a limit and still be refused."""
    clock, made = Clock([]), list[float]()
    pace = Pace(120, clock=lambda: clock.now, rest=clock.rest)
    for _ in range(5):
        pace.keep()
        made.append(clock.now - 1000)

    assert ([0, 0.5, 1.0, 1.5, 2.0], 4) == (made, clock.rests)


def test_the_first_call_does_not_wait() -> None:
    clock = Clock([])
    Pace(1, clock=lambda: clock.now, rest=clock.rest).keep()

    assert 0 == clock.rests


def test_threads_share_one_pace() -> None:
    """The clock is slow to answer, so that threads meet between looking and going."""

    def clock() -> float:
        now = time.monotonic()
        time.sleep(0.002)
        return now

    pace, made, turn = Pace(6_000, clock=clock), list[float](), threading.Lock()

    def call() -> None:
        for _ in range(6):
            pace.keep()
            with turn:
                made.append(time.monotonic())

    threads = [threading.Thread(target=call) for _ in range(4)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (24, True) == (len(made), max(made) - began >= 23 * 0.01)


def test_asking_again_keeps_the_pace_too() -> None:
    """A platform that is too busy to answer is the last that should be asked faster."""
    clock, left = Clock([]), [Transient("503", retry_after=timedelta(0)) for _ in range(3)]

    def call() -> str:
        if left:
            raise left.pop()
        return "answer"

    patience = Patience(pace=Pace(60, clock=lambda: clock.now, rest=clock.rest))

    assert ("answer", 3) == (patient(patience, call), clock.rests)


class Watch:
    """Counts the calls of a tenant, and how many were under way at once."""

    def __init__(self) -> None:
        self.calls, self.most, self._now, self._turn = Counter[str](), 0, 0, threading.Lock()

    def see(self, call: str) -> None:
        with self._turn:
            self.calls[call] += 1
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.02)
        with self._turn:
            self._now -= 1


@pytest.mark.parametrize(("limits", "most"), [(Limits(parallel=3), 3), (Limits(), 1)])
def test_a_tenant_is_searched_by_no_more_than_its_limit_at_once(
    limits: Limits, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own limit, or that of the platform, which is one here; six threads stand ready."""
    watch = Watch()
    tenant = Tenant("t", "c", "dummy", {}, limits=limits)
    (end,) = hunted([tenant], Store(fails=watch.see), WANTED, tmp_path, monkeypatch)

    assert (False, most) == (isinstance(end, Failed), watch.most)


def test_all_tenants_together_are_called_no_more_than_asked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six calls are allowed and are used: those who write to the ledger meanwhile are not among them."""
    watch = Watch()
    tenants = [Tenant(f"t{n}", "c", "dummy", {}, limits=Limits(parallel=2)) for n in range(12)]
    ends = list(hunted(tenants, Store(fails=watch.see), WANTED, tmp_path, monkeypatch))

    assert (12, 6) == (sum(isinstance(end, Result) for end in ends), watch.most)


def test_a_tenant_is_called_no_faster_than_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch()
    tenant = Tenant("t", "c", "dummy", {}, limits=Limits(parallel=6, per_minute=3_000))
    began = time.monotonic()
    (end,) = hunted([tenant], Store(fails=watch.see), WANTED, tmp_path, monkeypatch)
    calls = watch.calls.total()

    assert (False, True) == (isinstance(end, Failed), calls >= 12)
    assert time.monotonic() - began >= (calls - 1) * 60 / 3_000

"""How many requests of one caller run, wait, or are turned away."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from lab.sentinel.errors import Failed, arm_failed, logs_failed
from lab.sentinel.settings import SentinelSettings

LEFT = "x-ms-ratelimit-remaining-subscription"
LOOK = 0.005  # seconds between two looks of one who waits for a place


class Gates:
    """Counts requests of each caller; safe for many threads."""

    def __init__(self, settings: SentinelSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._running: dict[str, int] = defaultdict(int)
        self._waiting: dict[str, int] = defaultdict(int)
        self._asked: dict[str, deque[float]] = defaultdict(deque)

    @contextmanager
    def query(self, who: str, pause: Callable[[float], None]) -> Iterator[None]:
        """Hold a place for a query: at once, or after waiting in the queue; raises Failed (429) when there is none [M3]."""
        said = self._settings
        if (wait := self._over(who, said.a_window, said.window)) is not None:
            raise _too_many(f"More than {said.a_window} requests in {said.window:g} seconds", wait)
        with self._placed(f"query {who}", said.running, said.queued, pause):
            yield

    @contextmanager
    def search(self, who: str, pause: Callable[[float], None]) -> Iterator[None]:
        """Hold a place for a search of a Basic or Auxiliary table, which nobody waits for [M10]."""
        with self._placed(f"search {who}", self._settings.at_once, 0, pause):
            yield

    def manage(self, who: str, *, writes: bool) -> dict[str, str]:
        """Count a call to Resource Manager; return the header of what is left, raises Failed (429) for nothing [M17]."""
        kind, most = ("writes", self._settings.writes) if writes else ("reads", self._settings.reads)
        wait = self._over(f"{kind} {who}", most, 3_600.0)
        if wait is not None:
            words = f"Number of {kind} for the subscription exceeded the limit of {most} an hour."
            refused = arm_failed(429, "SubscriptionRequestsThrottled", words, wait=wait).answer
            raise Failed(replace(refused, headers={**refused.headers, f"{LEFT}-{kind}": "0"}))
        with self._lock:
            left = most - len(self._asked[f"{kind} {who}"])
        return {f"{LEFT}-{kind}": str(left)}

    def _over(self, who: str, most: int, window: float) -> int | None:
        """Count a request; return the seconds to wait where it is one too many, which then does not count."""
        now = time.monotonic()
        with self._lock:
            asked = self._asked[who]
            while asked and asked[0] <= now - window:
                asked.popleft()
            if len(asked) >= most:
                return max(1, round(asked[0] + window - now))
            asked.append(now)
        return None

    @contextmanager
    def _placed(self, who: str, most: int, queued: int, pause: Callable[[float], None]) -> Iterator[None]:
        self._wait(who, most, queued, pause)
        try:
            yield
        finally:
            with self._lock:
                self._running[who] -= 1

    def _wait(self, who: str, most: int, queued: int, pause: Callable[[float], None]) -> None:
        ends = time.monotonic() + self._settings.patience
        waits = False
        while not self._taken(who, most):
            with self._lock:
                full = not waits and self._waiting[who] >= queued
                self._waiting[who] += not waits and not full
            if full or time.monotonic() >= ends:
                self._left(who, waits=waits)
                raise _too_many("The query queue of this user is full")
            waits = True
            pause(LOOK)
        self._left(who, waits=waits)

    def _taken(self, who: str, most: int) -> bool:
        with self._lock:
            free = self._running[who] < most
            self._running[who] += free
        return free

    def _left(self, who: str, *, waits: bool) -> None:
        with self._lock:
            self._waiting[who] -= waits


def _too_many(words: str, wait: int | None = None) -> Failed:
    return logs_failed(429, "TooManyRequests", words, wait=wait)

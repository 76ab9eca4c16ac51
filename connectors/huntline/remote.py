"""The one retry policy and the one pace: what asking again may cure is asked again, and no tenant more often than it bears."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic, sleep
from typing import ParamSpec, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from huntline.errors import Transient

T = TypeVar("T")
P = ParamSpec("P")


class Pace:
    """Spaces the calls of one tenant evenly, whatever thread makes them: never more than so many in any minute."""

    def __init__(
        self, per_minute: int, *, clock: Callable[[], float] = monotonic, rest: Callable[[float], None] = sleep
    ) -> None:
        self._gap = 60 / per_minute
        self._clock = clock
        self._rest = rest
        self._free = clock()  # the moment from which the next call may be made
        self._turn = threading.Lock()

    def keep(self) -> None:
        """Sleep until it is this call's turn."""
        # Slept under the lock: what is spaced are the moments calls are let go, not those they were planned for.
        with self._turn:
            while (ahead := self._free - self._clock()) > 0:
                self._rest(ahead)
            self._free = self._clock() + self._gap


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is made at most, how long a single wait between two may be, and at what pace all are made."""

    tries: int = 5
    longest: timedelta = timedelta(minutes=2)
    pace: Pace | None = field(default=None, compare=False)


PATIENT = Patience()


def patient(patience: Patience, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a call until it answers, or raise its last error.

    Only a Transient is cured by asking again. A platform that asks for a longer wait than `longest` is not waited for:
    the next run takes it up.
    """
    own = wait_random_exponential(multiplier=1, max=patience.longest.total_seconds())
    tried = stop_after_attempt(patience.tries)

    def wait(state: RetryCallState) -> float:
        asked = _asked(state)
        return own(state) if asked is None else asked.total_seconds()

    def enough(state: RetryCallState) -> bool:
        asked = _asked(state)
        return tried(state) or (asked is not None and asked > patience.longest)

    def paced() -> T:
        if patience.pace:
            patience.pace.keep()
        return call(*args, **kwargs)

    retrying = Retrying(retry=retry_if_exception_type(Transient), wait=wait, stop=enough, sleep=sleep, reraise=True)
    return retrying(paced)


def delay(header: str) -> timedelta | None:
    """Read Retry-After: seconds, or a date; None where there is none that can be read."""
    if header.strip().isdigit():
        return timedelta(seconds=int(header))
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(aware - datetime.now(UTC), timedelta(0))


def _asked(state: RetryCallState) -> timedelta | None:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, Transient) else None

"""The one retry policy: what asking again may cure is asked again, with the platform's own delay where it gives one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import sleep
from typing import ParamSpec, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from huntline.errors import Transient

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is made at most, and how long a single wait between two may be."""

    tries: int = 5
    longest: timedelta = timedelta(minutes=2)


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

    retrying = Retrying(retry=retry_if_exception_type(Transient), wait=wait, stop=enough, sleep=sleep, reraise=True)
    return retrying(call, *args, **kwargs)


def _asked(state: RetryCallState) -> timedelta | None:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, Transient) else None

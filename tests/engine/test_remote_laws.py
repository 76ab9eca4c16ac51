"""Laws of the retry policy: what asking again may cure, how often, and after how long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest

from huntline.errors import Denied, HuntlineError, QueryRejected, Transient, Unreadable
from huntline.remote import Patience, patient

QUICK = Patience(tries=4, longest=timedelta(milliseconds=20))


def failing(*errors: HuntlineError) -> tuple[Callable[[], str], list[float]]:
    """A call that raises these one after another, then answers; and when it was made."""
    left, calls = list(errors), list[float]()

    def call() -> str:
        calls.append(monotonic())
        if left:
            raise left.pop(0)
        return "answer"

    return call, calls


@pytest.mark.parametrize("times", range(4))
def test_a_passing_fault_is_cured_by_asking_again(times: int) -> None:
    call, calls = failing(*(Transient("503") for _ in range(times)))

    assert ("answer", times + 1) == (patient(QUICK, call), len(calls))


def test_a_lasting_fault_is_told_after_so_many_tries() -> None:
    call, calls = failing(*(Transient(str(n)) for n in range(9)))

    with pytest.raises(Transient, match="3"):
        patient(QUICK, call)
    assert len(calls) == 4


@pytest.mark.parametrize("error", [Denied("403"), QueryRejected("400"), Unreadable("gone")])
def test_what_asking_again_does_not_cure_is_asked_once(error: HuntlineError) -> None:
    """Bad credentials asked again and again lock an account."""
    call, calls = failing(error)

    with pytest.raises(type(error)):
        patient(QUICK, call)
    assert len(calls) == 1


def test_the_platforms_own_delay_is_kept() -> None:
    call, calls = failing(Transient("429", retry_after=timedelta(milliseconds=300)))
    patient(Patience(tries=2, longest=timedelta(seconds=1)), call)

    assert calls[1] - calls[0] >= 0.3


def test_a_delay_that_nobody_waits_for_is_told_at_once() -> None:
    """The run goes on with what can be asked; the next one takes this up."""
    call, calls = failing(Transient("429", retry_after=timedelta(hours=1)))

    with pytest.raises(Transient):
        patient(QUICK, call)
    assert len(calls) == 1

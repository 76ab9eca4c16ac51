"""Laws of searches that cost: never unasked, within the budget, paid once, and kept when the data ages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.dummy import START, Event, Store, means
from huntline.crew import Line, work
from huntline.errors import HuntlineError, Transient
from huntline.hunt.budget import Allowance
from huntline.hunt.run import Result, hunting
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.window import Window
from huntline.report.case import cases

WANTED = Window(START, START + timedelta(days=30))
PATIENT = timedelta(minutes=1)


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


def events(count: int = 8, apart: timedelta = timedelta(hours=80)) -> tuple[Event, ...]:
    return tuple(Event(f"e{n}", START + n * apart, "evil") for n in range(count))


def run(
    store: Store, ledger: Ledger, allowance: Allowance | None, *, wanted: Window = WANTED, slots: int = 2
) -> Result:
    made = replace(means(store, "evil"), allowance=allowance)
    ((_, end),) = work([Line("t", hunting(made, wanted, ledger, lambda _: None), slots)], threads=slots)
    if isinstance(end, HuntlineError):
        raise end
    return end


def verdict_on(ledger: Ledger, day: datetime) -> str:
    (case,) = cases(ledger, customer=None)
    (cell,) = [c for c in case.cells if c.first and c.last and c.first <= day.date() <= c.last]
    return cell.verdict


def most(amount: float, wait: timedelta = PATIENT) -> Allowance:
    return Allowance(amount, wait)


def test_nothing_that_costs_is_searched_unasked(ledger: Ledger) -> None:
    """It is told, with what it would cost."""
    store = Store(events(), price=2.0)
    result = run(store, ledger, None)

    assert ([], "not_searchable") == (store.searches, verdict_on(ledger, START))
    assert [words for words in result.incomplete if "60 GB" in words]


def test_what_costs_is_searched_as_far_as_the_budget_goes(ledger: Ledger) -> None:
    """Ten days cost twenty; of thirty days two windows fit."""
    store = Store(events(), price=2.0)
    result = run(store, ledger, most(45.0))

    assert 2 == len(store.searches)
    assert 1 == len([words for words in result.incomplete if "5 GB of the budget are left" in words])


def test_a_search_that_passes_the_budget_is_stopped_and_removed(ledger: Ledger) -> None:
    """Where nobody said what it costs, it is watched."""
    store = Store(events(), price=2.0, told=False, looks=9)
    result = run(store, ledger, most(5.0), slots=1)

    assert ({}, 0) == (store.running, result.known)
    assert [words for words in result.incomplete if "stopped after 6 GB" in words]
    assert "not_searchable" == verdict_on(ledger, START)


def test_what_was_stopped_for_its_price_is_not_started_again_for_as_much(ledger: Ledger) -> None:
    """A run a day would pay every day, and never see the end."""
    store = Store(events(), price=2.0, told=False, looks=9)
    run(store, ledger, most(5.0))
    sent = len(store.searches)
    run(store, ledger, most(5.0))

    assert sent == len(store.searches)


def test_a_search_of_hours_is_left_running_and_taken_up_by_the_next_run(ledger: Ledger) -> None:
    """Even one that hunts a later end: what was begun is taken up as it was begun."""
    store = Store(events(), price=1.0, looks=5)
    first = run(store, ledger, most(100.0, timedelta(0)))
    waiting = verdict_on(ledger, START)
    sent = len(store.searches)
    store.looks = 0
    run(store, ledger, most(100.0), wanted=Window(WANTED.start, WANTED.end + timedelta(days=1)))

    assert ("waiting", 3) == (waiting, sent)
    assert [words for words in first.incomplete if "run again" in words]
    assert [Window(WANTED.end, WANTED.end + timedelta(days=1))] == [order.window for order in store.searches[sent:]]
    assert {} == store.running


def test_what_was_begun_is_taken_up_as_it_was_whatever_the_borders_do_meanwhile(ledger: Ledger) -> None:
    """Cut anew from where retention ends today, every window would be another search, and be paid again."""
    day = timedelta(days=1)
    store = Store(events(), price=1.0, looks=5, aged=START + 15 * day)
    run(store, ledger, most(100.0, timedelta(0)))
    store.looks, store.aged, store.expired = 0, START + 17 * day, START + 1 * day
    run(store, ledger, most(100.0))
    paid = [order.window for order in store.searches if order.part.cost]

    assert {Window(START, START + 10 * day), Window(START + 10 * day, START + 15 * day)} == set(paid)
    assert (2, {}) == (len(paid), store.running)


def test_nothing_more_is_wanted_while_what_was_paid_for_still_runs(ledger: Ledger) -> None:
    """Another window would leave the old searches to nobody; they are what the next run goes on with."""
    store = Store(events(), price=1.0, looks=50)
    run(store, ledger, most(100.0, timedelta(0)))
    kept, later = dict(store.running), Window(WANTED.end, WANTED.end + timedelta(days=9))
    run(store, ledger, most(100.0, timedelta(0)), wanted=later)

    assert (set(kept), 3) == (set(store.running), len(store.searches))


def test_what_still_runs_is_removed_where_the_next_run_may_not_pay(ledger: Ledger) -> None:
    store = Store(events(), price=1.0, looks=5)
    run(store, ledger, most(100.0, timedelta(0)))
    run(store, ledger, None)

    assert {} == store.running


@pytest.mark.parametrize("at", range(1, 14))
def test_killed_at_any_call_nothing_is_paid_twice_and_nothing_is_left(ledger: Ledger, at: int) -> None:
    """The search is found by its ticket, even where its reference was never kept."""
    store = Store(events(), price=1.0, looks=1)
    store.fails = _at(at, Killed())
    with pytest.raises(Killed):
        run(store, ledger, most(100.0))
    store.fails = lambda _: None
    run(store, ledger, most(100.0))

    assert ([], {}) == ([one for one in _counts(store).values() if one > 1], store.running)


def _counts(store: Store) -> dict[str, int]:
    tickets = [order.ticket for order in store.searches]
    return {ticket: tickets.count(ticket) for ticket in tickets}


def _at(number: int, error: BaseException) -> Callable[[str], None]:
    count = 0

    def fails(_name: str) -> None:
        nonlocal count
        count += 1
        if count >= number:
            raise error

    return fails


def test_a_search_that_cannot_be_asked_about_is_kept_for_the_next_run(ledger: Ledger) -> None:
    """It has been paid for, and runs on."""
    store = Store(events(), price=1.0, looks=1)

    def fails(name: str) -> None:
        if name == "poll":
            raise Transient("no answer")

    store.fails = fails
    run(store, ledger, most(100.0))
    kept, sent = len(store.running), len(store.searches)
    store.fails = lambda _: None
    run(store, ledger, most(100.0))

    assert (3, 3, 3, {}) == (kept, sent, len(store.searches), store.running)


def test_what_was_searched_stays_searched_when_it_ages_into_what_costs(ledger: Ledger) -> None:
    """Parts of a live store share what is known of it: nothing is paid for what was free."""
    border = START + timedelta(days=10)
    store = Store(events(), price=1.0, aged=START + timedelta(hours=1))
    run(store, ledger, most(100.0))
    sent = len(store.searches)
    store.aged = border
    run(store, ledger, most(100.0))
    told = verdict_on(ledger, START + timedelta(hours=80)), verdict_on(ledger, START + timedelta(days=15))

    assert (sent, ("hits", "no_data")) == (len(store.searches), told)


def test_what_aged_unsearched_is_not_searchable_and_what_was_searched_is_not_touched(ledger: Ledger) -> None:
    day = timedelta(days=1)
    calm = (Event(f"calm{n}", START + n * day, "calm") for n in range(30))
    store = Store((*calm, Event("e", START + 12 * day, "evil")), price=1.0, aged=START + 5 * day)
    run(store, ledger, None)
    store.aged = START + 20 * day
    result = run(store, ledger, None, wanted=Window(WANTED.start, WANTED.end + day))
    told = [verdict_on(ledger, START + n * day) for n in (2, 10, 12, 25)]

    assert ["not_searchable", "clean", "hits", "clean"] == told
    assert result.incomplete


def test_what_costs_nothing_needs_no_leave(ledger: Ledger) -> None:
    store = Store(events(), aged=START + timedelta(days=10))
    result = run(store, ledger, None)

    assert (8, ()) == (result.known, result.incomplete)

"""Laws of hunting, the same for every platform: nothing lost, nothing doubled, nothing clean that was not looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conformance.hunting.ground import (
    MILLISECOND,
    START,
    UNTIL,
    WANTED,
    Ground,
    Planted,
    beat,
    every,
    found,
    hunt,
    means,
    verdict_on,
)
from conformance.hunting.hooked import Hooked
from conformance.killed import Killed, killing
from conformance.kills import calls
from huntline.crew import Line, work
from huntline.errors import Unauthenticated
from huntline.hunt.agenda import errands, orders
from huntline.hunt.run import hunting
from huntline.ledger.store import Ledger
from huntline.model.search import Outcome
from huntline.model.window import Window
from huntline.ports import Hunter
from huntline.report.case import cases

DAY = timedelta(days=1)


def needs(ground: Ground, feature: str) -> None:
    """Leave a law out where the platform has nothing that it is about."""
    if feature in ground.lacks:
        pytest.skip(f"{ground.platform.name} has no {feature}: {ground.lacks[feature]}")


def rows_of(ground: Ground, window: Window) -> tuple[list[str], Outcome]:
    """Search one window of every searchable part, page by page; the outcome is of the one that has most to say."""
    made = means(ground)
    hunter: Hunter = made.hunter
    parts = [part for part in hunter.reach(made.scopes, made.binding, WANTED) if part.state == "searchable"]
    ids: list[str] = []
    outcome: Outcome | None = None
    for part in parts:
        for errand in errands(part, made.queries, {}, wanted=window):
            for order in orders(errand, tenant="t", compiler=made.compiler, binding=made.binding, rows=made.rows):
                queries = [query for query in made.queries if query.hash in order.fused.queries]
                search, cursor = hunter.start(order, queries), None
                assert search.poll() is None
                while True:
                    page = search.page(cursor)
                    ids += [row.id for row in page.rows]
                    if page.outcome:
                        outcome = page.outcome if outcome is None or outcome.end == "whole" else outcome
                        break
                    cursor = page.cursor
    assert outcome is not None
    return ids, outcome


def test_every_planted_event_is_found_exactly_once(ground: Ground, ledger: Ledger) -> None:
    """Whatever the caps make of the windows."""
    events = every(60, timedelta(hours=24, minutes=13))
    ground.plant((*events, *beat()))
    result = hunt(ground, ledger)

    assert (60, 60) == (result.known, result.new)
    assert [one.time for one in events] == found(ledger)


@pytest.mark.parametrize("count", [0, 8, 9, 10, 11])
def test_counts_around_the_cap_lose_nothing(ground: Ground, ledger: Ledger, count: int) -> None:
    """An answer that is as large as it may be is not whole."""
    events = every(count, timedelta(seconds=1))
    ground.plant((*events, *beat()))
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)


def test_windows_are_half_open(ground: Ground) -> None:
    """The first moment belongs to a window, the last does not: neighbours never share an event, and miss none."""
    needs(ground, "window")
    middle = START + DAY
    ground.plant(
        (Planted("before", middle - MILLISECOND), Planted("at", middle), Planted("after", middle + MILLISECOND))
    )
    early, _ = rows_of(ground, Window(START, middle))
    late, _ = rows_of(ground, Window(middle, middle + DAY))

    assert (1, 2, set()) == (len(early), len(late), set(early) & set(late))


def test_halves_sum_to_the_whole(ground: Ground) -> None:
    needs(ground, "window")
    ground.plant(every(9, timedelta(hours=3)))
    whole, _ = rows_of(ground, Window(START, START + 2 * DAY))
    first, _ = rows_of(ground, Window(START, START + timedelta(hours=9)))
    second, _ = rows_of(ground, Window(START + timedelta(hours=9), START + 2 * DAY))

    assert (sorted(whole), 9) == (sorted([*first, *second]), len(whole))


def test_truncation_is_told(ground: Ground) -> None:
    """One event more than asked for is a cap, and a cap is no end."""
    needs(ground, "split")
    ground.plant(every(10, timedelta(minutes=1)))
    _, outcome = rows_of(ground, Window(START, START + DAY))

    assert ("split", "capped") == (outcome.end, outcome.reason)


def test_more_events_in_a_millisecond_than_a_search_gives_back_are_all_found(ground: Ground, ledger: Ledger) -> None:
    """No window is smaller than that; what was had is left out until nothing is left, and what lies around it is found, too."""
    crowd = tuple(Planted(f"same-{n}", START + DAY) for n in range(35))
    around = every(12, timedelta(hours=7), start=START + timedelta(hours=1))
    ground.plant((*crowd, *around, *beat()))
    result = hunt(ground, ledger)

    assert (sorted(one.time for one in (*crowd, *around)), 47) == (found(ledger), result.known)


def test_a_day_without_hits_is_clean_and_a_day_without_data_is_not(ground: Ground, ledger: Ledger) -> None:
    """Silence is not absence: beyond the reach of the data nothing is said to be clean."""
    ground.plant((Planted("hit", START + 3 * DAY), *beat(days=20)))
    hunt(ground, ledger)

    told = [verdict_on(ledger, START + n * DAY) for n in (3, 10, 40)]
    assert [{"hits"}, {"clean"}, {"no_data"}] == told


def test_a_second_hunt_of_an_unchanged_world_sends_no_search(ground: Ground, ledger: Ledger) -> None:
    ground.plant((*every(5, DAY), *beat()))
    hunt(ground, ledger)
    sent = len(ground.asked())
    again = hunt(ground, ledger)

    assert (sent, False, 0, 5) == (len(ground.asked()), again.searched, again.new, again.known)


def test_searches_do_not_grow_with_detections(ground: Ground, ledger: Ledger) -> None:
    """One pass: a window is searched once for all that is looked for."""
    ground.plant((*every(5, DAY), *beat()))
    alone = _searches(ground, ledger, "evil", wanted=Window(START, UNTIL - DAY))
    many = _searches(ground, ledger, *(f"evil{n}" for n in range(30)), wanted=Window(START, UNTIL))

    assert alone == many


def _searches(ground: Ground, ledger: Ledger, *words: str, wanted: Window) -> int:
    before = len(ground.asked())
    hunt(ground, ledger, *words, wanted=wanted)
    return len(ground.asked()) - before


def killed(ground: Ground, ledger: Ledger, before: Callable[[str], None]) -> None:
    """Hunt until something ends it, as SIGKILL does."""
    made = means(ground)
    watched = replace(made, hunter=Hooked(made.hunter, before))
    with pytest.raises(Killed):
        list(work([Line("t", hunting(watched, WANTED, ledger, lambda _: None), 1)], threads=1))


@pytest.mark.parametrize("call", calls(1, 16, soon={1, 2, 3, 5, 8, 13}))
def test_killed_at_any_call_and_run_again_finds_the_same(ground: Ground, ledger: Ledger, call: int) -> None:
    """Nothing lost, nothing doubled, nothing left running."""
    events = every(25, timedelta(hours=50))
    ground.plant((*events, *beat()))
    killed(ground, ledger, killing(min(call, 5 if ground.rows > 9 else call)))
    hunt(ground, ledger)

    assert ([one.time for one in events], 0) == (found(ledger), ground.left())


def test_a_search_that_a_killed_run_left_is_taken_up(ground: Ground, ledger: Ledger) -> None:
    """What it has done is not done again, and nobody keeps it when it has ended."""
    needs(ground, "jobs")
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    ground.trouble("slow")
    killed(ground, ledger, _once_held(ground))
    held = ground.left()
    hunt(ground, ledger)
    windows = Counter(one.window for one in ground.asked())

    assert (1, 0, [one.time for one in events]) == (held, ground.left(), found(ledger))
    assert {1} == set(windows.values())


def test_a_search_that_the_platform_has_forgotten_is_started_again(ground: Ground, ledger: Ledger) -> None:
    """What a killed run left may have expired."""
    needs(ground, "jobs")
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    ground.trouble("slow")
    killed(ground, ledger, _once_held(ground))
    ground.trouble("forgotten")
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)
    assert {"clean"} == verdict_on(ledger, START + 20 * DAY)


def _once_held(ground: Ground) -> Callable[[str], None]:
    """Return what dies when a search that the platform holds is asked after."""

    def before(called: str) -> None:
        if called == "poll" and ground.left():
            raise Killed

    return before


def test_late_data_is_found_by_its_arrival(ground: Ground, ledger: Ledger) -> None:
    """Only the days it is of are searched again."""
    needs(ground, "arrival")
    ground.plant((*every(3, DAY), *beat()))
    hunt(ground, ledger)
    before = len(ground.asked())
    ground.plant([Planted("late", START + 9 * DAY, arrived=_now())])
    result = hunt(ground, ledger)
    again = ground.asked()[before:]

    assert (1, 4) == (result.new, result.known)
    assert {Window(START + 9 * DAY, START + 10 * DAY)} == {one.window for one in again}


def _now() -> datetime:
    return datetime.now(UTC)


def test_a_platform_that_asks_to_wait_is_waited_for(ground: Ground, ledger: Ledger) -> None:
    """By the delay it gives, and without losing the window."""
    needs(ground, "faults")
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    ground.trouble("busy")
    hunt(ground, ledger)
    first, second = sorted(ground.asked(), key=lambda one: one.at)[:2]

    assert [one.time for one in events] == found(ledger)
    assert {"clean"} == verdict_on(ledger, START + 20 * DAY)
    assert second.window != first.window or second.at - first.at >= 1


def test_bad_credentials_are_never_tried_again(ground: Ground, ledger: Ledger) -> None:
    """Asking on would lock them out."""
    needs(ground, "faults")
    ground.plant(beat())
    ground.trouble("revoked")
    with pytest.raises(Unauthenticated):
        hunt(ground, ledger)

    assert (1, 0) == (ground.requests(), len(ground.asked()))


def test_an_answer_that_does_not_come_in_time_makes_the_window_smaller(ground: Ground, ledger: Ledger) -> None:
    """Asking the same again would take as long again."""
    needs(ground, "faults")
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    ground.trouble("late_answer")
    hunt(ground, ledger)
    widths = [one.window.end - one.window.start for one in ground.asked()]

    assert [one.time for one in events] == found(ledger)
    assert min(widths) < max(widths) / 1.9


def test_a_field_that_is_never_filled_is_blind(ground: Ground, ledger: Ledger) -> None:
    """Nothing was found because nothing could be: that is not clean."""
    ground.plant(tuple(Planted(f"mute-{n}", START + n * timedelta(minutes=20), word="") for n in range(9)))
    hunt(ground, ledger)

    assert {"blind"} == verdict_on(ledger, START)


def test_one_tenants_failure_leaves_the_others_whole(ground: Ground, ledger: Ledger) -> None:
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    good, bad = means(ground, tenant="good"), means(ground, tenant="bad")
    failing = replace(bad, hunter=Hooked(bad.hunter, _refusing))
    lines = [Line(one.tenant.name, hunting(one, WANTED, ledger, lambda _: None), 2) for one in (failing, good)]
    ends = {line.name: end for line, end in work(lines, threads=2)}
    (case,) = cases(ledger, customer="customer of good")

    assert isinstance(ends["bad"], Unauthenticated)
    assert [one.time for one in events] == sorted(hit.time for hit in case.hits if hit.time)


def _refusing(_name: str) -> None:
    raise Unauthenticated("revoked")


def test_partial_answers_keep_their_hits_and_are_never_clean(ground: Ground, ledger: Ledger) -> None:
    needs(ground, "faults")
    ground.plant((*every(3, DAY), *beat()))
    ground.plant([Planted("elsewhere", START + 45 * DAY)])
    ground.trouble("partial")
    result = hunt(ground, ledger)

    assert result.incomplete
    assert "clean" not in {v for n in range(62) for v in verdict_on(ledger, START + n * DAY)}


def test_a_search_that_outlives_its_answer_is_waited_for_and_leaves_nothing(ground: Ground, ledger: Ledger) -> None:
    needs(ground, "jobs")
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    ground.trouble("slow")
    hunt(ground, ledger)

    assert ([one.time for one in events], 0) == (found(ledger), ground.left())

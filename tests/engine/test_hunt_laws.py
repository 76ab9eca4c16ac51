"""Laws of the hunting engine, on a platform whose every fault is dialled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dummy import START, Event, Store, means
from huntline.crew import Line, work
from huntline.errors import Busy, HuntlineError, Transient, Unauthenticated
from huntline.hunt import pieces
from huntline.hunt.run import Result, hunting
from huntline.ledger.lease import leased
from huntline.ledger.schema import TABLES
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.case import Case
from huntline.model.window import Window
from huntline.report.case import cases

WANTED = Window(START, START + timedelta(days=30))


class Killed(BaseException):
    """Stands for SIGKILL: nothing between the call and the test may handle it."""


def some_events(count: int, *, word: str = "evil", apart: timedelta = timedelta(hours=7)) -> tuple[Event, ...]:
    return tuple(Event(f"{word}{n}", START + n * apart, word) for n in range(count))


def run(store: Store, ledger: Ledger, *words: str, wanted: Window = WANTED) -> Result:
    ((_, end),) = work([Line("t", hunting(means(store, *words), wanted, ledger, lambda _: None), 2)], threads=2)
    if isinstance(end, HuntlineError):
        raise end
    return end


def the_case(ledger: Ledger) -> Case:
    (case,) = cases(ledger, customer=None)
    return case


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


def test_capped_answers_are_split_until_every_event_is_found_once(ledger: Ledger) -> None:
    """A cap is the platform's way to lose hits; only windows that fit are believed."""
    store = Store(events=some_events(90), cap=4)
    run(store, ledger, "evil")

    assert sorted(e.id for e in store.events) == sorted(hit.event for hit in the_case(ledger).hits)


def test_a_second_run_on_an_unchanged_world_writes_nothing_and_sends_no_search(ledger: Ledger) -> None:
    """Running again is resuming."""
    store = Store(events=some_events(9))
    run(store, ledger, "evil")
    sent = len(store.searches)
    before = _dump(ledger)
    second = run(store, ledger, "evil")

    assert (sent, before, False, 0) == (len(store.searches), _dump(ledger), second.searched, second.new)


def test_a_new_rule_hunts_alone(ledger: Ledger) -> None:
    """What the old rules finished is not searched for them again."""
    store = Store(events=(*some_events(3), *some_events(2, word="worse")), whole=True)
    run(store, ledger, "evil")
    result = run(store, ledger, "evil", "worse")

    assert (len(store.searches), store.searches[1].fused.text.split(), result.known) == (2, ["worse"], 5)


def test_a_wider_window_hunts_only_what_is_missing(ledger: Ledger) -> None:
    store = Store(events=some_events(9))
    run(store, ledger, "evil")
    sent = len(store.searches)
    wider = Window(WANTED.start, WANTED.end + timedelta(days=1))
    run(store, ledger, "evil", wanted=wider)

    assert [Window(WANTED.end, wider.end)] == [order.window for order in store.searches[sent:]]


def test_a_refused_query_is_named_and_hurts_no_other(ledger: Ledger) -> None:
    """The platform refuses the fused text; bisecting leaves the culprit alone with its error."""
    store = Store(events=(*some_events(3), *some_events(2, word="worse")), refuses=frozenset({"bad"}), whole=True)
    run(store, ledger, "evil", "bad", "worse", "worst")
    case = the_case(ledger)
    verdict = {cell.detection: cell.verdict for cell in case.cells if cell.first == START.date()}

    assert (len(case.hits), verdict["bad"], verdict["worst"]) == (5, "error", "clean")


def test_what_an_exact_search_finds_and_no_detection_matches_is_no_absence(ledger: Ledger) -> None:
    """The platform says that it matches; if we cannot see why, its fields came back empty or one of us reads the rule wrong."""
    stray = (Event("stray", START + timedelta(days=3), "evil "),)
    store = Store(events=some_events(80, word="fine"), stray=stray)
    first = run(store, ledger, "evil")
    sent = len(store.searches)
    second = run(store, ledger, "evil")
    told = {cell.first: cell.verdict for cell in the_case(ledger).cells}

    assert ("partial", "clean") == (told[stray[0].time.date()], told[START.date()])
    assert [words for words in first.incomplete if "match no detection" in words]
    assert (first.incomplete, sent) == (second.incomplete, len(store.searches))


def test_a_flood_in_a_whole_part_is_counted_and_the_others_collected(ledger: Ledger) -> None:
    store = Store(events=(*some_events(50), *some_events(2, word="worse")), cap=10, whole=True)
    run(store, ledger, "evil", "worse")
    case = the_case(ledger)

    assert ([hit.event for hit in case.hits], {c.detection for c in case.counted}) == (["worse0", "worse1"], {"evil"})


def test_an_event_that_two_scopes_show_is_one_hit(ledger: Ledger) -> None:
    """A data model shows what an index holds; the second look is no second witness, and nothing new when it comes later."""
    store = Store(events=some_events(3), again=("model",))
    first = run(store, ledger, "evil")
    hits = the_case(ledger).hits
    more = run(store, ledger, "evil", "other")

    assert (3, 3, 0, 3) == (first.new, first.known, more.new, more.known)
    assert [("evil0", 1), ("evil1", 1), ("evil2", 1)] == [(hit.event, len(hit.witnesses)) for hit in hits]
    assert {("all", "model")} == {hit.parts for hit in hits}
    assert {"table", "model"} == {cell.scope for cell in the_case(ledger).cells if cell.verdict == "hits"}


def test_an_event_that_another_scope_shows_later_is_not_new(ledger: Ledger) -> None:
    store = Store(events=some_events(3))
    run(store, ledger, "evil")
    store.again = ("model",)
    later = run(store, ledger, "evil")

    assert (0, 3) == (later.new, later.known)
    assert {False} == {witness.new for hit in the_case(ledger).hits for witness in hit.witnesses}


@pytest.mark.parametrize("whole", [True, False])
def test_a_partial_answer_is_never_clean_whatever_window_is_closed_after_it(ledger: Ledger, whole: bool) -> None:
    """A later window of the same part must not wipe out what an earlier one lost."""
    tainted = Window(START + timedelta(days=2), START + timedelta(days=4))
    store = Store(events=some_events(100, word="calm"), partial=tainted, whole=whole)
    run(store, ledger, "evil")
    by_day = {cell.first: cell.verdict for cell in the_case(ledger).cells}

    assert {
        START.date(): "clean",
        (START + timedelta(days=2)).date(): "partial",
        (START + timedelta(days=4)).date(): "clean",
    }.items() <= by_day.items()


def test_a_failing_platform_leaves_a_gap_and_the_next_run_mends_it(ledger: Ledger) -> None:
    def down(call: str) -> None:
        if call == "page":
            raise Transient("503 from the platform")

    store = Store(events=some_events(3), whole=True)
    store.fails = down
    failed = run(store, ledger, "evil")
    during = {cell.verdict for cell in the_case(ledger).cells}
    store.fails = lambda _: None
    mended = run(store, ledger, "evil")

    assert (("all: 503 from the platform",), {"error"}, (), 3) == (
        failed.incomplete,
        during,
        mended.incomplete,
        mended.new,
    )


def test_a_second_hunt_of_the_tenant_says_who_holds_it(ledger: Ledger) -> None:
    with leased(ledger, "t"), pytest.raises(Busy, match="being hunted by process"):
        run(Store(events=some_events(3)), ledger, "evil")


@settings(max_examples=25, deadline=None)
@given(kill_at=st.integers(0, 60), whole=st.booleans(), cap=st.sampled_from([3, 5, 1000]))
def test_a_run_killed_anywhere_ends_like_an_undisturbed_one(
    tmp_path_factory: pytest.TempPathFactory, kill_at: int, whole: bool, cap: int
) -> None:
    """Exactly once: same hits, same cells, same coverage, whatever call was the last before the kill."""
    store = Store(events=some_events(40, apart=timedelta(hours=17)), cap=cap, whole=whole)
    quiet = open_ledger(str(tmp_path_factory.mktemp("quiet") / "l.sqlite"), create=True)
    run(store, quiet, "evil", "other")
    disturbed = open_ledger(str(tmp_path_factory.mktemp("disturbed") / "l.sqlite"), create=True)
    store.fails = _dies_at(kill_at)
    try:
        run(store, disturbed, "evil", "other")
    except Killed:
        store.fails = lambda _: None
        run(store, disturbed, "evil", "other")

    assert the_case(quiet) == the_case(disturbed)


def _dies_at(call: int) -> Callable[[str], None]:
    calls = 0

    def fail(_name: str) -> None:
        nonlocal calls
        calls += 1
        if calls > call:
            raise Killed

    return fail


def _dump(ledger: Ledger) -> list[object]:
    with ledger.read() as connection:
        return [tuple(row) for table in TABLES.sorted_tables for row in connection.execute(table.select())]


LATER = START + timedelta(days=40)


def test_late_events_are_found_by_their_arrival_and_only_their_days_searched(ledger: Ledger) -> None:
    """A shipper that was off for a week delivers then; reading everything again would cost as much as the first hunt."""
    store = Store(events=some_events(20), now=LATER)
    run(store, ledger, "evil")
    sent = len(store.searches)
    late = Event("late", START + timedelta(days=2, hours=1), "evil", arrived=LATER + timedelta(hours=1))
    store.events, store.now = (*store.events, late), LATER + timedelta(hours=2)
    result = run(store, ledger, "evil")
    third = run(store, ledger, "evil")

    day = Window(START + timedelta(days=2), START + timedelta(days=3))
    assert ([day], 1, False) == ([order.window for order in store.searches[sent:]], result.new, third.searched)


def test_what_arrived_while_the_last_hunt_looked_is_not_missed(ledger: Ledger) -> None:
    """An event gets its time of arrival a moment before it can be found."""
    store = Store(events=some_events(3), now=LATER)
    run(store, ledger, "evil")
    store.events = (*store.events, Event("late", START, "evil", arrived=LATER - timedelta(minutes=2)))

    assert run(store, ledger, "evil").new == 1


def test_what_arrived_after_a_search_was_begun_that_another_run_took_up_is_not_missed(ledger: Ledger) -> None:
    """It began before the run that ends it, and has not seen what came between the two."""
    store = Store(events=some_events(3), now=LATER, jobs={}, fails=_dies_at(4))
    with pytest.raises(Killed):
        run(store, ledger, "evil")
    late = Event("late", START, "evil", arrived=LATER + timedelta(minutes=5))
    store.events, store.now, store.fails = (*store.events, late), LATER + timedelta(hours=2), lambda _: None
    first = run(store, ledger, "evil")
    second = run(store, ledger, "evil")

    assert (3, 1, 4) == (first.new, second.new, second.known)


@pytest.mark.parametrize("arrived", [None, START])
def test_what_came_meanwhile_without_a_new_time_of_arrival_is_told_by_a_day_that_grew(
    ledger: Ledger, arrived: datetime | None
) -> None:
    """Restored, or without such a time: what was counted before the search began is not counted anew beside it."""
    store = Store(events=some_events(3), now=LATER, jobs={}, fails=_dies_at(4))
    with pytest.raises(Killed):
        run(store, ledger, "evil")
    late = Event("late", START, "evil", arrived=arrived)
    store.events, store.now, store.fails = (*store.events, late), LATER + timedelta(hours=2), lambda _: None
    first = run(store, ledger, "evil")
    second = run(store, ledger, "evil")

    assert (3, 1, 4) == (first.new, second.new, second.known)


def test_where_no_arrival_is_kept_a_day_that_grew_is_searched_again(ledger: Ledger) -> None:
    store = Store(events=some_events(20))
    run(store, ledger, "evil")
    sent = len(store.searches)
    store.events = (*store.events, Event("late", START + timedelta(days=2, hours=1), "evil"))
    result = run(store, ledger, "evil")

    day = Window(START + timedelta(days=2), START + timedelta(days=3))
    assert ([day], 1) == ([order.window for order in store.searches[sent:]], result.new)


def test_fewer_events_than_before_open_nothing(ledger: Ledger) -> None:
    """Retention took them; what was searched stays searched, and what was found stays found."""
    store = Store(events=some_events(20))
    run(store, ledger, "evil")
    store.events = store.events[5:]

    assert (False, 20) == ((result := run(store, ledger, "evil")).searched, result.known)


def test_bad_credentials_end_the_tenants_hunt_at_the_first_call(ledger: Ledger) -> None:
    """Every further search would be another failed login."""
    calls = list[str]()

    def locked(call: str) -> None:
        calls.append(call)
        if call == "start":
            raise Unauthenticated("401: the key is expired")

    store = Store(events=some_events(3))
    store.fails = locked
    with pytest.raises(Unauthenticated):
        run(store, ledger, "evil")

    assert calls.count("start") <= 2  # one for each of the tenant's slots
    assert "denied" in {cell.verdict for cell in the_case(ledger).cells}


def test_an_unanswered_question_what_is_stored_leaves_nothing_clean(ledger: Ledger) -> None:
    """A search without hits over a store nobody could look into proves nothing; its hits count all the same."""

    def down(call: str) -> None:
        if call == "coverage":
            raise Transient("503 from the platform")

    store = Store(events=some_events(3))
    store.fails = down
    run(store, ledger, "evil", "other")
    case = the_case(ledger)
    store.fails = lambda _: None
    mended = run(store, ledger, "evil", "other")

    assert (3, {"partial", "hits"}) == (len(case.hits), {cell.verdict for cell in case.cells})
    assert "clean" in {cell.verdict for cell in the_case(ledger).cells}
    assert () == mended.incomplete


def test_a_flood_in_a_live_store_is_collected_up_to_a_bound_and_counted_beyond(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "FLOOD", 30)
    store = Store(events=(*some_events(200, apart=timedelta(hours=1)), *some_events(5, word="worse")), cap=10)
    run(store, ledger, "evil", "worse")
    case = the_case(ledger)
    found = [hit.event for hit in case.hits]

    assert len([e for e in found if e.startswith("worse")]) == 5
    assert 30 < len([e for e in found if e.startswith("evil")]) < 200
    assert {c.detection for c in case.counted} == {"evil"}


def test_data_that_is_mounted_with_an_old_time_of_arrival_is_found(ledger: Ledger) -> None:
    """A snapshot restored after the hunt arrived long ago by its own word, and was not there to be searched."""
    store = Store(events=some_events(20), now=LATER)
    run(store, ledger, "evil")
    old = Event("old", START + timedelta(days=2, hours=1), "evil", arrived=START + timedelta(days=2, hours=1))
    store.events, store.now = (*store.events, old), LATER + timedelta(hours=2)

    assert run(store, ledger, "evil").new == 1


def test_a_day_that_had_not_ended_has_not_grown(ledger: Ledger) -> None:
    """An hourly hunt searches its hour, and not the whole day again."""
    store = Store(events=some_events(60, apart=timedelta(hours=1)))
    run(store, ledger, "evil", wanted=Window(START, START + timedelta(hours=40)))
    sent = len(store.searches)
    run(store, ledger, "evil", wanted=Window(START, START + timedelta(hours=41)))

    assert [Window(START + timedelta(hours=40), START + timedelta(hours=41))] == [
        order.window for order in store.searches[sent:]
    ]


def test_days_that_retention_took_before_they_were_searched_are_not_clean(ledger: Ledger) -> None:
    """What was counted, lost and then searched in vain was never looked at."""
    store = Store(events=some_events(30, word="calm", apart=timedelta(hours=20)))

    def killed(call: str) -> None:
        if call == "start":
            raise Killed

    store.fails = killed
    with pytest.raises(Killed):
        run(store, ledger, "evil")
    store.fails, store.events = (lambda _: None), store.events[15:]
    run(store, ledger, "evil")
    held = {event.time.date() for event in store.events}

    assert held >= _days_of(ledger, "clean") > set()


@pytest.mark.parametrize("killed", [False, True])
def test_what_goes_away_while_it_is_searched_is_not_clean(ledger: Ledger, killed: bool) -> None:
    """A search says nothing of what has gone since it was counted, even if the hunt is killed before it counts again."""
    store = Store(events=some_events(30, word="calm", apart=timedelta(hours=20)))
    calls: list[str] = []

    def goes(call: str) -> None:
        calls.append(call)
        if call == "start":
            store.events = store.events[15:]
            store.fails = dies if killed else calls.append

    def dies(call: str) -> None:
        if call == "coverage":
            raise Killed

    store.fails = goes
    if killed:
        with pytest.raises(Killed):
            run(store, ledger, "evil")
        store.fails = lambda _: None
    first = run(store, ledger, "evil")
    sent, counts = len(store.searches), calls.count("coverage")
    held = {event.time.date() for event in store.events}
    doubted = _days_of(ledger, "partial")
    second = run(store, ledger, "evil")

    assert counts == (1 if killed else 2)
    assert {order.window.start.date() for order in store.searches[sent:]} <= doubted | {START.date()}
    assert [words for words in first.incomplete if "went away" in words]
    assert (set(), True, ()) == (doubted & held, bool(doubted), second.incomplete)
    assert held >= _days_of(ledger, "clean") > set()


def _days_of(ledger: Ledger, verdict: str) -> set[date]:
    return {
        cell.first + timedelta(days=n)
        for cell in the_case(ledger).cells
        if cell.verdict == verdict and cell.first and cell.last
        for n in range((cell.last - cell.first).days + 1)
    }


def test_a_day_counted_in_pieces_is_counted_whole(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two counts of one day would otherwise leave the later one alone."""
    monkeypatch.setattr(pieces, "FLOOD", 3)
    store = Store(events=some_events(48, apart=timedelta(minutes=30)), cap=4)
    run(store, ledger, "evil", wanted=Window(START, START + timedelta(days=1)))
    case = the_case(ledger)

    assert len(case.hits) + sum(one.count for one in case.counted) == 48

"""Laws of the verdict: clean is a proof, every missing piece has its own word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntline.model.facts import Day, Fill
from huntline.model.pack import Branch, LogSource
from huntline.model.predicate import Every, Test
from huntline.model.query import Query, Read
from huntline.model.window import Window
from huntline.verdicts import Facts, Obstacle, Searched, verdicts

SOURCE = LogSource(category="dns")
START = datetime(2023, 3, 1, tzinfo=UTC)
WANTED = Window(START, START + timedelta(days=3))
DAYS = [date(2023, 3, 1), date(2023, 3, 2), date(2023, 3, 3)]
ALWAYS = Window(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
QUERY = Query(
    detection="d",
    scope="s",
    logsource=SOURCE,
    population=Every(()),
    predicate=Test("name", "is", ("x",)),
    reads=(Read("name", ("name",)),),
    branches=(Branch("name", ("name",)),),
    shape="event",
    text="",
    exact=True,
    hash="q",
)
PART = Searched(
    title="file",
    scopes=("s",),
    state="searchable",
    words="",
    window=WANTED,
    whole=True,
    days=tuple(Day("s", SOURCE, day, 100, 100) for day in DAYS),
    fills=tuple(Fill("s", SOURCE, "name", day, filled=True) for day in DAYS),
    finished={"q": (ALWAYS,)},
    gaps={},
)
FACTS = Facts("t", WANTED, (QUERY,), {"s": timedelta(0)}, (PART,), {})


def judged(facts: Facts) -> dict[date | None, str]:
    """Return the verdict of each day, the undated cell under None."""
    found: dict[date | None, str] = {}
    for cell in verdicts(facts):
        day = cell.first
        if day is None or cell.last is None:
            found[None] = cell.verdict
            continue
        while day <= cell.last:
            found[day] = cell.verdict
            day += timedelta(days=1)
    return found


def with_part(**changes: object) -> Facts:
    return replace(FACTS, parts=(replace(PART, **changes),))  # type: ignore[arg-type]  # fields by name


def test_all_searched_alive_and_filled_is_clean() -> None:
    assert dict.fromkeys(DAYS, "clean") == judged(FACTS)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (with_part(finished={}), "not_run"),
        (with_part(finished={"an older query": (ALWAYS,)}), "not_run"),
        (with_part(days=()), "no_data"),
        (with_part(fills=()), "blind"),
        (with_part(fills=tuple(Fill("s", SOURCE, "name", day, filled=False) for day in DAYS)), "blind"),
        (with_part(fills=tuple(Fill("s", SOURCE, "name", day, filled=None) for day in DAYS)), "blind"),
        (with_part(state="denied", words="no permission"), "denied"),
        (with_part(state="unreadable", words="damaged"), "error"),
        (with_part(state="not_searchable", words="archived"), "not_searchable"),
        (with_part(gaps={"q": (Obstacle(WANTED, "partial", "cut"),)}), "partial"),
        (with_part(days=tuple(replace(day, logsource=LogSource(category="x")) for day in PART.days)), "no_data"),
        (replace(FACTS, latency={"s": timedelta(days=9)}), "waiting"),
        (replace(FACTS, parts=()), "no_data"),
    ],
)
def test_each_missing_piece_has_its_own_word(facts: Facts, verdict: str) -> None:
    """A zero for another reason than absence is never clean."""
    assert dict.fromkeys(DAYS, verdict) == judged(facts)


def test_a_hit_stands_whatever_else_is_missing() -> None:
    facts = replace(with_part(fills=()), hits={("d", "s"): frozenset({DAYS[1]})})

    assert {DAYS[0]: "blind", DAYS[1]: "hits", DAYS[2]: "blind"} == judged(facts)


def test_one_blind_branch_of_two_is_blind() -> None:
    """A match through the second branch could not have been seen."""
    query = replace(QUERY, branches=(*QUERY.branches, Branch("hash", ("hash",))))

    assert dict.fromkeys(DAYS, "blind") == judged(replace(FACTS, queries=(query,)))


def test_a_second_file_that_was_not_searched_spoils_the_day() -> None:
    other = replace(PART, title="other", days=(), fills=(), finished={})

    assert dict.fromkeys(DAYS, "not_run") == judged(replace(FACTS, parts=(PART, other)))


def test_damage_taints_the_scopes_a_file_holds_and_no_other() -> None:
    held = tuple(replace(day, scope="another") for day in PART.days)
    damaged = replace(PART, scopes=("s", "another"), days=held, gaps={"q": (Obstacle(WANTED, "partial", "cut"),)})

    assert dict.fromkeys(DAYS, "clean") == judged(replace(FACTS, parts=(PART, damaged)))


def test_damage_without_a_readable_row_taints_all_it_might_hold() -> None:
    damaged = replace(PART, days=(), fills=(), gaps={"q": (Obstacle(WANTED, "partial", "cut"),)})

    assert dict.fromkeys(DAYS, "partial") == judged(replace(FACTS, parts=(PART, damaged)))


def test_a_live_sensor_without_events_of_the_population_is_clean() -> None:
    quiet = tuple(Day("s", SOURCE, day, 0, 5) for day in DAYS)

    assert dict.fromkeys(DAYS, "clean") == judged(with_part(days=quiet, fills=()))


def test_a_file_whose_field_is_empty_is_blind_whatever_another_file_holds() -> None:
    """Two shippers on one day: the fields of one say nothing of the other's hosts."""
    other = replace(PART, title="other shipper", fills=())
    (cell,) = verdicts(replace(FACTS, parts=(PART, other)))

    assert ("blind", "branch name: name is never filled in other shipper") == (cell.verdict, cell.why)


def test_a_few_events_of_a_second_file_lean_on_the_first() -> None:
    few = replace(PART, title="few", fills=(), days=tuple(Day("s", SOURCE, day, 3, 3) for day in DAYS))

    assert dict.fromkeys(DAYS, "clean") == judged(replace(FACTS, parts=(PART, few)))


def test_thin_days_lean_on_their_neighbours_and_busy_ones_do_not() -> None:
    """Three events without the field may be chance, a hundred are a sensor that does not send it."""
    days = (Day("s", SOURCE, DAYS[0], 100, 100), Day("s", SOURCE, DAYS[1], 3, 3), Day("s", SOURCE, DAYS[2], 100, 100))
    facts = with_part(days=days, fills=(Fill("s", SOURCE, "name", DAYS[0], filled=True),))

    assert {DAYS[0]: "clean", DAYS[1]: "clean", DAYS[2]: "blind"} == judged(facts)


@pytest.mark.parametrize("day", [None, date(1601, 1, 1), date(2099, 1, 1)])
def test_unbelievable_times_have_a_cell_of_their_own(day: date | None) -> None:
    facts = with_part(
        days=(*PART.days, Day("s", SOURCE, day, 1, 1)), fills=(*PART.fills, Fill("s", SOURCE, "name", day, filled=True))
    )

    expected: dict[date | None, str] = dict.fromkeys([*DAYS, None], "clean")

    assert expected == judged(facts)


@given(
    finished=st.booleans(),
    events=st.integers(0, 100),
    filled=st.sampled_from([True, False, None]),
    gap=st.booleans(),
    latency=st.integers(0, 5),
    state=st.sampled_from(["searchable", "denied", "unreadable", "not_searchable"]),
)
def test_clean_only_when_every_condition_holds(
    finished: bool, events: int, filled: bool | None, gap: bool, latency: int, state: str
) -> None:
    facts = with_part(
        state=state,
        finished={"q": (ALWAYS,)} if finished else {},
        days=tuple(Day("s", SOURCE, day, events, events) for day in DAYS),
        fills=tuple(Fill("s", SOURCE, "name", day, filled=filled) for day in DAYS),
        gaps={"q": (Obstacle(WANTED, "partial", "cut"),)} if gap else {},
    )
    facts = replace(facts, latency={"s": timedelta(days=latency)})
    proven = finished and events > 0 and filled is True and not gap and state == "searchable"

    assert {day: proven and DAYS.index(day) < 3 - latency for day in DAYS} == {
        day: verdict == "clean" for day, verdict in judged(facts).items()
    }

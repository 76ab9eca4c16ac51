"""What no single rule can say: the delay between two steps, the split of a date, the grade of a host."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.report.campaign import CHAIN, DAY, DELAY, HUNCH, MAC_BUILD, START, WEB, campaign, lines_of
from engine.report.estate import AGENT, BUILD, DETECTIONS, LOOKUP, TAKEDOWN, hit
from huntline.model.case import Hit
from huntline.model.chain import NO_CHAIN
from huntline.report.joins import Timing

SECOND = timedelta(seconds=1)


def timing_of(*hits: Hit) -> tuple[Timing, ...]:
    every = (*DETECTIONS, WEB, HUNCH, MAC_BUILD)
    return lines_of(campaign(*hits, detections=every))[0].timings


@pytest.mark.parametrize(
    ("gap", "kind"),
    [
        (7 * DAY - SECOND, "sooner"),
        (7 * DAY, "within"),
        (28 * DAY, "within"),
        (28 * DAY + SECOND, "later"),
        (timedelta(0), "sooner"),
        (-3 * DAY, "sooner"),
    ],
)
def test_a_delay_fits_from_the_least_to_the_most_day_both_included(gap: timedelta, kind: str) -> None:
    """Sooner means an older install or an analyst; a call before the build was seen is the clearest case of it."""
    found = timing_of(hit(BUILD, 1, time=START), hit(LOOKUP, 2, time=START + gap))

    assert [(kind, gap)] == [(one.kind, one.gap) for one in found]


@given(st.lists(st.integers(-60, 60), min_size=1, max_size=5), st.lists(st.integers(-60, 60), min_size=1, max_size=5))
def test_only_the_first_of_each_step_counts(builds: list[int], calls: list[int]) -> None:
    """A program that starts every morning and calls every hour would fit any delay by some pair of events."""
    hits = [hit(BUILD, n, time=START + day * DAY) for n, day in enumerate(builds)]
    hits += [hit(LOOKUP, 100 + n, time=START + day * DAY) for n, day in enumerate(calls)]
    gap = min(calls) - min(builds)
    expected = "sooner" if gap < 7 else "later" if gap > 28 else "within"

    assert [expected] == [one.kind for one in timing_of(*hits)]


def test_a_proxy_rule_that_names_no_system_counts_for_the_second_step() -> None:
    """A proxy sees the call and not the system that made it."""
    assert ["within"] == [one.kind for one in timing_of(hit(BUILD, 1, time=START), hit(WEB, 2, time=START + 10 * DAY))]


def test_a_build_of_another_system_starts_no_delay() -> None:
    """The delay is that of one system's implant."""
    found = timing_of(hit(MAC_BUILD, 1, time=START), hit(LOOKUP, 2, time=START + 10 * DAY))

    assert ["no_start"] == [one.kind for one in found]


def test_a_rule_of_too_low_a_level_is_no_second_step() -> None:
    """A name that is only worth a hunt must not make a delay come true."""
    found = timing_of(hit(BUILD, 1, time=START), hit(HUNCH, 2, time=START + 10 * DAY))

    assert ["no_follow"] == [one.kind for one in found]


def test_a_rule_of_the_very_level_that_is_asked_for_counts() -> None:
    """The level named is the lowest that counts, not the highest that does not."""
    medium = replace(WEB, level="medium")
    hits = (hit(BUILD, 1, time=START), hit(WEB, 2, time=START + 10 * DAY))

    assert ["within"] == [one.kind for one in lines_of(campaign(*hits, detections=(BUILD, medium)))[0].timings]


def test_delays_of_several_systems_are_not_all_told_of_a_host_of_which_only_the_call_is_known() -> None:
    """A proxy does not know the system; saying it once is enough, and a build that shows decides which one it is."""
    other = replace(DELAY, id="other", start=replace(DELAY.start, products=("macos",)))
    both, every = replace(CHAIN, joins=(DELAY, other)), (*DETECTIONS, WEB, MAC_BUILD)
    call, build = hit(WEB, 2, time=START + 10 * DAY), hit(MAC_BUILD, 1, time=START)
    alone = lines_of(campaign(call, detections=every, chain=both))[0].timings
    known = lines_of(campaign(build, call, detections=every, chain=both))[0].timings

    assert [("delay", "no_start")] == [(one.join.id, one.kind) for one in alone]
    assert [("other", "within")] == [(one.join.id, one.kind) for one in known]


def test_a_step_without_time_gives_no_delay() -> None:
    """What bears no time comes neither before nor after anything."""
    found = timing_of(hit(BUILD, 1, time=None), hit(LOOKUP, 2, time=START))

    assert [("undated", None)] == [(one.kind, one.gap) for one in found]


def test_steps_on_two_hosts_are_no_delay() -> None:
    """The join is of one host, or it is nothing."""
    lines = lines_of(campaign(hit(BUILD, 1, host="a", time=START), hit(LOOKUP, 2, host="b", time=START + 10 * DAY)))

    assert {"a": ["no_follow"], "b": ["no_start"]} == {line.host: [t.kind for t in line.timings] for line in lines}


def test_a_host_with_neither_step_has_no_timing() -> None:
    assert () == timing_of(hit(AGENT, 1))


def test_clocks_at_the_ends_of_time_break_nothing() -> None:
    """Hosts log any year."""
    last, first = datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)

    assert ["later"] == [t.kind for t in timing_of(hit(BUILD, 1, happened=first), hit(LOOKUP, 2, happened=last))]


def test_a_split_counts_only_dated_hits_of_its_stages_the_moment_itself_being_after() -> None:
    """Windows are half-open everywhere, and an implant on disk means the same before and after the news."""
    line = lines_of(
        campaign(
            hit(LOOKUP, 1, time=TAKEDOWN.at - SECOND),
            hit(LOOKUP, 2, time=TAKEDOWN.at),
            hit(LOOKUP, 3, time=None),
            hit(BUILD, 4, time=TAKEDOWN.at + DAY),
        )
    )[0]

    assert [(1, 1)] == [(half.before, half.after) for half in line.splits]


@pytest.mark.parametrize(
    ("hits", "grade", "missing"),
    [
        ((hit(BUILD, 1),), "here", ()),
        ((hit(LOOKUP, 1),), "tried", ("here",)),
        ((hit(BUILD, 1), hit(LOOKUP, 2)), "tried", ()),
        ((hit(AGENT, 1),), "ran", ("here", "tried")),
        ((hit(AGENT, 1), hit(LOOKUP, 2)), "ran", ()),
    ],
)
def test_a_host_has_the_grade_of_its_gravest_stage_and_lacks_what_usually_shows_beside_it(
    hits: tuple[Hit, ...], grade: str, missing: tuple[str, ...]
) -> None:
    """One earlier step is enough: not every log is kept."""
    line = lines_of(campaign(*hits))[0]

    assert (grade, missing) == (line.grade and line.grade.id, tuple(one.id for one in line.missing))


def test_of_two_hosts_of_one_stage_the_one_whose_delay_fits_comes_first_and_late_ones_last() -> None:
    """Whoever reads only the first stories should not read those of researchers."""
    lines = lines_of(
        campaign(
            hit(LOOKUP, 1, host="late", time=TAKEDOWN.at + DAY, new=True),
            hit(LOOKUP, 2, host="early", time=TAKEDOWN.at - DAY),
            hit(BUILD, 3, host="fits", time=START),
            hit(LOOKUP, 4, host="fits", time=START + 12 * DAY),
        )
    )

    assert ["fits", "early", "late"] == [line.host for line in lines]


def test_a_pack_that_says_nothing_of_storylines_gets_none_of_it() -> None:
    """Any folder of Sigma rules is a pack."""
    line = lines_of(campaign(hit(BUILD, 1), hit(LOOKUP, 2), chain=NO_CHAIN))[0]

    assert (None, (), (), ()) == (line.grade, line.missing, line.timings, line.splits)
    assert CHAIN != NO_CHAIN

"""The answer never says more than was proven."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.report.estate import (
    AGENT,
    BEACON,
    BUILD,
    DETECTIONS,
    FILE,
    FIRST,
    LAST,
    LOOKUP,
    PAYLOAD,
    PRESENT,
    PROCESS,
    SPRING,
    at,
    breached,
    case,
    cell,
    hit,
    told,
)  # fmt: skip
from huntline.model.case import Case, Counted, Coverage, Store, Told, Unserved, Verdict
from huntline.model.window import Window
from huntline.report.findings import Answer, answer
from huntline.report.grid import tracks
from huntline.report.legend import ORDER
from huntline.report.storylines import storylines
from huntline.report.subject import subject_of


def answered(subject_case: Case) -> Answer:
    subject = subject_of(subject_case)
    return answer(subject, tracks(subject_case), storylines(subject))


def all_words(said: Answer) -> str:
    gaps = [text for gap in said.unknown for text in (gap.what, *gap.why)]
    return " ".join([said.headline, *said.because, *said.against, *gaps])


def test_all_clean_and_no_hit_is_nothing_found_with_the_measure() -> None:
    """The one case in which absence is proven, and it says exactly how much was searched."""
    said = answered(case())

    assert said.kind == "nothing_found"
    assert "Beacon tried: 61 of 61 days clean (2023-03-01 to 2023-04-30), 61 of 61 checks made." in said.because


HOLES = [verdict for verdict in ORDER if verdict not in {"clean", "hits"}]


@pytest.mark.parametrize("verdict", HOLES)
def test_one_day_that_is_not_clean_is_enough_to_not_know(verdict: Verdict) -> None:
    """A single open day inside a stage's windows could hide the one event that matters."""
    day = date(2023, 3, 15)
    cells = (
        cell(BUILD, "clean", FIRST, day - timedelta(days=1)),
        cell(BUILD, verdict, day, day),
        cell(BUILD, "clean", day + timedelta(days=1), LAST),
        *(cell(detection, "clean") for detection in (LOOKUP, AGENT)),
    )
    said = answered(case(cells=cells))

    assert said.kind == "cannot_tell"
    assert any(gap.what.startswith("Build present: 60 of 61 days fully searched") for gap in said.unknown)


@pytest.mark.parametrize("verdict", [v for v in HOLES if v != "no_data"])
def test_an_open_scope_spoils_the_clean_one_beside_it(verdict: Verdict) -> None:
    """What the other scope holds was not searched, so the day is not."""
    said = answered(case(cells=(*case().cells, cell(BUILD, verdict, scope="proxy"))))

    assert said.kind == "cannot_tell"


def test_an_empty_scope_beside_a_clean_one_is_told_and_spoils_nothing() -> None:
    """A company does not keep every kind of log; but the reader may know that this one should not be empty."""
    beside = (*case().cells, cell(BUILD, "no_data", scope="proxy"))
    once = Coverage("north", "proxy", PROCESS, FIRST, 5)
    never, elsewhen = answered(case(cells=beside)), answered(case(cells=beside, coverage=(*case().coverage, once)))

    assert ("nothing_found", "nothing_found") == (never.kind, elsewhen.kind)
    assert "No events at all. If there are such logs, hunt them, too: Proxy logs." in all_words(never)
    assert "no data in Proxy logs" in all_words(elsewhen)


def test_rows_nobody_knew_are_told_with_any_answer() -> None:
    """No verdict speaks of them, so the answer has to."""
    odd = Store("north", "logs/odd.ndjson", "searchable", "", 50, 2, 7, (), FIRST, LAST)
    said = answered(case(stores=(odd,)))

    assert "7 rows of no known kind in logs/odd.ndjson: nothing was looked for in them." in all_words(said)
    assert "2 lines could not be read in logs/odd.ndjson." in all_words(said)


def test_days_outside_a_stages_windows_do_not_matter_to_it() -> None:
    """A stage is judged by the days it is about."""
    cells = (
        cell(BUILD, "error", FIRST, date(2023, 2, 28)),
        cell(BUILD, "clean", date(2023, 3, 1), LAST),
        *(cell(detection, "clean") for detection in (LOOKUP, AGENT)),
    )

    assert answered(case(cells=cells)).kind == "nothing_found"


def test_a_hunt_that_was_not_asked_for_a_stages_time_cannot_clear_it() -> None:
    """Searching all of April says nothing of a March the hunt never looked at."""
    late = Window(at(4, 1), case().wanted.end)
    said = answered(case(wanted=late))

    assert said.kind == "cannot_tell"
    assert "31 days of its time lie outside what this hunt was asked for" in all_words(said)


def test_a_detection_without_any_verdict_is_not_clean() -> None:
    """Nothing on record is not the same as nothing there."""
    assert answered(case(cells=case().cells[:2])).kind == "cannot_tell"


def test_no_detection_at_all_clears_nothing() -> None:
    """An empty pack finds nothing in anything."""
    assert answered(case(detections=(), cells=(), stages=())).kind == "cannot_tell"


def test_undated_events_that_were_not_searched_leave_it_open() -> None:
    """An event without a time may be of any day."""
    assert answered(case(cells=(*case().cells, cell(LOOKUP, "partial", None, None)))).kind == "cannot_tell"


def test_data_that_no_query_could_be_made_for_is_a_hole() -> None:
    """The scope holds what the detection reads; that it could not be asked does not make it clean."""
    held = Coverage("north", "proxy", FILE, date(2023, 3, 15), 10)
    refused = Unserved(AGENT.id, "proxy", "unmapped_field", "TargetFilename")
    said = answered(case(coverage=(held,), unserved=(refused,)))

    assert said.kind == "cannot_tell"
    assert "unmapped_field: TargetFilename" in all_words(said)


def test_a_refusal_where_there_is_no_such_data_costs_nothing() -> None:
    """A scope that holds no such events could not have shown any."""
    held = Coverage("north", "proxy", PROCESS, date(2023, 3, 15), 10)
    refused = Unserved(AGENT.id, "proxy", "unmapped_field", "TargetFilename")

    assert answered(case(coverage=(held,), unserved=(refused,))).kind == "nothing_found"


def test_the_gravest_stage_gives_the_answer() -> None:
    """A reader who stops after the first line must have read the worst of it."""
    said = answered(breached())

    assert (said.kind, said.stage, said.headline) == ("found", PAYLOAD.id, PAYLOAD.answer)


def test_open_graver_stages_are_told_beside_a_lesser_finding() -> None:
    """The truth may be worse than what was found."""
    said = answered(case(hits=(hit(LOOKUP),), cells=(cell(BUILD, "clean"), cell(LOOKUP, "hits"), cell(AGENT, "blind"))))

    assert said.stage == BEACON.id
    assert said.unknown[0].what.startswith("Graver stages were not fully searched")


def test_hits_that_all_come_late_are_told_as_such() -> None:
    """After the news, analysts look the names up themselves."""
    said = answered(case(hits=(hit(LOOKUP, time=at(4, 20)),)))

    assert any("or later" in sentence and "researcher" in sentence for sentence in said.against)


def test_one_hit_before_the_milestone_takes_that_excuse_away() -> None:
    """One early event cannot be explained by what came out later."""
    said = answered(case(hits=(hit(LOOKUP, time=at(3, 20)), hit(LOOKUP, 2, time=at(4, 20)))))

    assert not any("or later" in sentence for sentence in said.against)


def test_counted_events_are_neither_hits_nor_absence_and_told_first() -> None:
    """A count is of events that may match; nobody decided on them, and nobody may pass over them."""
    said = answered(case(counted=(Counted("north", AGENT.id, "a part", FIRST, 5_000),)))

    assert (said.kind, said.stage) == ("cannot_tell", "")
    assert said.because[0].startswith("5,000 events may be of the stage “Payload”")


def test_a_verdict_of_hits_without_a_stored_hit_is_never_clean() -> None:
    """Two records that disagree prove nothing."""
    said = answered(case(cells=(cell(BUILD, "hits"), *case().cells[1:])))

    assert said.kind == "cannot_tell"


def test_a_hit_of_a_rule_the_pack_no_longer_has_is_still_told() -> None:
    """Changing the pack does not undo what was found."""
    gone = told("a-rule-that-is-gone", PRESENT, PROCESS)

    assert answered(case(hits=(hit(gone),))).kind == "found"


def days() -> st.SearchStrategy[date]:
    return st.integers(0, (LAST - FIRST).days).map(lambda ahead: FIRST + timedelta(days=ahead))


@st.composite
def any_case(draw: st.DrawFn) -> Case:
    """Mostly clean, with a few cells of any verdict over any days of any scope laid over it."""

    def strewn(detection: Told) -> object:
        first, last = sorted((draw(days()), draw(days())))
        return cell(
            detection, draw(st.sampled_from(list(ORDER))), first, last, scope=draw(st.sampled_from(["sysmon", "proxy"]))
        )

    over = [strewn(draw(st.sampled_from(DETECTIONS))) for _ in range(draw(st.integers(0, 3)))]
    return case(cells=(*case().cells, *over))


@settings(max_examples=150, deadline=None)
@given(any_case())
def test_nothing_found_is_never_said_over_an_open_cell(subject: Case) -> None:
    """The promise of the whole: clean only when it is proven, counted here day by day and by other means."""
    said = answered(subject)
    windows = {BUILD.id: SPRING, LOOKUP.id: SPRING, AGENT.id: subject.wanted}
    open_cells = [
        one
        for one in subject.cells
        if one.verdict not in {"clean", "no_data"} and one.first and one.last
        and one.first < windows[one.detection].end.date() and one.last >= windows[one.detection].start.date()
    ]  # fmt: skip
    matched = any(one.verdict == "hits" for one in subject.cells)
    spoken = "nothing found" in all_words(said).lower()
    expected = "cannot_tell" if open_cells or matched else "nothing_found"

    assert (expected, expected == "nothing_found") == (said.kind, spoken)

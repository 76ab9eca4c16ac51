"""The answer names the evidence for and against it, and says "not seen" only of what was looked for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.report.campaign import CHAIN, DAY, DELAY, HUNCH, SPLIT, START, answered, campaign, lines_of
from engine.report.estate import AGENT, BUILD, FIRST, LAST, LOOKUP, TAKEDOWN, WANTED, at, cell, hit
from engine.report.hostile import TEXTS, hostile
from engine.report.test_file_laws import UNSEEN
from huntline.model.case import Cell, Verdict
from huntline.model.chain import Chain, Grade, Split
from huntline.model.lease import Lease
from huntline.report.findings import Answer
from huntline.report.grid import tracks
from huntline.report.html import page
from huntline.report.legend import ORDER
from huntline.report.write import write_report

FITS = (hit(BUILD, 1, time=START), hit(LOOKUP, 2, time=START + 10 * DAY))
ALONE = hit(BUILD, 1, time=START)
DUE = (START + DELAY.least).date(), (START + DELAY.most).date()


def said_for(said: Answer) -> str:
    return " ".join(said.because)


def said_against(said: Answer) -> str:
    return " ".join(said.against)


def test_a_delay_that_fits_speaks_for_the_answer_with_both_events() -> None:
    """Whoever doubts it can look both events up."""
    words = said_for(answered(campaign(*FITS)))

    assert "Delay of the implant as expected on 1 host (WS-0042). It sleeps that long." in words
    assert (
        "A build, “Affected build runs” at 2023-03-05 08:00:00 UTC; the first call, “Controller looked up” at "
        "2023-03-15 08:00:00 UTC: 10.0 days, where 7 to 28 days are usual." in words
    )


@pytest.mark.parametrize(("days", "meaning"), [(2, DELAY.sooner), (40, DELAY.later)])
def test_a_delay_that_does_not_fit_speaks_against_it(days: int, meaning: str) -> None:
    """An older install, or an analyst's machine: the reader must hear it beside the answer."""
    said = answered(campaign(ALONE, hit(LOOKUP, 2, time=START + days * DAY)))

    assert meaning in said_against(said)
    assert DELAY.within not in said_for(said)


def test_what_speaks_against_another_host_does_not_speak_against_the_worst_one() -> None:
    """A payload is not doubtful because somebody else looked a name up."""
    said = answered(campaign(hit(AGENT, 1, host="a"), hit(LOOKUP, 2, host="b", time=TAKEDOWN.at + DAY)))

    assert DELAY.no_start not in said_against(said)


def test_a_call_without_a_build_is_told_as_such() -> None:
    """It may be a person; the reader should check."""
    said = answered(campaign(hit(LOOKUP, 1, time=at(3, 20))))

    assert "The first call without a build, on 1 host (WS-0042): No build was seen to run." in said_against(said)
    assert "nothing of “Build here” was seen, which usually shows as well." in said_against(said)


def test_a_missing_step_that_was_not_searched_for_whole_is_not_called_unseen() -> None:
    """Absence is claimed only where it was proven."""
    cells = (cell(BUILD, "blind"), cell(LOOKUP, "hits"), cell(AGENT, "clean"))
    said = answered(campaign(hit(LOOKUP, 1, time=at(3, 20)), cells=cells))

    assert "was seen, which usually" not in said_against(said)
    assert "nothing of “Build here” is on record, which proves little" in said_against(said)
    assert "Not all of the time it could show in was searched." in said_against(said)


def test_no_call_on_days_that_were_all_searched_speaks_against_harm() -> None:
    """A build whose implant never called did less; and even that says no more than the logs do."""
    said = answered(campaign(ALONE))

    assert DELAY.no_follow in said_against(said)
    assert "whether the traffic of these hosts is in those logs, no verdict says" in said_against(said)
    assert not [gap for gap in said.unknown if "may have come unseen" in gap.what]


@pytest.mark.parametrize("verdict", [v for v in ORDER if v not in {"clean", "hits"}])
def test_one_due_day_that_is_not_clean_makes_it_a_gap(verdict: Verdict) -> None:
    """The call may have come on that very day."""
    said = answered(campaign(ALONE, cells=_lookups_but(DUE[0], DUE[0], verdict)))

    assert DELAY.no_follow not in said_against(said)
    assert [("WS-0042: due 2023-03-12 to 2023-04-02, 21 of 22 checks made.",)] == [
        gap.why for gap in said.unknown if "may have come unseen" in gap.what
    ]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 200), st.integers(0, 60), st.sampled_from(list(ORDER)))
def test_no_call_is_said_only_if_every_due_day_was_searched(ahead: int, length: int, verdict: Verdict) -> None:
    """Counted here day by day, by other means."""
    first = FIRST + timedelta(days=ahead)
    last = min(first + timedelta(days=length), LAST)
    said = answered(campaign(ALONE, cells=_lookups_but(first, last, verdict)))
    due = {DUE[0] + timedelta(days=n) for n in range((DUE[1] - DUE[0]).days + 1)}
    laid = {first + timedelta(days=n) for n in range((last - first).days + 1)}
    searched = verdict in {"clean", "hits"} or not due & laid

    assert searched == (DELAY.no_follow in said_against(said))
    assert searched != any("may have come unseen" in gap.what for gap in said.unknown)


def test_a_storyline_by_itself_does_not_call_unseen_what_was_not_searched_either(tmp_path: Path) -> None:
    """Many read only the story of their own machine."""
    cells = (cell(BUILD, "hits"), cell(LOOKUP, "error"), cell(AGENT, "clean"))
    subjects = [campaign(ALONE, customer="open", cells=cells), campaign(ALONE, customer="whole")]
    write_report(subjects, tmp_path, run_log=None)
    cases = json.loads((tmp_path / "report.json").read_text("utf-8"))["cases"]
    doubts = {one["customer"]: " ".join(one["storylines"][0]["doubts"]) for one in cases}

    assert {"open": False, "whole": True} == {name: DELAY.no_follow in words for name, words in doubts.items()}
    assert "0 of 22 checks made. It may have come unseen." in doubts["open"]


def test_due_days_the_hunt_was_not_asked_for_are_not_searched() -> None:
    """A hunt that ends in March knows nothing of April."""
    said = answered(campaign(ALONE, wanted=replace(WANTED, end=at(3, 20))))

    assert any("may have come unseen" in gap.what for gap in said.unknown)


def test_a_pack_without_a_rule_for_the_second_step_never_says_it_was_not_seen() -> None:
    said = answered(campaign(ALONE, detections=(BUILD, AGENT), cells=(cell(BUILD, "hits"), cell(AGENT, "clean"))))

    assert DELAY.no_follow not in said_against(said)
    assert any("the pack has no detection of it" in why for gap in said.unknown for why in gap.why)


def test_an_undated_build_leaves_open_when_the_call_was_due() -> None:
    said = answered(campaign(hit(BUILD, 1, time=None)))

    assert any("bears no usable time" in why for gap in said.unknown for why in gap.why)


def test_hits_before_the_split_speak_for_it_and_only_later_ones_against() -> None:
    """Before the news nobody had a reason to look the names up."""
    early, late = answered(campaign(*FITS)), answered(campaign(hit(LOOKUP, 1, time=TAKEDOWN.at)))

    assert (True, False) == (SPLIT.before in said_for(early), SPLIT.after in said_against(early))
    assert (False, True) == (SPLIT.before in said_for(late), SPLIT.after in said_against(late))


def test_what_came_before_a_split_does_not_speak_for_a_stage_it_does_not_concern() -> None:
    """That names were looked up early is no proof that a second stage ran."""
    said = answered(campaign(*FITS, hit(AGENT, 3, host="b")))

    assert SPLIT.before not in said_for(said)


def test_a_split_does_not_excuse_stages_it_does_not_concern() -> None:
    """No researcher explains an implant on a disk."""
    said = answered(campaign(hit(AGENT, 1, time=TAKEDOWN.at + DAY)))

    assert not [sentence for sentence in said.against if "or later" in sentence]


def test_hits_of_low_rules_alone_are_called_leads() -> None:
    """A hunt-only list is full of names others use as well."""
    rules = (BUILD, LOOKUP, HUNCH, AGENT)
    low = answered(campaign(hit(HUNCH, 1), detections=rules))
    firm = answered(campaign(hit(HUNCH, 1), hit(LOOKUP, 2), detections=rules))
    elsewhere = answered(campaign(hit(HUNCH, 1), hit(LOOKUP, 2, host="b"), detections=rules))

    assert "leads, not proof" in said_against(low)
    assert "leads, not proof" not in said_against(firm) + said_against(elsewhere)


def test_the_answer_counts_hosts_by_grade_and_unknown_addresses_apart() -> None:
    """An address may be one of the hosts that were counted."""
    said = answered(campaign(*FITS, hit(LOOKUP, 3, host="10.0.0.9"), hit(BUILD, 4, host="other")))

    assert "By what ran: “Call tried” on 1 host and 1 unknown address; “Build here” on 1 host." in said.because
    assert ("tried", "beacon") == (said.grade, said.stage)


def test_the_grade_never_outranks_or_hides_the_stage_that_speaks() -> None:
    """Headline and grade come from the same storyline."""
    subject = campaign(*FITS, hit(AGENT, 3, host="b"))
    said, first = answered(subject), lines_of(subject)[0]

    assert (first.reached.id, first.grade and first.grade.id) == (said.stage, said.grade)


def test_the_document_keeps_its_schema_and_tells_each_storylines_evidence(tmp_path: Path) -> None:
    hits = (*FITS, hit(BUILD, 3, host="b", time=START), hit(LOOKUP, 4, host="10.0.0.9", time=None))
    write_report([campaign(*hits)], tmp_path, run_log=None)
    document = json.loads((tmp_path / "report.json").read_text("utf-8"))
    schema = json.loads(files("huntline.report").joinpath("schema", "report.schema.json").read_text("utf-8"))
    told = {line["host"]: line for line in document["cases"][0]["storylines"]}

    assert [] == [error.message for error in Draft202012Validator(schema).iter_errors(document)]
    assert [
        {"join": "delay", "kind": "within", "start": "event-000001", "follow": "event-000002", "days": 10.0}
    ] == told["WS-0042"]["timings"]
    assert [{"address": "10.0.0.9", "by": [], "hits": 1}] == told["unknown host at 10.0.0.9"]["joined"]
    assert any("All" in s or "checks made" in s for s in told["b"]["doubts"])


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_in_storylines_and_asset_files_stays_text(text: str) -> None:
    """An asset file is often made of what machines call themselves."""
    join = replace(DELAY, title=text, within=text, sooner=text, later=text, no_follow=text, no_start=text)
    grade = Grade(text, text, ("present", "beacon", "payload", text), ())
    chain = Chain((grade,), (join,), (Split(at(3, 1), ("beacon",), text, text),))
    hits = (*hostile(text).hits, *FITS, hit(LOOKUP, 7, host="10.0.0.9", time=START))
    name = text.strip() or "x"
    shown = page([replace(hostile(text), hits=hits, chain=chain, leases=(Lease("10.0.0.9", name, WANTED),))])

    assert (1, 1) == (shown.lower().count("<script"), shown.lower().count("<style"))
    assert None is UNSEEN.search(shown)


def _lookups_but(first: date, last: date, verdict: Verdict) -> tuple[Cell, ...]:
    """All clean, with one stretch of another verdict for the second step of the join."""
    days = [
        cell(LOOKUP, "clean", FIRST, first - timedelta(days=1)),
        cell(LOOKUP, verdict, first, last),
        cell(LOOKUP, "clean", last + timedelta(days=1), LAST),
    ]
    kept = [one for one in days if one.first and one.last and one.first <= one.last]
    return (cell(BUILD, "hits"), *kept, cell(AGENT, "clean"))


def test_the_grid_under_these_laws_is_what_it_says() -> None:
    """If the cells above were laid wrongly, every law here would be worth nothing."""
    subject = campaign(ALONE, cells=_lookups_but(DUE[0], DUE[0], "error"))
    spans = [(s.first, s.last, s.verdict) for s in tracks(subject)[LOOKUP.id].stretches]

    assert (DUE[0], DUE[0], "error") in spans
    assert CHAIN.joins == (DELAY,)

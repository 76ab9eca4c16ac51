"""An event that was exported and is still in the SIEM has two ids: hosts count once, and what may be told twice is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from engine.report.campaign import answered, campaign, lines_of
from engine.report.estate import BUILD, LOOKUP, at, hit
from huntline.model.case import Case, Hit
from huntline.report.html import page
from huntline.report.write import write_report

EXPORTED = hit(LOOKUP, 1, host="ws-1.corp.example", time=at(3, 20))
KEPT = replace(EXPORTED, tenant="siem", scope="stream", event="stream/1", host="WS-1")


def both(*hits: Hit) -> Case:
    return campaign(*hits, tenants=("north", "siem"), platforms={"north": "archive", "siem": "elastic"})


def repeated(*hits: Hit) -> list[int]:
    return [line.repeats for line in lines_of(both(*hits))]


def test_two_hits_of_one_event_are_one_host_and_are_told_as_such() -> None:
    """Nobody proves them to be one, so both stay: no hit is dropped on a guess."""
    said = answered(both(EXPORTED, KEPT))

    assert (2, 1) == (said.hits, said.hosts)
    assert any(words.startswith("1 hit or more on 1 host may be events told twice: ") for words in said.because)


def test_the_page_and_the_document_say_it_where_the_storyline_is_told(tmp_path: Path) -> None:
    write_report([both(EXPORTED, KEPT)], tmp_path, run_log=None)
    (line,) = json.loads((tmp_path / "report.json").read_text("utf-8"))["cases"][0]["storylines"]

    assert 1 == line["repeats"]
    assert "1 or more of these hits may be told twice" in page([both(EXPORTED, KEPT)])


def test_hits_of_one_tenant_are_never_taken_for_one_event() -> None:
    """Within a tenant an event has one id: two ids are two events, also in one second."""
    assert [0] == repeated(EXPORTED, replace(EXPORTED, event="another"), replace(EXPORTED, scope="proxy"))


def test_another_second_host_or_detection_is_another_event() -> None:
    later = replace(KEPT, time=at(3, 20) + timedelta(seconds=1))
    elsewhere = replace(KEPT, host="WS-2")
    otherwise = hit(BUILD, 1, tenant="siem", host="WS-1", time=at(3, 20))

    assert [0, 0] == repeated(EXPORTED, later, elsewhere)
    assert [0] == repeated(EXPORTED, otherwise)


def test_an_undated_event_is_never_taken_for_another() -> None:
    assert [0] == repeated(replace(EXPORTED, time=None), replace(KEPT, time=None))


def test_fractions_of_a_second_do_not_part_them() -> None:
    """Some logs keep no more than the second."""
    assert [1] == repeated(EXPORTED, replace(KEPT, time=at(3, 20) + timedelta(milliseconds=380)))


def test_an_event_of_several_detections_is_counted_once() -> None:
    (seen,) = EXPORTED.witnesses
    many = (seen, replace(seen, detection=BUILD.id))

    assert [1] == repeated(replace(EXPORTED, witnesses=many), replace(KEPT, witnesses=many))


def test_the_tenant_that_tells_most_sets_how_many_there_are() -> None:
    """Three look-ups in a second in the SIEM, two of them exported: two may be told twice, not three."""
    kept = [replace(KEPT, event=f"stream/{number}") for number in range(3)]

    assert [2] == repeated(EXPORTED, replace(EXPORTED, event="second"), *kept)


def test_without_a_second_tenant_nothing_is_said() -> None:
    assert "told twice" not in page([campaign(EXPORTED)])

"""Laws of expected hosts: "clean" is said of machines whose events were there, and of no other."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.report.estate import AGENT, BEACON, BUILD, LOOKUP, PAYLOAD, PRESENT, breached, case, cell, hit
from engine.report.test_answer_laws import all_words, answered
from huntline.model.case import Case, Expected
from huntline.model.chain import Chain, Grade
from huntline.report.attendance import attendance, expected_hosts
from huntline.report.dues import ground_of
from huntline.report.evidence import line_doubts
from huntline.report.grid import tracks
from huntline.report.html import page
from huntline.report.storylines import storylines
from huntline.report.subject import subject_of
from huntline.report.write import write_report

DECEMBER, MARCH, APRIL, JUNE = date(2022, 12, 1), date(2023, 3, 1), date(2023, 4, 1), date(2023, 6, 1)
STAGES = {PRESENT: {BUILD.id}, BEACON: {LOOKUP.id}, PAYLOAD: {AGENT.id}}
HERE: dict[str, tuple[date, ...]] = {"sysmon": (DECEMBER, MARCH, APRIL)}


def expecting(**seen: dict[str, tuple[date, ...]]) -> Case:
    return case(expected=tuple(Expected(host, scopes) for host, scopes in sorted(seen.items())))


def test_a_host_is_found_under_each_of_its_spellings() -> None:
    """Logs write short or full names, in any case; the list has one of them."""
    seen = [("sysmon", MARCH, ["WS-1.corp.example"]), ("sysmon", APRIL, ["ws-1"]), ("dns", MARCH, ["Ws-2."])]

    assert (
        Expected("WS-1.corp.example", {"sysmon": (MARCH, APRIL)}),
        Expected("WS-2", {"dns": (MARCH,)}),
        Expected("ws-3", {}),
    ) == expected_hosts({"ws-1", "WS-2", "ws-3"}, seen)


def test_a_short_name_of_two_machines_is_nobodys() -> None:
    """Which of them was seen nobody can say, so neither stands for the one expected."""
    seen = [("sysmon", MARCH, ["dc.north.example", "dc.south.example"])]

    assert (Expected("dc", {}),) == expected_hosts({"dc"}, seen)


def test_machines_nobody_expects_are_left_out() -> None:
    assert (Expected("ws-1", {}),) == expected_hosts({"ws-1"}, [("sysmon", MARCH, ["ws-9", ""])])


@given(
    names=st.sets(st.sampled_from(["a", "A", "a.x", "a.y", "b", "b.x", ""])),
    seen=st.lists(
        st.tuples(
            st.sampled_from(["s", "t"]),
            st.sampled_from([MARCH, APRIL]),
            st.lists(st.sampled_from(["a", "a.x", "a.y", "B", "c", ""]), max_size=4),
        ),
        max_size=5,
    ),
)
def test_nobody_is_lost_and_nobody_is_seen_where_no_one_was(
    names: set[str], seen: list[tuple[str, date, list[str]]]
) -> None:
    found = expected_hosts(names, seen)
    logged = {(scope, month) for scope, month, hosts in seen if any(hosts)}

    assert bool(names - {""}) == bool(found)
    assert {(scope, month) for one in found for scope, months in one.seen.items() for month in months} <= logged
    assert len(found) == len({one.host.casefold() for one in found})


def test_a_stage_counts_only_its_own_scopes_and_months() -> None:
    """A machine seen in December, or in the proxy's log, says nothing of Sysmon in spring."""
    told = attendance(
        expecting(
            spring=HERE,
            winter={"sysmon": (DECEMBER,)},
            summer={"sysmon": (JUNE,)},
            elsewhere={"proxy": (MARCH,)},
            never={},
        ),
        STAGES,
    )

    assert (MARCH, APRIL) == told[BEACON].months
    assert ("elsewhere", "never", "summer", "winter") == told[BEACON].absent
    assert {"spring": (MARCH, APRIL), "winter": ()}.items() <= told[BEACON].seen.items()
    assert ("elsewhere", "never") == told[PAYLOAD].absent  # of all that was wanted, having no window


def test_any_scope_a_detection_of_the_stage_was_hunted_in_counts() -> None:
    both = replace(expecting(a={"proxy": (MARCH,)}), cells=(*case().cells, cell(LOOKUP, "clean", scope="proxy")))

    assert ((), ("a",)) == tuple(attendance(both, STAGES)[stage].absent for stage in (BEACON, PRESENT))


def test_without_a_list_nothing_is_said_of_hosts() -> None:
    assert {} == attendance(case(), STAGES)
    assert "expected host" not in all_words(answered(case()))


def test_clean_on_all_expected_hosts_says_so() -> None:
    said = answered(expecting(a=HERE, b=HERE))

    assert ("nothing_found", "Nothing found in what was searched, on 2 of 2 expected hosts.") == (
        said.kind,
        said.headline,
    )
    assert (
        "Clean on 2 of 2 expected hosts. Seen means: in logs of every stage, in a month or more of its time."
        in said.because
    )


def test_an_absent_host_is_in_the_headline_in_the_reasons_and_in_what_is_not_known() -> None:
    """Every check was made and all are clean, and one machine wrote no log: it is not clean."""
    said = answered(expecting(a=HERE, b=HERE, lost={"sysmon": (DECEMBER,)}))

    assert ("nothing_found", "Nothing found in what was searched, on 2 of 3 expected hosts.") == (
        said.kind,
        said.headline,
    )
    assert any(words.startswith("Clean on 2 of 3 expected hosts; not seen: lost.") for words in said.because)
    assert [
        "Beacon tried, Build present: 1 of 3 expected hosts left no event in their logs in the months that matter: lost."
    ] == [gap.what for gap in said.unknown if "expected" in gap.what]


def test_where_no_expected_host_was_seen_nobody_can_tell() -> None:
    said = answered(expecting(a={}, b={"sysmon": (DECEMBER,)}))

    assert ("cannot_tell", "Cannot tell.") == (said.kind, said.headline)
    assert "2 of 2 expected hosts left no event in their logs in the months that matter: a, b" in all_words(said)


def test_what_is_not_seen_is_told_beside_hits_too() -> None:
    said = answered(replace(breached(), expected=(Expected("lost", {}),)))

    assert ("found", True) == (
        said.kind,
        "1 of 1 expected host left no event in their logs in the months that matter: lost" in all_words(said),
    )


@given(st.lists(st.sampled_from([HERE, {}, {"sysmon": (DECEMBER,)}, {"proxy": (MARCH,)}]), min_size=1, max_size=6))
def test_nothing_found_never_stands_without_its_measure(seen: list[dict[str, tuple[date, ...]]]) -> None:
    said = answered(expecting(**{f"h{n}": one for n, one in enumerate(seen)}))
    here = sum(one == HERE for one in seen)

    assert ("nothing_found" if here else "cannot_tell") == said.kind
    assert not here or f"on {here} of {len(seen)} expected host" in said.headline


def test_a_long_list_is_cut_and_counted() -> None:
    said = answered(expecting(here=HERE, **{f"lost{n:02d}": {} for n in range(40)}))

    assert "lost07 and 32 more" in all_words(said)


@pytest.mark.parametrize(("expected", "whole"), [("ws-0042.corp.example", False), ("ws-7", True)])
def test_not_seen_on_a_host_is_only_said_where_its_logs_were(expected: str, whole: bool) -> None:
    """A storyline of a machine whose DNS log is missing: that no lookup shows speaks against nothing."""
    chain = Chain(
        (Grade("beaconed", "Beacon tried", (BEACON.id,), ()), Grade("ran", "Payload", (PAYLOAD.id,), ("beaconed",))),
        (),
        (),
    )
    mine = case(hits=(hit(AGENT, 1),), chain=chain, expected=(Expected(expected, {"other": (MARCH,)}),))
    subject, grid = subject_of(mine), tracks(mine)
    (line,) = storylines(subject)
    words = " ".join(line_doubts(subject, line, ground_of(subject, grid)))

    assert ("was seen, which usually shows" in words, "proves little" in words) == (whole, not whole)


def published() -> Any:
    return json.loads(files("huntline.report").joinpath("schema", "report.schema.json").read_text("utf-8"))


def test_the_document_has_every_expected_host_and_keeps_its_schema(tmp_path: Path) -> None:
    write_report([expecting(a=HERE, lost={})], tmp_path, run_log={})
    document = json.loads((tmp_path / "report.json").read_text("utf-8"))
    (one,) = document["cases"]

    assert [] == [error.message for error in Draft202012Validator(published()).iter_errors(document)]
    assert [
        {"host": "a", "seen": {"sysmon": ["2022-12-01", "2023-03-01", "2023-04-01"]}},
        {"host": "lost", "seen": {}},
    ] == one["expected"]
    assert [{"hosts": 2, "absent": ["lost"]}] * 3 == [stage["expected"] for stage in one["answer"]["stages"]]


def test_the_page_opens_with_the_measure() -> None:
    shown = page([expecting(a=HERE, lost={})])

    assert "Nothing found in what was searched, on 1 of 2 expected hosts." in shown
    assert "not seen: lost" in shown

"""One story per machine, in order, with the gravest stage it reached."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.report.estate import AGENT, BUILD, LOOKUP, PAYLOAD, TAKEDOWN, at, breached, case, hit
from huntline.model.case import Hit, Witness
from huntline.report import defang, hosts, plain, table
from huntline.report.defang import defanged
from huntline.report.hosts import host_names
from huntline.report.storylines import Storyline, storylines
from huntline.report.subject import subject_of
from huntline.report.timeline import picture


def told_of(*hits: Hit) -> tuple[Storyline, ...]:
    return storylines(subject_of(case(hits=hits)))


def test_short_and_full_names_of_one_host_are_one_story() -> None:
    """Sensors spell a machine in their own ways."""
    lines = told_of(
        *(hit(LOOKUP, n, host=name) for n, name in enumerate(("WS-1", "ws-1.corp.example", "ws-1", "WS-1.")))
    )

    assert [("ws-1.corp.example", 4)] == [(line.host, len(line.hits)) for line in lines]


def test_two_full_names_with_one_short_name_stay_apart() -> None:
    """Joining two machines would accuse the wrong one."""
    names = host_names({"dc.east.example", "dc.west.example", "DC"})

    assert {"dc.east.example", "dc.west.example", "DC"} == set(names.values())


def test_addresses_are_not_cut_like_names() -> None:
    """10.0.0.1 and 10.0.0.2 share a first part and nothing else."""
    assert {"10.0.0.1", "10.0.0.2"} == set(host_names({"10.0.0.1", "10.0.0.2"}).values())


def test_hits_without_a_host_are_told_by_their_address() -> None:
    """A proxy knows the address, and an analyst can find the machine by it."""
    lines = told_of(hit(LOOKUP, 1, host="", entities={"address": "10.0.0.9"}), hit(LOOKUP, 2, host="", entities={}))

    assert ["unknown host", "unknown host at 10.0.0.9"] == sorted(line.host for line in lines)


def test_a_story_goes_by_the_events_own_clock_and_puts_undated_hits_last() -> None:
    """Indexing may come days late; what has no time proves no order."""
    late = hit(BUILD, 1, time=at(6, 1), happened=at(3, 1))
    line = told_of(hit(LOOKUP, 2, time=None), hit(AGENT, 3, time=at(4, 1)), late)[0]

    assert ["event-000001", "event-000003", "event-000002"] == [one.event for one in line.hits]


def test_an_event_speaks_for_every_stage_it_matched() -> None:
    """One event may both show the build and the payload."""
    both = hit(BUILD, 1)
    line = told_of(replace(both, witnesses=(*both.witnesses, Witness(AGENT.id, (), new=True))))[0]

    assert [(40, 1), (10, 1)] == [(reach.stage.rank, reach.hits) for reach in line.reaches]
    assert (PAYLOAD, 1) == (line.reached, line.new)


def test_hits_at_the_very_moment_of_a_milestone_are_after_it() -> None:
    """Windows are half-open everywhere."""
    line = told_of(hit(LOOKUP, 1, time=TAKEDOWN.at), hit(LOOKUP, 2, time=at(3, 1)))[0]

    assert ((TAKEDOWN, 1),) == line.after


def test_the_gravest_story_comes_first() -> None:
    """Whoever reads one story reads the worst."""
    lines = storylines(subject_of(breached()))

    assert [40, 30, 30, 10] == [line.reached.rank for line in lines]


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_a_picture_holds_any_time(moment: datetime) -> None:
    """Clocks of hosts say anything; a picture must not fall over."""
    subject = subject_of(case(hits=(hit(LOOKUP, 1, happened=moment), hit(LOOKUP, 2))))
    drawn = picture(subject, storylines(subject)[0])

    assert drawn is not None
    assert all(170 <= dot.x <= 976 for lane in drawn.lanes for dot in lane.dots)
    assert len(drawn.ticks) <= 9


@pytest.mark.parametrize(
    ("logged", "shown"),
    [
        ("http://a.example/x.b.example", "hxxp://a[.]example/x.b.example"),
        ("FTP://files.example", "FTP[:]//files[.]example"),
        ("https://ffmpeg.dll/x", "hxxps://ffmpeg[.]dll/x"),
        ("mail bob@mail.example now", "mail bob@mail[.]example now"),
        ("C:\\Users\\x\\update.exe 1.2.3", "C:\\Users\\x\\update.exe 1.2.3"),
        ("/Users/x/.session-lock", "/Users/x/.session-lock"),
        ("::ffff:10.1.2.3 12:30:45", "[:]:ffff:10[.]1[.]2[.]3 12:30:45"),
        ("bücher.example, xn--bcher-kva.example.", "bücher[.]example, xn--bcher-kva[.]example."),
        ('{"dns.question.name":"evil.example"}', '{"dns.question.name":"evil[.]example"}'),
    ],
)
def test_indicators_lose_their_teeth_and_paths_keep_their_names(logged: str, shown: str) -> None:
    """Nothing may become a link; what is no indicator stays readable."""
    assert shown == defanged(logged)


@pytest.mark.parametrize("module", [defang, hosts, plain, table])
def test_examples_in_docstrings_hold(module: object) -> None:
    """An example that lies is worse than none."""
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]  # modules are objects

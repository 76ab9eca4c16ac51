"""The estate tells the incident as the facts have it, among ordinary days, the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from lab import facts
from lab.estate import FIRST, HOLE, LAST, days, estate
from lab.events import KIND, DnsQuery, Event, FileCreate, Mark, ProcessStart, Scene, WebRequest
from lab.hosts import DEV, HOSTS, IT, MAC_CEO, MAC_DEV, MAC_MKT, MAC_OPS, SAL, SEC
from lab.programs import MAC_CLIENT


@pytest.fixture(scope="module")
def scenes() -> tuple[Scene, ...]:
    return estate()


def marked(scenes: tuple[Scene, ...], kind: str) -> Iterator[tuple[Event, Mark]]:
    return ((scene.event, scene.mark) for scene in scenes if scene.mark is not None and scene.mark.kind == kind)


def steps(scenes: tuple[Scene, ...], host: str, stage: str) -> list[Event]:
    found = marked(scenes, "story")
    return [event for event, mark in found if event.host.name == host and mark.stage == stage]


def test_the_same_seed_tells_the_same_estate(scenes: tuple[Scene, ...]) -> None:
    """A demo that changes between runs cannot be compared with its picture in the README."""
    assert scenes == estate()


def test_another_seed_keeps_the_storylines_and_changes_the_noise(scenes: tuple[Scene, ...]) -> None:
    """The noise must really come from the seed, the storylines from the facts."""
    other = estate(seed=1)

    assert scenes != other
    assert [scene for scene in scenes if scene.mark] == [scene for scene in other if scene.mark]


def test_events_come_by_time_within_the_estates_days(scenes: tuple[Scene, ...]) -> None:
    """Record numbers are given in this order, and the demo's window must hold all of them."""
    times = [scene.event.time for scene in scenes]

    assert times == sorted(times)
    assert (FIRST, LAST) == (times[0].date(), times[-1].date())


def test_every_host_records_each_of_its_kinds_on_every_day_but_for_the_hole(scenes: tuple[Scene, ...]) -> None:
    """Silence of a sensor must mean the hole we made, or the demo's coverage picture shows holes nobody can explain."""
    seen = {(scene.event.host.name, KIND[type(scene.event)], scene.event.time.date()) for scene in scenes}
    hole = {HOLE[0].date() + timedelta(days=step) for step in range((HOLE[1] - HOLE[0]).days)}
    wanted = {
        (host.name, kind, day)
        for host in HOSTS
        for kind in host.records
        for day in days()
        if not (kind == "web" and day in hole)
    }

    assert len(hole) == 14
    assert wanted == seen


def test_every_stage_of_the_chain_is_reached_by_a_storyline(scenes: tuple[Scene, ...]) -> None:
    """The report must be able to show each of its answers."""
    reached = {mark.stage for _, mark in marked(scenes, "story")}

    assert {"install", "sideload", "loader", "beacon", "payload", "hands-on", "removal"} == reached


@pytest.mark.parametrize(("host", "longest"), [(SAL.name, 28), (IT.name, 28), (MAC_MKT.name, 20), (MAC_CEO.name, 20)])
def test_the_first_beacon_waits_as_long_as_the_facts_say(scenes: tuple[Scene, ...], host: str, longest: int) -> None:
    """7 to 28 days on Windows, 7 to 20 on macOS; the files of the macOS first stage come before, they are no beacon."""
    installed = steps(scenes, host, "install")[0].time
    first = next(event.time for event in steps(scenes, host, "beacon") if not isinstance(event, FileCreate))

    assert timedelta(days=7) <= first - installed <= timedelta(days=longest)


def test_no_icon_is_fetched_before_the_repository_or_after_it_was_taken_down(scenes: tuple[Scene, ...]) -> None:
    """The facts give both ends; a fetch outside them is an anachronism."""
    fetches = [
        event.time
        for event, _ in marked(scenes, "story")
        if isinstance(event, WebRequest) and event.server == facts.ICON_HOST
    ]

    assert fetches
    assert datetime(2022, 12, 8, 2, 27, 50, tzinfo=UTC) < min(fetches)
    assert max(fetches) < datetime.fromisoformat(facts.ICONS_GONE)


def test_hosts_of_near_misses_alone_stay_free_of_storylines(scenes: tuple[Scene, ...]) -> None:
    """They are the proof that a hunt does not accuse the innocent."""
    near = {event.host.name for event, _ in marked(scenes, "near")}
    story = {event.host.name for event, _ in marked(scenes, "story")}

    assert {DEV.name, SEC.name, MAC_DEV.name, MAC_OPS.name} == near - story


def test_near_misses_cover_the_false_positives_of_the_facts(scenes: tuple[Scene, ...]) -> None:
    """Each named false positive that the first detections could trip over is on the estate."""
    topics = {mark.name for _, mark in marked(scenes, "near")}

    assert topics == {
        "a name that only contains an indicator",
        "another manifest",
        "another program's ffmpeg.dll",
        "another vendor's UpdateAgent",
        "browser opened by the client",
        "clean Windows build 18.11.1213",
        "clean Windows build 18.12.422",
        "clean Windows build 18.12.425",
        "clean macOS build 18.10.461",
        "clean macOS build 18.12.422",
        "raw.githubusercontent.com asked by git",
        "raw.githubusercontent.com by curl",
        "update to clean build 18.12.422",
        "update to clean build 18.12.425",
    }


def test_no_near_miss_must_be_shown_and_every_one_is_innocent_by_the_facts(scenes: tuple[Scene, ...]) -> None:
    """A near miss that holds a true indicator would be our own mistake, blamed on a rule."""
    for event, mark in marked(scenes, "near"):
        assert ((), (), (), ()) == (mark.endpoint, mark.security, mark.zeek, mark.proxy)
        assert not (isinstance(event, DnsQuery) and event.name in facts.C2_DOMAINS)
        assert not (isinstance(event, WebRequest) and event.server in facts.C2_DOMAINS)
        if isinstance(event, ProcessStart) and "3CX" in event.process.program.path:
            bad = facts.BAD_MACOS if event.process.program.path == MAC_CLIENT else facts.BAD_WINDOWS
            assert event.process.program.version not in bad


def test_an_analysts_look_ups_come_after_the_disclosure(scenes: tuple[Scene, ...]) -> None:
    """True by every indicator and yet no storyline: the report must tell them apart by their date."""
    times = [event.time for event, _ in marked(scenes, "research")]

    assert times
    assert datetime(2023, 3, 30, tzinfo=UTC) <= min(times)

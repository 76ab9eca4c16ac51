"""Traps of search jobs that lose, double or invent a hit or a clean: each fails if it returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from conformance.hunting.ground import (
    WANTED,
    beat,
    every,
    folder,
    found,
    hunt,
    means,
    verdict_on,
)
from conformance.hunting.hooked import Hooked
from conformance.hunting.splunk_ground import JOBS, LOOKED, SplunkGround, searches_of, splunk_ground
from conformance.killed import Killed
from huntline.crew import Line, work
from huntline.hunt.run import hunting
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.query import Query
from huntline.model.search import Order
from huntline.ports import Search
from lab.serve.faults import Bend, Blank, Cut, Refusal, Stall, What
from lab.splunk.settings import SplunkSettings
from platforms.splunk.hunting import DAY, DAYS, READ, all_verdicts, once


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SplunkGround]:
    with splunk_ground(folder(tmp_path, "server")) as made:
        yield made


def test_no_default_that_loses_events_is_left_to_the_server(ground: SplunkGround, ledger: Ledger) -> None:
    """Rows kept, peers that fail, fast mode, a search that ends early: every job says otherwise, and names its fields."""
    ground.plant((*every(3, DAY), *beat()))
    hunt(ground, ledger)
    for _, entry in searches_of(ground.running.journal.entries()):
        form = {name: values[0] for name, values in parse_qs(entry.body).items()}

        assert ("normal", "10", "0", "0") == tuple(
            form[name] for name in ("exec_mode", "max_count", "status_buckets", "max_time")
        )
        assert ("false", "smart") == (form["allow_partial_results"], form["adhoc_search_level"])
        assert "| fields _time, _raw, " in form["search"]
        assert "sample_ratio" not in form


def test_pages_are_read_by_number_and_never_by_the_default_of_100(tmp_path: Path, ledger: Ledger) -> None:
    with splunk_ground(folder(tmp_path, "server")) as ground:
        ground.rows = 500
        events = every(250, timedelta(minutes=1))
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)


def test_a_server_that_gives_fewer_rows_a_page_is_asked_on(tmp_path: Path, ledger: Ledger) -> None:
    """maxresultrows may be set lower than the default, and cuts without a word."""
    with splunk_ground(folder(tmp_path, "server"), SplunkSettings(page_rows=40)) as ground:
        ground.rows = 500
        events = every(250, timedelta(minutes=1))
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)
        assert {"clean"} == verdict_on(ledger, DAYS[20])


def test_a_page_that_is_short_is_made_up_for_by_the_next(ground: SplunkGround, ledger: Ledger) -> None:
    """What counts is how many rows the job says it has."""
    events = every(7, timedelta(minutes=1))
    ground.plant((*events, *beat()))
    once(ground, Bend("short_page", 2), path=READ, says="")
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)


def test_rows_that_never_come_leave_the_window_partial(ground: SplunkGround, ledger: Ledger) -> None:
    """A job that says five and gives four has lost one."""
    ground.plant((*every(5, timedelta(minutes=1)), *beat()))
    once(ground, Bend("short_page", 5), path=READ, says="", times=None)
    hunt(ground, ledger)

    assert [{"partial"}, {"clean"}] == [verdict_on(ledger, DAYS[n]) for n in (3, 50)]


def test_rows_of_a_preview_are_no_results(ground: SplunkGround, ledger: Ledger) -> None:
    """The SDK's own reader yields them as if they were."""
    events = every(6, timedelta(minutes=1))
    ground.plant((*events, *beat()))
    once(ground, Bend("preview"), path=READ, says="")
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)
    assert {"clean"} == verdict_on(ledger, DAYS[20])


@pytest.mark.parametrize("bend", ["several_messages", "zombie", "failed", "peer_lost"])
def test_what_is_told_of_a_job_is_heeded(ground: SplunkGround, ledger: Ledger, bend: str) -> None:
    """It is done, and says in passing that something is missing; the SDK keeps the last of four messages."""
    ground.plant((*every(3, DAY), *beat()))
    once(ground, Bend(bend), times=None)
    result = hunt(ground, ledger)

    assert [words for words in result.incomplete if words.startswith("Sysmon: ")]
    assert "clean" not in all_verdicts(ledger)


@pytest.mark.parametrize("bend", ["several_messages", "zombie", "failed", "peer_lost", "auto_finalized"])
def test_a_count_that_is_not_whole_makes_nothing_clean(ground: SplunkGround, ledger: Ledger, bend: str) -> None:
    """What is stored is not known then, though each search of it is whole."""
    ground.plant((*every(3, DAY), *beat()))
    once(ground, Bend(bend), says="tstats", times=None)
    hunt(ground, ledger)

    assert "clean" not in all_verdicts(ledger)


def test_a_search_head_that_forgets_a_count_is_asked_again(ground: SplunkGround, ledger: Ledger) -> None:
    """What it had forgotten may be there the next time; what is stored is known in the end."""
    ground.plant((*every(3, DAY), *beat()))
    for path in ("jobs/huntline_table_", "huntline_table_[a-z0-9]*/control$", "huntline_table_[a-z0-9]*/results$"):
        once(ground, Bend("lost_job"), path=path, says="")
    hunt(ground, ledger)

    assert {"clean"} == verdict_on(ledger, DAYS[20])


@pytest.mark.parametrize("how", ["disk", "time"])
def test_a_search_that_a_quota_ended_asks_for_less(ground: SplunkGround, ledger: Ledger, how: str) -> None:
    """It looks like success, with half of the events: less of them at a time fits."""
    events = every(6, DAY)
    ground.plant((*events, *beat()))
    once(ground, Bend("auto_finalized", name=how))
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)
    assert {"clean"} == verdict_on(ledger, DAYS[20])


def test_searches_that_are_always_ended_early_are_not_halved_for_ever(
    ground: SplunkGround, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Down to the second that would be millions; what came in the end is kept, and nothing is clean."""
    monkeypatch.setattr("huntline_splunk.pages.SHORTEST", 10 * DAY)
    ground.plant(every(12, DAY / 2))
    once(ground, Bend("auto_finalized", name="time"), times=None)
    result = hunt(ground, ledger)
    widths = [one.window.end - one.window.start for one in ground.asked()]

    assert 5 * DAY <= min(widths) <= 10 * DAY
    assert 0 < result.known < 12
    assert "clean" not in all_verdicts(ledger)


def test_fewer_events_kept_than_found_are_split_or_told(ground: SplunkGround, ledger: Ledger) -> None:
    """A cap below the one asked for shows in the counts alone."""
    ground.plant((*every(8, timedelta(minutes=1)), *beat()))
    once(ground, Bend("capped", 4), times=None)
    result = hunt(ground, ledger)

    assert [words for words in result.incomplete if "4 of 8 events" in words]


@pytest.mark.parametrize(
    ("what", "path"),
    [
        *(
            (what, JOBS)
            for what in (Cut("before"), Cut("middle"), Cut("after"), Blank(200), Refusal(502), Refusal(504))
        ),
        *((what, READ) for what in (Cut("middle"), Blank(200), Refusal(429), Refusal(504))),
        *((what, "huntline_[a-z0-9]{40}/control$") for what in (Cut("after"), Refusal(503))),
        *((what, "jobs/huntline_[a-z0-9]{40}$") for what in (Cut("middle"), Blank(204), Refusal(503))),
    ],
    ids=str,
)
def test_trouble_of_one_answer_costs_no_hit(ground: SplunkGround, ledger: Ledger, what: What, path: str) -> None:
    """Asked again, or for less, whatever the call was: the window is whole in the end, and nothing is left behind."""
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    once(ground, what, path=path, says=LOOKED if path == JOBS else "")
    result = hunt(ground, ledger)

    assert ([one.time for one in events], 3, 0) == (found(ledger), result.known, ground.left())
    assert {"clean"} == verdict_on(ledger, DAYS[20])


def test_an_answer_that_stalls_is_given_up(ground: SplunkGround, ledger: Ledger) -> None:
    """The SDK waits for ever unless a handler of ours does not."""
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    once(ground, Stall(3), path=READ, says="")
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)


def test_waiting_in_the_queue_is_not_running(
    ground: SplunkGround, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that has no place yet is not too large: halved, there would be two without."""
    monkeypatch.setattr("huntline_splunk.pages.LONGEST", timedelta(milliseconds=300))
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    once(ground, Bend("queued", 1.5))
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)
    assert 2 == len(ground.asked())


def test_a_search_that_runs_too_long_asks_for_less(
    ground: SplunkGround, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huntline_splunk.pages.LONGEST", timedelta(milliseconds=300))
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    once(ground, Bend("slow", 2))
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)
    assert (4, 0) == (len(ground.asked()), ground.left())


def test_a_new_job_may_be_unknown_for_a_while(tmp_path: Path, ledger: Ledger) -> None:
    """204 without a body until it is known."""
    with splunk_ground(folder(tmp_path, "server"), SplunkSettings(unknown_seconds=0.3)) as ground:
        events = every(3, DAY)
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)


class Forgetful(Hooked):
    """Dies when it has begun its first job, before that is noted."""

    def start(self, order: Order, queries: Sequence[Query]) -> Search:
        search = self.hunter.start(order, queries)
        if search.reference:
            raise Killed
        return search


@pytest.mark.parametrize("reused", ["refused", "replaced"])
def test_a_job_that_a_killed_run_began_and_did_not_note_is_begun_anew(
    tmp_path: Path, ledger: Ledger, reused: str
) -> None:
    """Its answer is of before: what arrived since would never be looked for. None is left behind."""
    settings = replace(SplunkSettings(), reused_id=reused)  # type: ignore[arg-type]
    with splunk_ground(folder(tmp_path, "server"), settings) as ground:
        events = every(3, DAY)
        ground.plant((*events[:2], *beat()))
        made_means = means(ground)
        watched = replace(made_means, hunter=Forgetful(made_means.hunter, lambda _: None))
        with pytest.raises(Killed):
            list(work([Line("t", hunting(watched, WANTED, ledger, lambda _: None), 1)], threads=1))
        ground.plant(events[2:])
        hunt(ground, ledger)

        assert ([one.time for one in events], 0) == (found(ledger), ground.left())

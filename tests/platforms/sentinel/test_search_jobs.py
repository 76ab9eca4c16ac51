"""Laws of search jobs: what is archived is found once, paid once, within the budget, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.hunting.ground import START, WANTED, Planted, case_of, every, found
from conformance.hunting.sentinel_ground import ENDLESS, SCOPE, TABLE
from conformance.killed import Killed, killing
from conformance.kills import calls
from huntline.hunt import pieces
from huntline.hunt.budget import Allowance
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.search import Order
from huntline_sentinel.hunt import SentinelHunter
from lab.sentinel.store import Store
from lab.serve.faults import Bend, Fault, When
from platforms.sentinel.jobs import ARCHIVED, archive, lively, pay, paying, puts, stands

DAY = timedelta(days=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


def test_without_leave_to_pay_archived_days_are_not_searchable_and_their_price_is_named(
    tmp_path: Path, ledger: Ledger
) -> None:
    """A plain query would find nothing there and say nothing."""
    with archive(tmp_path / "server") as ground:
        ground.plant((*every(3, DAY), *lively()))
        result = pay(ground, ledger, allowance=None)

        assert ([], [], 0) == (puts(ground), list(ground.asked()), result.known)
        assert {"not_searchable"} == stands(ledger, START + DAY)
        assert [words for words in result.incomplete if "search job" in words and "price" in words]


def test_archived_hits_are_found_once_with_their_own_times_and_the_tables_are_removed(
    tmp_path: Path, ledger: Ledger
) -> None:
    """TimeGenerated of a result is when the job ran; a few rows of each day prove that the sensor was there."""
    events = every(7, timedelta(hours=31))
    with archive(tmp_path / "server") as ground:
        ground.plant((*events, *lively(days=40)))
        result = pay(ground, ledger)

        assert ([one.time for one in events], 7) == (found(ledger), result.known)
        assert (1, 0) == (len(puts(ground)), ground.left())
        told = [stands(ledger, START + n * DAY) for n in (0, 20, 50)]
        assert [{"hits"}, {"clean"}, {"no_data"}] == told


def test_a_second_run_pays_nothing(tmp_path: Path, ledger: Ledger) -> None:
    with archive(tmp_path / "server") as ground:
        ground.plant((*every(3, DAY), *lively()))
        pay(ground, ledger)
        again = pay(ground, ledger)

        assert (1, False, 3) == (len(puts(ground)), again.searched, again.known)


@pytest.mark.parametrize("call", calls(1, 12, soon={1, 2, 4, 6, 9}))
def test_killed_at_any_call_no_window_is_paid_twice(tmp_path: Path, ledger: Ledger, call: int) -> None:
    """The name of a job is its order's, so whoever comes later finds it."""
    events = every(5, timedelta(hours=50))
    with archive(tmp_path / "server") as ground:
        ground.plant((*events, *lively()))
        with pytest.raises(Killed):
            pay(ground, ledger, before=killing(call))
        pay(ground, ledger)

        assert ([one.time for one in events], 0) == (found(ledger), ground.left())
        assert 1 == len(set(puts(ground))) == len(ground.lab.jobs.history())


def test_a_job_of_hours_is_left_to_the_next_run(tmp_path: Path, ledger: Ledger) -> None:
    """The run ends and says so; the next one takes the job up, and pays for no other."""
    events = every(3, DAY)
    with archive(tmp_path / "server", job_looks=40) as ground:
        ground.plant((*events, *lively()))
        first = pay(ground, ledger, allowance=Allowance(1_000.0, timedelta(0)))
        waiting = stands(ledger, START + DAY)
        second = pay(ground, ledger)

        assert [words for words in first.incomplete if "run again" in words]
        assert ({"waiting"}, 1, 3) == (waiting, len(puts(ground)), second.known)
        assert ([one.time for one in events], 0) == (found(ledger), ground.left())


def test_a_job_that_is_not_seen_at_once_is_not_started_again(tmp_path: Path, ledger: Ledger) -> None:
    """Reads lag behind writes: a table that was just asked for is not there yet, and one that was removed still is."""
    events = every(3, DAY)
    with archive(tmp_path / "server", lag=0.4) as ground:
        ground.plant((*events, *lively()))
        pay(ground, ledger)

        assert ([one.time for one in events], 1, 0) == (found(ledger), len(puts(ground)), ground.left())


def test_a_run_killed_right_after_it_paid_is_known_by_the_table_it_left(tmp_path: Path, ledger: Ledger) -> None:
    """Even where the next run does not see the table yet: the platform refuses a second job of the name."""
    events = every(3, DAY)
    with archive(tmp_path / "server", lag=0.6) as ground:
        ground.plant((*events, *lively()))
        with pytest.raises(Killed):
            pay(ground, ledger, before=_at_first("poll"))
        pay(ground, ledger)

        assert ([one.time for one in events], 1) == (found(ledger), len(ground.lab.jobs.history()))
        assert 0 == ground.left()


def _at_first(name: str) -> Callable[[str], None]:
    def before(called: str) -> None:
        if called == name:
            raise Killed

    return before


def test_no_more_jobs_run_at_once_than_the_limit(tmp_path: Path, ledger: Ledger) -> None:
    """The platform would refuse one more; it waits for its turn instead."""
    events = every(8, 7 * DAY)
    with archive(tmp_path / "server", jobs_running=1, jobs={"at_once": 1, "days": 20}) as ground:
        ground.plant((*events, *lively()))
        pay(ground, ledger)

        assert ([one.time for one in events], 4) == (found(ledger), len(ground.lab.jobs.history()))
        assert {202} == {one.status for one in ground.entries() if one.method == "PUT"}


def test_a_job_that_runs_for_longer_than_the_platform_lets_it_is_asked_for_less(tmp_path: Path) -> None:
    """After a day it would be given up there, with whatever it has by then."""
    with archive(tmp_path / "server", job_looks=1_000) as ground:
        ground.plant(lively())
        made = paying(ground)
        hunter = made.hunter
        assert isinstance(hunter, SentinelHunter)
        (part,) = [one for one in hunter.reach(made.scopes, made.binding, WANTED) if one.path == "job"]
        query = next(one for one in made.queries if one.scope == SCOPE)
        (fused,) = made.compiler.fuse([query], made.binding, part.path)
        search = hunter.start(Order("t", part, WANTED, fused, 9, "rows", "ticket"), [query])
        running = search.poll()
        hunter.ahead = timedelta(hours=25)
        assert (True, None) == (running is not None, search.poll())
        end = search.page(None).outcome
        assert end is not None

        assert ("split", "timeout", False) == (end.end, end.reason, ground.lab.jobs.history()[0].running)


def test_a_flood_of_archived_hits_is_counted_by_the_same_job(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hits are read by pages, whatever their number: no second job is paid to count them."""
    monkeypatch.setattr(pieces, "FLOOD", 5)
    events = every(40, DAY)
    with archive(tmp_path / "server") as ground:
        ground.plant((*events, *lively()))
        pay(ground, ledger)

        assert ([one.time for one in events], 1) == (found(ledger), len(puts(ground)))


def test_what_still_runs_is_cancelled_where_the_next_run_may_not_pay(tmp_path: Path, ledger: Ledger) -> None:
    with archive(tmp_path / "server", job_looks=40) as ground:
        ground.plant((*every(3, DAY), *lively()))
        pay(ground, ledger, allowance=Allowance(1_000.0, timedelta(0)))
        pay(ground, ledger, allowance=None)

        assert (0, False) == (ground.left(), ground.lab.jobs.history()[0].running)
        assert {"not_searchable"} == stands(ledger, START + DAY)


def test_a_job_that_passes_the_budget_is_cancelled_after_one_look_more_at_most(tmp_path: Path, ledger: Ledger) -> None:
    """What it costs is known only while it runs; how far it went is told."""
    with archive(tmp_path / "server", job_looks=20, gb_a_row=1.0) as ground:
        ground.plant((*every(3, DAY), *lively(days=57)))
        result = pay(ground, ledger, allowance=Allowance(15.0, timedelta(minutes=5)))
        (job,) = ground.lab.jobs.history()

        assert 15 < job.gb * job.done <= 15 + 2 * job.gb / 20
        assert (0, 0) == (ground.left(), result.known)
        assert [words for words in result.incomplete if "stopped after 18 GB" in words]


def test_what_finished_jobs_cost_keeps_others_from_being_started(tmp_path: Path, ledger: Ledger) -> None:
    """By the day; the next run knows it, too."""
    with archive(tmp_path / "server", gb_a_row=1.0, jobs={"days": 31}) as ground:
        ground.plant((*every(3, DAY), *lively()))
        result = pay(ground, ledger, allowance=Allowance(40.0, timedelta(minutes=5)), slots=1)
        again = pay(ground, ledger, allowance=Allowance(20.0, timedelta(minutes=5)))

        assert (1, 1) == (len(puts(ground)), len({words for words in result.incomplete if "of the budget" in words}))
        assert [words for words in again.incomplete if "20 GB of the budget are left" in words]


def test_the_price_is_what_the_workspace_takes_in_by_the_day(tmp_path: Path, ledger: Ledger) -> None:
    """Not started where that is over the budget."""
    with archive(tmp_path / "server") as ground:
        ground.plant((*every(3, DAY), *lively()))
        _usage(ground.lab.store, "SecurityEvent", gb_a_day=2.0)
        refused = pay(ground, ledger, allowance=Allowance(100.0, timedelta(minutes=5)))
        free = pay(ground, ledger, allowance=None)

        assert [] == puts(ground)
        assert [words for words in refused.incomplete if "about 124 GB" in words]
        assert [words for words in free.incomplete if "about 124 GB" in words]


def _usage(store: Store, table: str, *, gb_a_day: float) -> None:
    now = datetime.now(UTC)
    rows = [{"TimeGenerated": now - n * DAY, "DataType": table, "Quantity": gb_a_day * 1024} for n in range(1, 31)]
    store.add("Usage", {"DataType": "string", "Quantity": "real"}, rows)


def test_a_result_as_large_as_it_may_be_is_searched_in_halves_and_its_hits_are_kept(
    tmp_path: Path, ledger: Ledger
) -> None:
    """The cap is no failure to the platform: it says Succeeded."""
    events = every(60, timedelta(hours=20))
    with archive(tmp_path / "server", job_rows=40, jobs={"rows": 40}) as ground:
        ground.plant((*events, *lively(days=50)))
        pay(ground, ledger)

        assert [one.time for one in events] == found(ledger)
        assert (True, 0) == (len(puts(ground)) > 1, ground.left())


def test_more_hits_than_a_page_holds_are_read_page_by_page(tmp_path: Path, ledger: Ledger) -> None:
    """Some of one moment: none is lost at the border of a page, and nothing is paid again."""
    crowd = tuple(Planted(f"same-{n}", START + DAY) for n in range(25))
    events = every(30, timedelta(hours=20))
    with archive(tmp_path / "server") as ground:
        ground.plant((*events, *crowd, *lively()))
        pay(ground, ledger)

        assert (sorted(one.time for one in (*events, *crowd)), 1) == (found(ledger), len(puts(ground)))


def test_the_same_event_by_query_and_by_job_is_one_hit_and_ages_without_being_paid(
    tmp_path: Path, ledger: Ledger
) -> None:
    """What was searched while it was recent stays searched when it is archived."""
    events = every(6, 5 * DAY)
    with archive(tmp_path / "server", keep=ENDLESS) as ground:
        ground.plant((*events, *lively()))
        pay(ground, ledger)
        ids = {(hit.event, hit.raw) for hit in case_of(ledger).hits}
        ground.lab.store.change(TABLE, keep=ARCHIVED)
        aged = pay(ground, ledger)
        paid, told = puts(ground), [stands(ledger, START + n * DAY) for n in (0, 21)]
        other = pay(ground, ledger, "evil", "vil")

        assert ([], 6) == (paid, aged.known)
        assert [{"hits"}, {"clean"}] == told
        assert (ids, 6, 1) == ({(hit.event, hit.raw) for hit in case_of(ledger).hits}, other.known, len(puts(ground)))


def test_a_job_that_fails_is_partial_and_the_next_run_asks_again(tmp_path: Path, ledger: Ledger) -> None:
    events = every(3, DAY)
    with archive(tmp_path / "server") as ground:
        ground.plant((*events, *lively()))
        ground.running.faults.add(Fault(Bend("search_job_failed"), When(method="PUT")))
        first = pay(ground, ledger)
        failed = {v for n in range(62) for v in stands(ledger, START + n * DAY)}
        second = pay(ground, ledger)

        assert ({"partial"}, 0, 3, 0) == (failed, first.known, second.known, ground.left())


def test_a_job_somebody_cancels_is_not_taken_for_whole(tmp_path: Path, ledger: Ledger) -> None:
    """It has succeeded, too, with the rows it had."""
    with archive(tmp_path / "server", job_looks=4) as ground:
        ground.plant((*every(6, 9 * DAY), *lively()))
        looks = 0

        def cancel(name: str) -> None:
            nonlocal looks
            looks += name == "poll"
            if name == "poll" and looks == 3:
                ground.lab.jobs.cancel(ground.lab.jobs.left()[0])

        pay(ground, ledger, before=cancel)

        assert {"partial"} == {v for n in range(62) for v in stands(ledger, START + n * DAY)} - {"hits"}


def test_a_table_that_somebody_removes_is_an_error_and_not_clean(tmp_path: Path, ledger: Ledger) -> None:
    with archive(tmp_path / "server", job_looks=6) as ground:
        ground.plant(lively())
        ground.running.faults.add(Fault(Bend("lost_table"), When(method="GET", path="_SRCH", nth=4)))
        pay(ground, ledger)

        assert "clean" not in {v for n in range(62) for v in stands(ledger, START + n * DAY)}


def test_through_lighthouse_nothing_is_asked_and_the_reason_is_named(tmp_path: Path, ledger: Ledger) -> None:
    with archive(tmp_path / "server", more={"lighthouse": True}) as ground:
        ground.plant((*every(3, DAY), *lively()))
        result = pay(ground, ledger)

        assert ([], {"not_searchable"}) == (puts(ground), stands(ledger, START + DAY))
        assert [words for words in result.incomplete if "Lighthouse" in words]


def test_of_a_busy_table_a_slice_proves_what_it_shows_and_no_absence(tmp_path: Path, ledger: Ledger) -> None:
    """A day on which no row of the slice lies is not said to be empty, and not clean either."""
    with archive(tmp_path / "server", job_rows=400, jobs={"rows": 400}) as ground:
        busy = every(62 * 24, timedelta(hours=1), "harmless", start=START + timedelta(minutes=17))
        quiet = (Planted("off", START + 5 * DAY + timedelta(minutes=50), "harmless"),)
        ground.plant((*(one for one in busy if not 5 <= (one.time - START).days < 6), *quiet, *recent(3_000)))
        pay(ground, ledger)

        assert [{"clean"}, {"partial"}] == [stands(ledger, START + n * DAY) for n in (3, 5)]


def recent(count: int) -> tuple[Planted, ...]:
    """Return events of the last days, from which a job learns how busy a table is."""
    start = (datetime.now(UTC) - 3 * DAY).replace(microsecond=0)
    return every(count, 2 * DAY / count, "recent", start=start)

"""Traps of Splunk that lose, double or invent a hit or a clean: each fails if it returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from conformance.hunting.ground import (
    START,
    WANTED,
    Planted,
    beat,
    case_of,
    every,
    folder,
    found,
    hunt,
    means,
    verdict_on,
)
from conformance.hunting.hooked import Hooked, Killed
from conformance.hunting.splunk_ground import INDEX, JOBS, KIND, LOOKED, SplunkGround, searches_of, splunk_ground
from huntline.hunt.crew import Line, work
from huntline.hunt.run import hunting
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.facts import Day, Fill, Flood, Seen
from huntline.model.query import Query
from huntline.model.search import Order, Page
from huntline.model.window import Window
from huntline.ports import Search
from huntline_splunk import coverage
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, Stall, What, When
from lab.splunk.events import Made
from lab.splunk.settings import HUNTER, Peer, Provider, Role, SplunkSettings, User
from lab.splunk.store import Keeping, Store

DAY = timedelta(days=1)
DAYS = tuple(START + n * DAY for n in range(62))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SplunkGround]:
    with splunk_ground(folder(tmp_path, "server")) as made:
        yield made


def once(ground: SplunkGround, what: What, *, path: str = JOBS, says: str = LOOKED, times: int | None = 1) -> None:
    ground.running.faults.add(Fault(what, When(path=path, says=says, times=times)))


def as_role(role: Role) -> SplunkSettings:
    return SplunkSettings(users=(User(HUNTER.name, HUNTER.password, role),))


def all_verdicts(ledger: Ledger) -> set[str]:
    return {verdict for day in DAYS for verdict in verdict_on(ledger, day)}


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
    once(ground, Bend("short_page", 2), path="/results$", says="")
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)


def test_rows_that_never_come_leave_the_window_partial(ground: SplunkGround, ledger: Ledger) -> None:
    """A job that says five and gives four has lost one."""
    ground.plant((*every(5, timedelta(minutes=1)), *beat()))
    once(ground, Bend("short_page", 5), path="/results$", says="", times=None)
    result = hunt(ground, ledger)

    assert result.incomplete
    assert "clean" not in all_verdicts(ledger)


def test_rows_of_a_preview_are_no_results(ground: SplunkGround, ledger: Ledger) -> None:
    """The SDK's own reader yields them as if they were."""
    events = every(6, timedelta(minutes=1))
    ground.plant((*events, *beat()))
    once(ground, Bend("preview"), path="/results$", says="")
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
        *((what, "/results$") for what in (Cut("middle"), Blank(200), Refusal(429), Refusal(504))),
        *((what, "/control$") for what in (Cut("after"), Refusal(503))),
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
    once(ground, Stall(3), path="/results$", says="")
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


def test_a_role_with_a_filter_sees_less_and_nothing_is_clean(tmp_path: Path, ledger: Ledger) -> None:
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(filter="host=ws-1"))) as ground:
        ground.plant((*every(3, DAY), *beat(), Planted("far", DAYS[9], host="ws-2")))
        result = hunt(ground, ledger)

        assert 3 == result.known
        assert "clean" not in all_verdicts(ledger)
        assert [words for words in result.incomplete if "filter hides events" in words]


def test_a_role_that_may_read_less_than_is_named_is_told(tmp_path: Path, ledger: Ledger) -> None:
    """A wildcard shrinks without a word to what the role may read: its silence says nothing of the rest."""
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(indexes=(INDEX,)))) as ground:
        ground.plant((*every(3, DAY), *beat()))
        wide = hunt(ground, ledger)

        assert (3, False) == (wide.known, "clean" in all_verdicts(ledger))
        assert [words for words in wide.incomplete if "may not read all of *" in words]


def test_a_role_that_may_read_all_that_is_named_is_clean(tmp_path: Path, ledger: Ledger) -> None:
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(indexes=(INDEX,)))) as ground:
        ground.sources = {"sysmon": {"names": {"index": INDEX}}}
        ground.plant((*every(3, DAY), *beat()))
        hunt(ground, ledger)

        assert [{"hits"}, {"clean"}] == [verdict_on(ledger, DAYS[n]) for n in (1, 20)]


def test_a_role_that_may_read_nothing_of_a_scope_is_denied(tmp_path: Path, ledger: Ledger) -> None:
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(indexes=("main",)))) as ground:
        ground.sources = {"sysmon": {"names": {"index": INDEX}}}
        ground.plant((*every(3, DAY), *beat()))
        hunt(ground, ledger)

        assert {"denied"} == {cell.verdict for cell in case_of(ledger).cells if cell.scope == "sysmon"}


def test_a_role_that_may_search_a_week_at_a_time_is_asked_no_more(tmp_path: Path, ledger: Ledger) -> None:
    """srchTimeWin narrows a longer search without a word."""
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(window=7 * 86_400))) as ground:
        events = every(20, 3 * DAY)
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)
        assert {"clean"} == verdict_on(ledger, DAYS[1])


def test_time_a_role_may_not_look_back_to_is_denied_and_the_rest_is_searched(tmp_path: Path, ledger: Ledger) -> None:
    """srchTimeEarliest, too, narrows without a word."""
    back = datetime.now(UTC) - DAYS[30]
    role = Role(earliest=int(back.total_seconds()))
    with splunk_ground(folder(tmp_path, "server"), as_role(role)) as ground:
        ground.plant((*every(20, 3 * DAY), *beat()))
        hunt(ground, ledger)

        assert [{"denied"}, {"denied"}, {"clean"}, {"hits"}] == [verdict_on(ledger, DAYS[n]) for n in (1, 28, 40, 39)]


def test_a_job_that_searched_less_than_asked_is_partial_though_nobody_tells_the_role(
    tmp_path: Path, ledger: Ledger
) -> None:
    """The job's own account of its time is the last to ask."""
    with splunk_ground(folder(tmp_path, "server"), as_role(Role(window=7 * 86_400))) as ground:
        ground.plant((*every(3, DAY), *beat()))
        once(ground, Refusal(403), path="authorization/roles", says="", times=None)
        result = hunt(ground, ledger)

        assert [words for words in result.incomplete if "searched" in words]
        assert "clean" not in all_verdicts(ledger)


def test_a_peer_that_is_down_is_never_clean(tmp_path: Path, ledger: Ledger) -> None:
    """The others answer, and by default the search succeeds."""
    store = Store(Peer("idx1"), Peer("idx2", "Down"))
    with splunk_ground(folder(tmp_path, "server"), store=store) as ground:
        ground.plant((*every(4, DAY), *beat()))
        result = hunt(ground, ledger)

        assert result.incomplete
        assert "clean" not in all_verdicts(ledger)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (SplunkSettings(providers=(Provider("branch", valid=False),)), "federated providers"),
        (SplunkSettings(search_retry=True), "search_retry"),
    ],
    ids=["provider", "search_retry"],
)
def test_what_is_left_out_without_a_word_is_asked_for(
    tmp_path: Path, ledger: Ledger, settings: SplunkSettings, words: str
) -> None:
    """A provider without heartbeats is passed over; a server that retries gives a part of a search as if it were all."""
    with splunk_ground(folder(tmp_path, "server"), settings) as ground:
        ground.plant((*every(3, DAY), *beat()))
        result = hunt(ground, ledger)

        assert 3 == result.known
        assert "clean" not in all_verdicts(ledger)
        assert [told for told in result.incomplete if words in told]


def test_what_was_frozen_into_an_archive_is_not_searchable_and_what_was_deleted_is_no_data(
    tmp_path: Path,
) -> None:
    """Both are answered by no rows; only the index's settings tell one from the other."""
    for archiving, verdict in ((True, "not_searchable"), (False, "no_data")):
        made = open_ledger(str(tmp_path / f"{archiving}.sqlite"), create=True)
        with splunk_ground(folder(tmp_path, f"server-{archiving}")) as ground:
            ground.plant((*every(3, 20 * DAY), *beat()))
            ground.store.keep(INDEX, Keeping(archiving=archiving))
            ground.store.freeze(INDEX, DAYS[31].timestamp())
            hunt(ground, made)

            assert [{verdict}, {"clean"}] == [verdict_on(made, DAYS[n]) for n in (3, 50)]


def test_other_indexes_are_searched_where_one_is_archived_and_nothing_is_clean_there(
    ground: SplunkGround, ledger: Ledger
) -> None:
    """A pattern names both; the archived one may have held more of those days."""
    ground.plant((*every(3, 20 * DAY), *beat()))
    ground.store.add("kept", [made(Planted("kept", DAYS[4]))])
    ground.store.keep(INDEX, Keeping(frozen_dir="/archive"))
    ground.store.freeze(INDEX, DAYS[31].timestamp())
    hunt(ground, ledger)

    assert [{"hits"}, {"not_searchable"}, {"clean"}] == [verdict_on(ledger, DAYS[n]) for n in (4, 5, 50)]


def test_a_day_that_was_searched_before_it_was_frozen_stays_searched(ground: SplunkGround, ledger: Ledger) -> None:
    """And what is brought back from the archive is searched."""
    ground.store.keep(INDEX, Keeping(archiving=True))
    ground.plant((*every(3, 20 * DAY), *beat()))
    hunt(ground, ledger, wanted=WANTED)
    before = verdict_on(ledger, DAYS[7])
    ground.store.freeze(INDEX, DAYS[31].timestamp())
    hunt(ground, ledger, wanted=Window(WANTED.start, WANTED.end + DAY))

    assert {"clean"} == before | verdict_on(ledger, DAYS[7])


def test_what_is_restored_from_an_archive_is_found(ground: SplunkGround, ledger: Ledger) -> None:
    """It bears the time of arrival it always had: days that grew tell it."""
    events = every(3, 20 * DAY)
    ground.store.keep(INDEX, Keeping(archiving=True))
    ground.plant([one for one in (*events, *beat()) if one.time >= DAYS[31]])
    hunt(ground, ledger)
    ground.plant([one for one in (*events, *beat()) if one.time < DAYS[31]])
    result = hunt(ground, ledger)

    assert (2, 3) == (result.new, result.known)
    assert {"clean"} == verdict_on(ledger, DAYS[5])


def test_an_event_keeps_its_id_when_its_bucket_is_another(tmp_path: Path) -> None:
    """Thawed, or moved to a cluster, or in an index of another name, it lies elsewhere; its hits must not double."""
    ids = []
    for name in (INDEX, "thawed"):
        made_ledger = open_ledger(str(tmp_path / f"{name}.sqlite"), create=True)
        with splunk_ground(folder(tmp_path, f"server-{name}")) as ground:
            ground.store.add("elsewhere", [made(one) for one in beat()])
            ground.store.add(name, [made(one) for one in every(4, DAY)])
            hunt(ground, made_ledger)
            ids.append({hit.event for hit in case_of(made_ledger).hits})

    assert (4, ids[0]) == (len(ids[0]), ids[1])


def test_events_that_are_equal_in_all_are_each_found_once(ground: SplunkGround, ledger: Ledger) -> None:
    """A forwarder that sent a line twice made two events; another search of them must not make four."""
    twice = [made(Planted("same", DAYS[3]))] * 3
    ground.store.add(INDEX, [*twice, *(made(one) for one in beat())])
    first = hunt(ground, ledger)
    second = hunt(ground, ledger, "evil", "vil")

    assert (3, 3) == (first.known, second.known)


def test_equal_lines_of_two_hosts_are_two_events_whoever_asks(ground: SplunkGround, ledger: Ledger) -> None:
    """A detection that names one host must not take its event for the other's."""
    ground.plant((*beat(), Planted("same", DAYS[3], host="ws-1"), Planted("same", DAYS[3], host="ws-2")))
    hunt(ground, ledger)
    hosts = sorted(hit.host for hit in case_of(ledger).hits)

    assert ["ws-1", "ws-2"] == hosts


def test_more_events_in_a_second_than_one_answer_gives_are_read_by_pages(tmp_path: Path, ledger: Ledger) -> None:
    """No window is shorter: it is asked for 500,000, and its pages go on by number."""
    with splunk_ground(folder(tmp_path, "server"), SplunkSettings(page_rows=20)) as ground:
        crowd = tuple(Planted(f"same-{n}", DAYS[3] + timedelta(milliseconds=n)) for n in range(95))
        ground.plant((*crowd, *beat()))
        result = hunt(ground, ledger)

        assert (sorted(one.time for one in crowd), 95) == (found(ledger), result.known)
        assert [one for one in ground.running.journal.entries() if "action=touch" in one.body]


def test_a_flood_is_counted_by_utc_day_and_not_collected(ground: SplunkGround) -> None:
    made_means = means(ground)
    query = next(one for one in made_means.queries if one.scope == "sysmon")
    ground.plant(every(45, timedelta(hours=1)))
    parts = made_means.hunter.reach(made_means.scopes, made_means.binding, WANTED)
    (part,) = [one for one in parts if one.scopes == ("sysmon",)]
    (fused,) = made_means.compiler.fuse([query], made_means.binding, part.path)
    order = Order("t", part, Window(START, START + 31 * DAY), fused, 9, "count", "ticket")
    search = made_means.hunter.start(order, [query])
    assert search.poll() is None
    page: Page = search.page(None)
    assert page.outcome is not None

    assert (Flood(query.hash, START.date(), 24), Flood(query.hash, (START + DAY).date(), 21)) == page.outcome.facts
    assert () == page.rows


def test_windows_of_fractions_of_a_second_share_no_event_and_miss_none(ground: SplunkGround) -> None:
    """Jobs are asked for whole seconds; what lies beside the window is left out by its own time."""
    made_means = means(ground)
    query = next(one for one in made_means.queries if one.scope == "sysmon")
    ground.plant(every(8, timedelta(milliseconds=250)))
    parts = made_means.hunter.reach(made_means.scopes, made_means.binding, WANTED)
    (part,) = [one for one in parts if one.scopes == ("sysmon",)]
    (fused,) = made_means.compiler.fuse([query], made_means.binding, part.path)
    edges = [START + timedelta(milliseconds=n) for n in (0, 600, 1250, 2000)]
    times = []
    for start, end in pairwise(edges):
        search = made_means.hunter.start(
            Order("t", part, Window(start, end), fused, 9, "rows", f"t{start:%f}"), [query]
        )
        assert search.poll() is None
        times.append([row.time for row in search.page(None).rows if row.time])

    assert [3, 2, 3] == [len(one) for one in times]
    assert 8 == len({time for one in times for time in one})


def test_a_large_store_is_sampled_for_what_is_filled_and_counted_for_what_is_not(
    ground: SplunkGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sample can prove that a field is filled; that it never is takes a count of all, on those days alone."""
    monkeypatch.setattr(coverage, "LARGE", 100)
    monkeypatch.setattr(coverage, "SAMPLE", 50)
    planted = [Planted(f"a-{n}", START + n * timedelta(minutes=14), "harmless") for n in range(103)]
    rare = [Planted(f"b-{n}", DAYS[1] + n * timedelta(minutes=14), "" if n else "once") for n in range(103)]
    mute = [Planted(f"c-{n}", DAYS[2] + n * timedelta(minutes=14), "") for n in range(60)]
    ground.plant((*planted, *rare, *mute))
    made_means = means(ground)
    parts = made_means.hunter.reach(made_means.scopes, made_means.binding, WANTED)
    (part,) = [one for one in parts if one.scopes == ("sysmon",)]
    (scope,) = [one for one in made_means.scopes if one.name == "sysmon"]
    facts = made_means.hunter.coverage(scope, part, WANTED, ["CommandLine"])
    assert facts is not None
    fills = {
        fact.day: fact.filled
        for fact in facts
        if isinstance(fact, Fill) and fact.logsource.category == "process_creation"
    }
    days = {
        fact.day: fact.events
        for fact in facts
        if isinstance(fact, Day) and fact.logsource.category == "process_creation"
    }
    bodies = [parse_qs(one.body) for one in ground.running.journal.entries() if one.path.endswith("/jobs")]

    assert {DAYS[0].date(): True, DAYS[1].date(): True, DAYS[2].date(): False} == fills
    assert {DAYS[0].date(): 103, DAYS[1].date(): 103, DAYS[2].date(): 60} == days
    assert [["5"]] == [form["sample_ratio"] for form in bodies if "sample_ratio" in form]


def test_days_and_months_are_utc_and_hosts_are_named_by_month(ground: SplunkGround) -> None:
    """Spans of a day begin at the midnight of whoever asks: ours are made of seconds."""
    late = datetime(2023, 3, 31, 23, 59, 59, tzinfo=UTC)
    ground.plant((Planted("a", late, host="ws-1"), Planted("b", late + timedelta(seconds=1), host="ws-2")))
    made_means = means(ground)
    parts = made_means.hunter.reach(made_means.scopes, made_means.binding, WANTED)
    (part,) = [one for one in parts if one.scopes == ("sysmon",)]
    (scope,) = [one for one in made_means.scopes if one.name == "sysmon"]
    facts = made_means.hunter.coverage(scope, part, WANTED, ["CommandLine"]) or ()

    assert {(3, "ws-1"), (4, "ws-2")} == {(one.month.month, one.host) for one in facts if isinstance(one, Seen)}
    assert {(3, 31), (4, 1)} == {(one.day.month, one.day.day) for one in facts if isinstance(one, Day) and one.day}


def test_windows_that_hold_nothing_are_not_searched(ground: SplunkGround, ledger: Ledger) -> None:
    """They were counted a moment ago; what arrives after that is late, and found so."""
    ground.plant(beat(days=20))
    hunt(ground, ledger)
    ground.plant([Planted("late", DAYS[50], arrived=datetime.now(UTC))])
    result = hunt(ground, ledger)

    assert {DAYS[0], DAYS[50]} == {one.window.start for one in ground.asked()}
    assert 1 == result.known


def made(one: Planted) -> Made:
    fields = {**KIND, "host": one.host, "Computer": one.host, **({"CommandLine": one.word} if one.word else {})}
    return Made(one.time.timestamp(), int((one.arrived or one.time).timestamp()), fields, f"id={one.id} {one.word}")

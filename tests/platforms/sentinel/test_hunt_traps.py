"""Traps of Log Analytics that lose, double or invent a hit or a clean: each fails if it returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from conformance.hunting.ground import START, WANTED, Planted, beat, case_of, every, folder, found, hunt, means
from conformance.hunting.hooked import Hooked
from conformance.hunting.sentinel_ground import HITS, KIND, SCOPE, TABLE, SentinelGround, columns_of, sentinel_ground
from huntline.crew import Line, work
from huntline.errors import Transient
from huntline.hunt.run import hunting
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.search import Order, Part
from huntline.model.window import Window
from huntline_sentinel.hunt import SentinelHunter
from lab.sentinel.settings import HUNTER, SentinelSettings
from lab.sentinel.store import Keep
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, What, When
from platforms.sentinel.jobs import pay, stands

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
TODAY = NOW.replace(hour=0)
LATELY = Window(TODAY - 20 * DAY, TODAY)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SentinelGround]:
    with sentinel_ground(folder(tmp_path, "server")) as made:
        yield made


def once(ground: SentinelGround, what: What, **when: int | None) -> None:
    ground.running.faults.add(Fault(what, When(says=HITS, **when)))  # type: ignore[arg-type]


def clean_days(ledger: Ledger) -> int:
    return sum("clean" in stands(ledger, START + n * DAY) for n in range(62))


def hunter_of(ground: SentinelGround) -> SentinelHunter:
    made = ground.connect()
    assert isinstance(made, SentinelHunter)
    return made


@pytest.mark.parametrize(
    "what", [Bend("no_content"), Bend("empty"), Blank(200), Bend("partial_without_table")], ids=str
)
def test_an_answer_without_rows_is_no_proof_that_there_are_none(
    ground: SentinelGround, ledger: Ledger, what: What
) -> None:
    """The SDK raises an error of JSON for some, and for one gives nothing that can be iterated."""
    ground.plant((*every(3, DAY), *beat()))
    once(ground, what, times=None)
    result = hunt(ground, ledger)

    assert (0, 0) == (result.known, clean_days(ledger))
    assert {"error"} >= stands(ledger, START + 9 * DAY) or {"partial"} == stands(ledger, START + 9 * DAY)


@pytest.mark.parametrize(
    "what",
    [
        Bend("no_content"),
        Bend("empty"),
        Bend("queue_full"),
        Bend("queue_full", 1),
        Cut("before"),
        Cut("middle"),
        Cut("after"),
        Refusal(429),
        Refusal(429, wait=1, as_date=True),
        Refusal(502),
        Refusal(502, "proxy"),
        Refusal(503),
        Refusal(504),
        Bend("timeout"),
        Bend("capped", 2),
    ],
    ids=str,
)
def test_trouble_of_one_answer_costs_no_hit(ground: SentinelGround, ledger: Ledger, what: What) -> None:
    """Asked again, or for less: what the error means decides, and the window is whole in the end."""
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    once(ground, what)
    result = hunt(ground, ledger)

    assert ([one.time for one in events], 3) == (found(ledger), result.known)
    assert {"clean"} == stands(ledger, START + 20 * DAY)


def test_a_partial_answer_is_kept_and_never_clean(ground: SentinelGround, ledger: Ledger) -> None:
    """It iterates like a whole one: only its status tells."""
    ground.plant((*every(6, DAY), *beat()))
    once(ground, Bend("partial"), times=None)
    partial = hunt(ground, ledger)
    ground.running.faults.clear()
    whole = hunt(ground, ledger)

    assert (3, 6) == (partial.known, whole.known)


def test_half_of_a_count_is_never_clean(ground: SentinelGround, ledger: Ledger) -> None:
    """What is stored was told in part: silence proves nothing."""
    ground.plant((*every(3, DAY), *beat()))
    ground.running.faults.add(Fault(Bend("partial"), When(says="countif", times=None)))
    hunt(ground, ledger)

    assert 0 == clean_days(ledger)


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_the_sdk_repeats_nothing_by_itself(ground: SentinelGround, status: int) -> None:
    """It would ask a query of ten minutes four times, and multiply with the engine's own patience."""
    ground.plant(beat())
    ground.running.faults.add(Fault(Refusal(status), When(path="/v1/", times=None)))
    with pytest.raises(Exception, match=str(status)):
        hunter_of(ground).logs.ask("print 1")

    assert 1 == len([one for one in ground.entries() if one.path.startswith("/v1/")])


def test_the_server_gives_up_before_the_client_does(tmp_path: Path, ledger: Ledger) -> None:
    """By default the SDK stops listening after five minutes to a query that may take ten."""
    with sentinel_ground(folder(tmp_path, "server"), more={"timeout": 1}) as ground:
        events = every(3, DAY)
        ground.plant((*events, *beat()))
        once(ground, Bend("slow", 1.5))
        hunt(ground, ledger)
        widths = [one.window.end - one.window.start for one in ground.asked()]
        sent = {dict(one.headers).get("Prefer") or dict(one.headers).get("prefer") for one in ground.entries(HITS)}

        assert ([one.time for one in events], {"wait=1"}) == (found(ledger), sent)
        assert min(widths) < max(widths) / 1.9


@pytest.mark.parametrize(("count", "known"), [(19, 19), (20, 0)])
def test_as_many_rows_as_an_answer_may_have_are_no_whole_answer(
    ground: SentinelGround, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, count: int, known: int
) -> None:
    """The real number is 500,000; in a second that holds as many, nothing smaller can be asked."""
    monkeypatch.setattr("huntline_sentinel.pages.MOST_ROWS", 20)
    ground.plant((*(Planted(f"same-{n}", START + DAY) for n in range(count)), *beat()))
    result = hunt(ground, ledger)
    day = stands(ledger, START + DAY)

    assert (known, "clean" in day) == (result.known, False)


def test_a_size_limit_splits_and_loses_nothing(ground: SentinelGround, ledger: Ledger) -> None:
    """The rows that came with it are not taken for all."""
    events = every(8, timedelta(hours=3))
    ground.plant((*events, *beat()))
    once(ground, Bend("capped", 3), times=2)
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)


def test_an_answer_that_is_too_large_within_hours_is_asked_for_in_seconds(tmp_path: Path, ledger: Ledger) -> None:
    """Hours without an answer are told and left; an answer that is too large gets smaller with its window."""
    crowd = SentinelSettings(applications=(HUNTER,), rows=100)
    with sentinel_ground(folder(tmp_path, "server"), crowd) as ground:
        ground.rows = 1_000  # are asked for, so that the platform's limit is met first
        events = every(300, timedelta(minutes=1))
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)


def test_no_query_goes_to_a_time_that_it_does_not_reach(tmp_path: Path, ledger: Ledger) -> None:
    """Archived time answers with no rows and no error; what is expired is told as not there."""
    keep = Keep("Analytics", interactive=10, total=10)
    with sentinel_ground(folder(tmp_path, "server"), keep=keep) as ground:
        ground.plant((*every(15, DAY, start=LATELY.start), *beat(start=LATELY.start, days=20)))
        hunt(ground, ledger, wanted=LATELY)
        edge = TODAY - 10 * DAY

        assert edge <= min(one.window.start for one in ground.asked())
        assert [{"no_data"}, {"hits"}] == [stands(ledger, LATELY.start + n * DAY) for n in (3, 12)]


def test_what_is_archived_between_the_look_and_the_search_is_partial(ground: SentinelGround, ledger: Ledger) -> None:
    """A hunt that runs over midnight: the search came back whole and empty, of time that is not there any more."""
    ground.lab.store.add(TABLE, columns_of(SCOPE), (), keep=Keep("Analytics", interactive=30, total=30))
    ground.plant((*beat(start=LATELY.start, days=20),))
    made = means(ground)
    hunter = made.hunter
    assert isinstance(hunter, SentinelHunter)

    def ages(name: str) -> None:
        if name == "start":
            hunter.ahead = 20 * DAY

    watched = replace(made, hunter=Hooked(hunter, ages))
    list(work([Line("t", hunting(watched, LATELY, ledger, lambda _: None), 1)], threads=1))

    assert {"partial"} == stands(ledger, LATELY.start + DAY)


def test_tables_a_tenant_lacks_are_no_data_and_no_error(ground: SentinelGround, ledger: Ledger) -> None:
    """A query that names one is refused as a whole: it is never named."""
    ground.plant((*every(3, DAY), *beat()))
    hunt(ground, ledger)
    told = {cell.verdict for cell in case_of(ledger).cells if cell.scope != SCOPE}

    assert {"no_data"} == told
    assert [] == [
        one.body for one in ground.entries(HITS) if f'"query": "{TABLE}' not in one.body.replace('":"', '": "')
    ]


def test_a_table_that_may_not_be_read_is_denied_and_hurts_no_other(tmp_path: Path, ledger: Ledger) -> None:
    who = replace(HUNTER, denied=frozenset({TABLE}))
    with sentinel_ground(folder(tmp_path, "server"), who=who) as ground:
        ground.plant((*every(3, DAY), *beat()))
        ground.lab.store.add("Event", columns_of("sysmon-event"), (), keep=ground.keep)
        hunt(ground, ledger)
        other = {c.verdict for c in case_of(ledger).cells if c.scope == "sysmon-event"}

        assert ({"denied"}, {"no_data", "waiting"}) == (stands(ledger, START + DAY), other)


def test_a_column_that_a_table_lacks_is_blind_and_no_error(ground: SentinelGround, ledger: Ledger) -> None:
    """To name it would refuse the whole search."""
    bare = {name: kind for name, kind in columns_of(SCOPE).items() if name != "CommandLine"}
    rows = [
        {**KIND, "TimeGenerated": one.time, "_TimeReceived": one.time, "_IngestedAt": one.time, "Computer": "ws-1"}
        for one in beat()
    ]
    ground.lab.store.add(TABLE, bare, rows, keep=ground.keep)
    hunt(ground, ledger)

    assert {"blind"} == stands(ledger, START + 3 * DAY)


@pytest.mark.parametrize("keep", [Keep("Basic", 30, 30), Keep("Auxiliary", 365, 365)], ids=lambda keep: str(keep.plan))
def test_tables_of_other_plans_are_hunted_by_their_own_way(tmp_path: Path, ledger: Ledger, keep: Keep) -> None:
    """The query API refuses them; time comes by a timespan alone, whose end belongs to it: nothing is doubled or lost."""
    with sentinel_ground(folder(tmp_path, "server"), keep=keep) as ground:
        events = every(20, 12 * timedelta(hours=1), start=LATELY.start)
        ground.plant((*events, *beat(start=LATELY.start, days=15)))
        result = hunt(ground, ledger, wanted=LATELY)
        told = [stands(ledger, LATELY.start + n * DAY) for n in (0, 12, 18)]

        assert ([one.time for one in events], 20) == (found(ledger), result.known)
        assert [{"hits"}, {"clean"}, {"no_data"}] == told
        assert {"search"} == {one.path.rpartition("/")[2] for one in ground.entries(HITS)}


@pytest.mark.parametrize("want", ["rows", "count"])
def test_a_timespan_includes_its_end_and_a_window_does_not(tmp_path: Path, want: Literal["rows", "count"]) -> None:
    """Where time comes by the timespan alone, what lies at the end is taken out of the answer."""
    with sentinel_ground(folder(tmp_path, "server"), keep=Keep("Basic", 30, 30)) as ground:
        noon = TODAY - 5 * DAY
        ground.plant((Planted("in", noon - SECOND), Planted("at", noon), Planted("after", noon + SECOND)))
        made = means(ground)
        (part,) = [one for one in made.hunter.reach(made.scopes, made.binding, LATELY) if one.path == "search"]
        query = next(one for one in made.queries if one.scope == SCOPE)
        (fused,) = made.compiler.fuse([query], made.binding, part.path)
        order = Order("t", part, Window(noon - DAY, noon), fused, 9, want, "ticket")
        page = made.hunter.start(order, [query]).page(None)
        assert page.outcome is not None

        assert (1, [] if want == "count" else ["in"]) == (page.outcome.rows, [row.id for row in page.rows])


def test_what_a_basic_table_keeps_no_more_for_queries_is_by_job_only(tmp_path: Path, ledger: Ledger) -> None:
    with sentinel_ground(folder(tmp_path, "server"), keep=Keep("Basic", 30, 365)) as ground:
        wanted = Window(TODAY - 60 * DAY, TODAY)
        ground.plant(beat(start=wanted.start, days=60))
        hunt(ground, ledger, wanted=wanted)

        assert [{"not_searchable"}, {"clean"}] == [stands(ledger, wanted.start + n * DAY) for n in (10, 40)]


def test_parts_meet_at_midnights_and_leave_no_time_out(tmp_path: Path) -> None:
    """Each day has one way, the whole of what is wanted has one."""
    with sentinel_ground(folder(tmp_path, "server"), keep=Keep("Analytics", interactive=90, total=365)) as ground:
        ground.plant(beat())
        made = means(ground)
        wanted = Window(TODAY - 700 * DAY + timedelta(hours=5), NOW)
        parts = [one for one in made.hunter.reach(made.scopes, made.binding, wanted) if one.place == SCOPE]

        assert ["expired", "job", "query"] == [one.path for one in parts]
        assert (wanted.start, wanted.end) == (parts[0].window.start, parts[-1].window.end)
        assert [one.window.end for one in parts[:-1]] == [one.window.start for one in parts[1:]]
        assert {timedelta(0)} == {_into_day(one) for one in parts[1:]}


def _into_day(part: Part) -> timedelta:
    return part.window.start - part.window.start.replace(hour=0, minute=0, second=0, microsecond=0)


def test_texts_that_the_service_cut_are_told_and_not_clean(ground: SentinelGround, ledger: Ledger) -> None:
    """What stood behind the cut is in no event: a hit says so, and a day with such a text proves nothing."""
    long = "x" * 40_000
    cut = Planted("cut", START + DAY, f"evil {long}")
    ground.plant((cut, Planted("mute", START + 3 * DAY, f"{long} evil"), *beat()))
    hunt(ground, ledger)
    words = [store.words for store in case_of(ledger).stores if "32 KB" in store.words]

    assert [{"hits"}, {"blind"}, {"clean"}] == [stands(ledger, START + n * DAY) for n in (1, 3, 5)]
    assert 1 == len(words)


def test_a_field_that_is_read_from_a_text_that_was_cut_is_not_known(tmp_path: Path, ledger: Ledger) -> None:
    """Its command line stood behind the cut. What is found in a text that was cut behind it is known, as on any day."""
    at = [START + n * DAY for n in range(4)]
    planted = [
        _sysmon("mute", at[1], at[1], f"evil {'x' * 40_000}"),
        _sysmon("wide", at[2], at[2], f"evil {'ü' * 20_000}"),
        {**_sysmon("whole", at[3], at[3], "fine"), "RenderedDescription": "x" * 40_000},
    ]
    planted[2]["EventData"] = f'{planted[2]["EventData"]}<Data Name="ParentCommandLine">{"x" * 40_000}'
    with sentinel_ground(folder(tmp_path, "server")) as ground:
        ground.lab.store.add("Event", columns_of("sysmon-event"), [*planted, *_heard(20)], keep=ground.keep)
        hunt(ground, ledger)

        assert [{"clean"}, {"blind"}, {"blind"}, {"clean"}] == [stands(ledger, one, scope="sysmon-event") for one in at]


def test_an_event_stamped_with_its_arrival_is_found_by_its_own_clock(tmp_path: Path, ledger: Ledger) -> None:
    """What comes over two days late bears the time of its arrival: a hunt of March would not see it in May."""
    own, far = START + 5 * DAY, datetime.now(UTC) - 9 * DAY
    with sentinel_ground(folder(tmp_path, "server")) as ground:
        store = ground.lab.store
        store.add("Event", columns_of("sysmon-event"), [_sysmon("late", own, far), *_heard(20)], keep=ground.keep)
        first = hunt(ground, ledger)
        store.ingest("Event", [_sysmon("later", own + DAY, datetime.now(UTC) - timedelta(minutes=1))])
        second = hunt(ground, ledger)

        assert (1, 2) == (first.known, second.known)
        assert [own, own + DAY] == found(ledger)


def _heard(days: int) -> list[dict[str, object]]:
    return [_sysmon(f"beat-{n}", START + n * DAY, START + n * DAY, "harmless") for n in range(days)]


def _sysmon(name: str, own: datetime, arrived: datetime, word: str = "evil") -> dict[str, object]:
    data = f'<Data Name="UtcTime">{own:%Y-%m-%d %H:%M:%S}.000</Data><Data Name="CommandLine">{word}</Data>'
    event = {"Source": "Microsoft-Windows-Sysmon", "EventID": 1, "Computer": "ws-1", "EventData": data}
    return {**event, "TimeGenerated": own, "_TimeReceived": arrived, "_IngestedAt": arrived, "_ItemId": name}


def test_a_token_is_asked_for_once_for_each_audience(ground: SentinelGround, ledger: Ledger) -> None:
    """Both are kept until they run out; a token of one audience is refused by the other."""
    ground.plant((*every(3, DAY), *beat()))
    hunt(ground, ledger)

    assert 2 == len([one for one in ground.entries() if one.path.endswith("/token")])


def test_a_busy_authority_is_asked_again(ground: SentinelGround, ledger: Ledger) -> None:
    ground.plant((*every(3, DAY), *beat()))
    ground.running.faults.add(Fault(Refusal(503), When(path="/token")))

    assert 3 == hunt(ground, ledger).known


def test_a_search_without_an_answer_is_transient_for_the_engine(ground: SentinelGround) -> None:
    """A connection that ends early is no empty answer."""
    ground.plant(beat())
    ground.running.faults.add(Fault(Cut("middle"), When(path="/v1/", times=None)))
    with pytest.raises(Transient):
        hunter_of(ground).logs.ask("print 1")


def test_a_hunt_with_an_empty_budget_pays_nothing_for_what_is_recent(ground: SentinelGround, ledger: Ledger) -> None:
    """Recent data has no price."""
    ground.plant((*every(3, DAY), *beat()))

    assert 3 == pay(ground, ledger, allowance=None, wanted=WANTED).known

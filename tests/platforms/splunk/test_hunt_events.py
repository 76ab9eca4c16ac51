"""Events and counts: each event once under an id that lasts, days that are UTC, fields that are really never filled."""

from __future__ import annotations

from collections.abc import Iterator
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
)
from conformance.hunting.splunk_ground import INDEX, SplunkGround, made, splunk_ground
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.facts import Day, Fill, Flood, Seen
from huntline.model.search import Order, Page
from huntline.model.window import Window
from huntline_splunk import coverage
from lab.splunk.settings import SplunkSettings
from platforms.splunk.hunting import DAY, DAYS


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SplunkGround]:
    with splunk_ground(folder(tmp_path, "server")) as made:
        yield made


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

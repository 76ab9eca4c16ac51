"""Events and counts: each event once under an id that lasts, days that are UTC, fields that are really never filled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
from conformance.hunting.splunk_ground import INDEX, SplunkGround, made, splunk_ground
from huntline.hunt.agenda import errands, orders
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.facts import Day, Fact, Fill, Flood, Seen
from huntline.model.query import Query
from huntline.model.scope import Scope
from huntline.model.search import Order, Page, Part
from huntline.model.window import Window
from huntline.ports import Compiler, Hunter
from huntline.translate.compiler import SourceCompiler
from huntline_splunk import coverage
from huntline_splunk.ground import indexed_terms, terms_of
from huntline_splunk.plugin import PLATFORM
from huntline_splunk.rows import event_id
from lab.splunk.events import Made
from lab.splunk.settings import Acceleration, SplunkSettings
from platforms.splunk.hunting import DAY, DAYS


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SplunkGround]:
    with splunk_ground(folder(tmp_path, "server")) as made:
        yield made


def covered(ground: SplunkGround, name: str, reads: Sequence[str]) -> Sequence[Fact]:
    """Return what a hunt would be told of a scope."""
    hunter, parts, scopes = looked(ground)
    return hunter.coverage(scopes[name], parts[name], WANTED, reads) or ()


def sources(compiler: Compiler) -> SourceCompiler:
    assert isinstance(compiler, SourceCompiler)
    return compiler


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


def test_equal_lines_of_two_hosts_have_ids_of_their_own_whoever_finds_them() -> None:
    """A detection that finds one host's event alone must not take its id for the other's."""
    line = {"_raw": "the same", "source": "a", "sourcetype": "b"}
    ids = [event_id({**line, "host": host}, START, "the same", Counter()) for host in ("ws-1", "ws-2")]

    assert 2 == len(set(ids))


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
    """A sample can prove that a field is filled; that it never is takes a count of all, on those days alone.

    So does a day with an event that was cut.
    """
    monkeypatch.setattr(coverage, "LARGE", 100)
    monkeypatch.setattr(coverage, "SAMPLE", 50)
    planted = [Planted(f"a-{n}", START + n * timedelta(minutes=14), "harmless") for n in range(103)]
    rare = [Planted(f"b-{n}", DAYS[1] + n * timedelta(minutes=14), "" if n else "once") for n in range(103)]
    mute = [Planted(f"c-{n}", DAYS[2] + n * timedelta(minutes=14), "") for n in range(60)]
    shown_there = [Planted(f"d-{n}", DAYS[3] + n * timedelta(minutes=14), "harmless") for n in range(60)]
    ground.plant((*planted, *rare, *mute, *shown_there))
    ground.store.add(INDEX, [replace(made(Planted("", DAYS[3], "")), raw=f"<Event>{'x' * 3_000}")])
    facts = covered(ground, "sysmon", ["CommandLine"])
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

    assert {DAYS[0].date(): True, DAYS[1].date(): True, DAYS[2].date(): False, DAYS[3].date(): None} == fills
    assert {DAYS[0].date(): 103, DAYS[1].date(): 103, DAYS[2].date(): 60, DAYS[3].date(): 61} == days
    assert [["6"]] == [form["sample_ratio"] for form in bodies if "sample_ratio" in form]


def test_days_and_months_are_utc_and_hosts_are_named_by_month(ground: SplunkGround) -> None:
    """Spans of a day begin at the midnight of whoever asks: ours are made of seconds."""
    late = datetime(2023, 3, 31, 23, 59, 59, tzinfo=UTC)
    ground.plant((Planted("a", late, host="ws-1"), Planted("b", late + timedelta(seconds=1), host="ws-2")))
    facts = covered(ground, "sysmon", ["CommandLine"])

    assert {(3, "ws-1"), (4, "ws-2")} == {(one.month.month, one.host) for one in facts if isinstance(one, Seen)}
    assert {(3, 31), (4, 1)} == {(one.day.month, one.day.day) for one in facts if isinstance(one, Day) and one.day}


def test_the_days_of_late_events_are_told_by_their_time_of_indexing(ground: SplunkGround) -> None:
    """An event that took the place of another makes no day grow."""
    ground.plant((*beat(), Planted("late", DAYS[50], arrived=datetime.now(UTC))))
    hunter, parts, scopes = looked(ground)
    told = hunter.late(scopes["sysmon"], parts["sysmon"], datetime.now(UTC) - timedelta(minutes=15))

    assert (Window(DAYS[50], DAYS[51]),) == told


def test_an_event_that_a_population_leaves_out_is_not_counted_as_of_it(ground: SplunkGround) -> None:
    """A process without command line is an image load as often as a start, and proves nothing."""
    ground.store.add("edr", [shown(DAYS[0]), shown(DAYS[1], process="unknown")])
    facts = covered(ground, "cim-processes", ["process"])
    started = [fact for fact in facts if isinstance(fact, Day) and fact.logsource.category == "process_creation"]

    assert [(DAYS[0].date(), 1)] == [(fact.day, fact.events) for fact in started]


def test_events_that_tstats_does_not_see_are_found(ground: SplunkGround, ledger: Ledger) -> None:
    """Their source type or source is renamed when they are searched; the index knows the old name, and counts none."""
    old = {"source": "WinEventLog:ForwardedEvents"}
    hidden = [replace(made(one), stored=old) for one in (*every(3, DAY), *beat())]
    ground.store.add(INDEX, hidden)
    first = hunt(ground, ledger)
    ground.store.add(INDEX, [replace(made(Planted("late", DAYS[9], arrived=datetime.now(UTC))), stored=old)])
    second = hunt(ground, ledger)

    assert (3, 1) == (first.known, second.new)
    assert {"clean"} == verdict_on(ledger, DAYS[20])


def test_a_late_event_that_tstats_does_not_see_is_found_beside_those_it_counts(
    ground: SplunkGround, ledger: Ledger
) -> None:
    """Its day is counted and searched already, and what came since is asked of a search."""
    ground.plant((*every(3, DAY), *beat()))
    hunt(ground, ledger)
    old = {"source": "WinEventLog:ForwardedEvents"}
    ground.store.add(INDEX, [replace(made(Planted("late", DAYS[9], arrived=datetime.now(UTC))), stored=old)])

    assert 1 == hunt(ground, ledger).new


def test_windows_that_hold_nothing_are_not_searched(ground: SplunkGround, ledger: Ledger) -> None:
    """They were counted a moment ago; what arrives after that is late, and found so."""
    ground.plant(beat(days=20))
    hunt(ground, ledger)
    ground.plant([Planted("late", DAYS[50], arrived=datetime.now(UTC))])
    result = hunt(ground, ledger)

    assert {DAYS[0], DAYS[50]} == {one.window.start for one in ground.asked()}
    assert 1 == result.known


PROCESSES = "datamodel%3DEndpoint.Processes+by+_time"
SHOWN = {"dest": "ws-1", "process_path": "C:\\Windows\\a.exe", "process": "evil", "action": "allowed"}


def shown(time: datetime, **fields: str) -> Made:
    """Return a process start that only a data model shows under names that are hunted."""
    own = {"host": "ws-1", "source": "edr", "sourcetype": "edr"}
    model = {**SHOWN, "parent_process": "unknown", "original_file_name": "unknown", **fields}
    return Made(time.timestamp(), int(time.timestamp()), own, f"{time} {fields}", {"Endpoint.Processes": model})


def test_a_field_that_an_event_lacks_which_was_cut_as_it_was_indexed_is_not_known(
    ground: SplunkGround, ledger: Ledger
) -> None:
    """Its command line stood behind the cut: a day with such an event is not clean. What all events hold is known."""
    long = "x" * 3_000
    whole, cut = f"<Event><Data>{long}</Data></Event>", f"<Event><Data>{long}"
    ground.plant(beat())
    mute = made(Planted("", DAYS[3], word=""))
    ground.store.add(INDEX, [replace(mute, raw=cut), replace(made(Planted("", DAYS[5], word="")), raw=whole)])
    ground.store.add(INDEX, [replace(made(Planted("fine", DAYS[7], word="fine")), raw=f"{{{long}")])
    hunt(ground, ledger)

    assert [{"blind"}, {"clean"}, {"clean"}] == [verdict_on(ledger, DAYS[n]) for n in (3, 5, 7)]


def test_scopes_that_read_the_same_are_counted_at_once_until_a_search_starts(ground: SplunkGround) -> None:
    """What goes while it is searched is missing from what is counted after, whichever of them asks."""
    ground.store.add("edr", [shown(day) for day in DAYS[:3]])
    hunter, parts, scopes = looked(ground)
    same = ("cim-processes", "cim-macos-processes")

    def told() -> list[int]:
        facts = [hunter.coverage(scopes[name], parts[name], WANTED, ()) or () for name in same]
        return [sum(one.events for one in known if isinstance(one, Day)) for known in facts]

    before, once = told(), counts(ground)
    order, queries = order_of(ground, parts["sysmon"])
    hunter.start(order, queries)
    ground.store.freeze("edr", datetime.now(UTC).timestamp())
    after, twice = told(), counts(ground)

    assert ([3, 3], 1, [0, 0], 2) == (before, once, after, twice)


def looked(ground: SplunkGround) -> tuple[Hunter, Mapping[str, Part], Mapping[str, Scope]]:
    """Return a hunter that has looked how far it sees, with the parts by their one scope."""
    made_means = means(ground)
    parts = made_means.hunter.reach(made_means.scopes, made_means.binding, WANTED)
    return (
        made_means.hunter,
        {name: part for part in parts for name in part.scopes},
        {one.name: one for one in made_means.scopes},
    )


def order_of(ground: SplunkGround, part: Part) -> tuple[Order, Sequence[Query]]:
    """Return the first search of a part, and what it asks for."""
    made_means = means(ground)
    errand = next(errands(part, made_means.queries, {}, wanted=WANTED))
    order = next(orders(errand, tenant="t", compiler=made_means.compiler, binding=made_means.binding, rows=9))
    return order, errand.queries


def counts(ground: SplunkGround) -> int:
    return sum("tstats" in one.body and PROCESSES in one.body for one in ground.running.journal.entries())


def test_events_of_a_data_model_are_hunted_whatever_its_acceleration(tmp_path: Path, ledger: Ledger) -> None:
    """Its summaries reach back a week; what is older is only in the events themselves."""
    settings = SplunkSettings(accelerated={"Endpoint": Acceleration(7 * 86_400)})
    with splunk_ground(folder(tmp_path, "server"), settings) as ground:
        ground.store.add("edr", [shown(day, process="evil" if n < 3 else "harmless") for n, day in enumerate(DAYS)])
        hunt(ground, ledger)

        assert list(DAYS[:3]) == found(ledger)
        assert {"clean"} == verdict_on(ledger, DAYS[20])


def test_the_word_a_data_model_writes_for_an_absent_value_is_none(ground: SplunkGround) -> None:
    """A field that is always "unknown" is never filled, and a day that rests on it is blind."""
    ground.store.add("edr", [shown(day, original_file_name="unknown") for day in DAYS])
    facts = covered(ground, "cim-processes", ["original_file_name", "process"])
    filled = {(fact.field, fact.filled) for fact in facts if isinstance(fact, Fill)}

    assert {("original_file_name", False), ("process", True)} == filled


def test_late_events_of_a_data_model_are_found_by_days_that_grew(ground: SplunkGround, ledger: Ledger) -> None:
    """A model does not say when its events came."""
    ground.store.add("edr", [shown(day, process="harmless") for day in DAYS])
    hunt(ground, ledger)
    ground.store.add("edr", [shown(DAYS[9] + timedelta(hours=1))])
    result = hunt(ground, ledger)

    assert (1, 1) == (result.new, result.known)


def test_a_deployment_without_data_models_is_hunted_and_asked_for_none(tmp_path: Path, ledger: Ledger) -> None:
    """Each search of one would fail, in each hunt anew, for nothing."""
    with splunk_ground(folder(tmp_path, "server"), SplunkSettings(without_models=True)) as ground:
        events = every(3, DAY)
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)
        assert {"clean"} == verdict_on(ledger, DAYS[20])
        assert [] == [one for one in ground.running.journal.entries() if "datamodel" in one.body]


@pytest.mark.parametrize("scope", [one.name for one in PLATFORM.scopes({})])
def test_every_sources_events_can_be_counted_from_the_index_alone(scope: str) -> None:
    """By indexed fields, and by no more of them than its search names: a day that is counted as empty is not searched."""
    bound = sources(PLATFORM.compiler({})).bounds[scope]
    base, terms = bound.native("search"), terms_of(bound)

    assert bool(base) == bool(terms)
    assert terms is None or base.replace(" EventCode=4688", "") == terms


def test_terms_that_would_count_less_are_not_used() -> None:
    """Left out of an OR, or of what is negated, a field makes fewer events and not more."""
    assert [None, None, None, "index=a"] == [
        indexed_terms(text)
        for text in ("index=a (source=b OR x=1)", "index=a OR x=1", "index=a NOT (x=1)", "index=a NOT x=1")
    ]

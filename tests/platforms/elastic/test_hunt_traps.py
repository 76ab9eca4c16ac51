"""Traps of Elasticsearch that lose, double or invent a hit or a clean: each fails if it returns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from sqlalchemy import update

from conformance.hunting.elastic_ground import KIND, MAPPING, STREAM, ElasticGround, elastic_ground
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
from conformance.hunting.hooked import Hooked
from conformance.killed import Killed
from huntline.crew import Line, work
from huntline.hunt.run import Result, hunting
from huntline.ledger.schema import ORDERS
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.facts import Flood
from huntline.model.jsonable import moment_text
from huntline.model.search import Order, Outcome, Page
from huntline.model.window import Window
from lab.elastic.documents import Document, Field, searchable
from lab.elastic.mapping import mapping_of
from lab.elastic.settings import ElasticSettings, Grant, Key
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, Skew, What, When

DAY = timedelta(days=1)
SEARCH = "_eql/search"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[ElasticGround]:
    with elastic_ground(folder(tmp_path, "server")) as made:
        yield made


def once(ground: ElasticGround, what: What, path: str = SEARCH, **when: int | None) -> None:
    ground.running.faults.add(Fault(what, When(path=path, **when)))  # type: ignore[arg-type]


def sent(ground: ElasticGround, path: str = SEARCH) -> list[tuple[dict[str, str], dict[str, object]]]:
    """Return query and body of the requests to a path."""
    entries = ground.running.journal.entries()
    return [
        (dict(one.query), json.loads(one.body)) for one in entries if one.path.endswith(path) and one.method == "POST"
    ]


def test_no_default_that_loses_hits_is_left_to_the_server(ground: ElasticGround, ledger: Ledger) -> None:
    """Size 10, the newest first, partial answers, missing targets: every call says otherwise."""
    ground.plant((*every(3, DAY), *beat()))
    hunt(ground, ledger)
    for query, body in sent(ground):
        assert ("false", "false") == (query["allow_partial_search_results"], query["ignore_unavailable"])
        assert ("head", 10) == (body["result_position"], body["size"])
        assert {"wait_for_completion_timeout", "keep_alive"} <= query.keys()


@pytest.mark.parametrize("version", ["8.19.3", "9.1.0"])
def test_servers_of_8_and_9_are_hunted_alike(tmp_path: Path, ledger: Ledger, version: str) -> None:
    """One client for both: 8.19 is the version that both accept."""
    with elastic_ground(folder(tmp_path, "server"), ElasticSettings(version=version)) as ground:
        events = every(12, timedelta(hours=5))
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)


@pytest.mark.parametrize("bend", ["timed_out", "is_partial", "terminated_early"])
def test_half_an_answer_is_never_clean(
    ground: ElasticGround, ledger: Ledger, bend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only one sign says that every second hit is missing. EQL and coverage have signs of their own."""
    monkeypatch.setattr("huntline_elastic.pages.SHORTEST", 10 * DAY)
    ground.plant((*every(6, DAY), *beat()))
    once(ground, Bend(bend), path="_search|_eql", times=None)
    result = hunt(ground, ledger)

    assert result.incomplete
    assert "clean" not in {v for n in range(62) for v in verdict_on(ledger, START + n * DAY)}


def test_a_store_that_never_answers_in_time_is_not_halved_for_ever(
    ground: ElasticGround, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Down to the millisecond that would be two billion searches; what came in the end is kept."""
    monkeypatch.setattr("huntline_elastic.pages.SHORTEST", 10 * DAY)
    ground.plant((*every(6, DAY), *beat()))
    once(ground, Bend("timed_out"), times=None)
    result = hunt(ground, ledger)
    widths = [one.window.end - one.window.start for one in ground.asked()]

    assert 5 * DAY <= min(widths) <= 10 * DAY
    assert 0 < result.known <= 6


def test_fewer_events_than_the_answer_counts_are_no_whole_answer(ground: ElasticGround, ledger: Ledger) -> None:
    """A cap below the size asked for shows in the total alone."""
    events = every(7, timedelta(hours=1))
    ground.plant((*events, *beat()))
    once(ground, Bend("capped", 4), times=None)
    hunt(ground, ledger)

    assert [one.time for one in events] == found(ledger)


@pytest.mark.parametrize(
    "what",
    [
        Cut("before"),
        Cut("middle"),
        Cut("after"),
        Blank(200),
        Refusal(429),
        Refusal(429, wait=1, as_date=True),
        Refusal(502),
        Refusal(503),
        Refusal(504),
        Refusal(429, "circuit_breaker_transient"),
        Refusal(429, "circuit_breaker_permanent"),
        Refusal(429, "rejected_execution"),
    ],
    ids=str,
)
def test_trouble_of_one_answer_costs_no_hit(ground: ElasticGround, ledger: Ledger, what: What) -> None:
    """Asked again, or for less: what the error means decides, and the window is whole in the end."""
    events = every(3, DAY)
    ground.plant((*events, *beat()))
    once(ground, what)
    result = hunt(ground, ledger)

    assert ([one.time for one in events], 3) == (found(ledger), result.known)
    assert {"clean"} == verdict_on(ledger, START + 20 * DAY)


@pytest.mark.parametrize(
    ("kind", "smaller"), [("circuit_breaker_transient", False), ("circuit_breaker_permanent", True)]
)
def test_a_breaker_says_whether_to_wait_or_to_ask_for_less(
    ground: ElasticGround, ledger: Ledger, kind: str, smaller: bool
) -> None:
    """Memory that is short now comes back; memory that is never there does not."""
    ground.plant(beat())
    once(ground, Refusal(429, kind))
    hunt(ground, ledger)
    widths = {one.window.end - one.window.start for one in ground.asked()}

    assert smaller == (min(widths) < 20 * DAY)


def test_failed_shards_that_come_back_are_no_gap(ground: ElasticGround, ledger: Ledger) -> None:
    ground.plant((*every(3, DAY), *beat()))
    once(ground, Bend("shard_failures"))
    result = hunt(ground, ledger)

    assert 3 == result.known
    assert {"clean"} == verdict_on(ledger, START + 20 * DAY)


def test_the_hits_of_healthy_shards_are_kept_and_the_rest_is_asked_again(ground: ElasticGround, ledger: Ledger) -> None:
    """Strict answers alone would give nothing; lenient ones alone would not tell."""
    ground.plant((*every(1, DAY), *beat()))
    ground.store.add("logs-endpoint.events.process-other", MAPPING, [_document("far", START + 2 * DAY)])
    once(ground, Bend("shard_failures", name="*other*"), times=None)
    first = hunt(ground, ledger)
    ground.running.faults.clear()
    second = hunt(ground, ledger)

    assert (1, 2) == (first.known, second.known)
    assert {"clean"} == verdict_on(ledger, START + 5 * DAY)


def test_an_event_keeps_its_id_when_its_index_is_mounted(ground: ElasticGround, ledger: Ledger) -> None:
    """An index that moves to the frozen tier bears another name; its hits must not double."""
    ground.plant((*every(4, DAY), *beat()))
    hunt(ground, ledger)
    before = {hit.event for hit in case_of(ledger).hits}
    ground.store.move("*", "frozen")
    hunt(ground, ledger, "evil", "vil")

    assert before == {hit.event for hit in case_of(ledger).hits}


def test_equal_ids_in_one_millisecond_of_two_indices_are_two_events(ground: ElasticGround, ledger: Ledger) -> None:
    """An id is unique in its index only: left out by id alone, the other index's event would never be found."""
    moment = START + DAY
    ground.store.add(STREAM, MAPPING, [_document(f"same-{n}", moment) for n in range(15)])
    ground.store.add("logs-endpoint.events.process-other", MAPPING, [_document(f"same-{n}", moment) for n in range(15)])
    result = hunt(ground, ledger)

    assert 30 == result.known


SHORT = {**MAPPING, "process.command_line": Field("keyword", 1024)}
"""A mapping such as that of the integration for Sysmon: command lines are keywords cut at 1,024 characters."""


def _lines(*words: str) -> list[Document]:
    """Return an event an hour."""
    return [_document(f"{n}", START + n * timedelta(hours=1), word=word, mapping=SHORT) for n, word in enumerate(words)]


def test_a_value_too_long_for_its_index_is_found(ground: ElasticGround, ledger: Ledger) -> None:
    """The index does not hold it, so no search finds it; the document does."""
    ground.store.add(STREAM, SHORT, _lines("evil", f"{'x' * 2000} evil", "x" * 2000, *["fine"] * 62 * 24))
    hunt(ground, ledger)

    assert [START, START + timedelta(hours=1)] == found(ledger)
    assert {"clean"} == verdict_on(ledger, START + 20 * DAY)


def test_values_too_long_are_found_where_not_every_shard_tells_of_them(ground: ElasticGround, ledger: Ledger) -> None:
    """Nobody knows then which fields have them; the searches themselves are whole, and their hits are kept."""
    ground.store.add(STREAM, SHORT, _lines("evil", f"{'x' * 2000} evil", *["fine"] * 50))
    once(ground, Bend("terminated_early"), path="/_search", times=None)

    assert 2 == hunt(ground, ledger).known


def test_a_crowd_of_values_too_long_is_found_whole(ground: ElasticGround, ledger: Ledger) -> None:
    """They are asked for apart, and capped as all else is."""
    ground.store.add(STREAM, SHORT, _lines(*["evil", f"{'x' * 2000} evil"] * 20))
    result = hunt(ground, ledger)

    assert ([START + n * timedelta(hours=1) for n in range(40)], 40) == (found(ledger), result.known)


def test_values_too_long_are_counted_once(ground: ElasticGround) -> None:
    """A flood is counted by day, whether an index holds its values or not."""
    ground.store.add(STREAM, SHORT, _lines(*["evil", f"{'x' * 2000} evil"] * 20))
    query, outcome, _ = _counted(ground)

    assert (Flood(query, START.date(), 24), Flood(query, (START + DAY).date(), 16)) == outcome.facts


def test_where_every_value_is_indexed_nothing_is_asked_twice(ground: ElasticGround, ledger: Ledger) -> None:
    ground.store.add(STREAM, SHORT, _lines(*["fine"] * 62 * 24))
    hunt(ground, ledger)

    assert 2 == len(ground.asked())


def test_a_field_that_no_index_maps_is_blind_and_no_error(ground: ElasticGround, ledger: Ledger) -> None:
    """EQL refuses a field that is mapped nowhere, and hurts every detection of the search with it."""
    bare = mapping_of([{**KIND, "host.name": "ws-1"}])
    ground.store.add(STREAM, bare, [_document(f"m-{n}", START + n * DAY, mapping=bare) for n in range(62)])
    result = hunt(ground, ledger)

    assert {"blind"} == verdict_on(ledger, START + 3 * DAY)
    assert not [words for words in result.incomplete if words.startswith("Elastic Defend, processes")]


def test_the_months_before_a_field_was_mapped_are_blind_and_those_after_are_clean(
    ground: ElasticGround, ledger: Ledger
) -> None:
    """A field exists for EQL once any index maps it: the old index looks like one without hits."""
    bare = mapping_of([{**KIND, "host.name": "ws-1"}])
    old = [_document(f"old-{n}", START + n * DAY, mapping=bare) for n in range(31)]
    new = [_document(f"new-{n}", START + n * DAY, word="harmless") for n in range(31, 62)]
    ground.store.add(STREAM, MAPPING, [*old, *new], mappings={"2023-03": bare})
    hunt(ground, ledger)

    assert [{"blind"}, {"clean"}] == [verdict_on(ledger, START + n * DAY) for n in (3, 45)]


def test_late_events_in_newer_indices_are_found(ground: ElasticGround, ledger: Ledger) -> None:
    """Backing indices go by arrival: no index is chosen by its name."""
    ground.plant((*beat(), Planted("late", START + DAY, arrived=START + 50 * DAY)))
    hunt(ground, ledger)

    assert [START + DAY] == found(ledger)


def test_a_flood_is_counted_by_day_and_not_collected(ground: ElasticGround) -> None:
    """By pages that go on in time, so that days are counted whole."""
    ground.plant(every(45, timedelta(hours=1)))
    query, outcome, pages = _counted(ground)

    assert (Flood(query, START.date(), 24), Flood(query, (START + DAY).date(), 21)) == outcome.facts
    assert (5, [()] * 5) == (len(pages), [page.rows for page in pages])


def _counted(ground: ElasticGround) -> tuple[str, Outcome, list[Page]]:
    """Count the matches of a month; return the query's hash, the outcome and all pages."""
    made = means(ground)
    query = next(one for one in made.queries if one.scope == "elastic-defend-process")
    (part,) = [one for one in made.hunter.reach(made.scopes, made.binding, WANTED) if one.state == "searchable"]
    (fused,) = made.compiler.fuse([query], made.binding, part.path)
    order = Order("t", part, Window(START, START + 31 * DAY), fused, 9, "count", "ticket")
    search, cursor = made.hunter.start(order, [query]), None
    pages: list[Page] = []
    while not pages or pages[-1].outcome is None:
        pages.append(search.page(cursor))
        cursor = pages[-1].cursor
    outcome = pages[-1].outcome
    assert outcome is not None
    return query.hash, outcome, pages


def test_a_key_that_may_read_less_than_the_pattern_is_told(tmp_path: Path, ledger: Ledger) -> None:
    """A wildcard shrinks without a word to what the key may read: its silence says nothing of the rest."""
    narrow = Key("narrow", "lab-narrow-secret", grants=(Grant((STREAM,)), Grant(("logs-other-*",))))
    with elastic_ground(folder(tmp_path, "server"), ElasticSettings(keys=(narrow,)), key=narrow) as ground:
        ground.plant((*every(3, DAY), *beat()))
        result = hunt(ground, ledger)

        assert 3 == result.known
        assert "clean" not in {v for n in range(62) for v in verdict_on(ledger, START + n * DAY)}
        assert [words for words in result.incomplete if "may not read all of" in words]


def test_a_key_that_may_read_nothing_is_denied_and_not_clean(tmp_path: Path, ledger: Ledger) -> None:
    nobody = Key("nobody", "lab-nobody-secret", grants=(Grant(("elsewhere-*",)),))
    with elastic_ground(folder(tmp_path, "server"), ElasticSettings(keys=(nobody,)), key=nobody) as ground:
        ground.plant((*every(3, DAY), *beat()))
        hunt(ground, ledger)

        assert {"denied"} == {c.verdict for c in case_of(ledger).cells if c.scope == "elastic-defend-process"}


def test_a_source_that_cannot_be_looked_at_hurts_no_other(ground: ElasticGround, ledger: Ledger) -> None:
    """A pattern of one source that the server will not take is told there, and only there."""
    ground.plant((*every(3, DAY), *beat()))
    once(ground, Refusal(500), path="_resolve/index/logs-zeek", times=None)
    result = hunt(ground, ledger)

    assert (3, {"clean"}) == (result.known, verdict_on(ledger, START + 20 * DAY))
    assert [words for words in result.incomplete if words.startswith("Zeek DNS: 500")]


def test_a_cluster_that_is_skipped_is_not_clean_and_one_that_comes_back_is_searched(
    tmp_path: Path, ledger: Ledger
) -> None:
    """skip_unavailable is the default: a search without the cluster succeeds, and EQL does not say so."""
    with elastic_ground(folder(tmp_path, "server"), cluster="eu") as ground:
        ground.plant((*every(3, DAY), *beat()))
        ground.trouble("away")
        away = hunt(ground, ledger)
        ground.running.faults.clear()
        back = hunt(ground, ledger)

        assert [words for words in away.incomplete if "cluster eu" in words]
        assert (0, 3) == (away.known, back.known)


def test_what_another_cluster_holds_is_found_and_never_clean(tmp_path: Path, ledger: Ledger) -> None:
    """Nobody can say that a cluster was there all the time; asking again would not change that, so nobody does."""
    with elastic_ground(folder(tmp_path, "server"), cluster="eu") as ground:
        ground.plant((*every(3, DAY), *beat()))
        first = hunt(ground, ledger)
        sent = len(ground.asked())
        second = hunt(ground, ledger)

        assert [{"hits"}, {"partial"}] == [verdict_on(ledger, START + n * DAY) for n in (1, 20)]
        assert (3, 3, False, sent) == (first.known, second.known, second.searched, len(ground.asked()))
        assert [words for words in second.incomplete if "make it a tenant of its own" in words]
        assert all("eu:" in one.path for one in ground.running.journal.entries() if one.path.endswith(SEARCH))


def test_a_cluster_that_leaves_and_returns_within_one_search_is_partial(tmp_path: Path, ledger: Ledger) -> None:
    """EQL alone is answered without it: every call before and after says that the cluster is there."""
    with elastic_ground(folder(tmp_path, "server"), cluster="eu") as ground:
        ground.plant((*every(3, DAY), *beat()))
        once(ground, Bend("skipped_cluster", name="eu"), times=None)
        result = hunt(ground, ledger)

        assert (0, {"partial"}) == (result.known, {v for n in range(62) for v in verdict_on(ledger, START + n * DAY)})
        assert [words for words in result.incomplete if "make it a tenant of its own" in words]


def test_a_result_window_of_another_cluster_below_any_default_loses_nothing(tmp_path: Path, ledger: Ledger) -> None:
    """Its settings cannot be read through this cluster; the size that is asked for is one it does not refuse."""
    small = ElasticSettings(max_result_window=5)
    with elastic_ground(folder(tmp_path, "server"), small, cluster="eu") as ground:
        events = every(12, timedelta(hours=5))
        ground.plant((*events, *beat()))
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)


def test_a_result_window_that_shrinks_while_another_cluster_is_searched_is_told(tmp_path: Path, ledger: Ledger) -> None:
    """EQL is answered as if the cluster held nothing; the same size asked of a plain search says that it was left out."""
    with elastic_ground(folder(tmp_path, "server"), cluster="eu") as ground:
        ground.plant((*every(3, DAY), *beat()))
        once(ground, Bend("skipped_cluster", name="eu"), times=None)
        skips = Fault(Bend("skipped_cluster", name="eu"), When(path="/_search", says='"size":10,', times=None))
        ground.running.faults.add(skips)
        first = hunt(ground, ledger)
        ground.running.faults.clear()
        second = hunt(ground, ledger)

        assert [words for words in first.incomplete if "cluster eu skipped" in words]
        assert (0, 3) == (first.known, second.known)


def test_a_remote_scope_that_could_not_be_counted_is_searched_again(tmp_path: Path, ledger: Ledger) -> None:
    """That asking again would not make it clean is no reason never to learn what it holds."""
    with elastic_ground(folder(tmp_path, "server"), cluster="eu") as ground:
        ground.plant((*every(3, DAY), *beat()))
        ground.running.faults.add(Fault(Refusal(500), When(path="_search", says="date_histogram", times=None)))
        first = hunt(ground, ledger)
        ground.running.faults.clear()
        hunt(ground, ledger)

        assert [words for words in first.incomplete if "what is stored could not be asked" in words]
        assert {"elastic-defend-process"} == {row.scope for row in case_of(ledger).coverage if row.events}


def test_late_events_of_another_cluster_are_found(tmp_path: Path, ledger: Ledger) -> None:
    """Only their days are searched again, and what else is there stays as it was."""
    with elastic_ground(folder(tmp_path, "server"), cluster="eu") as ground:
        ground.plant((*every(3, DAY), *beat()))
        hunt(ground, ledger)
        before = len(ground.asked())
        ground.plant([Planted("late", START + 9 * DAY, arrived=datetime.now(UTC))])
        result = hunt(ground, ledger)

        assert (1, 4) == (result.new, result.known)
        assert {Window(START + 9 * DAY, START + 10 * DAY)} == {one.window for one in ground.asked()[before:]}
        assert [{"hits"}, {"partial"}] == [verdict_on(ledger, START + n * DAY) for n in (9, 20)]


def test_nothing_stored_on_another_cluster_is_no_absence_there(tmp_path: Path, ledger: Ledger) -> None:
    """It may have been away when it was asked what it holds."""
    with elastic_ground(folder(tmp_path, "server"), cluster="eu") as ground:
        ground.store.add(STREAM, MAPPING, [_document(f"h-{n}", START + n * DAY, word="fine") for n in range(62)])
        hunt(ground, ledger)

        assert {"partial"} == verdict_on(ledger, START + 20 * DAY)


def test_a_cluster_that_leaves_while_it_is_searched_is_searched_again(tmp_path: Path, ledger: Ledger) -> None:
    """It was there for coverage and for the fields, and its EQL answer is empty and whole."""
    with elastic_ground(folder(tmp_path, "server"), cluster="eu") as ground:
        ground.plant(beat())
        made = means(ground)

        starts = count(1)

        def leaves(name: str) -> None:
            if name == "start" and next(starts) == 4:  # two windows here, where nothing is stored, then two there
                ground.trouble("away")

        watched = replace(made, hunter=Hooked(made.hunter, leaves))
        ((_, end),) = work([Line("t", hunting(watched, WANTED, ledger, lambda _: None), 1)], threads=1)

        before, (early, late) = len(ground.asked()), sorted({one.window for one in ground.asked()})
        ground.running.faults.clear()
        hunt(ground, ledger)
        again = {one.window for one in ground.asked()[before:]}

        assert isinstance(end, Result)
        assert [words for words in end.incomplete if "cluster eu skipped" in words]
        assert set() < again <= {early, late}  # all that could not be counted again either


def test_what_arrives_between_a_search_and_its_taking_up_is_found(ground: ElasticGround, ledger: Ledger) -> None:
    """A search that a killed run began holds nothing that came after it, and it may have gone on for long."""
    ground.plant((*every(3, DAY), *beat()))
    ground.running.faults.add(Fault(Skew(-1_800), When(times=None)))  # half an hour ago
    ground.trouble("slow")
    _killed_at_first_poll(ground, ledger)
    with ledger.write() as connection:
        connection.execute(update(ORDERS).values(opened=moment_text(datetime.now(UTC) - timedelta(minutes=30))))
    ground.running.faults.clear()
    ground.plant([Planted("late", START + 9 * DAY, arrived=datetime.now(UTC) - timedelta(minutes=20))])
    taken_up, after = hunt(ground, ledger), hunt(ground, ledger)

    assert (3, 4) == (taken_up.known, after.known)


def test_a_search_is_not_taken_up_where_no_time_of_arrival_is_kept(ground: ElasticGround, ledger: Ledger) -> None:
    """Its days are counted anew by then, so that nothing would tell what came while it went on."""
    bare = {name: field for name, field in MAPPING.items() if name != "event.ingested"}
    ground.store.add(STREAM, bare, [_document(f"{n}", START + n * DAY, mapping=bare) for n in range(3)])
    ground.trouble("slow")
    _killed_at_first_poll(ground, ledger)
    ground.running.faults.clear()
    ground.plant([Planted("late", START + 9 * DAY)])
    result = hunt(ground, ledger)

    assert (4, 0) == (result.known, ground.left())


def test_what_is_restored_between_a_search_and_its_taking_up_is_found(ground: ElasticGround, ledger: Ledger) -> None:
    """Its time of arrival is old; its day was counted before the search began, and has grown since."""
    ground.plant((*every(3, DAY), *beat()))
    ground.trouble("slow")
    _killed_at_first_poll(ground, ledger)
    ground.running.faults.clear()
    ground.store.ingest(STREAM, [_document("restored", START + 9 * DAY)])
    taken_up, after = hunt(ground, ledger), hunt(ground, ledger)

    assert (3, 4) == (taken_up.known, after.known)


def _killed_at_first_poll(ground: ElasticGround, ledger: Ledger) -> None:
    def before(name: str) -> None:
        if name == "poll":
            raise Killed

    made = means(ground)
    watched = replace(made, hunter=Hooked(made.hunter, before))
    with pytest.raises(Killed):
        list(work([Line("t", hunting(watched, WANTED, ledger, lambda _: None), 1)], threads=1))


def test_an_index_that_goes_between_coverage_and_its_search_is_not_clean(ground: ElasticGround, ledger: Ledger) -> None:
    """Retention takes what was counted: the search that comes after it is whole, and finds nothing."""
    ground.plant((*every(3, DAY), *beat()))
    made, starts = means(ground), count(1)

    def retention(name: str) -> None:
        if name == "start" and next(starts) == 1:
            ground.store.delete("*2023.03*")

    watched = replace(made, hunter=Hooked(made.hunter, retention))
    ((_, end),) = work([Line("t", hunting(watched, WANTED, ledger, lambda _: None), 1)], threads=1)
    first = verdict_on(ledger, START + 20 * DAY)
    hunt(ground, ledger)
    told = [verdict_on(ledger, START + n * DAY) for n in (20, 40)]

    assert isinstance(end, Result)
    assert [words for words in end.incomplete if "went away" in words]
    assert ({"partial"}, [{"no_data"}, {"clean"}]) == (first, told)


def test_the_one_index_that_maps_a_field_goes_before_the_field_is_looked_up(
    ground: ElasticGround, ledger: Ledger
) -> None:
    """The field looks unmapped, so nothing is asked at all; its fill was counted while it was there."""
    bare = mapping_of([{**KIND, "host.name": "ws-1"}])
    old = [_document(f"old-{n}", START + n * DAY, word="harmless") for n in range(31)]
    new = [_document(f"new-{n}", START + n * DAY, mapping=bare) for n in range(31, 62)]
    ground.store.add(STREAM, MAPPING, [*old, *new], mappings={"2023-04": bare, "2023-05": bare})
    made, starts = means(ground), count(1)

    def retention(name: str) -> None:
        if name == "start" and next(starts) == 1:
            ground.store.delete("*2023.03*")

    watched = replace(made, hunter=Hooked(made.hunter, retention))
    list(work([Line("t", hunting(watched, WANTED, ledger, lambda _: None), 1)], threads=1))

    assert {"partial"} == verdict_on(ledger, START + 20 * DAY)


def test_an_index_that_moves_to_another_tier_amid_a_hunt_is_still_there(ground: ElasticGround, ledger: Ledger) -> None:
    """It bears another name from then on; nothing of it is lost."""
    ground.plant((*every(3, DAY), *beat()))
    made, starts = means(ground), count(1)

    def moves(name: str) -> None:
        if name == "start" and next(starts) == 1:
            ground.store.move("*2023.03*", "frozen")

    watched = replace(made, hunter=Hooked(made.hunter, moves))
    list(work([Line("t", hunting(watched, WANTED, ledger, lambda _: None), 1)], threads=1))

    assert [{"clean"}] * 2 == [verdict_on(ledger, START + n * DAY) for n in (20, 40)]


def test_a_busy_server_may_say_when_by_a_date(ground: ElasticGround, ledger: Ledger) -> None:
    """Retry-After is seconds or a date; a date has no fractions, so two seconds are at least one."""
    ground.plant(beat())
    once(ground, Refusal(429, wait=2, as_date=True), times=2)
    hunt(ground, ledger)
    times = sorted(one.at for one in ground.asked())

    assert max(later - earlier for earlier, later in pairwise(times)) >= 1


def test_warnings_of_the_server_are_no_warnings_of_python(ground: ElasticGround, ledger: Ledger) -> None:
    """They would end a run in which warnings are errors, and belong to one request, not to the process."""
    ground.plant((*every(3, DAY), *beat()))
    once(ground, Bend("warning", name="this is old"), path=".*", times=None)

    assert 3 == hunt(ground, ledger).known


def _document(name: str, time: datetime, *, word: str = "evil", mapping: object = MAPPING) -> Document:
    source = {**KIND, "host.name": "ws-1", "process.command_line": word}
    at = round(time.astimezone(UTC).timestamp() * 1000)
    return Document(name, at, at, source, searchable(source, mapping))  # type: ignore[arg-type]

"""Laws of _search: its defaults, paging, points in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.elastic.plant import plant, spread
from lab_tests.elastic.served import MAPPING, RUN, STREAM, Cluster, at, cluster, crowd, holding

BY_TIME = [{"@timestamp": "asc"}]


def found(answer: Any) -> list[str]:
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def paged(there: Cluster, size: int, **first: Any) -> list[str]:
    """Read a point in time to its end, by the newest id each time."""
    pit, after = there.client.open_point_in_time(index=STREAM, keep_alive="1m")["id"], None
    seen: list[str] = []
    for _ in range(20):
        answer = there.client.search(
            pit={"id": pit, "keep_alive": "1m"}, sort=BY_TIME, size=size, search_after=after, **first
        )
        pit, page = answer["pit_id"], answer["hits"]["hits"]
        if not page:
            there.client.close_point_in_time(id=pit)
            return seen
        seen += [hit["_id"] for hit in page]
        after = page[-1]["sort"]
    raise AssertionError(f"no end after {len(seen)} hits")


def test_ten_hits_come_by_default_and_the_total_ends_at_ten_thousand(tmp_path: Path) -> None:
    """size 10, track_total_hits 10,000 [E1]."""
    with cluster(tmp_path, crowd(10_001)) as there:
        some = there.client.search(index=STREAM)
        exact = there.client.search(index=STREAM, track_total_hits=True)["hits"]["total"]
        none = there.client.search(index=STREAM, track_total_hits=False)["hits"]

    assert (10, {"value": 10_000, "relation": "gte"}) == (len(found(some)), some["hits"]["total"])
    assert ({"value": 10_001, "relation": "eq"}, False) == (exact, "total" in none)


def test_from_and_size_end_at_the_result_window(tmp_path: Path) -> None:
    """Beyond it a search is refused (2.3)."""
    with cluster(tmp_path) as there:
        status, _, body = there.http("POST", f"/{STREAM}/_search", {"from": 9_991, "size": 10})

    assert 400 == status
    assert "[10000] but was [10001]" in body["error"]["caused_by"]["reason"]


def test_a_point_in_time_is_read_whole_once_in_order(tmp_path: Path) -> None:
    """search_after over @timestamp and _shard_doc, even where all events share one millisecond (2.3)."""
    with cluster(tmp_path, crowd(250)) as there:
        seen = paged(there, 100)

    assert (250, 250, ()) == (len(seen), len(set(seen)), there.lab.tasks.left())


def test_without_a_point_in_time_pages_lose_what_shares_the_last_millisecond(tmp_path: Path) -> None:
    """The trap that _shard_doc is for."""
    with cluster(tmp_path, crowd(250)) as there:
        first = there.client.search(index=STREAM, size=100, sort=BY_TIME)
        after = first["hits"]["hits"][-1]["sort"]
        second = there.client.search(index=STREAM, size=100, sort=BY_TIME, search_after=after)

    assert (100, []) == (len(found(first)), found(second))


def test_what_arrives_later_is_not_in_a_point_in_time(tmp_path: Path) -> None:
    """It is a snapshot: late data needs another search."""
    with cluster(tmp_path) as there:
        pit = there.client.open_point_in_time(index=STREAM, keep_alive="1m")["id"]
        there.lab.store.ingest(STREAM, plant([at("2023-03-15")], RUN, MAPPING, name="late"))
        inside = there.client.search(pit={"id": pit}, size=0)["hits"]["total"]["value"]
        outside = there.client.search(index=STREAM, size=0)["hits"]["total"]["value"]

    assert (90, 91) == (inside, outside)


def test_the_id_of_a_point_in_time_changes_and_the_old_one_ends_with_its_use(tmp_path: Path) -> None:
    """Always the newest id (2.3); until it is used the old one holds, as an answer may have been lost."""
    with cluster(tmp_path) as there:
        old = there.client.open_point_in_time(index=STREAM, keep_alive="1m")["id"]
        new = there.client.search(pit={"id": old})["pit_id"]
        repeated = there.http("POST", "/_search", {"pit": {"id": old}})[0]
        there.client.search(pit={"id": new})
        gone = there.http("POST", "/_search", {"pit": {"id": old}})

    assert (True, 200, 404) == (old != new, repeated, gone[0])
    assert "search_context_missing_exception" == gone[2]["error"]["caused_by"]["type"]


def test_a_point_in_time_expires_and_needs_its_keep_alive(tmp_path: Path) -> None:
    """A hunter that stops in the middle holds nothing for ever."""
    with cluster(tmp_path) as there:
        assert 400 == there.http("POST", f"/{STREAM}/_pit")[0]
        pit = there.client.open_point_in_time(index=STREAM, keep_alive="1ms")["id"]
        assert 404 == there.http("POST", "/_search", {"pit": {"id": pit}})[0]


def test_a_search_in_a_point_in_time_names_no_index(tmp_path: Path) -> None:
    """Elasticsearch refuses both together (docs)."""
    with cluster(tmp_path) as there:
        pit = there.client.open_point_in_time(index=STREAM, keep_alive="1m")["id"]
        assert 400 == there.http("POST", f"/{STREAM}/_search", {"pit": {"id": pit}})[0]


@pytest.mark.parametrize(("order", "first"), [("asc", "m0-0"), ("desc", "m2-29")])
def test_sort_goes_either_way(order: str, first: str, tmp_path: Path) -> None:
    """Both ends, with the values that search_after takes back."""
    with cluster(tmp_path) as there:
        answer = there.client.search(
            index=STREAM, sort=[{"@timestamp": {"order": order, "format": "strict_date_optional_time"}}], size=1
        )
        after = answer["hits"]["hits"][0]["sort"]
        rest = there.client.search(index=STREAM, sort=[{"@timestamp": order}], size=100, search_after=after)

    assert (first, 89) == (found(answer)[0], len(found(rest)))


def test_the_source_is_nested_and_can_be_cut(tmp_path: Path) -> None:
    """Beats and Agent send objects; a hunter may ask for some fields only."""
    with cluster(tmp_path) as there:
        body = {"size": 1, "_source": ["process.name"], "fields": ["process.*", "@timestamp"]}
        answer = there.http("POST", f"/{STREAM}/_search", body)[2]
        (hit,) = answer["hits"]["hits"]

    assert {"process": {"name": "a.exe"}} == hit["_source"]
    assert {"process.name": ["a.exe"], "process.pid": [7], "@timestamp": ["2023-01-01T00:00:00.000Z"]} == hit["fields"]


def test_an_unmapped_sort_is_an_error(tmp_path: Path) -> None:
    """Unless unmapped_type says what it would have been (docs)."""
    with cluster(tmp_path) as there:
        assert 400 == there.http("POST", f"/{STREAM}/_search", {"sort": ["event.sequence"]})[0]
        known = {"sort": [{"event.sequence": {"order": "asc", "unmapped_type": "long"}}]}
        assert 200 == there.http("POST", f"/{STREAM}/_search", known)[0]


def test_half_a_million_events_are_counted_in_seconds(tmp_path: Path) -> None:
    """The largest window of the laws: planting and asking must be cheap (measured: under two seconds)."""
    documents = plant(spread(500_000, at("2023-03-01"), at("2023-03-31")), RUN, MAPPING, latency=0)
    with cluster(tmp_path, holding(*documents)) as there:
        answer = there.eql('process where process.name : ("x*", "*.com")', size=10_000)[2]
        took = there.running.journal.entries()[-1]

    assert 0 == answer["hits"]["total"]["value"]
    assert took.ended - took.started < 10

"""Laws of counting: histograms with gaps, approximate cardinality, pages of combinations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.elastic.documents import document
from lab.elastic.settings import ElasticSettings
from lab_tests.elastic.served import MAPPING, OTHER, RUN, STREAM, VERSION, Cluster, at, cluster, holding, small


def counted(there: Cluster, query: Any = None, **aggregations: Any) -> Any:
    body = {"size": 0, "aggs": aggregations, **({"query": query} if query else {})}
    return there.http("POST", f"/{STREAM}/_search", body)[2]["aggregations"]


def test_a_histogram_shows_empty_months_between_and_within_its_bounds(tmp_path: Path) -> None:
    """Coverage is asked by min_doc_count 0 and extended_bounds (2.3): a month without data must be there as zero."""
    asked = {"field": "@timestamp", "calendar_interval": "month", "min_doc_count": 0}
    bounded = asked | {"extended_bounds": {"min": "2022-12-01", "max": at("2023-04-30")}}
    with cluster(tmp_path, small(2)) as there:
        there.lab.store.delete("*2023.02*")
        found = counted(there, months={"date_histogram": asked}, more={"date_histogram": bounded})

    months = [(one["key_as_string"][:7], one["doc_count"]) for one in found["months"]["buckets"]]
    assert [("2023-01", 2), ("2023-02", 0), ("2023-03", 2)] == months
    assert [0, 2, 0, 2, 0] == [one["doc_count"] for one in found["more"]["buckets"]]


def test_days_and_fixed_steps_begin_at_utc_midnight(tmp_path: Path) -> None:
    """Verdicts are by UTC day."""
    rows = [
        RUN | {"_id": str(turn), "@timestamp": f"2023-03-10T{hour}Z"}
        for turn, hour in enumerate(("00:00:00", "23:59:59.999"))
    ]
    steps = {
        "day": {"calendar_interval": "day"},
        "half": {"fixed_interval": "12h"},
        "week": {"calendar_interval": "week"},
    }
    with cluster(tmp_path, holding(*(document(row, MAPPING) for row in rows))) as there:
        found = counted(
            there, **{name: {"date_histogram": {"field": "@timestamp", **step}} for name, step in steps.items()}
        )

    days, halves, weeks = (
        [(one["key_as_string"], one["doc_count"]) for one in found[name]["buckets"]] for name in ("day", "half", "week")
    )
    assert [("2023-03-10T00:00:00.000Z", 2)] == days
    assert [("2023-03-10T00:00:00.000Z", 1), ("2023-03-10T12:00:00.000Z", 1)] == halves
    assert [("2023-03-06T00:00:00.000Z", 2)] == weeks


def test_buckets_hold_filters_hosts_and_fills(tmp_path: Path) -> None:
    """All of a day's coverage in one search: how many, of whom, and with which fields."""
    rows = [RUN | {"_id": "a", "@timestamp": 0}, OTHER | {"_id": "b", "@timestamp": 0}, {"_id": "c", "@timestamp": 0}]
    inside = {
        "hosts": {"terms": {"field": "host.name"}},
        "named": {"value_count": {"field": "process.name"}},
        "unnamed": {"missing": {"field": "process.name"}},
        "either": {"filters": {"filters": {"a": {"term": {"process.name": "a.exe"}}, "all": {"match_all": {}}}}},
        "first": {"min": {"field": "@timestamp"}},
        "pid": {"max": {"field": "process.pid"}},
        "never": {"max": {"field": "no.such"}},
    }
    with cluster(tmp_path, holding(*(document(row, MAPPING) for row in rows))) as there:
        found = counted(there, alive={"filter": {"match_all": {}}, "aggs": inside})["alive"]

    assert (3, 2, 1) == (found["doc_count"], found["named"]["value"], found["unnamed"]["doc_count"])
    assert [{"key": "WS-1", "doc_count": 1}, {"key": "WS-2", "doc_count": 1}] == found["hosts"]["buckets"]
    assert (1, 3) == (found["either"]["buckets"]["a"]["doc_count"], found["either"]["buckets"]["all"]["doc_count"])
    assert ("1970-01-01T00:00:00.000Z", 8.0, None) == (
        found["first"]["value_as_string"], found["pid"]["value"], found["never"]["value"],
    )  # fmt: skip


def many(count: int) -> Any:
    rows = (RUN | {"_id": str(turn), "@timestamp": turn, "host.name": f"h{turn:05}"} for turn in range(count))
    return holding(*(document(row, MAPPING) for row in rows))


def test_terms_give_ten_and_the_rest_as_a_number(tmp_path: Path) -> None:
    """A list of hosts from terms is cut at ten by default (docs)."""
    with cluster(tmp_path, many(25)) as there:
        found = counted(there, hosts={"terms": {"field": "host.name"}})["hosts"]

    assert (10, 15) == (len(found["buckets"]), found["sum_other_doc_count"])


def test_cardinality_is_exact_up_to_its_threshold_and_off_beyond(tmp_path: Path) -> None:
    """HyperLogLog++ (docs): a count of hosts must not rest on it."""
    with cluster(tmp_path, many(500)) as there:
        found = counted(there, **{
            name: {"cardinality": {"field": "host.name", "precision_threshold": most}}
            for name, most in (("exact", 500), ("rough", 499))
        })  # fmt: skip

    assert 500 == found["exact"]["value"]
    assert 0 < abs(found["rough"]["value"] - 500) <= 30


def test_composite_pages_through_every_combination_once(tmp_path: Path) -> None:
    """The way to a complete list: ten at a time by default, each page from the last one's key."""
    sources = [
        {"day": {"date_histogram": {"field": "@timestamp", "fixed_interval": "10ms"}}},
        {"host": {"terms": {"field": "host.name"}}},
    ]
    seen: list[Any] = []
    with cluster(tmp_path, many(25)) as there:
        page = counted(there, all={"composite": {"sources": sources}})["all"]
        while page["buckets"]:
            seen += [one["key"]["host"] for one in page["buckets"]]
            page = counted(there, all={"composite": {"sources": sources, "after": page["after_key"]}})["all"]

    assert [f"h{turn:05}" for turn in range(25)] == seen


def test_too_many_buckets_are_refused(tmp_path: Path) -> None:
    """search.max_buckets: coverage by day and host over four years may meet it."""
    with cluster(tmp_path, many(25), ElasticSettings(version=VERSION, max_buckets=20)) as there:
        asked = {"size": 0, "aggs": {"hosts": {"terms": {"field": "host.name", "size": 100}}}}
        status, _, body = there.http("POST", f"/{STREAM}/_search", asked)

    assert (400, "too_many_buckets_exception") == (status, body["error"]["caused_by"]["type"])

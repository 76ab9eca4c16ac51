"""Laws of targets: what a pattern names, what of it is seen, and what is asked of it, on answers written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from huntline.errors import (
    ConfigError,
    Denied,
    HuntlineError,
    QueryRejected,
    Transient,
    Unauthenticated,
    Unreadable,
)
from huntline.model.predicate import Every, Never, Predicate, Some, Test
from huntline.model.window import Window
from huntline.remote import delay
from huntline.translate.compiler import SourceCompiler
from huntline_elastic.client import Answer, Client
from huntline_elastic.coverage import arrived, counted, hosts
from huntline_elastic.dsl import moment, query
from huntline_elastic.faults import Missing, ShardsFailed, TimedOut, TooBig, fault
from huntline_elastic.plugin import PLATFORM
from huntline_elastic.reach import targets_of
from huntline_elastic.terrain import Rights, look, terrain

PATTERN = "logs-a-*"
BACKING = ".ds-logs-a-x-2023.03.01-000001"
STREAM = {"name": "logs-a-x", "backing_indices": [BACKING], "timestamp_field": "@timestamp"}
START = datetime(2023, 3, 1, tzinfo=UTC)


@dataclass(slots=True)
class Said:
    """Stands for a client: answers by the end of the path, and keeps what it was asked."""

    answers: Mapping[str, Any]
    asked: list[tuple[str, Mapping[str, Any] | None]] = field(default_factory=list)

    def ask(self, _method: str, path: str, *, body: Mapping[str, Any] | None = None, **_: Any) -> Answer:
        self.asked.append((path, body))
        told = next(answer for end, answer in self.answers.items() if end in path)
        if isinstance(told, list):
            told = told.pop(0)
        if isinstance(told, HuntlineError):
            raise told
        return Answer({"_shards": {"failed": 0}} | told if path.endswith("_search") else told)


def client(**answers: Any) -> Client:
    return cast(Client, Said(answers))


def resolved(*indices: dict[str, Any], streams: tuple[Any, ...] = (STREAM,)) -> dict[str, Any]:
    return {"indices": list(indices), "aliases": [], "data_streams": list(streams)}


def looked(told: Any, held: frozenset[str] = frozenset({"read", "view_index_metadata"})) -> tuple[str, bool]:
    found = look(client(_resolve=told), PATTERN, "", Rights({PATTERN: held}))
    return found.state, bool(found.hidden)


@pytest.mark.parametrize(
    ("told", "held", "state", "hidden"),
    [
        (resolved({"name": BACKING, "attributes": ["open"]}), {"read", "view_index_metadata"}, "searchable", False),
        (resolved({"name": BACKING, "attributes": ["closed"]}), {"read", "view_index_metadata"}, "searchable", True),
        (resolved({"name": BACKING, "attributes": ["open"]}), set(), "searchable", True),
        (resolved(streams=()), {"read", "view_index_metadata"}, "gone", False),
        (resolved(streams=()), set(), "denied", False),
        (resolved(streams=()), {"read"}, "searchable", True),
        (
            resolved({"name": "other", "attributes": ["open"]}, streams=()),
            {"read", "view_index_metadata"},
            "gone",
            False,
        ),
    ],
)
def test_what_a_search_would_not_see_is_told(told: Any, held: set[str], state: str, hidden: bool) -> None:
    """Closed indices and those a key may not read are left out of a wildcard without a word."""
    assert (state, hidden) == looked(told, frozenset(held))


def test_only_the_patterns_that_name_something_are_searched() -> None:
    """A missing target is an error on some versions and nothing at all on others."""
    told = [resolved({"name": BACKING, "attributes": ["open"]}), resolved(streams=())]
    found = look(client(_resolve=told), f"{PATTERN},logs-b-*,-logs-a-y", "", Rights())

    assert f"{PATTERN},-logs-a-y" == found.path


def caps(**kinds: Any) -> dict[str, Any]:
    return {"fields": {name: {kind: {} for kind in held} for name, held in kinds.items()}}


def test_a_search_asks_for_no_more_than_the_smallest_window_of_its_indices() -> None:
    settings = {"a": {"settings": {"index": {"max_result_window": "500"}}}, "b": {"settings": {}}}
    found = terrain(client(_field_caps=caps(x=["keyword"]), _settings=settings), PATTERN, ["x"])

    assert 500 == found.window


@pytest.mark.parametrize("error", [Denied(""), QueryRejected(""), Unreadable("")])
def test_the_documented_window_holds_where_nobody_says(error: HuntlineError) -> None:
    found = terrain(client(_field_caps=caps(x=["keyword"]), _settings=error), PATTERN, ["x"])

    assert 10_000 == found.window


def test_fields_count_as_mapped_when_any_index_maps_them() -> None:
    told = caps(a=["keyword", "unmapped"], b=["object"], **{"event.ingested": ["date", "unmapped"]})
    found = terrain(client(_field_caps=told, _settings={}), PATTERN, ["a", "b"])

    assert (frozenset({"a", "event.ingested"}), False) == (found.mapped, found.arrivals)


def test_fields_of_indices_that_did_not_answer_are_not_taken_for_unmapped() -> None:
    told = caps(a=["keyword"]) | {"failures": [{"indices": ["x"]}]}
    with pytest.raises(ShardsFailed):
        terrain(client(_field_caps=told, _settings={}), PATTERN, ["a"])


def test_fields_of_a_skipped_cluster_are_not_taken_for_unmapped() -> None:
    away = {"_clusters": {"skipped": 1, "details": {"eu": {"status": "skipped"}}}}
    with pytest.raises(Unreadable):
        terrain(client(_field_caps=caps(), _search=away), f"eu:{PATTERN}", ["a"])


def bound(names: Mapping[str, str] | None = None) -> Any:
    settings = {"sources": {"zeek-dns": {"names": names}}} if names else {}
    compiler = PLATFORM.compiler(settings)
    assert isinstance(compiler, SourceCompiler)
    return compiler.bounds["zeek-dns"]


def test_a_cluster_of_the_settings_is_asked_for_every_pattern_that_names_none() -> None:
    """One part for each: a cluster that is missing is told by its name."""
    found = targets_of(bound({"index": "a-*,us:b-*,-a-old"}), ("eu",))

    assert {"": "a-*,-a-old", "eu": "eu:a-*,-eu:a-old", "us": "us:b-*"} == {one.cluster: one.path for one in found}


def test_clusters_by_wildcard_are_refused() -> None:
    with pytest.raises(ConfigError):
        targets_of(bound({"index": "*:a-*"}), ())


def test_coverage_is_asked_in_few_requests_and_never_in_too_many_buckets() -> None:
    """search.max_buckets refuses more than 65,536, and a request for each field would be thousands."""
    compiler = PLATFORM.compiler({})
    assert isinstance(compiler, SourceCompiler)
    process = compiler.bounds["elastic-defend-process"]
    said = client(_search={"aggregations": {"days": {"buckets": []}}})
    list(counted(said, PATTERN, process, Window(START, START + timedelta(days=1453)), sorted(process.store.fields)))
    bodies = [body for _, body in cast(Said, said).asked if body]
    most = [_days(body) * (1 + _buckets(body["aggs"]["days"]["aggs"])) for body in bodies]

    assert max(most) < 65_536
    assert 1453 == sum(map(_days, bodies))
    assert len(bodies) < 10


def _days(body: Mapping[str, Any]) -> int:
    (window,) = [one["range"]["@timestamp"] for one in body["query"]["bool"]["filter"]]
    return (datetime.fromisoformat(window["lt"]) - datetime.fromisoformat(window["gte"])).days


def _buckets(aggs: Mapping[str, Any]) -> int:
    fields = sum(len(one["aggs"]["filled"]["filters"]["filters"]) for one in aggs.values() if "aggs" in one)
    return len(aggs) + fields


@pytest.mark.parametrize(
    "told",
    [
        {"timed_out": True},
        {"terminated_early": True},
        {"_shards": {"failed": 1}},
        {"_clusters": {"skipped": 1}},
        {"_clusters": {"details": {"eu": {"status": "partial"}}}},
    ],
)
def test_coverage_of_half_an_answer_is_no_coverage(told: dict[str, Any]) -> None:
    """Half the days would make no_data of the others, half the fields blind."""
    said = client(_search=told | {"aggregations": {"days": {"buckets": []}}})
    with pytest.raises((ShardsFailed, Unreadable)):
        list(counted(said, PATTERN, bound(), Window(START, START + timedelta(days=1)), ()))


def test_host_names_are_read_to_the_last_page() -> None:
    """A composite answer gives ten by default, and never all."""
    march = START.timestamp() * 1000
    page = [{"key": {"month": march, "h0": f"10.0.{n // 256}.{n % 256}"}} for n in range(5000)]
    more = [{"key": {"month": march, "h0": None}}, {"key": {"month": march, "h0": "10.9.9.9"}}]
    answers = [
        {"aggregations": {"hosts": {"buckets": page, "after_key": {"h0": "x"}}}},
        {"aggregations": {"hosts": {"buckets": more}}},
    ]
    found = list(hosts(client(_search=answers), PATTERN, bound(), Window(START, START + timedelta(days=31))))

    assert (5001, "10.9.9.9") == (len(found), found[-1].host)


def test_arrivals_are_not_told_where_some_events_keep_none() -> None:
    """An event without a time of arrival could be late and never be seen as such."""
    told = {"aggregations": {"untold": {"doc_count": 1}, "late": {"doc_count": 0, "days": {"buckets": []}}}}

    assert None is arrived(client(_search=told), PATTERN, bound(), Window(START, START + timedelta(days=1)), START)


@pytest.mark.parametrize(
    ("predicate", "asked"),
    [
        (Test("k", "is", ("A",)), {"term": {"k": {"value": "A", "case_insensitive": True}}}),
        (Test("k", "is", ("A",), cased=True), {"term": {"k": {"value": "A"}}}),
        (Test("n", "is", ("3",)), {"term": {"n": {"value": "3"}}}),
        (Test("k", "startswith", ("a",)), {"prefix": {"k": {"value": "a", "case_insensitive": True}}}),
        (Test("k", "endswith", ("a*",)), {"wildcard": {"k": {"value": "*a\\*", "case_insensitive": True}}}),
        (Test("k", "contains", ("a",)), {"wildcard": {"k": {"value": "*a*", "case_insensitive": True}}}),
        (Test("k", "null", ()), {"bool": {"must_not": [{"exists": {"field": "k"}}]}}),
        (Test("k", "exists", ("true",)), {"exists": {"field": "k"}}),
        (Every(()), {"match_all": {}}),
        (Some(()), {"match_none": {}}),
        (Never(Test("k", "null", ())), {"bool": {"must_not": [{"bool": {"must_not": [{"exists": {"field": "k"}}]}}]}}),
    ],
)
def test_populations_are_asked_as_the_matcher_reads_them(predicate: Predicate, asked: dict[str, Any]) -> None:
    assert asked == query(predicate, {"k": "keyword", "n": "long"}.get)


def test_a_test_that_cannot_be_asked_is_refused_and_not_guessed() -> None:
    with pytest.raises(QueryRejected):
        query(Test("k", "regex", ("a",)), {"k": "keyword"}.get)


def test_moments_are_written_to_the_millisecond() -> None:
    assert "2023-03-01T00:00:00.007Z" == moment(START + timedelta(milliseconds=7))


def error(kind: str, **more: Any) -> dict[str, Any]:
    return {"error": {"type": kind, "reason": "r", "root_cause": [{"type": kind, "reason": "r"}]} | more}


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (400, error("verification_exception"), QueryRejected),
        (400, error("parsing_exception"), QueryRejected),
        (400, error("search_phase_execution_exception", caused_by={"type": "too_many_nested_clauses"}), QueryRejected),
        (413, None, QueryRejected),
        (400, error("index_closed_exception"), Missing),
        (401, error("security_exception"), Unauthenticated),
        (403, error("security_exception"), Denied),
        (404, error("index_not_found_exception"), Missing),
        (408, None, TimedOut),
        (504, "gateway", TimedOut),
        (429, error("circuit_breaking_exception", durability="TRANSIENT"), Transient),
        (429, error("x", failed_shards=[{"reason": {"type": "c", "durability": "PERMANENT"}}]), TooBig),
        (429, error("es_rejected_execution_exception"), Transient),
        (500, error("search_phase_execution_exception"), ShardsFailed),
        (503, error("search_phase_execution_exception"), ShardsFailed),
        (503, None, Transient),
        (500, error("null_pointer_exception"), Unreadable),
    ],
)
def test_an_error_means_what_its_status_and_type_say(status: int, body: Any, meaning: type[HuntlineError]) -> None:
    """Texts change between versions; types are part of the API."""
    assert meaning is type(fault(status, body, ""))


def test_the_causes_of_an_error_are_told_once_each() -> None:
    assert "400 a: r" == str(fault(400, error("a", caused_by={"type": "a", "reason": "r"}), ""))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("", None), ("7", 7), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", None)],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: int | None) -> None:
    """A date that has passed asks for no wait."""
    assert (None if seconds is None else timedelta(seconds=seconds)) == delay(header)

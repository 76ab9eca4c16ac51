"""Laws of the query DSL, dates, parameters and filter_path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.elastic.dates import moment, span
from lab.elastic.documents import document, index, iso, source_of
from lab.elastic.errors import Failed, Unbuilt
from lab.elastic.filter_path import filtered
from lab.elastic.mapping import mapping_of
from lab.elastic.query import compile_query, whole
from lab.elastic.settings import HUNTER
from lab_tests.elastic.served import ANY, STREAM, at, cluster
from lab_tests.serve.echo import ask

ROWS: list[dict[str, Any]] = [
    {
        "_id": "1",
        "@timestamp": at("2023-03-01"),
        "n": 1,
        "s": "Ab",
        "source.ip": "10.1.2.3",
        "b": True,
        "l": ["x", "y"],
    },
    {"_id": "2", "@timestamp": at("2023-03-02"), "n": 5, "s": "ab*", "source.ip": "10.9.9.9", "b": False},
    {"_id": "3", "@timestamp": at("2023-03-03"), "event": {"created": "2023-03-03T10:00:00Z"}},
]
MAPPING = mapping_of(ROWS)
DOCUMENTS = [document(row, MAPPING) for row in ROWS]
INDEX = index("i", "i", MAPPING, DOCUMENTS)
NOW = at("2023-03-10T10:30:00")


def found(asked: Any) -> list[str]:
    holds = whole(compile_query(asked, NOW))
    return [one.id for one in INDEX.documents if holds(one, INDEX)]


@pytest.mark.parametrize(("asked", "expected"), [
    ({"match_all": {}}, "123"),
    ({"match_none": {}}, ""),
    ({"term": {"s": "Ab"}}, "1"),
    ({"term": {"s": {"value": "aB", "case_insensitive": True}}}, "1"),
    ({"term": {"s": "ab"}}, ""),
    ({"terms": {"s": ["Ab", "ab*"]}}, "12"),
    ({"terms": {"l": ["y", "z"]}}, "1"),
    ({"term": {"n": "5"}}, "2"),
    ({"term": {"b": True}}, "1"),
    ({"term": {"source.ip": "10.1.0.0/16"}}, "1"),
    ({"term": {"no.such": "x"}}, ""),
    ({"exists": {"field": "s"}}, "12"),
    ({"exists": {"field": "event"}}, "3"),
    ({"exists": {"field": "no"}}, ""),
    ({"ids": {"values": ["1", "3", "9"]}}, "13"),
    ({"wildcard": {"s": {"value": "a*", "case_insensitive": True}}}, "12"),
    ({"prefix": {"s": "A"}}, "1"),
    ({"range": {"n": {"gt": 1, "lte": 5}}}, "2"),
    ({"range": {"event.created": {"gte": "2023-03-03", "lt": "2023-03-04"}}}, "3"),
    ({"range": {"@timestamp": {"gte": "2023-03-02", "lt": "2023-03-03"}}}, "2"),
    ({"range": {"@timestamp": {"gt": "2023-03-02"}}}, "3"),
    ({"range": {"@timestamp": {"lte": "2023-03-02"}}}, "12"),
    ({"range": {"@timestamp": {"lt": "2023-03"}}}, ""),
    ({"range": {"@timestamp": {"gt": at("2023-03-02")}}}, "3"),
    ({"range": {"@timestamp": {"gte": at("2023-03-02"), "lte": at("2023-03-02")}}}, "2"),
    ({"range": {"@timestamp": {"gte": "now-8d/d", "lt": "now"}}}, "23"),
    ({"bool": {"filter": [{"term": {"b": True}}], "must_not": {"term": {"s": "x"}}}}, "1"),
    ({"bool": {"must_not": [{"exists": {"field": "n"}}]}}, "3"),
    ({"bool": {"should": [{"term": {"n": 1}}, {"term": {"n": 5}}]}}, "12"),
    ({"bool": {"should": [{"term": {"n": 1}}], "filter": {"match_all": {}}}}, "123"),
    ({"bool": {"should": [{"term": {"n": 1}}, {"term": {"b": True}}], "minimum_should_match": 2}}, "1"),
    ({"bool": {"must_not": {"range": {"@timestamp": {"gte": "2023-03-02"}}}}}, "1"),
    ({"constant_score": {"filter": {"term": {"n": 5}}}}, "2"),
    (None, "123"),
])  # fmt: skip
def test_a_query_finds_what_the_documentation_says(asked: Any, expected: str) -> None:
    """Gaps in the lab's query language must not pass for gaps in the data."""
    assert list(expected) == found(asked)


@pytest.mark.parametrize("asked", [{"match_phrase": {"s": "a"}}, {"query_string": {"query": "*"}}, {"nested": {}}])
def test_what_the_lab_does_not_run_is_a_defect_of_the_lab(asked: Any) -> None:
    """Never an answer that looks like the platform's."""
    with pytest.raises(Unbuilt):
        found(asked)


def test_what_the_lab_does_not_run_is_kept_in_the_journal(tmp_path: Path) -> None:
    """Every law asserts that there is no violation, so nobody builds on a gap unseen."""
    with pytest.raises(AssertionError, match="match_phrase"), cluster(tmp_path) as there:
        there.eql(filter={"match_phrase": {"process.name": "a"}})


@pytest.mark.parametrize(("text", "up", "format_", "expected"), [
    ("2023-03-01", False, None, "2023-03-01T00:00:00.000Z"),
    ("2023-03-01", True, None, "2023-03-01T23:59:59.999Z"),
    ("2023-03", True, None, "2023-03-31T23:59:59.999Z"),
    ("2023", False, None, "2023-01-01T00:00:00.000Z"),
    ("2023-03-01T10:11:12.5Z", False, None, "2023-03-01T10:11:12.500Z"),
    ("2023-03-01T10:11:12+02:00", False, None, "2023-03-01T08:11:12.000Z"),
    (1677628800123, False, None, "2023-03-01T00:00:00.123Z"),
    ("1677628800123", False, None, "2023-03-01T00:00:00.123Z"),
    ("1677628800", False, "epoch_second", "2023-03-01T00:00:00.000Z"),
    ("now", False, None, "2023-03-10T10:30:00.000Z"),
    ("now/d", False, None, "2023-03-10T00:00:00.000Z"),
    ("now/d", True, None, "2023-03-10T23:59:59.999Z"),
    ("now-1M/M", False, None, "2023-02-01T00:00:00.000Z"),
    ("now/w", False, None, "2023-03-06T00:00:00.000Z"),
    ("2023-03-01||+1d-2h", False, None, "2023-03-01T22:00:00.000Z"),
])  # fmt: skip
def test_a_date_is_read_as_documented(text: Any, up: bool, format_: str | None, expected: str) -> None:
    """A window off by one rounding loses its last second or doubles it."""
    assert expected == iso(moment(text, up=up, now=NOW, format=format_))


def test_a_bad_date_is_refused() -> None:
    """Not read as something else."""
    with pytest.raises(Failed):
        moment("2023-03-01 10:00", up=False, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"), [("30s", 30_000), ("5d", 432_000_000), ("100ms", 100), ("0", 0), ("-1", -1)]
)
def test_durations_are_milliseconds(text: str, expected: int) -> None:
    """As times are written in requests."""
    assert expected == span(text)


@pytest.mark.parametrize(("paths", "expected"), [
    ("a.b", {"a": {"b": 1}}), ("a.*", {"a": {"b": 1, "c": 2}}), ("**.b", {"a": {"b": 1}, "l": [{"b": 3}]}),
    ("-a", {"l": [{"b": 3}, {"d": 4}]}), ("a,-a.b", {"a": {"c": 2}}), ("none", {}),
])  # fmt: skip
def test_filter_path_keeps_what_it_names(paths: str, expected: Any) -> None:
    """A hunter may ask for less, and must not lose what it needs for its verdict."""
    assert expected == filtered({"a": {"b": 1, "c": 2}, "l": [{"b": 3}, {"d": 4}]}, paths)


def test_a_document_is_stored_as_it_was_sent() -> None:
    """Lists stay lists, objects stay objects."""
    assert ["x", "y"] == source_of(DOCUMENTS[0])["l"]
    assert {"ip": "10.1.2.3"} == source_of(DOCUMENTS[0])["source"]


def test_an_unknown_parameter_is_refused_with_a_hint(tmp_path: Path) -> None:
    """Elasticsearch is strict: a misspelt setting never passes for the default."""
    with cluster(tmp_path) as there:
        status, _, body = there.eql(q_ignore_unavailble="false")

    assert (400, "illegal_argument_exception") == (status, body["error"]["type"])
    assert "[ignore_unavailble] -> did you mean [ignore_unavailable]?" in body["error"]["reason"]


def test_an_unknown_member_of_a_body_is_refused(tmp_path: Path) -> None:
    """EQL has no `from` and no search_after (2.3)."""
    with cluster(tmp_path) as there:
        path, asked = f"/{STREAM}/_eql/search", ("from", "search_after", "track_total_hits")
        assert {400} == {there.http("POST", path, {"query": ANY, name: 1})[0] for name in asked}


def test_filter_path_reaches_the_answer(tmp_path: Path) -> None:
    """And what is cut away still keeps the specification's types."""
    with cluster(tmp_path) as there:
        path = f"/{STREAM}/_search?filter_path=hits.hits._id,_shards"
        body = there.http("POST", path, {"size": 1})[2]

    assert {
        "hits": {"hits": [{"_id": "m0-0"}]},
        "_shards": {"total": 3, "successful": 3, "skipped": 0, "failed": 0},
    } == body


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", f"/{STREAM}/_search", 405), ("GET", "/a/b/c/d/e", 400)])
def test_what_is_not_served_is_refused_as_the_platform_does(
    method: str, path: str, status: int, tmp_path: Path
) -> None:
    """A method that is wrong and a path that is not there are told apart."""
    with cluster(tmp_path) as there:
        assert status == there.http(method, path)[0]


@pytest.mark.parametrize("body", [b"{", b"[1]"])
def test_a_body_that_is_no_object_is_refused(body: bytes, tmp_path: Path) -> None:
    """Before anything is searched."""
    with cluster(tmp_path) as there:
        key = f"ApiKey {HUNTER.encoded}"
        status = ask(there.running, f"/{STREAM}/_eql/search", method="POST", body=body, Authorization=key)[0]

    assert 400 == status


@pytest.mark.parametrize(("path", "body"), [
    ("_search", {"collapse": {"field": "host.name"}}), ("_count", {"post_filter": {"match_all": {}}}),
    ("_pit?keep_alive=1m", {"index_filter": {"match_all": {}}}), ("_field_caps?fields=a", {"runtime_mappings": {}}),
])  # fmt: skip
def test_a_member_of_a_body_the_lab_does_not_run_is_a_defect(path: str, body: Any, tmp_path: Path) -> None:
    """Passing over it would be an answer to another question."""
    with pytest.raises(AssertionError, match="Unbuilt"), cluster(tmp_path) as there:
        there.http("POST", f"/{STREAM}/{path}", body)


@pytest.mark.parametrize("query", ["typed_keys=true", "terminate_after=5", "q=a", "expand_wildcards=closed"])
def test_a_parameter_the_lab_does_not_run_is_a_defect_too(query: str, tmp_path: Path) -> None:
    """Passing over it would be an answer to another question."""
    with pytest.raises(AssertionError, match="Unbuilt"), cluster(tmp_path) as there:
        there.http("POST", f"/logs-*/_search?{query}", {})

"""Laws of fields in EQL: unmapped, optional, blind in old months, cut off, and the words of refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.elastic.documents import Field, document
from lab.elastic.mapping import mapping_of
from lab.elastic.settings import ElasticSettings
from lab.elastic.store import Store
from lab_tests.elastic.served import MAPPING, RUN, STREAM, VERSION, at, cluster, holding, ids

WITH_HASH = RUN | {"process.hash.sha256": "ab" * 32}
WHOLE = mapping_of([WITH_HASH])
OLD = mapping_of([WITH_HASH], without=["process.hash.sha256"])
HASHED = f'process where process.hash.sha256 == "{"ab" * 32}"'


def ageing() -> Store:
    """Return a stream whose January lacks the mapping of a field that its documents hold."""
    store = Store()
    rows = [WITH_HASH | {"_id": month, "@timestamp": at(f"{month}-10")} for month in ("2023-01", "2023-02")]
    documents = [document(row, OLD if row["_id"] == "2023-01" else WHOLE) for row in rows]
    store.add(STREAM, WHOLE, documents, mappings={"2023-01": OLD})
    return store


def test_an_unmapped_field_is_an_error_that_names_it(tmp_path: Path) -> None:
    """One rule that names a field this tenant lacks must not take the others with it (2.3)."""
    with cluster(tmp_path) as there:
        status, _, body = there.eql('process where process.name == "a.exe" and\n  no.such == "x"')

    assert (400, "verification_exception") == (status, body["error"]["type"])
    assert "Found 1 problem\nline 2:3: Unknown column [no.such]" == body["error"]["reason"]


def test_a_question_mark_turns_an_unmapped_field_into_null(tmp_path: Path) -> None:
    """No error and no match: silence that says nothing (2.3)."""
    with cluster(tmp_path) as there:
        status, _, body = there.eql('process where ?no.such == "x"')

    assert (200, []) == (status, ids(body))


def test_a_field_mapped_in_one_index_hides_that_another_lacks_it(tmp_path: Path) -> None:
    """Over both months nothing fails, and January's document is not found although it holds the value (2.3)."""
    with cluster(tmp_path, ageing()) as there:
        found = there.eql(HASHED)[2]
        january = there.eql(HASHED, target=".ds-*2023.01*")
        held = there.eql(size=1, result_position="head")[2]["hits"]["events"][0]["_source"]

    assert (["2023-02"], 400) == (ids(found), january[0])
    assert {"hash": {"sha256": "ab" * 32}} == {"hash": held["process"]["hash"]}


def test_field_caps_tells_where_a_field_is_not_mapped(tmp_path: Path) -> None:
    """include_unmapped names the indices, index_filter narrows to the window (2.3)."""
    window = {"index_filter": {"range": {"@timestamp": {"lt": "2023-02-01"}}}}
    with cluster(tmp_path, ageing()) as there:
        path = f"/{STREAM}/_field_caps?fields=process.hash.sha256&include_unmapped=true"
        both = there.http("GET", path)[2]["fields"]["process.hash.sha256"]
        old = there.http("POST", path, window)[2]

    assert ["keyword", "unmapped"] == sorted(both)
    assert [one for one in old["indices"] if "2023.01" in one] == both["unmapped"]["indices"] == old["indices"]
    assert ["unmapped"] == list(old["fields"]["process.hash.sha256"])


def test_a_keyword_longer_than_its_mapping_takes_is_stored_and_never_found(tmp_path: Path) -> None:
    """ignore_above (2.3, mem): a long command line can miss, and `exists` misses it too."""
    rows = [
        RUN | {"_id": str(size), "@timestamp": at("2023-03-01"), "process.name": "x" * size} for size in (1024, 1025)
    ]
    with cluster(tmp_path, holding(*(document(row, MAPPING) for row in rows))) as there:
        found = ids(there.eql('process where process.name : "x*"')[2])
        filled = there.client.count(index=STREAM, query={"exists": {"field": "process.name"}})["count"]
        both = there.eql()[2]["hits"]["total"]["value"]

    assert (["1024"], 1, 2) == (found, filled, both)


def test_what_is_too_long_to_be_indexed_is_told_and_a_runtime_field_reads_it(tmp_path: Path) -> None:
    """`_ignored` names such fields; a runtime field without a script takes its values of the document (docs)."""
    rows = [
        RUN | {"_id": str(size), "@timestamp": at("2023-03-01"), "process.name": "x" * size} for size in (1024, 1025)
    ]
    long = {"terms": {"_ignored": ["process.name"]}}
    with cluster(tmp_path, holding(*(document(row, MAPPING) for row in rows))) as there:
        told = ids(there.eql(filter=long)[2])
        text, runtime = 'process where process.name : "x*"', {"process.name": {"type": "keyword"}}
        found = ids(there.eql(text, filter=long, runtime_mappings=runtime)[2])
        any_of = there.client.count(index=STREAM, query={"exists": {"field": "_ignored"}})["count"]

    assert (["1025"], ["1025"], 1) == (told, found, any_of)


def test_a_text_field_cannot_be_asked(tmp_path: Path) -> None:
    """No text fields in EQL (2.3)."""
    mapping = MAPPING | {"message": Field("match_only_text")}
    store = Store()
    store.add(STREAM, mapping, [document(RUN | {"_id": "a", "@timestamp": 0, "message": "m"}, mapping)])
    with cluster(tmp_path, store) as there:
        status, _, body = there.eql('any where message : "m"')

    assert (400, "verification_exception") == (status, body["error"]["type"])


def test_a_category_needs_its_field(tmp_path: Path) -> None:
    """event.category must exist, or the text says `any where` (2.3)."""
    mapping = mapping_of([{"process.name": "a"}])
    store = Store()
    store.add(STREAM, mapping, [document({"_id": "a", "@timestamp": 0, "process.name": "a"}, mapping)])
    with cluster(tmp_path, store) as there:
        named, whatever = there.eql("process where true"), there.eql("any where true")
        other = there.eql("a where true", event_category_field="process.name")

    assert (400, ["a"], ["a"]) == (named[0], ids(whatever[2]), ids(other[2]))


def test_a_field_of_two_kinds_cannot_be_asked(tmp_path: Path) -> None:
    """A conflict between months refuses the text that asks the field, and only that one."""
    store = Store()
    other = MAPPING | {"process.pid": Field("keyword")}
    rows = [RUN | {"_id": f"{month}", "@timestamp": at(f"2023-0{month}-01")} for month in (1, 2)]
    store.add(STREAM, MAPPING, [document(row, MAPPING) for row in rows], mappings={"2023-02": other})
    with cluster(tmp_path, store) as there:
        assert 400 == there.eql("process where process.pid == 7")[0]
        assert 200 == there.eql('process where process.name == "a.exe"')[0]


@pytest.mark.parametrize(("text", "kind"), [
    ("process where", "parsing_exception"),
    ("process where process.name = 'a'", "parsing_exception"),
    ('process where process.pid : "7"', "verification_exception"),
])  # fmt: skip
def test_a_text_that_is_wrong_is_refused_in_the_platforms_shape(text: str, kind: str, tmp_path: Path) -> None:
    """A fused search that is refused is bisected: the refusal must look as it really does."""
    with cluster(tmp_path) as there:
        status, _, body = there.eql(text)

    assert (400, kind, kind) == (status, body["error"]["type"], body["error"]["root_cause"][0]["type"])


def test_a_text_of_too_many_clauses_is_refused(tmp_path: Path) -> None:
    """The clause limit depends on the heap (mem): a fused text can meet it on one tenant only."""
    text = " or ".join(f'process.name == "{turn}"' for turn in range(12))
    with cluster(tmp_path, None, ElasticSettings(version=VERSION, max_clauses=10)) as there:
        status, _, body = there.eql(f"process where {text}")

    assert (400, "too_many_nested_clauses") == (status, body["error"]["caused_by"]["type"])

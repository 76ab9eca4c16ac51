"""Laws of plain indices: a caller's own list is written by id, read back as sent, and told apart from data streams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import elasticsearch
import pytest

from lab.elastic.settings import HUNTER, ElasticSettings, Grant, Key
from lab_tests.elastic.served import Cluster, cluster

NAME = "huntline-iocs"
WRITER = Key("writer", "w", (Grant(("*",)), Grant(("huntline-*",), frozenset({"all"}))))
DOCUMENT = {
    "@timestamp": "2023-03-29T00:00:00Z",
    "threat": {"indicator": {"type": "domain-name", "url": {"domain": "a.example"}}},
}
MAPPINGS: dict[str, Any] = {
    "_meta": {"hash": "abc"},
    "properties": {"threat": {"properties": {"indicator": {"properties": {"type": {"type": "keyword"}}}}}},
}


def served(folder: Path) -> Any:
    return cluster(folder, None, ElasticSettings(keys=(HUNTER, WRITER)), key=WRITER)


def filled(there: Cluster) -> None:
    there.client.indices.create(index=NAME, mappings=MAPPINGS)
    there.client.bulk(index=NAME, operations=[{"index": {"_id": "1"}}, DOCUMENT, {"index": {"_id": "2"}}, DOCUMENT])


def test_a_document_is_read_back_as_it_was_sent(tmp_path: Path) -> None:
    """Nothing is added to it, and it is found by its fields."""
    with served(tmp_path) as there:
        filled(there)
        query = {"term": {"threat.indicator.url.domain": "a.example"}}
        found = there.client.search(index=NAME, query=query)["hits"]["hits"]
        part = there.client.search(index=NAME, source=["threat.indicator.type"])["hits"]["hits"][0]["_source"]

    assert {"threat": {"indicator": {"type": "domain-name"}}} == part
    assert [("1", DOCUMENT), ("2", DOCUMENT)] == sorted((one["_id"], one["_source"]) for one in found)


def test_writing_an_id_again_replaces_it(tmp_path: Path) -> None:
    """Each line has its own status: made, replaced, refused, deleted, not there."""
    lines = [
        {"index": {"_id": "1"}}, DOCUMENT, {"index": {"_id": "3"}}, DOCUMENT, {"create": {"_id": "1"}}, DOCUMENT,
        {"delete": {"_id": "2"}}, {"delete": {"_id": "9"}},
    ]  # fmt: skip
    with served(tmp_path) as there:
        filled(there)
        said = there.client.bulk(index=NAME, operations=lines)
        there.client.bulk(operations=[{"index": {"_index": NAME, "_id": "1"}}, DOCUMENT])
        count = there.client.count(index=NAME)["count"]

    assert ([200, 201, 409, 200, 404], True, 2) == (
        [one["status"] for row in said["items"] for one in row.values()],
        said["errors"],
        count,
    )


def test_a_mapping_says_what_it_was_told(tmp_path: Path) -> None:
    """Its _meta as a whole; new fields by their values."""
    with served(tmp_path) as there:
        filled(there)
        before = there.client.indices.get_mapping(index=NAME)[NAME]["mappings"]
        there.client.indices.put_mapping(index=NAME, meta={"other": 1})
        after = there.client.indices.get_mapping(index=NAME)[NAME]["mappings"]

    indicator = before["properties"]["threat"]["properties"]["indicator"]["properties"]
    assert ({"hash": "abc"}, {"other": 1}) == (before["_meta"], after["_meta"])
    assert ("keyword", "keyword") == (indicator["type"]["type"], indicator["url"]["properties"]["domain"]["type"])
    assert before["properties"] == after["properties"]


def test_it_is_no_data_stream(tmp_path: Path) -> None:
    """It resolves as an index, by name and by pattern."""
    with served(tmp_path) as there:
        filled(there)
        told = there.client.indices.resolve_index(name="huntline-*")
        streams = there.client.indices.get_data_stream(name="*")["data_streams"]

    assert ([{"name": NAME, "attributes": ["open"]}], []) == (told["indices"], told["data_streams"])
    assert NAME not in {one["name"] for one in streams}


def test_it_is_made_once_and_removed(tmp_path: Path) -> None:
    """Or made by the first document."""
    with served(tmp_path) as there:
        filled(there)
        with pytest.raises(elasticsearch.BadRequestError, match="resource_already_exists_exception"):
            there.client.indices.create(index=NAME)
        there.client.indices.delete(index=NAME)
        gone = there.client.indices.exists(index=NAME)
        there.client.bulk(index=NAME, operations=[{"index": {"_id": "1"}}, DOCUMENT], refresh=True)
        again = there.client.indices.exists(index=NAME)
        with pytest.raises(elasticsearch.NotFoundError):
            there.client.indices.delete(index="huntline-none")

    assert (False, True) == (bool(gone), bool(again))


def test_who_may_not_write_is_refused(tmp_path: Path) -> None:
    """403, with the privilege that is missing; nothing is kept."""
    with served(tmp_path) as there:
        filled(there)
        made = there.http("PUT", "/huntline-x")
        written = there.http("POST", f"/{NAME}/_refresh")
        removed = there.http("DELETE", f"/{NAME}")
        left = there.client.count(index=NAME)["count"]

    assert ([403, 403, 403], 2) == ([one[0] for one in (made, written, removed)], left)
    assert "create_index" in made[2]["error"]["reason"]

"""Laws of saved searches: kept whole, guarded by etags that have to be said, listed at once, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.sentinel.roles import READER
from lab.sentinel.settings import DEPLOYER
from lab.serve.faults import Bend, Fault, When
from lab_tests.sentinel.ruled import Ruled, ruled
from lab_tests.sentinel.served import TABLE_VERSION, Reply

ID = "0b0f7b1e-8a06-5c1f-9c7d-5a4d2f1e6b31"
TAGS = [{"name": "tactics", "value": "Execution"}, {"name": "techniques", "value": "T1059"}]


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Ruled]:
    with ruled(tmp_path) as asked:
        yield asked


def _search(etag: str | None = None, **properties: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {"category": "Hunting Queries", "displayName": "One", "query": "Event", "tags": TAGS}
    said = {name: value for name, value in {**whole, **properties}.items() if value is not None}
    return {"properties": said, **({} if etag is None else {"etag": etag})}


def _ask(there: Ruled, method: str, body: Any = None, name: str = ID, version: str = TABLE_VERSION) -> Reply:
    return there.arm(method, f"/savedSearches/{name}", body, version)


def test_a_search_is_kept_as_it_was_sent(there: Ruled) -> None:
    """Category, tags and all; the language's version is added, unknown fields have gone."""
    made = _ask(there, "PUT", _search(functionAlias="Ours", functionParameters="a:string", huntline="x"))
    read = _ask(there, "GET")

    expected = _search(functionAlias="Ours", functionParameters="a:string", version=2)["properties"]
    assert (200, expected, ID) == (made.status, read.body["properties"], read.body["name"])
    assert made.body == read.body


def test_a_search_that_is_there_is_saved_over_by_its_etag_or_a_star_only(there: Ruled) -> None:
    """409 without one: here silence is no permission, unlike for rules and watchlists."""
    etag = _ask(there, "PUT", _search()).body["etag"]
    codes = [
        _ask(there, "PUT", _search(said, query=f"Event | take {turn}")).status
        for turn, said in enumerate((None, 'W/"old"', etag, etag, "*"))
    ]

    assert ([409, 409, 200, 409, 200], "Event | take 4") == (codes, _ask(there, "GET").body["properties"]["query"])


def test_all_searches_are_listed_at_once(tmp_path: Path) -> None:
    """Of every category, and however short pages are: who looks for hunting queries chooses them."""
    with ruled(tmp_path, page=2) as there:
        for name, category in (("one", "Hunting Queries"), ("two", "Functions"), ("three", "Hunting Queries")):
            _ask(there, "PUT", _search(category=category), name=name)
        said = there.arm("GET", "/savedSearches", version=TABLE_VERSION).body

    assert (["one", "two", "three"], ["value"]) == ([one["name"] for one in said["value"]], list(said))


def test_a_deleted_search_is_gone(there: Ruled) -> None:
    """200, and then there is none; case does not count in its id."""
    _ask(there, "PUT", _search())
    codes = [_ask(there, "DELETE", name=ID.upper()).status, _ask(there, "DELETE").status, _ask(there, "GET").status]

    assert [200, 404, 404] == codes


@pytest.mark.parametrize(
    "said", [{"category": None}, {"displayName": ""}, {"query": 7}, {"tags": [{"name": "x"}]}, {"functionAlias": []}]
)
def test_a_search_with_a_wrong_form_is_not_saved(there: Ruled, said: dict[str, Any]) -> None:
    """400; its query is not judged."""
    assert (400, 404) == (_ask(there, "PUT", _search(**said)).status, _ask(there, "GET").status)


def test_a_search_may_change_between_reading_and_writing(tmp_path: Path) -> None:
    """By script: the etag read is old when the write arrives."""
    with ruled(tmp_path, Fault(Bend("raced"), When(method="PUT", nth=2))) as there:
        etag = _ask(there, "PUT", _search()).body["etag"]

        assert 409 == _ask(there, "PUT", _search(etag)).status


def test_a_reader_may_look_and_not_write(tmp_path: Path) -> None:
    """403; Microsoft Sentinel Contributor may do both."""
    with ruled(tmp_path, application=replace(DEPLOYER, role=READER)) as there:
        assert [403, 403, 404] == [
            _ask(there, "PUT", _search()).status,
            _ask(there, "DELETE").status,
            _ask(there, "GET").status,
        ]


def test_a_searchs_version_is_that_of_tables(there: Ruled) -> None:
    """Not that of rules."""
    _ask(there, "PUT", _search())

    assert [200, 200, 400] == [
        _ask(there, "GET", version=one).status for one in ("2020-08-01", "2025-07-01", "2025-09-01")
    ]

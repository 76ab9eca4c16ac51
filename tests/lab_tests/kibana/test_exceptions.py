"""Laws of exception lists and items: ids, a lock, and what goes with a list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.kibana.app import LISTS
from lab.kibana.settings import KibanaSettings
from lab_tests.kibana.served import kibana

ITEMS = f"{LISTS}/items"
LIST: dict[str, Any] = {"list_id": "known", "name": "Known", "description": "-", "type": "detection"}
ENTRY = {"field": "process.name", "type": "match", "operator": "included", "value": "a.exe"}
ITEM: dict[str, Any] = {
    "list_id": "known", "item_id": "i1", "type": "simple", "name": "A", "description": "-", "entries": [ENTRY],
}  # fmt: skip


def test_a_list_is_kept_with_what_was_not_sent(tmp_path: Path) -> None:
    """Its id, its lock, its stamps."""
    with kibana(tmp_path) as there:
        status, made = there.http("POST", LISTS, LIST)
        read = there.http("GET", f"{LISTS}?list_id=known")
        again = there.http("POST", LISTS, LIST)

    assert (200, "single", 1, [], False) == (
        status,
        *(made[name] for name in ("namespace_type", "version", "tags", "immutable")),
    )
    assert ((200, made), 409) == (read, again[0])


@pytest.mark.parametrize(("path", "body"), [(LISTS, LIST), (ITEMS, ITEM)])
def test_a_write_that_has_seen_another_version_is_refused(path: str, body: dict[str, Any], tmp_path: Path) -> None:
    """Optimistic lock by _version; without it the last write wins."""
    with kibana(tmp_path) as there:
        there.http("POST", LISTS, LIST)
        first = there.http("POST", ITEMS, ITEM)[1] if path == ITEMS else there.http("GET", f"{LISTS}?list_id=known")[1]
        second = there.http("PUT", path, {**body, "name": "B", "_version": first["_version"]})
        stale = there.http("PUT", path, {**body, "name": "C", "_version": first["_version"]})
        blind = there.http("PUT", path, {**body, "name": "D"})

    assert [200, 409, 200] == [second[0], stale[0], blind[0]]
    assert ("B", "D", 409) == (second[1]["name"], blind[1]["name"], stale[1]["status_code"])
    assert first["_version"] != second[1]["_version"] != blind[1]["_version"]
    assert first["created_at"] == blind[1]["created_at"]


def test_an_item_goes_into_a_list_that_is_there(tmp_path: Path) -> None:
    """And only once."""
    with kibana(tmp_path) as there:
        early = there.http("POST", ITEMS, ITEM)
        there.http("POST", LISTS, LIST)
        made, again = there.http("POST", ITEMS, ITEM), there.http("POST", ITEMS, ITEM)

    assert [404, 200, 409] == [early[0], made[0], again[0]]


def test_a_list_goes_with_its_items(tmp_path: Path) -> None:
    """An item alone goes alone."""
    with kibana(tmp_path) as there:
        there.http("POST", LISTS, LIST)
        for name in ("i1", "i2"):
            there.http("POST", ITEMS, ITEM | {"item_id": name})
        there.http("DELETE", f"{ITEMS}?item_id=i1")
        left = [there.http("GET", f"{ITEMS}?item_id={name}")[0] for name in ("i1", "i2")]
        there.http("DELETE", f"{LISTS}?list_id=known")
        gone = there.http("GET", f"{ITEMS}?item_id=i2"), there.http("GET", f"{LISTS}?list_id=known")

    assert ([404, 200], 404, 404) == (left, gone[0][0], gone[1][0])


def test_an_agnostic_list_is_in_every_space(tmp_path: Path) -> None:
    """A single one is in its own."""
    with kibana(tmp_path, settings=KibanaSettings(spaces=("default", "soc"))) as there:
        there.http("POST", LISTS, LIST)
        there.http("POST", LISTS, LIST | {"list_id": "all", "namespace_type": "agnostic"})
        single = there.http("GET", f"{LISTS}?list_id=known", space="soc")
        shared = there.http("GET", f"{LISTS}?list_id=all&namespace_type=agnostic", space="soc")

    assert (404, 200) == (single[0], shared[0])


@pytest.mark.parametrize(("entry", "said"), [
    ({"value": None}, "entries.0.value: Expected string, received null"),
    ({"type": "match_any"}, "entries.0.value: Expected array, received string"),
    ({"type": "matches"}, "entries.0.type: Invalid literal value"),
    ({"operator": "is"}, "entries.0.operator: Invalid enum value. Expected 'excluded' | 'included', received 'is'"),
])  # fmt: skip
def test_an_entry_that_does_not_fit_is_refused(entry: dict[str, Any], said: str, tmp_path: Path) -> None:
    """By its type."""
    with kibana(tmp_path) as there:
        there.http("POST", LISTS, LIST)
        status, body = there.http("POST", ITEMS, ITEM | {"entries": [ENTRY | entry]})

    assert (400, f"[request body]: {said}") == (status, body["message"])

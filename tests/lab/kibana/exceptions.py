"""Exception lists and their items: made, read, replaced under a lock, deleted."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lab.kibana.call import USER, Call, body_of
from lab.kibana.check import invalid, record_of
from lab.kibana.errors import Refused, siem
from lab.kibana.exception_fields import ENTRIES, NEW_ITEM, NEW_LIST, OLD_ITEM, OLD_LIST
from lab.kibana.kinds import problems
from lab.kibana.normal import stamp
from lab.kibana.store import KibanaStore, Space
from lab.serve.exchange import Answer

EMPTY: Mapping[str, Any] = {"os_types": [], "tags": [], "namespace_type": "single"}
CREATED = ("id", "tie_breaker_id", "created_at", "created_by", "immutable")


def create_list(call: Call) -> Answer:
    """POST /api/exception_lists: 409 for a list_id that is known."""
    body = record_of(body_of(call), NEW_LIST)
    place = placed(call.kibana.store, call.space, body.get("namespace_type", "single"))
    if any(one["list_id"] == body.get("list_id") for one in place.lists.values()):
        raise siem(409, f'exception list id: "{body["list_id"]}" already exists')
    return Answer(200, new_list(place, body, by=USER, now=call.now))


def read_list(call: Call) -> Answer:
    """GET /api/exception_lists."""
    place = placed(call.kibana.store, call.space, call.query("namespace_type", "single"))
    return Answer(200, _the(place.lists, call.request.query, "list_id", "exception list"))


def replace_list(call: Call) -> Answer:
    """PUT /api/exception_lists: 409 where `_version` is not that of the list."""
    body = record_of(body_of(call), OLD_LIST)
    place = placed(call.kibana.store, call.space, body.get("namespace_type", "single"))
    old = _the(place.lists, body, "list_id", "exception list")
    return Answer(
        200, _replaced(place.lists, old, {"list_id": old["list_id"], "version": old["version"], **body}, call)
    )


def delete_list(call: Call) -> Answer:
    """DELETE /api/exception_lists: with its items; rules that name it go on naming it (mem)."""
    place = placed(call.kibana.store, call.space, call.query("namespace_type", "single"))
    old = _the(place.lists, call.request.query, "list_id", "exception list")
    drop_list(place, old)
    return Answer(200, old)


def create_item(call: Call) -> Answer:
    """POST /api/exception_lists/items: into a list that is there."""
    body = record_of(body_of(call), NEW_ITEM)
    _entries(body)
    place = placed(call.kibana.store, call.space, body.get("namespace_type", "single"))
    _the(place.lists, {"list_id": body["list_id"]}, "list_id", "exception list")
    if any(one["item_id"] == body.get("item_id") for one in place.items.values()):
        raise siem(409, f'exception list item id: "{body["item_id"]}" already exists')
    return Answer(200, new_item(place, body, by=USER, now=call.now))


def read_item(call: Call) -> Answer:
    """GET /api/exception_lists/items."""
    place = placed(call.kibana.store, call.space, call.query("namespace_type", "single"))
    return Answer(200, _the(place.items, call.request.query, "item_id", "exception list item"))


def replace_item(call: Call) -> Answer:
    """PUT /api/exception_lists/items: 409 where `_version` is not that of the item."""
    body = record_of(body_of(call), OLD_ITEM)
    _entries(body)
    place = placed(call.kibana.store, call.space, body.get("namespace_type", "single"))
    old = _the(place.items, body, "item_id", "exception list item")
    kept = {"comments": old["comments"], "item_id": old["item_id"], "list_id": old["list_id"]}
    return Answer(200, _replaced(place.items, old, {**kept, **body}, call))


def delete_item(call: Call) -> Answer:
    """DELETE /api/exception_lists/items."""
    place = placed(call.kibana.store, call.space, call.query("namespace_type", "single"))
    old = _the(place.items, call.request.query, "item_id", "exception list item")
    del place.items[old["id"]]
    return Answer(200, old)


def placed(store: KibanaStore, space: Space, namespace: str) -> Space:
    """Return where a list lives: in its space, or in all of them."""
    return store.shared if namespace == "agnostic" else space


def new_list(place: Space, body: Mapping[str, Any], *, by: str, now: datetime) -> dict[str, Any]:
    """Keep a new list, stamped."""
    whole = {"list_id": str(uuid.uuid4()), "version": 1, **EMPTY, **body, **_stamped(by, now), "immutable": False}
    return place.lists.setdefault(whole["id"], whole)


def new_item(place: Space, body: Mapping[str, Any], *, by: str, now: datetime) -> dict[str, Any]:
    """Keep a new item, stamped."""
    whole = {"item_id": str(uuid.uuid4()), "comments": [], **EMPTY, **body, **_stamped(by, now)}
    return place.items.setdefault(whole["id"], whole)


def drop_list(place: Space, one: Mapping[str, Any]) -> None:
    """Forget a list and its items."""
    del place.lists[one["id"]]
    for item in items_of(place, one["list_id"]):
        del place.items[item["id"]]


def items_of(place: Space, list_id: str) -> list[dict[str, Any]]:
    return [one for one in place.items.values() if one["list_id"] == list_id]


def exceptions_of(store: KibanaStore, space: Space, rule: Mapping[str, Any], now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the items that except from a rule, without those whose time is over; a list that is gone excepts nothing."""
    for one in rule["exceptions_list"]:
        for item in items_of(placed(store, space, one["namespace_type"]), one["list_id"]):
            if "expire_time" not in item or datetime.fromisoformat(item["expire_time"]) > now:
                yield item


def _replaced(kept: dict[str, Any], old: Mapping[str, Any], body: dict[str, Any], call: Call) -> dict[str, Any]:
    asked = body.pop("_version", old["_version"])
    if asked != old["_version"]:
        raise siem(409, f"[{old['id']}]: version conflict, required {old['_version']}, given {asked}")
    stamps = {name: old[name] for name in CREATED if name in old}
    times = {"updated_at": stamp(call.now), "updated_by": USER, "_version": _next(old["_version"])}
    kept[old["id"]] = {**EMPTY, **body, **stamps, **times}
    return dict(kept[old["id"]])


def _the(kept: Mapping[str, Any], asked: Mapping[str, Any], name: str, word: str) -> dict[str, Any]:
    """Return the list or item of an id, or of the id people see; raises Refused (404, 400 for neither)."""
    field = "id" if asked.get("id") else name
    if not asked.get(field):
        raise siem(400, f"id and {name} need to be defined")  # (mem: one of the two)
    found = next((one for one in kept.values() if one[field] == asked[field]), None)
    if found is None:
        raise _absent(word, field, str(asked[field]))
    return dict(found)


def _absent(word: str, field: str, value: str) -> Refused:
    return siem(404, f'{word} {field}: "{value}" does not exist')


def _entries(body: Mapping[str, Any]) -> None:
    """Refuse an entry of an unknown type, or that lacks what its type needs (facts)."""
    for place, entry in enumerate(body["entries"]):
        record = ENTRIES.get(entry["type"])
        path = f"entries.{place}"
        if record is None:
            raise invalid([f"{path}.type: Invalid literal value"])
        if found := list(problems(entry, record, path)):
            raise invalid(found)


def _stamped(by: str, now: datetime) -> dict[str, Any]:
    at = stamp(now)
    times = {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}
    return {"id": str(uuid.uuid4()), "tie_breaker_id": str(uuid.uuid4()), **times, "_version": _token(1)}


def _token(number: int) -> str:
    """Write a lock as saved objects do: a number nobody should read (mem)."""
    return base64.b64encode(f"[{number},1]".encode()).decode()


def _next(token: str) -> str:
    return _token(int(base64.b64decode(token).decode()[1:].split(",")[0]) + 1)

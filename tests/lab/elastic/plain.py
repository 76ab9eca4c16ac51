"""Plain indices, as a caller's own lists need them: made, written by id, told, removed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from lab.elastic.call import Call, body_of
from lab.elastic.documents import INGESTED, TIME, Document, Field, Index, dotted, index, millis, searchable
from lab.elastic.errors import Failed, Unbuilt, index_not_found, unauthorized
from lab.elastic.mapping import mapping_of
from lab.elastic.security import may_name
from lab.serve.exchange import Answer

ACTIONS = frozenset({"index", "create", "delete"})


def create(call: Call) -> Answer:
    """PUT /{index}: with a mapping and its `_meta` (docs)."""
    name = call.names["index"]
    _need(call, "create_index", "indices:admin/create")
    if find(call, name) is not None:
        raise Failed(400, "resource_already_exists_exception", f"index [{name}] already exists", index=name)
    body = body_of(call, {"mappings", "settings", "aliases"})
    given = body.get("mappings", {})
    made = index(name, name, _mapping(given), (), meta=given.get("_meta"))
    call.cluster.store.hold(made)
    return Answer(200, {"acknowledged": True, "shards_acknowledged": True, "index": name})


def exists(call: Call) -> Answer:
    """HEAD /{index}."""
    _need(call, "view_index_metadata", "indices:admin/get")
    return Answer(200 if find(call, call.names["index"]) else 404, None)


def delete(call: Call) -> Answer:
    """DELETE /{index}."""
    _need(call, "delete_index", "indices:admin/delete")
    _the(call)
    call.cluster.store.delete(call.names["index"])
    return Answer(200, {"acknowledged": True})


def put_mapping(call: Call) -> Answer:
    """PUT /{index}/_mapping: further fields, and another `_meta` in place of the old one (docs)."""
    _need(call, "manage", "indices:admin/mapping/put")
    old, body = _the(call), body_of(call, {"properties", "_meta", "dynamic"})
    mapping = {**old.mapping, **_mapping(body)}
    made = index(old.base, old.stream, mapping, old.documents, meta=body.get("_meta", old.meta))
    call.cluster.store.hold(made)
    return Answer(200, {"acknowledged": True})


def refresh(call: Call) -> Answer:
    """POST /{index}/_refresh: the lab shows every write at once."""
    _need(call, "maintenance", "indices:admin/refresh")
    _the(call)
    return Answer(200, {"_shards": {"total": 1, "successful": 1, "failed": 0}})


def write(call: Call, name: str, lines: list[Any]) -> Answer:
    """Write a bulk of lines into the index, which the first of them makes; each has a status of its own (docs)."""
    _need(call, "index", "indices:data/write/bulk", name)
    held = find(call, name) or index(name, name, _mapping({}), ())
    kept, mapping, items = {one.id: one for one in held.documents}, dict(held.mapping), []
    refused = call.bent("bulk_errors") or 0
    for number, (action, own, source) in enumerate(_written(lines)):
        status, result = _refused(call) if number < refused else _done(kept, mapping, action, own, source)
        items.append({action: {"_index": name, "_id": own, "status": status, **result}})
    call.cluster.store.hold(index(held.base, held.stream, mapping, kept.values(), meta=held.meta))
    return Answer(
        200, {"took": 1, "errors": any("error" in one for each in items for one in each.values()), "items": items}
    )


def find(call: Call, name: str) -> Index | None:
    """Return the plain index of a name, if there is one."""
    return next((one for one in call.cluster.store.indices() if one.plain and one.base == name), None)


def _the(call: Call) -> Index:
    found = find(call, call.names["index"])
    if found is None:
        raise index_not_found(call.names["index"])
    return found


def _done(
    kept: dict[str, Document], mapping: dict[str, Field], action: str, own: str, source: Mapping[str, Any] | None
) -> tuple[int, dict[str, Any]]:
    there = own in kept
    if action == "delete":
        kept.pop(own, None)
        return (200, {"result": "deleted"}) if there else (404, {"result": "not_found"})
    if action == "create" and there:
        reason = f"[{own}]: version conflict, document already exists (current version [1])"
        return 409, {"error": {"type": "version_conflict_engine_exception", "reason": reason}}
    kept[own] = _document(own, source or {}, mapping)
    return (200, {"result": "updated"}) if there else (201, {"result": "created"})


def _refused(call: Call) -> tuple[int, dict[str, Any]]:
    """Refuse one document of a request that succeeds as a whole, by the status that the script names."""
    status = int(call.bent_name("bulk_errors") or 429)
    kind = "es_rejected_execution_exception" if status == 429 else "document_parsing_exception"
    return status, {"error": {"type": kind, "reason": "the lab refuses"}}


def _document(own: str, source: Mapping[str, Any], mapping: dict[str, Field]) -> Document:
    """Make a document; what it was sent as is what is read back. Fields of no mapping get one by their value (docs)."""
    flat = dotted(source)
    for name, field in mapping_of([flat]).items():
        if name in flat:
            mapping.setdefault(name, field)
    at = millis(flat.pop(TIME)) if TIME in flat else 0
    arrived = millis(flat.pop(INGESTED)) if INGESTED in flat else at
    return Document(own, at, arrived, flat, searchable(flat, mapping), source)


def _written(lines: list[Any]) -> Iterator[tuple[str, str, Mapping[str, Any] | None]]:
    rows = iter(lines)
    for row in rows:
        ((action, told),) = row.items()
        if action not in ACTIONS:
            raise Unbuilt(f"the bulk action {action}")
        yield action, str(told.get("_id") or uuid.uuid4().hex[:20]), None if action == "delete" else next(rows)


def _mapping(body: Mapping[str, Any]) -> dict[str, Field]:
    """Read a mapping's properties as flat fields."""
    found: dict[str, Field] = {}
    for name, one in body.get("properties", {}).items():
        if "properties" in one:
            found |= {f"{name}.{inner}": field for inner, field in _mapping(one).items()}
        else:
            found[name] = Field(one["type"], one.get("ignore_above"))
    return found


def _need(call: Call, privilege: str, action: str, name: str = "") -> None:
    index = name or call.names["index"]
    if not may_name(call.key, privilege, index):
        raise unauthorized(action, call.key.id, on=index, granted=f"{privilege},all")

"""Plain indices, as far as somebody keeps lists in them: created with a mapping, filled and emptied in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from lab.elastic.call import Call, body_of
from lab.elastic.documents import Document, Field, document
from lab.elastic.errors import Failed, Unbuilt, unauthorized
from lab.elastic.security import may_name
from lab.serve.exchange import Answer


def create(call: Call) -> Answer:
    """PUT /{index}: with mappings; 400 where the name is taken (docs)."""
    name = call.names["index"]
    if not may_name(call.key, "create_index", name):
        raise unauthorized("indices:admin/create", call.key.id, on=name, granted="create_index,manage,all")
    if any(name in {one.stream, one.name} for one in call.cluster.store.indices()):
        raise Failed(400, "resource_already_exists_exception", f"index [{name}] already exists", index=name)
    mappings = body_of(call, {"mappings"})["mappings"]
    if mappings.keys() != {"dynamic", "properties"} or mappings["dynamic"] != "false":
        raise Unbuilt("dynamic fields of a plain index")
    call.cluster.store.create(name, dict(_fields(mappings["properties"])))
    return Answer(200, {"acknowledged": True, "shards_acknowledged": True, "index": name})


def bulk(call: Call) -> Answer:
    """POST /_bulk: index, create and delete; each item has its own answer, and the whole succeeds whatever they say (docs)."""
    refused = call.bent("bulk_errors") or 0
    status = int(call.bent_name("bulk_errors") or 429)
    items = [
        {kind: _refusal(status, where, name) if number < refused else _done(call, kind, where, name, source)}
        for number, (kind, where, name, source) in enumerate(_operations(call.request.body))
    ]
    failed = any("error" in next(iter(item.values())) for item in items)
    return Answer(200, {"took": 1, "errors": failed, "items": items})


def _done(call: Call, kind: str, where: str, name: str, source: Mapping[str, Any]) -> dict[str, Any]:
    told = {"_index": where, "_id": name}
    if not may_name(call.key, "write", where):
        failed = unauthorized("indices:data/write/bulk", call.key.id, on=where, granted="write,all")
        return {**told, "status": 403, "error": {"type": failed.kind, "reason": failed.reason}}
    held = next((one for one in call.cluster.store.indices() if one.base == where), None)
    if held is None:
        raise Unbuilt(f"an index that makes itself: {where}")
    kept = {one.id: one for one in held.documents}
    if kind == "create" and name in kept:
        error = {"type": "version_conflict_engine_exception", "reason": f"[{name}]: document already exists"}
        return {**told, "status": 409, "error": error}
    known = kept.pop(name, None)
    if kind != "delete":
        kept[name] = _document(name, source, held.mapping)
    call.cluster.store.replace(where, tuple(kept.values()))
    word = ("deleted" if known else "not_found") if kind == "delete" else ("updated" if known else "created")
    return {**told, "result": word, "status": {"created": 201, "not_found": 404}.get(word, 200)}


def _refusal(status: int, where: str, name: str) -> dict[str, Any]:
    kind = "es_rejected_execution_exception" if status == 429 else "document_parsing_exception"
    return {"_index": where, "_id": name, "status": status, "error": {"type": kind, "reason": "the lab refuses"}}


def _operations(body: bytes) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    lines = iter([orjson.loads(line) for line in body.splitlines() if line.strip()])
    for line in lines:
        ((kind, told),) = line.items()
        if kind not in {"index", "create", "delete"}:
            raise Unbuilt(f"the bulk action {kind}")
        yield kind, told["_index"], told["_id"], {} if kind == "delete" else next(lines)


def _document(name: str, source: Mapping[str, Any], mapping: Mapping[str, Field]) -> Document:
    return replace(document({**source, "_id": name}, mapping), stamped=False)


def _fields(properties: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Field]]:
    for name, one in properties.items():
        if "type" in one:
            yield above + name, Field(one["type"], one.get("ignore_above"))
        yield from _fields(one.get("properties", {}), f"{above}{name}.")

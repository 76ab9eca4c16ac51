"""Writing, as far as a stranger who plants events needs it: bulk creation into a data stream, and its removal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from lab.elastic.call import Call
from lab.elastic.documents import INGESTED, TIME, Document, dotted, searchable
from lab.elastic.errors import Failed, Unbuilt, unauthorized
from lab.elastic.mapping import mapping_of
from lab.elastic.security import may_name
from lab.serve.exchange import Answer


def bulk(call: Call) -> Answer:
    """POST /{index}/_bulk: documents of a data stream, which takes nothing but `create`; dynamic fields are mapped (docs)."""
    stream = call.names["index"]
    if not may_name(call.key, "create_doc", stream):
        raise unauthorized("indices:data/write/bulk", call.key.id, granted="create_doc,create,index,write,all")
    rows = list(_rows(call.request.body))
    known = next((one.mapping for one in call.cluster.store.indices() if one.stream == stream), None)
    mapping = known or mapping_of(source for _, source in rows)
    made = [_document(name, source, mapping) for name, source in rows]
    if known:
        call.cluster.store.ingest(stream, made)
    else:
        call.cluster.store.add(stream, mapping, made)
    items = [{"create": {"_index": stream, "_id": one.id, "status": 201}} for one in made]
    return Answer(200, {"took": 1, "errors": False, "items": items})


def delete_stream(call: Call) -> Answer:
    """DELETE /_data_stream/{name}: with all its backing indices (docs)."""
    name = call.names["name"]
    if not may_name(call.key, "delete_index", name):
        raise unauthorized("indices:admin/data_stream/delete", call.key.id, granted="delete_index,manage,all")
    call.cluster.store.delete(f".ds-{name}-*")
    return Answer(200, {"acknowledged": True})


def _rows(body: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    lines = [orjson.loads(line) for line in body.splitlines() if line.strip()]
    for action, source in zip(lines[::2], lines[1::2], strict=True):
        if set(action) != {"create"}:
            raise Unbuilt(f"the bulk action {set(action)}")
        yield str(action["create"]["_id"]), {name: value for name, value in dotted(source).items() if name != "_id"}


def _document(name: str, source: Mapping[str, Any], mapping: Mapping[str, Any]) -> Document:
    if TIME not in source:
        raise Failed(400, "document_parsing_exception", f"data stream timestamp field [{TIME}] is missing")
    at = _millis(source[TIME])
    kept = {key: value for key, value in source.items() if key not in (TIME, INGESTED)}
    arrived = _millis(source[INGESTED]) if INGESTED in source else at
    return Document(name, at, arrived, kept, searchable(kept, mapping))


def _millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)

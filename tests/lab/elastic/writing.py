"""Writing, as far as a stranger who plants events needs it: bulk creation into a data stream, and its removal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from lab.elastic import plain
from lab.elastic.call import Call
from lab.elastic.documents import INGESTED, TIME, Document, dotted, searchable
from lab.elastic.errors import Failed, Unbuilt, unauthorized
from lab.elastic.mapping import mapping_of
from lab.elastic.security import may_name
from lab.serve.exchange import Answer

STREAMS: Final = re.compile(
    r"(logs|metrics|traces|synthetics)-[^-]+-.+"
)  # the patterns of the templates there are (docs)


def bulk(call: Call) -> Answer:
    """POST or PUT /{index}/_bulk, or without an index in the path: as many documents as there are lines.

    A data stream takes nothing but `create`; dynamic fields are mapped (docs). An index that was made as one takes all
    actions, and so does a name no stream's template asks for.
    """
    lines = [orjson.loads(line) for line in call.request.body.splitlines() if line.strip()]
    name = call.names.get("index") or _named(lines)
    if plain.find(call, name) or not STREAMS.match(name):
        return plain.write(call, name, lines)
    return _into_stream(call, name, lines)


def _into_stream(call: Call, stream: str, lines: list[Any]) -> Answer:
    if not may_name(call.key, "create_doc", stream):
        raise unauthorized("indices:data/write/bulk", call.key.id, granted="create_doc,create,index,write,all")
    rows = list(_rows(lines))
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


def _named(lines: list[Any]) -> str:
    """Return the one index all lines name; raises Unbuilt where they name several."""
    names = {told["_index"] for row in lines for told in row.values() if isinstance(told, dict) and "_index" in told}
    if len(names) != 1:
        raise Unbuilt(f"a bulk into {sorted(names)} at once")
    return str(names.pop())


def _rows(lines: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
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

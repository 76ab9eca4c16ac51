"""Documents of a KV store collection: storage/collections/data/{name}, JSON without a feed (docs: RESTkvstore)."""

from __future__ import annotations

import operator
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson

from lab.serve.exchange import Answer
from lab.splunk.call import Call
from lab.splunk.errors import Failed, Unbuilt
from lab.splunk.kv_collections import COLLECTIONS
from lab.splunk.objects import only, writable

JSON: Final = {"Content-Type": "application/json; charset=UTF-8"}
MOST_READ = MOST_SAVED = 50_000  # rows a query gives and documents a batch takes, the first without a word (1.2 [S1])
COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt, "$lte": operator.le, "$ne": operator.ne,
}  # fmt: skip


def found(call: Call) -> Answer:
    """GET the documents that fit a query, 50,000 at most."""
    if "sort" in call.given or "fields" in call.given:
        raise Unbuilt("sorted documents, or some fields of them")
    rows = [row for row in _held(call).values() if _fits(row, _query(call))]
    skip, limit = call.whole("skip", 0), call.whole("limit", 0) or MOST_READ
    return _json(rows[skip : skip + min(limit, MOST_READ)])


def one(call: Call) -> Answer:
    """GET a document by its key."""
    return _json(_held(call)[_key(call)])


def inserted(call: Call) -> Answer:
    """POST a document; one whose key is there is refused (docs)."""
    row = orjson.loads(call.request.body)
    if row.get("_key") in _held(call):
        raise Failed(409, "A document with the same key already exists.")  # words (mem)
    return _json({"_key": _saved(call, [row])[0]}, 201)


def replaced(call: Call) -> Answer:
    """POST a document in the place of another: all of it (docs)."""
    return _json({"_key": _saved(call, [{**orjson.loads(call.request.body), "_key": _key(call)}])[0]})


def saved(call: Call) -> Answer:
    """POST batch_save: each document is made or replaced by its key, 50,000 at most (1.2)."""
    rows = orjson.loads(call.request.body)
    if len(rows) > MOST_SAVED:
        raise Failed(400, f"The batch has {len(rows)} documents; the limit is {MOST_SAVED}.")  # words (lab)
    return _json(_saved(call, rows))


def removed(call: Call) -> Answer:
    """DELETE the documents that fit a query, all without one."""
    held = _written(call)
    for name in [name for name, row in held.items() if _fits(row, _query(call))]:
        del held[name]
    return Answer(200, b"", JSON)


def dropped(call: Call) -> Answer:
    """DELETE a document by its key."""
    name = _key(call)
    del _written(call)[name]
    return Answer(200, b"", JSON)


def _saved(call: Call, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    held, names = _written(call), []
    for row in rows:
        name = str(row.get("_key") or secrets.token_hex(12))
        held[name] = {**row, "_user": call.namespace.owner, "_key": name}
        names.append(name)
    return names


def _held(call: Call) -> dict[str, dict[str, Any]]:
    """Return a user's documents of a collection that may be read (each user of a namespace has their own, docs)."""
    key = only(COLLECTIONS, call).key
    return call.knowledge.documents.setdefault((key, call.namespace.owner), {})


def _written(call: Call) -> dict[str, dict[str, Any]]:
    writable(COLLECTIONS, call)
    return _held(call)


def _key(call: Call) -> str:
    if call.names["key"] not in _held(call):
        raise Failed(404, "Could not find object.")
    return call.names["key"]


def _query(call: Call) -> dict[str, Any]:
    asked: dict[str, Any] = orjson.loads(call.one("query", "{}"))
    return asked


def _fits(row: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    return all(_holds(row, name, wanted) for name, wanted in query.items())


def _holds(row: Mapping[str, Any], name: str, wanted: Any) -> bool:
    if name in {"$and", "$or"}:
        return (all if name == "$and" else any)(_fits(row, part) for part in wanted)
    if isinstance(wanted, Mapping):
        if unknown := set(wanted) - set(COMPARED):
            raise Unbuilt(f"{unknown} in a query of documents")
        return name in row and all(COMPARED[sign](row[name], edge) for sign, edge in wanted.items())
    return bool(row.get(name) == wanted)


def _json(body: Any, status: int = 200) -> Answer:
    return Answer(status, orjson.dumps(body), JSON)

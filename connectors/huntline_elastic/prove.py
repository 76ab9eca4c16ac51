"""A rule over labelled events in a scratch index: that index is all that is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from huntline.model.jsonable import dumps
from huntline.model.pack import Json
from huntline.model.predicate import fields_of
from huntline.model.proof import Proof
from huntline.model.query import Rule
from huntline.translate.translator import Bound

PREFIX = "huntline-proof-"


def proof(rule: Rule, bound: Bound, events: Sequence[Mapping[str, Json]]) -> Proof:
    """Return what makes and fills the index, and the rule's text; the answer is the ids of the documents found.

    Events are native documents and bear `proof_id`, which becomes the document's id. `setup` is two texts: the index's
    name and mappings, as one JSON object for "create index"; and the body of a `_bulk` request, which only creates.
    """
    mappings: Json = {
        "dynamic": False,
        "properties": {field: {"type": kind} for field, kind in _types(rule, bound).items()},
    }
    shape = json.dumps({"mappings": mappings}, sort_keys=True)
    documents = [(str(event["proof_id"]), _document(event, bound)) for event in events]
    index = PREFIX + hashlib.sha256(dumps([shape, rule.text, documents]).encode()).hexdigest()[:16]
    create = json.dumps({"index": index, "mappings": mappings}, sort_keys=True)
    bulk = "".join(_action(index, name) + document for name, document in documents)
    return Proof((create, bulk), rule.text)


def _types(rule: Rule, bound: Bound) -> dict[str, str]:
    """Map every field the rule may name: one that no document has must be mapped, too, or EQL refuses the query."""
    stored = {field for field in bound.store.fields if "*" not in field}
    population = fields_of(bound.store.scope.logsources[rule.logsource])
    fields = sorted({*stored, *bound.overrides.fields.values(), *population, *(read.field for read in rule.reads)})
    known = {field: bound.type_of(field) or "keyword" for field in fields if bound.type_of(field) is not None}
    return {"event.category": "keyword", **known, bound.source.time: "date"}


def _document(event: Mapping[str, Json], bound: Bound) -> str:
    """EQL sorts by time: a document without one would be an error."""
    fields = {key: value for key, value in event.items() if key != "proof_id"}
    return json.dumps({bound.source.time: "1970-01-01T00:00:00Z", **fields}, sort_keys=True) + "\n"


def _action(index: str, name: str) -> str:
    return json.dumps({"create": {"_index": index, "_id": name}}, sort_keys=True) + "\n"

"""The endpoints that tell what data there is: names, streams, phases, fields, limits."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from lab.elastic.call import Call, body_of
from lab.elastic.documents import Field, Index, several
from lab.elastic.names import resolve, shows_hidden, split
from lab.elastic.query import compile_query
from lab.serve.exchange import Answer

VIEW = "view_index_metadata"
OBJECTS = {"object", "nested"}


def resolve_index(call: Call) -> Answer:
    """GET /_resolve/index/{name}: data streams, and backing indices only where hidden ones are asked for (2.3)."""
    found = resolve(call, call.names["name"], privilege=VIEW, action="indices:admin/resolve/index").indices
    hidden = call.names["name"].startswith(".") or shows_hidden(call)
    indices = [
        {"name": one.shown, "attributes": ["hidden", "open"], "data_stream": one.stream}
        for one in found if not one.plain and (hidden or one.name in call.names["name"].split(","))
    ]  # fmt: skip
    indices += [{"name": one.shown, "attributes": ["open"]} for one in found if one.plain]
    streams = [
        {"name": stream, "backing_indices": [one.name for one in mine], "timestamp_field": "@timestamp"}
        for stream, mine in _streams(found) if _stream_asked(stream, call.names["name"])
    ]  # fmt: skip
    return Answer(200, {"indices": indices, "aliases": [], "data_streams": streams})


def data_streams(call: Call) -> Answer:
    """GET /_data_stream/{name}: what ILM has left of each; a generation above the count tells of deletions (2.3)."""
    name = call.names.get("name", "*")
    found = resolve(call, name, privilege=VIEW, action="indices:admin/data_stream/get").indices
    said = [_stream(call, stream, mine) for stream, mine in _streams(found)]
    return Answer(200, {"data_streams": said})


def ilm_explain(call: Call) -> Answer:
    """GET /{index}/_ilm/explain: the phase each index is in."""
    found = resolve(call, call.names["index"], privilege=VIEW, action="indices:admin/ilm/explain").indices
    return Answer(200, {"indices": {one.name: _managed(call, one) for one in found}})


def field_caps(call: Call) -> Answer:
    """GET or POST /{index}/_field_caps: which fields are mapped, and with include_unmapped where they are not (2.3)."""
    body = body_of(call, {"fields", "index_filter"})
    target = resolve(call, call.names.get("index", "_all"), privilege=VIEW, action="indices:data/read/field_caps")
    window = compile_query(body.get("index_filter"), call.now)
    found = tuple(one for one in target.indices if "index_filter" not in body or one.between(window.low, window.high))
    patterns = [part for one in several(body.get("fields", call.given["fields"])) for part in one.split(",") if part]
    names = {name for one in found for name in one.mapping if any(fnmatchcase(name, part) for part in patterns)}
    caps = {name: _caps(name, found, unmapped=call.given["include_unmapped"]) for name in sorted(names)}
    if call.given["include_unmapped"]:
        absent = {part for part in patterns if "*" not in part} - names
        caps |= {name: {"unmapped": _cap("unmapped", ())} for name in sorted(absent) if found}
    return Answer(200, {"indices": [one.shown for one in found], "fields": caps})


def index_settings(call: Call) -> Answer:
    """GET /{index}/_settings: tells the result window to whom it may concern (docs)."""
    found = resolve(call, call.names["index"], privilege=VIEW, action="indices:monitor/settings/get").indices
    window, default = str(call.settings.max_result_window), call.settings.max_result_window == 10_000
    limit = (
        {"index.max_result_window": window} if call.given["flat_settings"] else {"index": {"max_result_window": window}}
    )
    own = {} if default else limit
    defaults = {"defaults": limit if default else {}} if call.given["include_defaults"] else {}
    return Answer(200, {one.name: {"settings": own, **defaults} for one in found})


def mapping(call: Call) -> Answer:
    """GET /{index}/_mapping: types, and how long a keyword may be (2.3)."""
    found = resolve(call, call.names["index"], privilege=VIEW, action="indices:admin/mappings/get").indices
    return Answer(200, {one.name: {"mappings": _meta(one) | _properties(one)} for one in found})


def _meta(index: Index) -> dict[str, Any]:
    return {} if index.meta is None else {"_meta": index.meta}


def _properties(index: Index) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, field in index.mapping.items():
        *above, last = name.split(".")
        place = nested
        for step in above:
            place = place.setdefault("properties", {}).setdefault(step, {})
        place.setdefault("properties", {})[last] = _mapped(field)
    return nested


def _mapped(field: Field) -> dict[str, Any]:
    return {"type": field.type} | ({"ignore_above": field.ignore_above} if field.ignore_above is not None else {})


def _caps(name: str, indices: tuple[Index, ...], *, unmapped: bool) -> dict[str, Any]:
    """Write a field's kinds; each names its indices only where there is more than one kind."""
    by_type: dict[str, list[str]] = {}
    for one in indices:
        field = one.mapping.get(name)
        if field or unmapped:
            by_type.setdefault(field.type if field else "unmapped", []).append(one.shown)
    alone = len(by_type) == 1
    return {kind: _cap(kind, () if alone else where) for kind, where in by_type.items()}


def _cap(kind: str, indices: Iterable[str]) -> dict[str, Any]:
    known = kind not in OBJECTS | {"unmapped"}
    whole = {"type": kind, "metadata_field": False, "searchable": known, "aggregatable": known and "text" not in kind}
    return whole | ({"indices": list(indices)} if indices else {})


def _streams(indices: Iterable[Index]) -> list[tuple[str, list[Index]]]:
    found: dict[str, list[Index]] = {}
    for one in indices:
        if one.plain:
            continue
        found.setdefault(f"{one.cluster}:{one.stream}" if one.cluster else one.stream, []).append(one)
    return sorted(found.items())


def _stream(call: Call, stream: str, indices: list[Index]) -> dict[str, Any]:
    backing = [
        {"index_name": one.name, "index_uuid": f"{abs(hash(one.base)):022x}"[:22], "prefer_ilm": True, "ilm_policy": "logs",
         "managed_by": "Index Lifecycle Management"}
        for one in indices
    ]  # fmt: skip
    return {
        "name": stream,
        "timestamp_field": {"name": "@timestamp"},
        "indices": backing,
        "generation": call.cluster.store.generation(stream),
        "status": "GREEN",
        "template": "logs",
        "ilm_policy": "logs",
        "next_generation_managed_by": "Index Lifecycle Management",
        "prefer_ilm": True,
        "hidden": False,
        "system": False,
        "allow_custom_routing": False,
        "replicated": False,
        "rollover_on_write": False,
        "settings": {},
    }


def _managed(call: Call, index: Index) -> dict[str, Any]:
    return {"index": index.name, "managed": False} if index.plain else _phase(call, index)


def _phase(call: Call, index: Index) -> dict[str, Any]:
    oldest = index.documents[0].ingested if index.documents else call.now
    return {
        "index": index.name,
        "managed": True,
        "policy": "logs",
        "lifecycle_date_millis": oldest,
        "age": f"{(call.now - oldest) / 86_400_000:.2f}d",
        "phase": index.tier,
        "action": "complete",
        "step": "complete",
    }


def _stream_asked(stream: str, target: str) -> bool:
    return any(fnmatchcase(split(stream)[1], split(part)[1]) for part in target.split(","))

"""The endpoints that tell of the cluster: root, licence, settings, remotes, and what data there is where."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from lab.elastic.call import Call, body_of
from lab.elastic.documents import Index, iso, several
from lab.elastic.names import resolve, split
from lab.elastic.query import compile_query
from lab.elastic.security import need
from lab.serve.exchange import Answer

UUID = "labclusterlabcluster00"
OBJECTS = {"object", "nested"}


def root(call: Call) -> Answer:
    """GET /: needs `monitor` (docs)."""
    need(call, "monitor", "cluster:monitor/main")
    version = {
        "number": call.settings.version,
        "build_flavor": "default",
        "build_type": "docker",
        "build_hash": "0" * 40,
        "build_date": "2025-01-01T00:00:00.000Z",
        "build_snapshot": False,
        "lucene_version": "9.12.2" if call.settings.major < 9 else "10.2.2",
        "minimum_wire_compatibility_version": "7.17.0" if call.settings.major < 9 else "8.19.0",
        "minimum_index_compatibility_version": "7.0.0" if call.settings.major < 9 else "8.0.0",
    }
    said = {"name": "lab-0", "cluster_name": call.settings.name, "cluster_uuid": UUID, "version": version}
    return Answer(200, said | {"tagline": "You Know, for Search"})


def license_(call: Call) -> Answer:
    """GET /_license: needs `monitor`; tells what the cluster can do (2.2)."""
    need(call, "monitor", "cluster:monitor/xpack/license/get")
    said = {
        "status": "active",
        "uid": "00000000-0000-4000-8000-000000000000",
        "type": call.settings.license,
        "issue_date": iso(1_669_852_800_000),
        "issue_date_in_millis": 1_669_852_800_000,
        "max_nodes": 1000,
        "max_resource_units": None,
        "issued_to": call.settings.name,
        "issuer": "elasticsearch",
        "start_date_in_millis": -1,
    }
    return Answer(200, {"license": said})


def settings(call: Call) -> Answer:
    """GET /_cluster/settings: needs `monitor`; holds the cluster-wide default of EQL's partial results (2.3)."""
    need(call, "monitor", "cluster:monitor/settings")
    name, held = "xpack.eql.default_allow_partial_results", call.settings.default_allow_partial
    persistent = {} if held is None else _setting(call, name, str(held).lower())
    said = {"persistent": persistent, "transient": {}}
    if call.given["include_defaults"]:
        remotes = {f"cluster.remote.{one.name}.skip_unavailable": one.skip_unavailable for one in call.settings.remotes}
        defaults = {name: "true"} if held is None else {}
        defaults |= {"search.max_buckets": str(call.settings.max_buckets)}
        defaults |= {remote: str(skip).lower() for remote, skip in remotes.items()}
        said["defaults"] = {}
        for setting, value in defaults.items():
            _merge(said["defaults"], _setting(call, setting, value))
    return Answer(200, said)


def remotes(call: Call) -> Answer:
    """GET /_remote/info: needs `monitor`; the only place that tells of skip_unavailable beforehand [E15]."""
    need(call, "monitor", "cluster:monitor/remote/info")
    said = {
        one.name: {
            "connected": one.connected and call.bent_name("skipped_cluster") not in {one.name, ""},
            "mode": "sniff",
            "seeds": ["127.0.0.1:9300"],
            "num_nodes_connected": int(one.connected),
            "max_connections_per_cluster": 3,
            "initial_connect_timeout": "30s",
            "skip_unavailable": one.skip_unavailable,
        }
        for one in call.settings.remotes
    }
    return Answer(200, said)


def resolve_index(call: Call) -> Answer:
    """GET /_resolve/index/{name}: data streams, and backing indices only where hidden ones are asked for (2.3)."""
    found = resolve(
        call, call.names["name"], privilege="view_index_metadata", action="indices:admin/resolve/index"
    ).indices
    hidden = _hidden(call, call.names["name"])
    indices = [
        {"name": one.shown, "attributes": ["hidden", "open"], "data_stream": one.stream}
        for one in found if hidden or one.name in call.names["name"].split(",")
    ]  # fmt: skip
    streams = [
        {"name": stream, "backing_indices": [one.name for one in mine], "timestamp_field": "@timestamp"}
        for stream, mine in _streams(found) if _stream_asked(stream, call.names["name"])
    ]  # fmt: skip
    return Answer(200, {"indices": indices, "aliases": [], "data_streams": streams})


def data_streams(call: Call) -> Answer:
    """GET /_data_stream/{name}: what ILM has left of each; a generation above the count tells of deletions (2.3)."""
    name = call.names.get("name", "*")
    found = resolve(call, name, privilege="view_index_metadata", action="indices:admin/data_stream/get").indices
    said = [_stream(call, stream, mine) for stream, mine in _streams(found)]
    return Answer(200, {"data_streams": said})


def ilm_explain(call: Call) -> Answer:
    """GET /{index}/_ilm/explain: the phase each index is in."""
    found = resolve(
        call, call.names["index"], privilege="view_index_metadata", action="indices:admin/ilm/explain"
    ).indices
    return Answer(200, {"indices": {one.name: _phase(call, one) for one in found}})


def field_caps(call: Call) -> Answer:
    """GET or POST /{index}/_field_caps: which fields are mapped, and with include_unmapped where they are not (2.3)."""
    body = body_of(call)
    target = resolve(
        call, call.names.get("index", "_all"), privilege="view_index_metadata", action="indices:data/read/field_caps"
    )
    window = compile_query(body.get("index_filter"), call.now)
    found = tuple(one for one in target.indices if "index_filter" not in body or one.between(window.low, window.high))
    patterns = [part for one in several(body.get("fields", call.given["fields"])) for part in one.split(",") if part]
    names = {name for one in found for name in one.mapping if any(fnmatchcase(name, part) for part in patterns)}
    caps = {name: _caps(name, found, unmapped=call.given["include_unmapped"]) for name in sorted(names)}
    if call.given["include_unmapped"]:
        absent = {part for part in patterns if "*" not in part} - names
        caps |= {name: {"unmapped": _cap("unmapped", ())} for name in sorted(absent) if found}
    return Answer(200, {"indices": [one.shown for one in found], "fields": caps})


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


def _hidden(call: Call, target: str) -> bool:
    return target.startswith(".") or bool({"all", "hidden"} & set(call.given["expand_wildcards"].split(",")))


def _stream_asked(stream: str, target: str) -> bool:
    return any(fnmatchcase(split(stream)[1], split(part)[1]) for part in target.split(","))


def _setting(call: Call, name: str, value: str) -> dict[str, Any]:
    if call.given["flat_settings"]:
        return {name: value}
    nested: Any = value
    for part in reversed(name.split(".")):
        nested = {part: nested}
    return dict(nested)


def _merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value

"""The endpoints that tell of the cluster: root, licence, settings, remotes."""

from __future__ import annotations

from typing import Any

from lab.elastic.call import Call
from lab.elastic.documents import iso
from lab.elastic.security import need
from lab.serve.exchange import Answer

UUID = "labclusterlabcluster00"


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

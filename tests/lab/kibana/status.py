"""What Kibana tells of itself and of its caller: version, spaces, privileges."""

from __future__ import annotations

from fnmatch import fnmatchcase

from lab.elastic.security import may_name, may_use
from lab.elastic.settings import Key
from lab.kibana.call import USER, Call
from lab.kibana.errors import siem
from lab.serve.exchange import Answer

KIBANA = "kibana-.kibana"
# The Security feature's ids over the versions; a key that names an old one keeps its meaning (mem).
FEATURES = ("siem", "siemV2", "siemV3", "siemV4", "siemV5")
ASKED = ("create", "create_doc", "index", "maintenance", "manage", "read", "view_index_metadata", "write")


def status(call: Call) -> Answer:
    """GET /api/status: the version, by which a client tells 8.19 from 9.x (facts)."""
    level = {"level": "available", "summary": "All services and plugins are available"}
    version = {
        "number": call.kibana.settings.version,
        "build_hash": "0" * 40,
        "build_number": 1,
        "build_snapshot": False,
        "build_flavor": "traditional",
        "build_date": "2026-01-01T00:00:00.000Z",
    }
    told = {"name": "lab", "uuid": "5b2de169-2785-441b-ae8c-186a1936b17d", "version": version}
    return Answer(200, {**told, "status": {"overall": level, "core": {}, "plugins": {}}, "metrics": {}})


def spaces(call: Call) -> Answer:
    """GET /api/spaces/space: those in which the key may do anything at all."""
    own = [name for name in call.kibana.store.spaces if _may_anything(call.key, name)]
    return Answer(200, [{"id": name, "name": name, "disabledFeatures": []} for name in own])


def privileges(call: Call) -> Answer:
    """GET /api/detection_engine/privileges: what the key may do with the space's alerts, as Elasticsearch tells (source)."""
    name = f".alerts-security.alerts-{call.space.name}"
    held = {one: may_name(call.key, one, name) for one in ASKED}
    said = {"username": USER, "has_all_requested": all(held.values()), "cluster": {}, "index": {name: held}}
    return Answer(200, {**said, "application": {}, "is_authenticated": True, "has_encryption_key": True})


def alerts_index(call: Call) -> Answer:
    """GET /api/detection_engine/index: the alerts' index of the space."""
    name = f".alerts-security.alerts-{call.space.name}"
    if not may_name(call.key, "view_index_metadata", name):
        raise siem(403, f"[security_exception] action is unauthorized on indices [{name}]")
    return Answer(200, {"name": name, "index_mapping_outdated": False})


def level(key: Key, space: str) -> str:
    """Return what a key may do with Security in a space: "all", "read" or ""."""
    for word in ("all", "read"):
        if any(may_use(key, KIBANA, f"feature_{one}.{word}", f"space:{space}") for one in FEATURES):
            return word
    return ""


def _may_anything(key: Key, space: str) -> bool:
    return any(
        grant.name == KIBANA and any(fnmatchcase(f"space:{space}", pattern) for pattern in grant.resources)
        for grant in key.applications
    )

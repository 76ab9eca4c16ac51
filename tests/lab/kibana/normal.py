"""What Kibana makes of a rule it is given: defaults, stamps, and what counts as a change."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

# (source: apply_rule_defaults); `license` and `meta` have none and stay away.
DEFAULTS: Final[Mapping[str, Any]] = {
    "enabled": False,
    "risk_score_mapping": [],
    "severity_mapping": [],
    "interval": "5m",
    "to": "now",
    "from": "now-6m",
    "exceptions_list": [],
    "false_positives": [],
    "max_signals": 100,
    "actions": [],
    "related_integrations": [],
    "required_fields": [],
    "setup": "",
    "references": [],
    "threat": [],
    "tags": [],
    "author": [],
    "output_index": "",
    "version": 1,
}
BY_TYPE: Final[Mapping[str, Mapping[str, Any]]] = {
    "threat_match": {"language": "kuery", "threat_indicator_path": "threat.indicator"},
    "query": {"language": "kuery", "query": ""},
}
STAMPS: Final = ("id", "rule_id", "immutable", "rule_source", "revision", "created_at", "created_by")
# Fields whose change leaves the revision alone (source: the alerting rules client): a switched-off rule is not told by it.
SILENT: Final = frozenset({"enabled", "updated_at", "updated_by", "execution_summary", *STAMPS})
# Roots of the Elastic Common Schema, which `required_fields` are marked by (lab: Kibana has the whole list of fields).
ECS: Final = frozenset(
    {"@timestamp", "agent", "client", "cloud", "container", "data_stream", "destination", "dll", "dns", "ecs", "event"}
    | {"file", "group", "hash", "host", "http", "log", "message", "network", "observer", "organization", "package"}
    | {"process", "registry", "related", "rule", "server", "service", "source", "tags", "threat", "tls", "url", "user"}
    | {"user_agent", "vulnerability", "x509"}
)
FREQUENCY: Final[Mapping[str, Any]] = {"summary": True, "notifyWhen": "onActiveAlert", "throttle": None}


def completed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule with everything Kibana fills in where nothing was sent; stamps are not among it."""
    rule = copy.deepcopy({**DEFAULTS, **BY_TYPE.get(body["type"], {}), **body})
    rule["required_fields"] = [{**one, "ecs": one["name"].split(".")[0] in ECS} for one in rule["required_fields"]]
    rule["threat"] = [{**one, "technique": one.get("technique", [])} for one in rule["threat"]]  # (mem)
    rule["actions"] = actions(rule["actions"])
    rule.pop("id", None)
    return rule


def created(body: Mapping[str, Any], *, by: str, now: datetime) -> dict[str, Any]:
    """Return a new custom rule, stamped."""
    at = stamp(now)
    return {
        **completed(body),
        "id": str(uuid.uuid4()),
        "rule_id": body.get("rule_id") or str(uuid.uuid4()),
        "immutable": False,
        "rule_source": {"type": "internal"},
        "revision": 0,
        "created_at": at,
        "created_by": by,
        "updated_at": at,
        "updated_by": by,
    }


def replaced(old: Mapping[str, Any], body: Mapping[str, Any], *, by: str, now: datetime) -> dict[str, Any]:
    """Return a rule whose unsent fields are reset, but for `enabled` and `version`, which stay (source)."""
    kept = {name: old[name] for name in ("enabled", "version")}
    return rewritten(old, completed({**kept, **body}), by=by, now=now)


def patched(old: Mapping[str, Any], change: Mapping[str, Any], *, by: str, now: datetime) -> dict[str, Any]:
    """Return a rule with only the sent fields changed."""
    return rewritten(old, completed({**content(old), **change}), by=by, now=now)


def rewritten(old: Mapping[str, Any], new: Mapping[str, Any], *, by: str, now: datetime) -> dict[str, Any]:
    """Stamp new content of an old rule: the revision grows only where something changed, the time always (source)."""
    stamps = {name: old[name] for name in (*STAMPS, "execution_summary") if name in old}
    rule = {**new, **stamps, "updated_at": stamp(now), "updated_by": by}
    return {**rule, "revision": old["revision"] + differs(old, rule)}


def differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether a field that the revision counts has changed."""
    return any(old.get(name) != new.get(name) for name in {*old, *new} - SILENT)


def content(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored rule as it could be sent: without stamps, and without what Kibana adds to required fields."""
    own = {
        name: value for name, value in rule.items() if name not in {*SILENT, "execution_summary"} or name == "enabled"
    }
    own["required_fields"] = [{"name": one["name"], "type": one["type"]} for one in rule["required_fields"]]
    return own


def stamp(now: datetime) -> str:
    """Write a time as Kibana does: UTC, milliseconds."""
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def actions(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Fill in each action's group, frequency and id of its own (mem)."""
    return [{"group": "default", "frequency": dict(FREQUENCY), "uuid": str(uuid.uuid4()), **one} for one in given]

"""An analytics rule as the service gives it back, beside what we want of it: what is ours, and what is the customer's.

Fields and defaults: Azure/azure-rest-api-specs, SecurityInsights AlertRules 2025-09-01. The prefix of a rule that the service
switched off: Microsoft Learn, "Troubleshooting analytics rules".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, State
from huntline.model.mark import RETIRED, Mark, marks_in
from huntline.model.pack import Json
from huntline.model.paths import with_values
from huntline_sentinel.artifact import KIND, comment, duration, id_of

SAID = (
    "displayName",
    "description",
    "severity",
    "query",
    "queryFrequency",
    "queryPeriod",
    "triggerOperator",
    "triggerThreshold",
    "eventGroupingSettings",
    "incidentConfiguration",
    "tactics",
    "techniques",
    "entityMappings",
)
"""The fields that are ours. `artifact` writes suppression, too, since a rule must have it; from then on it is the customer's."""

SUPPRESSION = ("suppressionEnabled", "suppressionDuration")
STAMPED = frozenset(("lastModifiedUtc",))
AUTO_DISABLED = "AUTO DISABLED"
NO_GROUPS: Mapping[str, Json] = {
    "enabled": False,
    "reopenClosedIncident": False,
    "lookbackDuration": "PT5H",
    "matchingMethod": "AllEntities",
}
LISTS = ("groupByEntities", "groupByAlertDetails", "groupByCustomDetails")
SPAN = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:\.0+)?S)?)?"
)


def normal(artifact: Artifact) -> dict[str, Json]:
    """Return the managed fields of a rule we want, as they are read back."""
    return _managed(cast(Mapping[str, Any], artifact.body["properties"]))


def deployed(rule: Mapping[str, Any]) -> Deployed:
    """Read a rule as the service gives it. A mark at the id made of its key is home; else the rule is a copy of it."""
    told, rule_id = rule.get("properties") or {}, str(rule["name"])
    marks = [mark for line in _head(told.get("query") or "") for mark in marks_in(line)]
    mark = next((one for one in marks if id_of(one.key) == rule_id), marks[0] if marks else None)
    state, words = _state(told)
    stamped = rule.get("systemData") or {}
    return Deployed(
        kind=KIND,
        remote_id=rule_id,
        name=str(told.get("displayName") or rule_id),
        mark=mark,
        home=mark is not None and id_of(mark.key) == rule_id,
        managed=_managed(told),
        whole=dict(rule),
        revision=str(rule.get("etag") or told.get("lastModifiedUtc") or "unknown"),
        state=state,
        changed_by=str(stamped.get("lastModifiedBy") or ""),
        changed_at=moment_of(told.get("lastModifiedUtc")),
        words=words,
    )


def wanted(artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> dict[str, Any]:
    """Return the whole body to be sent: what is ours, over what the customer's rule has besides. PUT drops what it lacks."""
    ours = with_values(normal(artifact), instead)
    ours["query"] = f"{comment(str(artifact.mark))}\n{ours['query']}"
    properties = cast(Mapping[str, Json], artifact.body["properties"])
    first = {name: properties[name] for name in SUPPRESSION if name in properties}
    kept = written(over.whole)["properties"] if over else {}
    return {"kind": KIND, "properties": _told({**first, **kept, **ours, "enabled": on})}


def retired(over: Deployed) -> dict[str, Any]:
    """Return the body of a rule that is switched off and marked for good."""
    body = written(over.whole)
    mark = f"{comment(str(Mark(over.mark.key, RETIRED)))}\n" if over.mark else ""
    query = f"{mark}{_unmarked(str(body['properties'].get('query') or ''))}"
    return {**body, "properties": {**body["properties"], "enabled": False, "query": query}}


def written(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of a rule that a body may say, but for its etag."""
    told = whole.get("properties") or {}
    return {
        "kind": whole["kind"],
        "properties": _told({name: value for name, value in told.items() if name not in STAMPED}),
    }


def span_of(text: Any) -> timedelta | None:
    """Read a duration of ISO 8601; None for what says it in another way."""
    found = SPAN.fullmatch(text) if isinstance(text, str) else None
    parts = {unit: int(count) for unit, count in found.groupdict().items() if count} if found else {}
    return timedelta(**parts) if parts else None


def moment_of(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _managed(told: Mapping[str, Any]) -> dict[str, Json]:
    """Return what decides and describes, in one spelling whoever wrote it."""
    found: dict[str, Json] = {name: told.get(name) for name in SAID}
    name, (state, _) = str(told.get("displayName") or ""), _state(told)
    spelled: dict[str, Json] = {
        "displayName": name.removeprefix(AUTO_DISABLED).lstrip() if state == "off_by_platform" else name,
        "description": told.get("description") or "",
        "query": _unmarked(told.get("query") or ""),
        "queryFrequency": _spelled(told.get("queryFrequency")),
        "queryPeriod": _spelled(told.get("queryPeriod")),
        "eventGroupingSettings": told.get("eventGroupingSettings") or {"aggregationKind": "SingleAlert"},
        "incidentConfiguration": _incidents(told.get("incidentConfiguration") or {}),
        "tactics": sorted(told.get("tactics") or ()),
        "techniques": sorted(told.get("techniques") or ()),
        "entityMappings": told.get("entityMappings") or [],
    }
    if state == "off_by_platform":
        del spelled["description"], found["description"]  # ours is lost in it, and the service's words are no edit
    return found | spelled


def _incidents(told: Mapping[str, Any]) -> dict[str, Json]:
    """A rule that does not say it makes incidents, and groups none."""
    groups = told.get("groupingConfiguration") or NO_GROUPS
    return {
        **told,
        "createIncident": told.get("createIncident", True),
        "groupingConfiguration": {
            **groups,
            "lookbackDuration": _spelled(groups.get("lookbackDuration")),
            **{name: groups.get(name) or [] for name in LISTS},
        },
    }


def _state(told: Mapping[str, Any]) -> tuple[State, str]:
    """The service switches a rule off whose runs fail for good, renames it, and tells why in its description."""
    if told.get("enabled"):
        return "on", ""
    if str(told.get("displayName") or "").startswith(AUTO_DISABLED):
        return "off_by_platform", str(told.get("description") or "")
    return "off", ""


def _head(query: str) -> Iterator[str]:
    """Yield the comment lines at the head of a query: only there is a mark ours."""
    for line in query.splitlines():
        if line.strip() and not line.lstrip().startswith("//"):
            return
        yield line


def _unmarked(query: str) -> str:
    """Return a query without its line of a mark, in the line ends we write: the portal's editor has others."""
    lines = query.replace("\r\n", "\n").split("\n")
    head = len(list(_head("\n".join(lines))))
    return "\n".join([line for line in lines[:head] if not marks_in(line)] + lines[head:])


def _spelled(text: Any) -> Json:
    """Write a duration of whole minutes in one way: PT60M is PT1H."""
    span = span_of(text)
    return cast(Json, text) if span is None or span.seconds % 60 else duration(span)


def _told(value: Any) -> Any:
    """Leave out what is null: the service gives it for what a rule does not have, and takes no null back."""
    if isinstance(value, Mapping):
        return {name: _told(inner) for name, inner in value.items() if inner is not None}
    return [_told(one) for one in value] if isinstance(value, list) else value

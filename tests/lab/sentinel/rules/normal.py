"""A scheduled rule's properties as the service keeps and answers them, whatever was left out or spelled otherwise.

What is not sent is answered as null, and lists of a grouping are kept as sent (seen: a public integration's own example).
That tactics and techniques become empty lists, and what stands for absent grouping of events and incidents, is the lab's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from lab.sentinel.timespan import duration

DURATIONS: Final = ("queryFrequency", "queryPeriod", "suppressionDuration")
LISTS: Final = ("tactics", "techniques")
# The models of 2025-10-01-preview know these, those of 2025-09-01 do not: there they are neither taken nor answered.
PREVIEW: Final = ("subTechniques", "sentinelEntitiesMappings")
FIELDS: Final = (
    "alertRuleTemplateName", "templateVersion", "displayName", "description", "severity", "enabled",
    *LISTS, "query", "queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold",
    "suppressionDuration", "suppressionEnabled", "eventGroupingSettings", "customDetails", "entityMappings",
    "alertDetailsOverride", "incidentConfiguration", *PREVIEW,
)  # fmt: skip
GROUPING: Final[Mapping[str, Any]] = {
    "enabled": False,
    "reopenClosedIncident": False,
    "lookbackDuration": "PT5H",
    "matchingMethod": "AllEntities",
    "groupByEntities": None,
    "groupByAlertDetails": None,
    "groupByCustomDetails": None,
}


def normal(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return checked properties in the service's form; what it does not know has gone, without a word (mem)."""
    kept = {name: sent.get(name) for name in FIELDS}
    kept |= {name: spelled(sent[name]) for name in DURATIONS}
    kept |= {name: sent.get(name) or [] for name in LISTS}
    kept["eventGroupingSettings"] = sent.get("eventGroupingSettings") or {"aggregationKind": "SingleAlert"}
    kept["incidentConfiguration"] = _incidents(sent.get("incidentConfiguration") or {"createIncident": True})
    return kept


def spelled(text: str) -> str:
    """Write a duration as the service does: the fewest letters, days above 24 hours, no weeks."""
    span = duration(text)
    if span is None:
        raise ValueError(text)
    hours, rest = divmod(span.seconds, 3_600)
    time = "".join(f"{count}{unit}" for count, unit in zip((hours, *divmod(rest, 60)), "HMS", strict=True) if count)
    days = f"{span.days}D" if span.days else ""
    return f"P{days}T{time}" if time else f"P{days}" if days else "PT0S"


def length(text: str) -> timedelta:
    """Return how long a duration in the service's form is."""
    return duration(text) or timedelta()


def _incidents(sent: Mapping[str, Any]) -> dict[str, Any]:
    grouping = {**GROUPING, **(sent.get("groupingConfiguration") or {})}
    grouping["lookbackDuration"] = spelled(grouping["lookbackDuration"])
    return {
        "createIncident": sent["createIncident"],
        "groupingConfiguration": {name: grouping[name] for name in GROUPING},
    }

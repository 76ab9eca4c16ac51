"""A detection as a scheduled analytics rule: what the API takes, under an id of ours.

Names, words and limits: Azure/azure-rest-api-specs, SecurityInsights AlertRules 2025-09-01; Microsoft Learn, "Scheduled
analytics rules", "Handle ingestion delay", "Entity types reference", "Microsoft Sentinel service limits".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import cast
from uuid import UUID, uuid5

from huntline.model.artifact import Artifact, key_of
from huntline.model.pack import Detection, Json
from huntline.model.query import Rule
from huntline.translate.translator import Bound
from huntline.translate.words import one_line, seen_lines
from huntline_sentinel.columns import is_function
from huntline_sentinel.entities import entity_mappings

KIND = "Scheduled"
OURS = UUID("6b9fb2f0-7d8d-5a3e-9c4e-2f6f5a0c1d3b")
"""The namespace of our ids: never to change, or every rule out there is foreign."""

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=14)  # of both frequency and period
OVERLAP = timedelta(minutes=10)  # the service runs 5 minutes late, and now and then later still
SEVERITIES = {"critical": "High", "high": "High", "medium": "Medium", "low": "Low", "informational": "Informational"}
TACTICS = frozenset(
    (
        "Reconnaissance",
        "ResourceDevelopment",
        "InitialAccess",
        "Execution",
        "Persistence",
        "PrivilegeEscalation",
        "DefenseEvasion",
        "CredentialAccess",
        "Discovery",
        "LateralMovement",
        "Collection",
        "Exfiltration",
        "CommandAndControl",
        "Impact",
    )
)
TECHNIQUE = re.compile(r"attack\.(t\d{4})(?:\.\d{3})?", re.IGNORECASE | re.ASCII)
LONGEST_NAME, LONGEST_DESCRIPTION = 256, 5_000
LONGEST_PACK = 64


def artifact_of(
    detection: Detection,
    rule: Rule,
    bound: Bound,
    *,
    pack: str,
    every: timedelta | None,
    before: str,
    needs: tuple[str, ...],
) -> Artifact:
    """Return the analytics rule of a detection. `before`: lines before the query, which define the lists it needs."""
    key = key_of(pack, detection.id, rule.scope)
    frequency = _within(every or bound.source.cadence)
    period = _within(frequency + bound.store.scope.latency)
    mappings = entity_mappings(rule, bound)
    properties: dict[str, Json] = {
        "displayName": (name := _name(detection, rule)),
        "description": _description(detection),
        "severity": SEVERITIES.get(detection.level.lower(), "Medium"),
        "query": before + _query(rule, bound, frequency),
        "queryFrequency": duration(frequency),
        "queryPeriod": duration(period),
        "triggerOperator": "GreaterThan",
        "triggerThreshold": 0,
        "suppressionEnabled": False,
        "suppressionDuration": "PT1H",
        "eventGroupingSettings": {"aggregationKind": "AlertPerResult"},
        "incidentConfiguration": _incidents(period, bool(mappings)),
        "tactics": list(_tactics(detection.tags)),
        "techniques": list(_techniques(detection.tags)),
        "entityMappings": mappings,
    }
    return Artifact(key, KIND, id_of(key), name, {"kind": KIND, "properties": properties}, needs)


def id_of(key: str) -> str:
    """Return the id of a rule, made of its key alone, so that the same rule is found again for ever."""
    return str(uuid5(OURS, key))


def marked(artifact: Artifact, *, on: bool) -> dict[str, Json]:
    """Return the body as it is stored: the mark is the first line of the query.

    Rules have no tags, and a rule the service switches off gets another name and description; its query stays.
    """
    properties = cast(dict[str, Json], artifact.body["properties"])
    query = f"{comment(str(artifact.mark))}\n{properties['query']}"
    return {**artifact.body, "properties": {**properties, "enabled": on, "query": query}}


def room(rule: Rule, bound: Bound) -> int:
    """Return the characters a stored query has beside the rule's own text, for a pack's id of up to 64."""
    shell = Artifact(key_of("p" * LONGEST_PACK, rule.detection, rule.scope), KIND, "", "", {})
    query = _query(rule, bound, _within(bound.source.cadence))
    return len(comment(str(shell.mark))) + 1 + len(query) - len(rule.text)


def comment(text: str) -> str:
    """Write one line of comment; nothing in the text can end it, nor turn the reading order around."""
    return f"// {one_line(text)}".rstrip()


def duration(span: timedelta) -> str:
    """Write whole minutes as ISO 8601, as the API gives them back."""
    hours, minutes = divmod(int(span.total_seconds()) // 60 - span.days * 1440, 60)
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    return "P" + (f"{span.days}D" if span.days else "") + (f"T{time}" if time else "")


def _query(rule: Rule, bound: Bound, frequency: timedelta) -> str:
    """Look at what arrived since the last run, however old: where a row cannot tell, it is looked at again.

    A function (ASIM) may join tables, whose rows have lost their time of arrival.
    """
    table = bound.native("table")
    if is_function(table):
        return rule.text
    minutes = int((frequency + OVERLAP).total_seconds()) // 60
    arrived = f"| where coalesce(ingestion_time() > ago({minutes}m), true)"
    return f"{table}\n{arrived}{rule.text.removeprefix(table)}"


def _within(span: timedelta) -> timedelta:
    return min(max(span, SHORTEST), LONGEST)


def _name(detection: Detection, rule: Rule) -> str:
    """A workspace takes a name once, so the scope is part of it."""
    ending = f" ({rule.scope})"
    return (one_line(detection.title) or one_line(detection.id))[: LONGEST_NAME - len(ending)] + ending


def _description(detection: Detection) -> str:
    parts = [seen_lines(detection.description)]
    parts += [f"Known to match without harm: {one_line(text)}" for text in detection.falsepositives]
    parts += [f"Reference: {one_line(text)}" for text in detection.references]
    return "\n".join(part for part in parts if part)[:LONGEST_DESCRIPTION]


def _incidents(period: timedelta, has_entities: bool) -> dict[str, Json]:
    """An event seen by two runs comes into one incident."""
    return {
        "createIncident": True,
        "groupingConfiguration": {
            "enabled": True,
            "reopenClosedIncident": False,
            "lookbackDuration": duration(period),
            "matchingMethod": "AllEntities" if has_entities else "AnyAlert",
            "groupByEntities": [],
            "groupByAlertDetails": [],
            "groupByCustomDetails": [],
        },
    }


def _tactics(tags: Iterable[str]) -> list[str]:
    words = (
        re.split(r"[-_]", tag.lower().removeprefix("attack.")) for tag in tags if tag.lower().startswith("attack.")
    )
    return sorted({"".join(word.capitalize() for word in words_of) for words_of in words} & TACTICS)


def _techniques(tags: Iterable[str]) -> list[str]:
    """The API refuses sub-techniques: each stands for its technique."""
    return sorted({found[1].upper() for tag in tags if (found := TECHNIQUE.fullmatch(tag))})

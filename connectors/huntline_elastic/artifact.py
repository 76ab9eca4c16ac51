"""A detection as a detection rule: what Kibana takes, under an id of ours. Of type EQL, or where it asks for hashes only of
type indicator match, with the list it reads.

Names, words and limits: Kibana's detections API (EqlRuleCreateProps, ThreatMatchRuleCreateProps); risk scores are those
Kibana gives a severity.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from huntline.model.artifact import Artifact, key_of
from huntline.model.pack import Detection, Json
from huntline.model.query import Rule
from huntline.translate.translator import Bound, translated
from huntline.translate.words import one_line, seen_lines
from huntline_elastic.indicators import HASH, Listing, list_of, listing, selecting
from huntline_elastic.ours import id_of

KIND = "rule"  # whatever its type: Kibana lists all in one, and a rule_id is taken once

GRAVITIES = {
    "critical": ("critical", 99),
    "high": ("high", 73),
    "medium": ("medium", 47),
    "low": ("low", 21),
    "informational": ("low", 1),
}
TACTICS = {
    "reconnaissance": "TA0043",
    "resource-development": "TA0042",
    "initial-access": "TA0001",
    "execution": "TA0002",
    "persistence": "TA0003",
    "privilege-escalation": "TA0004",
    "defense-evasion": "TA0005",
    "credential-access": "TA0006",
    "discovery": "TA0007",
    "lateral-movement": "TA0008",
    "collection": "TA0009",
    "exfiltration": "TA0010",
    "command-and-control": "TA0011",
    "impact": "TA0040",
}
"""Sigma's word for a tactic of ATT&CK, and its id there."""

ARRIVED = "event.ingested"


def artifacts(
    detection: Detection, rule: Rule, bound: Bound, *, pack: str, every: timedelta | None, space: str
) -> tuple[Artifact, ...]:
    """Return the one rule of a detection, after the list it reads where it reads one."""
    key = key_of(pack, detection.id, rule.scope)
    shared = _shared(detection, rule, bound, every or bound.source.cadence)
    found = _listing(detection, rule, bound)
    name = str(shared["name"])
    if found is None:
        asks: dict[str, Json] = {"type": "eql", "language": "eql", "query": rule.text}
        return (Artifact(key, KIND, id_of(key), name, asks | shared),)
    listed = list_of(found, pack, detection.id, rule.scope, space)
    return listed, Artifact(key, KIND, id_of(key), name, _compares(found, listed) | shared, (listed.key,))


def marked(artifact: Artifact, *, on: bool) -> dict[str, Json]:
    """Return the body as it is stored: under its `rule_id`, the mark among its tags (Kibana's page rewrites `meta`)."""
    tags = cast(list[Json], artifact.body["tags"])
    return {"rule_id": artifact.remote_id, **artifact.body, "enabled": on, "tags": [*tags, str(artifact.mark)]}


def _listing(detection: Detection, rule: Rule, bound: Bound) -> Listing | None:
    if not all(HASH.fullmatch(read.field) for read in rule.reads):
        return None
    found = translated(detection, bound)
    return listing(found.readable, found.population, bound)


def _compares(found: Listing, listed: Artifact) -> dict[str, Json]:
    """Compare each field by itself with what is listed for it, however old the list."""
    entries: list[dict[str, Json]] = [
        {"field": field, "type": "mapping", "value": value} for field, value in sorted(found.fields.items())
    ]
    return {
        "type": "threat_match",
        "language": "kuery",
        "query": found.population,
        "threat_index": [listed.body["index"]],
        "threat_indicator_path": "threat.indicator",
        "threat_language": "kuery",
        "threat_mapping": [{"entries": [entry]} for entry in entries],
        "threat_query": selecting(listed.key),
    }


def _shared(detection: Detection, rule: Rule, bound: Bound, every: timedelta) -> dict[str, Json]:
    """Return what a rule says whatever its type."""
    severity, risk = GRAVITIES.get(detection.level.lower(), GRAVITIES["medium"])
    name = f"{one_line(detection.title) or one_line(detection.id)} ({rule.scope})"
    return {
        "name": name,
        "description": seen_lines(detection.description) or name,
        "severity": severity,
        "risk_score": risk,
        "index": [pattern.strip() for pattern in bound.native("index").split(",")],
        "interval": _minutes(every),
        "from": f"now-{_minutes(every + bound.store.scope.latency)}",
        "to": "now",
        "max_signals": 100,
        "tags": [*sorted({one_line(tag) for tag in detection.tags})],
        "threat": [*_threat(detection.tags)],
        "references": [*map(one_line, detection.references)],
        "false_positives": [*map(one_line, detection.falsepositives)],
        "required_fields": _required(rule, bound),
        **_override(bound),
    }


def _minutes(span: timedelta) -> str:
    return f"{max(1, int(span.total_seconds()) // 60)}m"


def _threat(tags: Sequence[str]) -> list[Json]:
    """Name the tactics; techniques, which the API wants by their names, stay among the tags."""
    words = {tag.lower().removeprefix("attack.").replace("_", "-") for tag in tags if tag.lower().startswith("attack.")}
    return [
        {"framework": "MITRE ATT&CK", "tactic": {"id": TACTICS[word], "name": _title(word), "reference": _page(word)}}
        for word in sorted(words & TACTICS.keys())
    ]


def _title(word: str) -> str:
    return " ".join(part if part == "and" else part.capitalize() for part in word.split("-"))


def _page(word: str) -> str:
    return f"https://attack.mitre.org/tactics/{TACTICS[word]}/"


def _required(rule: Rule, bound: Bound) -> list[Json]:
    return [{"name": read.field, "type": kind} for read in rule.reads if (kind := bound.type_of(read.field))]


def _override(bound: Bound) -> dict[str, Json]:
    """Go by the time of arrival where the source fills it, so that no late event is missed; alerts come once per event."""
    return {"timestamp_override": ARRIVED} if bound.type_of(ARRIVED) == "date" else {}

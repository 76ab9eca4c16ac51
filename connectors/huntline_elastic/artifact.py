"""A detection as a detection rule of type EQL: what Kibana takes, under an id of ours.

Names, words and limits: Kibana's detections API (EqlRuleCreateProps); risk scores are those Kibana gives a severity.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID, uuid5

from huntline.model.artifact import Artifact, key_of
from huntline.model.pack import Detection, Json
from huntline.model.query import Rule
from huntline.translate.translator import Bound
from huntline.translate.words import one_line, seen_lines

KIND = "eql"
OURS = UUID("0d0a4f5e-3f43-5d57-8f0e-6a3c1b7e9d24")
"""The namespace of our ids: never to change, or every rule out there is foreign."""

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
    detection: Detection, rule: Rule, bound: Bound, pack: str, every: timedelta | None
) -> tuple[Artifact, ...]:
    """Return the one rule of a detection."""
    key = key_of(pack, detection.id, rule.scope)
    every = every or bound.source.cadence
    severity, risk = GRAVITIES.get(detection.level.lower(), GRAVITIES["medium"])
    name = f"{one_line(detection.title) or one_line(detection.id)} ({rule.scope})"
    body: dict[str, Json] = {
        "type": KIND,
        "language": "eql",
        "name": name,
        "description": seen_lines(detection.description) or name,
        "severity": severity,
        "risk_score": risk,
        "query": rule.text,
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
    return (Artifact(key, KIND, str(uuid5(OURS, key)), name, body),)


def marked(artifact: Artifact, *, on: bool) -> dict[str, Json]:
    """Return the body as it is stored: under its `rule_id`, the mark among its tags (Kibana's page rewrites `meta`)."""
    tags = cast(list[Json], artifact.body["tags"])
    return {"rule_id": artifact.remote_id, **artifact.body, "enabled": on, "tags": [*tags, str(artifact.mark)]}


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

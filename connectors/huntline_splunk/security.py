"""What Enterprise Security reads of a saved search: that it is a correlation search, what it finds, how it is told.

Names: splunk/contentctl (its template of detections), the Ansible collection splunk.es, and Enterprise Security's manual
("List correlation searches"). Offsets of a drilldown are contentctl's, and stand for the time that the run searched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from huntline.model.pack import Detection, Json
from huntline.model.query import Rule
from huntline.model.scope import Scope
from huntline.translate.words import one_line
from huntline_splunk.jobs import truth

APP = "SplunkEnterpriseSecuritySuite"
FLAGS = frozenset({"action.correlationsearch.enabled", "action.notable"})
DOCUMENTS = frozenset({"action.correlationsearch.annotations", "action.notable.param.drilldown_searches"})
"""Fields that hold JSON."""

TEXTS = frozenset(
    {
        "action.correlationsearch.label",
        *(f"action.notable.param.{name}" for name in ("rule_description", "rule_title", "security_domain", "severity")),
    }
)
FIELDS = tuple(sorted(FLAGS | DOCUMENTS | TEXTS))
LEVELS = frozenset({"informational", "low", "medium", "high", "critical"})
TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)


def correlation(detection: Detection, rule: Rule, scope: Scope, description: str) -> Mapping[str, Json]:
    """Return the fields of a rule's search that is a correlation search, each of whose results is a notable event."""
    title = f"{one_line(detection.title) or one_line(detection.id)} ({scope.name})"
    return {
        "action.correlationsearch.enabled": True,
        "action.correlationsearch.label": title,
        "action.correlationsearch.annotations": _json({"mitre_attack": _techniques(detection)}),
        "action.notable": True,
        "action.notable.param.rule_title": _literal(title),
        "action.notable.param.rule_description": _literal(one_line(description)),
        "action.notable.param.security_domain": _domain(scope),
        "action.notable.param.severity": detection.level if detection.level in LEVELS else "medium",
        "action.notable.param.drilldown_searches": _json(_drilldowns(rule)),
    }


def spelled(name: str, value: str) -> Json:
    """Write a field in one way: JSON is the same whatever its spaces and the order of its keys.

    None is what nobody said, and what is off: a tenant may ask for these fields when the search is long there.
    """
    if name in FLAGS:
        return truth(value) or None
    if name in DOCUMENTS:
        return _document(value)
    return value or None


def _document(value: str) -> Json:
    try:
        return _json(json.loads(value)) if value else None
    except ValueError:
        return value


def _techniques(detection: Detection) -> list[Json]:
    found = (TECHNIQUE.fullmatch(tag) for tag in detection.tags)
    return [*sorted({match[1].upper() for match in found if match})]


def _literal(text: str) -> str:
    """Take the signs out that make a word a token, in whose place a field of the event would stand: foreign words say `$`."""
    return text.replace("$", "") if text.count("$") > 1 else text


def _domain(scope: Scope) -> str:
    """Say whose field it is: of hosts where events name processes, else of the network where they name its ends."""
    if scope.entities.get("process"):
        return "endpoint"
    return "network" if scope.entities.get("address") or scope.entities.get("url") else "threat"


def _drilldowns(rule: Rule) -> list[Json]:
    """Ask again for what the run found; nothing where the text has a `$`, which is the beginning of a token there."""
    if "$" in rule.text:
        return []
    offsets = {"earliest_offset": "$info_min_time$", "latest_offset": "$info_max_time$"}
    return [{"name": "Matching events", "search": rule.text, **offsets}]


def _json(value: Json) -> str:
    return json.dumps(value, sort_keys=True)

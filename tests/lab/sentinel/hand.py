"""What a person does to analytics rules in the portal, and what the service does by itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lab.sentinel.app import SentinelLab
from lab.sentinel.rules import run
from lab.sentinel.rules.kept import Rule
from lab.sentinel.rules.save import save

# What a customer adds to a rule of ours: the alert's columns and title, and which alerts make one incident.
OWN: Final[Mapping[str, Any]] = {
    "customDetails": {"Machine": "Computer"},
    "alertDetailsOverride": {"alertDisplayNameFormat": "Seen on {{Computer}}"},
    "incidentConfiguration": {
        "createIncident": True,
        "groupingConfiguration": {
            "enabled": True,
            "reopenClosedIncident": True,
            "lookbackDuration": "P1D",
            "matchingMethod": "Selected",
            "groupByEntities": [],
            "groupByAlertDetails": ["DisplayName"],
            "groupByCustomDetails": ["Machine"],
        },
    },
}
# Rules of other kinds that a workspace may have [M2]; the fields of each are those of the specification's examples.
OTHERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "NRT": {
        "displayName": "Somebody's near-real-time rule",
        "description": None,
        "enabled": True,
        "severity": "Medium",
        "query": "SecurityEvent | where EventID == 4688",
        "suppressionDuration": "PT5H",
        "suppressionEnabled": False,
        "tactics": [],
        "techniques": [],
        "alertRuleTemplateName": None,
    },
    "Fusion": {
        "displayName": "Advanced Multistage Attack Detection",
        "description": "Made by the service",
        "enabled": True,
        "severity": "High",
        "tactics": ["CommandAndControl"],
        "alertRuleTemplateName": "f71aba3d-28fb-450b-b192-4e76a83015c8",
    },
    "MicrosoftSecurityIncidentCreation": {
        "displayName": "Incidents of Defender for Cloud Apps",
        "description": None,
        "enabled": True,
        "productFilter": "Microsoft Cloud App Security",
        "severitiesFilter": None,
        "displayNamesFilter": None,
        "alertRuleTemplateName": None,
    },
}


def edit(lab: SentinelLab, rule_id: str, **properties: Any) -> Rule:
    """Save the rule's form with some properties changed, by the service's names: query, severity, displayName ...

    Raises Failed for what the service would not save, KeyError for no rule of that id.
    """
    with lab.rules.lock:
        rule = lab.rules.the(rule_id)
        body = {"kind": rule.kind, "etag": rule.etag, "properties": {**rule.properties, **properties}}
        return save(lab.workspace, rule.name, body, datetime.now(UTC))[0]


def switch(lab: SentinelLab, rule_id: str, *, on: bool) -> Rule:
    """Enable or disable a rule in the list; a prefix of the service's stays in its name (mem)."""
    return edit(lab, rule_id, enabled=on)


def unmark(lab: SentinelLab, rule_id: str) -> Rule:
    """Take the first comment line out of a rule's query."""
    first, _, rest = lab.rules.the(rule_id).properties["query"].partition("\n")
    if not first.startswith("//"):
        raise ValueError(f"the query of {rule_id} begins with no comment")
    return edit(lab, rule_id, query=rest)


def add_own(lab: SentinelLab, rule_id: str) -> Rule:
    """Give a rule what is the customer's: custom details, a title for its alerts, grouping into incidents."""
    return edit(lab, rule_id, **OWN)


def duplicate(lab: SentinelLab, rule_id: str) -> Rule:
    """Copy a rule under a new id and name; the copy's query begins with the same comment."""
    rule = lab.rules.the(rule_id)
    copied = {**rule.properties, "displayName": f"{rule.properties['displayName']} - Copy"}
    body = {"kind": rule.kind, "properties": copied}
    return save(lab.workspace, str(uuid.uuid4()), body, datetime.now(UTC))[0]


def delete(lab: SentinelLab, rule_id: str) -> None:
    """Delete a rule."""
    if not lab.rules.remove(rule_id, datetime.now(UTC)):
        raise KeyError(rule_id)


def auto_disable(lab: SentinelLab, rule_id: str, reason: str = run.NO_TABLE) -> Rule:
    """Disable a rule as the service does after too many failures."""
    return run.auto_disable(lab.rules, rule_id, reason, datetime.now(UTC))


def make(lab: SentinelLab, kind: str, rule_id: str = "", **properties: Any) -> Rule:
    """Keep a rule of another kind than ours: NRT, Fusion or MicrosoftSecurityIncidentCreation, as its makers keep it."""
    own = {**OTHERS[kind], **properties}
    return lab.rules.write(rule_id or str(uuid.uuid4()), kind, own, datetime.now(UTC))

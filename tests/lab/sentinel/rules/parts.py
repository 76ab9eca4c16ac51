"""What a rule says of its alerts and incidents, as it is judged when the rule is saved: entities, details, grouping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lab.sentinel.timespan import duration

ENTITIES: Final = (
    "Account", "Host", "IP", "Malware", "File", "Process", "CloudApplication", "DNS", "AzureResource", "FileHash",
    "RegistryKey", "RegistryValue", "SecurityGroup", "URL", "Mailbox", "MailCluster", "MailMessage", "SubmissionMail",
)  # fmt: skip
ALERT_PROPERTIES: Final = (
    "AlertLink", "ConfidenceLevel", "ConfidenceScore", "ExtendedLinks", "ProductName", "ProviderName",
    "ProductComponentName", "RemediationSteps", "Techniques",
)  # fmt: skip
MATCHING: Final = ("AllEntities", "AnyAlert", "Selected")
GROUPED: Final = ("enabled", "reopenClosedIncident", "lookbackDuration", "matchingMethod")
AGGREGATIONS: Final = ("SingleAlert", "AlertPerResult")
ALERT_DETAILS: Final = ("DisplayName", "Severity")
MOST_MAPPINGS: Final = 10  # [M13]
MOST_DETAILS: Final = 20  # [M13]
OBJECTS: Final = ("eventGroupingSettings", "customDetails", "alertDetailsOverride", "incidentConfiguration")


def parts(sent: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a rule's parts; each may lean on those before it."""
    yield from (f"'{name}' is no object" for name in OBJECTS if not isinstance(sent.get(name), dict | None))
    yield from _entities(sent.get("entityMappings") or [])
    yield from _details(sent.get("customDetails") or {})
    yield from _override(sent.get("alertDetailsOverride") or {})
    settings = sent.get("eventGroupingSettings")
    if settings is not None and settings.get("aggregationKind") not in AGGREGATIONS:
        yield f"'aggregationKind' is none of {', '.join(AGGREGATIONS)}"
    yield from _incidents(sent.get("incidentConfiguration"), sent.get("customDetails") or {})


def _entities(mappings: Any) -> Iterator[str]:
    if not isinstance(mappings, list) or len(mappings) > MOST_MAPPINGS:
        yield f"'entityMappings' is no list of {MOST_MAPPINGS} at most"
    for one in mappings:
        if one.get("entityType") not in ENTITIES:
            yield f"'entityType' {one.get('entityType')!r} is not known"
        if not one.get("fieldMappings"):
            yield "'fieldMappings' is empty"
        for field in one["fieldMappings"]:
            if not field.get("identifier") or not field.get("columnName"):
                yield "a field mapping has no 'identifier' or no 'columnName'"


def _details(details: Mapping[str, Any]) -> Iterator[str]:
    if len(details) > MOST_DETAILS:
        yield f"'customDetails' has more than {MOST_DETAILS} entries"
    yield from (f"'customDetails' has no column for {name!r}" for name, column in details.items() if not column)


def _override(override: Mapping[str, Any]) -> Iterator[str]:
    for one in override.get("alertDynamicProperties") or []:
        if one.get("alertProperty") not in ALERT_PROPERTIES:
            yield f"'alertProperty' {one.get('alertProperty')!r} is not known"


def _incidents(said: Mapping[str, Any] | None, details: Mapping[str, Any]) -> Iterator[str]:
    if said is None:
        return
    if not isinstance(said.get("createIncident"), bool):
        yield "Required property 'createIncident' not found in JSON"
    grouping = said.get("groupingConfiguration")
    if grouping is None:
        return
    yield from (f"Required property '{name}' not found in JSON" for name in GROUPED if grouping.get(name) is None)
    if duration(grouping["lookbackDuration"]) is None:
        yield "'lookbackDuration' is no duration"
    if grouping["matchingMethod"] not in MATCHING:
        yield f"'matchingMethod' is none of {', '.join(MATCHING)}"
    known = {"groupByEntities": ENTITIES, "groupByAlertDetails": ALERT_DETAILS, "groupByCustomDetails": tuple(details)}
    for name, values in known.items():
        yield from (f"'{name}' knows no {one!r}" for one in grouping.get(name) or () if one not in values)

"""The fields of a rule: names, kinds, what is required. Each row names the schema of the facts file it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lab.kibana.kinds import Anything, Flag, Kind, Record, Several, Text, Whole, Word

TYPES: Final = ("eql", "query", "saved_query", "threshold", "threat_match", "machine_learning", "new_terms", "esql")
NONEMPTY: Final = Text(1)
TEXTS: Final = Several(Text())
NAMED: Final[Mapping[str, Kind]] = {"id": Text(), "name": Text(), "reference": Text()}
SCORE, SEVERITY = Whole(0, 100), Word(("low", "medium", "high", "critical"))
NAMESPACES: Final = Word(("agnostic", "single"))
LISTS: Final = Word(
    (
        "detection", "rule_default", "endpoint", "endpoint_trusted_apps", "endpoint_trusted_devices", "endpoint_events",
        "endpoint_host_isolation_exceptions", "endpoint_blocklists",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """What a field may hold, and the schema that says so; no schema where the facts leave it open."""

    kind: Kind
    schema: str = ""


SUBTECHNIQUE = Record(NAMED, {})
TECHNIQUE = Record(NAMED, {"subtechnique": Several(SUBTECHNIQUE)})
THREAT = Record({"framework": Text(), "tactic": Record(NAMED, {})}, {"technique": Several(TECHNIQUE)})
ACTION = Record(
    {"action_type_id": Text(), "id": Text(), "params": Anything()},
    {"alerts_filter": Anything(), "frequency": Anything(), "group": Text(), "uuid": NONEMPTY},
)
EXCEPTIONS = Record({"id": NONEMPTY, "list_id": NONEMPTY, "type": LISTS, "namespace_type": NAMESPACES}, {})
EQUALS: Final[Mapping[str, Kind]] = {"field": Text(), "operator": Word(("equals",))}
MAPPED = Record({"field": NONEMPTY, "type": Word(("mapping",)), "value": NONEMPTY}, {"negate": Flag()})

REQUIRED: Final[Mapping[str, Field]] = {
    "name": Field(NONEMPTY, "RuleName"),
    "description": Field(NONEMPTY, "RuleDescription"),
    "risk_score": Field(SCORE, "RiskScore"),
    "severity": Field(SEVERITY, "Severity"),
}
OPTIONAL: Final[Mapping[str, Field]] = {
    "actions": Field(Several(ACTION)),
    "author": Field(TEXTS, "RuleAuthorArray"),
    "building_block_type": Field(Text(), "BuildingBlockType"),
    "enabled": Field(Flag(), "IsRuleEnabled"),
    "exceptions_list": Field(Several(EXCEPTIONS)),
    "false_positives": Field(TEXTS, "RuleFalsePositiveArray"),
    "from": Field(Text(math=True), "RuleIntervalFrom"),
    "interval": Field(Text(), "RuleInterval"),
    "investigation_fields": Field(Record({"field_names": Several(NONEMPTY, 1)}, {}), "InvestigationFields"),
    "license": Field(Text(), "RuleLicense"),
    "max_signals": Field(Whole(1), "MaxSignals"),
    "meta": Field(Record({}, {}, open=True), "RuleMetadata"),
    "namespace": Field(Text(), "AlertsIndexNamespace"),
    "note": Field(Text(), "InvestigationGuide"),
    "output_index": Field(Text(), "AlertsIndex"),
    "references": Field(TEXTS, "RuleReferenceArray"),
    "related_integrations": Field(
        Several(Record({"package": NONEMPTY, "version": NONEMPTY}, {"integration": NONEMPTY})),
        "RelatedIntegrationArray",
    ),
    "required_fields": Field(Several(Record({"name": NONEMPTY, "type": NONEMPTY}, {}))),
    "response_actions": Field(Several(Anything())),
    "risk_score_mapping": Field(
        Several(Record({**EQUALS, "value": Text()}, {"risk_score": SCORE})), "RiskScoreMapping"
    ),
    "rule_name_override": Field(Text(), "RuleNameOverride"),
    "setup": Field(Text(), "SetupGuide"),
    "severity_mapping": Field(
        Several(Record({**EQUALS, "severity": SEVERITY, "value": Text()}, {})), "SeverityMapping"
    ),
    "tags": Field(TEXTS, "RuleTagArray"),
    "threat": Field(Several(THREAT), "ThreatArray"),
    "throttle": Field(Text()),
    "timeline_id": Field(Text(), "TimelineTemplateId"),
    "timeline_title": Field(Text(), "TimelineTemplateTitle"),
    "timestamp_override": Field(Text(), "TimestampOverride"),
    "timestamp_override_fallback_disabled": Field(Flag(), "TimestampOverrideFallbackDisabled"),
    "to": Field(Text(), "RuleIntervalTo"),
    "version": Field(Whole(1), "RuleVersion"),
}
QUERY, INDEX = Field(Text(), "RuleQuery"), Field(TEXTS, "IndexPatternArray")
KQL: Final = Field(Word(("kuery", "lucene")), "KqlQueryLanguage")
SUPPRESSION: Final[dict[str, Field]] = {"alert_suppression": Field(Anything())}
SOURCES: Final[dict[str, Field]] = SUPPRESSION | {
    "data_view_id": Field(Text(), "DataViewId"),
    "filters": Field(Several(Anything()), "RuleFilterArray"),
    "index": INDEX,
}


@dataclass(frozen=True, slots=True)
class Type:
    """The fields only one type of rule has; `schema` is what a body of it is created with."""

    schema: str
    needs: Mapping[str, Field]
    may: Mapping[str, Field]


BY_TYPE: Final[Mapping[str, Type]] = {
    "eql": Type(
        "EqlRuleCreateProps",
        {"query": QUERY, "language": Field(Word(("eql",)), "EqlQueryLanguage")},
        SOURCES
        | {
            "event_category_override": Field(Text(), "EventCategoryOverride"),
            "tiebreaker_field": Field(Text(), "TiebreakerField"),
            "timestamp_field": Field(Text(), "TimestampField"),
        },
    ),
    "threat_match": Type(
        "ThreatMatchRuleCreateProps",
        {
            "query": QUERY,
            "threat_query": Field(Text(), "ThreatQuery"),
            "threat_mapping": Field(Several(Record({"entries": Several(MAPPED)}, {}), 1), "ThreatMapping"),
            "threat_index": Field(TEXTS, "ThreatIndex"),
        },
        SOURCES
        | {
            "concurrent_searches": Field(Whole(1), "ConcurrentSearches"),
            "items_per_search": Field(Whole(1), "ItemsPerSearch"),
            "language": KQL,
            "saved_id": Field(Text(), "SavedQueryId"),
            "threat_filters": Field(Several(Anything()), "ThreatFilters"),
            "threat_indicator_path": Field(Text(), "ThreatIndicatorPath"),
            "threat_language": KQL,
        },
    ),
    "query": Type(
        "QueryRuleCreateProps",
        {},
        SOURCES | {"language": KQL, "query": QUERY, "saved_id": Field(Text(), "SavedQueryId")},
    ),
    "esql": Type(
        "EsqlRuleCreateProps",
        {"query": QUERY, "language": Field(Word(("esql",)), "EsqlQueryLanguage")},
        SUPPRESSION,
    ),
    "machine_learning": Type(
        "MachineLearningRuleCreateProps",
        {"anomaly_threshold": Field(Whole(0), "AnomalyThreshold"), "machine_learning_job_id": Field(Anything())},
        SUPPRESSION,
    ),
}

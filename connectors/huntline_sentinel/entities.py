"""Which columns of a rule's answer name a host, a user, a process: Sentinel's entity mappings.

Identifiers: Microsoft Learn, "Microsoft Sentinel entity types reference".
"""

from __future__ import annotations

from huntline.model.pack import Json
from huntline.model.query import Rule
from huntline.translate.translator import Bound
from huntline_sentinel.literals import PLAIN

MOST = 10
IDENTIFIERS = {
    "host": (("name", "Host", "FullName"), ("computer", "Host", "FullName")),
    "user": (
        ("sid", "Account", "Sid"),
        ("objectid", "Account", "AadUserId"),
        ("name", "Account", "Name"),
        ("", "Account", "FullName"),
    ),
    "process": (("commandline", "Process", "CommandLine"), ("processid", "Process", "ProcessId")),
    "file": (("", "File", "Name"),),
    "address": (("", "IP", "Address"),),
    "url": (
        ("url", "URL", "Url"),
        ("queryname", "DNS", "DomainName"),
        ("dnsquery", "DNS", "DomainName"),
        ("hostname", "DNS", "DomainName"),
    ),
}
"""Kind of entity -> a column's ending, and what such a column is. A hash is left out: it needs its algorithm in a column."""


def entity_mappings(rule: Rule, bound: Bound) -> list[Json]:
    """Map the best column of each kind that the rule's answer is sure to have."""
    entities = sorted(bound.store.scope.entities.items())
    found = [mapping for kind, columns in entities for mapping in _mapping(kind, columns, rule, bound)]
    return found[:MOST]


def _mapping(kind: str, columns: tuple[str, ...], rule: Rule, bound: Bound) -> list[Json]:
    for column in columns:
        for ending, entity, identifier in IDENTIFIERS.get(kind, ()):
            if column.lower().endswith(ending) and _there(column, rule, bound):
                return [{"entityType": entity, "fieldMappings": [{"identifier": identifier, "columnName": column}]}]
    return []


def _there(column: str, rule: Rule, bound: Bound) -> bool:
    """A computed column is only there in a query that asks for it."""
    if not PLAIN.fullmatch(column) or column not in bound.store.fields:
        return False
    return not bound.store.expression_of(column) or column in {read.field for read in rule.reads}

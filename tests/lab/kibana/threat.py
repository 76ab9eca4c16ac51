"""Indicator match rules: events beside indicators, by exact values of the mapped fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab.elastic.documents import dotted, several
from lab.elastic.errors import Unbuilt
from lab.kibana.dsl import joined, kql
from lab.kibana.elastic import Reader, looked_in


def matches(reader: Reader, rule: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids of the events that some indicator matches: all entries of one group, by value, case and all."""
    wanted = joined([kql(rule["threat_query"]), *rule.get("threat_filters", [])], [])
    indicators = [dotted(one["_source"]) for one in reader.documents(rule["threat_index"], wanted)]
    groups = [_Group(one["entries"], indicators) for one in rule["threat_mapping"]]
    for hit in reader.documents(looked_in(rule), asked):
        event = dotted(hit["_source"])
        if any(group.holds(event) for group in groups):
            yield str(hit["_id"])


class _Group:
    """The entries that must all match one indicator, with the values of each indicator ready."""

    def __init__(self, entries: Sequence[Mapping[str, Any]], indicators: Sequence[Mapping[str, Any]]) -> None:
        if any(one.get("negate") for one in entries):
            raise Unbuilt("a threat mapping that negates")
        self._fields = [str(one["field"]) for one in entries]
        self._known = [[_texts(indicator, one["value"]) for one in entries] for indicator in indicators]

    def holds(self, event: Mapping[str, Any]) -> bool:
        values = [_texts(event, name) for name in self._fields]
        return any(all(a & b for a, b in zip(values, one, strict=True)) for one in self._known)


def _texts(row: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(map(str, several(row[name]))) if name in row else frozenset()

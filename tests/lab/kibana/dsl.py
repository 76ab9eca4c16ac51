"""What a rule asks of Elasticsearch: its window, its query in KQL, and its exceptions, as query DSL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lab.elastic.errors import Unbuilt
from lab.kibana.kuery import Every, Is, Node, Not, Than, read

TIME = "@timestamp"


def window(rule: Mapping[str, Any], start: int, end: int) -> dict[str, Any]:
    """Ask for start <= time <= end in milliseconds, by the override where an event has it, else by its own time (source)."""
    bounds = {"gte": start, "lte": end, "format": "epoch_millis"}
    override = rule.get("timestamp_override", TIME)
    mine = {"range": {override: bounds}}
    if override == TIME or rule.get("timestamp_override_fallback_disabled"):
        return mine
    absent = {"bool": {"must_not": [{"exists": {"field": override}}]}}
    return {
        "bool": {"should": [mine, {"bool": {"filter": [{"range": {TIME: bounds}}, absent]}}], "minimum_should_match": 1}
    }


def joined(asked: Iterable[Any], exceptions: Iterable[Any]) -> dict[str, Any]:
    """Ask for all of some queries and none of the exceptions."""
    return {"bool": {"filter": [one for one in asked if one], "must_not": list(exceptions)}}


def kql(text: str) -> dict[str, Any] | None:
    """Write a text of Kibana's query language, None where it asks nothing; raises Unread."""
    found = read(text)
    return None if found is None else _written(found)


def exception(item: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Write an item: all of its entries hold."""
    return {"bool": {"filter": [_entry(one, lists) for one in item["entries"]]}}


def _entry(entry: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    match entry["type"]:
        case "match":
            asked: dict[str, Any] = {"term": {entry["field"]: entry["value"]}}
        case "match_any":
            asked = {"terms": {entry["field"]: entry["value"]}}
        case "wildcard":
            asked = {"wildcard": {entry["field"]: {"value": entry["value"]}}}
        case "exists":
            asked = {"exists": {"field": entry["field"]}}
        case "list":
            asked = {"terms": {entry["field"]: list(lists.get(entry["list"]["id"], ()))}}
        case other:
            raise Unbuilt(f"an exception's entry of the type {other}")
    return {"bool": {"must_not": [asked]}} if entry["operator"] == "excluded" else asked


def _written(node: Node) -> dict[str, Any]:
    match node:
        case Is():
            return _is(node)
        case Than(field, sign, value):
            return {"range": {field: {sign: value}}}
        case Not(inner):
            return {"bool": {"must_not": [_written(inner)]}}
        case Every(parts):
            return {"bool": {"filter": [_written(one) for one in parts]}}
    return {"bool": {"should": [_written(one) for one in node.of], "minimum_should_match": 1}}


def _is(node: Is) -> dict[str, Any]:
    if node.quoted or "*" not in node.value:
        return {"term": {node.field: node.value}}
    return {"exists": {"field": node.field}} if node.value == "*" else {"wildcard": {node.field: {"value": node.value}}}

"""Rules as lines of JSON, with the exception lists they name and a last line that counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from lab.kibana.call import Call, body_of
from lab.kibana.check import record_of
from lab.kibana.exceptions import items_of, placed
from lab.kibana.kinds import Record, Several, Text
from lab.serve.exchange import Answer

OBJECTS = Record({"objects": Several(Record({"rule_id": Text()}, {}))}, {})


def export(call: Call) -> Answer:
    """POST /api/detection_engine/rules/_export: those named, or all custom rules."""
    body = body_of(call)
    if body is None:
        return exported(call, [one.rule["rule_id"] for one in call.space.rules()])
    return exported(call, [one["rule_id"] for one in record_of(body, OBJECTS)["objects"]])


def exported(call: Call, rule_ids: Iterable[str]) -> Answer:
    """Write rules by their rule_id; those that are not there are told in the last line, Elastic's own left out (source)."""
    asked = list(rule_ids)
    found = [kept.rule for one in asked if (kept := call.space.find(rule_id=one))]
    rules = [{name: value for name, value in one.items() if name != "execution_summary"} for one in found]
    rows = [one for one in rules if not one["immutable"]]
    missing = [{"rule_id": one} for one in asked if call.space.find(rule_id=one) is None]
    lists, items = _exceptions(call, rows)
    details = {
        "exported_count": len(rows) + len(lists) + len(items),
        "exported_rules_count": len(rows),
        "missing_rules": missing,
        "missing_rules_count": len(missing),
        "exported_exception_list_count": len(lists),
        "exported_exception_list_item_count": len(items),
        "missing_exception_list_item_count": 0,
        "missing_exception_list_items": [],
        "missing_exception_lists": [],
        "missing_exception_lists_count": 0,
        "exported_action_connector_count": 0,
        "missing_action_connection_count": 0,
        "missing_action_connections": [],
        "excluded_action_connection_count": 0,
        "excluded_action_connections": [],
    }
    lines = [*rows, *lists, *items, *([] if call.flag("exclude_export_details") else [details])]
    text = b"".join(orjson.dumps(one) + b"\n" for one in lines)
    headers = {"Content-Type": "application/ndjson", "Content-Disposition": 'attachment; filename="export.ndjson"'}
    return Answer(200, text, headers)


def _exceptions(call: Call, rules: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    named = {(one["namespace_type"], one["list_id"]) for rule in rules for one in rule["exceptions_list"]}
    lists, items = [], []
    for namespace, list_id in sorted(named):
        place = placed(call.kibana.store, call.space, namespace)
        lists += [one for one in place.lists.values() if one["list_id"] == list_id]
        items += items_of(place, list_id)
    return lists, items

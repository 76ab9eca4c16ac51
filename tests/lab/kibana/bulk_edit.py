"""The edits of a bulk action: tags, index patterns, schedule, actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.elastic.dates import span
from lab.elastic.errors import Unbuilt
from lab.kibana.kinds import Anything, Record, Several, Text
from lab.kibana.normal import actions

EDIT: Final = Several(Record({"type": Text(), "value": Anything()}, {}), 1)
LISTED: Final[Mapping[str, str]] = {"tags": "tags", "index_patterns": "index"}
ANY_KIND: Final = ".lab"  # a bulk action names a connector, not its kind; the lab keeps no connectors


def edited(rule: Mapping[str, Any], edits: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a rule with the edits done, in their order."""
    found = dict(rule)
    for edit in edits:
        verb, _, what = edit["type"].partition("_")
        if what in LISTED:
            found[LISTED[what]] = _listed(found.get(LISTED[what], []), verb, edit["value"])
        elif what == "schedule":
            found |= _scheduled(found, edit["value"])
        elif what == "rule_actions":
            given = [{"action_type_id": ANY_KIND, **one} for one in edit["value"]["actions"]]
            found["actions"] = [*(found["actions"] if verb == "add" else []), *actions(given)]
        else:
            raise Unbuilt(f"the bulk edit {edit['type']}")
    return found


def _listed(old: list[str], verb: str, value: list[str]) -> list[str]:
    if verb == "set":
        return value
    if verb == "delete":
        return [one for one in old if one not in value]
    return [*old, *(one for one in value if one not in old)]


def _scheduled(rule: Mapping[str, Any], value: Mapping[str, str]) -> dict[str, Any]:
    """Set an interval and the time it looks back beyond it; `meta` repeats the latter, for the editor's form (mem)."""
    seconds = (span(value["interval"]) + span(value["lookback"])) // 1000
    meta = {**rule.get("meta", {}), "from": value["lookback"]}
    return {"interval": value["interval"], "from": f"now-{seconds}s", "to": "now", "meta": meta}

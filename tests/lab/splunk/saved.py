"""Saved searches: servicesNS/{owner}/{app}/saved/searches, with what can be done to one (docs: RESTsearch)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lab.splunk import cron, saved_fields
from lab.splunk.call import TRUE, Call
from lab.splunk.knowledge import Kept
from lab.splunk.objects import Kind

LINKS: Final = ("list", "_reload", "edit", "remove", "move", "disable", "dispatch", "embed", "history")
FEATURES: Final = frozenset({"listDefaultActionArgs", "add_orphan_field", "earliest_time", "latest_time"})


def _taken(call: Call, given: Mapping[str, str]) -> dict[str, str]:
    return saved_fields.taken(given, call.user.role.capabilities)


def content(call: Call, one: Kept) -> dict[str, Any]:
    """Return a saved search's settings with the defaults, and what the server works out of them (seen)."""
    found = saved_fields.shown(one.values)
    text = runnable(str(found["search"]))
    worked = {
        "actions": actions(one.values),
        "next_scheduled_time": _next(found, call.now),
        "triggered_alert_count": str(sum(run.key == one.key and run.fired for run in call.knowledge.runs)),
        "qualifiedSearch": text.removeprefix("|"),
    }
    return {**found, **worked}


def runnable(text: str) -> str:
    """Put `search` in front of a text that has neither a bar nor that (seen; for one that has it inf)."""
    stripped = text.strip()
    said = stripped.startswith("|") or stripped.partition(" ")[0].lower() == "search"
    return stripped if said else f"search {stripped}"


def actions(values: Mapping[str, str]) -> str:
    """Name what a search does: as was said, without that the actions that are on (inf); saying it sets no flag (seen)."""
    on = [name for name, value in values.items() if name.count(".") == 1 and _on(name, value)]
    said = [one.strip() for one in values.get("actions", "").split(",") if one.strip()]
    return ",".join(dict.fromkeys((*said, *(name.removeprefix("action.") for name in sorted(on)))))


def _on(name: str, value: str) -> bool:
    return name.startswith("action.") and value.lower() in TRUE


def _next(found: Mapping[str, Any], now: float) -> str:
    if found["disabled"] or not found["is_scheduled"] or not found["cron_schedule"]:
        return ""
    moment = cron.upcoming(found["cron_schedule"], now)
    return "" if moment is None else f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _clash(name: str) -> str:
    return f"Unable to create saved search with name '{name}'. A saved search with that name already exists."  # seen


SEARCHES: Final = Kind(
    "saved/searches", "savedsearches", "savedsearch", ("search",), _taken, content, _clash, LINKS, FEATURES
)

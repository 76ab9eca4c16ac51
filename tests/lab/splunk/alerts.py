"""Alerts that fired: alerts/fired_alerts, by saved search, and each one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from lab.serve.exchange import Answer
from lab.splunk.atom import Entry, collection, feed
from lab.splunk.call import Call
from lab.splunk.errors import Failed
from lab.splunk.knowledge import Run
from lab.splunk.objects import ONE

EXPIRES = 86_400  # alert.expires of 24 hours (docs); the lab forgets nothing by itself


def listed(call: Call) -> Answer:
    """GET alerts/fired_alerts: how often each search fired, and `-` for all of them (docs)."""
    counts = Counter(one.key.name for one in _fired(call))
    named = {"-": sum(counts.values()), **dict(sorted(counts.items()))}
    return collection(call, "alerts", [_counted(name, count) for name, count in named.items()])


def of_one(call: Call) -> Answer:
    """GET alerts/fired_alerts/{name}: each alert of a search, of all for `-`."""
    name = call.names["name"]
    return collection(call, "alerts", [_alert(one) for one in _fired(call) if name in {"-", one.key.name}])


def removed(call: Call) -> Answer:
    """DELETE alerts/fired_alerts/{id}: one alert, never a search's name (seen)."""
    found = next((one for one in _fired(call) if _id(one) == call.names["name"]), None)
    if found is None:
        raise Failed(400, f"Unexpected pattern for alert_id={call.names['name']}")
    call.knowledge.runs.remove(found)
    return feed(call, "alerts", [], {**ONE, "total": 0})


def _fired(call: Call) -> list[Run]:
    """Return the alerts of searches the user may read."""
    with call.knowledge.lock:
        readable = {key for key, one in call.knowledge.kept.items() if call.knowledge.readable(one, call.asker)}
    return [one for one in call.knowledge.runs if one.fired and one.tracked and one.key in readable]


def _counted(name: str, count: int) -> Entry:
    content = {"eai:acl": None, "is_streaming_alert": False, "triggered_alert_count": str(count)}
    return Entry(name, f"alerts/fired_alerts/{name}", content, "nobody")


def _alert(one: Run) -> Entry:
    content = {
        "actions": one.actions or None, "alert_type": "historical", "digest_mode": True, "eai:acl": None,
        "expiration_time_rendered": _rendered(one.due + EXPIRES), "savedsearch_name": one.key.name,
        "severity": one.severity, "sid": one.sid, "trigger_time": int(one.due),
        "trigger_time_rendered": _rendered(one.due), "triggered_alerts": one.found,
    }  # fmt: skip
    return Entry(_id(one), f"alerts/fired_alerts/{_id(one)}", content, one.user)


def _id(one: Run) -> str:
    return f"{one.sid}_{one.due:.0f}"


def _rendered(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"

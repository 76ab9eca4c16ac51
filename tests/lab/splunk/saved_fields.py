"""The settings of a saved search as REST names and types them, with what the system's own defaults fill in.

JSON has truths and numbers for what the server knows as such and text for all else, so for a custom action too: seen in
answers of a real 10.6 server and of Enterprise Security (public tests); the XML and the defaults as a 7.2 server answered (seen),
newer settings by savedsearches.conf.spec [S2], where their type in JSON is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.splunk import cron
from lab.splunk.call import TRUE
from lab.splunk.errors import Failed, unsupported

FALSE: Final = frozenset({"0", "f", "false", "no"})
FLAGS: Final[Mapping[str, bool | str]] = {
    "action.email": False, "action.populate_lookup": False, "action.rss": False, "action.script": False,
    "action.summary_index": False, "alert.digest_mode": True, "alert.suppress": "", "alert.track": "auto",
    "auto_summarize": False, "disabled": False, "dispatch.allow_partial_results": True, "dispatch.indexedRealtime": False,
    "dispatch.lookups": True, "dispatch.rt_backfill": False, "dispatch.spawn_process": True, "is_scheduled": False,
    "is_visible": True, "realtime_schedule": True, "restart_on_searchpeer_add": True, "run_on_startup": False,
}  # fmt: skip
NUMBERS: Final[Mapping[str, int]] = {
    "alert.severity": 3, "dispatch.buckets": 0, "dispatch.max_count": 500_000, "dispatch.max_time": 0,
    "dispatch.reduce_freq": 10, "dispatch.sample_ratio": 1, "max_concurrent": 1, "run_n_times": 0,
}  # fmt: skip
TEXTS: Final[Mapping[str, str]] = {
    "alert.expires": "24h", "alert.suppress.fields": "", "alert.suppress.group_name": "", "alert.suppress.period": "",
    "alert_comparator": "", "alert_condition": "", "alert_threshold": "", "alert_type": "always", "allow_skew": "0",
    "cron_schedule": "", "description": "", "dispatch.earliest_time": "", "dispatch.index_earliest": "",
    "dispatch.index_latest": "", "dispatch.latest_time": "", "dispatch.time_format": "%FT%T.%Q%:z", "dispatch.ttl": "2p",
    "dispatchAs": "owner", "displayview": "", "durable.backfill_type": "auto", "durable.lag_time": "0",
    "durable.max_backfill_intervals": "0", "durable.track_time_type": "", "request.ui_dispatch_app": "",
    "request.ui_dispatch_view": "", "schedule_as": "auto", "schedule_priority": "default", "schedule_window": "0",
    "search": "", "vsid": "", "workload_pool": "",
}  # fmt: skip
ALSO: Final = frozenset({"actions", "auto_summarize.command", "embed.enabled"})
FAMILIES: Final = ("action.", "alert.", "args.", "auto_summarize.", "dispatch.", "display.", "durable.", "request.")
# What savedsearches.conf calls otherwise [S2]; REST takes its own names alone (inf).
REST_NAMES: Final = {
    "enableSched": "is_scheduled", "counttype": "alert_type", "relation": "alert_comparator", "quantity": "alert_threshold",
}  # fmt: skip
CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "alert_type": frozenset({"always", "custom", "number of events", "number of hosts", "number of sources"}),
    "alert_comparator": frozenset(
        {"", "greater than", "less than", "equal to", "not equal to", "rises by", "drops by", "rises by perc", "drops by perc"}
    ),
    "dispatchAs": frozenset({"owner", "user"}),
    "durable.track_time_type": frozenset({"", "_time", "_indextime", "none"}),
    "durable.backfill_type": frozenset({"auto", "time_interval", "time_whole"}),
    "schedule_priority": frozenset({"default", "higher", "highest"}),
}  # fmt: skip
# Asked for by capabilities of the same idea: without them the handler knows no such argument (seen for schedule_priority
# and auto_summarize, terraform-provider-splunk issues 2 and 85; inf for the rest).
GUARDED: Final[Mapping[str, str]] = {
    "is_scheduled": "schedule_search", "cron_schedule": "schedule_search", "auto_summarize": "schedule_search",
    "schedule_priority": "edit_search_schedule_priority", "schedule_window": "edit_search_schedule_window",
    "workload_pool": "select_workload_pools",
}  # fmt: skip


def taken(given: Mapping[str, str], capabilities: frozenset[str]) -> dict[str, str]:
    """Return settings as they are kept; raises Failed (400) for a name or a value that is none.

    A configuration file keeps no space at the ends of a value (mem).
    """
    return {name: _checked(name, value.strip(), capabilities) for name, value in given.items()}


def from_conf(stanza: Mapping[str, str]) -> dict[str, str]:
    """Return a stanza of savedsearches.conf under the names of REST."""
    return {REST_NAMES.get(name, name): value.strip() for name, value in stanza.items()}


def shown(values: Mapping[str, str]) -> dict[str, Any]:
    """Return all settings, what was not set by its default, typed as in JSON."""
    filled: dict[str, Any] = {**FLAGS, **NUMBERS, **TEXTS}
    return filled | {name: _typed(name, value) for name, value in values.items()}


def truth(values: Mapping[str, str], name: str) -> bool:
    """Return a flag, by default what the system says."""
    return shown(values)[name] is True


def _checked(name: str, value: str, capabilities: frozenset[str]) -> str:
    known = name in FLAGS or name in NUMBERS or name in TEXTS or name in ALSO or name.startswith(FAMILIES)
    if not known or GUARDED.get(name, "") not in {"", *capabilities}:
        raise unsupported(name)
    if not _good(name, value):
        raise Failed(400, f"Invalid value for argument '{name}': '{value}'.")  # words (lab)
    return value


def _good(name: str, value: str) -> bool:
    """Tell whether a value is one of its kind (inf: how strict the server is, nobody says)."""
    if name in FLAGS:
        return value.lower() in TRUE | FALSE | ({"auto", ""} if FLAGS[name] in {"auto", ""} else frozenset())
    if name in NUMBERS:
        return value.isdigit() and (name != "alert.severity" or 1 <= int(value) <= 6)
    if name == "cron_schedule":
        return not value or _is_schedule(value)
    return name not in CHOICES or value in CHOICES[name]


def _is_schedule(value: str) -> bool:
    try:
        return bool(cron.fields(value))
    except ValueError:
        return False


def _typed(name: str, value: str) -> bool | int | str:
    if name in FLAGS and value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    return int(value) if name in NUMBERS and value.isdigit() else value

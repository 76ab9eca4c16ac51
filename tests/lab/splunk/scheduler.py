"""The scheduler, turned by hand: a saved search run as if it were due at a moment, with what splunkd would leave behind.

It leaves a run, an event in `_internal` as scheduler.log has it (seen), and where the search fires an alert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from lab.serve.exchange import Request
from lab.spl import Row, run
from lab.spl.times import instant
from lab.splunk import saved_fields
from lab.splunk.app import SplunkLab
from lab.splunk.call import Call
from lab.splunk.errors import Failed, Unbuilt
from lab.splunk.events import Made
from lab.splunk.jobs import Found
from lab.splunk.knowledge import NOBODY, Kept, Key, Run
from lab.splunk.saved import actions
from lab.splunk.saved_runs import asked
from lab.splunk.search import found
from lab.splunk.settings import OURS, Role, User

SYSTEM: Final = User(
    "splunk-system-user",
    "",
    Role("splunk-system-role", ("*", "_*"), disk_megabytes=10_000, capabilities=frozenset({"search"})),
)
COMPARED: Final = {
    "greater than": lambda count, edge: count > edge,
    "less than": lambda count, edge: count < edge,
    "equal to": lambda count, edge: count == edge,
    "not equal to": lambda count, edge: count != edge,
}
UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def run_saved_search(lab: SplunkLab, name: str, now: float, *, app: str = OURS.name, owner: str = NOBODY) -> Run:
    """Run a saved search as if it were due at `now` (epoch seconds); its owner's rights count, nobody's are the system's."""
    key = Key("savedsearches", owner, app, name)
    one = lab.knowledge.kept[key]
    shown = saved_fields.shown(one.values)
    user = _owner(lab, one)
    sid = f"scheduler__{one.acl.owner}__{app}_at_{now:.0f}_{len(lab.knowledge.runs) + 1}"
    base = Run(key, sid, now, one.acl.owner, "skipped", severity=shown["alert.severity"], actions=actions(one.values))
    reason = _skipped(shown, user)
    result = replace(base, reason=reason) if reason or user is None else _ran(lab, one, base, user)
    lab.knowledge.runs.append(result)
    lab.store.add("_internal", [_logged(result, now)])
    return result


def _owner(lab: SplunkLab, one: Kept) -> User | None:
    if one.acl.owner == NOBODY:
        return SYSTEM
    user = lab.settings.user(one.acl.owner)
    return None if user is None else replace(user, role=user.role.effective)


def _skipped(shown: dict[str, Any], user: User | None) -> str:
    """Return why the scheduler would not run a search (reasons lab; docs: disabled, enableSched, orphaned searches)."""
    if shown["disabled"]:
        return "disabled"
    if not shown["is_scheduled"] or not shown["cron_schedule"]:
        return "not scheduled"
    if user is None:
        return "orphaned: its owner is no user"
    may = user is SYSTEM or "schedule_search" in user.role.capabilities
    return "" if may else "its owner may not schedule searches"


def _ran(lab: SplunkLab, one: Kept, base: Run, user: User) -> Run:
    shown = saved_fields.shown(one.values)
    try:
        work = found(_call(lab, one, user, base.due))
    except Failed as wrong:
        work = Found(failed=True, messages=(wrong.message,))
    if work.failed:
        return replace(base, status="failed", reason="; ".join(message.text for message in work.messages))
    base = replace(base, status="success", found=len(work.rows), tracked=shown["alert.track"] is not False)
    if not _fires(shown, work.rows, base.due):
        return base
    if base.due < lab.knowledge.silenced.get(base.key, 0):
        return replace(base, suppressed=1)
    return _throttled(lab, shown, base, work.rows)


def _call(lab: SplunkLab, one: Kept, user: User, now: float) -> Call:
    """Return the call the scheduler makes for itself, in the search's own namespace."""
    path = f"/servicesNS/{one.key.owner}/{one.key.app}/search/jobs"
    moment = datetime.fromtimestamp(now, UTC)
    request = Request(0, "POST", path, {}, {}, b"", moment, (), _no_pause)
    given = {name: (value,) for name, value in _window(one, now).items()}
    return Call(lab.deployment, request, user, {}, given)


def _window(one: Kept, now: float) -> dict[str, str]:
    """Return a job's arguments: a durable search looks back by its lag, by arrival if it says so [S2]."""
    given, shown = asked(one), saved_fields.shown(one.values)
    track, lag = shown["durable.track_time_type"], float(shown["durable.lag_time"])
    if track not in {"_time", "_indextime"}:
        return given
    said = (given.pop("earliest_time", "0"), given.pop("latest_time", "now"))
    low, high = (instant(one, now=now, timezone="UTC", at=0) - lag for one in said)
    names = ("earliest_time", "latest_time") if track == "_time" else ("index_earliest", "index_latest")
    return given | {names[0]: str(max(0.0, low)), names[1]: str(high)}


def _fires(shown: dict[str, Any], rows: Sequence[Row], now: float) -> bool:
    kind, compared = shown["alert_type"], shown["alert_comparator"]
    if kind == "always":
        return True
    if kind == "custom":
        return bool(run(f"search * | {shown['alert_condition']}", list(rows), now=now))
    if compared not in COMPARED:
        raise Unbuilt(f"an alert whose count {compared}")
    counts = {"number of events": len(rows)}
    counts |= {
        f"number of {one}s": len({str(row.get(one)) for row in rows if row.get(one)}) for one in ("host", "source")
    }
    return bool(COMPARED[compared](counts[kind], int(shown["alert_threshold"] or 0)))


def _throttled(lab: SplunkLab, shown: dict[str, Any], base: Run, rows: Sequence[Row]) -> Run:
    """Fire, unless a run within alert.suppress.period fired; by fields, unless it fired for the same values (docs)."""
    names = [name.strip() for name in shown["alert.suppress.fields"].split(",") if name.strip()]
    each = (tuple(str(row.get(name, "")) for name in names) for row in rows)
    keys = tuple(dict.fromkeys(each)) if names else ((),)
    if shown["alert.suppress"] is not True:
        return replace(base, fired=True)
    since = base.due - _seconds(shown["alert.suppress.period"])
    before = {
        key for one in lab.knowledge.runs if one.key == base.key and one.fired and one.due > since for key in one.keys
    }
    fresh = tuple(key for key in keys if key not in before)
    return replace(base, fired=bool(fresh), keys=fresh, suppressed=len(keys) - len(fresh))


def _seconds(text: str) -> int:
    return int(text[:-1] or 0) * UNITS[text[-1:]] if text[-1:] in UNITS else int(text or 0)


def _logged(result: Run, now: float) -> Made:
    """Return the line scheduler.log has of a run (seen)."""
    key = result.key
    said = {
        "savedsearch_id": f"{key.owner};{key.app};{key.name}", "search_type": "scheduled", "user": result.user,
        "app": key.app, "savedsearch_name": key.name, "priority": "default", "status": result.status,
        "scheduled_time": f"{result.due:.0f}", "dispatch_time": f"{result.due:.0f}", "run_time": "0.1",
        "result_count": str(result.found), "alert_actions": result.actions if result.fired else "", "sid": result.sid,
        "suppressed": str(result.suppressed), **({"reason": result.reason} if result.reason else {}),
    }  # fmt: skip
    stamp = f"{datetime.fromtimestamp(now, UTC):%m-%d-%Y %H:%M:%S}.000 +0000"
    text = ", ".join(f'{name}="{value}"' for name, value in said.items())
    place = {"host": "lab-sh", "source": "/opt/splunk/var/log/splunk/scheduler.log", "sourcetype": "scheduler"}
    return Made(now, int(now), {**place, **said}, f"{stamp} INFO  SavedSplunker - {text}")


def _no_pause(seconds: float) -> None:
    """Take no time: nothing waits for the scheduler."""

"""What is done to one saved search: run at once, its runs listed, its times told, its alerts kept quiet (docs: RESTsearch)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from lab.serve.exchange import Answer
from lab.spl import SplError
from lab.spl.times import instant
from lab.splunk import cron, dispatch, saved_fields
from lab.splunk.atom import Entry, collection, feed
from lab.splunk.call import Call
from lab.splunk.errors import Failed, Message, Unbuilt, messages_answer, unsupported
from lab.splunk.knowledge import Kept, Run
from lab.splunk.objects import ONE, entry, only, writable
from lab.splunk.saved import SEARCHES, runnable

OVERRIDES: Final = {
    "dispatch.earliest_time": "earliest_time", "dispatch.latest_time": "latest_time",
    "dispatch.index_earliest": "index_earliest", "dispatch.index_latest": "index_latest",
    "dispatch.max_count": "max_count", "dispatch.max_time": "max_time",
    "dispatch.allow_partial_results": "allow_partial_results",
}  # fmt: skip
TAKEN: Final = frozenset({"output_mode", "dispatch.now", "trigger_actions", "force_dispatch", "dispatchAs", *OVERRIDES})


def dispatched(call: Call) -> Answer:
    """POST one/dispatch: a job by the saved search's settings, what is sent goes before them; a disabled one cannot run."""
    one = only(SEARCHES, call)
    if unknown := set(call.given) - TAKEN:
        raise unsupported(*unknown)
    if call.truth("trigger_actions", default=False) or call.one("dispatchAs", "owner") != "owner":
        raise Unbuilt("a dispatch that triggers actions, or as another user")
    if saved_fields.truth(one.values, "disabled"):
        raise Failed(403, f"The saved search '{one.key.name}' is disabled.")  # status and words (lab)
    sid = f"{call.user.name}__{one.acl.owner}__{one.key.app}__{_short(one)}_at_{call.now:.0f}_{call.deployment.jobs.number()}"
    given = {
        **asked(one),
        **{OVERRIDES[name]: call.given[name][-1] for name in OVERRIDES if name in call.given},
        "id": sid,
    }
    if "dispatch.now" in call.given:
        given["now"] = call.one("dispatch.now")
    answer = dispatch.create(replace(call, given=_arguments(call, given)))
    call.knowledge.runs.append(Run(one.key, sid, call.now, call.user.name, "dispatched"))
    return answer


def asked(one: Kept) -> dict[str, str]:
    """Return a saved search as the arguments of a job."""
    shown = saved_fields.shown(one.values)
    values = {mine: str(shown[name]) for name, mine in OVERRIDES.items() if shown[name] != ""}
    return {"search": runnable(str(shown["search"])), **values}


def history(call: Call) -> Answer:
    """GET one/history: the jobs it made, the newest first [L1: SavedSearch.history]."""
    one = only(SEARCHES, call)
    runs = [run for run in reversed(call.knowledge.runs) if run.key == one.key and run.status != "skipped"]
    return collection(call, "savedsearch", [_job(call, run) for run in runs])


def times(call: Call) -> Answer:
    """GET one/scheduled_times: when it is due between two times (docs); none where it is not scheduled."""
    one = only(SEARCHES, call)
    shown = saved_fields.shown(one.values)
    low, high = (_moment(call, name) for name in ("earliest_time", "latest_time"))
    due = cron.times(shown["cron_schedule"], low, high) if shown["is_scheduled"] and shown["cron_schedule"] else []
    said = entry(SEARCHES, call, one)
    return feed(call, "savedsearch", [replace(said, content={**said.content, "scheduled_times": due})], ONE)


def suppression(call: Call) -> Answer:
    """GET one/suppress: for how many seconds yet its alerts are kept quiet [L1: SavedSearch.suppressed]."""
    one = only(SEARCHES, call)
    left = max(0, int(call.knowledge.silenced.get(one.key, 0) - call.now))
    key = f"{one.key.owner};{one.key.app};{one.key.name};;"
    content = {"suppressed": left > 0, "suppressionKey": key, "expiration": str(left)}
    return feed(call, "savedsearch", [replace(entry(SEARCHES, call, one), content=content)], ONE)


def suppressed(call: Call) -> Answer:
    """POST one/suppress: keep its alerts quiet for some seconds, 0 is none."""
    one = writable(SEARCHES, call)
    call.knowledge.silenced[one.key] = call.now + call.whole("expiration", 0)
    return suppression(call)


def acknowledged(call: Call) -> Answer:
    """POST one/acknowledge: let it alert again."""
    call.knowledge.silenced.pop(writable(SEARCHES, call).key, None)
    return messages_answer(200, [Message("INFO", "Acknowledged.")], call.mode)


def _short(one: Kept) -> str:
    """Return what stands for a name in an id (seen: RMD5 and a digest)."""
    return f"RMD5{hashlib.md5(one.key.name.encode(), usedforsecurity=False).hexdigest()[:16]}"


def _arguments(call: Call, given: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {"output_mode": (call.mode,), **{name: (value,) for name, value in given.items()}}


def _job(call: Call, run: Run) -> Entry:
    content = {
        "isDone": True, "isFinalized": False, "isRealTimeSearch": False, "isSaved": False,
        "isScheduled": run.status != "dispatched", "isZombie": False, "start": int(run.due), "ttl": call.settings.ttl,
    }  # fmt: skip
    return Entry(run.sid, f"search/jobs/{run.sid}", content, run.user)


def _moment(call: Call, name: str) -> float:
    defaults = {"earliest_time": "now", "latest_time": "+1h"}
    try:
        return instant(call.one(name, defaults[name]), now=call.now, timezone="UTC", at=0)
    except SplError:
        raise Failed(400, f"Invalid {name}: '{call.one(name)}'.") from None

"""A new search job: its arguments read, its search worked out, its place in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lab.serve.exchange import Answer
from lab.splunk.call import Call
from lab.splunk.errors import Failed, Message, Unbuilt, unsupported
from lab.splunk.jobs import Found, Job
from lab.splunk.search import found
from lab.splunk.told import created, page, streamed

# docs: POST search/v2/jobs. What stands behind a name must be given as that, since the lab does not do the rest.
KNOWN: Final[Mapping[str, str]] = {
    "search": "", "exec_mode": "", "earliest_time": "", "latest_time": "", "index_earliest": "", "index_latest": "",
    "now": "", "max_count": "", "max_time": "", "timeout": "", "id": "", "namespace": "", "adhoc_search_level": "",
    "allow_partial_results": "", "rf": "", "output_mode": "", "preview": "", "label": "", "provenance": "", "segmentation": "",
    "enable_lookups": "", "workload_pool": "", "spawn_process": "", "auto_cancel": "", "auto_pause": "0",
    "auto_finalize_ec": "0", "status_buckets": "0", "search_mode": "normal", "sample_ratio": "", "count": "", "offset": "",
    "reuse_max_seconds_ago": "0", "reload_macros": "",
    "force_bundle_replication": "", "sync_bundle_replication": "", "time_format": "%FT%T.%Q%:z",
}  # fmt: skip


def create(call: Call) -> Answer:
    """POST search/v2/jobs: the id at once, or with blocking when it is done, or with oneshot the rows alone [L1]."""
    mode = call.one("exec_mode", "normal")
    if mode not in {"normal", "blocking", "oneshot"}:
        raise Failed(400, f"Invalid exec_mode: '{mode}'.")
    if mode != "normal":
        _place(call)
    job = _made(call)
    if mode == "oneshot":
        call.request.pause(job.parses + job.needs)
        return page(call, job, job.found.rows, preview=False)
    call.deployment.jobs.add(job, replacing=call.settings.reused_id == "replaced")
    if mode == "blocking":
        call.request.pause(job.parses + job.needs)
    return created(call, job.sid)


def export(call: Call) -> Answer:
    """POST search/v2/jobs/export: all rows in a stream, no cap of 50,000; no id to come back to (1.3)."""
    if "exec_mode" in call.given:
        raise Failed(400, 'Argument "exec_mode" is not supported by this handler.')
    if "count" in call.given or "offset" in call.given:
        raise Unbuilt("a part of a stream")
    _place(call)
    job = _made(call)
    call.request.pause(job.parses + job.needs)
    return streamed(call, job)


def _place(call: Call) -> None:
    """Refuse what cannot wait in the queue; raises Failed (503) [S1][S3a], in words seen in public (1.3 [S9])."""
    running, quota = call.deployment.jobs.running(call.user), call.user.role.jobs
    if running >= quota:
        reason = (
            "Search not executed: This search could not be dispatched because the role-based concurrency limit of "
            f'historical searches for user "{call.user.name}" has been reached (usage={running}, quota={quota}).'
        )
        raise Failed(503, reason, kind="FATAL")


def _made(call: Call) -> Job:
    call.need("search")
    _check(call)
    work = found(call)
    now = call.deployment.jobs.clock()
    slow, queued = call.bent("slow"), call.bent("queued")
    needs = call.settings.search_seconds + (slow.amount if slow else 0)
    work, needs = _limited(call, work, needs)
    return Job(
        sid=call.one("id") or f"{call.now:.0f}.{call.deployment.jobs.number()}",
        user=call.user,
        text=call.one("search"),
        request={name: values[-1] for name, values in call.given.items()},
        found=work,
        parses=call.settings.parsing_seconds,
        needs=needs,
        ttl=call.settings.failed_ttl if work.failed else call.whole("timeout", call.settings.ttl),
        made=call.now,
        used=now,
        auto_cancel=call.whole("auto_cancel", 0) or float("inf"),
        held=now + (queued.amount if queued else 0),
        known=now + call.settings.unknown_seconds,
    )


def _check(call: Call) -> None:
    if unknown := set(call.given) - set(KNOWN):
        raise unsupported(*unknown)
    for name, only in KNOWN.items():
        if only and call.one(name, only) != only:
            raise Unbuilt(f"{name}={call.one(name)} for a search job")


def _limited(call: Call, work: Found, needs: float) -> tuple[Found, float]:
    """End a search after max_time or the role's srchMaxTime: half of it is done then, and that looks like success (1.3)."""
    asked = call.whole("max_time", 0)
    most = min(asked or float("inf"), call.user.role.max_seconds)
    if needs <= most:
        return work, needs
    return replace(halved(work, f"Search auto-finalized after time limit ({most:.15g} seconds) reached.")), most


def halved(work: Found, message: str) -> Found:
    rows, events = work.rows[: len(work.rows) // 2], work.events[: len(work.events) // 2]
    return replace(
        work,
        rows=rows,
        events=events,
        event_count=work.event_count // 2,
        finalized=True,
        messages=(*work.messages, Message("INFO", message)),
    )

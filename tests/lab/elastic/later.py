"""Searches that go on without their caller: submitted, fetched, watched, deleted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from lab.elastic.call import Call
from lab.elastic.documents import iso
from lab.elastic.security import need
from lab.elastic.tasks import Task, new_id
from lab.serve.exchange import Answer

NO_EVENTS = {"total": {"value": 0, "relation": "eq"}, "events": []}


def submitted(call: Call, kind: str, found: Mapping[str, Any], wait: int | None, alive: int, *, keep: bool) -> Answer:
    """Wait for a search as long as it was asked to, then answer it whole or as one that goes on."""
    begun, needed = time.monotonic(), seconds(call)
    patience = needed if wait is None else min(needed, wait / 1000)
    task = Task(
        new_id(), kind, call.key.id, call.now, begun, begun + needed, begun + alive / 1000, alive, found
    )  # fmt: skip
    going_on = patience < needed
    if going_on or keep:
        call.cluster.tasks.keep(task)
    call.request.pause(patience)
    return Answer(
        200, _told(task, keeping=going_on or keep, done=not going_on), search=task.id if going_on or keep else ""
    )


def get_task(call: Call, kind: str) -> Answer:
    """GET /_eql/search/{id} and /_async_search/{id}: only for the key that submitted it (docs)."""
    lost(call)
    task = call.cluster.tasks.task(kind, call.names["id"], call.key.id)
    if "keep_alive" in call.request.query:
        task = call.cluster.tasks.extend(task, call.given["keep_alive"])
    left = task.ready - time.monotonic()
    call.request.pause(min(left, (call.given["wait_for_completion_timeout"] or 0) / 1000))
    return Answer(200, _told(task, keeping=True), search=task.id)


def task_status(call: Call, kind: str) -> Answer:
    """GET /_eql/search/status/{id} and /_async_search/status/{id}: needs `monitor`, unlike the search itself (docs)."""
    need(
        call, "monitor", "cluster:monitor/eql/async/status" if kind == "eql" else "cluster:monitor/async_search/status"
    )
    task = call.cluster.tasks.task(kind, call.names["id"], call.key.id)
    running = time.monotonic() < task.ready
    said = {"id": task.id, "is_running": running, "is_partial": running or bool(task.answer.get("is_partial"))}
    said |= _dates(task) | ({} if running else {"completion_status": 200})
    return Answer(
        200, said | ({"_shards": task.answer["response"]["_shards"]} if kind == "async" else {}), search=task.id
    )


def delete_task(call: Call, kind: str) -> Answer:
    """DELETE /_eql/search/{id} and /_async_search/{id}: cancels and forgets."""
    call.cluster.tasks.drop(kind, call.names["id"], call.key.id)
    return Answer(200, {"acknowledged": True}, search=call.names["id"])


def seconds(call: Call) -> float:
    return call.settings.search_seconds + (call.bent("slow") or 0)


def lost(call: Call) -> None:
    if call.bent("lost_search") is not None:
        call.cluster.tasks.forget()


def _told(task: Task, *, keeping: bool, done: bool | None = None) -> dict[str, Any]:
    """Write a search's answer, empty and partial while it runs."""
    running = time.monotonic() < task.ready if done is None else not done
    named = {"id": task.id} if keeping else {}
    if task.kind == "eql":
        waiting = {"is_partial": True, "is_running": True, "took": _took(task), "timed_out": False, "hits": NO_EVENTS}
        return named | (waiting if running else dict(task.answer))
    found = task.answer["response"]
    state = {"is_partial": running or task.answer["is_partial"], "is_running": running, **_dates(task)}
    return named | state | {"response": _nothing(found) if running else found}


def _nothing(answer: Mapping[str, Any]) -> dict[str, Any]:
    waiting = {"total": answer["_shards"]["total"], "successful": 0, "skipped": 0, "failed": 0}
    none: dict[str, Any] = {"total": {"value": 0, "relation": "gte"}, "max_score": None, "hits": []}
    return {"took": 0, "timed_out": False, "num_reduce_phases": 0, "_shards": waiting, "hits": none}


def _dates(task: Task) -> dict[str, Any]:
    expires = task.started + round((task.expires - task.begun) * 1000)
    if task.kind == "eql":
        return {"start_time_in_millis": task.started, "expiration_time_in_millis": expires}
    return {
        "start_time": iso(task.started),
        "start_time_in_millis": task.started,
        "expiration_time": iso(expires),
        "expiration_time_in_millis": expires,
    }


def _took(task: Task) -> int:
    return int((time.monotonic() - task.begun) * 1000)

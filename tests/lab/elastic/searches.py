"""The endpoints that search: _search, _count, _pit, _async_search, _eql/search, and what follows a search that goes on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from lab.elastic.call import Call, body_of
from lab.elastic.dates import span
from lab.elastic.documents import iso
from lab.elastic.eql import check_targets, eql
from lab.elastic.errors import Failed, illegal
from lab.elastic.names import LOCAL, Targets, resolve
from lab.elastic.query import compile_query
from lab.elastic.search import SIGNS, search
from lab.elastic.security import need
from lab.elastic.select import count
from lab.elastic.shards import failing, shards
from lab.elastic.tasks import Pit, Task, new_id
from lab.serve.exchange import Answer

NO_EVENTS = {"total": {"value": 0, "relation": "eq"}, "events": []}


def run_search(call: Call) -> Answer:
    """POST /_search and /{index}/_search."""
    body = body_of(call)
    if "pit" in body:
        return _in_pit(call, body)
    targets = _targets(call, "indices:data/read/search")
    _wait(call)
    return Answer(200, search(call, targets, body))


def run_count(call: Call) -> Answer:
    """GET or POST /{index}/_count."""
    targets = _targets(call, "indices:data/read/search")
    query = compile_query(body_of(call).get("query"), call.now)
    failed = failing(call, targets.indices, allowed=True)
    there = tuple(one for one in targets.indices if one not in failed)
    return Answer(200, {"count": count(there, query, None, None), "_shards": shards(targets.indices, failed, query)})


def open_pit(call: Call) -> Answer:
    """POST /{index}/_pit: what the indices hold now, partial only if asked for [E1]."""
    if call.given["keep_alive"] is None:
        raise illegal("[keep_alive] is not specified")
    targets = _targets(call, "indices:data/read/open_point_in_time")
    failed = failing(call, targets.indices, allowed=call.given["allow_partial_search_results"])
    there = tuple(one for one in targets.indices if one not in failed)
    expires = time.monotonic() + call.given["keep_alive"] / 1000
    pit = Pit(new_id(), call.key.id, there, targets.skipped, expires)
    call.cluster.tasks.open(pit)
    return Answer(
        200, {"id": pit.id, "_shards": shards(targets.indices, failed, compile_query(None, 0))}, search=pit.id
    )


def close_pit(call: Call) -> Answer:
    """DELETE /_pit."""
    freed = call.cluster.tasks.close(str(body_of(call).get("id", "")))
    return Answer(200 if freed else 404, {"succeeded": True, "num_freed": freed})


def run_async(call: Call) -> Answer:
    """POST /{index}/_async_search: waits one second, keeps five days what is not done by then [E1]."""
    targets = _targets(call, "indices:data/read/async_search/submit")
    signs = (*SIGNS, "is_partial")
    found = search(call, targets, body_of(call), signs=signs)
    cut = call.bent("is_partial") is not None or found["_shards"]["failed"] > 0
    wait, keep = call.given["wait_for_completion_timeout"], call.given["keep_on_completion"]
    return _submitted(call, "async", {"is_partial": cut, "response": found}, wait, call.given["keep_alive"], keep=keep)


def run_eql(call: Call) -> Answer:
    """GET or POST /{index}/_eql/search; settings of the wait stand in the query or, after it, in the body [E2].

    Without wait_for_completion_timeout it takes as long as it takes [E1].
    """
    body = body_of(call)
    targets = _targets(call, "indices:data/read/eql")
    check_targets(call, targets, call.names["index"])
    found = eql(call, targets, body)
    wait, alive = _span(call, body, "wait_for_completion_timeout"), _span(call, body, "keep_alive")
    keep = call.given["keep_on_completion"] or bool(body.get("keep_on_completion"))
    return _submitted(call, "eql", found, wait, alive or span("5d"), keep=keep)


def get_task(call: Call, kind: str) -> Answer:
    """GET /_eql/search/{id} and /_async_search/{id}: only for the key that submitted it (docs)."""
    _lost(call)
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


def _in_pit(call: Call, body: Mapping[str, Any]) -> Answer:
    _lost(call)
    if "index" in call.names:
        reason = "[indices] cannot be used with point in time. Do not specify any index with point in time."
        raise Failed(400, "action_request_validation_exception", f"Validation Failed: 1: {reason};")
    pit = call.cluster.tasks.pit(str(body["pit"]["id"]))
    keep = body["pit"].get("keep_alive")
    _wait(call)
    found = search(call, Targets(pit.indices, {LOCAL: ""}, pit.skipped), body, pit=True)
    renewed = call.cluster.tasks.renew(pit, None if keep is None else span(keep))
    return Answer(200, {"pit_id": renewed.id, **found}, search=renewed.id)


def _targets(call: Call, action: str) -> Targets:
    return resolve(call, call.names.get("index", "_all"), privilege="read", action=action)


def _seconds(call: Call) -> float:
    return call.settings.search_seconds + (call.bent("slow") or 0)


def _wait(call: Call) -> None:
    call.request.pause(_seconds(call))


def _lost(call: Call) -> None:
    if call.bent("lost_search") is not None:
        call.cluster.tasks.forget()


def _submitted(call: Call, kind: str, found: Mapping[str, Any], wait: int | None, alive: int, *, keep: bool) -> Answer:
    """Wait for a search as long as it was asked to, then answer it whole or as one that goes on."""
    begun, seconds = time.monotonic(), _seconds(call)
    patience = seconds if wait is None else min(seconds, wait / 1000)
    task = Task(
        new_id(), kind, call.key.id, call.now, begun, begun + seconds, begun + alive / 1000, alive, found
    )  # fmt: skip
    going_on = patience < seconds
    if going_on or keep:
        call.cluster.tasks.keep(task)
    call.request.pause(patience)
    return Answer(
        200, _told(task, keeping=going_on or keep, done=not going_on), search=task.id if going_on or keep else ""
    )


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


def _span(call: Call, body: Mapping[str, Any], name: str) -> int | None:
    if name in call.request.query:
        return int(call.given[name])
    return span(str(body[name])) if name in body else call.given[name]

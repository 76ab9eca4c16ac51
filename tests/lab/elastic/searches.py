"""The endpoints that search: _search, _count, _pit, _async_search, _eql/search."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from lab.elastic.call import Call, body_of
from lab.elastic.dates import span
from lab.elastic.eql import check_targets, eql
from lab.elastic.errors import Failed, illegal
from lab.elastic.later import lost, seconds, submitted
from lab.elastic.names import Targets, resolve
from lab.elastic.query import compile_query
from lab.elastic.search import BODY, SIGNS, search
from lab.elastic.select import count
from lab.elastic.shards import failing, shards
from lab.elastic.tasks import Pit, new_id
from lab.serve.exchange import Answer


def run_search(call: Call) -> Answer:
    """POST /_search and /{index}/_search."""
    body = body_of(call, BODY)
    if "pit" in body:
        return _in_pit(call, body)
    targets = _targets(call, "indices:data/read/search")
    call.request.pause(seconds(call))
    return Answer(200, search(call, targets, body))


def run_count(call: Call) -> Answer:
    """GET or POST /{index}/_count."""
    targets = _targets(call, "indices:data/read/search")
    query = compile_query(body_of(call, {"query"}).get("query"), call.now)
    failed = failing(call, targets.indices, allowed=True)
    there = tuple(one for one in targets.indices if one not in failed)
    return Answer(200, {"count": count(there, query, None, None), "_shards": shards(targets.indices, failed, query)})


def open_pit(call: Call) -> Answer:
    """POST /{index}/_pit: what the indices hold now, partial only if asked for [E1]."""
    if call.given["keep_alive"] is None:
        raise illegal("[keep_alive] is not specified")
    body_of(call, ())
    targets = _targets(call, "indices:data/read/open_point_in_time")
    failed = failing(call, targets.indices, allowed=call.given["allow_partial_search_results"])
    there = tuple(one for one in targets.indices if one not in failed)
    expires = time.monotonic() + call.given["keep_alive"] / 1000
    pit = Pit(new_id(), new_id(), there, targets.asked, targets.skipped, expires)
    call.cluster.tasks.open(pit)
    return Answer(
        200, {"id": pit.id, "_shards": shards(targets.indices, failed, compile_query(None, 0))}, search=pit.id
    )


def close_pit(call: Call) -> Answer:
    """DELETE /_pit."""
    freed = call.cluster.tasks.close(str(body_of(call, {"id"}).get("id", "")))
    return Answer(200 if freed else 404, {"succeeded": True, "num_freed": freed})


def run_async(call: Call) -> Answer:
    """POST /{index}/_async_search: waits one second, keeps five days what is not done by then [E1]."""
    targets = _targets(call, "indices:data/read/async_search/submit")
    signs = (*SIGNS, "is_partial")
    found = search(call, targets, body_of(call, BODY - {"pit"}), signs=signs)
    cut = call.bent("is_partial") is not None or found["_shards"]["failed"] > 0
    wait, keep = call.given["wait_for_completion_timeout"], call.given["keep_on_completion"]
    return submitted(call, "async", {"is_partial": cut, "response": found}, wait, call.given["keep_alive"], keep=keep)


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
    return submitted(call, "eql", found, wait, alive or span("5d"), keep=keep)


def _in_pit(call: Call, body: Mapping[str, Any]) -> Answer:
    lost(call)
    if "index" in call.names:
        reason = "[indices] cannot be used with point in time. Do not specify any index with point in time."
        raise Failed(400, "action_request_validation_exception", f"Validation Failed: 1: {reason};")
    pit = call.cluster.tasks.pit(str(body["pit"]["id"]))
    keep = body["pit"].get("keep_alive")
    call.request.pause(seconds(call))
    found = search(call, Targets(pit.indices, pit.asked, pit.skipped), body, pit=True)
    renewed = call.cluster.tasks.renew(pit, None if keep is None else span(keep))
    return Answer(200, {"pit_id": renewed.id, **found}, search=renewed.id)


def _targets(call: Call, action: str) -> Targets:
    return resolve(call, call.names.get("index", "_all"), privilege="read", action=action)


def _span(call: Call, body: Mapping[str, Any], name: str) -> int | None:
    if name in call.request.query:
        return int(call.given[name])
    return span(str(body[name])) if name in body else call.given[name]

"""POST /v1/workspaces/{id}/query: the plain query, as azure-monitor-query sends it.

Bends: `partial` (every second row is missing, and only the error says so), `partial_without_table`, `empty` (200 without a
body), `no_content` (204), `capped` (amount: rows at most, said as the real cap says it), `slow` (amount: seconds), `timeout`
(504 after amount seconds), `queue_full` (429; amount: Retry-After).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from lab.kql.tokens import tokens
from lab.sentinel.call import Call
from lab.sentinel.engine import Result, days_before
from lab.sentinel.errors import bad_query, insufficient, logs_failed, nested
from lab.sentinel.listed import STORED, asks
from lab.sentinel.roles import QUERY, allows
from lab.sentinel.store import Table
from lab.sentinel.timespan import Span, read_span
from lab.serve.exchange import Answer

TOO_LARGE = "-2133196797"  # 0x80DA0003, E_QUERY_RESULT_SET_TOO_LARGE [M20]


def query(call: Call) -> Answer:
    """Answer a query over the interactive data of Analytics tables; archived time gives no rows and no error."""
    body = body_of(call)
    if body is None or call.bent("empty") is not None:
        return Answer(200, None)  # without JSON or its Content-Type: a documented answer [M6]
    may_query(call, str(body.get("query", "")))
    if not call.workspace.store.tables() or call.bent("no_content") is not None:
        return Answer(204, None)
    turned_away(call)
    with call.workspace.gates.query(call.caller.id, call.request.pause):
        took_too_long(call)
        call.workspace.jobs.refresh()
        return answered(call, _run(call, body))


def body_of(call: Call) -> dict[str, Any] | None:
    """Return the body as an object, None for what the service takes for none."""
    if not call.request.headers.get("content-type", "").startswith("application/json") or not call.request.body:
        return None
    try:
        body = orjson.loads(call.request.body)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def may_query(call: Call, text: str) -> None:
    """Raise Failed (403) unless the caller may read the workspace and each table the query names."""
    if call.names["workspace"] != call.settings.workspace or not allows(call.caller.role, QUERY):
        raise insufficient(call.caller.id)
    if named(call, text) & call.caller.denied:
        raise insufficient(call.caller.id)


def named(call: Call, text: str) -> set[str]:
    """Return the tables whose names stand in a query, and the one behind the functions of watchlists."""
    spelled = tokens(text)
    names = {token.text for token in spelled} | ({STORED} if asks(spelled) else set())
    return names & {*call.workspace.store.tables(), *call.caller.denied}


def turned_away(call: Call) -> None:
    """Raise Failed (429) where the script says that the queue is full."""
    seconds = call.bent("queue_full")
    if seconds is not None:
        wait = round(seconds) if seconds else None
        raise logs_failed(429, "TooManyRequests", "The query queue of this user is full", wait=wait)


def took_too_long(call: Call) -> None:
    """Wait as long as the query takes; raises Failed (504) when that is over what the caller waits for [M6]."""
    wait = re.search(r"wait=(\d+)", call.request.headers.get("prefer", ""))
    allowed = min(float(wait[1]) if wait else call.settings.wait, call.settings.longest_wait)
    ended = call.bent("timeout")
    needed = call.settings.query_seconds + (call.bent("slow") or 0)
    call.request.pause(min(needed, allowed) if ended is None else ended)
    if ended is not None or needed > allowed:
        words = "Gateway timeout"
        raise logs_failed(
            504, "GatewayTimeout", words, ("GatewayTimeout", "The query did not end within the time allowed")
        )


def answered(call: Call, found: Result) -> Answer:
    """Write an answer, cut where it is over the limits or the script says so."""
    rows, error = _cut(call, found)
    said: dict[str, Any] = {"tables": [_table(found, rows)]}
    if call.bent("partial_without_table") is not None:
        said, error = {}, _partial("The server failed before the first row.", "-2133196800")
    if "include-statistics=true" in call.request.headers.get("prefer", ""):
        said["statistics"] = _statistics(found, rows)
    return Answer(200, said | ({"error": error} if error else {}))


def _run(call: Call, body: dict[str, Any]) -> Result:
    text, now = str(body.get("query", "")), call.request.now
    asked = read_span(body["timespan"], now) if body.get("timespan") else Span()
    if body.get("workspaces"):
        raise NotImplementedError("a query over several workspaces")
    tables = call.workspace.store.tables()
    for name in named(call, text):
        if name in tables and tables[name].keep.plan != "Analytics":
            raise _wrong_plan(tables[name])
    return call.workspace.again.run(text, lambda table: asked.within(days_before(now, table.keep.interactive)), now)


def _wrong_plan(table: Table) -> Exception:
    """Refuse a Basic or Auxiliary table here; the words are those of public reports (seen)."""
    plan, where = table.keep.plan, "https://api.loganalytics.io/v1/workspaces/{workspaceId}"
    words = f"Query of {plan} Logs table is not supported with the API '{where}/query'.\nYou can use '{where}/search' instead."
    return bad_query("UnsupportedApiQueryValidationError", words)


def _cut(call: Call, found: Result) -> tuple[Sequence[Sequence[Any]], dict[str, Any] | None]:
    """Cut an answer to the limits of rows and bytes [M3]; a cut one is 200 with an error beside its rows."""
    most = call.settings.rows if call.bent("capped") is None else round(call.bent("capped") or 0)
    if len(found.rows) > most:
        return found.rows[:most], _too_large(f"{most} records")
    size = len(orjson.dumps(found.rows, default=str, option=orjson.OPT_NAIVE_UTC)) if len(found.rows) > 1_000 else 0
    if size > call.settings.size:
        fits = int(len(found.rows) * call.settings.size / size)
        return found.rows[:fits], _too_large(f"{call.settings.size} bytes")
    if call.bent("partial") is not None:
        return found.rows[::2], _partial("A shard of the data could not be read.", "-2133196800")
    return found.rows, None


def _too_large(limit: str) -> dict[str, Any]:
    words = f"The results of this query exceed the set limit of {limit}, so not all records were returned"
    return _partial(f"{words} (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003).", TOO_LARGE)


def _partial(words: str, code: str) -> dict[str, Any]:
    """Write what stands beside the tables of a partial answer (M6; details from memory)."""
    detail = nested("EngineError", "Something went wrong processing your query on the server.", (code, words))
    said = nested("PartialError", "There were some errors when processing your query.")
    return said | {"details": [detail]}


def _table(found: Result, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    columns = [{"name": name, "type": kind} for name, kind in found.columns]
    return {"name": "PrimaryResult", "columns": columns, "rows": rows}


def _statistics(found: Result, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Write the parts of the statistics that a reader may lean on (mem)."""
    looked = {"rows": {"total": found.scanned, "scanned": found.scanned}}
    return {
        "query": {
            "executionTime": 0.01,
            "inputDatasetStatistics": looked,
            "datasetStatistics": [{"tableRowCount": len(rows), "tableSize": 0}],
        }
    }

"""POST /v1/workspaces/{id}/search: the only way to ask Basic and Auxiliary tables [M10]. Bends as in query.py."""

from __future__ import annotations

from typing import Any

from lab.kql.stream import operators
from lab.kql.tokens import plain_literals, tokens
from lab.sentinel.call import Call
from lab.sentinel.engine import Result, days_before
from lab.sentinel.errors import bad_query
from lab.sentinel.listed import asks
from lab.sentinel.query import answered, body_of, may_query, named, took_too_long, turned_away
from lab.sentinel.steps import filters_time
from lab.sentinel.store import Table
from lab.sentinel.timespan import Span, read_span
from lab.serve.exchange import Answer

REFUSED = frozenset({"join", "find", "search", "externaldata", "lookup", "union"})
INVALID = "QueryValidationError"  # the kind of all these refusals (lab)


def search(call: Call) -> Answer:
    """Answer a query over one table; time comes by the timespan alone."""
    body = body_of(call)
    if body is None or call.bent("empty") is not None:
        return Answer(200, None)
    may_query(call, str(body.get("query", "")))
    if call.bent("no_content") is not None:
        return Answer(204, None)
    turned_away(call)
    with call.workspace.gates.search(call.caller.id, call.request.pause):
        took_too_long(call)
        return answered(call, _run(call, body))


def _run(call: Call, body: dict[str, Any]) -> Result:
    text, now = str(body.get("query", "")), call.request.now
    asked = _timespan(call, body)
    days = {"Basic": call.settings.basic_days}
    table = _table(call, text)
    span = asked.within(days_before(now, min(days.get(table.keep.plan, table.keep.total), table.keep.total)))
    return call.workspace.engine.run(text, lambda _: span, now)


def _timespan(call: Call, body: dict[str, Any]) -> Span:
    """Read the timespan from the address, where the documentation shows it, or from the body as for /query."""
    said = call.request.query.get("timespan") or body.get("timespan")
    return read_span(said, call.request.now) if said else Span()


def _table(call: Call, text: str) -> Table:
    """Return the one table a query is about; raises Failed for more, for other plans, and for what needs more."""
    spelled = plain_literals(tokens(text))
    tables = call.workspace.store.tables()
    first = tables.get(spelled[0].text) if spelled else None
    if first is None:
        raise bad_query("SemanticError", "A semantic error occurred.", ("SEM0100", "The query starts from no table"))
    if first.keep.plan == "Analytics" or len(named(call, text)) > 1:
        raise bad_query(INVALID, "The query should contain a single Basic or Auxiliary Logs table.")
    if wrong := [one for one in operators(spelled) if one in REFUSED]:
        raise bad_query(INVALID, f"The operator '{wrong[0]}' is not supported on Basic and Auxiliary Logs tables.")
    if asks(spelled):
        raise bad_query(INVALID, "Functions are not supported on Basic and Auxiliary Logs tables.")
    if filters_time(spelled):
        raise bad_query(INVALID, "The time range can only be set by the timespan, not in the query.")
    return first

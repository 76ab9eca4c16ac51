"""Resource Manager's calls on search jobs: PUT a result table, cancel its search, DELETE it.

Bends: `search_job_slow` (with the PUT; amount: more seconds, or more looks where jobs go by looks), `search_job_failed`
(with the PUT: it ends halfway, as Failed), `lost_table` (with a GET: the table is gone).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from lab.sentinel.call import Call
from lab.sentinel.errors import arm_failed
from lab.sentinel.job import Order
from lab.sentinel.roles import DELETE, JOBS, WRITE
from lab.sentinel.tables import TYPE, need, written
from lab.serve.exchange import Answer

SUFFIX = "_SRCH"


def start(call: Call) -> Answer:
    """PUT tables/{name}_SRCH: starts a job that costs money, 202; over a table that is there it is refused."""
    need(call, WRITE)
    need(call, JOBS)
    _at_home(call)
    order = _order(call)
    slower = call.bent("search_job_slow") or 0
    call.workspace.jobs.start(order, call.request.now, slower=slower, fails=call.bent("search_job_failed") is not None)
    return Answer(202, written(call, call.workspace.store.tables()[order.name]), search=order.name)


def cancel(call: Call) -> Answer:
    """POST tables/{name}/cancelSearch."""
    need(call, WRITE)
    _at_home(call)
    call.workspace.jobs.cancel(call.names["table"])
    return Answer(200, None, search=call.names["table"])


def delete(call: Call) -> Answer:
    """DELETE tables/{name}: 202 while reads still know of it, 200 when they do not, 204 where there was none.

    The lab deletes search jobs' tables only: nothing that asks it has reason to delete data.
    """
    need(call, DELETE)
    name = call.names["table"]
    there = call.workspace.store.tables().get(name)
    if there is not None and there.kind != "SearchResults":
        raise NotImplementedError(f"the deletion of {TYPE}/tables/{name}")
    if not call.workspace.jobs.delete(name):
        return Answer(204, None)
    return Answer(202 if call.settings.lag else 200, None, search=name)


def _at_home(call: Call) -> None:
    """Raise Failed (403) for a principal of another tenant, whatever was delegated to it [M5]."""
    if call.caller.delegated:
        words = "Cross-tenant search jobs are not supported, even when tenants are managed through Azure Lighthouse."
        raise arm_failed(403, "LinkedAuthorizationFailed", words)


def _order(call: Call) -> Order:
    """Read what a job is asked for; raises Failed (400) for what no job can be."""
    asked, name = _asked(call), call.names["table"]
    if not name.endswith(SUFFIX):
        raise _invalid(f"The name of a search results table must end with '{SUFFIX}'.")
    start, end = (_moment(asked, member) for member in ("startSearchTime", "endSearchTime"))
    limit = asked.get("limit", call.settings.job_rows)
    if not start < end:
        raise _invalid("The start of the search must be before its end.")
    if end - start > timedelta(days=call.settings.job_days):
        raise _invalid(f"The search range must not be over {call.settings.job_days} days.")
    if not isinstance(limit, int) or not 0 < limit <= call.settings.job_rows:
        raise _invalid(f"The limit must be between 1 and {call.settings.job_rows}.")
    return Order(name, str(asked.get("query", "")), start, end, limit, str(asked.get("description", "")))


def _asked(call: Call) -> dict[str, Any]:
    try:
        asked = orjson.loads(call.request.body)["properties"]["searchResults"]
    except orjson.JSONDecodeError:
        raise arm_failed(
            400, "InvalidRequestContent", "The request content was invalid and could not be read."
        ) from None
    except KeyError as missing:
        raise NotImplementedError(f"a PUT of a table without {missing}") from missing
    return dict(asked)


def _moment(asked: dict[str, Any], member: str) -> datetime:
    try:
        moment = datetime.fromisoformat(asked[member])
    except (KeyError, TypeError, ValueError):
        raise _invalid(f"'{member}' is no date and time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _invalid(words: str) -> Exception:
    return arm_failed(400, "InvalidParameter", words)

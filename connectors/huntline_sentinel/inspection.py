"""Proof that a rule works: its schedule leaves no gap, its query runs over lists it sees whole, its last run did not fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from huntline.errors import HuntlineError, QueryRejected, Transient, Unauthenticated
from huntline.model.deployed import Deployed
from huntline.model.window import Window
from huntline.ports import Finding
from huntline_sentinel.arrival import Place, unseen
from huntline_sentinel.client import Logs
from huntline_sentinel.literals import text
from huntline_sentinel.rule_shape import span_of
from huntline_sentinel.watchlist_shape import KIND, aliases_in

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
ARRIVED = re.compile(r"ingestion_time\(\) > ago\((\d+)m\)")
HEALTH = "auditing and health monitoring is not switched on, so nobody tells"


def inspect(at: Place, over: Deployed) -> Iterator[Finding]:
    """Yield what is found of an object as it stands there; nothing is changed.

    Raises Unauthenticated and Transient; everything else is a finding.
    """
    if over.kind == KIND:
        yield _found("lists", lambda: _list(at, [over.remote_id]))
        return
    told: Mapping[str, Any] = over.whole.get("properties") or {}  # type: ignore[assignment]  # a map, by the API
    query = str(told.get("query") or "")
    yield _schedule(told)
    yield _found("query", lambda: _asked(at.logs, query))
    if aliases := aliases_in(query):
        yield _found("lists", lambda: _list(at, aliases))
    yield _found("last run", lambda: _last_run(at.logs, over.remote_id))


def _found(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except (Unauthenticated, Transient):
        raise
    except HuntlineError as error:
        return Finding(name, "fail", error.problem)


def _schedule(told: Mapping[str, Any]) -> Finding:
    """Events between two runs are seen by neither where a run looks back less than the time between them."""
    every, back = span_of(told.get("queryFrequency")), span_of(told.get("queryPeriod"))
    words = f"every {told.get('queryFrequency')}, over {told.get('queryPeriod')}"
    if every is None or back is None:
        return Finding("schedule", "unknown", words)
    arrived = [timedelta(minutes=int(found)) for found in ARRIVED.findall(str(told.get("query") or ""))]
    if any(span < every for span in arrived):
        words += f", of what arrived in the last {min(arrived)}"
    gap = back < every or any(span < every for span in arrived)
    return Finding("schedule", "fail" if gap else "ok", words)


def _list(at: Place, aliases: Sequence[str]) -> Finding:
    """A rule over a list that queries do not see whole finds nothing, and says nothing."""
    wrong = [why for alias in aliases if (why := unseen(at, alias))]
    return Finding("lists", "fail" if wrong else "ok", "; ".join(wrong) or f"queries see all of {', '.join(aliases)}")


def _asked(logs: Logs, query: str) -> Finding:
    """Run it over the last hour, as the service does: whole, with its mark."""
    ends = datetime.now(UTC)
    got = logs.ask(query, Window(ends - HOUR, ends))
    if got.wrong:
        return Finding("query", "fail", got.wrong)
    return Finding("query", "ok", "runs over the last hour")


def _last_run(logs: Logs, rule_id: str) -> Finding:
    """Ask the service's own record of its runs, which a workspace has where health monitoring is on."""
    ends = datetime.now(UTC)
    query = "\n".join(
        (
            "SentinelHealth",
            f"| where SentinelResourceType == {text('Analytics Rule')} and SentinelResourceId endswith {text(rule_id)}",
            "| sort by TimeGenerated desc",
            "| take 1",
            "| project TimeGenerated, Status, Description",
        )
    )
    try:
        rows = logs.ask(query, Window(ends - WEEK, ends)).rows
    except QueryRejected:
        return Finding("last run", "unknown", HEALTH)
    if not rows:
        return Finding("last run", "unknown", "has not run in the last seven days")
    status = str(rows[0]["Status"])
    words = f"{rows[0]['TimeGenerated']:%Y-%m-%d %H:%M} UTC: {status} {rows[0].get('Description') or ''}".strip()
    state = {"success": "ok", "failure": "fail"}.get(status.lower(), "warn")
    return Finding("last run", state, words)  # type: ignore[arg-type]  # one of the four words

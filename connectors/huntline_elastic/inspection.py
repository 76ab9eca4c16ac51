"""Proof that a rule or a list works: what it reads is there, its query runs, and its last run did not fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from huntline.errors import HuntlineError, Transient, Unauthenticated
from huntline.model.deployed import Deployed
from huntline.model.pack import Json
from huntline.ports import Finding
from huntline_elastic import lists
from huntline_elastic.client import Client, Kibana
from huntline_elastic.dsl import moment
from huntline_elastic.eql import Ask, remove, submit
from huntline_elastic.indicators import KIND, LABEL
from huntline_elastic.rule_shape import seconds_of, written
from huntline_elastic.rules import RULES
from huntline_elastic.terrain import STRICT, look, rights, target_path

HOUR = timedelta(hours=1)
TIME = "@timestamp"
WAIT = timedelta(seconds=20)


def inspect(client: Client, kibana: Kibana, over: Deployed) -> Iterator[Finding]:
    """Yield what is found of an object as it stands there; nothing is written but Kibana's own preview of a list's rule.

    Raises Unauthenticated and Transient; everything else is a finding.
    """
    if over.kind == KIND:
        yield _found("documents", lambda: _documents(client, over))
        return
    yield _schedule(over.whole)
    yield _found("indexes", lambda: _indexes(client, over.whole))
    if over.whole.get("type") == "threat_match":
        yield _found("lists", lambda: _listed(client, over.whole))
        yield _found("query", lambda: _previewed(kibana, over.whole))
    else:
        yield _found("query", lambda: _asked(client, over.whole))
    yield _last_run(over.whole)


def _found(name: str, look_at: Callable[[], Finding]) -> Finding:
    try:
        return look_at()
    except (Unauthenticated, Transient):
        raise
    except HuntlineError as error:
        return Finding(name, "fail", error.problem)


def _documents(client: Client, over: Deployed) -> Finding:
    count = sum(len(cast(dict[str, Json], found)) for found in over.whole.values())
    other = [name for index in over.whole for name in lists.mapped_otherwise(client, index)]
    if other:
        return Finding("documents", "fail", f"not mapped as keywords, so rules match otherwise: {', '.join(other)}")
    return Finding("documents", "ok", f"{count} indicators")


def _schedule(rule: Mapping[str, Any]) -> Finding:
    """Events between two runs are seen by neither where a run looks back less than the time between them."""
    words = f"every {rule.get('interval')}, from {rule.get('from')}"
    every, back = (seconds_of(rule.get(name)) for name in ("interval", "from"))
    if every is None or back is None:
        return Finding("schedule", "unknown", words)
    return Finding("schedule", "fail" if back < every else "ok", words)


def _indexes(client: Client, rule: Mapping[str, Any]) -> Finding:
    if not rule.get("index"):
        return Finding("indexes", "warn", f"reads the data view {rule.get('data_view_id') or 'of the space'}")
    target = ",".join(rule["index"])
    found = look(client, target, "", rights(client, rule["index"]))
    if found.state != "searchable":
        return Finding("indexes", "fail", found.words)
    return Finding("indexes", "warn" if found.hidden else "ok", found.hidden or f"{len(found.indices)} indexes")


def _listed(client: Client, rule: Mapping[str, Any]) -> Finding:
    """Count what its list holds: an empty one finds nothing, and no run of the rule says so."""
    index = ",".join(rule.get("threat_index") or ())
    key = str(rule.get("threat_query", "")).partition(" : ")[2].strip('"')
    body = {"size": 0, "track_total_hits": True, "query": {"term": {LABEL: key}}}
    told = client.ask("POST", f"/{target_path(index)}/_search", params=STRICT, body=body).body
    count = told["hits"]["total"]["value"]
    return Finding("lists", "ok" if count else "fail", f"{count} indicators in {index}")


def _previewed(kibana: Kibana, rule: Mapping[str, Any]) -> Finding:
    """Let Kibana run it once without alerts: no other call runs an indicator match."""
    ends = datetime.now(UTC)
    body = {**written(rule), "from": "now-1h", "interval": "1h", "enabled": True}
    for ours in ("rule_id", "actions", "exceptions_list"):
        body.pop(ours, None)
    asked = {**body, "invocationCount": 1, "timeframeEnd": moment(ends)}
    told = kibana.ask("POST", f"{RULES}/preview", body=asked).body
    errors = [word for log in told["logs"] for word in log["errors"]]
    warnings = [word for log in told["logs"] for word in log["warnings"]]
    if errors or told.get("isAborted"):
        return Finding("query", "fail", "; ".join(errors) or "the preview did not end in time")
    return Finding("query", "warn" if warnings else "ok", "; ".join(warnings) or "runs over the last hour")


def _asked(client: Client, rule: Mapping[str, Any]) -> Finding:
    """Run it over the last hour under the key that it runs under."""
    ends = datetime.now(UTC)
    ask = Ask(",".join(rule.get("index") or ("*",)), rule["query"], TIME, ends - HOUR, ends, 1, [], {}, True, "")
    told = submit(client, ask, wait=WAIT)
    if told.get("is_running"):
        remove(client, str(told.get("id")))
        return Finding("query", "warn", f"runs over {WAIT.seconds} seconds for the last hour")
    if told.get("timed_out") or told.get("is_partial") or told.get("shard_failures"):
        return Finding("query", "fail", "not all shards answered")
    return Finding("query", "ok", "runs over the last hour")


def _last_run(rule: Mapping[str, Any]) -> Finding:
    last = (rule.get("execution_summary") or {}).get("last_execution")
    if not last:
        return Finding("last run", "unknown", "has not run yet")
    words = f"{last['date']}: {last['status']} {last.get('message') or ''}".strip()
    state = {"failed": "fail", "partial failure": "warn", "succeeded": "ok"}.get(last["status"], "unknown")
    return Finding("last run", state, words)  # type: ignore[arg-type]  # one of the four words

"""Proof that an object works: scheduled, its text taken and running, what it reads there, its last run not failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Literal

from huntline.errors import HuntlineError, Transient, Unauthenticated
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.window import Window
from huntline.ports import Finding
from huntline_splunk import jobs, listing, macros, saved, space
from huntline_splunk.artifact import MACRO, place_in
from huntline_splunk.client import Client, address
from huntline_splunk.entry import Entry
from huntline_splunk.jobs import truth
from huntline_splunk.literals import text
from huntline_splunk.lookups import DEFINITIONS
from huntline_splunk.pages import utc_now
from huntline_splunk.space import Place
from huntline_splunk.table import Tables

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
APART = timedelta(minutes=5)  # clocks may stand so far apart
RUNS = {
    "success": "ok",
    "completed": "ok",
    "delegated_remote_completion": "ok",
    "continued": "warn",
    "deferred": "warn",
    "skipped": "fail",
    "failed": "fail",
    "delegated_remote_error": "fail",
}
"""How a run stands by what scheduler.log says of it (from memory, but for success and skipped)."""


def inspect(client: Client, app: str, artifact: Artifact, over: Deployed) -> Iterator[Finding]:
    """Yield what is found of an object as it stands there; nothing is written.

    Raises Unauthenticated and Transient; everything else is a finding.
    """
    if over.kind == MACRO:
        bar = "| " if str(artifact.body["definition"]).startswith("from ") else ""  # as our searches read it
        yield _found("definition", lambda: _parsed("definition", client, app, f"{bar}`{over.remote_id}`"))
        yield _layer(over)
        return
    if over.kind == listing.KIND:
        yield _found("table", lambda: _read(client, over.remote_id))
        yield _layer(over)
        return
    asked = str(over.managed["search"])
    yield _schedule(over)
    for needed in artifact.needs:
        kind, _, name = place_in(needed).partition("/")
        look = _macro if kind == "macros" else _lookup
        yield _found(f"{kind.removesuffix('s')} {name}", partial(look, client, app, name))
    yield _found("text", lambda: _parsed("text", client, app, asked))
    yield _found("query", lambda: _asked(client, asked))
    yield _found("last run", lambda: _last_run(client, app, over))
    yield _layer(over)


def _found(name: str, look_at: Callable[[], Finding]) -> Finding:
    try:
        return look_at()
    except (Unauthenticated, Transient):
        raise
    except HuntlineError as error:
        return Finding(name, "fail", error.problem)


def _schedule(over: Deployed) -> Finding:
    cron, next_run = over.managed["cron_schedule"], str(over.whole.get("next_scheduled_time") or "")
    if over.state != "on":
        return Finding("schedule", "ok", f"{cron}, once it is on")
    if not over.managed["is_scheduled"] or not next_run:
        return Finding("schedule", "fail", "it is on, and no run of it is planned")
    return Finding("schedule", "ok", f"{cron}, next at {next_run}")


def _macro(client: Client, app: str, name: str) -> Finding:
    entry = space.found(macros.place_of(client, app), name)
    if entry is None:
        return Finding(f"macro {name}", "fail", "is not there")
    if truth(entry.content.get("disabled")):
        return Finding(f"macro {name}", "fail", "is disabled")
    return Finding(f"macro {name}", "ok", str(entry.content.get("definition", "")))


def _lookup(client: Client, app: str, name: str) -> Finding:
    entry = space.found(Place(client, app, DEFINITIONS), name)
    if entry is None:
        return Finding(f"lookup {name}", "fail", "is not there")
    if truth(entry.content.get("disabled")):
        return Finding(f"lookup {name}", "fail", "is disabled")
    return Finding(f"lookup {name}", "ok", str(entry.content.get("filename", "")))


def _read(client: Client, called: str) -> Finding:
    """Read it by its definition, as the searches do."""
    count = len(_rows(client, f"| inputlookup strict=true {called}"))
    return Finding("table", "ok" if count else "fail", f"{count} indicators")


def _parsed(name: str, client: Client, app: str, asked: str) -> Finding:
    """Let the search head read it, macros in it expanded."""
    endpoint = "search/v2/parser" if "/v2/" in client.jobs() else "search/parser"
    client.ask("POST" if "v2" in endpoint else "GET", address(space.NOBODY, app, endpoint), q=_whole(asked))
    return Finding(name, "ok", "the search head reads it")


def _asked(client: Client, asked: str) -> Finding:
    """Run it over events of the last hour, under who deploys: a search in an app runs as its owner, who may see other indexes."""
    rows = _rows(client, f"{_whole(asked)} | stats count")
    count = int(float(rows[0]["count"])) if rows else 0
    return Finding("query", "ok", f"runs over the last hour, where it finds {count} events")


def _last_run(client: Client, app: str, over: Deployed) -> Finding:
    """Look into the scheduler's log, where the role may read it: a run that was skipped leaves nothing else behind."""
    if over.state != "on":
        return Finding("last run", "unknown", "it is off")
    now = utc_now().replace(microsecond=0)
    told = f"search index=_internal sourcetype=scheduler app={text(app)} savedsearch_name={text(over.name)}"
    asked = f"{told} | head 1 | table scheduled_time, status, reason"
    for row in Tables(client).rows(asked, Window(now - DAY, now + APART)):
        words = f"{row.get('status')} {row.get('reason') or ''}".strip()
        return Finding("last run", RUNS.get(str(row.get("status")), "unknown"), words)  # type: ignore[arg-type]  # one of the four words
    return _kept_run(client, app, over.remote_id)


def _kept_run(client: Client, app: str, name: str) -> Finding:
    """Look at its newest job that is still there."""
    runs = space.listed_of(saved.place_of(client, app), name, "history")
    if not runs:
        return Finding("last run", "unknown", "nothing of it is kept: it has not run yet, or that was long ago")
    last = max(runs, key=_begun)
    standing = jobs.look(client, last.name)
    if standing is None:
        return Finding("last run", "unknown", f"{last.name} is not kept any more")
    told = jobs.harmful(standing.messages)
    state: Literal["ok", "warn", "fail"] = "fail" if standing.lost else "warn" if told else "ok"
    return Finding("last run", state, told or standing.lost or standing.state)


def _begun(run: Entry) -> float:
    return float(run.content.get("start") or 0)


def _layer(over: Deployed) -> Finding:
    """What REST may not remove stands in a file of the app, too: an upgrade changes that, and not what was written over it."""
    acl: Mapping[str, Any] = over.whole["acl"]  # type: ignore[assignment]  # a mapping
    if "removable" in acl and not truth(acl["removable"]):
        return Finding("layer", "warn", "comes with its app, and is written over here: an upgrade of the app is hidden")
    return Finding("layer", "ok", "made by request alone")


def _rows(client: Client, asked: str) -> list[Mapping[str, Any]]:
    """Return what a search over the last hour gives."""
    now = utc_now().replace(microsecond=0)
    return list(Tables(client).rows(asked, Window(now - HOUR, now)))


def _whole(asked: str) -> str:
    """Write a search as a job takes it: with its first command."""
    return asked if asked.lstrip().startswith("|") else f"search {asked}"

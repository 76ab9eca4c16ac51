"""Proof that a search or macro works: scheduled, its text taken and running, what it reads there, its last run not failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from huntline.errors import HuntlineError, Transient, Unauthenticated
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.window import Window
from huntline.ports import Finding
from huntline_splunk import jobs, macros, space
from huntline_splunk.artifact import MACRO, macro_of
from huntline_splunk.client import Client, address
from huntline_splunk.jobs import truth
from huntline_splunk.pages import utc_now
from huntline_splunk.saved import SEARCHES
from huntline_splunk.space import Entry, Place
from huntline_splunk.table import Tables

HOUR = timedelta(hours=1)


def inspect(client: Client, app: str, artifact: Artifact, over: Deployed) -> Iterator[Finding]:
    """Yield what is found of an object as it stands there; nothing is written.

    Raises Unauthenticated and Transient; everything else is a finding.
    """
    if over.kind == MACRO:
        yield _found("definition", lambda: _parsed(client, app, f"`{over.remote_id}`"))
        yield _layer(over)
        return
    text = str(over.managed["search"])
    yield _schedule(over)
    yield from (_found(f"macro {name}", lambda name=name: _macro(client, app, name)) for name in _read_by(artifact))  # type: ignore[misc]  # a default binds it
    yield _found("text", lambda: _parsed(client, app, text))
    yield _found("query", lambda: _asked(client, text))
    yield _found("last run", lambda: _last_run(client, app, over.remote_id))
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


def _read_by(artifact: Artifact) -> Iterator[str]:
    yield from (macro_of(key) for key in artifact.needs)


def _macro(client: Client, app: str, name: str) -> Finding:
    entry = space.found(macros.place_of(client, app), name)
    if entry is None:
        return Finding(f"macro {name}", "fail", "is not there")
    if truth(entry.content.get("disabled")):
        return Finding(f"macro {name}", "fail", "is disabled")
    return Finding(f"macro {name}", "ok", str(entry.content.get("definition", "")))


def _parsed(client: Client, app: str, text: str) -> Finding:
    """Let the search head read it, macros in it expanded."""
    endpoint = "search/v2/parser" if "/v2/" in client.jobs() else "search/parser"
    client.ask("POST" if "v2" in endpoint else "GET", address(space.NOBODY, app, endpoint), q=_whole(text))
    return Finding("text", "ok", "the search head reads it")


def _asked(client: Client, text: str) -> Finding:
    """Run it over events of the last hour, under who deploys: a search in an app runs as its owner, who may see other indexes."""
    now = utc_now()
    rows = list(Tables(client).rows(f"{_whole(text)} | stats count", Window(now - HOUR, now)))
    count = int(float(rows[0]["count"])) if rows else 0
    return Finding("query", "ok", f"runs over the last hour, where it finds {count} events")


def _last_run(client: Client, app: str, name: str) -> Finding:
    """Look at its newest job that is still kept; a run that was skipped leaves none."""
    runs = space.listed_of(Place(client, app, SEARCHES), name, "history")
    if not runs:
        return Finding("last run", "unknown", "no run of it is kept: it has not run yet, or that was long ago")
    last = max(runs, key=_when)
    standing = jobs.look(client, last.name)
    if standing is None:
        return Finding("last run", "unknown", f"{last.name} is not kept any more")
    wrong = standing.lost or jobs.harmful(standing.messages)
    words = f"{last.name}: {jobs.harmful(standing.messages) or standing.lost or standing.state}"
    return Finding("last run", ("fail" if standing.lost else "warn") if wrong else "ok", words)


def _when(run: Entry) -> str:
    return str(run.content.get("start") or run.updated or "")


def _layer(over: Deployed) -> Finding:
    """What REST may not remove stands in a file of the app, too: an upgrade changes that, and not what was written over it."""
    acl: Mapping[str, Any] = over.whole["acl"]  # type: ignore[assignment]  # a mapping
    if "removable" in acl and not truth(acl["removable"]):
        return Finding("layer", "warn", "comes with its app, and is written over here: an upgrade of the app is hidden")
    return Finding("layer", "ok", "made by request alone")


def _whole(text: str) -> str:
    """Write a search as a job takes it: with its first command."""
    return text if text.lstrip().startswith("|") else f"search {text}"

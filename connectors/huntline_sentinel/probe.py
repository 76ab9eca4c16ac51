"""Look at a connection, and change nothing: who asks, what it may do, how each table is kept and how far it reaches."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from huntline.errors import Denied, HuntlineError
from huntline.model.window import Window
from huntline.ports import Finding, clock_found
from huntline.translate.translator import Bound
from huntline_sentinel.arm import Table
from huntline_sentinel.hunt import SentinelHunter
from huntline_sentinel.reach import LIGHTHOUSE, reaches
from huntline_sentinel.rights import WORKSPACES, may
from huntline_sentinel.settings import Settings
from huntline_sentinel.texts import DAY, ID

SAMPLE = 5  # records asked for twice
NEEDED: Mapping[str, str] = {
    f"{WORKSPACES}/read": "the workspace",
    f"{WORKSPACES}/tables/read": "plan and retention of its tables",
    f"{WORKSPACES}/query/read": "queries",
}
FOR_JOBS: Mapping[str, str] = {
    f"{WORKSPACES}/tables/write": "search jobs",
    f"{WORKSPACES}/searchJobs/write": "search jobs",
    f"{WORKSPACES}/tables/delete": "removing the tables of search jobs",
}
TOO_MUCH = (
    f"{WORKSPACES}/delete",
    f"{WORKSPACES}/purge/action",
    "Microsoft.SecurityInsights/alertRules/write",
    "Microsoft.Authorization/roleAssignments/write",
)


def probe(hunter: SentinelHunter, settings: Settings) -> Iterator[Finding]:
    """Yield what is found, the connection first: where that fails, nothing else is asked."""
    yield _tls(settings)
    try:
        token = hunter.arm.token
        hunter.arm.workspace()
    except Denied as error:
        yield Finding("connection", "fail", f"{error.problem}: {error.advice}".removesuffix(": "))
        return
    except HuntlineError as error:
        yield Finding("connection", "fail", error.problem)
        return
    yield Finding("connection", "ok", "Azure Resource Manager and its authority answer")
    yield Finding("identity", "ok", _identity(token, settings))
    yield Finding("version", "ok", f"tables by api-version {settings.api_version}, queries by v1")
    yield clock_found(hunter.clock)
    yield from _permissions(hunter)
    yield _lighthouse(settings)
    try:
        tables = hunter.arm.tables()
    except HuntlineError as error:
        yield Finding(
            "tables", "fail", f"plan and retention cannot be read, so nothing can be searched: {error.problem}"
        )
        return
    yield from _reach(hunter, tables)


def _tls(settings: Settings) -> Finding:
    if not settings.verify:
        return Finding("tls", "warn", "certificates are not verified: what answers could be anybody")
    trusted = f"the file {settings.ca}" if settings.ca else "public CAs"
    return Finding("tls", "ok", f"certificates are verified; trusted is {trusted}")


def _identity(token: str, settings: Settings) -> str:
    """Read the token's own words; a token nobody can read names nobody."""
    try:
        body = token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        told = {}
    app, tenant = told.get("appid") or settings.client or "nobody", told.get("tid") or settings.tenant or "unknown"
    way = "managed identity" if settings.managed_identity else "app"
    return f"{way} {app} of tenant {tenant}"


def _permissions(hunter: SentinelHunter) -> Iterator[Finding]:
    try:
        allowed, taken = hunter.arm.permissions()
    except HuntlineError as error:
        yield Finding("permissions", "unknown", f"the caller may not ask what it may do: {error.problem}")
        return
    for action, what in NEEDED.items():
        held = may(action, allowed, taken)
        yield Finding(f"permission {action}", "ok" if held else "fail", f"{what}: {'present' if held else 'missing'}")
    lacking = [action for action in FOR_JOBS if not may(action, allowed, taken)]
    words = f"missing for archived data: {', '.join(lacking)}" if lacking else "present: archived data can be searched"
    yield Finding("permissions for search jobs", "warn" if lacking else "ok", words)
    more = [action for action in TOO_MUCH if may(action, allowed, taken)]
    words = f"more than hunting needs: {', '.join(more)}" if more else "none"
    yield Finding("permissions beyond need", "warn" if more else "ok", words)


def _lighthouse(settings: Settings) -> Finding:
    if settings.lighthouse:
        return Finding("lighthouse", "warn", f"{LIGHTHOUSE}; archived data is told as not searchable")
    return Finding("lighthouse", "ok", "not by the settings: search jobs are possible where permitted")


def _reach(hunter: SentinelHunter, tables: Mapping[str, Table]) -> Iterator[Finding]:
    compared = False
    for bound in hunter.compiler.bounds.values():
        if "hunt" not in bound.store.scope.serves:
            continue
        name, table = f"reach of {bound.store.scope.title}", tables.get(bound.native("table"))
        if table is None:
            yield Finding(name, "warn", f"the workspace has no table {bound.native('table')}")
            continue
        yield _span(hunter, name, bound, table)
        if not compared and table.plan == "Analytics":
            compared = True
            yield _same_twice(hunter, bound)


def _span(hunter: SentinelHunter, name: str, bound: Bound, table: Table) -> Finding:
    recent, day = reaches(table), timedelta(days=1)
    kept = f"plan {table.plan}, queried for {recent // day} days, kept for {table.total // day} days"
    ask = hunter.logs.ask if table.plan == "Analytics" else hunter.logs.search
    window = Window(hunter.now() - max(recent, day), hunter.now())
    time = bound.source.time
    text = f"{table.name}\n| summarize oldest = min({time}), newest = max({time})"
    try:
        told = ask(text, window).rows
    except HuntlineError as error:
        return Finding(name, "fail", f"{kept}; {error.problem}")
    span = " to ".join(_day(told[0].get(edge)) if told else "nothing" for edge in ("oldest", "newest"))
    return Finding(name, "ok" if "nothing" not in span else "warn", f"{span}; {kept}")


def _day(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) and value.year > 1 else "nothing"


def _same_twice(hunter: SentinelHunter, bound: Bound) -> Finding:
    """Ask the same twice: a record must bear the same id each time, or hits would double."""
    time, name = bound.source.time, "same ids"
    text = f"{bound.native('table')}\n| sort by {time} asc\n| take {SAMPLE}\n| project {DAY} = {time}, {ID} = tostring(_ItemId)"
    try:
        first, second = ([str(one[ID]) for one in hunter.logs.ask(text).rows] for _ in range(2))
    except HuntlineError as error:
        return Finding(name, "unknown", error.problem)
    if not first:
        return Finding(name, "unknown", "there is no record to compare")
    if not all(first):
        return Finding(name, "warn", "records have no _ItemId: they are known by their source's fields")
    same = sorted(first) == sorted(second)
    words = f"the same {len(first)} records bear the same ids" if same else "two equal queries gave different ids"
    return Finding(name, "ok" if same else "fail", words)

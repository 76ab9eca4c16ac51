"""Settle on a real deployment what this package takes for a fact: one finding for each doubt that can be checked."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from huntline.errors import HuntlineError, QueryRejected
from huntline.model.window import Window
from huntline.ports import Finding
from huntline.translate.translator import Bound
from huntline_splunk import jobs
from huntline_splunk.census import events_of
from huntline_splunk.coverage import indexes_of, totals
from huntline_splunk.ground import terms_of
from huntline_splunk.hunt import SplunkHunter
from huntline_splunk.jobs import Ask
from huntline_splunk.pages import forget, utc_now
from huntline_splunk.reach import Lay
from huntline_splunk.table import Tables

DAY = timedelta(days=1)


def doubted(hunter: SplunkHunter, lay: Lay, tables: Tables) -> Iterator[Finding]:
    """Yield the findings; each has the id of its doubt."""
    end = utc_now().replace(minute=0, second=0, microsecond=0)
    window = Window(end - 7 * DAY if lay.longest >= 7 * DAY else end - lay.longest, end)
    bounds = list(hunter.compiler.bounds.values())
    counted = next((bound for bound in bounds if terms_of(bound)), None)
    yield _told("own-roles-may-be-read", lambda: (lay.limits.known, "they may" if lay.limits.known else "they may not"))
    yield _told("taken-id-is-refused", lambda: _taken(tables, window))
    yield _told("jobs-take-sample-ratio", lambda: _sampled(tables, window))
    if counted:
        yield _told("search-takes-index-time", lambda: _by_arrival(tables, counted, window))
        yield _told("indexes-told-are-all", lambda: _listed(tables, counted, lay, window))
    models = [bound for bound in bounds if not bound.native("search")]
    yield _told("datamodel-events-keep-raw", lambda: _raw(tables, models, window))


def _told(name: str, ask: Callable[[], tuple[bool | None, str]]) -> Finding:
    try:
        holds, words = ask()
    except HuntlineError as error:
        return Finding(name, "unknown", error.problem)
    return Finding(name, "unknown" if holds is None else "ok" if holds else "warn", words)


def _taken(tables: Tables, window: Window) -> tuple[bool | None, str]:
    """Begin two jobs under one id, whose results tell them apart."""
    client, sid = tables.client, f"huntline_twice_{secrets.token_hex(12)}"
    first = Ask(sid, "| makeresults | eval n=1 | fields n", window, 10)
    try:
        jobs.begin(client, first)
        try:
            jobs.begin(client, replace(first, text="| makeresults | eval n=2 | fields n"))
        except QueryRejected:
            return True, "it is refused"
        tables.ended(first)
        (row,) = jobs.results(client, sid, offset=0)
        return row["n"] == "2", "the later job takes its place" if row["n"] == "2" else "the older job answers"
    finally:
        forget(client, sid)


def _sampled(tables: Tables, window: Window) -> tuple[bool | None, str]:
    try:
        list(tables.rows("| makeresults | fields _time", window, sample=2))
    except QueryRejected as error:
        return False, f"it is refused: {error.problem}"
    return True, "it is taken"


def _by_arrival(tables: Tables, bound: Bound, window: Window) -> tuple[bool | None, str]:
    """Ask for what arrives a year from now: nothing does, unless the clause is passed over."""
    if not totals(tables, bound, window):
        return None, "there is no event of the last days to count"
    later = totals(tables, bound, window, window.end + 365 * DAY)
    return not later, f"{later.total()} events are counted that arrive in a year"


def _listed(tables: Tables, bound: Bound, lay: Lay, window: Window) -> tuple[bool | None, str]:
    held = indexes_of(tables, bound, window)
    if not held:
        return None, "no index holds an event of the last days"
    missing = held - {one.name for one in lay.indexes}
    return not missing, f"not listed: {', '.join(sorted(missing))}" if missing else "all that hold events are listed"


def _raw(tables: Tables, models: list[Bound], window: Window) -> tuple[bool | None, str]:
    for bound in models:
        for row in tables.rows(f"{events_of(bound)} | head 1 | fields _time, _raw", window):
            return isinstance(row.get("_raw"), str), bound.native("datamodel")
    return None, "no data model holds an event of the last days"

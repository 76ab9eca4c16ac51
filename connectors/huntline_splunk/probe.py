"""Look at a connection, and change nothing: who asks, what the role may do, how far each source reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from huntline.errors import HuntlineError
from huntline.model.window import Window
from huntline.ports import Finding, clock_found
from huntline.translate.bearing import Shape
from huntline.translate.translator import Bound
from huntline_splunk.census import events_of
from huntline_splunk.client import Client, entries_of
from huntline_splunk.coverage import span_of
from huntline_splunk.doubted import doubted
from huntline_splunk.ground import patterns_of
from huntline_splunk.hunt import SplunkHunter
from huntline_splunk.life import ends
from huntline_splunk.limits import TOO_MUCH, Limits, told_of
from huntline_splunk.pages import utc_now
from huntline_splunk.reach import Lay, hidden, lay_of, too_far_back
from huntline_splunk.rows import EPOCH, fields_asked, row_of
from huntline_splunk.settings import Settings
from huntline_splunk.table import Tables

SAMPLE = 5  # events asked for twice
EVER = Window(EPOCH, datetime(2100, 1, 1, tzinfo=UTC))


def probe(hunter: SplunkHunter, settings: Settings) -> Iterator[Finding]:
    """Yield what is found, the connection first: where that fails, nothing else is asked."""
    client = hunter.client
    yield _tls(settings)
    try:
        now = hunter.clock()
        info = client.info()
        lay = lay_of(client, now or utc_now())
    except HuntlineError as error:
        yield Finding("connection", "fail", f"{error.problem}: {error.advice}".removesuffix(": "))
        return
    yield Finding("connection", "ok", "Splunk answers, on its management port")
    yield _version(client, info)
    yield Finding("identity", "ok", f"{lay.limits.user}, roles: {', '.join(lay.limits.roles) or 'none'}")
    yield ends(client)
    yield clock_found(lambda: now)
    yield from _limits(lay.limits)
    yield _peers(client)
    yield _partial(lay)
    tables = Tables(client, lay.limits.longest, unbounded=not lay.limits.known)
    yield from _reach(hunter, lay, tables)
    yield from doubted(hunter, lay, tables)


def _tls(settings: Settings) -> Finding:
    if not settings.verify:
        return Finding("tls", "warn", "the server's certificate is not verified: what answers could be anybody")
    trusted = f"the file {settings.ca}" if settings.ca else "public CAs"
    return Finding("tls", "ok", f"the server's certificate is verified; trusted is {trusted}")


def _version(client: Client, info: Mapping[str, Any]) -> Finding:
    kind = info.get("instance_type") or info.get("product_type") or "enterprise"
    version, second = str(info.get("version", "")), "/v2/" in client.jobs()
    return Finding("version", "ok", f"{version}, {kind}, search jobs of version {2 if second else 1}")


def _limits(found: Limits) -> Iterator[Finding]:
    missing = "search" not in found.capabilities
    yield Finding("capability search", "fail" if missing else "ok", "missing" if missing else "present")
    more = sorted(set(found.capabilities) & set(TOO_MUCH))
    words = f"more than hunting needs: {', '.join(more)}" if more else "none"
    yield Finding("capabilities beyond need", "warn" if more else "ok", words)
    if not found.known:
        yield Finding(
            "role limits", "unknown", "the roles' limits may not be read: each job is asked which time it searched"
        )
        return
    yield Finding("indexes allowed", "ok", ", ".join(found.allowed) or "none")
    yield Finding("event filter", "fail" if found.filters else "ok", "; ".join(found.filters) or "none")
    longest = f"a search may be {found.longest} long" if found.longest else "none"
    yield Finding("search window", "warn" if found.longest else "ok", longest)
    back = f"searches may look back {found.back} only" if found.back else "none"
    yield Finding("earliest search", "fail" if found.back else "ok", back)
    yield Finding("search quota", "ok", f"{found.jobs} at once, {found.disk} MB of results")


def _peers(client: Client) -> Finding:
    told = entries_of(told_of(client, "search/distributed/peers", count="0"))
    if not told:
        return Finding("search peers", "unknown", "none are told of: one server, or the role may not know")
    states = Counter(str(one.get("status", "unknown")) for _, one in told)
    down = {name for name in states if name.lower() != "up"}
    words = ", ".join(f"{count} {name}" for name, count in sorted(states.items()))
    return Finding("search peers", "fail" if down else "ok", words)


def _partial(lay: Lay) -> Finding:
    told = [f"federated provider {one.name} does not answer" for one in lay.lost]
    told += ["search_retry is on: a part of a search may come without a word"] if lay.retries else []
    return Finding(
        "partial results", "warn" if told else "ok", "; ".join(told) or "nothing says that any are given silently"
    )


def _reach(hunter: SplunkHunter, lay: Lay, tables: Tables) -> Iterator[Finding]:
    compared = False
    for bound in hunter.compiler.bounds.values():
        name = f"reach of {bound.store.scope.title}"
        try:
            span = span_of(tables, bound, _far(lay))
        except HuntlineError as error:
            yield Finding(name, "fail", error.problem)
            continue
        if span is None:
            yield Finding(name, "warn", f"nothing is stored under {_where(bound)}")
            continue
        unseen = hidden(bound, lay)
        words = f"{span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d}"
        yield Finding(name, "warn" if unseen else "ok", f"{words}; {unseen}".removesuffix("; "))
        if not compared:
            compared = True
            yield _same_twice(tables, bound, span)


def _where(bound: Bound) -> str:
    return ", ".join(f"index={one}" for one in patterns_of(bound)) or f"data model {bound.native('datamodel')}"


def _far(lay: Lay) -> Window:
    """Return all the time that the role may ask for at once."""
    if lay.limits.longest is None and lay.limits.back is None:
        return EVER
    end = lay.now.replace(microsecond=0)
    floor = max((one.until for one in too_far_back(lay)), default=EPOCH)
    return Window(max(floor, end - (lay.limits.longest or end - EPOCH)), end)


def _same_twice(tables: Tables, bound: Bound, span: tuple[datetime, datetime]) -> Finding:
    """Ask the same twice: an event must bear the same id each time, or hits would double."""
    name, shape = "same ids", Shape.of(bound, ())
    start = span[0].replace(microsecond=0)
    text = f"{events_of(bound)} | {fields_asked(shape)} | head {SAMPLE}"
    try:
        first, second = (_ids(tables, text, Window(start, start + timedelta(hours=1)), shape) for _ in range(2))
    except HuntlineError as error:
        return Finding(name, "unknown", error.problem)
    if not first:
        return Finding(name, "unknown", "there is no event to compare")
    same = first == second
    words = f"the same {len(first)} events bear the same ids" if same else "two equal searches gave different ids"
    return Finding(name, "ok" if same else "fail", words)


def _ids(tables: Tables, text: str, window: Window, shape: Shape) -> list[str]:
    equals: Counter[str] = Counter()
    return sorted(row_of(row, shape, equals).id for row in tables.rows(text, window))

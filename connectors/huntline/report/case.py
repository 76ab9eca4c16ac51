"""From the ledger's facts to the one value a report is written from, per customer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from huntline.errors import LedgerError
from huntline.ledger.facts import (
    days_of,
    fills_of,
    floods_of,
    gaps_of,
    host_names_of,
    hosts_of,
    intervals_of,
    readings_of,
)
from huntline.ledger.hits import Claimed, Kept, claims_of, events_of
from huntline.ledger.hunts import Hunt, latest_hunt, pack_of, queries_of, standing_parts, tenants_of
from huntline.ledger.store import Ledger
from huntline.model.case import Case, Cell, Counted, Coverage, Evidence, Expected, Hit, Store, Unserved, Witness
from huntline.model.facts import Day, Flood
from huntline.model.jsonable import chain_of, milestones_of, stages_of, told_of
from huntline.model.pack import LogSource
from huntline.model.query import Query
from huntline.model.search import Part
from huntline.model.window import Window, day_window
from huntline.report.attendance import expected_hosts
from huntline.verdicts import Facts, Obstacle, Searched, day_of_moment, plausible, verdicts


def cases(ledger: Ledger, *, customer: str | None) -> tuple[Case, ...]:
    """Return a case per customer, by name; only that of `customer` where one is named.

    Raises LedgerError when the ledger holds no hunt, or none of that customer.
    """
    with ledger.read() as connection:
        hunts = [hunt for tenant in tenants_of(connection) if (hunt := latest_hunt(connection, tenant))]
        wanted = sorted({hunt.customer for hunt in hunts if customer in (None, hunt.customer)})
        if not wanted:
            whom = f"of customer {customer!r}" if customer else "yet"
            raise LedgerError(f"the ledger {ledger.name} holds no hunt {whom}", advice="run `huntline hunt` first")
        return tuple(_case(connection, name, [h for h in hunts if h.customer == name]) for name in wanted)


@dataclass(frozen=True, slots=True)
class _Known:
    """One tenant's ledger, read once."""

    hunt: Hunt
    queries: tuple[Query, ...]
    parts: tuple[tuple[Part, int], ...]
    days: Mapping[str, tuple[Day, ...]]
    searched: tuple[Searched, ...]
    found: tuple[tuple[Kept, tuple[Claimed, ...]], ...]  # events with a claim that still counts
    floods: Mapping[str, tuple[Flood, ...]]


def _case(connection: Connection, customer: str, hunts: Sequence[Hunt]) -> Case:
    latest = max(hunts, key=lambda hunt: hunt.id)
    pack = pack_of(connection, latest.plan)
    known = [_known(connection, hunt) for hunt in hunts]
    return Case(
        customer=customer,
        tenants=tuple(sorted(hunt.tenant for hunt in hunts)),
        platforms={hunt.tenant: hunt.platform for hunt in hunts},
        scopes={name: title for hunt in hunts for name, title, _ in hunt.plan.scopes},
        wanted=latest.wanted,
        pack=pack["title"],
        pack_hash=pack["hash"],
        stages=stages_of(pack["stages"]),
        milestones=milestones_of(pack["milestones"]),
        detections=tuple(map(told_of, pack["detections"])),
        hits=tuple(sorted((hit for one in known for hit in _hits(one)), key=_hit_order)),
        cells=tuple(cell for one in known for cell in _cells(one)),
        coverage=tuple(row for one in known for row in _coverage(one)),
        stores=tuple(store for one in known for store in _stores(connection, one)),
        counted=tuple(row for one in known for row in _counted(one)),
        unserved=tuple(
            sorted(
                {Unserved(r.detection, r.scope, r.code, r.construct) for hunt in hunts for r in hunt.plan.refused},
                key=lambda unserved: (unserved.detection, unserved.scope),
            )
        ),
        hosts=_hosts(connection, hunts),
        warnings=tuple(sorted({warning for hunt in hunts for warning in hunt.plan.warnings})),
        chain=chain_of(pack.get("chain", {})),
        expected=_expected(connection, hunts),
    )


def _known(connection: Connection, hunt: Hunt) -> _Known:
    tenant = hunt.tenant
    queries = queries_of(connection, hunt.plan)
    parts = standing_parts(connection, tenant)
    days, fills = days_of(connection, tenant), fills_of(connection, tenant)
    finished, gaps = intervals_of(connection, tenant), gaps_of(connection, tenant)
    claims: dict[tuple[str, str], list[Claimed]] = defaultdict(list)
    for claim in claims_of(connection, tenant):
        claims[claim.scope, claim.event].append(claim)
    alone = {store: count == 1 for store, count in Counter(part.store for part, _ in parts).items()}
    searched = []
    for part, _ in parts:
        left = defaultdict(list)
        for gap in (gap for gap in gaps.get(part.store, ()) if gap.query in hunt.plan.queries):
            why = f"{part.title}: {gap.words or gap.reason}"
            if window := gap.window if alone[part.store] else _of(part, gap.window):
                left[gap.query].append(Obstacle(window, gap.verdict, why))
        searched.append(
            Searched(
                title=part.title,
                scopes=part.scopes,
                state=part.state,
                words=part.words,
                window=part.window,
                whole=part.widest is None,
                days=tuple(one for one in days.get(part.store, ()) if alone[part.store] or _on(part, one.day)),
                fills=tuple(one for one in fills.get(part.store, ()) if alone[part.store] or _on(part, one.day)),
                finished={q.hash: finished.get((part.store, q.hash), ()) for q in queries},
                gaps={query: tuple(obstacles) for query, obstacles in left.items()},
            )
        )
    today = {(query.detection, query.scope): query.hash for query in queries}
    found = []
    for event in events_of(connection, tenant):
        mine = claims.get((event.scope, event.event), ())
        standing = tuple(claim for claim in mine if _stands(claim, event, today, finished))
        if standing:
            found.append((event, standing))
    floods = floods_of(connection, tenant)
    return _Known(hunt, queries, parts, days, tuple(searched), tuple(found), floods)


def _of(part: Part, window: Window) -> Window | None:
    """Return what of a window lies in the part's own time: parts of a live store share its facts."""
    start, end = max(part.window.start, window.start), min(part.window.end, window.end)
    return Window(start, end) if start < end else None


def _on(part: Part, day: date | None) -> bool:
    return day is None or _of(part, day_window(day)) is not None


def _stands(
    claim: Claimed,
    event: Kept,
    today: Mapping[tuple[str, str], str],
    finished: Mapping[tuple[str, str], tuple[Window, ...]],
) -> bool:
    """Say whether a claim still counts: by today's query, or by an older one where today's has not read the event."""
    current = today.get((claim.detection, event.scope))
    if current is None or claim.query == current:
        return current is not None
    return not any(finished.get((part, current)) for part in event.parts)


def _hits(known: _Known) -> Iterator[Hit]:
    """Yield a hit for every event. An id is an event's own: scopes that show the same one are no more witnesses than one is."""
    titles: dict[str, list[Part]] = defaultdict(list)
    for part, _ in known.parts:
        titles[part.store].append(part)
    shown: dict[str, list[tuple[Kept, tuple[Claimed, ...]]]] = defaultdict(list)
    for event, claims in known.found:
        shown[event.event].append((event, claims))
    for looks in shown.values():
        best = max(looks, key=lambda look: len(look[0].fields))[0]  # of equals the first by scope
        yield Hit(
            tenant=known.hunt.tenant,
            scope=best.scope,
            event=best.event,
            time=best.time,
            happened=best.happened,
            host=best.entities.get("host", ""),
            entities=best.entities,
            fields=best.fields,
            raw=best.raw,
            parts=tuple(sorted({_titled(titles[store], one.time) for one, _ in looks for store in one.parts})),
            witnesses=tuple(_witnesses(known.hunt, best.scope, [claim for _, claims in looks for claim in claims])),
        )


def _witnesses(hunt: Hunt, scope: str, claims: Sequence[Claimed]) -> Iterator[Witness]:
    """Yield a witness for each detection, with what it saw in `scope` where it claims the event there."""
    by_detection: dict[str, list[Claimed]] = defaultdict(list)
    for claim in claims:
        by_detection[claim.detection].append(claim)
    for detection in sorted(by_detection):
        mine = by_detection[detection]
        told = next((claim for claim in mine if claim.scope == scope), mine[0])
        evidence = tuple(Evidence(field, sigma, value) for field, sigma, value in told.evidence)
        yield Witness(detection, evidence, all(claim.hunt == hunt.id for claim in mine))


def _titled(parts: Sequence[Part], time: datetime | None) -> str:
    """Name the part of a store that an event lies in."""
    mine = [part for part in parts if time is None or part.window.start <= time < part.window.end] or parts
    return mine[0].title if mine else "a file that is no longer there"


def _hit_order(hit: Hit) -> tuple[bool, datetime | None, str, str, str]:
    at = hit.happened or hit.time
    # The flag decides before a missing time is ever compared.
    return (at is None, at, hit.tenant, hit.scope, hit.event)


def _cells(known: _Known) -> Iterator[Cell]:
    hunt = known.hunt
    hits: dict[tuple[str, str], set[date | None]] = defaultdict(set)
    for event, claims in known.found:
        for claim in claims:
            hits[claim.detection, event.scope].add(day_of_moment(event.time, hunt.wanted))
    exact = {query.hash: query for query in known.queries if query.exact}
    for store in _stores_of(known):
        for flood in known.floods.get(store, ()):
            if flood.query in exact and flood.count:
                query = exact[flood.query]
                hits[query.detection, query.scope].add(flood.day if plausible(flood.day, hunt.wanted) else None)
    return verdicts(
        Facts(
            tenant=hunt.tenant,
            wanted=hunt.wanted,
            queries=known.queries,
            latency={name: timedelta(seconds=seconds) for name, _, seconds in hunt.plan.scopes},
            parts=known.searched,
            hits={key: frozenset(days) for key, days in hits.items()},
        )
    )


def _coverage(known: _Known) -> Iterator[Coverage]:
    total: dict[tuple[str, LogSource, date | None], int] = defaultdict(int)
    for store in _stores_of(known):
        for day in known.days.get(store, ()):
            total[day.scope, day.logsource, day.day] += day.events
    for scope, logsource, at in sorted(total, key=lambda key: (key[0], str(key[1]), key[2] or date.max)):
        if events := total[scope, logsource, at]:
            yield Coverage(known.hunt.tenant, scope, logsource, at, events)


def _stores_of(known: _Known) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.store for part, _ in known.parts))


def _stores(connection: Connection, known: _Known) -> Iterator[Store]:
    readings = readings_of(connection, known.hunt.tenant)
    for (part, _), searched in zip(known.parts, known.searched, strict=True):
        read = readings.get(part.key)
        dated = sorted(day.day for day in searched.days if day.day and day.events)
        obstacles = [obstacle for gaps in searched.gaps.values() for obstacle in gaps]
        failures = {obstacle.why.removeprefix(f"{part.title}: ") for obstacle in obstacles if read is None}
        state: str = part.state
        if state == "searchable" and obstacles:
            state = "partial" if read else "unreadable"
        elif state == "searchable" and read is None:
            state = "not_run"
        words = (part.words, read.words if read else "", *sorted(failures))
        yield Store(
            tenant=known.hunt.tenant,
            title=part.title,
            state=state,
            words="; ".join(dict.fromkeys(word for word in words if word)),
            rows=read.rows if read else 0,
            unreadable=read.unreadable if read else 0,
            unclaimed=read.unclaimed if read else 0,
            strange=read.strange if read else (),
            first=dated[0] if dated else None,
            last=dated[-1] if dated else None,
        )


def _counted(known: _Known) -> Iterator[Counted]:
    detection = {query.hash: query.detection for query in known.queries}
    titles = {part.store: part.title for part, _ in reversed(known.parts)}
    for store in _stores_of(known):
        for flood in known.floods.get(store, ()):
            if flood.query in detection and flood.count:
                yield Counted(known.hunt.tenant, detection[flood.query], titles[store], flood.day, flood.count)


def _hosts(connection: Connection, hunts: Sequence[Hunt]) -> Mapping[str, tuple[tuple[date, int], ...]]:
    total: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for hunt in hunts:
        for scope, months in hosts_of(connection, hunt.tenant).items():
            for month, hosts in months:
                total[scope][month] += hosts
    return {scope: tuple(sorted(total[scope].items())) for scope in sorted(total)}


def _expected(connection: Connection, hunts: Sequence[Hunt]) -> tuple[Expected, ...]:
    names = {name for hunt in hunts for name in hunt.plan.expected_hosts}
    return expected_hosts(names, (one for h in hunts for one in host_names_of(connection, h.tenant))) if names else ()

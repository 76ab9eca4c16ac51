"""Hits in the ledger: events once each, the parts they were read in, and the detections that claim them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from huntline.ledger.schema import CLAIMS, EVENTS, FLOODS, QUERIES, SIGHTINGS
from huntline.ledger.upsert import upsert
from huntline.model.jsonable import dumps, moment_of, moment_text
from huntline.model.row import Row


@dataclass(frozen=True, slots=True)
class Claim:
    """A query matched a row, on these (row field, Sigma field, value)."""

    row: Row
    detection: str
    query: str
    evidence: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim as the ledger keeps it."""

    scope: str
    event: str
    detection: str
    query: str
    hunt: int
    evidence: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as the ledger keeps it."""

    scope: str
    event: str
    time: datetime | None
    happened: datetime | None
    fields: Mapping[str, tuple[str, ...]]
    entities: Mapping[str, str]
    raw: str
    parts: tuple[str, ...]  # keys, sorted


def save_claims(connection: Connection, tenant: str, *, part: str, hunt: int, claims: Sequence[Claim]) -> None:
    """Write claims with their events; the same event from another file or an earlier search stays one, its first hunt too."""
    rows = {(claim.row.scope, claim.row.id): claim.row for claim in claims}
    upsert(connection, EVENTS, [_event(tenant, row) for row in rows.values()], keep=frozenset(EVENTS.c.keys()))
    sightings = [{"tenant": tenant, "scope": scope, "event": event, "part": part} for scope, event in rows]
    upsert(connection, SIGHTINGS, sightings, keep=frozenset())
    upsert(connection, CLAIMS, [_claim(tenant, hunt, claim) for claim in claims], keep=frozenset({"hunt"}))


def claims_of(connection: Connection, tenant: str) -> Iterator[Claimed]:
    """Yield every claim of the tenant, by scope, event and detection."""
    order = (CLAIMS.c.scope, CLAIMS.c.event, CLAIMS.c.detection)
    for row in connection.execute(select(CLAIMS).where(CLAIMS.c.tenant == tenant).order_by(*order)):
        evidence = tuple((field, sigma, value) for field, sigma, value in json.loads(row.evidence))
        yield Claimed(row.scope, row.event, row.detection, row.query, row.hunt, evidence)


def events_of(connection: Connection, tenant: str) -> Iterator[Kept]:
    """Yield every event of the tenant, by scope and id."""
    parts: dict[tuple[str, str], list[str]] = {}
    for row in connection.execute(select(SIGHTINGS).where(SIGHTINGS.c.tenant == tenant).order_by(SIGHTINGS.c.part)):
        parts.setdefault((row.scope, row.event), []).append(row.part)
    query = select(EVENTS).where(EVENTS.c.tenant == tenant).order_by(EVENTS.c.scope, EVENTS.c.event)
    for row in connection.execute(query):
        yield Kept(
            scope=row.scope,
            event=row.event,
            time=moment_of(row.time) if row.time else None,
            happened=moment_of(row.happened) if row.happened else None,
            fields={field: tuple(values) for field, values in json.loads(row.fields).items()},
            entities=json.loads(row.entities),
            raw=row.raw,
            parts=tuple(parts.get((row.scope, row.event), ())),
        )


def matches_by_day(connection: Connection, tenant: str) -> Mapping[tuple[str, str, date], int]:
    """Count the tenant's dated events by detection, scope and UTC day, those that were only counted included."""
    day = func.substr(EVENTS.c.time, 1, 10).label("day")
    same = (
        (CLAIMS.c.tenant == EVENTS.c.tenant) & (CLAIMS.c.scope == EVENTS.c.scope) & (CLAIMS.c.event == EVENTS.c.event)
    )
    groups = (CLAIMS.c.detection, CLAIMS.c.scope, day)
    claimed = select(*groups, func.count().label("matches")).join(EVENTS, same).group_by(*groups)
    counted = select(
        QUERIES.c.detection, QUERIES.c.scope, FLOODS.c.day, func.sum(FLOODS.c.matches).label("matches")
    ).join(QUERIES, QUERIES.c.hash == FLOODS.c.query)
    counted = counted.where(FLOODS.c.tenant == tenant).group_by(QUERIES.c.detection, QUERIES.c.scope, FLOODS.c.day)
    found: Counter[tuple[str, str, date]] = Counter()
    for query in (claimed.where(CLAIMS.c.tenant == tenant), counted):
        for row in connection.execute(query):
            if row.day:
                found[row.detection, row.scope, date.fromisoformat(row.day)] += int(row.matches)
    return found


def count_claims(connection: Connection, tenant: str, *, hunt: int | None) -> int:
    """Count the tenant's claimed events, whatever scopes show them; with `hunt`, those that a detection first claimed in it."""
    mine = CLAIMS.c.tenant == tenant
    if hunt is None:
        events = select(CLAIMS.c.event).where(mine).distinct()
    else:
        first = select(CLAIMS.c.event).where(mine).group_by(CLAIMS.c.event, CLAIMS.c.detection)
        events = first.having(func.min(CLAIMS.c.hunt) == hunt).distinct()
    return connection.execute(select(func.count()).select_from(events.subquery())).scalar_one()


def _event(tenant: str, row: Row) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "scope": row.scope,
        "event": row.id,
        "time": moment_text(row.time) if row.time else "",
        "happened": moment_text(row.happened) if row.happened else "",
        "fields": dumps({field: list(values) for field, values in row.fields.items()}),
        "entities": dumps(dict(row.entities)),
        "raw": row.raw,
    }


def _claim(tenant: str, hunt: int, claim: Claim) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "scope": claim.row.scope,
        "event": claim.row.id,
        "detection": claim.detection,
        "query": claim.query,
        "hunt": hunt,
        "evidence": dumps([list(found) for found in claim.evidence]),
    }

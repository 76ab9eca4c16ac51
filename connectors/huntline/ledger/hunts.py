"""Hunts in the ledger: what was asked, with which queries, over which parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from huntline.ledger.schema import HUNTS, PACKS, PARTS, QUERIES
from huntline.ledger.upsert import upsert
from huntline.model.jsonable import dumps, moment_of, moment_text, pack_json, part_json, part_of, query_json, query_of
from huntline.model.pack import Pack
from huntline.model.query import Query, Refused
from huntline.model.search import Part
from huntline.model.window import Window

REFUSED = tuple(field.name for field in fields(Refused))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a hunt goes by, fixed before its first search."""

    pack: str  # hash
    queries: tuple[str, ...]  # hashes, sorted
    refused: tuple[Refused, ...]
    scopes: tuple[tuple[str, str, float], ...]  # name, title, latency in seconds
    parts: tuple[str, ...]  # keys, sorted
    warnings: tuple[str, ...]
    expected_hosts: tuple[str, ...] = ()  # names, sorted


@dataclass(frozen=True, slots=True)
class Hunt:
    id: int
    tenant: str
    customer: str
    platform: str
    wanted: Window
    plan: Plan
    open: bool


def tenants_of(connection: Connection) -> tuple[str, ...]:
    """Return every tenant that was ever hunted, sorted."""
    return tuple(connection.execute(select(HUNTS.c.tenant).distinct().order_by(HUNTS.c.tenant)).scalars())


def latest_hunt(connection: Connection, tenant: str) -> Hunt | None:
    """Return the tenant's latest hunt, open or closed."""
    found = connection.execute(
        select(HUNTS).where(HUNTS.c.tenant == tenant).order_by(HUNTS.c.id.desc()).limit(1)
    ).one_or_none()
    return _hunt_of(found) if found else None


def open_hunt(
    connection: Connection, hunt: Hunt, *, pack: Pack, queries: Sequence[Query], parts: Sequence[Part]
) -> int:
    """Record the hunt (its id is given here) with its pack, queries and parts; return the id."""
    _keep_plan(connection, pack, queries)
    number: int = connection.execute(
        insert(HUNTS)
        .values(
            tenant=hunt.tenant,
            customer=hunt.customer,
            platform=hunt.platform,
            since=moment_text(hunt.wanted.start),
            until=moment_text(hunt.wanted.end),
            pack=hunt.plan.pack,
            plan=dumps(_plan_json(hunt.plan)),
            state="open",
            started=moment_text(datetime.now(UTC)),
            finished="",
        )
        .returning(HUNTS.c.id)
    ).scalar_one()
    see_parts(connection, hunt.tenant, number, parts)
    return number


def see_parts(connection: Connection, tenant: str, hunt: int, parts: Sequence[Part]) -> None:
    """Record the parts this hunt sees, as they are now; of a live store those it has no more are forgotten."""
    live = {p.place for p in parts if p.widest is not None}
    gone = (PARTS.c.tenant == tenant, PARTS.c.place.in_(live), PARTS.c.part.not_in([p.key for p in parts]))
    connection.execute(delete(PARTS).where(*gone))
    rows = [
        {"tenant": tenant, "part": p.key, "place": p.place, "hunt": hunt, "body": dumps(part_json(p))} for p in parts
    ]
    upsert(connection, PARTS, rows, keep=frozenset())


def replan(
    connection: Connection, hunt: Hunt, *, plan: Plan, pack: Pack, queries: Sequence[Query], parts: Sequence[Part]
) -> None:
    """Let an open hunt go by a new plan: what it finds when it is taken up again may have changed."""
    _keep_plan(connection, pack, queries)
    connection.execute(update(HUNTS).where(HUNTS.c.id == hunt.id).values(plan=dumps(_plan_json(plan)), pack=plan.pack))
    see_parts(connection, hunt.tenant, hunt.id, parts)


def close_hunt(connection: Connection, hunt: int) -> None:
    finished = moment_text(datetime.now(UTC))
    connection.execute(update(HUNTS).where(HUNTS.c.id == hunt).values(state="closed", finished=finished))


def standing_parts(connection: Connection, tenant: str) -> tuple[tuple[Part, int], ...]:
    """Return every part ever seen that nothing later superseded at its place, with the latest hunt that saw it; by title.

    A live store may have several, each of its own time.
    """
    newest: dict[str, tuple[Part, int]] = {}
    found = connection.execute(select(PARTS).where(PARTS.c.tenant == tenant).order_by(PARTS.c.hunt, PARTS.c.part))
    for row in found:
        part = part_of(json.loads(row.body))
        newest[row.place if part.widest is None else part.key] = (part, row.hunt)
    return tuple(sorted(newest.values(), key=lambda pair: (pair[0].title, pair[0].key)))


def queries_of(connection: Connection, plan: Plan) -> tuple[Query, ...]:
    """Return the plan's queries, by hash."""
    found = connection.execute(select(QUERIES.c.body).where(QUERIES.c.hash.in_(plan.queries)).order_by(QUERIES.c.hash))
    return tuple(query_of(json.loads(body)) for body in found.scalars())


def pack_of(connection: Connection, plan: Plan) -> dict[str, Any]:
    """Return the pack as `jsonable.pack_json` wrote it."""
    body: dict[str, Any] = json.loads(
        connection.execute(select(PACKS.c.body).where(PACKS.c.hash == plan.pack)).scalar_one()
    )
    return body


def _keep_plan(connection: Connection, pack: Pack, queries: Sequence[Query]) -> None:
    upsert(connection, PACKS, [{"hash": pack.hash, "body": dumps(pack_json(pack))}], keep=frozenset({"body"}))
    bodies = [
        {"hash": q.hash, "detection": q.detection, "scope": q.scope, "body": dumps(query_json(q))} for q in queries
    ]
    upsert(connection, QUERIES, bodies, keep=frozenset({"body", "detection", "scope"}))


def _hunt_of(row: Any) -> Hunt:
    data = json.loads(row.plan)
    plan = Plan(
        pack=row.pack,
        queries=tuple(data["queries"]),
        refused=tuple(Refused(**refused) for refused in data["refused"]),
        scopes=tuple((name, title, latency) for name, title, latency in data["scopes"]),
        parts=tuple(data["parts"]),
        warnings=tuple(data["warnings"]),
        expected_hosts=tuple(data.get("expected_hosts", ())),  # ledgers of before had none
    )
    wanted = Window(moment_of(row.since), moment_of(row.until))
    return Hunt(row.id, row.tenant, row.customer, row.platform, wanted, plan, row.state == "open")


def _plan_json(plan: Plan) -> dict[str, Any]:
    return {
        "queries": list(plan.queries),
        "refused": [{name: getattr(refused, name) for name in REFUSED} for refused in plan.refused],
        "scopes": [list(scope) for scope in plan.scopes],
        "parts": list(plan.parts),
        "warnings": list(plan.warnings),
        "expected_hosts": list(plan.expected_hosts),
    }

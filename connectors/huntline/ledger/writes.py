"""The audit of what was written on platforms: before, after, who and why. Rows are added and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, RowMapping, func, insert, select

from huntline.ledger.schema import WRITES
from huntline.model.deployed import Deployed
from huntline.model.jsonable import dumps, moment_of, moment_text
from huntline.model.objects_json import deployed_json, deployed_of

Phase: TypeAlias = Literal["begun", "done", "failed"]
Object: TypeAlias = tuple[str, str]  # kind and remote id


@dataclass(frozen=True, slots=True)
class Order:
    """On whose word something is written. `plan`: hash of the plan, rollback or purge."""

    plan: str
    who: str
    reference: str = ""  # of a change ticket


@dataclass(frozen=True, slots=True)
class Write:
    """One step of one write. `before` None: nothing was there; `after` None: nothing is, or nobody knows.

    Of a write that is begun, `after` is what it is to leave there, without `whole` and revision.
    """

    tenant: str
    order: Order
    kind: str
    remote_id: str
    key: str
    action: str
    phase: Phase
    before: Deployed | None
    after: Deployed | None = None
    request: str = ""
    words: str = ""
    at: datetime | None = None  # None: now
    needs: tuple[str, ...] = ()  # keys of what the object needs


def record(connection: Connection, write: Write) -> None:
    """Add a row."""
    connection.execute(
        insert(WRITES).values(
            tenant=write.tenant,
            plan=write.order.plan,
            kind=write.kind,
            remote_id=write.remote_id,
            key=write.key,
            action=write.action,
            phase=write.phase,
            at=moment_text(write.at or datetime.now(UTC)),
            who=write.order.who,
            reference=write.order.reference,
            request=write.request,
            words=write.words,
            before=_text(write.before),
            after=_text(write.after),
            needs=dumps(list(write.needs)),
        )
    )


def bases_of(connection: Connection, tenant: str) -> Mapping[Object, Write]:
    """Return the last write that was done of every object: how we left it."""
    last = (
        select(func.max(WRITES.c.id))
        .where(WRITES.c.tenant == tenant, WRITES.c.phase == "done")
        .group_by(WRITES.c.kind, WRITES.c.remote_id)
    )
    rows = connection.execute(select(WRITES).where(WRITES.c.id.in_(last))).mappings()
    return {(row["kind"], row["remote_id"]): _write(row) for row in rows}


def unfinished_of(connection: Connection, tenant: str) -> Mapping[Object, Write]:
    """Return the writes that were begun and never done, of every object its last: `after` is what they were to leave."""
    last = (
        select(func.max(WRITES.c.id))
        .where(WRITES.c.tenant == tenant, WRITES.c.phase != "failed")
        .group_by(WRITES.c.kind, WRITES.c.remote_id)
    )
    rows = connection.execute(select(WRITES).where(WRITES.c.id.in_(last), WRITES.c.phase == "begun")).mappings()
    return {(row["kind"], row["remote_id"]): _write(row) for row in rows}


def needed(bases: Mapping[Object, Write]) -> frozenset[str]:
    """Return the keys of what objects need that stand as we left them, and are not retired."""
    standing = (one for one in bases.values() if one.after and not (one.after.mark and one.after.mark.retired))
    return frozenset(need for one in standing for need in one.needs)


def writes_of(connection: Connection, *, plan: str = "", tenant: str = "") -> Sequence[Write]:
    """Return the rows of a plan, of a tenant, or of both, oldest first. `plan` may be the beginning of a hash."""
    query = select(WRITES).order_by(WRITES.c.id)
    if plan:
        query = query.where(WRITES.c.plan.startswith(plan, autoescape=True))
    if tenant:
        query = query.where(WRITES.c.tenant == tenant)
    return [_write(row) for row in connection.execute(query).mappings()]


def _write(row: RowMapping) -> Write:
    return Write(
        tenant=row["tenant"],
        order=Order(row["plan"], row["who"], row["reference"]),
        kind=row["kind"],
        remote_id=row["remote_id"],
        key=row["key"],
        action=row["action"],
        phase=row["phase"],
        before=_deployed(row["before"]),
        after=_deployed(row["after"]),
        request=row["request"],
        words=row["words"],
        at=moment_of(row["at"]),
        needs=tuple(json.loads(row["needs"])),
    )


def _text(one: Deployed | None) -> str:
    return dumps(deployed_json(one)) if one else ""


def _deployed(text: str) -> Deployed | None:
    data: Any = json.loads(text) if text else None
    return deployed_of(data) if data else None

"""Orders in the ledger: opened before the remote hears of them, closed with their facts, released last."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from huntline.errors import LedgerError
from huntline.ledger.lease import Lease, still_held
from huntline.ledger.schema import DAYS, FILLS, FLOODS, GAPS, INTERVALS, ORDERS, READINGS, SEEN
from huntline.ledger.upsert import upsert
from huntline.model.case import Verdict
from huntline.model.facts import Day, Fact, Fill, Flood, Seen
from huntline.model.jsonable import day_text, dumps, moment_of, moment_text
from huntline.model.pack import LogSource
from huntline.model.search import Order, Outcome
from huntline.model.window import Window, missing

NOTHING_KEPT: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Gap:
    """Why an interval of a part is not proven searched for a query, and how a report should call it."""

    query: str
    window: Window
    verdict: Verdict  # partial, error, denied, waiting
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class OpenOrder:
    ticket: str
    reference: str | None
    closed: bool
    part: str
    window: Window


def open_order(connection: Connection, order: Order, *, hunt: int) -> None:
    """Record that a search is about to start. An order of a killed run with the same ticket is taken up as it is."""
    known = connection.execute(select(ORDERS.c.state).where(ORDERS.c.ticket == order.ticket)).scalar()
    if known == "open":
        return
    connection.execute(delete(ORDERS).where(ORDERS.c.ticket == order.ticket))
    connection.execute(
        insert(ORDERS).values(
            ticket=order.ticket,
            tenant=order.tenant,
            hunt=hunt,
            part=order.part.store,
            start=moment_text(order.window.start),
            end=moment_text(order.window.end),
            queries=dumps(sorted(order.fused.queries)),
            want=order.want,
            reference="",
            state="open",
            opened=moment_text(datetime.now(UTC)),
        )
    )


def refer(connection: Connection, ticket: str, reference: str) -> None:
    """Keep what the platform calls the running search, so that another run can adopt it."""
    connection.execute(update(ORDERS).where(ORDERS.c.ticket == ticket).values(reference=reference))


def reference_of(connection: Connection, ticket: str) -> OpenOrder | None:
    """Return what is known of an order that was opened and not released."""
    found = connection.execute(
        select(ORDERS).where(ORDERS.c.ticket == ticket, ORDERS.c.state != "released")
    ).one_or_none()
    return _open(found) if found else None


def unreleased(connection: Connection, tenant: str) -> tuple[OpenOrder, ...]:
    """Return the tenant's orders that a killed run left opened or closed; by ticket."""
    found = connection.execute(
        select(ORDERS).where(ORDERS.c.tenant == tenant, ORDERS.c.state != "released").order_by(ORDERS.c.ticket)
    )
    return tuple(map(_open, found))


def windows_of(connection: Connection, tenant: str, *, part: str, hunt: int) -> tuple[Window, ...]:
    """Return the windows of a hunt's orders for a part, ended or not; sorted."""
    mine = (ORDERS.c.tenant == tenant, ORDERS.c.part == part, ORDERS.c.hunt == hunt)
    found = connection.execute(select(ORDERS.c.start, ORDERS.c.end).where(*mine).distinct())
    return tuple(sorted(Window(moment_of(row.start), moment_of(row.end)) for row in found))


def _open(row: Any) -> OpenOrder:
    window = Window(moment_of(row.start), moment_of(row.end))
    return OpenOrder(row.ticket, row.reference or None, row.state == "closed", row.part, window)


def released(connection: Connection, ticket: str) -> None:
    connection.execute(update(ORDERS).where(ORDERS.c.ticket == ticket).values(state="released"))


def close_order(
    connection: Connection,
    order: Order,
    outcome: Outcome,
    *,
    lease: Lease,
    finished: Sequence[str],
    gaps: Sequence[Gap],
) -> None:
    """Write an order's facts, the intervals it finished and the gaps it leaves, in the caller's transaction.

    Raises LedgerError when the lease was lost: another hunt is writing then, and nothing of this may land.
    """
    if not still_held(connection, lease):
        raise LedgerError(
            f"the lease of tenant {lease.tenant} was taken over",
            advice="another hunt goes on with it; let that one end",
        )
    tenant, part = order.tenant, order.part.store
    start, end = moment_text(order.window.start), moment_text(order.window.end)
    _cut_gaps(connection, order)
    upsert(
        connection,
        INTERVALS,
        [{"tenant": tenant, "part": part, "query": query, "start": start, "end": end} for query in sorted(finished)],
        keep=NOTHING_KEPT,
    )
    upsert(connection, GAPS, list(_gap_rows(tenant, part, gaps)), keep=NOTHING_KEPT)
    if outcome.end != "split":
        # A count may be all that ever came of a part; beside a reading of its rows it adds nothing.
        kept = NOTHING_KEPT if order.want == "rows" else frozenset(READINGS.c.keys())
        upsert(connection, READINGS, [_reading(tenant, order.part.key, start, outcome)], keep=kept)
    if outcome.end != "split":
        _cut_floods(connection, order)
    save_facts(connection, tenant, part=part, facts=outcome.facts, start=start)
    connection.execute(update(ORDERS).where(ORDERS.c.ticket == order.ticket).values(state="closed"))


def _cut_floods(connection: Connection, order: Order) -> None:
    """Forget what earlier searches of the same time counted: this one has counted or collected it anew."""
    start, end = moment_text(order.window.start), moment_text(order.window.end)
    mine = (FLOODS.c.tenant == order.tenant, FLOODS.c.part == order.part.store, FLOODS.c.query.in_(order.fused.queries))
    connection.execute(delete(FLOODS).where(*mine, FLOODS.c.start >= start, FLOODS.c.start < end))


def _cut_gaps(connection: Connection, order: Order) -> None:
    """Take the order's window out of the gaps its queries had; what lies outside it stays as it was."""
    mine = (GAPS.c.tenant == order.tenant, GAPS.c.part == order.part.store, GAPS.c.query.in_(order.fused.queries))
    left = [
        Gap(row.query, rest, row.verdict, row.reason, row.words)
        for row in connection.execute(select(GAPS).where(*mine)).all()
        for rest in missing(Window(moment_of(row.start), moment_of(row.end)), [order.window])
    ]
    connection.execute(delete(GAPS).where(*mine))
    upsert(connection, GAPS, list(_gap_rows(order.tenant, order.part.store, left)), keep=NOTHING_KEPT)


def save_gaps(connection: Connection, tenant: str, *, part: str, gaps: Sequence[Gap]) -> None:
    """Record gaps of searches that never came to an outcome."""
    upsert(connection, GAPS, list(_gap_rows(tenant, part, gaps)), keep=NOTHING_KEPT)


def forget_coverage(connection: Connection, tenant: str, *, part: str, scope: str, window: Window) -> None:
    """Forget what was known of the days of a window: a day that is not told again holds nothing any more."""
    first, last = window.start.date(), (window.end - timedelta(microseconds=1)).date()
    for table in (DAYS, FILLS):
        mine = (table.c.tenant == tenant, table.c.part == part, table.c.scope == scope)
        connection.execute(delete(table).where(*mine, table.c.day.between(first.isoformat(), last.isoformat())))


def save_facts(connection: Connection, tenant: str, *, part: str, facts: Iterable[Fact], start: str = "") -> None:
    """Write coverage, fills, hosts and floods of one part; what an earlier search of the part said is overwritten.

    `start`: of the search that counted floods.
    """
    days, floods = [], []
    fills: dict[tuple[str, LogSource, date | None], dict[str, bool | None]] = defaultdict(dict)
    hosts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for fact in facts:
        match fact:
            case Day(scope, logsource, day, events, alive):
                named = {"scope": scope, "logsource": str(logsource), "day": day_text(day)}
                days.append({"tenant": tenant, "part": part, **named, "events": events, "alive": alive})
            case Fill(scope, logsource, field, day, filled):
                fills[scope, logsource, day][field] = filled
            case Seen(scope, month, host):
                hosts[scope, month.isoformat()].add(host)
            case Flood(query, day, count):
                named = {"query": query, "day": day_text(day), "start": start}
                floods.append({"tenant": tenant, "part": part, **named, "matches": count})
    for table, rows in ((DAYS, days), (FLOODS, floods)):
        upsert(connection, table, rows, keep=NOTHING_KEPT)
    _save_fills(connection, tenant, part, fills)
    _save_hosts(connection, tenant, hosts)


def _save_fills(
    connection: Connection,
    tenant: str,
    part: str,
    fills: Mapping[tuple[str, LogSource, date | None], Mapping[str, bool | None]],
) -> None:
    """Keep the fields of a day together: hunts of years tell as many days of each, and of dozens of fields."""
    if not fills:
        return
    told = {(scope, str(logsource), day_text(day)): fields for (scope, logsource, day), fields in fills.items()}
    days = {day for _, _, day in told}
    mine = (FILLS.c.tenant == tenant, FILLS.c.part == part, FILLS.c.day.between(min(days), max(days)))
    known = {
        (row.scope, row.logsource, row.day): json.loads(row.fields)
        for row in connection.execute(select(FILLS).where(*mine))
    }
    rows = [
        {
            "tenant": tenant,
            "part": part,
            "scope": scope,
            "logsource": logsource,
            "day": day,
            "fields": dumps({**known.get((scope, logsource, day), {}), **fields}),
        }
        for (scope, logsource, day), fields in told.items()
    ]
    upsert(connection, FILLS, rows, keep=NOTHING_KEPT)


def _save_hosts(connection: Connection, tenant: str, hosts: Mapping[tuple[str, str], set[str]]) -> None:
    """Add the names to those already seen in the scope and month."""
    if not hosts:  # most searches bring none, and those known may be many thousands
        return
    known = {
        (row.scope, row.month): json.loads(row.hosts)
        for row in connection.execute(select(SEEN).where(SEEN.c.tenant == tenant))
    }
    rows = [
        {
            "tenant": tenant,
            "scope": scope,
            "month": month,
            "hosts": dumps(sorted(names.union(known.get((scope, month), ())))),
        }
        for (scope, month), names in sorted(hosts.items())
    ]
    upsert(connection, SEEN, rows, keep=NOTHING_KEPT)


def _gap_rows(tenant: str, part: str, gaps: Sequence[Gap]) -> Iterable[dict[str, str]]:
    for gap in gaps:
        yield {
            "tenant": tenant,
            "part": part,
            "query": gap.query,
            "start": moment_text(gap.window.start),
            "end": moment_text(gap.window.end),
            "verdict": gap.verdict,
            "reason": gap.reason,
            "words": gap.words,
        }


def _reading(tenant: str, part: str, start: str, outcome: Outcome) -> dict[str, object]:
    return {
        "tenant": tenant,
        "part": part,
        "start": start,
        "rows": outcome.rows,
        "unreadable": outcome.unreadable,
        "unclaimed": outcome.unclaimed,
        "strange": json.dumps(list(outcome.strange), ensure_ascii=False),
        "reason": outcome.reason,
        "words": outcome.words,
    }

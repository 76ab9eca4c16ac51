"""What the ledger knows of a tenant's data: intervals, gaps, readings, days, fills, hosts, floods."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from huntline.ledger.orders import Gap
from huntline.ledger.schema import DAYS, FILLS, FLOODS, GAPS, INTERVALS, READINGS, SEEN
from huntline.model.facts import Day, Fill, Flood
from huntline.model.jsonable import day_of, logsource_of, moment_of
from huntline.model.window import Window


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a part brought besides hits, added up over its windows."""

    rows: int
    unreadable: int
    unclaimed: int
    strange: tuple[str, ...]
    words: str


def intervals_of(connection: Connection, tenant: str) -> Mapping[tuple[str, str], tuple[Window, ...]]:
    """Return the finished windows by (part, query)."""
    found: dict[tuple[str, str], list[Window]] = defaultdict(list)
    query = select(INTERVALS).where(INTERVALS.c.tenant == tenant).order_by(INTERVALS.c.start)
    for row in connection.execute(query):
        found[row.part, row.query].append(Window(moment_of(row.start), moment_of(row.end)))
    return {key: tuple(windows) for key, windows in found.items()}


def gaps_of(connection: Connection, tenant: str) -> Mapping[str, tuple[Gap, ...]]:
    """Return the gaps by part, by query and start."""
    found: dict[str, list[Gap]] = defaultdict(list)
    query = select(GAPS).where(GAPS.c.tenant == tenant).order_by(GAPS.c.part, GAPS.c.query, GAPS.c.start)
    for row in connection.execute(query):
        window = Window(moment_of(row.start), moment_of(row.end))
        found[row.part].append(Gap(row.query, window, row.verdict, row.reason, row.words))
    return {part: tuple(gaps) for part, gaps in found.items()}


def readings_of(connection: Connection, tenant: str) -> Mapping[str, Reading]:
    """Return the readings by part."""
    found: dict[str, Reading] = {}
    query = select(READINGS).where(READINGS.c.tenant == tenant).order_by(READINGS.c.part, READINGS.c.start)
    for row in connection.execute(query):
        before = found.get(row.part, Reading(0, 0, 0, (), ""))
        found[row.part] = Reading(
            before.rows + row.rows,
            before.unreadable + row.unreadable,
            before.unclaimed + row.unclaimed,
            tuple(sorted({*before.strange, *json.loads(row.strange)})),
            "; ".join(dict.fromkeys(words for words in (before.words, row.words) if words)),
        )
    return found


def days_of(connection: Connection, tenant: str) -> Mapping[str, tuple[Day, ...]]:
    """Return coverage by part."""
    found: dict[str, list[Day]] = defaultdict(list)
    order = (DAYS.c.part, DAYS.c.scope, DAYS.c.logsource, DAYS.c.day)
    for row in connection.execute(select(DAYS).where(DAYS.c.tenant == tenant).order_by(*order)):
        found[row.part].append(Day(row.scope, logsource_of(row.logsource), day_of(row.day), row.events, row.alive))
    return {part: tuple(days) for part, days in found.items()}


def fills_of(connection: Connection, tenant: str) -> Mapping[str, tuple[Fill, ...]]:
    """Return fills by part."""
    found: dict[str, list[Fill]] = defaultdict(list)
    for row in connection.execute(select(FILLS).where(FILLS.c.tenant == tenant)):
        logsource, day = logsource_of(row.logsource), day_of(row.day)
        fields = json.loads(row.fields)
        found[row.part] += (Fill(row.scope, logsource, field, day, filled) for field, filled in fields.items())
    return {part: tuple(fills) for part, fills in found.items()}


def floods_of(connection: Connection, tenant: str) -> Mapping[str, tuple[Flood, ...]]:
    """Return floods by part."""
    found: dict[str, list[Flood]] = defaultdict(list)
    day = (FLOODS.c.part, FLOODS.c.query, FLOODS.c.day)
    counts = select(*day, func.sum(FLOODS.c.matches).label("matches")).where(FLOODS.c.tenant == tenant)
    for row in connection.execute(counts.group_by(*day).order_by(*day)):
        found[row.part].append(Flood(row.query, day_of(row.day), row.matches))
    return {part: tuple(floods) for part, floods in found.items()}


def hosts_of(connection: Connection, tenant: str) -> Mapping[str, tuple[tuple[date, int], ...]]:
    """Return, by scope, how many hosts were seen in each month."""
    found: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for scope, month, names in host_names_of(connection, tenant):
        found[scope].append((month, len(names)))
    return {scope: tuple(months) for scope, months in found.items()}


def host_names_of(connection: Connection, tenant: str) -> Iterator[tuple[str, date, Sequence[str]]]:
    """Yield (scope, month, names of the hosts seen), by scope and month."""
    query = select(SEEN).where(SEEN.c.tenant == tenant).order_by(SEEN.c.scope, SEEN.c.month)
    for row in connection.execute(query):
        yield row.scope, date.fromisoformat(row.month), json.loads(row.hosts)

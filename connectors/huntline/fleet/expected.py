"""How often a tenant's rules would have matched lately: a hunt of the last days, kept in a ledger that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from huntline.crew import Course
from huntline.fleet.hunt import Shelf, means_of
from huntline.hunt.progress import Tell
from huntline.hunt.run import hunting
from huntline.ledger.facts import gaps_of
from huntline.ledger.hits import matches_by_day
from huntline.ledger.hunts import standing_parts
from huntline.ledger.orders import Gap
from huntline.ledger.store import open_ledger
from huntline.model.artifact import key_of
from huntline.model.pack import Pack
from huntline.model.plan import Expected
from huntline.model.query import Query
from huntline.model.search import Part
from huntline.model.tenant import Tenant
from huntline.model.window import Window
from huntline.ports import Platform
from huntline.tenants.secrets import secrets_of

DAYS, LAST = 30, 7


def counting(
    tenant: Tenant, platform: Platform, pack: Pack, *, shelf: Shelf, today: date, tell: Tell
) -> Course[Mapping[str, Expected]]:
    """Return, by key, the events of the last 30 and 7 whole days before `today` (UTC) that a rule matches.

    A platform that cannot be hunted counts nothing. Raises what hunting raises.
    """
    if platform.hunter is None:
        return {}
    end = datetime(today.year, today.month, today.day, tzinfo=UTC)
    means = means_of(tenant, platform, pack, secrets_of(tenant), shelf)
    with tempfile.TemporaryDirectory(prefix="huntline-") as folder:
        scratch = open_ledger(str(Path(folder) / "counts.sqlite"), create=True)
        window = Window(end - timedelta(days=DAYS), end)
        yield from hunting(means, window, scratch, tell)
        with scratch.read() as connection:
            matches = matches_by_day(connection, tenant.name)
            parts = [part for part, _ in standing_parts(connection, tenant.name)]
            gaps = gaps_of(connection, tenant.name)
        scratch.engine.dispose()
    return {
        key_of(pack.id, query.detection, query.scope): _expected(matches, query, today, _lacking(query, parts, gaps))
        for query in means.queries
    }


def _lacking(query: Query, parts: Sequence[Part], gaps: Mapping[str, Sequence[Gap]]) -> str:
    """Say what of the query's own scope was not searched, "" where all of it was."""
    for part in (one for one in parts if query.scope in one.scopes):
        if part.state != "searchable":
            return f"{part.title}: {part.words}"
        for gap in (one for one in gaps.get(part.key, ()) if one.query == query.hash):
            return f"{part.title}: {gap.words}"
    return ""


def _expected(matches: Mapping[tuple[str, str, date], int], query: Query, today: date, words: str) -> Expected:
    mine = (query.detection, query.scope)
    by_day = {day: count for (one, there, day), count in matches.items() if (one, there) == mine}
    lately = sum(count for day, count in by_day.items() if day >= today - timedelta(days=LAST))
    return Expected(lately, sum(by_day.values()), words)

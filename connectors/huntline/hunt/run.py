"""Hunt one tenant: what is wanted minus what is finished, in pieces that many tenants' threads share, resumable anywhere."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from huntline.errors import Terminal, Transient, Unauthenticated
from huntline.hunt.agenda import Errand, bisected, errands, is_whole, orders, smaller
from huntline.hunt.crew import Course, Piece
from huntline.hunt.late import Late, lateness, settle
from huntline.hunt.progress import Planned, Read, Reading, Tell
from huntline.hunt.search import Step, give_up, release, step
from huntline.ledger.arrivals import arrivals_of
from huntline.ledger.facts import days_of, gaps_of, intervals_of
from huntline.ledger.hits import count_claims
from huntline.ledger.hunts import Hunt, Plan, close_hunt, latest_hunt, open_hunt, replan
from huntline.ledger.lease import leased
from huntline.ledger.orders import save_facts, unreleased
from huntline.ledger.store import Ledger
from huntline.model.facts import Day
from huntline.model.pack import Pack
from huntline.model.query import Query, Refused
from huntline.model.scope import Binding, Scope
from huntline.model.search import Part
from huntline.model.tenant import Tenant
from huntline.model.window import Window, merged, whole_days
from huntline.ports import Compiler, Hunter
from huntline.remote import PATIENT, Patience, patient

FLOOD = 20_000
"""Events of one query in one errand that are collected; beyond them they are counted."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a hunt works with: a tenant's compiled pack and its connection."""

    tenant: Tenant
    pack: Pack
    scopes: tuple[Scope, ...]
    queries: tuple[Query, ...]
    refused: tuple[Refused, ...]
    binding: Mapping[str, Binding]
    compiler: Compiler
    hunter: Hunter
    rows: int
    warnings: tuple[str, ...]
    patience: Patience = PATIENT


@dataclass(frozen=True, slots=True)
class Result:
    """How a hunt ended: events new in it, events known in all, and what stands between it and complete."""

    tenant: str
    hunt: int
    searched: bool  # False: nothing was missing, nothing was written
    new: int
    known: int
    incomplete: tuple[str, ...]  # plain sentences, sorted


def hunting(means: Means, wanted: Window, ledger: Ledger, tell: Tell) -> Course[Result]:
    """Finish the hunt a killed run left open, if any, then hunt `wanted`.

    Raises Busy when another process hunts the tenant, LedgerError when the ledger cannot be written, and what the platform
    says when it cannot be asked at all.
    """
    with ledger.read() as connection:
        before = latest_hunt(connection, means.tenant.name)
    if before and before.open and before.wanted != wanted:
        yield from _pursue(means, before.wanted, ledger, tell)
    return (yield from _pursue(means, wanted, ledger, tell))


def _pursue(means: Means, wanted: Window, ledger: Ledger, tell: Tell) -> Course[Result]:
    tenant, clock = means.tenant.name, patient(means.patience, means.hunter.clock)
    found = patient(means.patience, means.hunter.reach, means.scopes, means.binding, wanted)
    parts = tuple(sorted(found, key=lambda part: (part.title, part.key)))
    plan = _plan(means, parts)
    with ledger.read() as connection:
        before = latest_hunt(connection, tenant)
        finished = intervals_of(connection, tenant)
        since, days = arrivals_of(connection, tenant), days_of(connection, tenant)
    late = _late(means, parts, finished, since, days)
    idle = before is not None and not before.open and (before.wanted, before.plan) == (wanted, plan)
    if before and idle and not late and not _left(means, parts, finished, wanted):
        return _result(ledger, before, parts, searched=False)
    with leased(ledger, tenant) as lease:
        with ledger.write() as connection:
            current, resumed = _opened(connection, means, parts, plan=plan, wanted=wanted)
            settle(connection, tenant, late, [part.key for part in parts if not is_whole(part)], clock)
            agenda = _left(means, parts, intervals_of(connection, tenant), wanted)
        at = Step(means.hunter, ledger, lease, current.id, means.patience)
        _tidy(at, tenant)
        tell(_planned(means, current, parts, agenda, resumed))
        unseen: dict[str, str] = {}  # part -> why nobody could say what it holds
        yield [_cover(part, left, means, at, unseen) for part, left in _by_part(agenda) if not is_whole(part)]
        yield [_search(errand, means, at, tell, unseen) for errand in agenda]
        with ledger.write() as connection:
            close_hunt(connection, current.id)
    return _result(ledger, current, parts, searched=True)


def _plan(means: Means, parts: Sequence[Part]) -> Plan:
    return Plan(
        pack=means.pack.hash,
        queries=tuple(sorted(query.hash for query in means.queries)),
        refused=means.refused,
        scopes=tuple(sorted((s.name, s.title, s.latency.total_seconds()) for s in means.scopes)),
        parts=tuple(sorted(part.key for part in parts)),
        warnings=means.warnings,
        expected_hosts=means.tenant.expected_hosts,
    )


def _late(
    means: Means,
    parts: Sequence[Part],
    finished: Mapping[tuple[str, str], Sequence[Window]],
    since: Mapping[str, datetime],
    days: Mapping[str, Sequence[Day]],
) -> tuple[Late, ...]:
    """Ask the live parts what came late, as far as something of them is finished."""
    begun = {part for part, _ in finished}
    return tuple(
        one
        for part in parts
        if part.key in begun and part.state == "searchable" and not is_whole(part)
        for one in lateness(
            means.hunter, means.scopes, part, since.get(part.key), days.get(part.key, ()), means.patience
        )
    )


def _opened(
    connection: Connection, means: Means, parts: Sequence[Part], *, plan: Plan, wanted: Window
) -> tuple[Hunt, bool]:
    """Take up the open hunt of this window, or open a new one."""
    before = latest_hunt(connection, means.tenant.name)
    if before and before.open and before.wanted == wanted:
        # Same plan or not: its searches are taken up, and what has changed since is hunted under the same number.
        again = replace(before, plan=plan)
        replan(connection, again, plan=plan, pack=means.pack, queries=means.queries, parts=parts)
        return again, True
    fresh = Hunt(0, means.tenant.name, means.tenant.customer, means.tenant.platform, wanted, plan, open=True)
    number = open_hunt(connection, fresh, pack=means.pack, queries=means.queries, parts=parts)
    return replace(fresh, id=number), False


def _tidy(at: Step, tenant: str) -> None:
    """Release what a killed run closed but could not release; what it left open is adopted by its order."""
    with at.ledger.read() as connection:
        left = [order for order in unreleased(connection, tenant) if order.closed]
    for order in left:
        release(order.ticket, order.reference, at)


def _left(
    means: Means, parts: Sequence[Part], finished: Mapping[tuple[str, str], Sequence[Window]], wanted: Window
) -> list[Errand]:
    """Return the errands left, the most telling windows first, those of a part together among equals."""
    found = [e for p in parts if p.state == "searchable" for e in errands(p, means.queries, finished, wanted=wanted)]
    return sorted(found, key=lambda errand: _telling(errand, means.pack))


def _telling(errand: Errand, pack: Pack) -> int:
    """Order by the gravest stage whose hunting windows the errand meets."""
    ranks = [
        stage.rank
        for stage in pack.stages
        for window in stage.windows
        if window.start < errand.window.end and errand.window.start < window.end
    ]
    return -max(ranks, default=-1)


def _by_part(agenda: Sequence[Errand]) -> list[tuple[Part, list[Errand]]]:
    found: dict[str, tuple[Part, list[Errand]]] = {}
    for errand in agenda:
        found.setdefault(errand.part.key, (errand.part, []))[1].append(errand)
    return list(found.values())


def _planned(means: Means, current: Hunt, parts: Sequence[Part], agenda: Sequence[Errand], resumed: bool) -> Planned:
    left = [part for part, _ in _by_part(agenda)]
    return Planned(
        tenant=means.tenant.name,
        hunt=current.id,
        wanted=current.wanted,
        parts=len(parts),
        left=len(left),
        searches=len(agenda),
        size=sum(part.size for part in left),
        queries=len(means.queries),
        resumed=resumed,
    )


def _cover(part: Part, left: Sequence[Errand], means: Means, at: Step, unseen: dict[str, str]) -> Piece:
    """Ask a live store for coverage of the days to be searched; a file brings it with its outcome."""
    for window in merged(whole_days(errand.window, within=part.window) for errand in left):
        for scope in (scope for scope in means.scopes if scope.name in part.scopes):
            reads = sorted({read.field for q in means.queries if q.scope == scope.name for read in q.reads})
            try:
                facts = patient(at.patience, at.hunter.coverage, scope, part, window, reads)
            except Unauthenticated:
                raise
            except (Terminal, Transient) as error:
                unseen[part.key] = f"what is stored could not be asked: {error.problem}"
                continue
            if facts is not None:
                with at.ledger.write() as connection:
                    save_facts(connection, means.tenant.name, part=part.key, facts=facts)
    yield from ()


def _search(errand: Errand, means: Means, at: Step, tell: Tell, unseen: Mapping[str, str]) -> Piece:
    """Search one errand, in smaller ones where the platform cannot answer it at once."""
    part, window = errand.part, None if is_whole(errand.part) else errand.window
    tell(Reading(means.tenant.name, part, window))
    queue = deque([errand])
    rows, hits, words, claimed = 0, set[tuple[str, str]](), "", Counter[str]()
    while queue:
        if floods := _floods(queue[0], claimed):
            queue = deque(_calmed(queue, floods))
        asked = queue.popleft()
        queries = {query.hash: query for query in asked.queries}
        for order in orders(
            asked, tenant=means.tenant.name, compiler=means.compiler, binding=means.binding, rows=means.rows
        ):
            ours = tuple(queries[key] for key in order.fused.queries)
            done = yield from step(order, ours, at, unseen=unseen.get(part.key, ""))
            rows, words = max(rows, done.rows), words or ("" if done.less else done.words)
            hits |= done.hits
            claimed.update(done.claimed)
            if done.less or done.rejected:
                mine = replace(asked, queries=ours)
                less = smaller(mine) if done.less else bisected(mine)
                queue.extendleft(reversed(less))
                if not less:
                    give_up(mine, order, done, at)
    tell(Read(means.tenant.name, part, window, rows, len(hits), words))


def _floods(asked: Errand, claimed: Mapping[str, int]) -> tuple[Query, ...]:
    return tuple(q for q in asked.queries if asked.want == "rows" and claimed.get(q.hash, 0) > FLOOD)


def _calmed(left: Sequence[Errand], floods: Sequence[Query]) -> Iterator[Errand]:
    """Take queries that flood out of what is left, to be counted in one piece: counts are kept by day, so days stay whole."""
    for query in floods:
        mine = [errand for errand in left if errand.want == "rows" and query in errand.queries]
        for window in merged(errand.window for errand in mine):
            yield Errand(mine[0].part, window, (query,), "count")
    for errand in left:
        rest = tuple(query for query in errand.queries if errand.want == "count" or query not in floods)
        if rest:
            yield replace(errand, queries=rest)


def _result(ledger: Ledger, current: Hunt, parts: Sequence[Part], *, searched: bool) -> Result:
    with ledger.read() as connection:
        gaps = gaps_of(connection, current.tenant)
        new = count_claims(connection, current.tenant, hunt=current.id) if searched else 0
        known = count_claims(connection, current.tenant, hunt=None)
    queries = set(current.plan.queries)
    missing = {f"{part.title}: {part.words}" for part in parts if part.state != "searchable" and part.scopes}
    missing |= {f"{p.title}: {gap.words}" for p in parts for gap in gaps.get(p.key, ()) if gap.query in queries}
    return Result(current.tenant, current.id, searched, new, known, tuple(sorted(missing)))

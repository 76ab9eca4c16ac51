"""Hunt one tenant: what is wanted minus what is finished, searched part by part, resumable at any moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from huntline.hunt.agenda import Errand, errands, is_whole, orders, smaller
from huntline.hunt.progress import PartDone, Planned, Reading, Tell
from huntline.hunt.search import Step, give_up, step
from huntline.ledger.facts import gaps_of, intervals_of
from huntline.ledger.hits import count_claims
from huntline.ledger.hunts import Hunt, Plan, close_hunt, latest_hunt, open_hunt, replan
from huntline.ledger.lease import leased
from huntline.ledger.orders import released, save_facts, unreleased
from huntline.ledger.store import Ledger
from huntline.model.pack import Pack
from huntline.model.query import Query, Refused
from huntline.model.scope import Binding, Scope
from huntline.model.search import Part
from huntline.model.tenant import Tenant
from huntline.model.window import Window, merged, whole_days
from huntline.ports import Compiler, Hunter


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


@dataclass(frozen=True, slots=True)
class Result:
    """How a hunt ended: events new in it, events known in all, and what stands between it and complete."""

    tenant: str
    hunt: int
    searched: bool  # False: nothing was missing, nothing was written
    new: int
    known: int
    incomplete: tuple[str, ...]  # plain sentences, sorted


def hunt(means: Means, wanted: Window, ledger: Ledger, tell: Tell) -> Result:
    """Finish the hunt a killed run left open, if any, then hunt `wanted`.

    Raises Busy when another process hunts the tenant, LedgerError when the ledger cannot be written.
    """
    with ledger.read() as connection:
        before = latest_hunt(connection, means.tenant.name)
    if before and before.open and before.wanted != wanted:
        _pursue(means, before.wanted, ledger, tell)
    return _pursue(means, wanted, ledger, tell)


def _pursue(means: Means, wanted: Window, ledger: Ledger, tell: Tell) -> Result:
    parts = tuple(
        sorted(means.hunter.reach(means.scopes, means.binding, wanted), key=lambda part: (part.title, part.key))
    )
    plan = _plan(means, parts)
    tenant = means.tenant.name
    with ledger.read() as connection:
        before = latest_hunt(connection, tenant)
        idle = before is not None and not before.open and (before.wanted, before.plan) == (wanted, plan)
        idle = idle and not _left(means, parts, intervals_of(connection, tenant), wanted)
    if before and idle:
        return _result(ledger, before, parts, searched=False)
    with leased(ledger, tenant) as lease:
        current, resumed = _opened(ledger, means, parts, plan=plan, wanted=wanted)
        at = Step(means.hunter, ledger, lease, current.id)
        _tidy(at, tenant)
        with ledger.read() as connection:
            agenda = _left(means, parts, intervals_of(connection, tenant), wanted)
        size = sum(part.size for part, _ in agenda)
        tell(Planned(tenant, current.id, wanted, len(parts), len(agenda), size, len(means.queries), resumed))
        for part, left in agenda:
            tell(Reading(tenant, part))
            tell(_search(part, left, means, at))
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
    )


def _opened(ledger: Ledger, means: Means, parts: Sequence[Part], *, plan: Plan, wanted: Window) -> tuple[Hunt, bool]:
    """Take up the open hunt of this window, or open a new one."""
    with ledger.write() as connection:
        before = latest_hunt(connection, means.tenant.name)
        if before and before.open and before.wanted == wanted:
            # Same plan or not: its searches are taken up, and what has changed since is hunted under the same number.
            open_hunt_again = replace(before, plan=plan)
            replan(connection, open_hunt_again, plan=plan, pack=means.pack, queries=means.queries, parts=parts)
            return open_hunt_again, True
        fresh = Hunt(0, means.tenant.name, means.tenant.customer, means.tenant.platform, wanted, plan, open=True)
        number = open_hunt(connection, fresh, pack=means.pack, queries=means.queries, parts=parts)
        return replace(fresh, id=number), False


def _tidy(at: Step, tenant: str) -> None:
    """Release what a killed run closed but could not release; what it left open is adopted by its order."""
    with at.ledger.read() as connection:
        left = [order for order in unreleased(connection, tenant) if order.closed]
    for order in left:
        at.hunter.release(order.ticket, order.reference)
        with at.ledger.write() as connection:
            released(connection, order.ticket)


def _left(
    means: Means, parts: Sequence[Part], finished: Mapping[tuple[str, str], Sequence[Window]], wanted: Window
) -> list[tuple[Part, list[Errand]]]:
    """Return the parts with errands left, most telling windows first within a part."""
    agenda = []
    for part in parts:
        if part.state == "searchable":
            left = sorted(errands(part, means.queries, finished, wanted=wanted), key=lambda e: _telling(e, means.pack))
            if left:
                agenda.append((part, left))
    return agenda


def _telling(errand: Errand, pack: Pack) -> tuple[int, Window]:
    """Order by the gravest stage whose hunting windows the errand meets; the time decides among equals."""
    ranks = [
        stage.rank
        for stage in pack.stages
        for window in stage.windows
        if window.start < errand.window.end and errand.window.start < window.end
    ]
    return (-max(ranks, default=-1), errand.window)


def _search(part: Part, left: Sequence[Errand], means: Means, at: Step) -> PartDone:
    _cover(part, left, means, at)
    queue = deque(left)
    rows, hits, words = 0, set[tuple[str, str]](), ""
    while queue:
        errand = queue.popleft()
        queries = {query.hash: query for query in errand.queries}
        for order in orders(
            errand, tenant=means.tenant.name, compiler=means.compiler, binding=means.binding, rows=means.rows
        ):
            done = step(order, [queries[key] for key in order.fused.queries], at)
            rows, words = max(rows, done.rows), words or ("" if done.less else done.words)
            hits |= done.hits
            if done.less or done.rejected:
                asked = replace(errand, queries=tuple(queries[key] for key in order.fused.queries))
                less = smaller(asked) if done.less or len(asked.queries) > 1 else ()
                queue.extendleft(reversed(less))
                if not less:
                    give_up(asked, order, done, at)
    return PartDone(means.tenant.name, part, rows, len(hits), words)


def _cover(part: Part, left: Sequence[Errand], means: Means, at: Step) -> None:
    """Ask a live store for coverage of the days to be searched; a file brings it with its outcome."""
    if is_whole(part):
        return
    for window in merged(whole_days(errand.window, within=part.window) for errand in left):
        for scope in (scope for scope in means.scopes if scope.name in part.scopes):
            reads = sorted({read.field for q in means.queries if q.scope == scope.name for read in q.reads})
            facts = at.hunter.coverage(scope, part, window, reads)
            if facts is not None:
                with at.ledger.write() as connection:
                    save_facts(connection, means.tenant.name, part=part.key, facts=facts)


def _result(ledger: Ledger, current: Hunt, parts: Sequence[Part], *, searched: bool) -> Result:
    with ledger.read() as connection:
        gaps = gaps_of(connection, current.tenant)
        new = count_claims(connection, current.tenant, hunt=current.id) if searched else 0
        known = count_claims(connection, current.tenant, hunt=None)
    queries = set(current.plan.queries)
    missing = {f"{part.title}: {part.words}" for part in parts if part.state != "searchable" and part.scopes}
    missing |= {f"{p.title}: {gap.words}" for p in parts for gap in gaps.get(p.key, ()) if gap.query in queries}
    return Result(current.tenant, current.id, searched, new, known, tuple(sorted(missing)))

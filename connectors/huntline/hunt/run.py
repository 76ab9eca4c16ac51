"""Hunt one tenant: what is wanted minus what is finished, in pieces that many tenants' threads share, resumable anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from huntline.crew import Course
from huntline.hunt.agenda import Errand, errands, is_whole
from huntline.hunt.budget import Budget, admitted
from huntline.hunt.late import Before, Late, lateness, settle
from huntline.hunt.means import Means
from huntline.hunt.pieces import cover, search
from huntline.hunt.progress import Planned, Tell
from huntline.hunt.recount import recount
from huntline.hunt.search import Step, release
from huntline.ledger.arrivals import arrivals_of
from huntline.ledger.costs import rates_of
from huntline.ledger.facts import days_of, gaps_of, intervals_of
from huntline.ledger.hits import count_claims
from huntline.ledger.hunts import Hunt, Plan, close_hunt, latest_hunt, open_hunt, replan
from huntline.ledger.lease import leased
from huntline.ledger.orders import OpenOrder, unreleased
from huntline.ledger.store import Ledger
from huntline.model.pack import Pack
from huntline.model.query import Query
from huntline.model.search import Part
from huntline.model.window import Window, meet
from huntline.remote import patient


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
        earlier = yield from _pursue(means, before.wanted, ledger, tell)
        with ledger.read() as connection:
            left = latest_hunt(connection, means.tenant.name)
        if left and left.open:  # what it has paid for still runs: that is waited for before more is wanted
            return earlier
    return (yield from _pursue(means, wanted, ledger, tell))


def _pursue(means: Means, wanted: Window, ledger: Ledger, tell: Tell) -> Course[Result]:
    tenant, clock = means.tenant.name, patient(means.patience, means.hunter.clock)
    found = patient(means.patience, means.hunter.reach, means.scopes, means.binding, wanted)
    mine = (admitted(part, means.allowance) for part in found)
    parts = tuple(sorted(mine, key=lambda part: (part.title, part.window, part.key)))
    plan = _plan(means, parts)
    with ledger.read() as connection:
        before = latest_hunt(connection, tenant)
        finished = intervals_of(connection, tenant)
        since, days = arrivals_of(connection, tenant), days_of(connection, tenant)
        begun, rates = _begun(connection, tenant, parts), rates_of(connection, tenant)
        begun_before = unreleased(connection, tenant)
    known = {p.store: Before(before.wanted, since.get(p.store), days.get(p.store, ())) for p in parts} if before else {}
    late = _late(means, parts, finished, known)
    idle = before is not None and not before.open and (before.wanted, before.plan) == (wanted, plan)
    if before and idle and not begun_before and not late and not _left(means, parts, finished, wanted, begun):
        return _result(ledger, means, before, parts, searched=False)
    with leased(ledger, tenant) as lease:
        with ledger.write() as connection:
            current, resumed = _opened(connection, means, parts, plan=plan, wanted=wanted)
            settle(connection, tenant, late, _looked_at(parts, since, resumed=resumed), clock)
            agenda = _left(means, parts, intervals_of(connection, tenant), wanted, begun)
        left = frozenset(order.ticket for order in begun_before if order.reference and not order.closed)
        at = Step(means.hunter, ledger, lease, current.id, means.patience, Budget(means.allowance, rates), left)
        _tidy(at, tenant, lambda order: order.closed)
        tell(_planned(means, current, parts, agenda, resumed))
        unseen: dict[str, str] = {}  # part -> why nobody could say what it holds
        yield [cover(part, left, means, at, unseen) for part, left in _by_part(agenda) if not is_whole(part)]
        yield [search(errand, means, at, tell, unseen) for errand in agenda]
        yield [recount(part, _beside(part, parts), means, at) for part in parts if _counted(part, unseen)]
        _tidy(at, tenant, lambda order: order.ticket not in at.asked)
        if not at.waiting:  # else the next run goes on with this very hunt
            with ledger.write() as connection:
                close_hunt(connection, current.id)
    return _result(ledger, means, current, parts, searched=True)


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
    before: Mapping[str, Before],
) -> tuple[Late, ...]:
    """Ask the live parts what came late, as far as something of them is finished."""
    begun = {part for part, _ in finished}
    return tuple(
        one
        for part in parts
        if part.store in begun and part.store in before and part.state == "searchable" and not is_whole(part)
        for one in lateness(means.hunter, means.scopes, part, before[part.store], means.patience)
    )


def _counted(part: Part, unseen: Mapping[str, str]) -> bool:
    """Say whether what a part holds was counted before it was searched, for nothing."""
    return part.state == "searchable" and not is_whole(part) and not part.cost and part.key not in unseen


def _beside(part: Part, parts: Sequence[Part]) -> list[Window]:
    return [one.window for one in parts if one.store == part.store and one.key != part.key]


def _looked_at(parts: Sequence[Part], since: Mapping[str, datetime], *, resumed: bool) -> set[str]:
    """Return the live stores whose arrivals count as looked at from now on.

    Not those of a hunt that is taken up again: its searches may have begun before now, and have not seen what came since.
    """
    return {part.store for part in parts if not is_whole(part) and not (resumed and part.store in since)}


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


def _begun(connection: Connection, tenant: str, parts: Sequence[Part]) -> Mapping[str, Sequence[Window]]:
    """Return, by store, the windows of searches that were paid for and not ended: another one would be paid again."""
    costly = {part.store for part in parts if part.cost and part.state == "searchable"}
    found: dict[str, list[Window]] = {store: [] for store in costly}
    for order in unreleased(connection, tenant):
        if order.part in costly and not order.closed and not any(meet(order.window, w) for w in found[order.part]):
            found[order.part].append(order.window)
    return {store: sorted(windows) for store, windows in found.items()}


def _tidy(at: Step, tenant: str, left: Callable[[OpenOrder], bool]) -> None:
    """Release what runs before this one could not: what they closed at first, in the end what no order took up."""
    with at.ledger.read() as connection:
        stale = [order for order in unreleased(connection, tenant) if left(order)]
    for order in stale:
        release(order.ticket, order.reference, at)


def _left(
    means: Means,
    parts: Sequence[Part],
    finished: Mapping[tuple[str, str], Sequence[Window]],
    wanted: Window,
    begun: Mapping[str, Sequence[Window]],
) -> list[Errand]:
    """Return the errands left, the most telling windows first, those of a part together among equals."""
    found = [
        errand
        for part in parts
        if part.state == "searchable"
        for errand in errands(
            part, means.queries, finished, wanted=wanted, begun=begun.get(part.store, ()) if part.cost else ()
        )
    ]
    return sorted(found, key=lambda errand: _telling(errand, means.pack))


def _telling(errand: Errand, pack: Pack) -> int:
    """Order by the gravest stage whose hunting windows the errand meets."""
    ranks = [stage.rank for stage in pack.stages for window in stage.windows if meet(window, errand.window)]
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


def _result(ledger: Ledger, means: Means, current: Hunt, parts: Sequence[Part], *, searched: bool) -> Result:
    with ledger.read() as connection:
        gaps = gaps_of(connection, current.tenant)
        new = count_claims(connection, current.tenant, hunt=current.id) if searched else 0
        known = count_claims(connection, current.tenant, hunt=None)
        finished = intervals_of(connection, current.tenant)
    queries = set(current.plan.queries)
    missing = {
        f"{p.title}: {p.words}"
        for p in parts
        if p.state != "searchable" and p.scopes and not _settled(p, means.queries, current.wanted, finished)
    }
    missing |= {
        f"{p.title}: {gap.words}"
        for p in parts
        for gap in gaps.get(p.store, ())
        if gap.query in queries and (is_whole(p) or meet(gap.window, p.window))
    }
    return Result(current.tenant, current.id, searched, new, known, tuple(sorted(missing)))


def _settled(
    part: Part, queries: Sequence[Query], wanted: Window, finished: Mapping[tuple[str, str], Sequence[Window]]
) -> bool:
    """Say whether a part out of reach was searched whole while it was in reach."""
    if is_whole(part) or part.state not in ("not_searchable", "gone"):
        return False
    return next(errands(part, queries, finished, wanted=wanted), None) is None

"""Do exactly one order: open it, search, claim page by page, close it with its facts, release it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from huntline.errors import Denied, QueryRejected, Terminal, Transient, Unauthenticated
from huntline.hunt.agenda import Errand
from huntline.hunt.budget import Budget
from huntline.hunt.claims import claims, doubted, unclaimed
from huntline.ledger.arrivals import look_back
from huntline.ledger.costs import paid
from huntline.ledger.hits import save_claims
from huntline.ledger.lease import Lease
from huntline.ledger.orders import Gap, close_order, open_order, refer, reference_of, released, save_gaps
from huntline.ledger.store import Ledger
from huntline.model.case import Verdict
from huntline.model.facts import Flood
from huntline.model.query import Query
from huntline.model.search import Order, Outcome
from huntline.model.window import day_window
from huntline.ports import Hunter, Search
from huntline.remote import Patience, patient


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an order. `less`: ask again for less; `rejected`: the platform refused the text."""

    rows: int
    hits: frozenset[tuple[str, str]]  # (scope, event)
    words: str
    less: bool = False
    rejected: bool = False
    claimed: Mapping[str, int] | None = None  # events by query hash; None: nothing came


@dataclass(frozen=True, slots=True)
class Step:
    """All a step needs beside its order."""

    hunter: Hunter
    ledger: Ledger
    lease: Lease
    hunt: int
    patience: Patience
    budget: Budget
    left: frozenset[str] = frozenset()  # tickets of searches that earlier runs began, and did not end
    asked: set[str] = field(default_factory=set)  # tickets of this run
    waiting: set[str] = field(default_factory=set)  # of them, those left to the next run


def step(order: Order, queries: Sequence[Query], at: Step, *, unseen: str = "") -> Generator[timedelta, None, Done]:
    """Do one order to its end, yielding waits. A failure becomes a gap in the ledger, never silence.

    `unseen`: why nobody knows what the window holds; then nothing of it counts as searched. Raises Unauthenticated.
    """
    with at.ledger.write() as connection:
        open_order(connection, order, hunt=at.hunt)
        known = reference_of(connection, order.ticket)
    at.asked.add(order.ticket)
    reference, costs = known.reference if known else None, order.part.cost is not None
    try:
        search = patient(at.patience, at.hunter.adopt, order, queries, reference) if reference or costs else None
        if search is None and (refusal := at.budget.refusal(order)):
            _leave(order, at, "not_searchable", "budget", refusal)
            return Done(0, frozenset(), refusal)
        search = search or patient(at.patience, at.hunter.start, order, queries)
        if search.reference is not None and search.reference != reference:
            reference = search.reference
            with at.ledger.write() as connection:
                refer(connection, order.ticket, reference)
        if costs:
            yield from _watched(search, order, at)
        hits, claimed, outcome = yield from _collect(search, order, queries, at)
    except _Unwaited as left:
        return Done(0, frozenset(), left.words)
    except QueryRejected as error:
        _leave(order, at, "error", "rejected", error.problem)
        return Done(0, frozenset(), error.problem, rejected=True)
    except (Terminal, Transient) as error:
        verdict: Verdict = "denied" if isinstance(error, Denied) else "error"
        # What has been paid for is taken up again, not forgotten.
        _leave(order, at, verdict, type(error).__name__.lower(), error.problem, keep=costs)
        if isinstance(error, Unauthenticated):
            raise
        return Done(0, frozenset(), error.problem)
    if unseen and outcome.finishes:
        outcome = replace(outcome, end="partial", settled=False, reason="coverage", words=unseen)
    if known and known.reference and known.reference == reference:
        with at.ledger.write() as connection:
            look_back(connection, order.ticket)
    _close(order, queries, outcome, at)
    release(order.ticket, reference, at)
    return Done(outcome.rows, hits, outcome.words, less=outcome.end == "split", claimed=claimed)


def release(ticket: str, reference: str | None, at: Step) -> None:
    """Let the platform forget a search. Where it cannot now, the order stays closed, and the next run tries again."""
    try:
        patient(at.patience, at.hunter.release, ticket, reference)
    except (Terminal, Transient):
        return
    with at.ledger.write() as connection:
        released(connection, ticket)


def give_up(errand: Errand, order: Order, done: Done, at: Step) -> None:
    """Record that the errand's lone query cannot be searched in this window: refused, or too large even to count."""
    reason = "rejected" if done.rejected else "size"
    _leave(order, at, "error", reason, done.words or f"{errand.part.title}: too much even to count")


@dataclass(frozen=True, slots=True)
class _Unwaited(Exception):
    """A search that costs was left before it had ended: stopped for the budget, or for the next run to take up."""

    words: str


def _watched(search: Search, order: Order, at: Step) -> Generator[timedelta, None, None]:
    """Wait for a search that costs, as long as budget and patience of the run allow."""
    while waiting := patient(at.patience, search.poll):
        if excess := at.budget.excess(order, waiting.spent):
            with at.ledger.write() as connection:
                paid(connection, order, waiting.spent / (waiting.progress or 1))
            release(order.ticket, search.reference, at)
            _leave(order, at, "not_searchable", "budget", excess, keep=True)
            raise _Unwaited(excess)
        if not at.budget.patient:
            at.waiting.add(order.ticket)
            done = "" if waiting.progress is None else f" ({waiting.progress:.0%} done)"
            words = f"the search still runs{done}: run again to take it up"
            _leave(order, at, "waiting", "waiting", words, keep=True)
            raise _Unwaited(words)
        yield waiting.again


def _collect(
    search: Search, order: Order, queries: Sequence[Query], at: Step
) -> Generator[timedelta, None, tuple[frozenset[tuple[str, str]], Counter[str], Outcome]]:
    while waiting := patient(at.patience, search.poll):
        yield waiting.again
    hits: set[tuple[str, str]] = set()
    claimed: Counter[str] = Counter()
    strange: Counter[date | None] = Counter()
    cursor: str | None = None
    while True:
        page = patient(at.patience, search.page, cursor)
        found = tuple(claims(page.rows, queries))
        if found:
            with at.ledger.write() as connection:
                save_claims(connection, order.tenant, part=order.part.store, hunt=at.hunt, claims=found)
        hits.update((claim.row.scope, claim.row.id) for claim in found)
        claimed.update(claim.query for claim in found)
        strange.update(unclaimed(page.rows, found, queries))
        if page.outcome is not None:
            return frozenset(hits), claimed, doubted(page.outcome, strange)
        cursor = page.cursor


def _close(order: Order, queries: Sequence[Query], outcome: Outcome, at: Step) -> None:
    finished = order.fused.queries if outcome.finishes else ()
    gaps: list[Gap] = []
    if outcome.end == "partial":
        windows = outcome.tainted or (order.window,)
        words = outcome.words or outcome.reason
        gaps = [
            Gap(query, window, outcome.stands, outcome.reason, words)
            for query in order.fused.queries
            for window in windows
        ]
    gaps += _undecided(order, queries, outcome)
    with at.ledger.write() as connection:
        close_order(connection, order, outcome, lease=at.lease, finished=finished, gaps=gaps)
        if order.part.cost:
            paid(connection, order, outcome.spent)
            at.budget.settle(order, outcome.spent)


def _undecided(order: Order, queries: Sequence[Query], outcome: Outcome) -> Iterator[Gap]:
    """Yield a gap for days with counts of a text that finds more than the rule: nobody looked at those events."""
    wider = {query.hash for query in queries if not query.exact}
    for fact in outcome.facts:
        if isinstance(fact, Flood) and fact.query in wider and fact.count:
            window = day_window(fact.day) if fact.day else order.window
            words = f"{fact.count} events may match: too many to collect, so they were only counted"
            yield Gap(fact.query, window, "partial", "counted", words)


def _leave(order: Order, at: Step, verdict: Verdict, reason: str, words: str, *, keep: bool = False) -> None:
    """Record why an order has no outcome; with `keep` it stays open, so that its search can be taken up or removed."""
    gaps = [Gap(query, order.window, verdict, reason, words) for query in order.fused.queries]
    with at.ledger.write() as connection:
        save_gaps(connection, order.tenant, part=order.part.store, gaps=gaps)
        if not keep:
            released(connection, order.ticket)

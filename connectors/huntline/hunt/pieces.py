"""The pieces of a tenant's hunt that its slots share: what a part holds, and one errand searched to its end."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from huntline.crew import Piece
from huntline.errors import Terminal, Transient, Unauthenticated
from huntline.hunt.agenda import Errand, bisected, is_whole, orders, smaller
from huntline.hunt.means import Means
from huntline.hunt.progress import Read, Reading, Tell
from huntline.hunt.search import Step, give_up, step
from huntline.ledger.orders import forget_coverage, save_facts
from huntline.model.query import Query
from huntline.model.search import Part
from huntline.model.window import merged, whole_days
from huntline.remote import patient

FLOOD = 20_000
"""Events of one query in one errand that are collected; beyond them they are counted."""


def cover(part: Part, left: Sequence[Errand], means: Means, at: Step, unseen: dict[str, str]) -> Piece:
    """Ask a live store for coverage of the days to be searched; a file brings it with its outcome.

    Not where a search of an earlier run is taken up: what was counted before it began stands, so that days which have
    grown since tell the next hunt what it has not seen.
    """
    anew = [errand for errand in left if not _taken_up(errand, means, at)]
    for window in merged(whole_days(errand.window, within=part.window) for errand in anew):
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
                    forget_coverage(connection, means.tenant.name, part=part.store, scope=scope.name, window=window)
                    save_facts(connection, means.tenant.name, part=part.store, facts=facts)
    yield from ()


def _taken_up(errand: Errand, means: Means, at: Step) -> bool:
    made = orders(errand, tenant=means.tenant.name, compiler=means.compiler, binding=means.binding, rows=means.rows)
    return bool(at.left) and any(order.ticket in at.left for order in made)


def search(errand: Errand, means: Means, at: Step, tell: Tell, unseen: Mapping[str, str]) -> Piece:
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
    """Take queries that flood out of what is left, to be counted in one piece."""
    for query in floods:
        mine = [errand for errand in left if errand.want == "rows" and query in errand.queries]
        for window in merged(errand.window for errand in mine):
            yield Errand(mine[0].part, window, (query,), "count")
    for errand in left:
        rest = tuple(query for query in errand.queries if errand.want == "count" or query not in floods)
        if rest:
            yield replace(errand, queries=rest)

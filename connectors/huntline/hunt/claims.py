"""The matcher's word on what a search brought back: which row is a hit of which query, on what, and which is of none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from huntline.detections.match import match
from huntline.ledger.hits import Claim
from huntline.model.query import Query
from huntline.model.row import Row
from huntline.model.search import Outcome
from huntline.model.window import day_window


def claims(rows: Iterable[Row], queries: Sequence[Query]) -> Iterator[Claim]:
    """Yield a claim for every (row, query) where the row is of the query's population and the predicate holds."""
    for row in rows:
        for query in queries:
            if query.scope != row.scope or match(query.population, row.fields) is None:
                continue
            found = match(query.predicate, row.fields)
            if found is not None:
                sigma = {read.field: read.sigma[0] if read.sigma else read.field for read in query.reads}
                evidence = tuple((field, sigma.get(field, field), value) for field, value in found)
                yield Claim(row, query.detection, query.hash, evidence)


def unclaimed(rows: Iterable[Row], found: Iterable[Claim], queries: Sequence[Query]) -> Counter[date | None]:
    """Count by UTC day the rows that no query claims; none where a text of the search finds more than its detection asks."""
    if not all(query.exact for query in queries):
        return Counter()
    claimed = {(claim.row.scope, claim.row.id) for claim in found}
    return Counter(row.time.date() if row.time else None for row in rows if (row.scope, row.id) not in claimed)


def doubted(outcome: Outcome, days: Mapping[date | None, int]) -> Outcome:
    """Return the outcome of a search that brought back what no detection matches: its days are not whole.

    The platform says that it matches, so it may be a hit whose fields came back empty, or a text that means something else.
    """
    if outcome.end != "whole" or not days:
        return outcome
    words = f"{sum(days.values())} events were found and match no detection: their fields cannot be read, or the search is wrong"
    tainted = () if None in days else tuple(day_window(day) for day in sorted(filter(None, days)))
    return replace(outcome, end="partial", settled=True, reason="unclaimed", words=words, tainted=tainted)

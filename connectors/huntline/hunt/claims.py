"""The matcher's word on what a search brought back: which row is a hit of which query, and on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from huntline.detections.match import match
from huntline.ledger.hits import Claim
from huntline.model.query import Query
from huntline.model.row import Row


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

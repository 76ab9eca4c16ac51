"""A search's text without the fields that a store lacks: naming one would be refused, and hurt every detection of the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from huntline.errors import QueryRejected
from huntline.model.predicate import fields_of
from huntline.model.query import Query
from huntline.model.search import Order
from huntline.translate.compiler import SourceCompiler
from huntline.translate.rewrite import FALSE, every
from huntline.translate.translator import without


def mapped_text(order: Order, queries: Sequence[Query], mapped: frozenset[str], compiler: SourceCompiler) -> str | None:
    """Return the order's text for these fields; None where no event can match. Raises QueryRejected: ask by halves."""
    named = {name for query in queries for part in (query.predicate, query.population) for name in fields_of(part)}
    if named <= mapped:
        return order.fused.text
    left = [
        replace(
            query,
            predicate=without(query.predicate, mapped.__contains__),
            population=without(query.population, mapped.__contains__),
        )
        for query in queries
    ]
    asked = [query for query in left if every(query.population, query.predicate) != FALSE]
    if not asked:
        return None
    texts = compiler.fuse(asked, {}, order.part.path)
    if len(texts) != 1:
        raise QueryRejected("the search is too long without its unmapped fields")
    return texts[0].text

"""A search's text without the fields that a store lacks: naming one would be refused, and hurt every detection of the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from huntline.errors import QueryRejected
from huntline.model.predicate import fields_of
from huntline.model.query import Query
from huntline.model.search import Order
from huntline.translate.compiler import SourceCompiler
from huntline.translate.rewrite import FALSE, every
from huntline.translate.translator import without


@dataclass(frozen=True, slots=True)
class MappedTexts:
    """Makes the texts of a store's orders, each once: it is the same in every window.

    Two threads may make one at once, and it does no harm.
    """

    compiler: SourceCompiler
    made: dict[tuple[str, tuple[str, ...], frozenset[str]], str | None] = field(default_factory=dict, repr=False)

    def text(self, order: Order, queries: Sequence[Query], mapped: frozenset[str]) -> str | None:
        """Return the order's text for these fields; None where no event can match. Raises QueryRejected: ask by halves."""
        key = order.part.path, order.fused.queries, mapped
        if key not in self.made:
            self.made[key] = _text(order, queries, mapped, self.compiler)
        return self.made[key]


def _text(order: Order, queries: Sequence[Query], mapped: frozenset[str], compiler: SourceCompiler) -> str | None:
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

"""The positive ways a predicate can come true, each with the fields it rests on."""

from __future__ import annotations

from itertools import product

from huntline.model.pack import Branch
from huntline.model.predicate import Every, Never, Predicate, Some, Test

MOST = 64
"""Past this many ways they become one that rests on all their fields: more days are blind then, never fewer."""


def branches(predicate: Predicate) -> tuple[Branch, ...]:
    """Return the ways, sorted. A test of absence rests on nothing; a fieldref rests on both its fields."""
    ways = sorted(tuple(sorted(way)) for way in _ways(predicate))
    return tuple(Branch(" + ".join(way) or "any field", way) for way in ways)


def _ways(predicate: Predicate) -> set[frozenset[str]]:
    match predicate:
        case Never():
            return {frozenset()}
        case Test("", _) | Test(_, "null") | Test(_, "exists", ("false",)):
            return {frozenset()}
        case Test(field, "fieldref", others):
            return {frozenset({field, other}) for other in others}
        case Test(field):
            return {frozenset({field})}
        case Some(of):
            return _few({way for part in of for way in _ways(part)})
        case Every(of):
            ways = {frozenset[str]()}
            for part in of:
                ways = _few({one | other for one, other in product(ways, _ways(part))})
            return ways


def _few(ways: set[frozenset[str]]) -> set[frozenset[str]]:
    return ways if len(ways) <= MOST else {frozenset(field for way in ways for field in way)}

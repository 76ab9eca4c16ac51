"""The positive ways a predicate can come true, each with the fields it rests on."""

from __future__ import annotations

from itertools import product

from huntline.model.pack import Branch
from huntline.model.predicate import Every, Never, Predicate, Some, Test

MOST = 64
"""Past this many ways they become one that rests on all their fields: more days are blind then, never fewer."""


def branches(predicate: Predicate) -> tuple[Branch, ...]:
    """Return the ways, sorted. A test of absence rests on nothing, its negation on the field; a fieldref rests on both."""
    ways = sorted(tuple(sorted(way)) for way in _ways(predicate, True))
    return tuple(Branch(" + ".join(way) or "any field", way) for way in ways)


def _ways(predicate: Predicate, wanted: bool) -> set[frozenset[str]]:
    """Return the ways in which a predicate becomes `wanted`."""
    match predicate:
        case Never(of):
            return _ways(of, not wanted)
        case Every(of):
            return _all(of, wanted) if wanted else _any(of, wanted)
        case Some(of):
            return _any(of, wanted) if wanted else _all(of, wanted)
        case Test():
            return _test(predicate, wanted)


def _test(test: Test, wanted: bool) -> set[frozenset[str]]:
    if test.field == "" or test.of_absence is wanted:
        return {frozenset()}
    if test.op == "fieldref":
        return {frozenset({test.field, other}) for other in test.values}
    return {frozenset({test.field})}


def _any(parts: tuple[Predicate, ...], wanted: bool) -> set[frozenset[str]]:
    return _few({way for part in parts for way in _ways(part, wanted)})


def _all(parts: tuple[Predicate, ...], wanted: bool) -> set[frozenset[str]]:
    ways = {frozenset[str]()}
    for part in parts:
        ways = _few({one | other for one, other in product(ways, _ways(part, wanted))})
    return ways


def _few(ways: set[frozenset[str]]) -> set[frozenset[str]]:
    return ways if len(ways) <= MOST else {frozenset(field for way in ways for field in way)}

"""What rows of a store bear: the fields a search has to bring, and the entities that are among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from huntline.model.predicate import fields_of, tests
from huntline.model.query import Query
from huntline.model.scope import Scope
from huntline.translate.translator import Bound


@dataclass(frozen=True, slots=True)
class Shape:
    """What is made of a scope's events."""

    bound: Bound
    names: tuple[str, ...]  # fields a row bears, sorted
    everything: bool  # a keyword looks at all values

    @classmethod
    def of(cls, bound: Bound, queries: Sequence[Query]) -> Shape:
        return cls(bound, borne(bound, queries), everything(queries))


def borne(bound: Bound, queries: Sequence[Query]) -> tuple[str, ...]:
    """Return the fields that rows for these queries bear, sorted: what is read, what is of their population, entities."""
    names = {read.field for query in queries for read in query.reads}
    names |= {name for query in queries for name in fields_of(query.population)}
    names |= {name for fields in bound.store.scope.entities.values() for name in fields}
    return tuple(sorted(names))


def everything(queries: Sequence[Query]) -> bool:
    """Say whether a keyword looks at all values, so that rows bear every field there is."""
    return any(test.op == "keyword" for query in queries for test in tests(query.predicate))


def entities_of(scope: Scope, fields: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return what a row's fields name, by kind: the first value that tells anything, of the best field."""
    found = {
        kind: next((value for name in names for value in fields.get(name, ()) if _tells(kind, value)), "")
        for kind, names in scope.entities.items()
    }
    return {kind: value for kind, value in found.items() if value}


def _tells(kind: str, value: str) -> bool:
    """Say whether a value names something: of a host's addresses, those that others see it by."""
    if kind != "own_address":
        return value not in ("", "-")
    try:
        address = ip_address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)

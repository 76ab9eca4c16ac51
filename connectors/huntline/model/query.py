"""A detection compiled for one scope, or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from huntline.model.pack import Branch, LogSource
from huntline.model.predicate import Predicate


@dataclass(frozen=True, slots=True)
class Read:
    """A field a query reads: the name a row bears, and the rule's own names for it."""

    field: str
    sigma: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A detection for one scope; `predicate` decides on a Row without knowing the platform."""

    detection: str
    scope: str
    logsource: LogSource  # the population of the scope it runs over
    population: Predicate  # which rows of the scope that is, in row names; rows bear its fields too
    predicate: Predicate  # the rule itself, in row names; a row is a hit when it is of the population and this holds
    reads: tuple[Read, ...]
    branches: tuple[Branch, ...]  # in row names
    shape: Literal["event", "sequence", "aggregate"]  # only events fuse
    text: str  # native predicate, unbound
    exact: bool  # False: text finds a superset, never less; the predicate sieves what comes back
    hash: str  # of predicate, population, reads, text, filters, lists and binding; not of title or tags
    lacks: tuple[str, ...] = ()  # row fields of the predicate that the scope never has: branches on them are blind


@dataclass(frozen=True, slots=True)
class Rule:
    """A detection as what a platform runs by itself over one scope: a whole search that means exactly what it means."""

    detection: str
    scope: str
    logsource: LogSource
    text: str  # under a tenant's names; without a window, which the platform's schedule gives
    reads: tuple[Read, ...]
    hash: str  # as of a Query


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a detection has no query for a scope. Code "not_served": the scope holds nothing of its log source."""

    detection: str
    scope: str
    code: str
    file: str
    line: int
    construct: str


@dataclass(frozen=True, slots=True)
class Fused:
    """One native text that searches for several queries in one pass."""

    text: str
    queries: tuple[str, ...]  # hashes

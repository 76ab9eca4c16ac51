"""Where detections are looked for: scopes, their populations, and a tenant's names for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from huntline.model.pack import LogSource
from huntline.model.predicate import Predicate


@dataclass(frozen=True, slots=True)
class Scope:
    """One table, dataset or kind of file of a source: the unit of search, coverage and ledger."""

    name: str
    title: str
    logsources: Mapping[LogSource, Predicate]  # Sigma log source -> its population among the scope's events
    alive: Mapping[LogSource, Predicate]  # ... -> events proving the sensor was on; absent: the population
    latency: timedelta  # time younger than this is never clean
    serves: frozenset[Literal["rule", "hunt", "job"]]
    # host, user, process, file, hash, address (the far side's), own_address (the host's), url -> row fields, best first
    entities: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Binding:
    """A tenant's own names for one scope; no secret, no tenant."""

    scope: str
    names: Mapping[str, str]
    fields: Mapping[str, str]

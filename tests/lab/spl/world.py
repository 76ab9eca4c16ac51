"""What a running search can see: events, lookup tables, the clock, and the rows of its sub-searches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lab.spl.errors import SplError
from lab.spl.match import Surroundings
from lab.spl.tree import Command, Pipeline, Row

Step: TypeAlias = "Callable[[Command, Iterable[Row], World], Iterable[Row]]"
Events: TypeAlias = Callable[[Command], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class World:
    """`events` gives what a generating command reads, `rows` runs another pipeline over the same world."""

    events: Events
    lookups: Mapping[str, Sequence[Row]]
    around: Surroundings
    rows: Callable[[Pipeline], Iterator[Row]]

    def has(self, name: str) -> bool:
        """Tell whether there is a lookup table of that name."""
        return name in self.lookups or name.removesuffix(".csv") in self.lookups

    def table(self, name: str, at: int) -> Sequence[Row]:
        """Return a lookup table; raises SplError where there is none."""
        if not self.has(name):
            raise SplError(f"there is no lookup {name}", at)
        return self.lookups[name if name in self.lookups else name.removesuffix(".csv")]

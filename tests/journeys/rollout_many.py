"""Many tenants rolled out to at once, each in a place of its own, and the shortest list of calls that could do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from journeys.cli import Warm
from journeys.rollout import plan, planned
from journeys.siem import Office, asks
from lab.serve.exchange import Request
from lab.serve.journal import Entry
from lab.serve.server import Running

Latency = Callable[[Request], float]


class Fleet(Protocol):
    """A platform that many tenants are rolled out to."""

    @property
    def name(self) -> str: ...

    @property
    def read_back(self) -> str:
        """What the path of a listing ends in: asked before anything is written, and again to read back."""
        ...

    def office(self, folder: Path, words: Sequence[str], warm: Warm | None) -> Office:
        """Return a folder with a pack of these words, and no tenant yet."""
        ...

    def served(
        self, folder: Path, made: Office, tenants: int, latency: Latency
    ) -> AbstractContextManager[Sequence[Running]]:
        """Serve so many places, and add a tenant for each to the office."""
        ...

    def wrote(self, one: Entry) -> bool:
        """Say whether a call wrote a rule."""
        ...

    def listed(self, one: Entry) -> bool: ...


@dataclass(slots=True)
class Many:
    """Tenants and a saved plan that creates all rules at each; `latency`: of every answer."""

    fleet: Fleet
    servers: Sequence[Running]
    office: Office
    rules: int  # of all tenants
    latency: float = 0.0

    def entries(self) -> tuple[Entry, ...]:
        """Return all that was asked so far, in the order it was sent."""
        found = (one for server in self.servers for one in server.journal.entries())
        return tuple(sorted(found, key=lambda one: one.started))


@contextmanager
def many(fleet: Fleet, folder: Path, tenants: int, rules: int, warm: Warm | None = None) -> Iterator[Many]:
    """Serve the tenants, and plan so many rules for each."""
    made = fleet.office(folder / "office", [f"word{number:02d}x" for number in range(rules)], warm)
    waits: list[Many] = []
    with fleet.served(folder / "lab", made, tenants, lambda _: waits[0].latency if waits else 0.0) as servers:
        for one in made.tenants:
            one["settings"]["timeout"] = 60
        made.save()
        seen = plan(made)
        assert 3 == seen.code, seen.err
        waits.append(Many(fleet, servers, made, sum(planned(made)[one["name"]]["create"] for one in made.tenants)))
        yield waits[0]


def shortest(fleet: Fleet, entries: Sequence[Entry]) -> int:
    """Return how many calls would have done for one tenant: each once until all is written, and each once to read back."""
    last = max(turn for turn, one in enumerate(entries) if fleet.wrote(one))
    return len(set(map(asks, entries[: last + 1]))) + len(set(map(asks, entries[last + 1 :])))

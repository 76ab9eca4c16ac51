"""One call as an endpoint sees it: who asks, what is asked, and the workspace it is asked of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.sentinel.again import Again
from lab.sentinel.engine import Engine
from lab.sentinel.gate import Gates
from lab.sentinel.jobs import Jobs
from lab.sentinel.rules.kept import Rules
from lab.sentinel.searches.kept import Searches
from lab.sentinel.settings import Application, SentinelSettings
from lab.sentinel.store import Store
from lab.sentinel.watchlists.kept import Watchlists
from lab.serve.exchange import Request, bend


@dataclass(frozen=True, slots=True)
class Workspace:
    """The state all calls share."""

    settings: SentinelSettings
    store: Store
    engine: Engine
    again: Again
    gates: Gates
    jobs: Jobs
    rules: Rules
    watchlists: Watchlists
    searches: Searches


@dataclass(frozen=True, slots=True)
class Call:
    """`names` are the path's variables."""

    workspace: Workspace
    request: Request
    caller: Application
    names: Mapping[str, str]

    @property
    def settings(self) -> SentinelSettings:
        return self.workspace.settings

    def bent(self, word: str) -> float | None:
        """Return the amount of a scripted bend, None where there is none."""
        found = bend(self.request, word)
        return None if found is None else found.amount

    def bent_name(self, word: str) -> str | None:
        """Return the name given to a scripted bend, None where there is none."""
        found = bend(self.request, word)
        return None if found is None else found.name

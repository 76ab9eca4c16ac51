"""Which population of a scope holds what a Sigma rule asks for."""

from __future__ import annotations

from huntline.model.pack import LogSource
from huntline.model.scope import Scope


def serving(wanted: LogSource, scope: Scope) -> LogSource | None:
    """Return the population that holds what a rule asks for: the very log source, or the only one that has all it names."""
    if wanted in scope.logsources:
        return wanted
    fitting = [have for have in scope.logsources if _fits(wanted, have)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(wanted: LogSource, have: LogSource) -> bool:
    pairs = ((wanted.product, have.product), (wanted.category, have.category), (wanted.service, have.service))
    return all(asked in ("", held) for asked, held in pairs) and (wanted.category, wanted.service) != ("", "")

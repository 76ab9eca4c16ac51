"""Search jobs of a workspace."""

from __future__ import annotations

from typing import Any

from lab.sentinel.engine import Engine
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.store import Store


class Jobs:
    """Nothing yet."""

    def __init__(self, store: Store, engine: Engine, settings: SentinelSettings) -> None:
        self._store, self._engine, self._settings = store, engine, settings

    def visible(self, name: str) -> bool:
        return True

    def told(self, name: str) -> dict[str, Any]:
        return {}

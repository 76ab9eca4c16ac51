"""The saved searches of a workspace."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Search:
    """A saved search as one write left it; `name` is its id, `properties` are in the service's own form."""

    name: str
    etag: str
    properties: Mapping[str, Any]


@dataclass(slots=True)
class Searches:
    """All saved searches by id, whose case does not count; whoever looks before they write holds `lock`."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    _kept: dict[str, Search] = field(default_factory=dict)
    _writes: int = 0

    def live(self) -> Mapping[str, Search]:
        """Return the searches there are, the first made first, by their ids in lower case."""
        with self.lock:
            return MappingProxyType(dict(self._kept))

    def write(self, name: str, properties: Mapping[str, Any], now: datetime) -> Search:
        """Keep a search, whatever was there before, under a new etag: a moment, of which each write has its own."""
        with self.lock:
            self._writes += 1
            old = self._kept.get(name.lower())
            etag = f"W/\"datetime'{now.astimezone(UTC):%Y-%m-%dT%H%%3A%M%%3A%S}.{self._writes:07}Z'\""  # the form is (seen)
            kept = Search(old.name if old else name, etag, MappingProxyType(dict(properties)))
            self._kept[name.lower()] = kept
        return kept

    def remove(self, name: str) -> bool:
        """Delete a search; tell whether it was there."""
        with self.lock:
            return self._kept.pop(name.lower(), None) is not None

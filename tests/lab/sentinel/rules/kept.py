"""The analytics rules of a workspace with their history, so that reads can lag behind writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from lab.sentinel.settings import SentinelSettings

TYPE: Final = "Microsoft.SecurityInsights/alertRules"
PREFIX: Final = "AUTO DISABLED "  # before the name of a rule that failed too often [M8]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as one write left it; `name` is its id, `properties` are in the service's own form."""

    name: str
    kind: str
    etag: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Version:
    """What a write left (None: deleted), when by a clock that only goes forward, and how many reads there had been."""

    at: float
    reads: int
    rule: Rule | None


@dataclass(slots=True)
class Rules:
    """All rules by id, whose case does not count; whoever looks before they write holds `lock`."""

    settings: SentinelSettings
    lock: threading.RLock = field(default_factory=threading.RLock)
    _lives: dict[str, list[_Version]] = field(default_factory=dict)
    _deleted: dict[str, datetime] = field(default_factory=dict)
    _failed: dict[str, int] = field(default_factory=dict)
    _reads: int = 0
    _writes: int = 0

    def live(self) -> Mapping[str, Rule]:
        """Return the rules there are, the first made first, by their ids in lower case."""
        with self.lock:
            last = {key: life[-1].rule for key, life in self._lives.items()}
        return MappingProxyType({key: rule for key, rule in last.items() if rule is not None})

    def the(self, name: str) -> Rule:
        """Return a rule there is, or raise KeyError."""
        return self.live()[name.lower()]

    def read(self) -> Mapping[str, Rule]:
        """Return what one read sees: nothing that was written less than the lag ago."""
        with self.lock:
            self._reads += 1
            seen = {key: [one for one in life if self._visible(one)] for key, life in self._lives.items()}
        last = {key: life[-1].rule for key, life in seen.items() if life}
        return MappingProxyType({key: rule for key, rule in last.items() if rule is not None})

    def write(self, name: str, kind: str, properties: Mapping[str, Any], now: datetime) -> Rule:
        """Keep a rule, whatever was there before, under a new etag and the time of its change."""
        with self.lock:
            self._writes += 1
            old = self.live().get(name.lower())
            stamped = MappingProxyType({**properties, "lastModifiedUtc": stamp(now)})
            etag = f'"{self._writes:08x}-0000-0d00-0000-{int(now.timestamp()):08x}0000"'
            rule = Rule(old.name if old else name, kind, etag, stamped)
            self._append(name, rule)
            self._failed.pop(name.lower(), None)
        return rule

    def remove(self, name: str, now: datetime) -> bool:
        """Delete a rule; tell whether it was there."""
        with self.lock:
            there = name.lower() in self.live()
            if there:
                self._append(name, None)
                self._deleted[name.lower()] = now
        return there

    def deleted(self, name: str) -> datetime | None:
        """Return when a rule of that id was last deleted."""
        return self._deleted.get(name.lower())

    def fail(self, name: str) -> int:
        """Note that a rule failed again; return how often in a row."""
        with self.lock:
            self._failed[name.lower()] = self._failed.get(name.lower(), 0) + 1
            return self._failed[name.lower()]

    def succeed(self, name: str) -> None:
        """Note that a rule ran, which ends its row of failures."""
        with self.lock:
            self._failed.pop(name.lower(), None)

    def _append(self, name: str, rule: Rule | None) -> None:
        self._lives.setdefault(name.lower(), []).append(_Version(time.monotonic(), self._reads, rule))

    def _visible(self, one: _Version) -> bool:
        old_enough = time.monotonic() - one.at >= self.settings.lag
        return old_enough and self._reads > one.reads + self.settings.lag_reads


def stamp(now: datetime) -> str:
    """Write a moment as the service does: seven decimals."""
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"

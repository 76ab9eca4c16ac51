"""Counts that several scopes ask for: the first asks, the others wait for what it learns."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date


@dataclass(slots=True)
class Shared:
    """What was counted since `forget`, by what was asked. Raises what asking raises, and the next one asks anew."""

    known: dict[Hashable, Counter[date]] = field(default_factory=dict)
    turns: dict[Hashable, threading.Lock] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def count(self, asked: Hashable, ask: Callable[[], Counter[date]]) -> Counter[date]:
        with self.guard:
            known, turn = self.known, self.turns.setdefault(asked, threading.Lock())
        with turn:
            if asked not in known:
                known[asked] = ask()
            return known[asked].copy()

    def forget(self) -> None:
        with self.guard:
            self.known, self.turns = {}, {}

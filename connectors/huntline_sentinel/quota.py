"""How many scheduled rules a workspace lets be on at once, and how many are, as far as the last listing told."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from huntline.errors import QueryRejected
from huntline.model.deployed import Deployed
from huntline_sentinel.artifact import KIND


@dataclass(slots=True)
class Quota:
    """`on`: ids of rules that are on; many threads write at once."""

    most: int
    on: set[str] = field(default_factory=set)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def see(self, held: Iterable[Deployed]) -> None:
        """Take a listing for what is on now."""
        with self.turn:
            self.on = {one.remote_id for one in held if one.state == "on" and one.whole["kind"] == KIND}

    def take(self, remote_id: str) -> None:
        """Count a rule that is to be switched on. Raises QueryRejected where that is one too many."""
        with self.turn:
            if remote_id not in self.on and len(self.on) >= self.most:
                raise QueryRejected(f"{len(self.on)} scheduled rules are on, and the workspace takes {self.most}")
            self.on.add(remote_id)

    def give(self, remote_id: str) -> None:
        """Count a rule that is off."""
        with self.turn:
            self.on.discard(remote_id)

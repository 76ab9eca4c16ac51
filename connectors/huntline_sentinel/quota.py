"""How many scheduled rules a workspace lets be on at once, and how many are, as far as the last listing told."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from huntline.errors import QueryRejected
from huntline.model.deployed import Deployed
from huntline.model.plan import Change
from huntline_sentinel.artifact import KIND
from huntline_sentinel.settings import read_settings


@dataclass(slots=True)
class Quota:
    """`on`: ids of rules that are on; many threads write at once."""

    most: int
    on: set[str] = field(default_factory=set)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def see(self, held: Iterable[Deployed]) -> None:
        """Take a listing for what is on now."""
        with self.turn:
            self.on = _on(held)

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


def crowded(settings: Mapping[str, object], held: Sequence[Deployed], changes: Sequence[Change]) -> Sequence[str]:
    """Say where a plan would have more on at once than the workspace takes; what is retired goes last."""
    most = read_settings(settings).rules
    on = _on(held) | {one.remote_id for one in changes if one.kind == KIND and one.writes and one.on}
    if len(on) <= most:
        return ()
    return (
        f"{len(on)} scheduled rules would be on, and the workspace takes {most}: the rest is refused when it is written",
    )


def _on(held: Iterable[Deployed]) -> set[str]:
    return {one.remote_id for one in held if one.kind == KIND == one.whole["kind"] and one.state == "on"}

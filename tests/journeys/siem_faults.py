"""What goes wrong in the planted estate: each kind of fault of the lab at a window of its own, and what it takes away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from journeys.siem import SEARCH, window
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, Stall, What, When


@dataclass(frozen=True, slots=True)
class Strike:
    """Faults of the searches that begin at a window; `verdict`: how its days stand until they are searched again.

    "" where the hunt recovers from it by itself.
    """

    window: int
    faults: tuple[Fault, ...]
    verdict: str = ""


def strikes() -> tuple[Strike, ...]:
    """Return every fault that hits a search and lets the hunt go on."""
    return (
        Strike(0, (_at(0, Refusal(429)),)),
        Strike(1, (_at(1, Refusal(429, wait=1)),)),
        Strike(2, (_at(2, Refusal(429, wait=2, as_date=True)),)),
        Strike(4, (_at(4, Refusal(500)),), "error"),
        Strike(6, (_at(6, Refusal(502)),)),
        Strike(8, (_at(8, Refusal(503)),)),
        Strike(10, (_at(10, Refusal(504)),)),
        Strike(12, (_at(12, Cut("before")),)),
        Strike(14, (_at(14, Cut("middle")),)),
        Strike(16, (_at(16, Cut("after")),)),
        Strike(20, (_at(20, Stall(3)),)),
        Strike(22, (_at(22, Bend("slow", 1.5)),)),
        Strike(24, (_at(24, Bend("capped", 4)),)),
        Strike(26, (_at(26, Bend("is_partial"), times=None),), "partial"),
        Strike(28, (_at(28, Blank()),)),
        Strike(30, (_at(30, Bend("timed_out")),)),
        Strike(32, (_at(32, Bend("shard_failures"), times=None),), "partial"),
        Strike(34, (_at(34, Bend("slow", 1.5)), Fault(Bend("lost_search"), When(method="GET", path=SEARCH)))),
        Strike(36, (_at(36, Refusal(429, "circuit_breaker_permanent")),)),
        Strike(38, (_at(38, Refusal(403)),), "denied"),
        Strike(40, (_at(40, Bend("warning", name="old"), times=None),)),
    )


def _at(number: int, what: What, *, times: int | None = 1) -> Fault:
    """Hit the searches that begin where a window begins."""
    start = f"{window(number).start:%Y-%m-%dT%H:%M:%S}.000Z"
    return Fault(what, When(path=SEARCH, says=f'"gte":"{start}"', times=times))


def all_faults(struck: Sequence[Strike]) -> tuple[Fault, ...]:
    return tuple(fault for strike in struck for fault in strike.faults)

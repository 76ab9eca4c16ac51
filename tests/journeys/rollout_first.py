"""A first apply killed at a moment and run again, on any platform."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from journeys.cli import Warm
from journeys.rollout import plan, planned
from journeys.rollout_many import Fleet, Many, many
from journeys.siem import asks

RULES, PARALLEL = 8, 2
LATENCY = 0.08  # seconds an answer takes, so that a kill meets writes in flight


@dataclass(frozen=True, slots=True)
class First:
    """How it ended after it was run again. `more`: writes beyond one for each rule, over both runs."""

    code: int
    told: str
    verified: int
    left: int  # changes that a plan still has
    begun: int  # rules the killed run had written
    more: int


def killed_first(fleet: Fleet, folder: Path, number: int, warm: Warm) -> First:
    """Kill the first apply of a tenant at a random moment once it has begun to write; each number has its moment."""
    with many(fleet, folder, 1, RULES, warm) as there:
        there.latency = LATENCY
        running = there.office.begin("apply", "plan.json")
        _first_write(there)
        time.sleep(random.Random(number).uniform(0, 3 * RULES * LATENCY / PARALLEL))
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
        time.sleep(LATENCY + 0.2)  # for the server to end what it was still answering
        begun = len(_written(there))
        ended = there.office.run("apply", "plan.json")
        more = sum(count - 1 for count in Counter(_written(there)).values())
        verified = there.office.run("verify", "--pack", "rules")
        plan(there.office, out="after.json")
        left = sum(
            count
            for one in planned(there.office, "after.json").values()
            for action, count in one.items()
            if action != "unchanged"
        )
    return First(ended.code, ended.out + ended.err, verified.code, left, begun, more)


def _written(there: Many) -> list[str]:
    return [asks(one) for one in there.entries() if there.fleet.wrote(one)]


def _first_write(there: Many) -> None:
    until = time.monotonic() + 60
    while not _written(there):
        assert time.monotonic() < until, "nothing was written within a minute"
        time.sleep(0.01)

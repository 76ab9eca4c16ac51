"""An apply or a rollback killed at a moment and run again, in a world that is put back before each."""

from __future__ import annotations

import copy
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journeys.cli import Warm
from journeys.rollout import content, estate, ids, office, plan, rolled_out, settle, writes
from journeys.siem import RULE, Office
from lab.kibana import hand
from lab.kibana.store import Space
from lab.serve.journal import Entry
from platforms.elastic.deploying import There

PARALLEL = 2  # objects at once
LATENCY = 0.08  # seconds an answer takes, so that a kill meets writes in flight
GOES, STAYS, COMES = ("golf", "hotel"), ("alpha", "bravo", "charlie", "delta"), ("echo", "foxtrot", "india", "juliett")
ENTRY = {"field": "host.name", "type": "match", "operator": "included", "value": "BUILD-1"}
APPLY = ("apply", "plan.json", "--allow", "removals")


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant that has one pack and a saved plan of the next one: creates, updates, removals.

    `space` and `ledger` are as they stood when the plan was made; `wanted` is what an undisturbed apply leaves.
    """

    there: There
    office: Office
    space: Space
    ledger: Mapping[str, bytes]  # its files, the log of what is not yet taken into it among them
    plan: str  # hash
    before: Mapping[str, Mapping[str, Any]]
    wanted: Mapping[str, Mapping[str, Any]]
    took: float  # seconds of an undisturbed apply, in a process of its own


@dataclass(frozen=True, slots=True)
class Killed:
    """How it ended after it was run again. `more`: writes beyond one for each object, over both runs."""

    code: int
    told: str
    left: Mapping[str, Mapping[str, Any]]
    more: int
    begun: int  # writes the killed run got through


@contextmanager
def place(folder: Path, warm: Warm) -> Iterator[Place]:
    slow = [0.0]
    with estate(folder / "lab", checked=False, latency=lambda _: slow[0]) as there:
        made = office(folder / "office", *GOES, *STAYS, warm=warm)
        settle(made, there, "acme", enabled=True)
        rolled_out(made)
        hand.add_exception(there.kibana, ids(there)[STAYS[0]], [ENTRY])
        hand.add_action(there.kibana, ids(there)[STAYS[0]])
        hand.edit(there.kibana, ids(there)[STAYS[1]], name="Word bravo of my own")
        _next_pack(made.folder / "rules")
        assert 3 == plan(made).code
        space, ledger = copy.deepcopy(there.kibana.store.spaces["default"]), _ledger(made)
        told = json.loads((made.folder / "plan.json").read_text("utf-8"))["hash"]
        before, slow[0] = content(there), LATENCY
        begun = time.monotonic()
        running = made.begin(*APPLY)
        out, err = running.communicate()
        assert 0 == running.returncode, out + err
        yield Place(there, made, space, ledger, told, before, content(there), time.monotonic() - begun)


def _next_pack(folder: Path) -> None:
    """Drop some rules, grade the others anew, and add some."""
    for word in GOES:
        (folder / f"{word}.yml").unlink()
    for number, word in enumerate(COMES, 100):
        (folder / f"{word}.yml").write_text(RULE.format(word=word, number=number), encoding="utf-8")
    for file in folder.iterdir():
        file.write_text(file.read_text("utf-8").replace("level: high", "level: critical"), encoding="utf-8")


def put_back(one: Place) -> None:
    """Put the world back to where the plan was made."""
    one.there.kibana.store.spaces["default"] = copy.deepcopy(one.space)
    for name in _ledger(one.office):
        (one.office.folder / name).unlink()
    for name, file in one.ledger.items():
        (one.office.folder / name).write_bytes(file)


def killed(one: Place, command: Sequence[str], number: int) -> Killed:
    """Kill a command and run it again."""
    before = len(one.there.rules.journal.entries())
    kill(one, command, number)
    through = writes(one.there.rules.journal.entries()[before:])
    ended = one.office.run(*command)
    counts = Counter(map(_object, writes(one.there.rules.journal.entries()[before:])))
    more = sum(count - 1 for count in counts.values())
    return Killed(ended.code, ended.out + ended.err, content(one.there), more, len(through))


def kill(one: Place, command: Sequence[str], number: int) -> None:
    """Kill a command at a random moment once it has begun to write; each number has its moment."""
    before = len(one.there.rules.journal.entries())
    running = one.office.begin(*command)
    _first_write(one, before)
    time.sleep(random.Random(number).uniform(0, len(GOES + STAYS + COMES) * LATENCY / PARALLEL))
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    time.sleep(LATENCY + 0.2)  # for the server to end what it was still answering


def brought_back(one: Place) -> tuple[Mapping[str, Any], set[str]]:
    """Return what stands there of the objects that were there before, and the states of those that were not."""
    there = content(one.there)
    others = {name: rule for name, rule in there.items() if name not in one.before}
    return {name: there[name] for name in one.before}, {
        f"{'on' if rule['enabled'] else 'off'} {[tag for tag in rule['tags'] if tag.endswith(':retired')] != []}"
        for rule in others.values()
    }


def unstamped(found: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Leave out what Kibana makes up for a new rule."""
    made_up = ("id", "created_at", "created_by")
    return {name: {key: rule[key] for key in rule if key not in made_up} for name, rule in found.items()}


def _first_write(one: Place, before: int) -> None:
    until = time.monotonic() + 60
    while not writes(one.there.rules.journal.entries()[before:]):
        assert time.monotonic() < until, "nothing was written within a minute"
        time.sleep(0.01)


def _object(entry: Entry) -> str:
    return str(json.loads(entry.body)["rule_id"])


def _ledger(made: Office) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in made.folder.glob("*.sqlite*")}

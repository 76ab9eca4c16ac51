"""Compare an object that is there with what is wanted, field by field, and tell whose each difference is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from huntline.ledger.choices import Choice
from huntline.ledger.writes import Write
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.jsonable import dumps
from huntline.model.pack import Json
from huntline.model.paths import flat
from huntline.model.plan import Difference, Owner

STATE = "state"
"""The path of whether an object is on: no field of a body is called so on any platform."""


@dataclass(frozen=True, slots=True)
class Left:
    """How we left an object: the managed fields and state of our last write, as far as anything tells.

    `midway`: fields before and after a write of ours that was begun, put its mark there, and never came to its end.
    """

    managed: Mapping[str, Json] | None
    state: str | None
    midway: tuple[Mapping[str, Json], Mapping[str, Json]] | None = None


def how_left(
    base: Write | None, unfinished: Write | None, over: Deployed, artifact: Artifact, normal: Mapping[str, Json]
) -> Left:
    """Take it from the ledger; else from the mark, which tells that what we want now is what we wrote then."""
    midway = _midway(unfinished, over)
    if base and base.after:
        return Left(flat(base.after.managed), base.after.state, midway)
    if over.mark == artifact.mark:
        return Left(flat(normal), None, midway)
    return Left(None, None, midway)


def differences(
    over: Deployed, normal: Mapping[str, Json], left: Left, chosen: Mapping[str, Choice], on: bool | None
) -> Iterator[Difference]:
    """Yield what differs, by path. What somebody else changed is kept unless it was chosen to be overwritten.

    What a platform wrote over when it switched the object off, and no longer tells, is nobody's edit.
    `on` None: whether it is switched on is the customer's, but for a switch that is to be turned back to how we left it.
    """
    now = flat(over.managed)
    for path, wanted in sorted(flat(normal).items()):
        choice = chosen.get(path)
        aim = choice.value if choice and choice.word == "adopt" else wanted
        there = now.get(path)
        if there != aim and not (path not in now and over.state == "off_by_platform"):
            owner: Owner = "given" if choice and choice.word == "ignore" else _owner(there, aim, left, path)
            yield Difference(path, there, aim, owner, kept=_kept(owner, there, choice))
    switch = chosen.get(STATE)
    if on is None and left.state and switch and (switch.word, switch.value) == ("overwrite", over.state):
        on = left.state == "on"
    if on is not None and (over.state == "on") != on:
        aim = "on" if on else "off"
        owner = _switch_owner(over, aim, left, switch)
        yield Difference(STATE, over.state, aim, owner, kept=_kept(owner, over.state, switch))


def _midway(unfinished: Write | None, over: Deployed) -> tuple[Mapping[str, Json], Mapping[str, Json]] | None:
    if unfinished is None or unfinished.after is None or unfinished.after.mark != over.mark:
        return None
    return flat(unfinished.before.managed) if unfinished.before else {}, flat(unfinished.after.managed)


def _owner(now: Json, wanted: Json, left: Left, path: str) -> Owner:
    if left.midway and _on_the_way(now, *(side.get(path) for side in left.midway)):
        return "ours"
    if left.managed is None:
        return "unknown"
    was = left.managed.get(path)
    if now == was:
        return "ours"
    return "theirs" if wanted == was else "both"


def _on_the_way(now: Json, before: Json, after: Json) -> bool:
    """Say whether values stand as a write leaves them that adds and takes away one by one: nobody else's hand is in it."""
    if not isinstance(now, list) or not isinstance(after, list):
        return False
    there, aim, was = (
        {dumps(one) for one in side} for side in (now, after, before if isinstance(before, list) else [])
    )
    return was & aim <= there <= was | aim


def _switch_owner(over: Deployed, aim: str, left: Left, choice: Choice | None) -> Owner:
    """What the platform switched off is not simply switched on again; a switch that nobody knows of is taken for ours."""
    if choice and choice.word in ("ignore", "adopt"):
        return "given"
    if over.state == "off_by_platform":
        return "theirs"
    return "ours" if left.state is None else _owner(over.state, aim, Left({STATE: left.state}, None), STATE)


def _kept(owner: Owner, now: Json, choice: Choice | None) -> bool:
    if choice and choice.word == "overwrite" and choice.value == now:
        return False
    return owner in ("theirs", "both", "given")

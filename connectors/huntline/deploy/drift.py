"""Drift: what stands on a platform otherwise than we left it, or than we want it, and whose doing it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from huntline.deploy.compare import STATE, differences, how_left
from huntline.deploy.plan import Look, strays
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.plan import Difference

What: TypeAlias = Literal[
    "edited",  # fields were changed there
    "outdated",  # as we left it; we want it otherwise now
    "missing",  # never written
    "deleted",
    "switched_off",
    "switched_on",
    "off_by_platform",
    "failing",  # its runs fail
    "unmarked",  # at our id, without our mark
    "copy",  # our mark at another id
    "orphan",  # ours, and wanted no more
    "namesake",  # foreign, with the name of one of ours
]


@dataclass(frozen=True, slots=True)
class Drift:
    """`fields`: those that differ, each with its owner. `by` and `at` as the platform tells them; at is aware UTC."""

    what: What
    kind: str
    remote_id: str
    key: str
    name: str
    fields: tuple[Difference, ...] = ()
    by: str = ""
    at: datetime | None = None
    words: str = ""


def drifts(seen: Look) -> tuple[Drift, ...]:
    """Return all of it: by object in the order they are wanted, then what lies beside them."""
    found = [one for artifact in seen.wanted.artifacts for one in _of(artifact, seen)]
    return (*found, *_beside(seen))


def _of(artifact: Artifact, seen: Look) -> Iterator[Drift]:
    over, base = seen.over(artifact), seen.bases.get((artifact.kind, artifact.remote_id))
    if over is None:
        gone = base is not None and base.after is not None
        yield Drift("deleted" if gone else "missing", artifact.kind, artifact.remote_id, artifact.key, artifact.name)
        return
    if over.mark is None or over.mark.key != artifact.key:
        yield _drift("unmarked", over, artifact.key)
        return
    normal = seen.means.target.deployer.normal(artifact)
    left = how_left(base, seen.unfinished.get((artifact.kind, artifact.remote_id)), over, artifact, normal)
    found = [one for one in differences(over, normal, left, seen.chosen(artifact), None) if one.owner != "given"]
    edited = tuple(one for one in found if one.owner != "ours")
    if edited:
        yield _drift("edited", over, artifact.key, edited)
    elif found or over.mark != artifact.mark:
        yield _drift("outdated", over, artifact.key, tuple(found))
    yield from _switched(artifact, over, left.state, seen)


def _switched(artifact: Artifact, over: Deployed, left: str | None, seen: Look) -> Iterator[Drift]:
    """Tell a switch that is not as we left it, nor as the tenants file wants it."""
    choice = seen.chosen(artifact).get(STATE)
    if over.state == "on" and over.words:
        yield _drift("failing", over, artifact.key)
    if over.state == "off_by_platform":
        yield _drift("off_by_platform", over, artifact.key)
    elif not (choice and choice.word in ("ignore", "adopt")):
        wanted = seen.means.target.tenant.deploying.enabled
        aim = left if wanted is None else ("on" if wanted else "off")
        if aim in ("on", "off") and over.state != aim:
            yield _drift("switched_on" if over.state == "on" else "switched_off", over, artifact.key)


def _beside(seen: Look) -> Iterator[Drift]:
    names = {one.name for one in seen.wanted.artifacts}
    ids = {(one.kind, one.remote_id) for one in seen.wanted.artifacts}
    for one in strays(seen):
        yield _drift("orphan", one, one.mark.key if one.mark else "")
    for one in _sorted(seen.held.values()):
        if one.mark and not one.home:
            yield _drift("copy", one, one.mark.key)
        elif not one.mark and (one.kind, one.remote_id) not in ids and one.name in names:
            yield _drift("namesake", one, "")


def _sorted(held: Iterable[Deployed]) -> list[Deployed]:
    return sorted(held, key=lambda one: (one.kind, one.remote_id))


def _drift(what: What, over: Deployed, key: str, fields: tuple[Difference, ...] = ()) -> Drift:
    return Drift(what, over.kind, over.remote_id, key, over.name, fields, over.changed_by, over.changed_at, over.words)

"""What a pack wants on a tenant's platform: objects, and the detections that have none there, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from huntline.deploy.means import Means
from huntline.model.artifact import Artifact, key_of
from huntline.model.pack import Detection
from huntline.model.query import Refused, Rule
from huntline.model.scope import Binding, Scope


@dataclass(frozen=True, slots=True)
class Left:
    """A detection that gets no object on a scope. `keeps`: keys of what stays as it is, where it is there already."""

    key: str
    name: str
    why: Literal["blocked", "not_applicable"]
    reason: str
    keeps: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """`artifacts`: each key once, what others need before them."""

    artifacts: tuple[Artifact, ...]
    left: tuple[Left, ...]


def wanted(means: Means, absent: Mapping[str, str]) -> Wanted:
    """Compile the pack's rules for the tenant. `absent`: scopes without data there, each with why."""
    found = [
        one
        for detection in sorted(means.detections, key=lambda one: one.id)
        for scope in sorted(means.scopes, key=lambda one: one.name)
        if "rule" in scope.serves
        for one in _on(detection, scope, means, absent)
    ]
    artifacts = {one.key: one for one in found if isinstance(one, Artifact)}
    return Wanted(_in_order(artifacts), tuple(one for one in found if isinstance(one, Left)))


def _on(detection: Detection, scope: Scope, means: Means, absent: Mapping[str, str]) -> Iterator[Artifact | Left]:
    deploying = means.target.tenant.deploying
    level = deploying.severity.get(detection.id)
    rule = means.renderer.rule(
        replace(detection, level=level) if level else detection, scope, Binding(scope.name, {}, {})
    )
    if isinstance(rule, Refused) and rule.code == "not_served":
        return
    key = key_of(means.pack.id, detection.id, scope.name)
    name = f"{detection.title} ({scope.name})"
    blocked = next((one for one in means.blocked if one.detection == detection.id), None)
    if blocked:
        yield Left(
            key, name, "blocked", f"{blocked.file}: {blocked.problem}", _keys(detection, rule, level, means, key)
        )
    elif detection.id in deploying.hunting_only:
        yield Left(key, name, "not_applicable", "is only hunted here, by the tenants file")
    elif isinstance(rule, Refused):
        yield Left(key, name, "not_applicable", f"{rule.code}: {rule.construct}")
    elif scope.name in absent:
        yield Left(key, name, "not_applicable", absent[scope.name], _keys(detection, rule, level, means, key))
    else:
        yield from _artifacts(detection, rule, level, means)


def _artifacts(detection: Detection, rule: Rule, level: str | None, means: Means) -> Sequence[Artifact]:
    graded = replace(detection, level=level) if level else detection
    every = means.target.tenant.deploying.every.get(detection.id)
    return means.renderer.artifacts(graded, rule, pack=means.pack.id, every=every)


def _keys(detection: Detection, rule: Rule | Refused, level: str | None, means: Means, key: str) -> frozenset[str]:
    """Return the keys of all that a rule would have there: what it needs is needed still."""
    made = () if isinstance(rule, Refused) else _artifacts(detection, rule, level, means)
    return frozenset((key, *(one.key for one in made)))


def _in_order(artifacts: Mapping[str, Artifact]) -> tuple[Artifact, ...]:
    """Put what is needed before what needs it, else by key."""
    placed: dict[str, Artifact] = {}

    def place(key: str) -> None:
        if key in placed or key not in artifacts:
            return
        for need in artifacts[key].needs:
            place(need)
        placed[key] = artifacts[key]

    for key in sorted(artifacts, key=lambda one: (bool(artifacts[one].needs), one)):
        place(key)
    return tuple(placed.values())

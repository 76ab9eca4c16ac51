"""The targets of a scope, one for each cluster, and what the engine is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from huntline.errors import ConfigError
from huntline.model.search import Part
from huntline.model.window import Window
from huntline.translate.translator import Bound
from huntline_elastic.terrain import Look

LOCAL = "local"
WIDEST = timedelta(days=31)
NARROWEST = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Target:
    """A scope's patterns on one cluster; `cluster` "" for the one that is asked."""

    scope: str
    title: str
    cluster: str
    path: str

    @property
    def key(self) -> str:
        return f"{self.scope}@{self.cluster or LOCAL}"


def targets_of(bound: Bound, clusters: Sequence[str]) -> tuple[Target, ...]:
    """Return a scope's targets: a pattern without cluster is asked here and on each of `clusters`.

    Raises ConfigError for a pattern whose cluster is a wildcard: a cluster that is missing from it would go unnoticed.
    """
    by_cluster: dict[str, list[str]] = {}
    for pattern in filter(None, (one.strip() for one in bound.native("index").split(","))):
        cluster, _, name = pattern.rpartition(":")
        if "*" in cluster:
            raise ConfigError(
                f"names clusters by a wildcard: {pattern}",
                file="settings",
                key=f"sources.{bound.source.name}.names",
                advice="name each cluster under `clusters`",
            )
        for one in (cluster,) if cluster else ("", *clusters):
            by_cluster.setdefault(one, []).append(_on(one, name))
    scope = bound.store.scope
    return tuple(
        Target(scope.name, f"{scope.title}, cluster {one}" if one else scope.title, one, ",".join(patterns))
        for one, patterns in by_cluster.items()
    )


def part_of(target: Target, found: Look, wanted: Window) -> Part:
    """Return a target as the engine knows it: divisible down to the millisecond, the smallest step of a date.

    One part for all tiers: an index may move from one to another between two searches, and be missed by both.
    """
    return Part(
        key=target.key,
        title=target.title,
        scopes=(target.scope,),
        window=wanted,
        state=found.state,
        place=target.key,
        path=found.path,
        fingerprint="",
        size=0,
        widest=WIDEST,
        narrowest=NARROWEST,
        cost=None,
        words=found.words,
    )


def _on(cluster: str, name: str) -> str:
    if not cluster:
        return name
    return f"-{cluster}:{name[1:]}" if name.startswith("-") else f"{cluster}:{name}"

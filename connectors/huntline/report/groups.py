"""Equal hits told once: the same detections, host and evidence, with exact counts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

from huntline.model.case import Hit
from huntline.model.pack import Stage
from huntline.report.storylines import is_new
from huntline.report.subject import Subject, moment_of


@dataclass(slots=True)
class Group:
    """Grows while the hits are read once; `sample` is the earliest hit."""

    host: str
    stage: Stage
    sample: Hit
    hits: int = 0
    new: int = 0
    undated: int = 0
    first: datetime | None = None
    last: datetime | None = None
    places: set[tuple[str, str]] = field(default_factory=set)  # (tenant, scope)
    parts: set[str] = field(default_factory=set)

    def add(self, hit: Hit) -> None:
        self.hits += 1
        self.new += is_new(hit)
        self.places.add((hit.tenant, hit.scope))
        self.parts.update(hit.parts)
        moment = moment_of(hit)
        if moment is None:
            self.undated += 1
            return
        if self.first is None or moment < self.first:
            self.first, self.sample = moment, hit
        if self.last is None or moment > self.last:
            self.last = moment


def groups(subject: Subject) -> list[Group]:
    """Return the groups: the gravest first, then those with new hits, then by time and host."""
    found: dict[Hashable, Group] = {}
    for hit in subject.case.hits:
        host = subject.host(hit)
        key = (host, tuple((witness.detection, witness.evidence) for witness in hit.witnesses))
        group = found.get(key)
        if group is None:
            group = found[key] = Group(host, subject.stage(hit), hit)
        group.add(hit)
    return sorted(found.values(), key=_telling)


def _telling(group: Group) -> tuple[int, bool, str, str, str, str]:
    first = group.first.isoformat() if group.first else "~"
    return -group.stage.rank, not group.new, first, group.host, group.sample.scope, group.sample.event

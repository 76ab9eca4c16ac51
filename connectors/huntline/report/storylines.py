"""The hits of one host in order, with the stage they reach: what happened to this machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from huntline.model.case import Hit
from huntline.model.pack import Milestone, Stage
from huntline.report.subject import Subject, gravity, logged_host, moment_of


@dataclass(frozen=True, slots=True)
class Reach:
    """What of one stage was seen on one host."""

    stage: Stage
    hits: int
    first: datetime | None  # None: no hit of it bears a usable time
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """Hits of the same detections without another kind of hit between them."""

    stage: Stage
    detections: tuple[str, ...]
    hits: int
    new: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Storyline:
    host: str
    spellings: tuple[str, ...]  # as logged, where they differ from `host`
    hits: tuple[Hit, ...]  # by time, undated last
    reached: Stage
    reaches: tuple[Reach, ...]  # gravest first
    steps: tuple[Step, ...]  # by time, undated last
    new: int
    undated: int
    first: datetime | None
    last: datetime | None
    after: tuple[tuple[Milestone, int], ...]  # milestones with hits at or after them, and how many


def storylines(subject: Subject) -> tuple[Storyline, ...]:
    """Return one storyline per host: the gravest first, then those with new hits, then by time."""
    hits: dict[str, list[Hit]] = defaultdict(list)
    for hit in subject.case.hits:
        hits[subject.host(hit)].append(hit)
    told = [_storyline(subject, host, sorted(of_host, key=order)) for host, of_host in hits.items()]
    return tuple(sorted(told, key=_telling))


def order(hit: Hit) -> tuple[bool, str, str, str, str]:
    moment = moment_of(hit)
    return moment is None, moment.isoformat() if moment else "", hit.tenant, hit.scope, hit.event


def is_new(hit: Hit) -> bool:
    return any(witness.new for witness in hit.witnesses)


def _storyline(subject: Subject, host: str, hits: Sequence[Hit]) -> Storyline:
    reaches = _reaches(subject, hits)
    moments = [moment for hit in hits if (moment := moment_of(hit))]
    after = ((milestone, sum(moment >= milestone.at for moment in moments)) for milestone in subject.case.milestones)
    return Storyline(
        host=host,
        spellings=tuple(sorted({logged_host(hit) for hit in hits} - {"", host})),
        hits=tuple(hits),
        reached=reaches[0].stage,
        reaches=reaches,
        steps=tuple(_steps(subject, hits)),
        new=sum(map(is_new, hits)),
        undated=len(hits) - len(moments),
        first=min(moments, default=None),
        last=max(moments, default=None),
        after=tuple((milestone, count) for milestone, count in after if count),
    )


def _reaches(subject: Subject, hits: Iterable[Hit]) -> tuple[Reach, ...]:
    """An event that matched detections of several stages speaks for each of them."""
    moments: dict[Stage, list[datetime | None]] = defaultdict(list)
    for hit in hits:
        for stage in {subject.stages[witness.detection] for witness in hit.witnesses}:
            moments[stage].append(moment_of(hit))
    reaches = []
    for stage in sorted(moments, key=gravity, reverse=True):
        dated = [moment for moment in moments[stage] if moment]
        reaches.append(Reach(stage, len(moments[stage]), min(dated, default=None), max(dated, default=None)))
    return tuple(reaches)


def _steps(subject: Subject, hits: Iterable[Hit]) -> Iterable[Step]:
    held: list[Hit] = []
    for hit in hits:
        if held and _kind(held[0]) != _kind(hit):
            yield _step(subject, held)
            held = []
        held.append(hit)
    if held:
        yield _step(subject, held)


def _kind(hit: Hit) -> tuple[bool, tuple[str, ...]]:
    return moment_of(hit) is None, tuple(witness.detection for witness in hit.witnesses)


def _step(subject: Subject, hits: Sequence[Hit]) -> Step:
    return Step(
        stage=subject.stage(hits[0]),
        detections=tuple(witness.detection for witness in hits[0].witnesses),
        hits=len(hits),
        new=sum(map(is_new, hits)),
        first=moment_of(hits[0]),
        last=moment_of(hits[-1]),
    )


def _telling(line: Storyline) -> tuple[int, bool, str, str]:
    return -line.reached.rank, not line.new, line.first.isoformat() if line.first else "~", line.host

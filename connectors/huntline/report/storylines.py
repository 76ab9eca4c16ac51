"""The hits of one host in order, with the stage they reach: what happened to this machine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from huntline.model.case import Hit
from huntline.model.chain import Grade, Split
from huntline.model.pack import Milestone, Stage
from huntline.report.addresses import By
from huntline.report.joins import Asked, Timing, asked, timings
from huntline.report.repeats import repeats
from huntline.report.subject import Place, Subject, gravity, logged_host, moment_of
from huntline.report.tellers import Teller, tellers


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
    tenants: tuple[Teller, ...]


@dataclass(frozen=True, slots=True)
class Halves:
    """Dated hits of a split's stages on either side of it."""

    split: Split
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Hits that knew only an address, and what gave them this host; `by` empty: nothing, the host is unknown."""

    address: str
    by: tuple[By, ...]
    hits: int


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
    grade: Grade | None  # None: the pack grades nothing
    missing: tuple[Grade, ...]  # what the grade expects beside it, where nothing of that was seen
    timings: tuple[Timing, ...]
    splits: tuple[Halves, ...]  # one for each split of the pack, in its order
    joined: tuple[Joined, ...]
    tenants: tuple[Teller, ...]
    repeats: int  # or more of the hits may tell an event that another tenant told

    @property
    def unknown(self) -> bool:
        """Whether nobody knows the name of this host."""
        return any(not one.by for one in self.joined)

    @property
    def late(self) -> bool:
        """Whether its gravest stage was seen only after a moment from which on it means less."""
        reach = self.reaches[0]
        return any(h.split.at <= reach.first for h in self.splits if reach.first and reach.stage.id in h.split.stages)


def storylines(subject: Subject) -> tuple[Storyline, ...]:
    """Return one storyline per host: the gravest first, then what fits the pack's delays, then what came before its
    splits, then those with new hits, then by time.
    """
    hits: dict[str, list[Hit]] = defaultdict(list)
    for hit in subject.case.hits:
        hits[subject.host(hit)].append(hit)
    joins = asked(subject)
    told = [_storyline(subject, joins, host, sorted(of_host, key=order)) for host, of_host in hits.items()]
    return tuple(sorted(told, key=_telling))


def order(hit: Hit) -> tuple[bool, str, str, str, str]:
    moment = moment_of(hit)
    return moment is None, moment.isoformat() if moment else "", hit.tenant, hit.scope, hit.event


def is_new(hit: Hit) -> bool:
    return any(witness.new for witness in hit.witnesses)


def _storyline(subject: Subject, joins: Sequence[Asked], host: str, hits: Sequence[Hit]) -> Storyline:
    reaches = _reaches(subject, hits)
    moments = [moment for hit in hits if (moment := moment_of(hit))]
    grade = _grade(subject, reaches[0].stage)
    after = ((milestone, sum(moment >= milestone.at for moment in moments)) for milestone in subject.case.milestones)
    return Storyline(
        host=host,
        spellings=tuple(sorted({logged_host(hit) for hit in hits if not subject.place(hit).address} - {"", host})),
        hits=tuple(hits),
        reached=reaches[0].stage,
        reaches=reaches,
        steps=tuple(_steps(subject, hits)),
        new=sum(map(is_new, hits)),
        undated=len(hits) - len(moments),
        first=min(moments, default=None),
        last=max(moments, default=None),
        after=tuple((milestone, count) for milestone, count in after if count),
        grade=grade,
        missing=_missing(subject, grade, {reach.stage.id for reach in reaches}),
        timings=timings(joins, hits),
        splits=tuple(_halves(subject, split, hits) for split in subject.case.chain.splits),
        joined=_joined(subject, hits),
        tenants=tellers(hits),
        repeats=repeats(hits),
    )


def _grade(subject: Subject, stage: Stage) -> Grade | None:
    return next((grade for grade in subject.case.chain.grades if stage.id in grade.stages), None)


def _missing(subject: Subject, grade: Grade | None, reached: AbstractSet[str]) -> tuple[Grade, ...]:
    """Return the grades of which one was expected beside it, if none of them shows."""
    expected = tuple(one for one in subject.case.chain.grades if grade and one.id in grade.expects)
    return () if any(reached & set(one.stages) for one in expected) else expected


def _halves(subject: Subject, split: Split, hits: Iterable[Hit]) -> Halves:
    concerned = (hit for hit in hits if any(subject.stages[w.detection].id in split.stages for w in hit.witnesses))
    sides = [moment >= split.at for hit in concerned if (moment := moment_of(hit))]
    return Halves(split, len(sides) - sum(sides), sum(sides))


def _joined(subject: Subject, hits: Iterable[Hit]) -> tuple[Joined, ...]:
    places = Counter((place.address, place.by) for hit in hits if _nameless(place := subject.place(hit)))
    return tuple(Joined(address, by, count) for (address, by), count in sorted(places.items()))


def _nameless(place: Place) -> bool:
    return bool(place.address) or not place.known


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
        tenants=tellers(hits),
    )


def _telling(line: Storyline) -> tuple[int, bool, bool, bool, str, str]:
    fits = any(timing.kind == "within" for timing in line.timings)
    first = line.first.isoformat() if line.first else "~"
    return -line.reached.rank, not fits, line.late, not line.new, first, line.host

"""The picture of a storyline: stages as lanes, hits as dots, milestones as lines; geometry only, drawn by a template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log10

from huntline.model.pack import Stage
from huntline.report.storylines import Storyline
from huntline.report.subject import Subject, gravity, moment_of

_WIDTH, _LEFT, _RIGHT, _LANE = 1000, 170, 24, 34
_BINS = 160
_STEPS = (1, 2, 7, 14, 30, 61, 91, 182, 365, 730, 1826, 3652, 18262, 73048, 365242, 730484)  # days between two ticks
_MONTH = 30


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    radius: float
    hits: int
    first: datetime
    last: datetime
    new: bool


@dataclass(frozen=True, slots=True)
class Lane:
    stage: Stage
    y: float
    bands: tuple[tuple[float, float], ...]  # (x, width): the stage's windows
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    top: int
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Mark, ...]
    milestones: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    end: datetime

    def x(self, moment: datetime) -> float:
        inside = min(max(moment, self.start), self.end)
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * ((inside - self.start) / (self.end - self.start)), 1)


def picture(subject: Subject, line: Storyline) -> Picture | None:
    """Lay a storyline out over its own time; None where no hit bears a usable time."""
    if line.first is None or line.last is None:
        return None
    scale = _scale(line.first, line.last)
    milestones = tuple(m for m in subject.case.milestones if scale.start <= m.at <= scale.end)
    top = 30 if milestones else 8  # their words stand above the lanes
    stages = sorted((reach.stage for reach in line.reaches if reach.first), key=gravity)
    lanes = tuple(_lane(subject, line, stage, top + _LANE * at, scale) for at, stage in enumerate(stages))
    return Picture(
        top=top,
        height=top + _LANE * len(lanes) + 26,
        lanes=lanes,
        ticks=tuple(_ticks(scale)),
        milestones=tuple(Mark(scale.x(m.at), f"{m.at.date()}: {m.note}") for m in milestones),
    )


def _scale(first: datetime, last: datetime) -> _Scale:
    """Leave air on both sides; a single moment is shown in the days around it."""
    air = max((last - first) * 0.06, timedelta(hours=36))
    lowest, highest = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
    start = max(first, lowest + air) - air
    return _Scale(start, min(last, highest - air) + air)


def _lane(subject: Subject, line: Storyline, stage: Stage, y: float, scale: _Scale) -> Lane:
    moments: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
    for hit in line.hits:
        moment = moment_of(hit)
        if moment and any(subject.stages[witness.detection] == stage for witness in hit.witnesses):
            new = any(w.new for w in hit.witnesses if subject.stages[w.detection] == stage)
            moments[int((scale.x(moment) - _LEFT) / (_WIDTH - _LEFT) * _BINS)].append((moment, new))
    windows = (w for w in stage.windows if w.start < scale.end and w.end > scale.start)
    bands = tuple((scale.x(w.start), round(scale.x(w.end) - scale.x(w.start), 1)) for w in windows)
    return Lane(stage, y, bands, tuple(_dot(scale, moments[at]) for at in sorted(moments)))


def _dot(scale: _Scale, moments: Sequence[tuple[datetime, bool]]) -> Dot:
    times = [moment for moment, _ in moments]
    radius = round(min(5 + 2 * log10(len(times)), 11), 1)
    return Dot(scale.x(min(times)), radius, len(times), min(times), max(times), any(new for _, new in moments))


def _ticks(scale: _Scale) -> Iterator[Mark]:
    days = (scale.end - scale.start).days
    step = next((s for s in _STEPS if days / s <= 7), _STEPS[-1])
    at = datetime(scale.start.year, scale.start.month, 1 if step >= _MONTH else scale.start.day, tzinfo=UTC)
    while at <= scale.end:
        if at >= scale.start:
            yield Mark(scale.x(at), at.date().isoformat()[: 7 if step >= _MONTH else 10])
        at = _months_on(at, round(step / 30.4369)) if step >= _MONTH else at + timedelta(days=step)


def _months_on(moment: datetime, months: int) -> datetime:
    years, month = divmod(moment.month - 1 + months, 12)
    if moment.year + years > 9999:
        return datetime.max.replace(tzinfo=UTC)
    return moment.replace(year=moment.year + years, month=month + 1)

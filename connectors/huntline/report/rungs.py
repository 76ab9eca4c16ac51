"""The rungs of an answer: what was found of each stage, and how much of it was searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huntline.model.pack import Stage
from huntline.report.attendance import Attendance, attendance
from huntline.report.grid import Track
from huntline.report.searched import Searched, searched
from huntline.report.storylines import Storyline
from huntline.report.subject import Subject, gravity


@dataclass(frozen=True, slots=True)
class Rung:
    """`counted` are events that may match: too many to be read one by one, so nobody decided on them."""

    stage: Stage
    hits: int
    counted: int
    hosts: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    searched: Searched | None  # None: the pack no longer holds a detection of this stage
    attendance: Attendance | None  # None: nobody said which hosts to expect


def rungs(subject: Subject, grid: Mapping[str, Track], lines: Sequence[Storyline]) -> tuple[Rung, ...]:
    """Return a rung per stage that has detections or findings, the gravest first."""
    measured = {one.stage: one for one in searched(subject.case, grid)}
    reached = {reach.stage for line in lines for reach in line.reaches}
    counted = {subject.stages[one.detection] for one in subject.case.counted}
    stages = sorted({*measured, *reached, *counted}, key=gravity, reverse=True)
    met = attendance(subject.case, {stage: set(one.detections) for stage, one in measured.items()})
    return tuple(_rung(subject, stage, measured.get(stage), met.get(stage), lines) for stage in stages)


def _rung(
    subject: Subject, stage: Stage, measured: Searched | None, met: Attendance | None, lines: Sequence[Storyline]
) -> Rung:
    reaches = [(line.host, reach) for line in lines for reach in line.reaches if reach.stage == stage]
    return Rung(
        stage=stage,
        hits=sum(reach.hits for _, reach in reaches),
        counted=sum(one.count for one in subject.case.counted if subject.stages[one.detection] == stage),
        hosts=tuple(host for host, _ in reaches),
        first=min((reach.first for _, reach in reaches if reach.first), default=None),
        last=max((reach.last for _, reach in reaches if reach.last), default=None),
        searched=measured,
        attendance=met,
    )

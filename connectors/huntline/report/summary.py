"""All customers at a glance: a line each, the gravest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huntline.report.attendance import everywhere
from huntline.report.findings import Answer, Kind
from huntline.report.storylines import Storyline
from huntline.report.subject import Subject

_URGENT: dict[Kind, int] = {"found": 2, "cannot_tell": 1, "nothing_found": 0}


@dataclass(frozen=True, slots=True)
class Line:
    """One customer's answer in short; what it rests on is in the answer itself."""

    customer: str
    kind: Kind
    headline: str
    rank: int  # of the gravest stage found; -1 where none is
    stage: str  # its id and title; "" where none is
    stage_title: str
    grade: str  # id and title of the gravest grade; "" where there is none
    grade_title: str
    hosts: int  # with hits
    addresses: int  # with hits, of which nobody knows the host
    hits: int
    new: int
    checks: int  # detections times days that matter
    checks_searched: int
    expected: int  # hosts; 0 where nobody said which
    expected_seen: int
    warnings: int


def line_of(subject: Subject, said: Answer, lines: Sequence[Storyline]) -> Line:
    measured = [rung.searched for rung in said.stages if rung.searched]
    here, absent = everywhere(rung.attendance for rung in said.stages if rung.attendance)
    unknown = sum(line.unknown for line in lines)
    worst = next((rung.stage for rung in said.stages if rung.stage.id == said.stage and rung.hits), None)
    grades = {grade.id: grade.title for grade in subject.case.chain.grades}
    return Line(
        customer=subject.case.customer,
        kind=said.kind,
        headline=said.headline,
        rank=worst.rank if worst else -1,
        stage=said.stage,
        stage_title=worst.title if worst else "",
        grade=said.grade,
        grade_title=grades.get(said.grade, ""),
        hosts=len(lines) - unknown,
        addresses=unknown,
        hits=said.hits,
        new=said.new,
        checks=sum(one.checks for one in measured),
        checks_searched=sum(one.checks_searched for one in measured),
        expected=len(here) + len(absent),
        expected_seen=len(here),
        warnings=len(subject.case.warnings),
    )


def urgency(line: Line) -> tuple[int, int, bool, str]:
    """Order lines: the gravest stage, then those with new hits; what nobody can tell before what is clean."""
    return -_URGENT[line.kind], -line.rank, not line.new, line.customer

"""The answer per customer: evidence of a stage, nothing found, or cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from huntline.report.attendance import everywhere
from huntline.report.dues import ground_of
from huntline.report.gaps import Gap, gaps
from huntline.report.grid import Track
from huntline.report.rungs import Rung, rungs
from huntline.report.sentences import (
    against,
    clean_hosts,
    clean_words,
    counted_only,
    found_words,
    on_hosts,
    short_words,
)
from huntline.report.storylines import Storyline
from huntline.report.subject import Subject
from huntline.report.weighing import doubts, retold, supports, unsearched

Kind: TypeAlias = Literal["found", "cannot_tell", "nothing_found"]


@dataclass(frozen=True, slots=True)
class Answer:
    kind: Kind
    headline: str
    stage: str  # id of the gravest stage found; "" where none is
    grade: str  # id of the gravest grade a storyline has; "" where none has one
    because: tuple[str, ...]
    against: tuple[str, ...]
    unknown: tuple[Gap, ...]
    stages: tuple[Rung, ...]  # gravest first
    hits: int
    new: int
    hosts: int


def answer(subject: Subject, grid: Mapping[str, Track], lines: Sequence[Storyline]) -> Answer:
    """Decide what may be said. "Nothing found" needs every check of every stage to be clean.

    Where hosts are expected, it is said only of those that were seen where each stage is looked for.
    """
    steps, ground = rungs(subject, grid, lines), ground_of(subject, grid)
    found = [rung for rung in steps if rung.hits]
    unstored = sorted({c.detection for c in subject.case.cells if c.verdict == "hits"} - _matched(subject))
    missing = (*gaps(subject, steps, found, unstored), *unsearched(subject, lines, ground))
    whole = bool(subject.case.detections) and all(rung.searched and rung.searched.whole for rung in steps)
    here, absent = everywhere(rung.attendance for rung in steps if rung.attendance)
    kind: Kind
    if found:
        kind, headline = "found", found[0].stage.answer
        counts = (*found_words(subject, found, lines), *retold(lines))
        because = (*counts, *supports(subject, found[0], lines), *counted_only(steps))
    elif whole and not unstored and not subject.case.counted and (here or not absent):
        kind, headline = "nothing_found", f"Nothing found in what was searched{on_hosts(here, absent)}."
        because = (*clean_words(steps), *clean_hosts(here, absent))
    else:
        kind, headline = "cannot_tell", "Cannot tell."
        because = (*counted_only(steps), *short_words(subject, steps))
    return Answer(
        kind=kind,
        headline=headline,
        stage=found[0].stage.id if found else "",
        grade=next((line.grade.id for line in lines if line.grade), ""),
        because=because,
        against=(*against(subject, found[0], lines), *doubts(subject, found[0], lines, ground)) if found else (),
        unknown=missing,
        stages=steps,
        hits=len(subject.case.hits),
        new=sum(line.new for line in lines),
        hosts=len(lines),
    )


def _matched(subject: Subject) -> set[str]:
    stored = {witness.detection for hit in subject.case.hits for witness in hit.witnesses}
    return stored | {one.detection for one in subject.case.counted}

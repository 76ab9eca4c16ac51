"""The storylines file of a pack: grades, joins and splits, checked against the pack's stages and milestones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from huntline.detections.inside import broken, read_inside
from huntline.errors import PackError
from huntline.model.chain import NO_CHAIN, Chain, Grade, Join, Pick, Split
from huntline.model.pack import Milestone, Stage

_IDENTIFIER = r"^[a-z0-9][a-z0-9_-]{0,62}$"
_Place = tuple[str | int, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Pick(_Strict):
    what: str = Field(pattern=r"\S")
    stages: list[str] = Field(min_length=1)
    products: list[str] = []
    categories: list[str] = []
    level: Literal["informational", "low", "medium", "high", "critical"] = "informational"


class _Days(_Strict):
    least: float = Field(ge=0, le=36_500)
    most: float = Field(ge=0, le=36_500)

    @model_validator(mode="after")
    def _in_order(self) -> _Days:
        if self.least > self.most:
            raise PydanticCustomError("order", "most is at least as many days as least")
        return self


class _Join(_Strict):
    id: str = Field(pattern=_IDENTIFIER)
    title: str
    start: _Pick
    follow: _Pick
    days: _Days
    within: str
    sooner: str
    later: str
    no_follow: str
    no_start: str


class _Split(_Strict):
    milestone: AwareDatetime
    stages: list[str] = Field(min_length=1)
    before: str
    after: str


class _Grade(_Strict):
    id: str = Field(pattern=_IDENTIFIER)
    title: str
    stages: list[str] = Field(min_length=1)
    expects: list[str] = []


class _File(_Strict):
    grades: list[_Grade] = []
    joins: list[_Join] = []
    splits: list[_Split] = []


def read_chain(pack: Path, file: str, *, stages: Sequence[Stage], milestones: Sequence[Milestone]) -> Chain:
    """Read the file that `storylines` of pack.yml names; "" is a pack that says nothing of it.

    Raises PackError with file, line and key.
    """
    if not file:
        return NO_CHAIN
    outside = PackError("the storylines lie inside their pack", file=file, advice="name them relative to pack.yml")
    document, checked = read_inside(pack, file, _File, outside=outside, mend="mend the file")
    for place, words in _faults(checked, stages, {milestone.at for milestone in milestones}):
        raise broken(file, document, place, words)
    return Chain(
        tuple(Grade(g.id, g.title, tuple(g.stages), tuple(g.expects)) for g in checked.grades),
        tuple(map(_join, checked.joins)),
        tuple(Split(s.milestone.astimezone(UTC), tuple(s.stages), s.before, s.after) for s in checked.splits),
    )


def _join(join: _Join) -> Join:
    return Join(
        id=join.id,
        title=join.title,
        start=_pick(join.start),
        follow=_pick(join.follow),
        least=timedelta(days=join.days.least),
        most=timedelta(days=join.days.most),
        within=join.within,
        sooner=join.sooner,
        later=join.later,
        no_follow=join.no_follow,
        no_start=join.no_start,
    )


def _pick(pick: _Pick) -> Pick:
    return Pick(pick.what, tuple(pick.stages), tuple(pick.products), tuple(pick.categories), pick.level)


def _faults(file: _File, stages: Sequence[Stage], milestones: set[datetime]) -> Iterator[tuple[_Place, str]]:
    yield from _unknown_stages(file, {stage.id for stage in stages})
    yield from _grade_faults(file.grades, [stage.id for stage in stages])
    for at, join in enumerate(file.joins):
        if join.id in [other.id for other in file.joins[:at]]:
            yield ("joins", at, "id"), f"the join {join.id!r} is there twice"
    for at, split in enumerate(file.splits):
        if split.milestone not in milestones:
            yield ("splits", at, "milestone"), "is no milestone of pack.yml"


def _unknown_stages(file: _File, known: set[str]) -> Iterator[tuple[_Place, str]]:
    named: list[tuple[_Place, list[str]]] = [(("grades", n, "stages"), g.stages) for n, g in enumerate(file.grades)]
    named += [(("splits", n, "stages"), s.stages) for n, s in enumerate(file.splits)]
    named += [(("joins", n, "start", "stages"), j.start.stages) for n, j in enumerate(file.joins)]
    named += [(("joins", n, "follow", "stages"), j.follow.stages) for n, j in enumerate(file.joins)]
    for place, stages in named:
        for at, stage in enumerate(stages):
            if stage not in known:
                yield (*place, at), f"the stage {stage!r} is not in pack.yml"


def _grade_faults(grades: Sequence[_Grade], stages: Sequence[str]) -> Iterator[tuple[_Place, str]]:
    """A storyline has one grade, the grade of its gravest stage: that needs every stage once, in the stages' order."""
    for at, grade in enumerate(grades):
        below = [other.id for other in grades[:at]]
        if grade.id in below:
            yield ("grades", at, "id"), f"the grade {grade.id!r} is there twice"
        for n, other in enumerate(grade.expects):
            if other not in below:
                yield ("grades", at, "expects", n), f"{other!r} is no grade before this one"
    graded = [stage for grade in grades for stage in grade.stages]
    if grades and graded != list(stages):
        yield ("grades",), f"grades hold each stage of pack.yml once, in its order: {', '.join(stages)}"

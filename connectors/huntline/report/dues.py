"""When the second step of a join was due on a host that shows only the first, and how much of that time was searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from huntline.report.attendance import attendance
from huntline.report.grid import Track, within
from huntline.report.joins import Asked, Timing, asked
from huntline.report.plain import counted_words
from huntline.report.searched import searched
from huntline.report.subject import Subject, moment_of


@dataclass(frozen=True, slots=True)
class Ground:
    """What was searched, as far as sentences on absence need it: nobody may say "not seen" of what was not looked for."""

    grid: Mapping[str, Track]
    whole: frozenset[str]  # stages that were searched whole
    joins: Mapping[str, Asked]  # by id of the join
    absent: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # stage -> short names of expected hosts not seen
    counted: dict[tuple[str, date, date], int] = field(default_factory=dict, compare=False)  # checks made, counted once


@dataclass(frozen=True, slots=True)
class Due:
    """Days `[first, last]`, both None where the first step bears no usable time; a check is one detection on one day."""

    first: date | None
    last: date | None
    checks: int
    made: int

    @property
    def whole(self) -> bool:
        return self.made == self.checks > 0

    @property
    def words(self) -> str:
        if self.first is None:
            return "the first step bears no usable time, so nobody can say when the second was due"
        if not self.checks:
            return f"due {self.first} to {self.last}, and the pack has no detection of it"
        return f"due {self.first} to {self.last}, {self.made:,} of {counted_words(self.checks, 'check')} made"


def ground_of(subject: Subject, grid: Mapping[str, Track]) -> Ground:
    measured = searched(subject.case, grid)
    met = attendance(subject.case, {one.stage: set(one.detections) for one in measured})
    return Ground(
        grid,
        frozenset(one.stage.id for one in measured if one.whole),
        {one.join.id: one for one in asked(subject)},
        {stage.id: frozenset(map(_short, one.absent)) for stage, one in met.items()},
    )


def ground_of_hosts(ground: Ground, hosts: Iterable[str]) -> Ground:
    """Return the ground for sentences on these hosts: a stage is searched whole only where they were seen.

    Short names decide: to take two machines for one only makes a sentence more careful.
    """
    short = set(map(_short, hosts))
    return replace(
        ground, whole=frozenset(stage for stage in ground.whole if not short & ground.absent.get(stage, set()))
    )


def _short(host: str) -> str:
    return host.casefold().split(".", 1)[0]


def due_of(ground: Ground, timing: Timing) -> Due:
    """Count the checks of the days the second step was due on. Days the hunt was not asked for count as not searched."""
    began = moment_of(timing.start) if timing.start else None
    if began is None:
        return Due(None, None, 0, 0)
    try:
        first, last = (began + timing.join.least).date(), (began + timing.join.most).date()
    except OverflowError:  # a host's clock at the end of time
        return Due(None, None, 0, 0)
    wanted = ground.joins[timing.join.id].follow & ground.grid.keys()
    key = timing.join.id, first, last
    if key not in ground.counted:
        spans = (within(ground.grid[d].stretches, first, last) for d in wanted)
        ground.counted[key] = sum(stretch.days for span in spans for stretch in span if stretch.searched)
    return Due(first, last, len(wanted) * ((last - first).days + 1), ground.counted[key])

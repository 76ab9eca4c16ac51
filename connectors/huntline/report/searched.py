"""How much of what a stage asks for was searched, counted in days and in checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, timedelta

from huntline.model.case import Case
from huntline.model.pack import Stage
from huntline.model.window import merged
from huntline.report.grid import Stretch, Track, days_between, within
from huntline.report.reasons import Reason, reasons
from huntline.report.subject import UNSTAGED, gravity


@dataclass(frozen=True, slots=True)
class Searched:
    """A check is one detection on one day. A day is searched when every check of it is."""

    stage: Stage
    detections: tuple[str, ...]
    first: date  # of the days this stage is about
    last: date
    days: int  # wanted
    days_searched: int
    checks: int
    checks_searched: int
    unasked: int  # days of the stage's windows this hunt was not asked for
    undated_open: int  # detections that could not be searched for in undated events
    holes: tuple[Reason, ...]
    beside: tuple[
        tuple[str, Stretch], ...
    ]  # scopes that hold data at other times, and held none while another was searched

    @property
    def whole(self) -> bool:
        return self.days_searched == self.days > 0 and not self.unasked and not self.undated_open


def searched(case: Case, grid: Mapping[str, Track]) -> tuple[Searched, ...]:
    """Measure every stage that has detections against its windows, the gravest first."""
    of_stage: dict[Stage, list[str]] = {}
    known = {stage.id: stage for stage in case.stages}
    for told in case.detections:
        of_stage.setdefault(known.get(told.stage, UNSTAGED), []).append(told.id)
    return tuple(
        _searched(case, stage, [grid[d] for d in sorted(of_stage[stage])])
        for stage in sorted(of_stage, key=gravity, reverse=True)
    )


def _searched(case: Case, stage: Stage, stage_tracks: Sequence[Track]) -> Searched:
    spans = spans_of(case, stage)
    first_wanted, last_wanted = days_between(case.wanted)
    checks = {track.detection: _cut(track, spans) for track in stage_tracks}
    holes = [(name, stretch) for name, found in checks.items() for stretch in found if not stretch.searched]
    filled = {(row.tenant, row.scope) for row in case.coverage if row.events}
    done = [(name, stretch) for name, found in checks.items() for stretch in found if stretch.searched]
    undated = [(t.detection, t.undated) for t in stage_tracks if t.undated and not _settled(t.undated)]
    asked = sum(_overlap(span, (first_wanted, last_wanted)) for span in spans)
    return Searched(
        stage=stage,
        detections=tuple(checks),
        first=spans[0][0],
        last=spans[-1][1],
        days=asked,
        days_searched=asked - _distinct_days([stretch for _, stretch in holes]),
        checks=sum(stretch.days for found in checks.values() for stretch in found),
        checks_searched=sum(stretch.days for _, stretch in done),
        unasked=sum((last - first).days + 1 for first, last in spans) - asked,
        undated_open=len(undated),
        holes=reasons([*holes, *undated]),
        beside=tuple((name, silent) for name, stretch in done if (silent := _silent(stretch, filled)).cells),
    )


def spans_of(case: Case, stage: Stage) -> tuple[tuple[date, date], ...]:
    """Return the days the stage is about: its own windows, or all that was wanted where it names none."""
    whole_days = (days_between(window) for window in merged(stage.windows or (case.wanted,)))
    spans: list[tuple[date, date]] = []
    for first, last in whole_days:
        if spans and first <= spans[-1][1] + timedelta(days=1):
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return tuple(spans)


def _cut(track: Track, spans: Sequence[tuple[date, date]]) -> tuple[Stretch, ...]:
    return tuple(stretch for first, last in spans for stretch in within(track.stretches, first, last))


def _silent(stretch: Stretch, filled: AbstractSet[tuple[str, str]]) -> Stretch:
    """Keep of a stretch the scopes without data that have some at other times."""
    cells = (cell for cell in stretch.cells if cell.verdict == "no_data" and (cell.tenant, cell.scope) in filled)
    return replace(stretch, cells=tuple(cells))


def _settled(undated: Stretch) -> bool:
    """No undated events is as good as searched ones: there is nothing to see there."""
    return undated.searched or undated.verdict == "no_data"


def _overlap(span: tuple[date, date], wanted: tuple[date, date]) -> int:
    return max(0, (min(span[1], wanted[1]) - max(span[0], wanted[0])).days + 1)


def _distinct_days(stretches: Sequence[Stretch]) -> int:
    days: set[date] = set()
    for stretch in stretches:
        days.update(_days(stretch))
    return len(days)


def _days(stretch: Stretch) -> Iterator[date]:
    if stretch.first is not None:
        for ahead in range(stretch.days):
            yield stretch.first + timedelta(days=ahead)

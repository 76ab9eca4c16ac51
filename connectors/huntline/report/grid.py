"""Verdicts over time: how a detection stands on each day, over all scopes that could have seen something."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from huntline.model.case import Case, Cell, Verdict
from huntline.model.pack import LogSource
from huntline.model.window import Window
from huntline.report.legend import ORDER

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days `[first, last]` (inclusive) on which every scope's verdict stays the same; both None: undated events.

    `searched`: at least one scope is clean or has hits, and every other one is, or had no data.
    """

    first: date | None
    last: date | None
    verdict: Verdict
    searched: bool
    cells: tuple[Cell, ...]  # of each tenant and scope, worst first

    @property
    def days(self) -> int:
        return 0 if self.first is None or self.last is None else (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    verdict: Verdict
    days: Mapping[Verdict, int]
    searched: int  # days
    wanted: int  # days

    @property
    def whole(self) -> bool:
        return self.searched == self.wanted


@dataclass(frozen=True, slots=True)
class Track:
    """One detection over the whole of what was wanted."""

    detection: str
    stretches: tuple[Stretch, ...]  # dated, in order, without gap
    undated: Stretch | None


def tracks(case: Case) -> Mapping[str, Track]:
    """Return the track of every detection of the pack. A day without any verdict counts as not run."""
    cells: dict[str, list[Cell]] = defaultdict(list)
    for cell in (*case.cells, *_unqueried(case)):
        cells[cell.detection].append(cell)
    first, last = days_between(case.wanted)
    return {told.id: _track(told.id, cells[told.id], first, last) for told in case.detections}


def days_between(window: Window) -> tuple[date, date]:
    """Return the first and last UTC day a window touches."""
    return window.start.date(), (window.end - timedelta(microseconds=1)).date()


def within(stretches: Iterable[Stretch], first: date, last: date) -> Iterator[Stretch]:
    """Yield the stretches cut to the days `[first, last]`."""
    for stretch in stretches:
        if stretch.first is None or stretch.last is None or stretch.last < first or stretch.first > last:
            continue
        start, end = max(stretch.first, first), min(stretch.last, last)
        yield Stretch(start, end, stretch.verdict, stretch.searched, stretch.cells)


def months(track: Track) -> tuple[Month, ...]:
    """Fold a track into calendar months, each showing its worst verdict."""
    if not track.stretches:
        return ()
    folded: list[Month] = []
    first, last = track.stretches[0].first, track.stretches[-1].last
    while first is not None and last is not None and first <= last:
        end = min(_next_month(first) - _DAY, last)
        folded.append(_month(tuple(within(track.stretches, first, end)), first))
        first = end + _DAY
    return tuple(folded)


def _month(stretches: tuple[Stretch, ...], first: date) -> Month:
    days: Counter[Verdict] = Counter()
    for stretch in stretches:
        days[stretch.verdict] += stretch.days
    searched = sum(stretch.days for stretch in stretches if stretch.searched)
    ordered = {verdict: days[verdict] for verdict in sorted(days, key=ORDER.__getitem__)}
    return Month(first.replace(day=1), next(iter(ordered)), ordered, searched, sum(days.values()))


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _track(detection: str, cells: list[Cell], first: date, last: date) -> Track:
    dated = [(max(c.first, first), min(c.last, last), c) for c in cells if c.first and c.last]
    dated = [(start, end, cell) for start, end, cell in dated if start <= end]
    edges = sorted({first, last + _DAY, *(s for s, _, _ in dated), *(e + _DAY for _, e, _ in dated)})
    starting: dict[date, list[Cell]] = defaultdict(list)
    ending: dict[date, list[Cell]] = defaultdict(list)
    for start, end, cell in dated:
        starting[start].append(cell)
        ending[end + _DAY].append(cell)
    present: Counter[Cell] = Counter()
    stretches = []
    for edge, following in pairwise(edges):
        present.update(starting[edge])
        present.subtract(ending[edge])
        present = +present
        stretches.append(_stretch(edge, following - _DAY, present))
    undated = [cell for cell in cells if cell.first is None]
    return Track(detection, tuple(_joined(stretches)), _stretch(None, None, undated) if undated else None)


def _stretch(first: date | None, last: date | None, cells: Iterable[Cell]) -> Stretch:
    ordered = tuple(sorted(cells, key=lambda c: (ORDER[c.verdict], c.tenant, c.scope, c.why)))
    verdicts = {cell.verdict for cell in ordered}
    # A scope that holds nothing says nothing about one that does: it hides only its like.
    telling = verdicts - {"no_data"} or verdicts or {"not_run"}
    verdict = min(telling, key=ORDER.__getitem__)
    return Stretch(first, last, verdict, telling <= {"clean", "hits"}, ordered)


def _joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    held: Stretch | None = None
    for stretch in stretches:
        if held and _standing(held) == _standing(stretch):
            held = Stretch(held.first, stretch.last, held.verdict, held.searched, held.cells)
            continue
        if held:
            yield held
        held = stretch
    if held:
        yield held


def _standing(stretch: Stretch) -> tuple[tuple[str, str, Verdict, str], ...]:
    return tuple((cell.tenant, cell.scope, cell.verdict, cell.why) for cell in stretch.cells)


def _unqueried(case: Case) -> Iterator[Cell]:
    """Yield a hole wherever a scope holds events a detection reads, and no query could be made for it."""
    sources = {told.id: told.logsource for told in case.detections}
    held: dict[str, list[tuple[str, LogSource, date | None]]] = defaultdict(list)
    for row in case.coverage:
        if row.events:
            held[row.scope].append((row.tenant, row.logsource, row.day))
    for unserved in case.unserved:
        why = f"no query could be made for this scope ({unserved.code}: {unserved.construct})"
        for tenant, population, day in held[unserved.scope]:
            if unserved.detection in sources and _reads(sources[unserved.detection], population):
                yield Cell(tenant, unserved.detection, unserved.scope, day, day, "not_run", why)


def _reads(rule: LogSource, population: LogSource) -> bool:
    pairs = zip(
        (rule.product, rule.category, rule.service),
        (population.product, population.category, population.service),
        strict=True,
    )
    return all(wanted in {"", held} for wanted, held in pairs)

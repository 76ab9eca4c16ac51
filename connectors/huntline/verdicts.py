"""One pure function from the ledger's facts to verdicts: how a detection stands on each UTC day of a scope.

A day is clean only if all that is known to exist was searched whole, the time is older than the scope's latency, the
population was alive, and every field a positive branch rests on was filled. Everything else says what was missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import TypeAlias, get_args

from huntline.model.case import Cell, Verdict
from huntline.model.facts import Day, Fill
from huntline.model.pack import Branch, LogSource
from huntline.model.query import Query
from huntline.model.search import PartState
from huntline.model.window import Window, day_window, days_of, meet, missing

WORST_FIRST: tuple[Verdict, ...] = get_args(Verdict)
THIN = 50
"""Under this many events a day, an empty field may be chance: a filled one within NEAR days proves the field."""
NEAR = timedelta(days=7)
ANYTHING = ""
"""The field of a Fill that says nobody knows whether a population had events at all."""
OLDEST_PLAUSIBLE = date(2000, 1, 1)

LASTING: frozenset[PartState] = frozenset({"not_searchable", "gone"})
"""States that time alone brings about: what was searched before stays searched."""
OF_STATE: Mapping[PartState, Verdict] = {
    "denied": "denied",
    "unreadable": "error",
    "not_searchable": "not_searchable",
    "gone": "no_data",
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something stands between a query and "searched whole" in a window."""

    window: Window
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Searched:
    """What is known of one part."""

    title: str
    scopes: tuple[str, ...]
    state: PartState
    words: str
    window: Window
    whole: bool  # searched as a whole: any finished interval covers all of it
    days: tuple[Day, ...]
    fills: tuple[Fill, ...]
    finished: Mapping[str, tuple[Window, ...]]  # query hash -> windows
    gaps: Mapping[str, tuple[Obstacle, ...]]  # query hash -> what an outcome left open


@dataclass(frozen=True, slots=True)
class Facts:
    """All that verdicts of one tenant follow from."""

    tenant: str
    wanted: Window
    queries: tuple[Query, ...]
    latency: Mapping[str, timedelta]  # by scope
    parts: tuple[Searched, ...]
    hits: Mapping[tuple[str, str], frozenset[date | None]]  # (detection, scope) -> days


def plausible(day: date | None, wanted: Window) -> bool:
    """Say whether a day can be believed: not before 2000, not after the day that follows the hunt's end."""
    return day is not None and OLDEST_PLAUSIBLE <= day <= (wanted.end + timedelta(days=1)).date()


def verdicts(facts: Facts) -> Iterator[Cell]:
    """Yield the cells of every query, days in order and equal neighbours joined, the undated cell last."""
    known = _Coverage.of(facts)
    days = [(day, day_window(day)) for day in days_of(facts.wanted)]
    for query in sorted(facts.queries, key=lambda q: (q.detection, q.scope)):
        asked = _Asked.of(facts, known, query)
        judged = ((day, *_judge(known, asked, day, whole)) for day, whole in days)
        for (verdict, why), run in groupby(judged, key=lambda item: (item[1], item[2])):
            alike = [day for day, _, _ in run]
            yield Cell(facts.tenant, query.detection, query.scope, alike[0], alike[-1], verdict, why)
        yield from _undated(facts, known, query, asked.obstacles)


Population: TypeAlias = tuple[str, LogSource]  # scope and log source


@dataclass(frozen=True, slots=True)
class _Coverage:
    """Day facts by population; fills stay apart by part, since one shipper's fields say nothing of another's."""

    events: Mapping[tuple[Population, date | None], Mapping[str, int]]  # by title of the part
    alive: Mapping[tuple[Population, date | None], int]
    filled: Mapping[tuple[Population, str], frozenset[tuple[str, date | None]]]  # by field: part and day
    unknown: Mapping[tuple[Population, str], frozenset[tuple[str, date | None]]]

    @staticmethod
    def of(facts: Facts) -> _Coverage:
        events: dict[tuple[Population, date | None], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        alive: dict[tuple[Population, date | None], int] = defaultdict(int)
        filled: dict[tuple[Population, str], set[tuple[str, date | None]]] = defaultdict(set)
        unknown: dict[tuple[Population, str], set[tuple[str, date | None]]] = defaultdict(set)
        for part in facts.parts:
            for day in part.days:
                at = day.day if plausible(day.day, facts.wanted) else None
                alive[(day.scope, day.logsource), at] += day.alive
                if day.events:
                    events[(day.scope, day.logsource), at][part.title] += day.events
            for fill in part.fills:
                at = fill.day if plausible(fill.day, facts.wanted) else None
                if fill.filled is not False:
                    kind = filled if fill.filled else unknown
                    kind[(fill.scope, fill.logsource), fill.field].add((part.title, at))
        return _Coverage(
            events,
            alive,
            {key: frozenset(days) for key, days in filled.items()},
            {key: frozenset(days) for key, days in unknown.items()},
        )


def _obstacles(facts: Facts, query: Query) -> Iterator[Obstacle]:
    for part in facts.parts:
        if query.scope not in part.scopes:
            continue
        if part.state != "searchable":
            windows: tuple[Window, ...] = (facts.wanted if part.whole else part.window,)
            if not part.whole and part.state in LASTING:
                windows = missing(part.window, part.finished.get(query.hash, ()))
            yield from (Obstacle(one, OF_STATE[part.state], f"{part.title}: {part.words}") for one in windows)
            if part.whole or part.state not in LASTING:
                continue
        gaps = part.gaps.get(query.hash, ())
        if part.state == "searchable":
            yield from _unfinished(facts, part, query, gaps)
        if _may_hold(part, query.scope):
            yield from gaps


def _unfinished(facts: Facts, part: Searched, query: Query, gaps: Sequence[Obstacle]) -> Iterator[Obstacle]:
    finished = part.finished.get(query.hash, ())
    if part.whole:
        open_windows: tuple[Window, ...] = () if finished else (facts.wanted,)
    else:
        overlap = _overlap(part.window, facts.wanted)
        open_windows = missing(overlap, finished) if overlap else ()
    for window in open_windows:
        if not any(gap.window.start <= window.start and window.end <= gap.window.end for gap in gaps):
            yield Obstacle(window, "not_run", f"{part.title}: not searched yet")


def _may_hold(part: Searched, scope: str) -> bool:
    """Say whether what is missing of a part can concern the scope: it holds events of it, or of no scope at all."""
    held = {day.scope for day in part.days if day.events}
    return not held or scope in held or not part.whole


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query, and what of it holds on all days: worked out once, since days are many."""

    query: Query
    obstacles: tuple[Obstacle, ...]
    hits: frozenset[date | None]
    until: datetime  # the hunt's end
    old: datetime  # what ends after it is younger than the latency
    unsure: frozenset[date | None]  # nobody knows whether there were events
    unstored: str

    @staticmethod
    def of(facts: Facts, known: _Coverage, query: Query) -> _Asked:
        return _Asked(
            query,
            tuple(_obstacles(facts, query)),
            facts.hits.get((query.detection, query.scope), frozenset()),
            facts.wanted.end,
            facts.wanted.end - facts.latency[query.scope],
            frozenset(at for _, at in known.unknown.get(((query.scope, query.logsource), ANYTHING), ())),
            unstored(str(query.logsource)),
        )


def _judge(known: _Coverage, asked: _Asked, day: date, window: Window) -> tuple[Verdict, str]:
    """Judge a day, which `window` is the whole of."""
    if day in asked.hits:
        return "hits", ""
    standing = [o for o in asked.obstacles if meet(o.window, window)]
    if standing:
        worst = min(standing, key=lambda o: (WORST_FIRST.index(o.verdict), o.why))
        return worst.verdict, worst.why
    if min(window.end, asked.until) > asked.old:
        return "waiting", "younger than the source's latency"
    if not known.events.get(((asked.query.scope, asked.query.logsource), day)):
        return _silence(known, asked, day)
    return _seeing(known, asked.query, day)


def _silence(known: _Coverage, asked: _Asked, day: date) -> tuple[Verdict, str]:
    """Judge a day on which nothing of the query's population was seen."""
    if day in asked.unsure:
        return "partial", f"it is not known whether anything of {asked.query.logsource} was stored"
    if known.alive.get(((asked.query.scope, asked.query.logsource), day)):
        return "clean", ""
    return "no_data", asked.unstored


def unstored(*kinds: str) -> str:
    """Say that nothing of these log sources is there."""
    return f"nothing of {', '.join(kinds)} is stored"


def _seeing(known: _Coverage, query: Query, day: date | None) -> tuple[Verdict, str]:
    blind = [why for branch in query.branches for why in _blindness(known, query, branch, day)]
    return ("blind", min(blind)) if blind else ("clean", "")


def _blindness(known: _Coverage, query: Query, branch: Branch, day: date | None) -> Iterator[str]:
    population = (query.scope, query.logsource)
    held = known.events.get((population, day), {})
    for field in branch.fields:
        filled = known.filled.get((population, field), frozenset())
        unknown = known.unknown.get((population, field), frozenset())
        near = day is not None and any(other and abs(other - day) <= NEAR for _, other in filled)
        for part in sorted(held):
            if (part, day) in filled:
                continue
            if (part, day) in unknown:
                yield f"branch {branch.name}: it is not known whether {field} is filled"
            elif not (near and held[part] < THIN):
                elsewhere = any((other, day) in filled for other in held)
                yield f"branch {branch.name}: {field} is never filled{f' in {part}' if elsewhere else ''}"


def _undated(facts: Facts, known: _Coverage, query: Query, obstacles: Iterable[Obstacle]) -> Iterator[Cell]:
    """The cell of events without a believable time; none where there are no such events."""
    hit = None in facts.hits.get((query.detection, query.scope), ())
    if not hit and not known.events.get(((query.scope, query.logsource), None)):
        return
    if hit:
        yield Cell(facts.tenant, query.detection, query.scope, None, None, "hits", "")
        return
    standing = sorted(obstacles, key=lambda o: (WORST_FIRST.index(o.verdict), o.why))
    verdict, why = (standing[0].verdict, standing[0].why) if standing else _seeing(known, query, None)
    yield Cell(facts.tenant, query.detection, query.scope, None, None, verdict, why)


def _overlap(one: Window, other: Window) -> Window | None:
    start, end = max(one.start, other.start), min(one.end, other.end)
    return Window(start, end) if start < end else None


def day_of_moment(moment: datetime | None, wanted: Window) -> date | None:
    """Return the UTC day a hit counts for: None where its time is missing or cannot be believed."""
    if moment is None:
        return None
    day = moment.astimezone(UTC).date()
    return day if plausible(day, wanted) else None

"""Why days were not searched: holes of many detections and days joined into few sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from huntline.model.case import Verdict
from huntline.report.grid import Stretch
from huntline.report.legend import ORDER
from huntline.verdicts import unstored


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause of holes. `days` counts days; an undated hole counts as none of them."""

    verdict: Verdict
    places: tuple[tuple[str, str], ...]  # (tenant, scope); empty: no scope at all
    why: str
    days: int
    undated: bool
    detections: tuple[str, ...]
    first: date | None
    last: date | None


def reasons(holes: Iterable[tuple[str, Stretch]]) -> tuple[Reason, ...]:
    """Join the unsearched stretches of (detection, stretch) by cause; the cause of most days first."""
    spans: dict[tuple[Verdict, tuple[tuple[str, str], ...], str], list[tuple[str, Stretch]]] = defaultdict(list)
    for detection, stretch in holes:
        for cause in _causes(stretch):
            spans[cause].append((detection, stretch))
    told = (_reason(*cause, found) for cause, found in spans.items())
    return tuple(sorted(told, key=_size))


def _size(one: Reason) -> tuple[int, int, int, tuple[tuple[str, str], ...], str]:
    return -one.days, -len(one.detections), ORDER[one.verdict], one.places, one.why


def silences(silent: Iterable[tuple[str, Stretch]], kinds: Mapping[str, str]) -> tuple[Reason, ...]:
    """Join stretches without data by the scope that held none, and scopes of which all the same is said; most days first.

    `kinds` names the log source of each detection.
    """
    found: dict[tuple[str, str], list[tuple[str, Stretch]]] = defaultdict(list)
    whys: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for detection, stretch in silent:
        for cell in stretch.cells:
            found[cell.tenant, cell.scope].append((detection, stretch))
            whys[cell.tenant, cell.scope].add((cell.why, kinds[detection]))
    alike: dict[Reason, list[tuple[str, str]]] = defaultdict(list)
    for place in sorted(found):
        alike[_reason("no_data", (), _silent_words(whys[place]), found[place])].append(place)
    return tuple(sorted((replace(one, places=tuple(places)) for one, places in alike.items()), key=_size))


def _silent_words(whys: Iterable[tuple[str, str]]) -> str:
    """Say the same of several log sources once."""
    plain = sorted({kind for why, kind in whys if why == unstored(kind)})
    others = sorted({why for why, kind in whys if why != unstored(kind)})
    return "; ".join([*([unstored(*plain)] if plain else []), *others])


def _causes(stretch: Stretch) -> Iterable[tuple[Verdict, tuple[tuple[str, str], ...], str]]:
    """No data is one cause over all scopes together: any one of them would have done."""
    telling = [cell for cell in stretch.cells if cell.verdict not in {"clean", "hits", "no_data"}]
    if telling:
        return [(cell.verdict, ((cell.tenant, cell.scope),), cell.why) for cell in telling]
    empty = [cell for cell in stretch.cells if cell.verdict == "no_data"]
    if not empty:
        return [("not_run", (), "no scope that was searched holds such events, or no verdict is on record")]
    words = sorted({cell.why for cell in empty})
    return [("no_data", tuple(sorted({(c.tenant, c.scope) for c in empty})), words[0] if len(words) == 1 else "")]


def _reason(
    verdict: Verdict, places: tuple[tuple[str, str], ...], why: str, found: list[tuple[str, Stretch]]
) -> Reason:
    dated = sorted({(s.first, s.last) for _, s in found if s.first and s.last})
    return Reason(
        verdict=verdict,
        places=places,
        why=why,
        days=_days(dated),
        undated=any(stretch.first is None for _, stretch in found),
        detections=tuple(sorted({detection for detection, _ in found})),
        first=dated[0][0] if dated else None,
        last=max(last for _, last in dated) if dated else None,
    )


def _days(spans: Iterable[tuple[date, date]]) -> int:
    """Count the days of sorted, possibly overlapping spans once each."""
    total, reached = 0, date.min
    for first, last in spans:
        start = max(first, reached)
        if start <= last:
            total += (last - start).days + 1
            reached = last + timedelta(days=1)
    return total

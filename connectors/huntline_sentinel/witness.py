"""Witnesses: rows of each population that a search job brings home beside its matches, so that its silence can be judged.

A job can only filter; what it scans is paid, what it keeps is not. So it keeps a slice of every hour, as wide as makes some
fifty rows of a population a day, or all rows of one that has few. They prove that events were stored and fields were filled.
What no row proves stays unknown, unless all rows were kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from huntline.model.facts import Day, Fact, Fill
from huntline.model.pack import LogSource
from huntline.model.predicate import fields_of
from huntline.model.window import Window, days_of
from huntline.translate.language import Language
from huntline.translate.translator import Bound
from huntline_sentinel.texts import condition_of, extended

HOUR = 3_600_000  # milliseconds: a slice as wide is all there is
FROM = 1_020_000  # where in the hour a slice begins: a quarter past, where no schedule puts its load
FEW, ENOUGH = 100, 50  # rows a day: up to so many are all kept, of more about so many
UNKNOWN = 36_000  # milliseconds, where nobody knows how many there are
SHARE = 4  # of a result, a quarter may be witnesses
COLUMN = "HuntlineSlice"


@dataclass(frozen=True, slots=True)
class Slices:
    """How wide a slice of each hour is kept of each population, in milliseconds."""

    of: Mapping[LogSource, int]

    def counted(self, logsource: LogSource) -> bool:
        """Say whether all rows of a population are kept."""
        return self.of.get(logsource, 0) >= HOUR


def slices(kinds: Iterable[LogSource], daily: Mapping[LogSource, float], *, days: float, rows: int) -> Slices:
    """Choose slices for a job of so many days whose result holds so many rows; `daily` are recent events a day."""
    widths, expected = dict[LogSource, int](), 0.0
    for kind in sorted(set(kinds), key=str):
        events = daily.get(kind, 0)
        width = UNKNOWN if not events else HOUR if events <= FEW else max(1, round(HOUR * ENOUGH / events))
        widths[kind] = HOUR if width > HOUR - FROM else width
        expected += events * widths[kind] / HOUR * days
    less = min(1.0, rows / SHARE / expected) if expected else 1.0
    return Slices({kind: width if less == 1 else max(1, round(width * less)) for kind, width in widths.items()})


def job_text(fused: str, bound: Bound, language: Language, kept: Slices) -> str:
    """Return the search of a job: what matches, or is a witness. Times are only compared in a column of their own.

    A filter of time in a job's query would widen its range (Microsoft Learn, "Run search jobs", newer text).
    """
    before, condition = condition_of(fused)
    populations = bound.store.scope.logsources
    alive = bound.store.scope.alive
    made = [line for line in extended(bound, _fields(bound, kept)) if line not in before]
    time = bound.source.time
    cut = f"| extend {COLUMN} = tolong(({time} - bin({time}, 1h)) / 1ms)"
    parts = [f"({condition})"]
    for kind, width in kept.of.items():
        for predicate in (populations[kind], *((alive[kind],) if kind in alive else ())):
            said = language.condition(predicate, bound, "job")
            parts.append(f"({said})" if width >= HOUR else f"(({said}) and {_slice(width)})")
    return "\n".join([*before, *made, cut, f"| where {' or '.join(dict.fromkeys(parts))}"])


def told(facts: Iterable[Fact], scope: str, kept: Slices, window: Window) -> Iterator[Fact]:
    """Yield what the rows of a result prove: of a population that was only sliced, no absence."""
    seen: set[tuple[LogSource, object]] = set()
    for fact in facts:
        if isinstance(fact, Day | Fill) and fact.logsource not in kept.of:
            continue
        if isinstance(fact, Day):
            if fact.events:
                seen.add((fact.logsource, fact.day))
            yield fact
        elif isinstance(fact, Fill):
            proved = fact.filled or kept.counted(fact.logsource)
            yield fact if proved else Fill(fact.scope, fact.logsource, fact.field, fact.day, None)
        else:
            yield fact
    for kind in kept.of:
        if not kept.counted(kind):
            yield from (Fill(scope, kind, "", day, None) for day in days_of(window) if (kind, day) not in seen)


def _slice(width: int) -> str:
    return f"{COLUMN} >= {FROM} and {COLUMN} < {FROM + width}"


def _fields(bound: Bound, kept: Slices) -> Sequence[str]:
    scope = bound.store.scope
    tests = [scope.logsources[kind] for kind in kept.of] + [
        scope.alive[kind] for kind in kept.of if kind in scope.alive
    ]
    return [field for test in tests for field in fields_of(test)]


def days_in(window: Window) -> float:
    return (window.end - window.start) / timedelta(days=1)

"""Half-open UTC windows `[start, end)`, and the arithmetic of intervals: what is wanted minus what is finished."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """`[start, end)` in aware UTC; an empty or reversed window is refused with ValueError."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0) or self.end.utcoffset() != timedelta(0):
            raise ValueError(f"a window is in aware UTC, not {self.start!r} to {self.end!r}")
        if self.start >= self.end:
            raise ValueError(f"a window starts before it ends, not {self.start} to {self.end}")


def day_window(day: date) -> Window:
    """Return the UTC day as a window."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Window(start, start + timedelta(days=1))


def whole_days(window: Window, *, within: Window) -> Window:
    """Widen a window to whole UTC days, as far as `within` goes: what is counted by day is counted at once."""
    start = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    end = window.end.replace(hour=0, minute=0, second=0, microsecond=0)
    if end < window.end:
        end += timedelta(days=1)
    return Window(max(start, within.start), min(end, within.end))


def meet(one: Window, other: Window) -> bool:
    """Say whether two windows share a moment."""
    return one.start < other.end and other.start < one.end


def days_of(window: Window) -> Iterator[date]:
    """Yield every UTC day the window touches, in order."""
    day = window.start.date()
    while datetime(day.year, day.month, day.day, tzinfo=UTC) < window.end:
        yield day
        day += timedelta(days=1)


def merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Join windows that overlap or touch; sorted."""
    joined: list[Window] = []
    for window in sorted(windows):
        if joined and window.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return tuple(joined)


def missing(wanted: Window, finished: Iterable[Window]) -> tuple[Window, ...]:
    """Return what of `wanted` no finished window covers; sorted, disjoint."""
    holes: list[Window] = []
    at = wanted.start
    for done in merged(finished):
        if done.end <= at or done.start >= wanted.end:
            continue
        if done.start > at:
            holes.append(Window(at, done.start))
        at = max(at, done.end)
    if at < wanted.end:
        holes.append(Window(at, wanted.end))
    return tuple(holes)


def halves(window: Window, *, floor: timedelta) -> tuple[Window, Window] | None:
    """Cut a window in two at a whole millisecond, or return None when a half would be under `floor`."""
    half = timedelta(milliseconds=((window.end - window.start) / 2) // timedelta(milliseconds=1))
    if half < floor or half <= timedelta(0):
        return None
    return Window(window.start, window.start + half), Window(window.start + half, window.end)

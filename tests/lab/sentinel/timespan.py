"""The timespan parameter: ISO 8601 as start/end, start/duration, duration/end, or a duration before now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lab.sentinel.errors import logs_failed

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
EVER = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """Both ends inclusive: `timespan` is `between`, not half-open (0.5, from memory)."""

    start: datetime = EVER
    end: datetime = NEVER

    def within(self, other: Span) -> Span:
        """Return what two spans have in common; its end lies before its start where they have nothing."""
        return Span(max(self.start, other.start), min(self.end, other.end))


def read_span(text: str, now: datetime) -> Span:
    """Read a timespan; raises Failed (400) for anything else."""
    first, slash, second = text.partition("/")
    if not slash:
        return Span(now - _duration(first), now)
    if second.startswith("P"):
        return Span(_moment(first), _moment(first) + _duration(second))
    if first.startswith("P"):
        return Span(_moment(second) - _duration(first), _moment(second))
    return Span(_moment(first), _moment(second))


def duration(text: str) -> timedelta | None:
    """Read a duration of weeks to seconds, None for anything else."""
    found = _DURATION.fullmatch(text)
    if found is None or text in {"P", "PT"}:
        return None
    return timedelta(**{name: float(value) for name, value in found.groupdict().items() if value})


def _duration(text: str) -> timedelta:
    found = duration(text)
    if found is None:
        raise _invalid(text)
    return found


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid(text) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _invalid(text: str) -> Exception:
    inner = ("InvalidTimespan", f"The timespan '{text}' is not ISO 8601")
    return logs_failed(400, "BadArgumentError", "The request had some invalid properties", inner)

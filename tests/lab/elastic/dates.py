"""Dates as queries and aggregations write them: formats, rounding, date math, intervals. UTC only."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.elastic.documents import millis
from lab.elastic.errors import Failed, Unbuilt

FIXED = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
CALENDAR = {
    **dict.fromkeys(("minute", "1m"), "m"),
    **dict.fromkeys(("hour", "1h"), "h"),
    **dict.fromkeys(("day", "1d"), "d"),
    **dict.fromkeys(("week", "1w"), "w"),
    **dict.fromkeys(("month", "1M"), "M"),
    **dict.fromkeys(("year", "1y"), "y"),
}
FORMATS = {"strict_date_optional_time", "epoch_millis", "epoch_second", "date_optional_time"}
PARTS = re.compile(
    r"(?P<y>\d{4})(?:-(?P<M>\d\d)(?:-(?P<d>\d\d)(?:T(?:(?P<h>\d\d)(?::(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?)?)?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
STEP = re.compile(r"([+-])(\d+)([yMwdhHms])|/([yMwdhHms])")
SPAN = re.compile(r"(\d+)(nanos|micros|ms|s|m|h|d)")


def moment(value: Any, *, up: bool, now: int, format: str | None = None) -> int:  # noqa: A002 (Elasticsearch's word)
    """Read a date to milliseconds; `up` takes missing parts and rounding to their end, as gt and lte do (docs)."""
    formats = (format or "strict_date_optional_time||epoch_millis").split("||")
    if unknown := set(formats) - FORMATS:
        raise Unbuilt(f"the date format {unknown}")
    text = str(value)
    if re.fullmatch(r"-?\d+", text) and not (len(text) == 4 and not isinstance(value, int)):
        return _epoch(text, formats)
    base, _, math = text.partition("||") if not text.startswith("now") else ("now", "", text[3:])
    start = now if base == "now" else _iso(base, up=up and not math, formats=formats)
    return _math(start, math, up=up)


def floor_to(unit: str) -> Callable[[int], int]:
    """Return what gives the start of the calendar unit a moment lies in."""
    return lambda at: millis(_floor(datetime.fromtimestamp(at // 1000, UTC), unit))


def after(unit: str) -> Callable[[int], int]:
    """Return what gives the start of the next calendar unit."""
    return lambda at: millis(_plus(datetime.fromtimestamp(at // 1000, UTC), unit, 1))


def span(text: str) -> int:
    """Read a duration such as 30s to milliseconds; -1 and 0 are themselves."""
    if text in {"-1", "0"}:
        return int(text)
    read = SPAN.fullmatch(text)
    if read is None:
        raise Failed(400, "illegal_argument_exception", f"failed to parse [{text}] as a time value")
    return int(read[1]) * FIXED.get(read[2], 0)


def _epoch(text: str, formats: list[str]) -> int:
    if "epoch_second" in formats and "epoch_millis" not in formats:
        return int(text) * 1000
    if "epoch_millis" in formats:
        return int(text)
    raise _unread(text, formats)


def _iso(text: str, *, up: bool, formats: list[str]) -> int:
    read = PARTS.fullmatch(text)
    if read is None or not {"strict_date_optional_time", "date_optional_time"} & set(formats):
        raise _unread(text, formats)
    if read["zone"] not in {None, "Z", "+00:00", "+0000"}:
        return millis(datetime.fromisoformat(text.replace(",", ".")))
    whole = datetime(
        int(read["y"]), int(read["M"] or 1), int(read["d"] or 1),
        int(read["h"] or 0), int(read["m"] or 0), int(read["s"] or 0), tzinfo=UTC,
    )  # fmt: skip
    last = next(unit for unit in "fsmhdMy" if read[unit])
    if last == "f":
        return millis(whole) + int(read["f"].ljust(3, "0")[:3])
    return millis(_plus(whole, last, 1)) - 1 if up else millis(whole)


def _math(start: int, math: str, *, up: bool) -> int:
    place, at = 0, datetime.fromtimestamp(start // 1000, UTC)
    rest = start % 1000
    while place < len(math):
        step = STEP.match(math, place)
        if step is None:
            raise Failed(400, "parse_exception", f"failed to parse date math [{math}]")
        place = step.end()
        if step[4]:
            at, rest = _floor(at, step[4]), 0
            if up:
                at, rest = _plus(at, step[4], 1) - timedelta(seconds=1), 999
        else:
            at = _plus(at, step[3], int(step[1] + step[2]))
    return millis(at) + rest


def _floor(at: datetime, unit: str) -> datetime:
    if unit == "w":
        return _floor(at, "d") - timedelta(days=at.weekday())
    kept = "yMdhms".index(unit.replace("H", "h")) + 1
    parts = (at.year, at.month, at.day, at.hour, at.minute, at.second)[:kept]
    return datetime(*(*parts, *(1, 1, 1, 0, 0, 0)[kept:]), tzinfo=UTC)  # type: ignore[misc,arg-type]  # six numbers


def _plus(at: datetime, unit: str, count: int) -> datetime:
    if unit == "y":
        return at.replace(year=at.year + count)
    if unit == "M":
        years, month = divmod(at.month - 1 + count, 12)
        return at.replace(year=at.year + years, month=month + 1)
    days = {"w": 7 * count, "d": count}.get(unit, 0)
    return at + timedelta(days=days, milliseconds=0 if days else FIXED[unit.lower()] * count)


def _unread(text: str, formats: list[str]) -> Failed:
    reason = f"failed to parse date field [{text}] with format [{'||'.join(formats)}]"
    return Failed(400, "search_phase_execution_exception", "all shards failed", phase="query", grouped=True,
                  inner={"type": "parse_exception", "reason": reason})  # fmt: skip

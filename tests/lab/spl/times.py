"""Times as Splunk writes them: epoch seconds, relative times with snaps, absolute times, formats and spans."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from lab.spl.errors import SplError

_UNITS: Final = {
    "s": ("s", "sec", "secs", "second", "seconds"), "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"), "d": ("d", "day", "days"), "w": ("w", "week", "weeks"),
    "mon": ("mon", "month", "months"), "q": ("q", "qtr", "qtrs", "quarter", "quarters"), "y": ("y", "yr", "yrs", "year", "years"),
}  # fmt: skip
_UNIT: Final = {spelling: unit for unit, spellings in _UNITS.items() for spelling in spellings}
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_MONTHS: Final = {"mon": 1, "q": 3, "y": 12}
_STEP = re.compile(r"([+-])(\d*)([a-z]+)|@(w[0-7]|[a-z]+)")
_ABSOLUTE = "%m/%d/%Y:%H:%M:%S"  # help.splunk.com: search, time modifiers
_FIRST, _LAST = -62_135_000_000, 253_370_000_000
_SUBSECONDS = re.compile(r"%(\d?)[NQ]")


def instant(text: str, *, now: float, timezone: str, at: int) -> float:
    """Return epoch seconds of a time modifier's value; raises SplError where it is none."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if text in {"now", "now()"}:
        return now
    if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}:\d{1,2}:\d{1,2}:\d{1,2}", text):
        found = parsed(text, _ABSOLUTE, timezone=timezone)
        if found is not None:
            return found
    return relative(text, now=now, timezone=timezone, at=at)


def relative(text: str, *, now: float, timezone: str, at: int) -> float:
    """Apply steps such as -1d@d+2h one after another (help.splunk.com: Time modifiers)."""
    text = text.strip().removeprefix("now")
    steps = list(_STEP.finditer(text))
    if not steps or "".join(step[0] for step in steps) != text:
        raise SplError(f"{text!r} is no time", at)
    moment = datetime.fromtimestamp(now, ZoneInfo(timezone))
    for step in steps:
        moment = _snapped(moment, step[4], at) if step[4] else _moved(moment, step, at)
    return moment.timestamp()


def _moved(moment: datetime, step: re.Match[str], at: int) -> datetime:
    unit = _unit(step[3], at)
    amount = int(step[2] or 1) * (-1 if step[1] == "-" else 1)
    if unit in _MONTHS:
        return _months(moment, amount * _MONTHS[unit])
    if unit in {"d", "w"}:  # by the calendar, so that a change of the clocks keeps the hour
        return moment + timedelta(seconds=amount * _SECONDS[unit])
    return (moment.astimezone(UTC) + timedelta(seconds=amount * _SECONDS[unit])).astimezone(moment.tzinfo)


def _months(moment: datetime, amount: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + amount, 12)
    start = moment.replace(year=year, month=month + 1, day=1)
    last = (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return start.replace(day=min(moment.day, last.day))


def _snapped(moment: datetime, unit: str, at: int) -> datetime:
    if re.fullmatch(r"w[0-7]", unit):
        return _weekday(moment, int(unit[1]) % 7)
    unit = _unit(unit, at)
    if unit in _SECONDS and unit in "smh":
        return moment.replace(
            microsecond=0, second=moment.second if unit == "s" else 0, minute=0 if unit == "h" else moment.minute
        )
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "w":
        return _weekday(moment, 0)
    if unit in _MONTHS:
        return day.replace(day=1, month=(day.month - 1) // _MONTHS[unit] * _MONTHS[unit] + 1)
    return day


def _weekday(moment: datetime, day: int) -> datetime:
    """Return the start of the latest Sunday (0) to Saturday (6)."""
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return start - timedelta(days=(start.isoweekday() - day) % 7)


def _unit(text: str, at: int) -> str:
    if text not in _UNIT:
        raise SplError(f"{text!r} is no unit of time", at)
    return _UNIT[text]


def span(text: str, at: int) -> tuple[int, str]:
    """Read a span such as 1d; a bare number has the unit ''."""
    found = re.fullmatch(r"([1-9]\d*)([a-z]*)", text)
    if found is None:
        raise SplError(f"{text!r} is no span", at)
    return int(found[1]), _unit(found[2], at) if found[2] else ""


def floored(moment: float, size: tuple[int, str], *, timezone: str) -> float:
    """Return the start of the span that holds a time.

    Days and longer begin at local midnight; where spans of several days begin is not documented: we count from 1970.
    A time before the year 1 or after 9998 is its own span.
    """
    amount, unit = size
    if not _FIRST < moment < _LAST:
        return moment
    if timezone == "UTC" and unit in _SECONDS:  # the same, only quicker: a day of UTC has no change of the clocks
        return moment // (amount * _SECONDS[unit]) * (amount * _SECONDS[unit])
    if unit in _MONTHS:
        month = datetime.fromtimestamp(moment, ZoneInfo(timezone)).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        back = (month.year * 12 + month.month - 1) % (amount * _MONTHS[unit])
        return _months(month, -back).timestamp()
    if unit in {"d", "w"}:
        day = datetime.fromtimestamp(moment, ZoneInfo(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
        days = amount * (7 if unit == "w" else 1)
        return (day - timedelta(days=(day.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days % days)).timestamp()
    return moment // (seconds := amount * _SECONDS[unit or "s"]) * seconds


def shown(moment: float, layout: str, *, timezone: str) -> str:
    """Write a time by a strftime layout with Splunk's %N, %Q and %s (help.splunk.com: Date and time format variables)."""
    when = datetime.fromtimestamp(moment, ZoneInfo(timezone))
    whole = _SUBSECONDS.sub(
        lambda found: f"{when.microsecond:06d}000"[: int(found[1] or (9 if found[0][-1] == "N" else 3))], layout
    )
    return when.strftime(whole.replace("%s", str(int(moment))).replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d"))


def parsed(text: str, layout: str, *, timezone: str) -> float | None:
    """Read a time by a strptime layout; None where the text does not fit."""
    if layout == "%s":
        return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None
    layout = _SUBSECONDS.sub("%f", layout).replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d").replace("%:z", "%z")
    try:
        found = datetime.strptime(text.strip(), layout.replace("%e", "%d"))  # noqa: DTZ007  # its zone comes below
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(timezone))).timestamp()

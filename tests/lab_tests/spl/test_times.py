"""Relative times, snaps and spans (help.splunk.com: Time modifiers)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lab.spl import SplError
from lab.spl.times import floored, instant, relative, span

NOW = datetime(2023, 3, 29, 10, 41, 7, tzinfo=UTC).timestamp()  # a Wednesday


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("now", "2023-03-29T10:41:07"), ("-1h", "2023-03-29T09:41:07"), ("-d", "2023-03-28T10:41:07"),
        ("-7d@d", "2023-03-22T00:00:00"), ("@h", "2023-03-29T10:00:00"), ("@m", "2023-03-29T10:41:00"),
        ("@w0", "2023-03-26T00:00:00"), ("@w", "2023-03-26T00:00:00"), ("@w4", "2023-03-23T00:00:00"),
        ("@w7", "2023-03-26T00:00:00"), ("@mon", "2023-03-01T00:00:00"), ("-1mon", "2023-02-28T10:41:07"),
        ("@q", "2023-01-01T00:00:00"), ("@y", "2023-01-01T00:00:00"), ("-1d@d+2h", "2023-03-28T02:00:00"),
        ("+1y", "2024-03-29T10:41:07"), ("0", "1970-01-01T00:00:00"), ("12/01/2022:02:03:04", "2022-12-01T02:03:04"),
    ],
)  # fmt: skip
def test_a_time_modifier_says_an_instant(text: str, when: str) -> None:
    assert datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp() == instant(text, now=NOW, timezone="UTC", at=0)


def test_a_day_back_keeps_the_hour_over_a_change_of_clocks() -> None:
    """In Berlin the clocks went forward on 26 March 2023."""
    start = datetime.fromisoformat("2023-03-26T12:00:00+02:00").timestamp()

    assert start - 23 * 3600 == relative("-1d", now=start, timezone="Europe/Berlin", at=0)
    assert start - 24 * 3600 == relative("-24h", now=start, timezone="Europe/Berlin", at=0)


@pytest.mark.parametrize("text", ["", "yesterday", "-1x", "1d", "@", "-1d@", "2023-03-29", "13/01/2022:00:00:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(SplError):
        instant(text, now=NOW, timezone="UTC", at=0)


@pytest.mark.parametrize(
    ("size", "start"),
    [
        ("1d", "2023-03-29T00:00:00"),
        ("1h", "2023-03-29T10:00:00"),
        ("15m", "2023-03-29T10:30:00"),
        ("1mon", "2023-03-01T00:00:00"),
    ],
)
def test_a_span_holds_its_time(size: str, start: str) -> None:
    assert datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp() == floored(NOW, span(size, 0), timezone="UTC")

"""When a schedule is due."""

from __future__ import annotations

import pytest

from lab.splunk import cron
from lab_tests.splunk.served import epoch


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("*/5 * * * *", "2023-03-10T12:00:00", "2023-03-10T12:05:00"),
        ("7-59/20 3 * * *", "2023-03-10T03:08:00", "2023-03-10T03:27:00"),
        ("0 0 29 2 *", "2023-03-10T00:00:00", "2024-02-29T00:00:00"),
        ("30 6 * * 7", "2023-03-10T00:00:00", "2023-03-12T06:30:00"),
        ("30 6 * * 0", "2023-03-10T00:00:00", "2023-03-12T06:30:00"),
        ("0 0 20 * 1", "2023-03-10T00:00:00", "2023-03-13T00:00:00"),
        ("5/20 * * * *", "2023-03-10T00:05:00", "2023-03-10T00:25:00"),
    ],
)
def test_a_schedule_is_due_next_at_its_first_moment_later(schedule: str, after: str, due: str) -> None:
    """Sunday is 0 and 7; where the day of the month and of the week are both said, either is enough."""
    assert epoch(due) == cron.upcoming(schedule, epoch(after))


def test_a_day_that_never_comes_is_no_time() -> None:
    """30 February is a schedule all the same."""
    assert None is cron.upcoming("0 0 30 2 *", epoch("2023-03-10"))


@pytest.mark.parametrize(
    "text", ["* * * *", "60 * * * *", "* * * JAN *", "5-1 * * * *", "*/0 * * * *", "@daily", "* * 0 * *"]
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    """Names of months and days too (1.2)."""
    with pytest.raises(ValueError, match=r".*"):
        cron.fields(text)

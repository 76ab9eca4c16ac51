"""What may be paid is said twice: that it may, and how much at most."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys.cli import huntline


@pytest.mark.parametrize(
    "words", [("--allow-search-jobs",), ("--budget-gb", "5"), ("--allow-search-jobs", "--budget-gb", "0")]
)
def test_half_of_the_leave_to_pay_is_wrong_usage(words: tuple[str, ...], tmp_path: Path) -> None:
    """One flag alone would pay without a bound, or seem to allow what it does not."""
    (tmp_path / "logs").mkdir()
    ended = huntline("hunt", "--logs", "logs", *words, cwd=tmp_path)

    assert (2, True) == (ended.code, "--budget-gb" in ended.err)

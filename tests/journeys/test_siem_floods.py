"""A detection that floods is counted, and the count is of all of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from conformance.hunting.elastic_ground import elastic_ground
from conformance.hunting.ground import START, Ground, case_of, every, folder, hunt
from conformance.hunting.splunk_ground import splunk_ground
from huntline.hunt import pieces
from huntline.ledger.store import open_ledger


@pytest.mark.parametrize("grounded", [elastic_ground, splunk_ground])
@pytest.mark.parametrize("apart", [timedelta(hours=1), timedelta(minutes=7)])
def test_what_of_a_flood_is_not_collected_is_counted_however_windows_cut_days(
    apart: timedelta,
    grounded: Callable[[Path], AbstractContextManager[Ground]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counts are kept by day: two windows of one day add up."""
    monkeypatch.setattr(pieces, "FLOOD", 20)
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    with grounded(folder(tmp_path, "server")) as ground:
        ground.plant(every(300, apart, start=START + timedelta(hours=7)))
        hunt(ground, ledger)
    case = case_of(ledger)

    assert 20 < len(case.hits) < 60
    assert 300 == len(case.hits) + sum(one.count for one in case.counted)

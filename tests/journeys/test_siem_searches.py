"""How many searches a hunt of a SIEM sends: as many as it has windows, whatever it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys.cli import warm
from journeys.siem import SINCE, WORDS, Office, Siem, found, small_truth, verdicts, window
from journeys.siem_elastic import Elastic
from journeys.siem_sentinel import Sentinel
from journeys.siem_splunk import Splunk
from lab.serve.faults import Fault, Refusal, When

MANY = (1, 300)
SPAN = 6
MONTHS = ("--until", f"{window(SPAN).start:%Y-%m-%d}")
WEEKS = ("--until", f"{window(2).start:%Y-%m-%d}")


@pytest.fixture(params=[Elastic(), Sentinel(), Splunk()], ids=lambda one: one.name)
def siem(request: pytest.FixtureRequest) -> Siem:
    found: Siem = request.param
    return found


def test_searches_do_not_grow_with_detections(siem: Siem, tmp_path: Path) -> None:
    """One pass: a window is searched once for all; 300 texts of this length stay under the limit that would cut them."""
    told, sent = small_truth(40, 80), []
    with siem.serve(tmp_path / "siem", siem.store(told)) as running:
        for count in MANY:
            before = len(running.journal.entries())
            office = _office(siem, tmp_path / f"office{count}")
            office.rules(*WORDS[:1], *(f"absent{number}" for number in range(count - 1)))
            office.tenant("acme", running)
            office.hunt(*MONTHS)
            sent.append(len(siem.asked(running.journal.entries()[before:])))
            assert told.ids() == found(siem, office.report(), "acme")
            assert [] == office.leaks()

    assert [SPAN] * len(MANY) == sent


def test_a_search_that_is_refused_is_asked_for_fewer_detections_and_not_for_less_time(
    siem: Siem, tmp_path: Path
) -> None:
    """A text that cannot be asked is so in any window: halved in time it would be asked down to every millisecond."""
    refusing = Fault(Refusal(400), When(path=siem.search, says=WORDS[2], times=None))
    with siem.serve(tmp_path / "siem", siem.store(small_truth(40, 80)), faults=[refusing]) as running:
        office = _office(siem, tmp_path / "office")
        office.rules(*WORDS)
        office.tenant("acme", running)
        office.hunt(*WEEKS)
        case, asked = office.report(), [asked for asked, _ in siem.asked(running.journal.entries())]
        first = SINCE.date()

    assert {window(0), window(1)} == set(asked)
    assert ["hits", "error", "clean"] == [verdicts(siem, case, "acme", WORDS[n])[first][0] for n in (0, 2, 1)]


@pytest.mark.parametrize("cap", [2, 50])
def test_a_result_window_smaller_than_any_default_is_learnt(tmp_path: Path, cap: int) -> None:
    """It bounds size and fetch_size, whose default is refused even where nothing uses it."""
    told, siem = small_truth(40, 80), Elastic()
    with siem.serve(tmp_path / "siem", siem.store(told), cap=cap) as running:
        office = _office(siem, tmp_path / "office")
        office.rules(*WORDS)
        office.tenant("acme", running)
        office.hunt(*WEEKS)
        asked = siem.asked(running.journal.entries())

        assert told.ids() == found(siem, office.report(), "acme")
    assert {200} == {one.status for _, one in asked}


def _office(siem: Siem, folder: Path) -> Office:
    folder.mkdir()
    return Office(folder, siem, warm=warm())

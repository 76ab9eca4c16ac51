"""A hunt of a SIEM killed at any moment and run again ends in byte-identical reports, and repeats what was in flight."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from journeys.siem import Siem
from journeys.siem_elastic import Elastic
from journeys.siem_kill import PARALLEL, Quiet, estate, killed, quiet
from journeys.siem_splunk import Splunk
from lab.serve.server import Running

KILLS = 6


@pytest.fixture(scope="module", params=[Elastic(), Splunk()], ids=lambda one: one.name)
def siem(request: pytest.FixtureRequest) -> Siem:
    found: Siem = request.param
    return found


@pytest.fixture(scope="module")
def running(siem: Siem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Nothing may be left running there in the end."""
    with estate(siem, tmp_path_factory.mktemp("siem")) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(siem: Siem, running: Running, tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    return quiet(siem, tmp_path_factory.mktemp("quiet") / "office", running)


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_and_run_again_is_byte_identical_and_repeats_only_what_was_in_flight(
    number: int, siem: Siem, running: Running, undisturbed: Quiet, tmp_path: Path
) -> None:
    """SIGKILL leaves no chance to tidy up; what the ledger has taken in is never asked for again."""
    ended = killed(siem, tmp_path / "office", running, undisturbed, number)

    assert ended.alike
    assert ended.twice <= PARALLEL
    assert () == ended.leaks

"""A hunt of a SIEM killed at any moment and run again ends in byte-identical reports, repeats what was in flight, pays once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from journeys.siem_elastic import Elastic
from journeys.siem_kill import PARALLEL, Estate, Prey, Quiet, killed, quiet
from journeys.siem_splunk import Splunk
from journeys.workspace_kill import Archive
from lab.serve.server import Running

KILLS = 1  # `make bench` has fifty of each


@pytest.fixture(scope="module", params=[Estate(Elastic()), Archive(), Estate(Splunk())], ids=lambda one: one.name)
def prey(request: pytest.FixtureRequest) -> Prey:
    found: Prey = request.param
    return found


@pytest.fixture(scope="module")
def running(prey: Prey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Nothing may be left running or stored there in the end."""
    with prey.served(tmp_path_factory.mktemp("siem")) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(prey: Prey, running: Running, tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    return quiet(prey, tmp_path_factory.mktemp("quiet") / "office", running)


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_and_run_again_is_byte_identical_and_repeats_only_what_was_in_flight(
    number: int, prey: Prey, running: Running, undisturbed: Quiet, tmp_path: Path
) -> None:
    """SIGKILL leaves no chance to tidy up; what the ledger has taken in is never asked for again, nor paid for twice."""
    ended = killed(prey, tmp_path / "office", running, undisturbed, number)

    assert ended.alike
    assert ended.twice <= PARALLEL
    assert 0 == ended.wasted
    assert () == ended.leaks

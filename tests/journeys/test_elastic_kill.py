"""A hunt of a SIEM killed at any moment and run again ends in byte-identical reports, and repeats what was in flight."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from journeys.siem_kill import PARALLEL, Quiet, estate, killed, quiet
from lab.serve.server import Running

KILLS = 6


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with estate(tmp_path_factory.mktemp("siem")) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    return quiet(tmp_path_factory.mktemp("quiet") / "office", running)


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_and_run_again_is_byte_identical_and_repeats_only_what_was_in_flight(
    number: int, running: Running, undisturbed: Quiet, tmp_path: Path
) -> None:
    """SIGKILL leaves no chance to tidy up; what the ledger has taken in is never asked for again."""
    ended = killed(tmp_path / "office", running, undisturbed, number)

    assert ended.alike
    assert ended.twice <= PARALLEL
    assert () == ended.leaks

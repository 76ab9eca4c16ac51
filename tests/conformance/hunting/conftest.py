"""Every law of hunting runs on every platform that has a hunter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.hunting.archive_ground import ArchiveGround
from conformance.hunting.elastic_ground import elastic_ground
from conformance.hunting.ground import Ground, folder
from conformance.hunting.live_ground import live_ground
from conformance.hunting.sentinel_ground import sentinel_ground
from conformance.hunting.splunk_ground import splunk_ground
from conformance.ledgers import empty
from huntline.ledger.store import Ledger


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name this folder on the command line for the option to be known: pytest tests/conformance/hunting --live ..."""
    told = "run the laws on a real platform too: elastic=URL, with a key in HUNTLINE_LIVE_KEY, a CA's file in HUNTLINE_LIVE_CA"
    parser.addoption("--live", default="", metavar="PLATFORM=URL", help=told)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "ground" in metafunc.fixturenames:
        live = metafunc.config.getoption("--live", "")
        grounds = {name: name for name in ("archive", "elastic", "sentinel", "splunk")} | (
            {"live": live} if live else {}
        )
        metafunc.parametrize("ground", list(grounds.values()), ids=list(grounds), indirect=True)


@pytest.fixture
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    if request.param == "archive":
        yield ArchiveGround(folder(tmp_path, "logs"))
        return
    if request.param == "elastic":
        with elastic_ground(folder(tmp_path, "server")) as made:
            yield made
        return
    if request.param == "splunk":
        with splunk_ground(folder(tmp_path, "server")) as indexes:
            yield indexes
        return
    if request.param == "sentinel":
        with sentinel_ground(folder(tmp_path, "server")) as workspace:
            yield workspace
        return
    with live_ground(request.param) as living:
        yield living


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return empty(tmp_path / "ledger.sqlite")

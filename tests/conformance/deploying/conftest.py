"""Every law of deploying runs on every platform that has a deployer, and on one in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from conformance.deploying.elastic_ground import kibana_ground
from conformance.deploying.ground import Ground
from conformance.deploying.memory import MemoryGround
from conformance.deploying.sentinel_ground import listed_ground, ruled_ground
from conformance.deploying.splunk_ground import splunk_ground
from conformance.ledgers import empty
from huntline.ledger.store import Ledger

SERVED: Mapping[str, Callable[[Path], AbstractContextManager[Ground]]] = {
    "elastic": kibana_ground,
    "splunk": splunk_ground,
    "sentinel": ruled_ground,
    "sentinel-lists": listed_ground,
}


@pytest.fixture(params=["memory", *SERVED])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    if request.param == "memory":
        yield MemoryGround()
        return
    with SERVED[request.param](tmp_path / "lab") as made:
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return empty(tmp_path / "ledger.sqlite")

"""Every law of hunting runs on every platform that has a hunter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.hunting.archive_ground import ArchiveGround
from conformance.hunting.elastic_ground import elastic_ground
from conformance.hunting.ground import Ground, folder
from huntline.ledger.store import Ledger, open_ledger


@pytest.fixture(params=["archive", "elastic"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    if request.param == "archive":
        yield ArchiveGround(folder(tmp_path, "logs"))
        return
    with elastic_ground(folder(tmp_path, "server")) as made:
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)

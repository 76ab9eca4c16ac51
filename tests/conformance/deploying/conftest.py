"""Every law of deploying runs on every platform that has a deployer, and on one in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.deploying.ground import Ground
from conformance.deploying.memory import MemoryGround
from huntline.ledger.store import Ledger, open_ledger


@pytest.fixture(params=["memory"])
def ground() -> Ground:
    return MemoryGround()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)

"""A ledger, and a pack whose one rule needs a watchlist."""

from __future__ import annotations

from pathlib import Path

import pytest

from huntline.ledger.store import Ledger, open_ledger
from huntline.model.artifact import Artifact
from huntline.model.pack import Pack
from platforms.sentinel.listed import made, pack_of


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return pack_of(tmp_path / "pack")


@pytest.fixture
def artifact(pack: Pack) -> Artifact:
    return made(pack)[0]

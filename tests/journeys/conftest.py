"""What journeys share that is worth keeping from one to the next."""

from __future__ import annotations

import pytest

from journeys import cli
from journeys.cli import Warm


@pytest.fixture(scope="session")
def warm() -> Warm:
    return cli.warm()

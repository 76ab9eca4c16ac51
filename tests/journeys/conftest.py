"""What journeys share that is worth keeping from one to the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from journeys.warm import Warm, warmed


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    with warmed() as made:
        yield made

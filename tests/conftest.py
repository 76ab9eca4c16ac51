"""What tests of several rooms stand on."""

from __future__ import annotations

import gc
import os
import sys

import pytest

from lab.kql.check import Schema, Unavailable, findings

ALLOCATIONS = 100_000  # more than a parser of KQL makes for one query: else all of it is looked through many times


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more worker than there are cores: laws of servers wait for a fifth of their time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Leave what is imported and collected out of every search for garbage: a twelfth of the time where much is parsed."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture
def microsoft() -> None:
    """Skip, with the reason, where Microsoft's KQL parser cannot be loaded: from Python 3.13 it has no runtime."""
    try:
        findings("print 1", Schema({}))
    except Unavailable as why:
        if sys.version_info < (3, 13):
            raise
        pytest.skip(str(why))

"""What tests of several rooms stand on."""

from __future__ import annotations

import os
import sys

import pytest

from lab.kql.check import Schema, Unavailable, findings


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more worker than there are cores: laws of servers wait for a fifth of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture
def microsoft() -> None:
    """Skip, with the reason, where Microsoft's KQL parser cannot be loaded: from Python 3.13 it has no runtime."""
    try:
        findings("print 1", Schema({}))
    except Unavailable as why:
        if sys.version_info < (3, 13):
            raise
        pytest.skip(str(why))

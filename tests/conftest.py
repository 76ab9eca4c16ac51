"""What tests of several rooms stand on."""

from __future__ import annotations

import sys

import pytest

from lab.kql.check import Schema, Unavailable, findings


@pytest.fixture
def microsoft() -> None:
    """Skip, with the reason, where Microsoft's KQL parser cannot be loaded: from Python 3.13 it has no runtime."""
    try:
        findings("print 1", Schema({}))
    except Unavailable as why:
        if sys.version_info < (3, 13):
            raise
        pytest.skip(str(why))

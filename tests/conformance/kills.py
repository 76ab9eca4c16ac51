"""At which of its calls a run is killed: at a few of them by `make test`, at the others by `make bench`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def calls(first: int, end: int, *, soon: Iterable[int]) -> list[Any]:
    """Return the calls from `first` up to `end`, without it, as parameters; those that are not `soon` are for `make bench`."""
    return [pytest.param(one, marks=[] if one in soon else [pytest.mark.bench]) for one in range(first, end)]

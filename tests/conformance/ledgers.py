"""Empty ledgers, of which only the first is made: the others are copies, at a seventh of what its tables cost."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from huntline.ledger.store import Ledger, open_ledger


def empty(path: Path) -> Ledger:
    """Open an empty ledger at a path where there is none."""
    path.write_bytes(_made())
    return open_ledger(str(path), create=False)


@cache
def _made() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        open_ledger(str(path), create=True).engine.dispose()  # whereupon all of it is in the one file
        return path.read_bytes()

"""Event log files (EVTX) as JSON lines, record by record, with a count of those that cannot be read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from huntline_archive.rescue import Salvage
from huntline_archive.unpack import End

_HEADER, _CHUNK = 4096, 65_536
_PATIENCE = 10_000  # failures in a row after which no more is expected of a file


def records(path: str, size: int, salvage: Salvage, end: End, *, grown: bool) -> Iterator[bytes]:
    """Yield each readable record as a line. Raises OSError."""
    import evtx

    with Path(path).open("rb") as file:
        header = file.read(_HEADER)
        source = io.BytesIO(header + file.read(size - len(header))) if grown else str(Path(path).resolve())
    chunks = int.from_bytes(header[42:44], "little")
    end.read = size
    if _HEADER + chunks * _CHUNK > size:
        end.fault, end.words = "truncated", f"the event log ends before its {chunks} chunks do"
    try:
        found = iter(evtx.PyEvtxParser(source).records_json())
    except (RuntimeError, ValueError) as broken:
        end.fault, end.words = "damaged", f"the event log's head is broken: {_plain(broken)}"
        return
    failures = 0
    while failures < _PATIENCE:
        try:
            record = next(found, None)
        except (RuntimeError, ValueError):
            failures += 1
            salvage.lost += 1
            continue
        if record is None:
            return
        failures = 0
        line = record["data"].encode("utf-8", "replace").replace(b"\n", b" ")
        salvage.mark(line)
        yield line + b"\n"


def _plain(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__

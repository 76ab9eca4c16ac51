"""Walk the frames of a zstd file without unpacking it: does the last one end?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

_HEAD = 18  # bytes of the longest frame header


def ends_whole(path: str) -> bool:
    """Say whether the file is a run of whole zstd frames (RFC 8878, sections 3.1.1 and 3.1.2). Raises OSError."""
    with Path(path).open("rb", buffering=0) as file:
        size, at = os.fstat(file.fileno()).st_size, 0
        while 0 <= at < size:
            at = _after_frame(file, at, size)
        return at == size


def _after_frame(file: BinaryIO, at: int, size: int) -> int:
    """Return where the next frame starts, -1 if this is none."""
    head = _at(file, at, _HEAD)
    magic = int.from_bytes(head[:4], "little")
    if magic & 0xFFFFFFF0 == 0x184D2A50:
        return at + 8 + int.from_bytes(head[4:8], "little") if len(head) >= 8 else -1
    if magic != 0xFD2FB528 or len(head) < 5:
        return -1
    descriptor = head[4]
    single, checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    size_bytes = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    return _after_blocks(file, at + 5 + (not single) + (0, 1, 2, 4)[descriptor & 3] + size_bytes, checksum, size)


def _after_blocks(file: BinaryIO, at: int, checksum: int, size: int) -> int:
    while at + 3 <= size:
        header = int.from_bytes(_at(file, at, 3), "little")
        at += 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
        if header & 1:
            return at + 4 * checksum
    return -1


def _at(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)

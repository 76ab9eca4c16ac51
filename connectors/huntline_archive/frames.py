"""Walk the frames of a zstd file without unpacking it: does the last one end?"""

from __future__ import annotations

import mmap
from pathlib import Path


def ends_whole(path: str) -> bool:
    """Say whether the file is a run of whole zstd frames (RFC 8878, sections 3.1.1 and 3.1.2). Raises OSError."""
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = 0
        while 0 <= at < len(data):
            at = _after_frame(data, at)
        return at == len(data)


def _after_frame(data: mmap.mmap, at: int) -> int:
    """Return where the next frame starts, -1 if this is none."""
    magic = int.from_bytes(data[at : at + 4], "little")
    if magic & 0xFFFFFFF0 == 0x184D2A50:
        return at + 8 + int.from_bytes(data[at + 4 : at + 8], "little") if at + 8 <= len(data) else -1
    if magic != 0xFD2FB528 or at + 5 > len(data):
        return -1
    descriptor = data[at + 4]
    single, checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    size_bytes = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    at += 5 + (0 if single else 1) + (0, 1, 2, 4)[descriptor & 3] + size_bytes
    return _after_blocks(data, at, checksum)


def _after_blocks(data: mmap.mmap, at: int, checksum: int) -> int:
    while at + 3 <= len(data):
        header = data[at] | data[at + 1] << 8 | data[at + 2] << 16
        kind, length = header >> 1 & 3, header >> 3
        at += 3 + (1 if kind == 1 else length)
        if header & 1:
            return at + 4 * checksum
    return -1

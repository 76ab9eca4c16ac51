"""Unpack a file as far as it can be unpacked, and say how its end was."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from huntline_archive.kinds import Packing

Fault: TypeAlias = Literal["", "truncated", "damaged"]

_PIECE = 1 << 16


@dataclass(slots=True)
class End:
    """How the unpacking ended, filled as it goes. `read`: packed bytes taken."""

    fault: Fault = ""
    words: str = ""
    read: int = 0


def unpacked(path: str, packing: Packing, size: int, end: End) -> Iterator[bytes]:
    """Yield the text of the file's first `size` bytes in pieces, up to a fault. Raises OSError."""
    with Path(path).open("rb") as file:
        pieces = _pieces(file, size, end)
        match packing:
            case "none":
                yield from pieces
            case "gzip":
                yield from _inflated(pieces, end)
            case "zstd":
                yield from _expanded(pieces, end)


def _pieces(file: BinaryIO, size: int, end: End) -> Iterator[bytes]:
    while end.read < size and (piece := file.read(min(_PIECE, size - end.read))):
        end.read += len(piece)
        yield piece


def _inflated(pieces: Iterator[bytes], end: End) -> Iterator[bytes]:
    """Go member by member; zeros after the last are padding, as in tape archives."""
    member = None
    for fresh in pieces:
        piece = fresh
        while piece:
            if member is None:
                piece = piece.lstrip(b"\0")
                if not piece:
                    break
                member = zlib.decompressobj(31)
            before = member.copy()
            try:
                text = member.decompress(piece)
            except zlib.error as broken:
                yield _until_fault(before, piece)
                end.fault, end.words = "damaged", f"the gzip stream breaks: {broken}"
                return
            if text:
                yield text
            piece = member.unused_data
            if member.eof:
                member = None
    if member is not None:
        end.fault, end.words = "truncated", "the gzip stream ends in the middle"


def _until_fault(member: zlib._Decompress, piece: bytes) -> bytes:
    """Feed byte by byte what failed as a whole: all text before the fault."""
    out = bytearray()
    try:
        for at in range(len(piece)):
            out += member.decompress(piece[at : at + 1])
    except zlib.error:
        pass
    return bytes(out)


def _expanded(pieces: Iterator[bytes], end: End) -> Iterator[bytes]:
    """Go frame by frame; small bites, because a fault takes the text of its bite with it."""
    import zstandard

    frame = None
    for fresh in pieces:
        rest = fresh
        while rest:
            frame = frame or zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()
            bite, rest = rest[:1024], rest[1024:]
            try:
                text = frame.decompress(bite)
            except zstandard.ZstdError as broken:
                end.fault, end.words = "damaged", f"the zstd stream breaks: {broken}"
                return
            if text:
                yield text
            if frame.eof:
                rest, frame = frame.unused_data + rest, None
    if frame is not None:
        end.fault, end.words = "truncated", "the zstd stream ends in the middle"

"""Tell what a file is by its first bytes, never by its name."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["lines", "parquet", "evtx", "empty", "other"]
Packing: TypeAlias = Literal["none", "gzip", "zstd"]

HEAD = 1 << 18
_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PK\x03\x04", "a ZIP archive or Office document: unpack it beside the logs"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it beside the logs"),
    (b"BZh", "a bzip2 file: unpack it beside the logs"),
    (b"\xfd7zXZ", "an xz file: unpack it beside the logs"),
    (b"\x89PNG", "a picture"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a file is; `words` says why an "other" one is not a log we read."""

    kind: Kind
    packing: Packing
    words: str


def look(head: bytes) -> Look:  # noqa: PLR0911 (one return for each kind)
    """Judge the first bytes of a file (up to HEAD of them)."""
    if not head:
        return Look("empty", "none", "")
    if head.startswith(b"PAR1"):
        return Look("parquet", "none", "")
    if head.startswith(b"ElfFile\x00"):
        return Look("evtx", "none", "")
    for magic, words in _FOREIGN:
        if head.startswith(magic):
            return Look("other", "none", f"not a log we read: {words}")
    if head.startswith(b"\x1f\x8b"):
        return _inside(_inflated(head), "gzip")
    if head.startswith(b"\x28\xb5\x2f\xfd") or head[1:4] == b"\x2a\x4d\x18":
        return _inside(_expanded(head), "zstd")
    return _inside(head, "none")


def _inside(text: bytes | None, packing: Packing) -> Look:
    """`text` None: packed, and its start cannot be unpacked; the hunt will tell."""
    if text is None or not text or _lines(text):
        return Look("lines", packing, "")
    return Look("other", packing, "not a log we read: no line of its start is a JSON object")


def _lines(text: bytes) -> bool:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = text.decode("utf-16", "replace").encode()
    return any(line.lstrip().removeprefix(b"\xef\xbb\xbf").startswith(b"{") for line in text.splitlines()[:1000])


def _inflated(head: bytes) -> bytes | None:
    try:
        return zlib.decompressobj(31).decompress(head, HEAD)
    except zlib.error:
        return None


def _expanded(head: bytes) -> bytes | None:
    import zstandard

    try:
        return zstandard.ZstdDecompressor().decompressobj().decompress(head)[:HEAD]
    except zstandard.ZstdError:
        return None

"""A damaged or odd file as a clean stream of JSON lines: whole lines as they are, mended ones, and an exact count of the rest."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LONGEST = 16 << 20  # bytes of one line, DuckDB's limit

_SAMPLES = 2048
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Salvage:
    """What became of the lines. `marks`: lines spread over the file, in its order; `cut`: the last line broke off."""

    kept: int = 0
    mended: int = 0
    lost: int = 0
    cut: bool = False
    marks: list[bytes] = field(default_factory=list)
    last: bytes = b""
    stride: int = 1

    def mark(self, line: bytes) -> None:
        self.last = line
        if self.kept % self.stride == 0:
            self.marks.append(line)
            if len(self.marks) > _SAMPLES:
                self.marks, self.stride = self.marks[::2], self.stride * 2
        self.kept += 1


def salvaged(pieces: Iterable[bytes], salvage: Salvage, *, tail: bool) -> Iterator[bytes]:
    """Yield the readable lines with their line ends, counting into `salvage`.

    `tail`: whether a last line without an end counts as lost when it cannot be read; one that is still being written does not.
    """
    for line, ended in _lines(_utf8(pieces)):
        clean = line.strip(b" \t\r\n")
        if not clean and line is not _TOO_LONG:
            continue
        whole = None if line is _TOO_LONG else _readable(clean)
        if whole is None:
            salvage.lost += ended or tail
            salvage.cut = not ended and tail
            continue
        salvage.mended += whole is not clean
        salvage.mark(whole)
        yield whole + b"\n"


_TOO_LONG = b"too long"


def _utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Turn UTF-16 with a byte order mark into UTF-8; all else passes."""
    decoder: codecs.IncrementalDecoder | None = None
    first = True
    for piece in pieces:
        if first and piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            decoder = codecs.getincrementaldecoder("utf-16")("replace")
        first = False
        yield decoder.decode(piece).encode("utf-8", "replace") if decoder else piece


def _lines(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield lines and whether they ended; of one that is too long only a token, its bytes are not kept."""
    held: list[bytes] = []
    length, dropping = 0, False
    for piece in pieces:
        start = 0
        while (end := piece.find(b"\n", start)) >= 0:
            length += end - start
            if dropping or length > LONGEST:
                yield _TOO_LONG, True
            else:
                yield b"".join((*held, piece[start:end])), True
            held, length, dropping, start = [], 0, False, end + 1
        length += len(piece) - start
        if length > LONGEST:
            held, dropping = [], True
        elif start < len(piece):
            held.append(piece[start:])
    if length:
        yield (_TOO_LONG if dropping else b"".join(held)), False


def _readable(line: bytes) -> bytes | None:
    """Return the line itself when it is sound, a mended one when an object can be read from it, else None."""
    try:
        text = line.decode()
        event = json.loads(text, parse_constant=_refuse, parse_int=str)
    except RecursionError:
        return line  # too deep for Python, not for the search
    except ValueError:
        return _mended(line)
    if not isinstance(event, dict):
        return None
    return _written(event) if "\\u" in text and _broken(event) else line


def _mended(line: bytes) -> bytes | None:
    try:
        event = json.loads(line.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return _written(event) if isinstance(event, dict) else None


def _broken(event: object) -> bool:
    return _SURROGATE.search(json.dumps(event, ensure_ascii=False)) is not None


def _written(event: object) -> bytes:
    """NaN and infinity have no JSON; as text they stay visible."""
    return json.dumps(_said(event), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _said(value: object) -> object:
    match value:
        case dict():
            return {str(key): _said(inner) for key, inner in value.items()}
        case list():
            return [_said(inner) for inner in value]
        case float() if not math.isfinite(value):
            return str(value)
        case str():
            return _SURROGATE.sub("�", value)
        case _:
            return value


def _refuse(constant: str) -> float:
    raise ValueError(constant)

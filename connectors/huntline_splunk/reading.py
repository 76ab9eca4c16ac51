"""Results as they come: every message kept, rows of previews dropped, one row at a time, and an end that must be there."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from huntline.errors import Transient
from huntline_splunk.faults import messages_of

ROWS = "results"
DECODER = json.JSONDecoder()


@dataclass(slots=True)
class Results:
    """One answer of results: iterate over its rows, once; `messages` (level, text) are known when that has ended."""

    pieces: Iterable[bytes]
    messages: list[tuple[str, str]] = field(default_factory=list)
    preview: bool = False  # the search goes on: nothing of it is the last word

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Yield the rows. Raises Transient where the answer breaks off, or is none."""
        text = _Text(iter(self.pieces))
        text.take("{")
        while text.peek() != "}":
            name = text.value()
            text.take(":")
            if name == ROWS:
                yield from self._rows(text)
            else:
                self._note(name, text.value())
            if text.peek() == ",":
                text.take(",")
        text.take("}")

    def _rows(self, text: _Text) -> Iterator[Mapping[str, Any]]:
        text.take("[")
        while text.peek() != "]":
            row = text.value()
            if not self.preview:
                yield row
            if text.peek() == ",":
                text.take(",")
        text.take("]")

    def _note(self, name: str, value: Any) -> None:
        if name == "messages":
            self.messages += messages_of({name: value})
        elif name == "preview":
            self.preview = bool(value)


class _Text:
    """JSON text that grows as it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._at = 0

    def peek(self) -> str:
        """Return the next character that is no space."""
        while True:
            while self._at < len(self._held):
                if not self._held[self._at].isspace():
                    return self._held[self._at]
                self._at += 1
            self._more(1)

    def take(self, sign: str) -> None:
        if self.peek() != sign:
            raise Transient("an answer that is no list of results")
        self._at += 1

    def value(self) -> Any:
        """Read one value, however long it is; at the end of what is held, a number may be the beginning of a longer one."""
        self.peek()
        while True:
            try:
                found, end = DECODER.raw_decode(self._held, self._at)
            except ValueError:
                found, end = None, len(self._held)
            if end < len(self._held):
                self._at = end
                return found
            self._more(len(self._held) - self._at)  # twice as much each time, so that the whole is read at most twice

    def _more(self, wanted: int) -> None:
        """Take so many characters more, or what is left. Raises Transient where nothing is."""
        held = [self._held[self._at :]]
        came = 0
        while came < wanted and (piece := next(self._pieces, None)) is not None:
            held.append(self._decoder.decode(piece))
            came += len(held[-1])
        if not came:
            raise Transient("an answer that breaks off")
        self._held, self._at = "".join(held), 0

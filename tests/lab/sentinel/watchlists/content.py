"""An uploaded file as rows of values by column, within the service's limits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lab.sentinel.errors import Failed, arm_failed
from lab.sentinel.settings import SentinelSettings

DELIMITERS: Final[Mapping[str, str]] = {"text/csv": ",", "text/tsv": "\t"}  # the specification's examples


def rows(said: Mapping[str, Any], settings: SentinelSettings) -> list[Mapping[str, str]] | None:
    """Return the rows of an upload, None where nothing is uploaded; raises Failed (400) for a file that is not taken.

    The search key must be a column and never blank (docs); the other demands are the lab's.
    """
    raw = said.get("rawContent")
    if raw is None:
        return None
    kind = str(said.get("contentType")).lower()  # `Text/Csv` is as good (seen)
    if not isinstance(raw, str) or kind not in DELIMITERS:
        raise bad(f"'rawContent' needs a 'contentType' of {', '.join(DELIMITERS)}")
    _small_enough(raw, settings)
    skip = said.get("numberOfLinesToSkip") or 0
    text = "".join(raw.splitlines(keepends=True)[skip:])
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[kind]))
    for wrong in _complaints(found, said["itemsSearchKey"]):
        raise bad(wrong)
    header, *lines = found
    return [dict(zip(header, line, strict=True)) for line in lines if line]


def too_wide(values: Mapping[str, str], settings: SentinelSettings) -> bool:
    """Tell whether an item is over 10 KB, counted in bytes of its values [M13]."""
    return sum(len(one.encode()) for one in values.values()) > settings.item_size


def bad(words: str) -> Failed:
    """Refuse a watchlist or an item for its form; the words are the lab's."""
    return arm_failed(400, "BadRequest", f"{words}.")


def _small_enough(raw: str, settings: SentinelSettings) -> None:
    """Raise Failed for a file over 3.8 MB or a line over 10,240 characters [M13]."""
    if len(raw.encode()) > settings.list_size:
        raise bad(f"The size of the watchlist's content is over {settings.list_size} bytes")
    if any(len(line) > settings.item_size for line in raw.splitlines()):
        raise bad(f"A line of the watchlist's content is over {settings.item_size} characters")


def _complaints(found: Sequence[Sequence[str]], key: str) -> Iterator[str]:
    if not found or not found[0]:
        yield "The watchlist's content has no header"
    header, *lines = found
    if len({name.lower() for name in header}) < len(header) or not all(name.strip() for name in header):
        yield "The watchlist's header has a name twice, or none for a column"
    if key not in header:
        yield f"The search key '{key}' is no column of the watchlist's content"
    for at, line in enumerate(lines, 2):
        if line and len(line) != len(header):
            yield f"Line {at} of the watchlist's content has {len(line)} values for {len(header)} columns"
        if line and not line[header.index(key)].strip():
            yield f"Line {at} of the watchlist's content has a blank search key"

"""Documents and the indices that hold them: what is stored, and what of it can be searched."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

TIME, INGESTED = "@timestamp", "event.ingested"
TIMES = (TIME, INGESTED)
Tier = Literal["hot", "warm", "cold", "frozen"]
MOUNTED = {"cold": "restored-", "frozen": "partial-"}  # names of searchable snapshots [E16]


@dataclass(frozen=True, slots=True)
class Field:
    """A mapped field. A keyword longer than `ignore_above` is stored, not indexed: no search finds it (2.3, mem)."""

    type: str
    ignore_above: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One document; times in milliseconds since 1970. `source` and `searchable` are flat and without the two times.

    Many planted documents share one `source` and one `searchable`: half a million of them cost little. `sent` is what a
    caller wrote of its own, and reads back as it was.
    """

    id: str
    at: int
    ingested: int
    source: Mapping[str, Any]
    searchable: Mapping[str, Any]
    sent: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """One index, its documents by time; `stream` is the data stream it backs, or its own name for a plain index.

    `meta` is what the mapping's `_meta` says.
    """

    base: str
    stream: str
    mapping: Mapping[str, Field]
    tier: Tier
    documents: tuple[Document, ...]
    times: tuple[int, ...]
    cluster: str = ""
    meta: Mapping[str, Any] | None = None

    @property
    def plain(self) -> bool:
        """Tell whether it backs no data stream."""
        return self.stream == self.base

    @property
    def name(self) -> str:
        """Return the name it is searched by, which changes when ILM mounts it."""
        return MOUNTED.get(self.tier, "") + self.base

    @property
    def shown(self) -> str:
        """Return the name hits carry: that of another cluster stands before the index."""
        return f"{self.cluster}:{self.name}" if self.cluster else self.name

    @property
    def schema(self) -> dict[str, str]:
        return {name: field.type for name, field in self.mapping.items()}

    def between(self, low: int, high: int) -> range:
        """Return the places of the documents of low <= time < high."""
        return range(bisect.bisect_left(self.times, low), bisect.bisect_left(self.times, high))


def document(row: Mapping[str, Any], mapping: Mapping[str, Field]) -> Document:
    """Make a document of a row with `_id`, both times as ISO text, and fields flat or nested."""
    read = dotted(row)
    name, at = str(read.pop("_id")), millis(read.pop(TIME))
    ingested = millis(read.pop(INGESTED)) if INGESTED in read else at
    return Document(name, at, ingested, read, searchable(read, mapping))


def dotted(row: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Write nested objects as dotted names; lists stay as they are."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= dotted(value, f"{above}{name}.")
        else:
            found[above + name] = value
    return found


def searchable(source: Mapping[str, Any], mapping: Mapping[str, Field]) -> dict[str, Any]:
    """Return what a search can find of a source: mapped fields, without values longer than their mapping takes."""
    found = {}
    for name, value in source.items():
        field = mapping.get(name)
        if field is None:
            continue
        kept = [one for one in several(value) if not _ignored(one, field)]
        if kept:
            found[name] = kept[0] if len(kept) == 1 else kept
    return found


def _ignored(value: Any, field: Field) -> bool:
    return field.ignore_above is not None and isinstance(value, str) and len(value) > field.ignore_above


def index(
    base: str,
    stream: str,
    mapping: Mapping[str, Field],
    documents: Iterable[Document],
    *,
    tier: Tier = "hot",
    meta: Mapping[str, Any] | None = None,
) -> Index:
    """Make an index of documents in any order."""
    ordered = tuple(sorted(documents, key=lambda one: one.at))
    return Index(base, stream, mapping, tier, ordered, tuple(one.at for one in ordered), meta=meta)


def row_of(document: Document, index: Index) -> dict[str, Any]:
    """Return a document as a search sees it, with those of its times that are mapped, as ISO text."""
    times = {TIME: iso(document.at), INGESTED: iso(document.ingested)}
    return {**document.searchable, **{name: value for name, value in times.items() if name in index.mapping}}


def source_of(document: Document) -> dict[str, Any]:
    """Return `_source`: nested, as Beats and Agent send it; a caller's own document as it was sent."""
    if document.sent is not None:
        return dict(document.sent)
    nested: dict[str, Any] = {}
    whole = {**document.source, TIME: iso(document.at), INGESTED: iso(document.ingested)}
    for name, value in whole.items():
        *above, last = name.split(".")
        place = nested
        for step in above:
            place = place.setdefault(step, {})
        place[last] = value
    return nested


METADATA: Mapping[str, Callable[[Index, Document], str]] = {
    "_id": lambda _, document: document.id,
    "_index": lambda index, _: index.name,
}


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def values(document: Document, index: Index, name: str) -> Iterator[Any]:
    """Yield a field's searchable values; times as milliseconds."""
    if name in TIMES:
        if name in index.mapping:
            yield document.at if name == TIME else document.ingested
    elif name in document.searchable:
        yield from several(document.searchable[name])


def iso(millis: int) -> str:
    """Write milliseconds since 1970 as Elasticsearch does."""
    seconds, rest = divmod(millis, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03}Z"  # strftime takes five times as long


def millis(time: Any) -> int:
    """Read ISO text, UTC where it says no zone, or milliseconds."""
    if isinstance(time, int):
        return time
    read = time if isinstance(time, datetime) else datetime.fromisoformat(str(time))
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)

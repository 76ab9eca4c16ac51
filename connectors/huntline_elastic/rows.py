"""Events of Elasticsearch as rows: flat, under the names queries read, with an id that no tier or mount changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from huntline.model.row import Row
from huntline.translate.bearing import Shape, entities_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# ILM writes these before the name of an index it mounts or shrinks, upgrades before one they write anew.
MOVED = re.compile(r"^(?:partial-|restored-|shrink-[a-z0-9_-]{4}-|reindexed-v\d+-)+")
BACKING = re.compile(r"\.(?:migrated-)?ds-(?P<stream>.+?)(?:-\d{4}\.\d{2}\.\d{2})?-\d{6,}")


def fields_asked(shape: Shape) -> list[dict[str, str]]:
    """What to ask for: dates to the millisecond, everything else as it is mapped."""
    source = shape.bound.source
    clocks = dict.fromkeys((source.time, source.happened))
    asked = [{"field": "*"}] if shape.everything else [{"field": name} for name in shape.names if name not in clocks]
    return [*asked, *({"field": clock, "format": "strict_date_optional_time"} for clock in clocks)]


def row_of(event: Mapping[str, Any], shape: Shape) -> Row:
    """Make a row of an EQL event."""
    source, scope = shape.bound.source, shape.bound.store.scope
    time, happened = when(event, source.time), when(event, source.happened)
    fields = dict(_everything(event)) if shape.everything else {}
    fields |= {
        name: values for name in shape.names if (values := _values(event, name, empty=not source.empty_is_absent))
    }
    raw = json.dumps(event.get("_source", {}), ensure_ascii=False, sort_keys=True)
    return Row(scope.name, event_id(event, time), time, happened or time, fields, entities_of(scope, fields), raw)


def event_id(event: Mapping[str, Any], time: datetime | None) -> str:
    """Return data stream, document id and time: an index's name changes with its tier, these do not."""
    at = "" if time is None else str((time - EPOCH) // timedelta(milliseconds=1))
    return f"{stream_of(event['_index'])}/{event['_id']}/{at}"


def stream_of(index: str) -> str:
    """Return the data stream an index belongs to, or the index under the name it had before it was moved.

    >>> stream_of("eu:partial-.ds-logs-endpoint.events.file-default-2023.03.01-000007")
    'logs-endpoint.events.file-default'
    """
    name = base_of(index)
    backing = BACKING.fullmatch(name)
    return backing["stream"] if backing else name


def base_of(index: str) -> str:
    """Return the name an index had before it was moved."""
    return MOVED.sub("", index.rpartition(":")[2])


def when(event: Mapping[str, Any], field: str) -> datetime | None:
    """Return a date of an event, asked for as ISO text; None where it has none that a calendar holds."""
    given = event.get("fields", {}).get(field) or ()
    try:
        return datetime.fromisoformat(given[0]).astimezone(UTC) if given else None
    except (ValueError, OverflowError):
        return None


def _values(event: Mapping[str, Any], name: str, *, empty: bool) -> tuple[str, ...]:
    """Take what the mapping makes of a field, else what was sent: a text too long to be indexed is only there."""
    mapped = event.get("fields", {}).get(name)
    found = mapped if mapped is not None else list(_at(event.get("_source", {}), name))
    return tuple(text for value in found if (text := _text(value)) is not None and (text or empty))


def _at(document: Any, name: str) -> Iterator[Any]:
    """Walk a document whose names may be dotted, nested or both; lists are walked through."""
    if isinstance(document, list):
        for part in document:
            yield from _at(part, name)
        return
    if not isinstance(document, Mapping):
        return
    if name in document:
        found = document[name]
        yield from found if isinstance(found, list) else (found,)
    at = name.find(".")
    while at > 0:
        if name[:at] in document:
            yield from _at(document[name[:at]], name[at + 1 :])
        at = name.find(".", at + 1)


def _everything(event: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, found in event.get("fields", {}).items():
        if texts := tuple(text for value in found if (text := _text(value)) is not None):
            yield name, texts
    for name, value in _leaves(event.get("_source", {}), ""):
        if name not in event.get("fields", {}) and (text := _text(value)) is not None:
            yield name, (text,)


def _leaves(document: Any, above: str) -> Iterator[tuple[str, Any]]:
    if isinstance(document, Mapping):
        for name, below in document.items():
            yield from _leaves(below, f"{above}.{name}" if above else name)
    elif isinstance(document, list):
        for number, part in enumerate(document):
            yield from _leaves(part, above if not isinstance(part, Mapping) else f"{above}.{number}")
    else:
        yield above, document


def _text(value: Any) -> str | None:
    """Write a value as Sigma compares it; None for what is no value."""
    match value:
        case None | dict() | list():
            return None
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
    return str(value)

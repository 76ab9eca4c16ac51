"""Records of a workspace as rows: flat, under the names queries read, with the id that a search job keeps, too."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from huntline.model.predicate import fields_of
from huntline.model.query import Query
from huntline.model.row import Row
from huntline.translate.bearing import borne, entities_of, everything
from huntline.translate.translator import Bound
from huntline_sentinel.client import Record
from huntline_sentinel.texts import ID, View, extended

TRIMMED = 32_000
"""Bytes from which on a text may have been cut: the service keeps 32 KB of a field, in whole characters."""
OURS = "Huntline"  # begins the names of columns that searches add
ORIGINAL = {"_OriginalTimeGenerated": "TimeGenerated", "_OriginalType": "Type", "_OriginalItemId": "_ItemId"}
"""What a search job calls columns of its source; under their own names it tells of the run."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is made of a scope's records."""

    bound: Bound
    view: View
    names: tuple[str, ...]  # fields a row bears, sorted
    computed: frozenset[str]  # columns that are no part of the record

    @classmethod
    def of(cls, bound: Bound, view: View, queries: Sequence[Query]) -> Shape:
        names = {*borne(bound, queries)}
        if everything(queries):
            names |= {name for name in bound.store.fields if "*" not in name}
        scope = bound.store.scope
        asked = {name for one in (*scope.logsources.values(), *scope.alive.values()) for name in fields_of(one)}
        computed = {name for name in {*names, *asked, bound.source.happened} if bound.store.expression_of(name)}
        return cls(bound, view, tuple(sorted(names)), frozenset(computed))

    @property
    def made(self) -> list[str]:
        """Return the lines that compute the fields a row bears beside its columns."""
        return extended(self.bound, (*self.names, self.bound.source.happened))


def row_of(record: Record, shape: Shape) -> Row:
    """Make a row of a record; an empty text is none, as the platform has it."""
    source, scope = shape.bound.source, shape.bound.store.scope
    time = _moment(record.get(shape.view.time))
    own = time if source.happened == source.time else _moment(record.get(source.happened))
    fields = {name: (text,) for name in shape.names if (text := _text(record.get(name)))}
    return Row(
        scope.name, event_id(record, shape), time, own or time, fields, entities_of(scope, fields), _raw(record, shape)
    )


def event_id(record: Record, shape: Shape) -> str:
    """Return the record's id in the workspace, or for a record without one a digest of what names an event of its source."""
    if given := _text(record.get(ID)):
        return str(given)
    time = _moment(record.get(shape.view.time))
    parts = [time.isoformat() if time else "", *(_text(record.get(name)) or "" for name in shape.bound.source.id)]
    return "digest-" + hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _raw(record: Record, shape: Shape) -> str:
    """Write the record as the workspace holds it, the same whether a query or a job brought it."""
    kept = {
        key: value
        for key, value in record.items()
        if value not in (None, "")
        and not key.startswith(OURS)
        and key not in (*ORIGINAL, "_ItemId")
        and key not in shape.computed
    }
    kept |= {own: record[key] for key, own in ORIGINAL.items() if record.get(key) and own != "_ItemId"}
    return json.dumps(kept, default=_text, ensure_ascii=False, sort_keys=True)


def trimmed(records: Sequence[Record]) -> int:
    """Count the texts of records that the service may have cut."""
    return sum(
        isinstance(value, str) and len(value) > TRIMMED // 4 and len(value.encode("utf-8", "replace")) >= TRIMMED
        for record in records
        for value in record.values()
    )


def _moment(value: Any) -> datetime | None:
    """Read a time; the SDK leaves as text what no calendar holds, and what is no column of times."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) and value else None
    except (ValueError, OverflowError):
        return None
    return read and (read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC))


def _text(value: Any) -> str | None:
    """Write a value as Sigma compares it; None for what is no value."""
    match value:
        case None | "":
            return None
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime():
            return value.astimezone(UTC).isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)

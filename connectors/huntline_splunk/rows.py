"""Events of Splunk as rows: under the names queries read, with an id made of what the event is and not of where it lies."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from huntline.model.row import Row
from huntline.translate.bearing import Shape, entities_of
from huntline_splunk.literals import name

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OWN = ("_time", "_raw", "index", "host", "source", "sourcetype")
"""What makes an event's id, or tells a person where it lies. What begins with `_` comes only where it is named."""


def fields_asked(shape: Shape) -> str:
    """Write the command that asks for these fields: only what is named is extracted, whatever the search's mode."""
    asked = dict.fromkeys((*OWN, *(("*",) if shape.everything else (shape.bound.source.happened, *shape.names))))
    return "fields " + ", ".join(one if one == "*" else name(one) for one in asked)


def row_of(event: Mapping[str, Any], shape: Shape, equals: Counter[str]) -> Row:
    """Make a row of an event; `equals` counts the events had so far by what they are, and grows."""
    source, scope = shape.bound.source, shape.bound.store.scope
    names = event.keys() if shape.everything else shape.names
    fields = {one: values for one in names if (values := _values(event.get(one), absent=source.absent))}
    entities = entities_of(scope, fields)
    time = when(event.get(source.time))
    raw = event.get("_raw")
    text = raw if isinstance(raw, str) else json.dumps(event, ensure_ascii=False, sort_keys=True)
    return Row(
        scope=scope.name,
        id=event_id(event, time, text, equals),
        time=time,
        happened=when(event.get(source.happened)) or time,
        fields=fields,
        entities=entities,
        raw=text,
    )


def event_id(event: Mapping[str, Any], time: datetime | None, text: str, equals: Counter[str]) -> str:
    """Return a digest of the event as it was indexed, and its number among those that are equal in all of it.

    Where it lies (`_bkt`, `_cd`, the index) changes when a bucket is thawed or an index renamed, and then each hit would
    be there twice. Equal events share each search that finds one of them, so that their numbers are the same each time.
    """
    at = "" if time is None else str((time - EPOCH) // timedelta(microseconds=1))
    what = [at, *(str(event.get(part, "")) for part in ("host", "source", "sourcetype")), text]
    digest = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]
    equals[digest] += 1
    return f"{digest}/{equals[digest] - 1}"


def when(given: Any) -> datetime | None:
    """Return a moment written as seconds of the epoch or in ISO form, without a zone in UTC; None for any other text."""
    text = given[0] if isinstance(given, list) and given else given
    if not isinstance(text, str):
        return None
    try:
        return EPOCH + timedelta(microseconds=round(float(text) * 1_000_000))
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day_of(number: Any) -> date:
    """Return the UTC day of so many days since 1970."""
    return (EPOCH + timedelta(days=int(float(number)))).date()


def _values(given: Any, *, absent: str) -> tuple[str, ...]:
    """Return a field's values; the word a data model writes for none is none."""
    values = given if isinstance(given, list) else () if given is None else (given,)
    return tuple(text for one in values if (text := str(one)) != absent or not absent)

"""Answer EQL queries over events as Elasticsearch documents it.

eql 1.0.1 brings the grammar; the meaning is ours. Its engine was not patched: its tree forgets `~`, `:` and `?` while
parsing, its optimizer merges terms as if case never mattered, and two-valued `not`, multi-value fields, Lucene's
regular expressions and `![ ]` would have replaced most of its callbacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from lab.eql.conditions import Row
from lab.eql.kinds import Schema, moment
from lab.eql.read import read
from lab.eql.refusals import refusals
from lab.eql.sequences import Event, follow, sample, stage
from lab.eql.tree import Pipe, Query, Refused

CATEGORY = "event.category"
START = datetime(1970, 1, 1, tzinfo=UTC)
Found = TypeVar("Found")


def matcher(query: str, schema: Schema) -> Callable[[Mapping[str, Any]], bool]:
    """Compile an event query to a test of one event, nested or with dotted names; pipes are not part of it.

    Raises Refused where Elasticsearch refuses the query, and for a sequence or sample.
    """
    understood = _understood(query, schema)
    if understood.kind != "event":
        raise Refused(f"a {understood.kind} is not about one event")
    takes = stage(understood.steps[0], CATEGORY, schema).takes
    return lambda event: takes(flat(event))


def run(query: str, events: Iterable[Mapping[str, Any]], schema: Schema) -> list[Any]:
    """Give the ids of the events that an event query finds, by time.

    An event's id stands at `id`. No size is set: Elasticsearch gives 10 where the request says nothing. Raises
    Refused where Elasticsearch refuses the query.
    """
    takes = matcher(query, schema)
    found = [event for event in _timeline(events) if takes(event.row)]
    return [event.row["id"] for event in _piped(found, read(query).pipes)]


def sequences(query: str, events: Iterable[Mapping[str, Any]], schema: Schema) -> list[list[Any]]:
    """Give the ids of each sequence or sample found, without those of missing events. Raises Refused."""
    understood = _understood(query, schema)
    if understood.kind == "event":
        raise Refused("an event query finds no sequences")
    search = follow if understood.kind == "sequence" else sample
    found = list(search(understood, _timeline(events), CATEGORY, schema))
    return [[event.row["id"] for event in one] for one in _piped(found, understood.pipes)]


def flat(event: Mapping[str, Any]) -> Row:
    """Write an event's nested objects as dotted names; objects in a list join their values, as Elasticsearch does."""
    if not any(isinstance(value, dict | list) for value in event.values()):
        return event
    row: dict[str, list[Any]] = {}
    _flatten("", event, row)
    return {name: values[0] if len(values) == 1 else values for name, values in row.items() if values}


def _understood(query: str, schema: Schema) -> Query:
    understood = read(query)
    if found := refusals(understood, schema):
        raise Refused("; ".join(found))
    return understood


def _timeline(events: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Put events in order of time; those without one are a second apart."""
    rows = [flat(event) for event in events]
    times = [
        moment(row["@timestamp"]) if "@timestamp" in row else START + timedelta(seconds=place)
        for place, row in enumerate(rows)
    ]
    order = sorted(range(len(rows)), key=times.__getitem__)
    return [Event(place, times[index], rows[index]) for place, index in enumerate(order)]


def _piped(found: list[Found], pipes: tuple[Pipe, ...]) -> list[Found]:
    for pipe in pipes:
        found = found[: pipe.count] if pipe.name == "head" else found[max(len(found) - pipe.count, 0) :]
    return found


def _flatten(name: str, value: Any, row: dict[str, list[Any]]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(f"{name}.{key}" if name else key, inner, row)
    elif isinstance(value, list | tuple):
        for inner in value:
            _flatten(name, inner, row)
    elif value is not None:
        row.setdefault(name, []).append(value)

"""Follow sequences and samples through a timeline, by the state machine that Elasticsearch documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lab.eql.conditions import Row, condition, values
from lab.eql.kinds import Schema, kind
from lab.eql.tree import Expression, Field, Query, Step

Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a timeline: its place in it, its time and its flat row."""

    place: int
    at: datetime
    row: Row


@dataclass(frozen=True, slots=True)
class Stage:
    """A step made ready: whether an event takes it, and under which key (None: under none)."""

    takes: Callable[[Row], bool]
    key: Callable[[Row], Key | None]
    missing: bool


def stage(step: Step, category_field: str, schema: Schema) -> Stage:
    """Make a step ready."""
    holds, category = condition(step.condition, schema).holds, step.category
    keys = [_key(key, schema) for key in step.keys]

    def takes(row: Row) -> bool:
        if category is not None:
            stored = row.get(category_field)
            if stored != category and not (isinstance(stored, list | tuple) and category in stored):
                return False
        return holds(row)

    def key(row: Row) -> Key | None:
        found = tuple(one(row) for one in keys)
        return None if MISSING in found else found

    return Stage(takes, key, step.missing)


def follow(query: Query, timeline: list[Event], category_field: str, schema: Schema) -> Iterator[tuple[Event, ...]]:
    """Yield the sequences that come to an end, in the order they do.

    A stage holds one pending sequence per key, a newer one takes its place. Missing steps are looked for in the time
    between their neighbours, or within maxspan before the last and after the first event.
    """
    stages = [stage(step, category_field, schema) for step in query.steps for _ in range(step.runs)]
    until = stage(query.until, category_field, schema) if query.until else None
    span = None if query.maxspan is None else timedelta(milliseconds=query.maxspan)
    steps = [one for one in stages if not one.missing]
    pending: dict[Key, dict[int, tuple[Event, ...]]] = defaultdict(dict)
    for event in timeline:
        if until and until.takes(event.row) and (over := until.key(event.row)) is not None:
            pending.pop(over, None)
        for index in reversed(range(len(steps))):
            found = _advance(steps, index, event, pending, span)
            if found and not _broken(stages, found, timeline, span):
                yield found


def sample(query: Query, timeline: list[Event], category_field: str, schema: Schema) -> Iterator[tuple[Event, ...]]:
    """Yield one sample for each key that all steps have, of different events, in the order of the steps."""
    stages = [stage(step, category_field, schema) for step in query.steps]
    keyed: dict[Key, list[list[Event]]] = {}
    for index, one in enumerate(stages):
        for event in timeline:
            if one.takes(event.row) and (key := one.key(event.row)) is not None:
                keyed.setdefault(key, [[] for _ in stages])[index].append(event)
    for candidates in keyed.values():
        chosen = _choose(candidates, ())
        if chosen:
            yield chosen


def _key(expression: Expression, schema: Schema) -> Callable[[Row], Hashable]:
    """Give a key's value in an event; null counts as one for an optional field only."""
    source = values(expression, schema)
    optional = isinstance(expression, Field) and (expression.optional or kind(expression, schema) == "null")

    def read(row: Row) -> Hashable:
        found = tuple(value for value in source(row) if value is not None)
        return found or (None if optional else MISSING)

    return read


def _advance(
    steps: list[Stage],
    index: int,
    event: Event,
    pending: dict[Key, dict[int, tuple[Event, ...]]],
    span: timedelta | None,
) -> tuple[Event, ...] | None:
    """Move one key's sequence into stage `index`; give it when that was the last."""
    if not steps[index].takes(event.row):
        return None
    key = steps[index].key(event.row)
    if key is None:
        return None
    before = pending[key].pop(index - 1, None) if index else ()
    if before is None or (before and span is not None and event.at - before[0].at > span):
        return None
    if index == len(steps) - 1:
        return (*before, event)
    pending[key][index] = (*before, event)
    return None


def _broken(stages: list[Stage], found: tuple[Event, ...], timeline: list[Event], span: timedelta | None) -> bool:
    """Tell whether an event was there that a missing step says is not."""
    position = 0
    key = next(one for one in stages if not one.missing).key(found[0].row)
    for one in stages:
        if not one.missing:
            position += 1
            continue
        before = found[position - 1] if position else None
        after = found[position] if position < len(found) else None
        inside = (event for event in timeline if _inside(event, before, after, found, span))
        if any(one.takes(event.row) and one.key(event.row) == key for event in inside):
            return True
    return False


def _inside(
    event: Event, before: Event | None, after: Event | None, found: tuple[Event, ...], span: timedelta | None
) -> bool:
    if before and event.place <= before.place:
        return False
    if after and event.place >= after.place:
        return False
    earliest, latest = (found[-1].at - span, found[0].at + span) if span else (found[0].at, found[-1].at)
    return earliest <= event.at <= latest


def _choose(candidates: list[list[Event]], chosen: tuple[Event, ...]) -> tuple[Event, ...] | None:
    if len(chosen) == len(candidates):
        return chosen
    for event in candidates[len(chosen)]:
        if event not in chosen and (whole := _choose(candidates, (*chosen, event))):
            return whole
    return None


MISSING = object()

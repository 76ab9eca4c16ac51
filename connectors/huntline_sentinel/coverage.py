"""What a table holds, by UTC day: events of each population, what proves it alive, filled fields, and host names by month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from huntline.errors import Unreadable
from huntline.model.facts import Day, Fact, Fill, Seen
from huntline.model.pack import LogSource
from huntline.model.predicate import fields_of
from huntline.model.window import Window
from huntline.translate.language import Language
from huntline.translate.translator import Bound, without
from huntline_sentinel.client import Answer, Record
from huntline_sentinel.columns import columns_of, stored_in
from huntline_sentinel.faults import TimedOut, TooBig
from huntline_sentinel.literals import name
from huntline_sentinel.rows import TRIMMED
from huntline_sentinel.texts import DAY, View, extended, narrowed, within

ONE = timedelta(days=1)
Asked = Callable[[str, Window], Answer]


@dataclass(frozen=True, slots=True)
class Population:
    """`texts`: the columns of text that a field is, or is read from."""

    logsource: LogSource
    fields: tuple[str, ...]
    texts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is counted. `there`: whether the table has a column; a field it lacks is never filled."""

    language: Language
    bound: Bound
    view: View
    there: Callable[[str], bool]


def counted(ask: Asked, ground: Ground, window: Window, reads: Sequence[str]) -> Iterator[Fact]:
    """Yield days and fills of a window. Raises what `ask` raises, and Unreadable for half an answer."""
    populations = populations_of(ground.bound, reads)
    texts = _columns(populations)
    for record in _asked(ask, lambda piece: _count_text(ground, piece, populations), window):
        if day := _day(record[DAY]):
            yield from _facts(ground, populations, texts, record, day)


def populations_of(bound: Bound, reads: Sequence[str]) -> list[Population]:
    columns = [column for column, kind in columns_of(bound, reads).items() if kind in ("string", "dynamic")]
    found = []
    for kind in sorted(bound.store.scope.logsources, key=str):
        fields = tuple(field for field in reads if bound.reads(field, kind))
        found.append(Population(kind, fields, {field: _texts(bound, field, columns) for field in fields}))
    return found


def _texts(bound: Bound, field: str, columns: Sequence[str]) -> tuple[str, ...]:
    expression = bound.store.expression_of(field)
    return tuple(stored_in(expression, columns)) if expression else (field,) if field in columns else ()


def hosts(ask: Asked, ground: Ground, window: Window) -> Iterator[Seen]:
    """Yield the host names of each month."""
    names = [one for one in ground.bound.store.scope.entities.get("host", ()) if ground.there(one)]
    if not names:
        return
    best = '""'
    for one in reversed(names):
        best = f'iff({name(one)} in ("", "-"), {best}, tostring({name(one)}))'

    def text(piece: Window) -> str:
        lines = [ground.view.table, *within(ground.view, piece), *extended(ground.bound, names)]
        by = f"{DAY} = startofmonth({ground.view.time}), HuntlineHost = {best}"
        return "\n".join([*lines, f"| summarize events = count() by {by}"])

    for record in _asked(ask, text, window):
        month = _day(record[DAY])
        if month is not None and record["HuntlineHost"]:
            yield Seen(ground.bound.store.scope.name, month.replace(day=1), str(record["HuntlineHost"]))


def arrived(ask: Asked, ground: Ground, window: Window, since: datetime) -> tuple[Window, ...]:
    """Return the days of records that became searchable at or after `since`."""

    def text(piece: Window) -> str:
        late = f"| where ingestion_time() >= datetime({since:%Y-%m-%dT%H:%M:%S.%f}Z)"
        by = f"| summarize events = count() by {DAY} = bin({ground.view.time}, 1d)"
        return "\n".join([*narrowed(ground.view, piece, [late]), by])

    days = sorted(day for record in _asked(ask, text, window) if (day := _day(record[DAY])))
    starts = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days)
    return tuple(Window(start, start + ONE) for start in starts)


def _asked(ask: Asked, text: Callable[[Window], str], window: Window) -> Iterator[Record]:
    """Yield the records of a window, asked in halves of whole days where it is too much at once."""
    try:
        answer = ask(text(window), window)
        wrong = "" if answer.whole else answer.wrong or "more rows than an answer holds"
    except (TimedOut, TooBig) as error:
        answer, wrong = None, error.problem
    if answer and not wrong:
        # What is asked by a timespan alone includes its end.
        yield from (one for one in answer.rows if one[DAY] is None or one[DAY] < window.end)
        return
    middle = _middle(window)
    if middle is None:
        raise Unreadable(wrong)
    yield from _asked(ask, text, Window(window.start, middle))
    yield from _asked(ask, text, Window(middle, window.end))


def _middle(window: Window) -> datetime | None:
    """Return a midnight about the middle of a window, None where it has none within."""
    half = window.start + (window.end - window.start) / 2
    midnight = half.replace(hour=0, minute=0, second=0, microsecond=0)
    later = midnight + ONE
    return next((one for one in (midnight, later) if window.start < one < window.end), None)


def _count_text(ground: Ground, window: Window, populations: Sequence[Population]) -> str:
    """Count everything at once: a column of numbers for each population, one for each of its fields."""
    scope, bound = ground.bound.store.scope, ground.bound
    tests = {f"p{n}": scope.logsources[one.logsource] for n, one in enumerate(populations)}
    tests |= {f"a{n}": scope.alive[one.logsource] for n, one in enumerate(populations) if one.logsource in scope.alive}
    tests = {key: without(test, ground.there) for key, test in tests.items()}
    fields = [field for one in populations for field in one.fields if ground.there(field)]
    computed = extended(bound, (*(name for test in tests.values() for name in fields_of(test)), *fields))
    flags = [f"{key} = {ground.language.condition(test, bound, 'hunt')}" for key, test in tests.items()]
    texts, kinds = _columns(populations), columns_of(bound, fields)
    flags += [f"c{k} = {_cut(name(one), kinds[one])}" for k, one in enumerate(texts) if ground.there(one)]
    sums = [f"{key}n = countif({key})" for key in tests]
    for n, one in enumerate(populations):
        for m, field in enumerate(one.fields):
            if ground.there(field):
                sums += [f"p{n}f{m} = countif(p{n} and {_filled(bound, field)})"]
        mine = {text for read in one.texts.values() for text in read if ground.there(text)}
        sums += [f"p{n}c{k} = countif(p{n} and c{k})" for k, text in enumerate(texts) if text in mine]
    lines = [ground.view.table, *within(ground.view, window), *computed]
    lines += [f"| extend {', '.join(flags)}"]
    return "\n".join([*lines, f"| summarize {', '.join(sums)} by {DAY} = bin({ground.view.time}, 1d)"])


def _filled(bound: Bound, field: str) -> str:
    """A text says something when it is more than nothing or a dash."""
    if bound.type_of(field) in ("string", "", None):
        return f'{name(field)} !in ("", "-")'
    return f"isnotempty(tostring({name(field)}))"


def _columns(populations: Sequence[Population]) -> list[str]:
    return sorted({text for one in populations for read in one.texts.values() for text in read})


def _cut(column: str, kind: str) -> str:
    """Say that the service may have cut a text. Bytes count; a character beyond ASCII has up to four."""
    text = column if kind == "string" else f"tostring({column})"
    wide = f"strlen({text}) >= {TRIMMED // 4} and {text} matches regex @'[^\\x00-\\x7F]'"
    return f"strlen({text}) >= {TRIMMED} or ({wide})"


def _facts(
    ground: Ground, populations: Sequence[Population], texts: Sequence[str], record: Record, day: date
) -> Iterator[Fact]:
    scope = ground.bound.store.scope.name
    counts = {key: int(value or 0) for key, value in record.items() if key != DAY}
    for n, one in enumerate(populations):
        events = counts.get(f"p{n}n", 0)
        alive = counts.get(f"a{n}n", events)
        if events or alive:
            yield Day(scope, one.logsource, day, events, alive)
        if events:
            cut = {text for k, text in enumerate(texts) if counts.get(f"p{n}c{k}")}
            for m, field in enumerate(one.fields):
                filled, read = counts.get(f"p{n}f{m}", 0), one.texts[field]
                # What was found in one text is whole, though that may have been cut behind it.
                whole = cut.isdisjoint(read) or (filled == events and len(read) == 1 and read != (field,))
                yield Fill(scope, one.logsource, field, day, filled > 0 if whole else None)


def _day(value: Any) -> date | None:
    return value.astimezone(UTC).date() if isinstance(value, datetime) else None

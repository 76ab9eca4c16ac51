"""Rows counted and gathered by groups (help.splunk.com: stats; tstats; Statistical functions)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, TypeAlias

from lab.spl.evaluate import evaluated
from lab.spl.match import Surroundings, remembered
from lab.spl.run_sources import BASE_FIELDS
from lab.spl.times import floored
from lab.spl.tree import Aggregate, Command, Row
from lab.spl.values import kept, number, several, text
from lab.spl.world import World

Gather: TypeAlias = Callable[[list[Row]], str | list[str] | None]
Groups: TypeAlias = dict[tuple[str, ...], list[Row]]


def stats(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:
    """Give one row a group, or one for all; rows that lack a group's field are left out."""
    by = command.arguments["by"]
    return _results(command.arguments["aggregates"], by, _grouped(found, by), world.around)


def tstats(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Count over indexed fields, all of which the events are taken to have; groups need their fields or fillnull_value.

    From a data model, fields are read under the dataset's prefix; which events belong to it is the caller's choice.
    """
    wanted = command.arguments
    rows: Iterable[Row] = world.events(command)
    if wanted["model"] is not None:
        rows = (_Seen(row, wanted["model"][1]) for row in rows)
    if wanted["where"] is not None:
        around = Surroundings(world.around.now, world.around.timezone, world.around.narrow, addresses_only=False)
        rows = filter(remembered(wanted["where"], around), rows)
    if all(one.function == "count" and one.of is None for one in wanted["aggregates"]):
        return _tallied(rows, wanted, world.around.timezone)
    rows = (_spanned(row, wanted, world.around.timezone) for row in rows)
    return _results(wanted["aggregates"], wanted["by"], _grouped(rows, wanted["by"]), world.around)


class _Seen(Mapping[str, "str | list[str]"]):
    """An event as a data model shows it: base fields by name, all others as Dataset.name."""

    __slots__ = ("_dataset", "_row")

    def __init__(self, row: Row, dataset: str | None) -> None:
        self._row, self._dataset = row, dataset

    def __getitem__(self, name: str) -> str | list[str]:
        dataset, _, field = name.partition(".")
        if name in BASE_FIELDS:
            return self._row[name]
        if not field or self._dataset not in {None, dataset}:
            raise KeyError(name)
        return self._row[field]

    def __iter__(self) -> Iterator[str]:
        prefix = "" if self._dataset is None else self._dataset + "."
        return (name if name in BASE_FIELDS else prefix + name for name in self._row)

    def __len__(self) -> int:
        return len(self._row)


def _spanned(row: Row, wanted: Mapping[str, Any], timezone: str) -> Row:
    """Floor the time and fill what is absent of the fields to group by."""
    if wanted["span"] is None and wanted["fill"] is None:
        return row
    changed: dict[str, str | list[str]] = {}
    for name in wanted["by"]:
        value = row.get(name)
        if name == "_time" and wanted["span"] is not None and (time := number(value)) is not None:
            changed[name] = text(floored(time, wanted["span"], timezone=timezone)) or ""
        elif value is None and wanted["fill"] is not None:
            changed[name] = wanted["fill"]
    return _Over(row, changed)


class _Over(Mapping[str, "str | list[str]"]):
    """A row with some fields replaced for the grouping; what is gathered still reads the row below."""

    __slots__ = ("_changed", "row")

    def __init__(self, row: Row, changed: Mapping[str, str | list[str]]) -> None:
        self.row, self._changed = row, changed

    def __getitem__(self, name: str) -> str | list[str]:
        return self._changed[name] if name in self._changed else self.row[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.row, **self._changed})

    def __len__(self) -> int:
        return len({**self.row, **self._changed})


def _tallied(rows: Iterable[Row], wanted: Mapping[str, Any], timezone: str) -> list[Row]:
    """Count rows by groups without keeping them: what coverage asks of a year's events."""
    by = wanted["by"]
    read = [_reader(name, wanted, timezone) for name in by]
    counts: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        values = [one(row) for one in read]
        if [] in values:
            continue
        counts.update(product(*values))
    if not by:
        counts = counts or Counter({(): 0})
    names = [one.name for one in wanted["aggregates"]]
    return [
        dict(zip(by, key, strict=True)) | dict.fromkeys(names, str(counts[key]))
        for key in sorted(counts, key=lambda key: _rank(by, key))
    ]


def _reader(name: str, wanted: Mapping[str, Any], timezone: str) -> Callable[[Row], list[str]]:
    """Return what reads a field to group by: its time floored, or filled where it is absent."""
    span, absent = wanted["span"], several(wanted["fill"])
    if name != "_time" or span is None:
        return lambda row: several(row.get(name)) or absent

    def floor(row: Row) -> list[str]:
        time = number(row.get(name))
        return absent if time is None else [text(floored(time, span, timezone=timezone)) or ""]

    return floor


def _grouped(rows: Iterable[Row], by: tuple[str, ...]) -> Groups:
    """Put rows in groups; several values of a field put a row in several groups."""
    groups: Groups = {}
    for row in rows:
        inner = row.row if isinstance(row, _Over) else row
        for key in product(*(several(row.get(name)) for name in by)):
            groups.setdefault(key, []).append(inner)
    return groups


def _results(aggregates: tuple[Aggregate, ...], by: tuple[str, ...], groups: Groups, around: Surroundings) -> list[Row]:
    gathers = [(one.name, _gather(one, around)) for one in aggregates]
    if not by:
        groups = groups or {(): []}
    out: list[Row] = []
    for key in sorted(groups, key=lambda key: _rank(by, key)):
        row: dict[str, Any] = dict(zip(by, key, strict=True))
        found = {name: gather(groups[key]) for name, gather in gathers}
        row |= {name: value for name, value in found.items() if value is not None}
        if row:
            out.append(row)
    return out


def _rank(by: tuple[str, ...], key: tuple[str, ...]) -> list[tuple[float, str]]:
    """Order groups by time as a number and by all else as text: in which order groups come is not documented."""
    return [(number(value) or 0, "") if name == "_time" else (0, value) for name, value in zip(by, key, strict=True)]


def _gather(one: Aggregate, around: Surroundings) -> Gather:
    if one.of is None:
        return lambda rows: str(len(rows))
    if not isinstance(one.of, str):
        holds = evaluated(one.of, around)
        return _over_truths(one.function, lambda rows: [row for row in rows if holds(row) is True])
    if one.function in {"earliest", "latest"}:
        return _by_time(one.of, latest=one.function == "latest")
    name, work = one.of, _WORK[one.function]
    return lambda rows: work([value for row in rows for value in several(row.get(name))])


def _over_truths(function: str, true: Callable[[list[Row]], list[Row]]) -> Gather:
    """Count true conditions; for other functions each counts as 1 (not documented)."""
    work = _WORK[function]
    return lambda rows: work(["1"] * len(true(rows)))


def _by_time(name: str, *, latest: bool) -> Gather:
    """Take the value of the oldest or newest row that has one; rows without a time do not count."""

    def run(rows: list[Row]) -> str | list[str] | None:
        timed = [(time, several(row.get(name))) for row in rows if (time := number(row.get("_time"))) is not None]
        having = [pair for pair in timed if pair[1]]
        return (max if latest else min)(having, key=lambda pair: pair[0])[1][0] if having else None

    return run


def _numbers(work: Callable[[list[float]], float]) -> Callable[[list[str]], str | None]:
    def run(values: list[str]) -> str | None:
        found: list[float] = [amount for one in values if (amount := number(one)) is not None]
        return text(work(found)) if found else None

    return run


def _extreme(pick: Callable[..., Any]) -> Callable[[list[str]], str | None]:
    """Compare as numbers where all are, else as text (help.splunk.com: max)."""

    def run(values: list[str]) -> str | None:
        if not values:
            return None
        numeric = all(number(one) is not None for one in values)
        return str(pick(values, key=number) if numeric else pick(values))

    return run


_WORK: dict[str, Callable[[list[str]], str | list[str] | None]] = {
    "count": lambda values: str(len(values)),
    "dc": lambda values: str(len(set(values))),
    "values": lambda values: kept(sorted(set(values))),
    "list": lambda values: kept(values[:100]),  # help.splunk.com: list, at most 100
    "min": _extreme(min), "max": _extreme(max), "sum": _numbers(sum), "avg": _numbers(lambda some: sum(some) / len(some)),
    "range": _numbers(lambda some: max(some) - min(some)),
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
}  # fmt: skip

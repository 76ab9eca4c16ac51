"""A text run over events in memory: parsed, compiled to closures, one command's rows streaming into the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from lab.spl.errors import SplError
from lab.spl.evaluate import evaluated
from lab.spl.macros import Macro
from lab.spl.match import Surroundings, remembered
from lab.spl.parse import parse
from lab.spl.parse_search import plain_condition
from lab.spl.run_fields import FIELD_STEPS
from lab.spl.run_sources import SOURCE_STEPS
from lab.spl.run_stats import stats, tstats
from lab.spl.subsearch import NOTHING, formatted
from lab.spl.tree import Command, Condition, Pipeline, Row, Some, Sub
from lab.spl.values import number, text, whole
from lab.spl.world import Events, Step, World

_NO_MACROS: Mapping[str, Macro | str] = MappingProxyType({})
_NO_LOOKUPS: Mapping[str, Sequence[Row]] = MappingProxyType({})
_SUBSEARCH_ROWS = 10_000  # help.splunk.com: limits.conf, [subsearch] maxout
# help.splunk.com: Command types, as far as they are known here; their rows are no events any more.
_TRANSFORMING = frozenset(
    {"stats", "table", "tstats", "makeresults", "inputlookup", "dbinspect", "metadata", "eventcount", "rest"}
)


@dataclass(frozen=True, slots=True)
class Ran:
    """`events` came to the first transforming command, `rows` out of the last; without one they are the same."""

    events: list[Row]
    rows: list[Row]


def run(
    search: str,
    events: Iterable[Row],
    *,
    now: float,
    timezone: str = "UTC",
    macros: Mapping[str, Macro | str] = _NO_MACROS,
    lookups: Mapping[str, Sequence[Row]] = _NO_LOOKUPS,
) -> list[Row]:
    """Return the rows of a search; events are read again by each command that reads them, so give a sequence.

    Times are epoch seconds, as text in `_time`; `timezone` is for absolute times, snaps and days. Raises SplError.

    >>> run('search f=A | fields f', [{"f": "a"}, {"f": "b"}], now=0)
    [{'f': 'a'}]
    """
    pipeline = parse(search, macros=macros)
    ran = staged(pipeline, lambda _: events, now=now, timezone=timezone, lookups=lookups)
    return [whole(row) for row in ran.rows]


def staged(
    pipeline: Pipeline,
    events: Events,
    *,
    now: float,
    timezone: str = "UTC",
    lookups: Mapping[str, Sequence[Row]] = _NO_LOOKUPS,
) -> Ran:
    """Run a pipeline whose generating commands each ask for events of their own; raises SplError."""

    def narrow(sub: Sub) -> Condition:
        words = formatted(islice(rows(sub.pipeline), _SUBSEARCH_ROWS))
        try:
            return Some(()) if words == NOTHING else plain_condition(words, 0, len(words))
        except SplError as inner:
            raise SplError(f"the sub-search gave {words!r}: {inner.problem}", sub.at) from inner

    def rows(part: Pipeline) -> Iterator[Row]:
        return iter(_carried(part.commands, 0, (), world))

    world = World(events, lookups, Surroundings(now, timezone, narrow), rows)
    first = next((at for at, one in enumerate(pipeline.commands) if one.name in _TRANSFORMING), None)
    before = list(_carried(pipeline.commands[:first], 0, (), world))
    if first is None:
        return Ran(before, before)
    return Ran(before, list(_carried(pipeline.commands[first:], first, before, world)))


def _carried(commands: tuple[Command, ...], place: int, found: Iterable[Row], world: World) -> Iterable[Row]:
    """Run commands whose first one stands at a place of its pipeline."""
    for at, command in enumerate(commands, place):
        step = _events if at == 0 and command.name == "search" else _STEPS[command.name]
        found = step(command, found, world)
    return found


def _events(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Begin with all events, the newest first (help.splunk.com: search); those without a time come last."""
    kept = list(filter(remembered(command.arguments["condition"], world.around), world.events(command)))
    return sorted(kept, key=_when, reverse=True)


def _when(row: Row) -> float:
    """Return a row's time; rows may bear it as a number in `moment`, which is quicker."""
    moment: float | None = getattr(row, "moment", None)
    return number(row.get("_time")) or 0 if moment is None else moment


def _search(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:
    return filter(remembered(command.arguments["condition"], world.around), found)


def _where(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:
    holds = evaluated(command.arguments["expression"], world.around)
    return (row for row in found if holds(row) is True)


def _eval(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:
    """Set fields one after another; null takes a field away."""
    works = [(name, evaluated(part, world.around)) for name, part in command.arguments["assign"]]
    for row in found:
        changed = dict(row)
        for name, work in works:
            value = work(changed)
            changed.pop(name, None)
            kept = value if isinstance(value, list) else text(value)
            if kept is not None:
                changed[name] = kept
        yield changed


def _append(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:
    yield from found
    yield from islice(world.rows(command.arguments["pipeline"]), command.arguments["most"])


_STEPS: Mapping[str, Step] = {
    "search": _search, "where": _where, "eval": _eval, "append": _append, "stats": stats, "tstats": tstats,
    **FIELD_STEPS, **SOURCE_STEPS,
}  # fmt: skip

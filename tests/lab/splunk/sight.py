"""What a search can see: which events of which indexes, by what it asks, by its time and by its user's role.

Role limits narrow it without a word [S3a]: indexes, a filter, how long and how far back a search may reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lab.spl.errors import SplError
from lab.spl.match import Surroundings, compiled
from lab.spl.parse_search import plain_condition
from lab.spl.times import instant
from lab.spl.tree import All, Bound, Command, Condition, Differs, Not, OneOf, Ordered, Row, Some, Sub
from lab.splunk import inventory, models
from lab.splunk.errors import Unbuilt
from lab.splunk.events import Event, indexed
from lab.splunk.settings import Role, SplunkSettings
from lab.splunk.store import Index, Store, newest_first


@dataclass(frozen=True, slots=True)
class Span:
    """[low, high) in epoch seconds; infinite where there is no bound."""

    low: float = float("-inf")
    high: float = float("inf")

    def holds(self, moment: float) -> bool:
        return self.low <= moment < self.high


@dataclass(frozen=True, slots=True)
class Sight:
    """`time` and `arrival` bound the search, `lost` peers do not answer; `losing` ends it half way.

    `sample`: one event in so many is looked at (saved searches document dispatch.sample_ratio; of jobs it is inferred).
    """

    settings: SplunkSettings
    store: Store
    role: Role
    now: float
    time: Span
    arrival: Span
    lost: frozenset[str] = frozenset()
    losing: bool = False
    sample: int = 1

    def rows(self, command: Command) -> Iterable[Row]:
        """Return what a generating command reads."""
        said = command.arguments
        match command.name:
            case "search":
                return self._events(said["condition"])
            case "tstats" if said["model"] is None:
                return indexed(self._events(said["where"]))
            case "tstats" if _names(said["where"], "nodename"):
                raise Unbuilt("nodename: name the dataset behind its model")
            case "tstats":
                return self._dataset(*said["model"], summaries=said["summaries"])
            case "datamodel":
                return self._dataset(said["model"], said["dataset"], summaries=said["summaries"])
            case "from":
                model, _, dataset = said["name"].partition(".")
                return self._dataset(model, dataset or None, summaries=False)
        return self._told(command)

    def _told(self, command: Command) -> Iterable[Row]:
        """Return the rows of a command that tells of what there is."""
        said, time = command.arguments, self.time
        match command.name:
            case "dbinspect":
                return inventory.buckets(self._named(said["index"]), time.low, time.high, self.lost)
            case "metadata":
                return inventory.metadata(said["type"], self._named(said["index"]), time.low, time.high, self.lost)
            case "eventcount":
                return inventory.counted(self._named(said["index"]), summed=said["summarize"])
            case "rest":
                return inventory.rest(said["path"], self.settings, self.role)
        raise Unbuilt(f"the command {command.name}")

    def _events(self, condition: Condition | None) -> list[Event]:
        wanted = self._indexes(condition)
        bounds = bounds_of(condition, self.now)
        time = self.time if bounds is None else Span(*(self._within(*bounds)))
        found = newest_first(wanted, time.low, time.high, without=self.lost)
        if self.arrival != Span():
            found = [one for one in found if self.arrival.holds(one.made.arrived)]
        found = list(filter(self._filter(), found)) if self.role.filter else found
        return found[:: 2 if self.losing else self.sample]

    def _within(self, low: float | None, high: float | None) -> tuple[float, float]:
        """Let a time in the search's text stand in place of the job's own (docs: time modifiers), within the role's."""
        return (
            self.time.low if low is None else max(low, reach(self.role, self.now)),
            self.time.high if high is None else high,
        )

    def _dataset(self, model: str, dataset: str | None, *, summaries: bool) -> Iterator[Row]:
        """Return the events of a dataset, whatever index they lie in; with summaries only what is summarised [S1][S20]."""
        if self.settings.without_models:
            raise SplError(f"Data model '{model}' was not found.", 0)
        events: Iterable[Event] = newest_first(self._allowed(), self.time.low, self.time.high, without=self.lost)
        events = filter(self._filter(), events) if self.role.filter else events
        events = list(events)[:: 2 if self.losing else self.sample]
        if summaries:
            known = self.settings.accelerated.get(model)
            since = float("inf") if known is None else self.now - known.back
            events = (one for one in events if one.moment >= since)
        return models.rows(events, model, dataset)

    def _filter(self) -> Callable[[Row], bool]:
        words = self.role.filter
        return compiled(plain_condition(words, 0, len(words)), Surroundings(self.now, "UTC", _no_narrowing))

    def _allowed(self) -> tuple[Index, ...]:
        return tuple(
            one
            for one in self.store.indexes()
            if not one.keeping.disabled and fits(one.name, self.role.indexes) and self._answers(one.name)
        )

    def _answers(self, name: str) -> bool:
        """Tell whether an index is there: one behind a provider that lost its heartbeats is passed over [S21]."""
        known = next((one for one in self.settings.providers if name in one.indexes), None)
        return not name.startswith("federated:") or (known is not None and known.valid)

    def _indexes(self, condition: Condition | None) -> tuple[Index, ...]:
        """Return the indexes a condition names; where it names none those searched by default (docs)."""
        if not _names(condition, "index"):
            return tuple(one for one in self._allowed() if fits(one.name, self.role.default_indexes))
        patterns = None if condition is None else _patterns(condition)
        return tuple(one for one in self._allowed() if patterns is None or fits(one.name, patterns))

    def _named(self, pattern: str) -> tuple[Index, ...]:
        patterns = (pattern,) if pattern else self.role.default_indexes
        return tuple(one for one in self._allowed() if fits(one.name, patterns))


def reach(role: Role, now: float) -> float:
    """Return the earliest moment a role may search."""
    return now - role.earliest if role.earliest > 0 else float("-inf")


def bounds_of(condition: Condition | None, now: float) -> tuple[float | None, float | None] | None:
    """Return earliest and latest in the text of a search, None where it says neither."""
    said = {one.modifier: instant(one.when, now=now, timezone="UTC", at=one.at) for one in _bounds(condition)}
    if not {"earliest", "latest"} & set(said):
        return None
    return said.get("earliest"), said.get("latest")


def _bounds(node: Condition | None) -> Iterator[Bound]:
    if isinstance(node, Bound):
        yield node
    elif isinstance(node, All | Some):
        for part in node.parts:
            yield from _bounds(part)


def fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Compare with wildcards; one in front stands for no internal and no federated index (docs: srchIndexesAllowed)."""
    mark = "_" if name.startswith("_") else "federated:" if name.startswith("federated:") else ""
    return any(fnmatchcase(name, one) and one.startswith(mark) for one in map(str.lower, patterns))


def _names(node: Condition | None, field: str) -> bool:
    """Tell whether a condition asks for a field."""
    if isinstance(node, OneOf | Differs | Ordered):
        return node.field == field
    if isinstance(node, All | Some):
        return any(_names(part, field) for part in node.parts)
    return isinstance(node, Not) and _names(node.part, field)


def _patterns(node: Condition) -> tuple[str, ...] | None:
    """Return what `index=` asks for where that holds for every event; None where it must be tried on each."""
    if isinstance(node, OneOf) and node.field == "index":
        return tuple(one.text for one in node.patterns)
    parts = [_patterns(part) for part in node.parts] if isinstance(node, All | Some) else []
    if isinstance(node, All):
        return next((found for found in parts if found is not None), None)
    known = [found for found in parts if found is not None]
    return tuple(one for found in known for one in found) if parts and len(known) == len(parts) else None


def _no_narrowing(sub: Sub) -> Condition:
    raise Unbuilt(f"a sub-search in a role's filter: {sub}")

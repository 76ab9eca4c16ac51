"""Turn the search's answer into rows and facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from blake3 import blake3

from huntline.model.facts import Day, Fact, Fill, Flood, Seen
from huntline.model.predicate import fields_of, tests
from huntline.model.row import Row
from huntline_archive.fields import leaves, loads, read
from huntline_archive.scan import UNCLAIMED, UNREADABLE, WIDTH, Block, fill_words
from huntline_archive.sources import Source

_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event that may match: where it belongs and how it is written. Times in microseconds since 1970."""

    scope: int
    raw: str  # a row's number in a Parquet file, until its text is fetched
    time: int | None
    happened: int | None


@dataclass(slots=True)
class Tally:
    """The search's answer, taken apart."""

    facts: list[Fact] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    scopes: Counter[int] = field(default_factory=Counter)  # rows by scope number, UNCLAIMED and UNREADABLE among them

    @property
    def rows(self) -> int:
        return sum(self.scopes.values())

    @property
    def unreadable(self) -> int:
        return self.scopes[UNREADABLE]

    @property
    def unclaimed(self) -> int:
        return self.scopes[UNCLAIMED]

    @property
    def days(self) -> list[date]:
        return sorted({fact.day for fact in self.facts if isinstance(fact, Day) and fact.day})


def tally(answer: Sequence[tuple[Any, ...]], blocks: Sequence[Block], *, count: bool) -> Tally:
    """Sum the answer's groups up into facts, sorted."""
    days: Counter[tuple[int, date | None, int]] = Counter()
    alive: Counter[tuple[int, date | None, int]] = Counter()
    filled: dict[tuple[int, date | None, int], bool] = {}
    floods: Counter[tuple[str, date | None]] = Counter()
    hosts: set[tuple[int, date, str]] = set()
    words = fill_words(blocks)
    result = Tally()
    for by_host, scope, when, mask, host, events, found, time, happened, *rest in answer:
        day = when if isinstance(when, date) else None  # beyond the year 9999 no calendar of ours reaches
        if by_host:
            if day and host and scope >= 0:
                hosts.add((scope, day, host))
            continue
        result.scopes[scope] += events
        if found is not None and any(block.number == scope for block in blocks):
            result.candidates += [Candidate(scope, found, time, happened)] * events
        if count:
            _count_floods(floods, blocks, rest[words:], day)
        block = next((b for b in blocks if b.number == scope), None)
        if block is None:
            continue
        size = len(block.populations)
        for bit, population in enumerate(block.populations):
            key = (scope, day, bit)
            days[key] += events if mask >> bit & 1 else 0
            proof = size + bit if population in block.source.scope.alive else bit
            alive[key] += events if mask >> proof & 1 else 0
        start = sum(len(b.filled) for b in blocks[: blocks.index(block)])
        bits = sum(word << WIDTH * at for at, word in enumerate(rest[:words])) >> start
        for at, (population, name) in enumerate(block.fills):
            if mask >> block.populations.index(population) & 1:
                key = (scope, day, at)
                filled[key] = filled.get(key, False) or bool(bits >> block.filled.index(name) & 1)
    result.facts = list(_facts(blocks, days, alive, filled, hosts, floods))
    return result


def candidates_in(answer: Sequence[tuple[Any, ...]], blocks: Sequence[Block]) -> int:
    """Return how many candidates the groups hold."""
    known = {block.number for block in blocks}
    return sum(row[5] for row in answer if row[6] is not None and row[1] in known)


def strays_in(answer: Sequence[tuple[Any, ...]], blocks: Sequence[Block]) -> list[tuple[int, str, int]]:
    """Return the rows of scopes without a block: scope, text where it was asked for, how often."""
    known = {block.number for block in blocks}
    return [(row[1], row[6], row[5]) for row in answer if not row[0] and row[1] >= 0 and row[1] not in known]


def _count_floods(
    floods: Counter[tuple[str, date | None]], blocks: Sequence[Block], rest: Sequence[Any], day: date | None
) -> None:
    for query, number in zip((q for b in blocks for q in b.queries), rest, strict=True):
        floods[query.hash, day] += number


def _facts(
    blocks: Sequence[Block],
    days: Mapping[tuple[int, date | None, int], int],
    alive: Mapping[tuple[int, date | None, int], int],
    filled: Mapping[tuple[int, date | None, int], bool],
    hosts: Iterable[tuple[int, date, str]],
    floods: Mapping[tuple[str, date | None], int],
) -> Iterator[Fact]:
    block_of = {block.number: block for block in blocks}
    for number, day, bit in sorted(days, key=_order):
        if days[number, day, bit] or alive[number, day, bit]:
            block, key = block_of[number], (number, day, bit)
            yield Day(block.source.scope.name, block.populations[bit], day, days[key], alive[key])
    for number, day, at in sorted(filled, key=_order):
        block = block_of[number]
        population, name = block.fills[at]
        yield Fill(block.source.scope.name, population, name, day, filled[number, day, at])
    for number, month, host in sorted(hosts):
        yield Seen(block_of[number].source.scope.name, month, host)
    for query, day in sorted(floods, key=lambda key: (key[0], key[1] or date.min)):
        if floods[query, day]:
            yield Flood(query, day, floods[query, day])


def _order(key: tuple[int, date | None, int]) -> tuple[int, date, int]:
    return key[0], key[1] or date.min, key[2]


Fallback = Callable[[Block, str], Mapping[str, Any]]
"""How to read an event that Python's JSON reader refuses and the search's does not."""


def rows_of(candidates: Sequence[Candidate], blocks: Sequence[Block], fallback: Fallback) -> tuple[Row, ...]:
    """Make rows of candidates, sorted, each with an id that depends on the event alone."""
    block_of = {block.number: block for block in blocks}
    makers = {block.number: _Maker.of(block) for block in blocks}
    seen: Counter[tuple[int, str]] = Counter()
    rows: dict[tuple[str, str], Row] = {}
    for one in candidates:
        block = block_of[one.scope]
        try:
            event = loads(one.raw)
        except (ValueError, RecursionError):
            event = fallback(block, one.raw)
        ordinal = seen[one.scope, one.raw]
        seen[one.scope, one.raw] += 1
        row = makers[one.scope].row(one, event, ordinal)
        rows.setdefault((row.scope, row.id), row)
    return tuple(rows[key] for key in sorted(rows))


@dataclass(frozen=True, slots=True)
class _Maker:
    source: Source
    names: tuple[str, ...]
    everything: bool  # a keyword looks at all values

    @classmethod
    def of(cls, block: Block) -> _Maker:
        entities = {name for names in block.source.scope.entities.values() for name in names}
        reads = {r.field for query in block.queries for r in query.reads}
        reads |= {name for query in block.queries for name in fields_of(query.population)}
        keyword = any(test.op == "keyword" for query in block.queries for test in tests(query.predicate))
        return cls(block.source, tuple(sorted(entities | reads)), keyword)

    def row(self, one: Candidate, event: Mapping[str, Any], ordinal: int) -> Row:
        fields = dict(leaves(event)) if self.everything else {}
        fields |= {name: values for name in self.names if (values := read(self.source.field(name), event))}
        time, happened = moment(one.time), moment(one.happened)
        return Row(
            scope=self.source.scope.name,
            id=self._id(one.raw, event, ordinal),
            time=time,
            happened=happened or time,
            fields=fields,
            entities={
                kind: value
                for kind, names in self.source.scope.entities.items()
                if (value := next((v for name in names for v in fields.get(name, ()) if v not in ("", "-")), ""))
            },
            raw=one.raw,
        )

    def _id(self, raw: str, event: Mapping[str, Any], ordinal: int) -> str:
        for group in self.source.ids:
            values = [read(self.source.field(path), event) for path in group]
            if all(values):
                return blake3(repr((self.source.scope.name, group, values)).encode("utf-8", "replace")).hexdigest()[:32]
        return f"{blake3(raw.encode('utf-8', 'replace')).hexdigest()[:32]}-{ordinal}"


def moment(microseconds: int | None) -> datetime | None:
    """Return the time as aware UTC; None beyond the calendar."""
    if microseconds is None:
        return None
    try:
        return _START + timedelta(microseconds=microseconds)
    except OverflowError:
        return None

"""The one statement that reads a file: coverage, fills, hosts and candidate rows of every scope in a single pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from huntline.model.pack import LogSource
from huntline.model.predicate import Every, Predicate, fields_of
from huntline.model.query import Query
from huntline_archive import sql
from huntline_archive.columns import Locate, odd_of, text_of
from huntline_archive.dialect import Names, condition, member
from huntline_archive.fields import Paths, paths_of
from huntline_archive.sources import Clock, Source

UNREADABLE = -1
UNCLAIMED = -2
WIDTH = 60  # bits of a number used


@dataclass(frozen=True, slots=True)
class Block:
    """What is asked of one scope: its populations by bit, the fields to look at for fills, and its queries."""

    number: int  # the scope's place among the sources
    source: Source
    populations: tuple[LogSource, ...]  # bit i: this population; bit i + len: its alive rows
    fills: tuple[tuple[LogSource, str], ...]
    queries: tuple[Query, ...]

    @property
    def filled(self) -> tuple[str, ...]:
        """The fields to look at for fills, each once."""
        return tuple(dict.fromkeys(name for _, name in self.fills))


@dataclass(frozen=True, slots=True)
class Table:
    """Where rows come from: a relation with the column `raw`, and the place of every path in it."""

    relation: str
    locate: Locate
    raw: bool  # `raw` is the event as JSON text; else it is a row number
    readable: str  # a row that is an event


def plan(sources: Sequence[Source], queries: Sequence[Query], present: frozenset[str]) -> tuple[Block, ...]:
    """Return a block for each scope that occurs."""
    blocks: list[Block] = []
    for number, source in enumerate(sources):
        if source.scope.name in present:
            own = tuple(q for q in queries if q.scope == source.scope.name)
            populations = dict.fromkeys((source.whole, *sorted((q.logsource for q in own), key=str)))
            fills = {(q.logsource, name) for q in own for branch in q.branches for name in branch.fields}
            ordered = tuple(sorted(fills, key=lambda fill: (str(fill[0]), fill[1])))
            blocks.append(Block(number, source, tuple(populations), ordered, own))
    return tuple(blocks)


def wanted_paths(sources: Sequence[Source], blocks: Sequence[Block]) -> frozenset[str]:
    """Return every path the statement reads."""
    wanted = {path for source in sources for name in fields_of(source.claims) for path in paths_of(source.field(name))}
    for block in blocks:
        for name in _names(block):
            wanted.update(paths_of(block.source.field(name)))
    return frozenset(wanted)


def statement(
    sources: Sequence[Source], blocks: Sequence[Block], table: Table, *, count: bool, strays: bool = False
) -> str:
    """Write the statement.

    A row of the answer: 0 for days or 1 for hosts, scope, day (or month), mask, host, events, candidate with its two times,
    then the filled fields as bits, WIDTH to a number, and, with `count`, a number for each query, block by block.
    Candidates and fills are keys of the groups, not aggregates: most groups have none, and a key that is NULL is cheap.
    With `strays`, rows of scopes without a block come with their text, too, as if they were candidates.
    """
    reader = {block.number: _Reader(block, _texts(block), table) for block in blocks}
    masks = _by_scope(blocks, lambda b: reader[b.number].mask(), "0")
    happened = _by_scope(blocks, lambda b: reader[b.number].clock(b.source.happened), "NULL::TIMESTAMP")
    host = _by_scope(blocks, lambda b: reader[b.number].host(), "NULL")
    hit = "false" if count else _by_scope(blocks, lambda b: reader[b.number].hit(), "false")
    words = [f"f{word}" for word in range(fill_words(blocks))]
    fills = [f"{bits} AS {word}" for bits, word in zip(_fills(blocks, reader), words, strict=True)]
    floods = [reader[b.number].flood(q) for b in blocks for q in b.queries] if count else []
    others = [str(number) for number in range(len(sources)) if number not in reader]
    stray = f" OR scope IN ({', '.join(others)})" if strays and others else ""
    found = [f"CASE WHEN hit{stray} THEN raw END AS found", "CASE WHEN hit THEN epoch_us(t) END AS found_t"]
    found += [f"CASE WHEN hit THEN epoch_us({happened}) END AS found_h"]
    dated = ["CAST(t AS DATE) AS day", "CAST(date_trunc('month', t) AS DATE) AS month"]
    keys = ", ".join(["scope", "day", "mask", "found", "found_t", "found_h", *words])
    answers = ", ".join(["count(*)", "found", "found_t", "found_h", *words, *floods])
    return (
        f"SELECT GROUPING(day), scope, coalesce(day, month), mask, host, {answers} FROM ("  # noqa: S608 (names are ours, text is escaped)
        f"SELECT {', '.join(['*', *dated, *found])} FROM ("
        f"SELECT {', '.join(['*', f'{_times(blocks, table)} AS t', f'{host} AS host', f'{hit} AS hit', *fills])} FROM ("
        f"SELECT *, CAST({masks} AS BIGINT) AS mask FROM {_named(sources, blocks, table)}))) "
        f"GROUP BY GROUPING SETS (({keys}), (scope, month, host))"
    )


def fill_words(blocks: Sequence[Block]) -> int:
    """Return how many numbers hold the fills."""
    return -(-sum(len(block.filled) for block in blocks) // WIDTH)


def _fills(blocks: Sequence[Block], reader: Mapping[int, _Reader]) -> list[str]:
    """A bit for each field, looked at only where a row is of some population asked for."""
    texts = [reader[block.number].texts[name] for block in blocks for name in block.filled]
    bits = [f"CASE WHEN {v} NOT IN ('', '-', '[]') THEN {1 << at % WIDTH} ELSE 0 END" for at, v in enumerate(texts)]
    starts = range(0, len(bits), WIDTH)
    asked = _by_scope(blocks, _asked, "0")
    return [
        f"CASE WHEN (mask & {asked}) <> 0 THEN CAST({' + '.join(bits[s : s + WIDTH])} AS BIGINT) ELSE 0 END"
        for s in starts
    ]


def _asked(block: Block) -> str:
    """Return the bits of the populations whose fields are asked for; a scope as a whole may be one of them."""
    return str(sum(1 << block.populations.index(population) for population in {fill[0] for fill in block.fills}))


def scope_query(sources: Sequence[Source], table: Table) -> str:
    """Write the query for the scopes that occur."""
    return f"SELECT DISTINCT {_scope(sources, table)} FROM {table.relation}"  # noqa: S608 (names are ours, text is escaped)


def time_query(sources: Sequence[Source], blocks: Sequence[Block], table: Table) -> str:
    """Write the query for each row and its time in microseconds since 1970."""
    return f"SELECT raw, epoch_us({_times(blocks, table)}) FROM {_named(sources, blocks, table)}"  # noqa: S608 (names are ours, text is escaped)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Writes one block's expressions over the named columns of its fields."""

    block: Block
    texts: Mapping[str, str]
    table: Table

    def mask(self) -> str:
        """One bit for each population, then one for each population's proof of life."""
        source, count = self.block.source, len(self.block.populations)
        bits = [(1 << i, source.scope.logsources[p]) for i, p in enumerate(self.block.populations)]
        bits += [
            (1 << count + i, alive)
            for i, p in enumerate(self.block.populations)
            if (alive := source.scope.alive.get(p))
        ]
        return " + ".join(self._bit(bit, predicate) for bit, predicate in bits)

    def clock(self, clocks: Sequence[Clock]) -> str:
        parsed = [_moment(self.texts[clock.field], clock) for clock in clocks]
        return f"coalesce({', '.join(parsed)}, NULL)"

    def host(self) -> str:
        named = [f"nullif({self.texts[name]}, '')" for name in self.block.source.scope.entities.get("host", ())]
        return f"coalesce({', '.join(named)}, NULL)"

    def hit(self) -> str:
        """Each population's bit is tested first, so that other rows cost little."""
        tests: dict[LogSource, list[str]] = {}
        for query in self.block.queries:
            tests.setdefault(query.logsource, []).append(condition(query.predicate, "may", self._names()))
        guarded = [f"CASE WHEN {self._in(p)} THEN {sql.some(any_)} ELSE false END" for p, any_ in tests.items()]
        return "(" + " OR ".join(guarded) + ")" if guarded else "false"

    def flood(self, query: Query) -> str:
        test = condition(query.predicate, "may", self._names())
        guarded = f"CASE WHEN {self._in(query.logsource)} THEN {test} ELSE false END"
        return f"count(*) FILTER (WHERE scope = {self.block.number} AND {guarded})"

    def _in(self, population: LogSource) -> str:
        bit = 1 << self.block.populations.index(population)
        return f"(mask & {bit}) <> 0"

    def _bit(self, bit: int, predicate: Predicate) -> str:
        if predicate == Every(()):
            return str(bit)
        return f"CASE WHEN {member(predicate, self._names())} THEN {bit} ELSE 0 END"

    def _names(self) -> Names:
        raw = "raw" if self.table.raw else None
        source = self.block.source
        return Names(
            self.texts.__getitem__,
            lambda name: odd_of(source.field(name), self.table.locate),
            raw,
        )


def _names(block: Block) -> tuple[str, ...]:
    """Return the row fields of a scope that any of its expressions read."""
    scope = block.source.scope
    conditions = [scope.logsources[p] for p in block.populations]
    conditions += [scope.alive[p] for p in block.populations if p in scope.alive]
    conditions += [query.predicate for query in block.queries]
    named = {name for predicate in conditions for name in fields_of(predicate)}
    named |= {name for _, name in block.fills}
    named |= {clock.field for clock in (*block.source.times, *block.source.happened)}
    return tuple(sorted(named | set(scope.entities.get("host", ()))))


def entity_paths(block: Block) -> frozenset[str]:
    """Return the paths of what a row tells beside what its queries read."""
    names = {name for names in block.source.scope.entities.values() for name in names}
    return frozenset(path for name in names for path in paths_of(block.source.field(name)))


def _named(sources: Sequence[Source], blocks: Sequence[Block], table: Table) -> str:
    """Write the rows with their scope, and a column for each field a block reads; one put together only in its scope."""
    plain, made = ["*", f"{_scope(sources, table)} AS scope"], ["*"]
    for block in blocks:
        for name, column in _texts(block).items():
            field = block.source.field(name)
            text = text_of(field, table.locate)
            if isinstance(field, Paths):
                plain.append(f"{text} AS {column}")
            else:
                made.append(f"CASE WHEN scope = {block.number} THEN {text} END AS {column}")
    return f"(SELECT {', '.join(made)} FROM (SELECT {', '.join(plain)} FROM {table.relation}))"  # noqa: S608 (names are ours, text is escaped)


def _times(blocks: Sequence[Block], table: Table) -> str:
    readers = {block.number: _Reader(block, _texts(block), table) for block in blocks}
    return _by_scope(blocks, lambda b: readers[b.number].clock(b.source.times), "NULL::TIMESTAMP")


def _texts(block: Block) -> dict[str, str]:
    return {name: f"v{block.number}_{i}" for i, name in enumerate(_names(block))}


def _scope(sources: Sequence[Source], table: Table) -> str:
    """The first source that claims a row has it; a row that is no event is nobody's."""
    claims = []
    for number, source in enumerate(sources):
        here = source

        def text(name: str, source: Source = here) -> str:
            return text_of(source.field(name), table.locate)

        names = Names(text, lambda _: sql.FALSE, None)
        claims.append(f"WHEN {member(source.claims, names)} THEN {number}")
    return f"CASE {' '.join(claims)} WHEN {table.readable} THEN {UNCLAIMED} ELSE {UNREADABLE} END"


def _by_scope(blocks: Sequence[Block], write: Callable[[Block], str], otherwise: str) -> str:
    cases = " ".join(f"WHEN {block.number} THEN {write(block)}" for block in blocks)
    return f"CASE scope {cases} ELSE {otherwise} END" if cases else otherwise


def _moment(text: str, clock: Clock) -> str:
    """A text without a zone is nobody's time, unless it is documented to be UTC."""
    match clock.format:
        case "epoch":
            return f"try(make_timestamp(CAST(try_cast({text} AS DOUBLE) * 1000000 AS BIGINT)))"
        case "epoch_ms":
            return f"try(make_timestamp(CAST(try_cast({text} AS DOUBLE) * 1000 AS BIGINT)))"
    zone = r"\d\d:\d\d.*[+-]\d\d:?\d\d$"
    naive = f"WHEN regexp_matches({text}, '^\\d') THEN try_cast({text} AS TIMESTAMP)" if clock.utc else ""
    return (
        f"CASE WHEN ends_with({text}, 'Z') THEN try_cast({text} AS TIMESTAMP) "
        f"WHEN regexp_matches({text}, '{zone}') THEN try_cast({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' {naive} END"
    )

"""Search one file: choose how it is read, run the statement, and tell how whole the reading was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from huntline.errors import Denied, Unreadable
from huntline.model.query import Query
from huntline.model.row import Row
from huntline.model.search import Order, Outcome, Page
from huntline_archive.client import Damaged, Engine, TooBig
from huntline_archive.feed import fed
from huntline_archive.files import Place, fingerprint_of, place_of
from huntline_archive.frames import ends_whole
from huntline_archive.loss import Loss, judged
from huntline_archive.parquet import columns_of, parquet_table, row_texts
from huntline_archive.records import records
from huntline_archive.rescue import Salvage, salvaged
from huntline_archive.rows import Tally, candidates_in, rows_of, strays_in, tally
from huntline_archive.sample import (
    bare_event,
    day_marks,
    packed_start,
    scopes_at,
    scopes_in,
    spots_of,
    start_of,
    strange_in,
    unknown,
)
from huntline_archive.scan import Block, Table, plan, statement, wanted_paths
from huntline_archive.sources import Source
from huntline_archive.tables import line_table, listed_table, plain_name
from huntline_archive.unpack import End, unpacked

_STRAYS = 20_000  # rows of scopes the sample had not shown; more are worth another pass over the file
_BATCH = 1 << 24  # bytes


def search_file(order: Order, queries: Sequence[Query], sources: Sequence[Source]) -> Page:
    """Read the order's file once for all queries. Raises Denied or Unreadable."""
    try:
        with Engine() as engine:
            place = place_of(order.part)
            shape = "evtx" if place.kind == "evtx" else "flat"
            fitting = tuple(source for source in sources if source.shape == shape)
            return _search(Reading(order, tuple(queries), fitting, place, engine))
    except TooBig as full:
        return _page((), Outcome(end="split", settled=False, reason="size", words=str(full).partition("\n")[0]))
    except Damaged as damaged:
        raise Unreadable(damaged.words) from damaged
    except PermissionError as refused:
        raise Denied(refused.strerror or "cannot be opened", advice="Let the hunt's user read the file.") from refused
    except OSError as broken:
        raise Unreadable(
            broken.strerror or "cannot be read", advice="Check the disk, and the folder TMPDIR names."
        ) from broken


@dataclass(frozen=True, slots=True)
class Reading:
    """All that reading one file needs."""

    order: Order
    queries: tuple[Query, ...]
    sources: Sequence[Source]
    place: Place
    engine: Engine


@dataclass(frozen=True, slots=True)
class Answer:
    """What the statement brought."""

    tally: Tally
    blocks: tuple[Block, ...]


Tables: TypeAlias = Callable[[frozenset[str]], Iterator[Table]]
"""Make the file tables in which the paths given can be located, one after another; each lasts until the next."""


def _search(reading: Reading) -> Page:
    if reading.place.kind == "empty":
        return _page((), Outcome(end="whole", settled=True, reason="", words="an empty file"))
    grown = _grown(reading)
    match reading.place.kind:
        case "parquet" if grown:
            raise Unreadable("the file was changed since it was found", advice="Run the hunt again.")
        case "parquet":
            return _parquet(reading)
        case "evtx":
            return _logged(reading, grown=grown)
        case _:
            return _lines(reading, grown=grown)


def _grown(reading: Reading) -> bool:
    """Say whether the file is longer than it was found. Raises Unreadable when it is another file by now."""
    place, part = reading.place, reading.order.part
    status = Path(place.path).stat()
    if (status.st_size, status.st_mtime_ns) == (place.size, place.mtime):
        return False
    if status.st_size < place.size or fingerprint_of(place.path, place.size) != part.fingerprint:
        raise Unreadable("the file was changed since it was found", advice="Run the hunt again.")
    return status.st_size > place.size


def _lines(reading: Reading, *, grown: bool) -> Page:
    lines = _sample(reading.place)
    present = scopes_in(lines, reading.sources, reading.engine)
    answer, loss = None if grown else _straight(reading, present), Loss()
    if answer is None:
        grown = _grown(reading)
        loss = Loss(grown=grown)
        answer = _rescued(reading, present, loss)
    return _told(reading, answer, loss, strange_in(lines, reading.sources))


def _sample(place: Place) -> list[bytes]:
    pieces = unpacked(place.path, place.packing, place.size, End())
    if place.packing != "none":
        return packed_start(pieces)
    return spots_of(place.path, place.size) if place.size > 1 << 24 else start_of(pieces)


def _straight(reading: Reading, present: frozenset[str]) -> Answer | None:
    """Let DuckDB read the file itself; None when anything about it needs a closer look."""
    place = reading.place
    if place.packing == "zstd" and not ends_whole(place.path):
        return None

    def tables(paths: frozenset[str]) -> Iterator[Table]:
        with plain_name(place.path) as path:
            yield line_table(path, place.packing, paths)

    try:
        try:
            answer = _run(reading, present, tables, strays=True)
        except TooBig:  # strays by the million, which the sample ought to have shown
            answer = _run(reading, present, tables)
    except (Damaged, TooBig):  # lines of 60 kB fill the memory set aside; in small batches they fit
        return None
    return None if answer.tally.unreadable or _grown(reading) else answer


def _rescued(reading: Reading, present: frozenset[str], loss: Loss) -> Answer:
    """Read what can be read, line by line, and count the rest."""
    place = reading.place

    def lines() -> Iterator[bytes]:
        loss.salvage, loss.end = Salvage(), End()
        pieces = unpacked(place.path, place.packing, place.size, loss.end)
        return salvaged(pieces, loss.salvage, tail=not loss.grown)

    return _run(reading, present, _fed_tables(lines))


def _logged(reading: Reading, *, grown: bool) -> Page:
    """Read an event log file, record by record."""
    place, loss = reading.place, Loss(grown=grown)

    def lines() -> Iterator[bytes]:
        loss.salvage, loss.end = Salvage(), End()
        return records(place.path, place.size, loss.salvage, loss.end, grown=grown)

    sample = list(islice(records(place.path, place.size, Salvage(), End(), grown=grown), 200))
    present = scopes_in(sample, reading.sources, reading.engine)
    return _told(reading, _run(reading, present, _fed_tables(lines)), loss, ())


def _fed_tables(lines: Callable[[], Iterator[bytes]]) -> Tables:
    def tables(paths: frozenset[str]) -> Iterator[Table]:
        stream = lines()
        for first in stream:
            with fed(partial(_batch, first, stream)) as path:
                yield line_table(path, "none", paths)

    return tables


def _batch(first: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    """Stop after a while: DuckDB keeps all it reads from a pipe in memory."""
    size = len(first)
    yield first
    while size < _BATCH and (line := next(stream, None)) is not None:
        size += len(line)
        yield line


def _parquet(reading: Reading) -> Page:
    """Read the columns that matter, then the rows that do."""
    with plain_name(reading.place.path) as path:
        columns = columns_of(path, reading.engine)

        def tables(paths: frozenset[str]) -> Iterator[Table]:
            yield parquet_table(path, columns, paths)

        present = scopes_at(
            parquet_table(path, columns, wanted_paths(reading.sources, ())), reading.sources, reading.engine
        )
        answer = _run(reading, present, tables)
        found = answer.tally
        if len(found.candidates) <= reading.order.rows:
            texts = row_texts(path, columns, [int(one.raw) for one in found.candidates], reading.engine)
            found.candidates = [replace(one, raw=texts[int(one.raw)]) for one in found.candidates]
        return _told(reading, answer, Loss(grown=_grown(reading)), unknown(columns, reading.sources))


def _run(reading: Reading, present: frozenset[str], tables: Tables, *, strays: bool = False) -> Answer:
    """Run the statement, again when a scope turns up that the sample had not shown.

    With `strays` the few rows of such a scope come with the first answer, and only they are looked at again.
    """
    count = reading.order.want == "count"
    while True:
        blocks = plan(reading.sources, reading.queries, present)
        rows: list[tuple[Any, ...]] = []
        for table in tables(wanted_paths(reading.sources, blocks)):
            rows += reading.engine.rows(statement(reading.sources, blocks, table, count=count, strays=strays))
            if candidates_in(rows, blocks) > reading.order.rows:
                break  # too many already: the order is split
        stray = strays_in(rows, blocks)
        if not stray:
            return Answer(tally(rows, blocks, count=count), blocks)
        new = frozenset(reading.sources[scope].scope.name for scope, _, _ in stray)
        if strays and sum(events for _, _, events in stray) <= _STRAYS:
            kept = [row for row in rows if row[0] or row[1] < 0 or reading.sources[row[1]].scope.name not in new]
            first = Answer(tally(kept, blocks, count=count), blocks)
            return _with_strays(reading, first, new, [line for _, line, events in stray for _ in range(events)])
        present, strays = present | new, False


def _with_strays(reading: Reading, first: Answer, new: frozenset[str], lines: list[str]) -> Answer:
    """Run the statement over the rows of scopes the sample had not shown, and add what it brings."""
    count = reading.order.want == "count"
    blocks = plan(reading.sources, reading.queries, new)
    table = listed_table(wanted_paths(reading.sources, blocks))
    rows = reading.engine.rows(statement(reading.sources, blocks, table, count=count), [lines])
    more, whole = tally(rows, blocks, count=count), first.tally
    whole.facts += more.facts
    whole.candidates += more.candidates
    whole.scopes += more.scopes
    return Answer(whole, (*first.blocks, *blocks))


def _told(reading: Reading, answer: Answer, loss: Loss, strange: tuple[str, ...]) -> Page:
    found, order = answer.tally, reading.order
    if len(found.candidates) > order.rows:
        words = f"{len(found.candidates)} rows to look at, {order.rows} at most"
        return _page((), Outcome(end="split", settled=False, reason="capped", words=words))
    rows = rows_of(found.candidates, answer.blocks, lambda block, raw: bare_event(block, raw, reading.engine))
    marks = day_marks(loss.salvage, reading.sources, answer.blocks, reading.engine) if loss.end.fault else ()
    verdict = judged(loss, found, marks, order.window, size=reading.place.size)
    return _page(
        rows,
        Outcome(
            end="partial" if verdict.reason else "whole",
            settled=True,
            reason=verdict.reason,
            words=verdict.words,
            facts=tuple(found.facts),
            tainted=verdict.tainted,
            rows=found.rows - found.unreadable,
            unreadable=found.unreadable + loss.salvage.lost,
            unclaimed=found.unclaimed,
            strange=strange,
        ),
    )


def _page(rows: tuple[Row, ...], outcome: Outcome) -> Page:
    return Page(rows, None, outcome)

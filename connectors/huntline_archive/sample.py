"""Look at a few lines of a file before it is read: which scopes occur, which fields nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

from huntline_archive.client import Engine
from huntline_archive.fields import loads, paths_of, steps_of
from huntline_archive.rescue import Salvage, salvaged
from huntline_archive.rows import moment
from huntline_archive.scan import Block, Table, entity_paths, scope_query, time_query, wanted_paths
from huntline_archive.sources import Source
from huntline_archive.tables import listed_table

_LINES = 2000
_SPOTS = 8
_LOOKED = 300
_STRANGE = 50


def first_lines(pieces: Iterable[bytes]) -> list[str]:
    """Return the first readable lines of a stream."""
    return _texts(pieces, _LINES)


def spot_lines(path: str, size: int) -> list[str]:
    """Return readable lines of a plain file: its start and a few places further on. Raises OSError."""
    lines: list[str] = []
    with Path(path).open("rb") as file:
        for spot in range(_SPOTS):
            file.seek(size * spot // _SPOTS)
            piece = file.read(1 << 18)
            if spot:
                piece = piece.partition(b"\n")[2]
            lines += _texts([piece.rpartition(b"\n")[0] or piece], _LINES // _SPOTS)
    return lines


def scopes_in(lines: Sequence[str], sources: Sequence[Source], engine: Engine) -> frozenset[str]:
    """Return the scopes that claim any of the lines."""
    table = listed_table(wanted_paths(sources, ()))
    return _scopes(engine.rows(scope_query(sources, table), [list(lines)]), sources)


def scopes_at(table: Table, sources: Sequence[Source], engine: Engine) -> frozenset[str]:
    """Return the scopes that claim any of a table's first rows."""
    start = replace(table, relation=f"(SELECT * FROM {table.relation} LIMIT {_LINES})")
    return _scopes(engine.rows(scope_query(sources, start)), sources)


def _scopes(found: Sequence[tuple[int]], sources: Sequence[Source]) -> frozenset[str]:
    return frozenset(sources[number].scope.name for (number,) in found if number >= 0)


def strange_in(lines: Sequence[str], sources: Sequence[Source]) -> tuple[str, ...]:
    """Return top-level names no source knows, from a sample."""
    seen: set[str] = set()
    for line in lines[:: max(1, len(lines) // _LOOKED)]:
        with suppress(ValueError, RecursionError):
            seen.update(loads(line))
    return unknown(seen, sources)


def unknown(names: Iterable[str], sources: Sequence[Source]) -> tuple[str, ...]:
    """Return the names no source knows, sorted, the first fifty."""
    paths = {path for source in sources for field in source.fields.values() for path in paths_of(field)}
    known = paths | {path.split(".")[0] for path in paths}
    known |= {name for source in sources for name in (*source.fields, *source.known)}
    return tuple(sorted({name[:100] for name in set(names) - known}))[:_STRANGE]


def day_marks(salvage: Salvage, sources: Sequence[Source], blocks: Sequence[Block], engine: Engine) -> tuple[date, ...]:
    """Return the days of the lines a rescue marked, in the order of the file; undated ones are left out."""
    lines = [line.decode() for line in (*salvage.marks, salvage.last) if line]
    table = listed_table(wanted_paths(sources, blocks))
    times = dict(engine.rows(time_query(sources, blocks, table), [lines]))
    moments = (moment(times.get(line)) for line in lines)
    return tuple(found.date() for found in moments if found)


def bare_event(block: Block, raw: str, engine: Engine) -> Mapping[str, str]:
    """Read an event that Python's JSON reader refuses as the search reads it: each path and its text."""
    paths = sorted(wanted_paths((), (block,)) | entity_paths(block))
    table = listed_table(paths)
    places = [(path, place) for path in paths for steps in steps_of(path) if (place := table.locate(steps))]
    texts = ", ".join(place.sql(dialect="duckdb") for _, place in places)
    values = engine.rows(f"SELECT {texts} FROM {table.relation}", [[raw]])[0]
    return {path: value for (path, _), value in zip(places, values, strict=True) if value is not None}


def _texts(pieces: Iterable[bytes], most: int) -> list[str]:
    return [line.decode() for line in islice(salvaged(pieces, Salvage(), tail=False), most)]

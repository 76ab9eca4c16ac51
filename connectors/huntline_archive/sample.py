"""Look at a few lines of a file before it is read: which scopes occur, which fields nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from huntline_archive.client import Engine
from huntline_archive.feed import fed
from huntline_archive.fields import loads, paths_of, steps_of
from huntline_archive.rescue import Salvage, salvaged
from huntline_archive.rows import moment
from huntline_archive.scan import Block, Table, entity_paths, scope_query, time_query, wanted_paths
from huntline_archive.sources import Source
from huntline_archive.tables import line_table, listed_table

_SPOTS = 64
_SPOT = 1 << 15
_START = 1 << 21
_LOOKED = 300
_STRANGE = 50


def start_of(pieces: Iterable[bytes]) -> list[bytes]:
    """Return the readable lines at the start of a stream, with their ends."""
    lines: list[bytes] = []
    size = 0
    for line in salvaged(pieces, Salvage(), tail=False):
        lines.append(line)
        size += len(line)
        if size > _START >> 1:
            break
    return lines


def packed_start(pieces: Iterable[bytes]) -> list[bytes]:
    """Return pieces of whole lines from the start of a packed stream, as they are."""
    taken: list[bytes] = []
    size = 0
    for piece in pieces:
        taken.append(piece)
        size += len(piece)
        if size > _START:
            break
    if taken:
        taken[-1] = taken[-1].rpartition(b"\n")[0] + b"\n"
    return taken


def spots_of(path: str, size: int) -> list[bytes]:
    """Return whole lines of places all over a large plain file, as they are. Raises OSError."""
    lines: list[bytes] = []
    with Path(path).open("rb") as file:
        for spot in range(_SPOTS):
            file.seek(size * spot // _SPOTS)
            pieces = file.read(_SPOT).splitlines(keepends=True)
            lines += pieces[1 if spot else 0 : -1]
    return lines


def scopes_in(lines: Sequence[bytes], sources: Sequence[Source], engine: Engine) -> frozenset[str]:
    """Return the scopes that claim any of the lines."""
    with fed(lambda: iter(lines)) as path:
        table = line_table(path, "none", wanted_paths(sources, ()))
        return _scopes(engine.rows(scope_query(sources, table)), sources)


def scopes_at(table: Table, sources: Sequence[Source], engine: Engine) -> frozenset[str]:
    """Return the scopes that claim any of a table's rows: cheap where columns lie apart."""
    return _scopes(engine.rows(scope_query(sources, table)), sources)


def _scopes(found: Sequence[tuple[int]], sources: Sequence[Source]) -> frozenset[str]:
    return frozenset(sources[number].scope.name for (number,) in found if number >= 0)


def strange_in(lines: Sequence[bytes], sources: Sequence[Source]) -> tuple[str, ...]:
    """Return top-level names no source knows, from a sample."""
    seen: set[str] = set()
    for piece in lines[:: max(1, len(lines) // _LOOKED)]:
        for line in piece.split(b"\n", 2)[:2]:
            with suppress(ValueError, RecursionError):
                seen.update(loads(line.decode()))
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
    texts = ", ".join(place for _, place in places)
    values = engine.rows(f"SELECT {texts} FROM {table.relation}", [[raw]])[0]  # noqa: S608 (names are ours, text is escaped)
    return {path: value for (path, _), value in zip(places, values, strict=True) if value is not None}

"""How a file appears in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from huntline_archive import sql
from huntline_archive.columns import line_columns
from huntline_archive.kinds import Packing
from huntline_archive.scan import Table

LONGEST = 16 << 20  # bytes of one line


def line_table(path: str, packing: Packing, paths: Iterable[str]) -> Table:
    """Read JSON lines; a line nobody can read is a NULL row."""
    columns = line_columns(paths)
    reader = (
        f"read_ndjson_objects({sql.text(path)}, format='newline_delimited', ignore_errors=true, "
        f"maximum_object_size={LONGEST}, compression='{packing}')"
    )
    relation = f"(SELECT CAST(json AS VARCHAR) AS raw, from_json(json, {sql.text(columns.spec)}) AS s FROM {reader})"  # noqa: S608 (names are ours, text is escaped)
    return Table(relation, columns.locate, raw=True, readable="starts_with(raw, '{')")


def listed_table(paths: Iterable[str]) -> Table:
    """Read lines given as the statement's one value."""
    columns = line_columns(paths)
    lines = "(SELECT unnest(?::VARCHAR[]) AS raw)"
    relation = (
        f"(SELECT raw, from_json(CASE WHEN json_valid(raw) THEN raw END, {sql.text(columns.spec)}) AS s FROM {lines})"  # noqa: S608 (names are ours, text is escaped)
    )
    return Table(relation, columns.locate, raw=True, readable="starts_with(raw, '{')")


@contextmanager
def plain_name(path: str) -> Iterator[str]:
    """Give a name DuckDB takes as it is: one with wildcards or broken text gets a link with a plain name."""
    if path.isprintable() and not set(path) & set("*?[]{}"):
        yield path
        return
    with TemporaryDirectory(prefix="huntline-") as folder:
        link = Path(folder) / "part"
        link.symlink_to(Path(path).resolve())
        yield str(link)

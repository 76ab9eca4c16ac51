"""Mappings of data streams: ECS types by name, everything else by its values, keywords cut off as Fleet does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lab.elastic.documents import TIMES, Field, dotted, several

# The ECS field reference: names whose type is not what their value looks like; text fields EQL cannot ask [E13].
WILDCARDS: Final = (
    "process.command_line", "process.parent.command_line", "url.full", "url.original", "url.path",
    "registry.data.strings",
)  # fmt: skip
TEXTS: Final = ("message", "error.message")
DATES: Final = ("event.created", "event.start", "event.end", "process.start", "file.created", "file.mtime")
IGNORE_ABOVE: Final = 1024  # of keywords in Fleet's and Beats' templates (docs)


def mapping_of(rows: Iterable[Mapping[str, Any]], *, without: Iterable[str] = ()) -> dict[str, Field]:
    """Return a mapping that holds the fields of all rows but some: old months may lack what a later template added."""
    found = {name: Field("date") for name in TIMES}
    left_out = frozenset(without)
    for row in rows:
        for name, value in dotted(row).items():
            if name not in found and name != "_id":
                found[name] = _field(name, next(iter(several(value)), ""))
    return {name: field for name, field in found.items() if name not in left_out}


def _field(name: str, value: Any) -> Field:
    if name in DATES:
        return Field("date")
    if name in TEXTS:
        return Field("match_only_text")
    if name in WILDCARDS:
        return Field("wildcard")
    if name.endswith(".ip") or name == "host.ip":
        return Field("ip")
    if isinstance(value, bool):
        return Field("boolean")
    if isinstance(value, int):
        return Field("long")
    return Field("double") if isinstance(value, float) else Field("keyword", IGNORE_ABOVE)

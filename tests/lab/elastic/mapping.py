"""Mappings of data streams: ECS types by name, everything else by its values, keywords cut off as Fleet does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from lab.elastic.documents import TIMES, Field, dotted, several
from lab.elastic.templates import IGNORE_ABOVE

# The ECS field reference: names whose type is not what their value looks like; text fields EQL cannot ask [E13].
WILDCARDS: Final = (
    "process.command_line", "process.parent.command_line", "url.full", "url.original", "url.path",
    "registry.data.strings",
)  # fmt: skip
TEXTS: Final = ("message", "error.message")
DATES: Final = ("event.created", "event.start", "event.end", "process.start", "file.created", "file.mtime")


def mapping_of(
    rows: Iterable[Mapping[str, Any]],
    *,
    template: Mapping[str, Field] = MappingProxyType({}),
    without: Iterable[str] = (),
) -> dict[str, Field]:
    """Return a mapping of a template and of the fields of all rows, but some: old months may lack what came later."""
    found = {name: Field("date") for name in TIMES} | dict(template)
    left_out = frozenset(without)
    for row in rows:
        for name, value in dotted(row).items():
            if name not in found and name != "_id":
                found[name] = _field(name, next(iter(several(value)), ""))
    return {name: field for name, field in found.items() if name not in left_out}


def _field(name: str, value: Any) -> Field:
    if name in BY_NAME:
        return Field(BY_NAME[name])
    if name.endswith(".ip"):
        return Field("ip")
    return KINDS.get(type(value), Field("keyword", IGNORE_ABOVE))


BY_NAME: Final = {
    **dict.fromkeys(DATES, "date"),
    **dict.fromkeys(TEXTS, "match_only_text"),
    **dict.fromkeys(WILDCARDS, "wildcard"),
}
KINDS: Final[Mapping[type, Field]] = {bool: Field("boolean"), int: Field("long"), float: Field("double")}

"""Commands that choose, order and change fields and rows (help.splunk.com: Search Reference)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from lab.spl.errors import SplError
from lab.spl.patterns import pcre
from lab.spl.subsearch import formatted, returned
from lab.spl.times import floored
from lab.spl.tree import Command, Row
from lab.spl.values import kept, number, several, text, whole
from lab.spl.world import Step, World


def _fields(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Keep or drop fields; those with _ in front stay unless named (help.splunk.com: fields)."""
    named, keep = _chosen(command.arguments["names"]), command.arguments["keep"]

    @cache
    def holds(name: str) -> bool:
        return name.startswith("_") or named(name) if keep else not named(name)

    return (_Part(row, holds) for row in found)


class _Part(Mapping[str, "str | list[str]"]):
    """Some fields of a row, looked at only when they are asked for: most rows of a flood are counted and never shown."""

    __slots__ = ("_holds", "_row")

    def __init__(self, row: Row, holds: Callable[[str], bool]) -> None:
        self._row, self._holds = row, holds

    def __getitem__(self, name: str) -> str | list[str]:
        if not self._holds(name):
            raise KeyError(name)
        return self._row[name]

    def __iter__(self) -> Iterator[str]:
        return filter(self._holds, self._row)

    def __len__(self) -> int:
        return sum(map(self._holds, self._row))

    def plain(self) -> dict[str, str | list[str]]:
        """Return them all."""
        return {name: value for name, value in whole(self._row).items() if self._holds(name)}


def _chosen(names: tuple[str, ...]) -> Callable[[str], bool]:
    """Tell whether a name is among these, which may have asterisks; case counts."""
    plain = frozenset(name for name in names if "*" not in name)
    shapes = [re.compile(_shape(name)) for name in names if "*" in name]
    return lambda name: name in plain or any(shape.fullmatch(name) for shape in shapes)


def _shape(name: str) -> str:
    return "(.*)".join(map(re.escape, name.split("*")))


def _table(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Keep the named fields only, in the order of the names."""
    names = command.arguments["names"]
    tests = [_chosen((name,)) for name in names]
    return ({name: row[name] for holds in tests for name in row if holds(name)} for row in found)


def _head(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    return islice(found, command.arguments["count"])


def _tail(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Give the last rows from the end backwards (help.splunk.com: tail)."""
    return list(found)[::-1][: command.arguments["count"]]


def _sort(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Order by numbers before text; rows without the field come last either way (not documented)."""
    rows = list(found)
    for name, how, down in reversed(command.arguments["keys"]):
        having = [row for row in rows if row.get(name) is not None]
        having.sort(key=lambda row, name=name, how=how: _rank(row[name], how), reverse=down)  # type: ignore[misc]
        rows = having + [row for row in rows if row.get(name) is None]
    return rows[: command.arguments["limit"] or None]


def _rank(value: str | list[str], how: str) -> tuple[bool, float, str]:
    first = several(value)[0]
    amount = None if how == "str" else number(first)
    return (amount is None, 0.0, first) if amount is None else (False, float(amount), "")


def _dedup(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Keep the first rows of each combination; rows that lack a field go, unless keepempty."""
    names, seen = command.arguments["names"], Counter[tuple[str | None, ...]]()
    for row in found:
        key = tuple(text(row.get(name)) for name in names)
        if None in key:
            if command.arguments["keepempty"]:
                yield row
            continue
        seen[key] += 1
        if seen[key] <= command.arguments["count"]:
            yield row


def _rename(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Rename one pair after another; an asterisk carries its part over."""
    pairs = [(re.compile(_shape(old)), new) for old, new in command.arguments["pairs"]]
    for row in found:
        changed = dict(row)
        for shape, new in pairs:
            for name in list(changed):
                if (match := shape.fullmatch(name)) is not None:
                    changed[_filled(new, match.groups())] = changed.pop(name)
        yield changed


def _filled(name: str, parts: tuple[str, ...]) -> str:
    for part in parts:
        name = name.replace("*", part, 1)
    return name


def _fillnull(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Fill the named fields, else every field that any row has."""
    rows = list(found)
    names = command.arguments["names"] or tuple(dict.fromkeys(name for row in rows for name in row))
    return ({**row, **{name: command.arguments["value"] for name in names if row.get(name) is None}} for row in rows)


def _bin(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:
    """Put a time, or a number, at the start of its span."""
    name, new, size = (command.arguments[key] for key in ("field", "as", "span"))
    for row in found:
        amount = number(row.get(name))
        if amount is None:
            yield row
        elif size[1]:
            yield {**row, new: text(floored(amount, size, timezone=world.around.timezone)) or ""}
        else:
            start = amount // size[0] * size[0]
            yield {**row, new: text(start) if name == "_time" else f"{text(start)}-{text(start + size[0])}"}  # type: ignore[dict-item]


def _mvexpand(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Give a row for each value; rows without the field stay (not documented)."""
    name, limit = command.arguments["field"], command.arguments["limit"]
    for row in found:
        values = several(row.get(name))
        yield from ({**row, name: one} for one in values[: limit or None])
        if not values:
            yield row


def _regex(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Keep what matches, or under != what does not: rows without the field too (not documented)."""
    name, search, denied = (
        command.arguments["field"],
        pcre(command.arguments["pattern"]).search,
        command.arguments["denied"],
    )
    return (row for row in found if any(map(search, several(row.get(name)))) is not denied)


def _rex(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Set a field for each named group that matched; max_match above 1 gathers several values, 0 all."""
    name, most = command.arguments["field"], command.arguments["most"]
    pattern = pcre(command.arguments["pattern"])
    for row in found:
        matches = [match for one in several(row.get(name)) for match in pattern.finditer(one)][: most or None]
        groups = {
            group: kept([match[group] for match in matches if match[group] is not None]) for group in pattern.groupindex
        }
        yield {**row, **{group: value for group, value in groups.items() if value is not None}}


def _lookup(command: Command, found: Iterable[Row], world: World) -> Iterator[Row]:
    """Add fields of the table's rows that agree, with case, in every key (help.splunk.com: lookup; field matching).

    Rows without a match stay as they are, as do all fields that OUTPUTNEW finds filled.
    """
    wanted = command.arguments
    table = world.table(wanted["table"], command.at)
    keys = [name for name, _ in wanted["keys"]]
    outputs = wanted["outputs"] or tuple(
        (name, name) for name in dict.fromkeys(key for row in table for key in row) if name not in keys
    )
    for row in found:
        hits = [entry for entry in table if all(_agrees(entry.get(key), row.get(name)) for key, name in wanted["keys"])]
        added: dict[str, Any] = {
            new: kept([one for hit in hits for one in several(hit.get(name))]) for name, new in outputs
        }
        yield {**row, **{k: v for k, v in added.items() if v is not None and not (wanted["keep"] and k in row)}}


def _agrees(entry: Any, value: Any) -> bool:
    return any(one in several(value) for one in several(entry))


def _return(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    return [{"search": returned(islice(found, command.arguments["count"]), command.arguments["fields"])}]


def _format(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    return [{"search": formatted(found)}]


def _require(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Fail the whole search where nothing comes, a sub-search's too (help.splunk.com: require)."""
    rows = list(found)
    if not rows:
        raise SplError("require: nothing came", command.at)
    return rows


def _outputlookup(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Let the rows through: whoever runs the search keeps them."""
    return found


FIELD_STEPS: Mapping[str, Step] = {
    "fields": _fields, "table": _table, "head": _head, "tail": _tail, "sort": _sort, "dedup": _dedup, "rename": _rename,
    "fillnull": _fillnull, "bin": _bin, "mvexpand": _mvexpand, "regex": _regex, "rex": _rex, "lookup": _lookup,
    "return": _return, "format": _format, "require": _require, "outputlookup": _outputlookup,
}  # fmt: skip
